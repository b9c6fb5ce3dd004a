//! Scenes of the lives of carers: direct support or none, advice, and whom they care for.

use chrono::NaiveDate;

use super::event::Kind;
use super::lives::Story;

const DIRECT_TO_CARER: &str = "Unpaid carer support: Direct to unpaid carer";
const CARED_FOR: &str = "Unpaid carer support: Support involving the person cared-for";

impl Story<'_> {
    /// Sections 14.2 and 18.1: carers, direct support or none, advice, and whom they care for.
    pub(super) fn caring(&mut self, person: usize, near: NaiveDate) {
        let client_type = self.dice.pick(&[
            "Unpaid carer",
            "Unpaid carer",
            "Unpaid carer known by association",
        ]);
        let linked = self.cared_for(person);
        let components = [
            "Unpaid carer respite",
            "Other unpaid carer support",
            "Direct payment",
            "Unpaid carer universal services",
            "",
        ];
        for _ in 0..self.dice.between(1, 4) {
            let end = self.end(near, 35);
            let component = self.dice.pick(&components);
            let event = match self.dice.below(9) {
                0..=3 => self.service(person, near, end, DIRECT_TO_CARER, component),
                4 => self.service(person, near, end, CARED_FOR, "Unpaid carer respite"),
                5 => self.assessment(person, near, end.or(Some(near))),
                6 => self.review(person, near, end.or(Some(near))),
                7 => self.request(
                    person,
                    near,
                    end.or(Some(near)),
                    "NFA: Information and advice or signposting".to_owned(),
                ),
                _ => self
                    .assessment(person, near, end)
                    .with("Service_Type", DIRECT_TO_CARER),
            };
            let hours = self.values.any("total_hrs_caring_per_week", &mut self.dice);
            let mut event = event
                .with("Client_Type", client_type)
                .with("Total_Hrs_Caring_per_week", hours)
                .with(
                    "No_of_adults_being_cared_for",
                    self.dice.pick(&["1", "2", ""]),
                );
            if event.kind != Kind::Service && self.dice.chance(40) {
                event = event.with(
                    "Event_Outcome",
                    "NFA: Information and advice or signposting",
                );
            }
            for (column, id) in [
                "Adult_1_Linked_Person_ID",
                "Adult_2_Linked_Person_ID",
                "Adult_3_Linked_Person_ID",
            ]
            .iter()
            .zip(&linked)
            {
                event = event.with(column, id.clone());
            }
            self.events.push(event);
        }
    }

    /// Identifiers of up to three people of the same council, seldom of nobody or of another council.
    fn cared_for(&mut self, person: usize) -> Vec<String> {
        let council = self.people.get(person).map_or(0, |person| person.council);
        let near: Vec<String> = (self.people.iter())
            .filter(|other| other.council == council || self.dice.chance(5))
            .flat_map(|other| other.la_ids.clone())
            .collect();
        let count = self.dice.pick(&[0, 1, 1, 2, 3]);
        (0..count)
            .map(|_| {
                if self.dice.chance(10) {
                    "nobody".to_owned()
                } else {
                    self.dice.pick(&near)
                }
            })
            .collect()
    }
}
