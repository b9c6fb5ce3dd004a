//! Scenes of invented lives, each built around the edges of one method.

use chrono::NaiveDate;

use super::calendar::{Calendar, months_after};
use super::dice::{Dice, plus};
use super::event::{Event, Kind};
use super::person::Person;
use super::values::Values;

/// A stay in hospital, as the inpatient data tells it.
#[derive(Debug, Clone)]
pub struct Spell {
    /// Whose, as a place in the list of people.
    pub person: usize,
    /// Day of admission.
    pub admission: NaiveDate,
    /// Day of discharge; missing while in hospital.
    pub discharge: Option<NaiveDate>,
    /// Whether the codes are such that the stay counts as a discharge.
    pub ordinary: bool,
}

/// What scenes are written into.
pub struct Story<'a> {
    /// The periods.
    pub calendar: &'a Calendar,
    /// The value lists.
    pub values: &'a Values,
    /// Chance.
    pub dice: Dice,
    /// Everybody.
    pub people: Vec<Person>,
    /// What happened.
    pub events: Vec<Event>,
    /// Stays in hospital.
    pub spells: Vec<Spell>,
}

const LONG_TERM: [&str; 4] = [
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Community",
    "Long term support: Prison",
];
pub(super) const ST_MAX: &str = "Short term support: ST-Max";
pub(super) const COMMUNITY: &str = "Long term support: Community";
const LOW_LEVEL: &str = "Short term support: Ongoing low level";
pub(super) const OTHER_SHORT: &str = "Short term support: Other short term";
const MECHANISMS: [&str; 8] = [
    "Direct payment",
    "CASSR managed personal budget",
    "CASSR commissioned support",
    "",
    "Self-Funder Metering Only",
    " Direct payment",
    "CASSR commissioned support",
    "Old system value",
];
const HOME_COMPONENTS: [&str; 9] = [
    "Home support or domiciliary care",
    "Home support or domiciliary care",
    "Direct payment",
    "Shared Lives",
    "Community supported living",
    "Extra care housing",
    "Day support",
    "Other long term support",
    "",
];

