//! Quiet lives: little but one chain of requests, so that nothing else decides who is new and who waits.

use super::calendar::months_after;
use super::dice::plus;
use super::lives::{COMMUNITY, OTHER_SHORT, ST_MAX, Story};

impl Story<'_> {
    /// Section 15: a life of little but one chain of requests, with conversations, runs of assessments and sometimes
    /// support that ended three or twelve months before, to the day.
    pub fn quiet_life(&mut self, person: usize) {
        let near = self.calendar.some_day(&mut self.dice);
        if self.dice.chance(45) {
            let (service_type, months) =
                self.dice
                    .pick(&[(COMMUNITY, -12), (ST_MAX, -3), (OTHER_SHORT, -3)]);
            let end = plus(months_after(near, months), self.dice.between(-1, 1));
            let before = self.service(
                person,
                plus(end, -30),
                Some(end),
                service_type,
                "Reablement",
            );
            self.events.push(before);
        }
        let mut day = near;
        for _ in 0..self.dice.between(1, 4) {
            let outcome = self.onward();
            let conversation = self.dice.pick(&["1", "0"]);
            let request = self
                .request(person, day, Some(day), outcome)
                .with("Der_Conversation", conversation);
            self.events.push(request);
            day = plus(day, self.dice.pick(&[0, 1, 6]));
        }
        for _ in 0..self.dice.between(0, 3) {
            day = plus(day, self.dice.pick(&[0, 2, 9]));
            let assessment_type = self
                .dice
                .pick(&["Short term assessment", "Long term assessment"]);
            let outcome = self.dice.pick(&[
                "Progress to assessment, review or reassessment",
                "Progress to support planning or services",
                "NFA: Other",
            ]);
            let assessment = self
                .assessment(person, day, Some(day))
                .with("Assessment_Type", assessment_type)
                .with("Event_Outcome", outcome);
            self.events.push(assessment);
        }
        if self.dice.chance(60) {
            day = plus(day, self.dice.pick(&[0, 5, 20]));
            let end = self.end(day, 40);
            let service = self.any_service(person, day, end);
            self.events.push(service);
        }
    }
}