impl Story<'_> {
    /// A whole life: a few scenes, chosen by what the person is. Newcomers have no support for long, so that
    /// requests and reablement find them new; the settled have little else than long support.
    pub fn live(&mut self, person: usize, scenes: usize) {
        let kind_of_life = self.dice.below(10);
        for _ in 0..scenes {
            let near = match self.dice.below(5) {
                0 | 1 => plus(self.calendar.latest_start, self.dice.between(-20, 380)),
                2 => plus(self.calendar.nhse_start, self.dice.between(-20, 380)),
                _ => self.calendar.some_day(&mut self.dice),
            };
            let scene = match kind_of_life {
                0..=3 => self.dice.pick(&[0, 0, 0, 3, 3, 3, 4, 4, 4, 6, 7]),
                4..=7 => self.dice.pick(&[0, 1, 1, 2, 2, 2, 3, 4, 5, 5, 6, 7]),
                _ => self.dice.pick(&[0, 2, 6, 7, 8, 8, 8, 8]),
            };
            match scene {
                0 => self.reablement(person, near),
                1 => self.care_home(person, near),
                2 => self.home_care(person, near),
                3 => self.waiting(person, near),
                4 => self.requests(person, near),
                5 => self.long_chain(person),
                6 => self.reviews(person, near),
                7 => self.same_day(person, near),
                _ => self.caring(person, near),
            }
        }
    }

    /// A length in days, often none, sometimes long.
    fn length(&mut self) -> i64 {
        match self.dice.below(6) {
            0 => 0,
            1 => self.dice.between(1, 3),
            2..=4 => self.dice.between(1, 40),
            _ => self.dice.between(30, 400),
        }
    }

    /// An end `length` days after the start, or none in `open` of a hundred cases.
    pub(super) fn end(&mut self, start: NaiveDate, open: usize) -> Option<NaiveDate> {
        let length = self.length();
        let backwards = self.dice.rarely(15);
        let end = if backwards {
            plus(start, -self.dice.between(1, 20))
        } else {
            plus(start, length)
        };
        (!self.dice.chance(open)).then_some(end)
    }

    /// Any outcome, now and then none.
    fn outcome(&mut self) -> String {
        match self.dice.below(20) {
            0 => String::new(),
            1 => "Old system value".to_owned(),
            2 => "Admitted to hospital".to_owned(),
            3 => "NFA: Support ended as planned".to_owned(),
            4 => {
                // Spelled as section 19.4 orders them, not as Release 1 defines them.
                let spellings = [
                    "NFA - Support ended – other reason",
                    "NFA - 100% NHS-funded care",
                    "NFA - No services offered - other reason",
                ];
                self.dice.pick(&spellings).to_owned()
            }
            _ => self.values.any("event_outcome", &mut self.dice),
        }
    }

    /// Any outcome of something that goes on.
    pub(super) fn onward(&mut self) -> String {
        let onward = [
            "Progress to reablement/ST-Max",
            "Progress to assessment, review or reassessment",
            "Release 1 specification only: Not mapped",
            "Progress to support planning or services",
            "Continuation of support or services",
        ];
        if self.dice.chance(85) {
            self.dice.pick(&onward).to_owned()
        } else {
            self.outcome()
        }
    }

    /// A request of a client.
    pub(super) fn request(
        &mut self,
        person: usize,
        start: NaiveDate,
        end: Option<NaiveDate>,
        outcome: String,
    ) -> Event {
        let route = self.values.any("request_route_of_access", &mut self.dice);
        let conversation = self.dice.pick(&["1", "0", "0", ""]);
        Event::new(person, Kind::Request, start, end)
            .with("Event_Outcome", outcome)
            .with("Request_Route_of_Access", route)
            .with("Der_Conversation", conversation)
            .with("Der_Conversation_1", conversation)
    }

    /// An assessment of a client.
    pub(super) fn assessment(
        &mut self,
        person: usize,
        start: NaiveDate,
        end: Option<NaiveDate>,
    ) -> Event {
        let kinds = [
            "Short term assessment",
            "Long term assessment",
            "Long term assessment",
            "Financial Assessment",
            "",
        ];
        let outcome = if self.dice.chance(60) {
            self.onward()
        } else {
            self.outcome()
        };
        Event::new(person, Kind::Assessment, start, end)
            .with("Event_Outcome", outcome)
            .with("Assessment_Type", self.dice.pick(&kinds))
            .with(
                "Method_of_Assessment",
                self.values.any("method_of_assessment", &mut self.dice),
            )
            .with(
                "Eligible_Needs_Identified",
                self.dice.pick(&["Yes", "No", ""]),
            )
    }

    /// A review of a client.
    pub(super) fn review(
        &mut self,
        person: usize,
        start: NaiveDate,
        end: Option<NaiveDate>,
    ) -> Event {
        let reason = match self.dice.below(10) {
            0 => String::new(),
            1 => "Old system value".to_owned(),
            2 => "Something new".to_owned(),
            _ => self.values.any("review_reason", &mut self.dice),
        };
        let outcome = self.outcome();
        Event::new(person, Kind::Review, start, end)
            .with("Event_Outcome", outcome)
            .with("Review_Reason", reason)
            .with(
                "Method_of_Review",
                self.values.any("method_of_review", &mut self.dice),
            )
            .with(
                "Review_Outcomes_Achieved",
                self.values.any("review_outcomes_achieved", &mut self.dice),
            )
    }

    /// A service of a client, with what it costs.
    pub(super) fn service(
        &mut self,
        person: usize,
        start: NaiveDate,
        end: Option<NaiveDate>,
        service_type: &'static str,
        component: &'static str,
    ) -> Event {
        let outcome = if self.dice.chance(40) {
            String::new()
        } else {
            self.outcome()
        };
        let cost = self.dice.pick(&[
            "", "0.00", "0", "12.5", "12.50", "12.504", "12.495", "840", "18.755",
        ]);
        let frequency = match self.dice.below(5) {
            0 => String::new(),
            _ => self.values.any("cost_frequency_unit_type", &mut self.dice),
        };
        Event::new(person, Kind::Service, start, end)
            .with("Service_Type", service_type)
            .with("Service_Component", component)
            .with("Event_Outcome", outcome)
            .with("Delivery_Mechanism", self.dice.pick(&MECHANISMS))
            .with("Unit_Cost", cost)
            .with("Cost_Frequency_Unit_Type", frequency)
            .with(
                "Planned_Units_Per_Week",
                self.dice.pick(&["", "1", "2.5", "2.50", "7", "0"]),
            )
            .with(
                "Provider_CQC_Location_ID",
                format!("1-{:06}", self.dice.below(40)),
            )
            .with("Provider_CQC_Location_Name", "Invented Provider")
    }

    /// A service that is not long term.
    fn short_service(&mut self, person: usize, start: NaiveDate, end: Option<NaiveDate>) -> Event {
        let (service_type, component) = self.dice.pick(&[
            (LOW_LEVEL, "Equipment"),
            (LOW_LEVEL, ""),
            (OTHER_SHORT, "Emergency support"),
            (OTHER_SHORT, "Short term residential care"),
            (ST_MAX, "Reablement"),
        ]);
        self.service(person, start, end, service_type, component)
    }

    /// Any of the service types with a component that often fits.
    pub(super) fn any_service(
        &mut self,
        person: usize,
        start: NaiveDate,
        end: Option<NaiveDate>,
    ) -> Event {
        let (service_type, component) = match self.dice.below(10) {
            0 => (LONG_TERM[0], "Long term nursing care"),
            1 => (LONG_TERM[1], "Long term residential care"),
            2 => (LONG_TERM[3], ""),
            3 => (ST_MAX, "Reablement"),
            4 => (LOW_LEVEL, self.dice.pick(&["Equipment", "Meals", ""])),
            5 => (OTHER_SHORT, "Short term residential care"),
            6 => (OTHER_SHORT, "Short term nursing care"),
            7 => (OTHER_SHORT, "Emergency support"),
            _ => (COMMUNITY, self.dice.pick(&HOME_COMPONENTS)),
        };
        self.service(person, start, end, service_type, component)
    }

    /// Sections 10 and 12: a reablement in pieces, what is nested in it, what follows, and a stay in hospital before.
    fn reablement(&mut self, person: usize, near: NaiveDate) {
        if self.dice.chance(70) {
            let start = plus(near, -self.dice.between(0, 30));
            let end = Some(plus(start, self.dice.pick(&[0, 0, 1, 5, 20])));
            let request = self.request(
                person,
                start,
                end,
                "Progress to reablement/ST-Max".to_owned(),
            );
            self.events.push(request);
        }
        let mut start = near;
        let mut last = near;
        for piece in 0..self.dice.between(1, 4) {
            let end = plus(start, self.dice.between(0, 24));
            let open = piece > 0 && self.dice.chance(6);
            let component = self.dice.pick(&[
                "Reablement",
                "Reablement",
                "Reablement",
                "Other short term support",
                "",
            ]);
            let mut event = self.service(person, start, (!open).then_some(end), ST_MAX, component);
            if self.dice.chance(70) {
                let outcome = if self.dice.chance(45) {
                    self.onward()
                } else {
                    self.outcome()
                };
                event = event.with("Event_Outcome", outcome);
            }
            self.events.push(event);
            last = last.max(end);
            let inside = self.dice.chance(15);
            start = if inside {
                plus(near, self.dice.between(0, 5))
            } else {
                plus(end, self.dice.between(-2, 9))
            };
        }
        self.nested(person, near, last);
        self.sequels(person, last);
        if self.dice.chance(25) {
            let type_before = self.dice.pick(&LONG_TERM);
            let end = plus(near, -self.dice.pick(&[0, 5, 89, 90, 91, 92]));
            let start = plus(end, -self.dice.between(0, 100));
            let before = self.service(
                person,
                start,
                Some(end),
                type_before,
                "Home support or domiciliary care",
            );
            self.events.push(before);
        }
        if self.dice.chance(90) {
            self.hospital(person, near);
        }
        if self.dice.chance(18) {
            let days = [-20, -1, 0, 1, 6, 7, 8, 9, 60];
            let death = plus(last, self.dice.pick(&days));
            self.die(person, death);
        }
    }

    /// Events within a reablement.
    fn nested(&mut self, person: usize, first: NaiveDate, last: NaiveDate) {
        for _ in 0..self.dice.pick(&[0, 0, 1, 2]) {
            let end = plus(last, -self.dice.pick(&[0, 3, 12, 13, 13, 13, 14]));
            let start = plus(end, -self.dice.between(0, 4));
            let event = if self.dice.chance(50) {
                self.review(person, start.max(first), Some(end))
            } else {
                self.assessment(person, start.max(first), Some(end))
            };
            let event = if self.dice.chance(50) {
                event.with("Event_Outcome", "NFA: Support declined")
            } else {
                event
            };
            self.events.push(event);
        }
        if self.dice.chance(45) {
            let start = plus(first, self.dice.between(0, 6));
            let end = plus(start, self.dice.between(0, 10)).min(last);
            let equipment = self.service(person, start, Some(end), LOW_LEVEL, "Equipment");
            self.events.push(equipment);
        }
    }

    /// What follows on something that ended, around the edges of seven days; sometimes twice on one day.
    fn sequels(&mut self, person: usize, last: NaiveDate) {
        for _ in 0..self.dice.pick(&[0, 0, 1, 1, 2, 3]) {
            let start = plus(
                last,
                self.dice.pick(&[-5, -1, 0, 0, 1, 3, 3, 4, 6, 7, 8, 9]),
            );
            let end = self.end(start, 35);
            let mut event = match self.dice.below(5) {
                0 => self.review(person, start, end.or(Some(start))),
                1 => self.assessment(person, start, end.or(Some(start))),
                _ => self.any_service(person, start, end),
            };
            if self.dice.chance(20) {
                event = event.with("Event_Outcome", "NFA: Support ended as planned");
            }
            self.events.push(event);
        }
    }

    /// Section 12: a stay in hospital that ends around the start of a reablement, and sometimes a return.
    fn hospital(&mut self, person: usize, start: NaiveDate) {
        let discharge = plus(
            start,
            self.dice.pick(&[-8, -7, -6, -2, -1, 0, 0, 1, 2, 3, 4]),
        );
        let admission = plus(discharge, -self.dice.pick(&[0, 1, 2, 5, 9, 20]));
        let ordinary = self.dice.chance(72);
        self.spells.push(Spell {
            person,
            admission,
            discharge: Some(discharge),
            ordinary,
        });
        if self.dice.chance(25) {
            let admission = plus(discharge, -self.dice.between(0, 12));
            let discharge = plus(discharge, self.dice.pick(&[0, 0, 0, 1, -1]));
            self.spells.push(Spell {
                person,
                admission,
                discharge: Some(discharge),
                ordinary: true,
            });
        }
        if self.dice.chance(40) {
            let admission = plus(discharge, self.dice.pick(&[0, 1, 30, 81, 83, 84, 85, 86]));
            let out = (!self.dice.chance(15)).then(|| plus(admission, self.dice.between(0, 9)));
            self.spells.push(Spell {
                person,
                admission,
                discharge: out,
                ordinary: true,
            });
        }
        if self.dice.chance(20) {
            let into = plus(discharge, self.dice.pick(&[-1, 0, 1, 40, 83, 84, 85]));
            let end = self.end(into, 60);
            let type_after = self.dice.pick(&[LONG_TERM[0], LONG_TERM[1]]);
            let home = self.service(person, into, end, type_after, "Long term residential care");
            self.events.push(home);
        }
        if self.dice.chance(15) {
            let death = plus(discharge, self.dice.pick(&[-1, 0, 83, 84, 84, 84, 85]));
            self.die(person, death);
        }
        if self.dice.chance(20) {
            // Long term support that ends around the admission.
            let service_type = self.dice.pick(&LONG_TERM);
            let end = plus(admission, self.dice.between(-1, 1));
            let before = self.service(person, plus(admission, -60), Some(end), service_type, "");
            self.events.push(before);
        }
    }

    /// A death, unless one is known already.
    fn die(&mut self, person: usize, day: NaiveDate) {
        if let Some(person) = self.people.get_mut(person) {
            person.death.get_or_insert(day);
        }
    }

    /// Section 11: stays in care homes, about a year apart, self-funded, short or without a component.
    fn care_home(&mut self, person: usize, near: NaiveDate) {
        let components = [
            "Long term nursing care",
            "Long term residential care",
            "Long term residential care",
            "Short term residential care",
            "Other long term support",
            "",
        ];
        let home = self.dice.pick(&[LONG_TERM[0], LONG_TERM[1]]);
        if self.dice.chance(60) {
            let end = plus(
                near,
                -self.dice.pick(&[1, 30, 364, 364, 364, 365, 365, 366]),
            );
            let start = plus(end, -self.dice.between(0, 200));
            let component = self.dice.pick(&components);
            let before = self.service(person, start, Some(end), home, component);
            self.events.push(before);
        }
        let end = self.end(near, 45);
        let component = self.dice.pick(&components);
        let mut stay = self.service(person, near, end, home, component);
        if self.dice.chance(20) {
            stay = stay.with(
                "Event_Outcome",
                "NFA: Self-funded client or under 12wk disregard",
            );
        }
        self.events.push(stay);
        if self.dice.chance(30) {
            let again = plus(near, self.dice.between(20, 200));
            let end = self.end(again, 45);
            let stay = self.service(person, again, end, home, "Long term nursing care");
            self.events.push(stay);
        }
    }

    /// Sections 7.5, 13 and 14: home care from long ago, open, corrected or renamed in later files.
    fn home_care(&mut self, person: usize, near: NaiveDate) {
        for _ in 0..self.dice.between(1, 3) {
            let start = plus(near, -self.dice.pick(&[0, 0, 10, 300, 900]));
            let end = self
                .end(near.max(start), 55)
                .filter(|end| *end >= start || self.dice.chance(20));
            let service_type = self.dice.pick(&[
                COMMUNITY,
                COMMUNITY,
                COMMUNITY,
                LONG_TERM[3],
                LONG_TERM[1],
                LOW_LEVEL,
            ]);
            let component = self.dice.pick(&HOME_COMPONENTS);
            let mut event = self.service(person, start, end, service_type, component);
            let from = plus(self.calendar.some_day(&mut self.dice), 30);
            event = match self.dice.below(8) {
                0 => event.later(from, "Service_Component", "Other long term support"),
                1 => event.later(from, "Delivery_Mechanism", "CASSR managed personal budget"),
                2 => event.later(from, "Unit_Cost", "13.75"),
                3 => event.later(from, "Event_End_Date", plus(near, 45).to_string()),
                4 => event.later(from, "Event_End_Date", ""),
                5 => event.later(
                    from,
                    "Event_Start_Date",
                    self.calendar.latest_start.to_string(),
                ),
                6 => event.later(from, "Client_Type", "Unpaid carer"),
                _ => event,
            };
            self.events.push(event);
        }
    }

    /// Section 15: requests, what follows them, and services that ended months before.
    fn waiting(&mut self, person: usize, near: NaiveDate) {
        if self.dice.chance(35) {
            let (service_type, months) = self.dice.pick(&[
                (COMMUNITY, -12),
                (LONG_TERM[1], -12),
                (ST_MAX, -3),
                (OTHER_SHORT, -3),
                (LOW_LEVEL, -3),
            ]);
            let end = plus(months_after(near, months), self.dice.between(-1, 1));
            let start = plus(end, -self.dice.between(0, 60));
            let before = self.service(person, start, Some(end), service_type, "");
            self.events.push(before);
        }
        let mut day = near;
        for _ in 0..self.dice.between(2, 7) {
            let end = Some(plus(day, self.dice.pick(&[0, 0, 1, 7, 20])));
            let event = match self.dice.below(7) {
                0..=2 => {
                    let outcome = self.onward();
                    self.request(person, day, end, outcome)
                }
                3 | 4 => self.assessment(person, day, end),
                _ => {
                    let open = if self.dice.chance(40) { None } else { end };
                    self.any_service(person, day, open)
                }
            };
            self.events.push(event);
            day = plus(day, self.dice.pick(&[0, 0, 1, 5, 10, 21]));
        }
    }

    /// Sections 19 and 20: chains of requests, what follows after 3 or 28 days, and support that was there before.
    fn requests(&mut self, person: usize, near: NaiveDate) {
        let mut start = near;
        let mut end = near;
        for _ in 0..self.dice.between(1, 3) {
            end = plus(start, self.dice.pick(&[0, 0, 0, 1, 4, 10, 60]));
            let outcome = if self.dice.chance(60) {
                self.onward()
            } else {
                self.outcome()
            };
            let open = self.dice.chance(5);
            let request = self.request(person, start, (!open).then_some(end), outcome);
            self.events.push(request);
            start = plus(end, self.dice.pick(&[-3, 0, 1, 3, 4, 5, 6]));
        }
        let mut day = plus(end, self.dice.pick(&[0, 1, 4, 27, 28, 29]));
        if self.dice.chance(30) {
            self.short_term(person, day);
        }
        if self.dice.chance(25) {
            self.tied(person, day);
        }
        for _ in 0..self.dice.between(0, 4) {
            let ended = self.end(day, 10);
            let event = match self.dice.below(8) {
                0 | 1 => self.assessment(person, day, ended),
                2 | 3 => self.review(person, day, ended),
                4 => self.request(person, day, ended, "NFA: Other".to_owned()),
                5 => self.service(person, day, ended, ST_MAX, "Reablement"),
                _ => self.any_service(person, day, ended),
            };
            self.events.push(event);
            day = plus(ended.unwrap_or(day), self.dice.pick(&[0, 0, 1, 2, 3, 4]));
        }
        if self.dice.chance(15) {
            let start = plus(near, -self.dice.between(0, 40));
            let end = (!self.dice.chance(30)).then(|| plus(near, self.dice.between(-1, 3)));
            let before = self.service(person, start, end, COMMUNITY, "Day support");
            self.events.push(before);
        }
    }

    /// Section 20: ST-Max in pieces a day or two apart after a request, and what follows within three days or not.
    fn short_term(&mut self, person: usize, from: NaiveDate) {
        let mut start = from;
        let mut last = from;
        for _ in 0..self.dice.between(1, 3) {
            last = plus(start, self.dice.between(0, 30));
            let mut event = self.service(person, start, Some(last), ST_MAX, "Reablement");
            if self.dice.chance(80) {
                event = event.with("Event_Outcome", self.outcome());
            }
            self.events.push(event);
            start = plus(last, self.dice.pick(&[0, 1, 1, 2, -3]));
        }
        if self.dice.chance(25) {
            let day = plus(last, self.dice.between(0, 3));
            self.tied(person, day);
        }
        for _ in 0..self.dice.between(0, 3) {
            let day = plus(last, self.dice.pick(&[0, 0, 1, 2, 3, 3, 4]));
            let end = self.end(day, 15);
            let event = match self.dice.below(5) {
                0 => self.assessment(person, day, end),
                1 | 2 => self.review(person, day, end),
                3 => self.short_service(person, day, end),
                _ => self.any_service(person, day, end),
            };
            self.events.push(event);
        }
    }

    /// Section 19.5: several events that start on one day and end on others, and one that follows only some of them.
    fn tied(&mut self, person: usize, day: NaiveDate) {
        for length in [0, 1, 12, 40] {
            if self.dice.chance(60) {
                let end = (!self.dice.chance(15)).then(|| plus(day, length));
                let event = if self.dice.chance(50) {
                    self.review(person, day, end)
                } else {
                    self.assessment(person, day, end)
                };
                self.events.push(event);
            }
        }
        let start = plus(day, self.dice.pick(&[3, 4, 5, 14]));
        let end = self.end(start, 20);
        let event = if self.dice.chance(60) {
            self.any_service(person, start, end)
        } else {
            self.review(person, start, end)
        };
        self.events.push(event);
    }

    /// Section 17: long term support that began about a year before the snapshot, in pieces with small gaps.
    fn long_chain(&mut self, person: usize) {
        let snapshot = self.dice.pick(&[
            self.calendar.nhse_end,
            self.calendar.nhse_end,
            self.calendar.latest_end(),
        ]);
        let mut start = plus(months_after(snapshot, -12), self.dice.between(-2, 2));
        for _ in 0..self.dice.between(1, 4) {
            let end = plus(start, self.dice.pick(&[30, 100, 120, 365, 366, 367]));
            let open = self.dice.chance(25);
            let service_type = self.dice.pick(&LONG_TERM);
            let component = self.dice.pick(&HOME_COMPONENTS);
            let event = self.service(
                person,
                start,
                (!open).then_some(end),
                service_type,
                component,
            );
            self.events.push(event);
            let nested = self.dice.chance(20);
            start = if nested {
                plus(start, 20)
            } else {
                plus(end, self.dice.pick(&[0, 1, 1, 2, 3]))
            };
        }
        if self.dice.chance(30) {
            let end = plus(snapshot, self.dice.between(-1, 1));
            let event = self.service(person, plus(snapshot, -5), Some(end), COMMUNITY, "Meals");
            self.events.push(event);
        }
    }

    /// Reviews of every reason.
    fn reviews(&mut self, person: usize, near: NaiveDate) {
        let mut day = near;
        for _ in 0..self.dice.between(1, 3) {
            let end = self.end(day, 5);
            let review = self.review(person, day, end);
            self.events.push(review);
            day = plus(day, self.dice.between(0, 120));
        }
    }

    /// Several things on one day, some of them twice.
    fn same_day(&mut self, person: usize, near: NaiveDate) {
        for _ in 0..self.dice.between(2, 5) {
            let outcome = self.outcome();
            let end = Some(plus(near, self.dice.pick(&[0, 0, 0, 7])));
            let event = match self.dice.below(4) {
                0 => self.request(person, near, end, outcome),
                1 => self.assessment(person, near, end),
                2 => self.review(person, near, end),
                _ => self.any_service(person, near, end),
            };
            self.events.push(event.clone());
            if self.dice.chance(30) {
                let otherwise = self.outcome();
                self.events.push(event.with("Event_Outcome", otherwise));
            }
        }
    }

    /// Ordinary short events through the months, so that files cover the time they say they cover.
    pub fn everyday(&mut self, people: &[usize]) {
        let mut month = super::calendar::first_of(self.calendar.first_day());
        while month <= self.calendar.last_day() {
            for kind in [Kind::Request, Kind::Assessment, Kind::Service, Kind::Review] {
                if self.dice.chance(20) {
                    continue;
                }
                let person = self.dice.pick(people);
                let start = plus(month, self.dice.between(0, 24));
                let end = Some(plus(start, self.dice.between(0, 3)));
                let outcome = self.outcome();
                let event = match kind {
                    Kind::Request => self.request(person, start, end, outcome),
                    Kind::Assessment => self.assessment(person, start, end),
                    Kind::Service if self.dice.chance(75) => self.short_service(person, start, end),
                    Kind::Service => self.any_service(person, start, end),
                    Kind::Review => self.review(person, start, end),
                };
                self.events.push(event);
            }
            month = months_after(month, 1);
        }
    }
}
