//! One person's journey through one council's care: requests, assessments, services and reviews in order.

use super::{CareEvent, Career, Client, EventKind, NONE};
use crate::{
    days,
    draw::Draw,
    facts::{
        Facts,
        care::{AfterReview, Next, PackageStage, Route, RouteKind, Setting, Word},
        rates,
    },
    people::{Person, TimeIn, Town},
};
use model::Date;

/// The length of the steps in which chance is asked, and their number in a year.
const STEP: i32 = 30;
const STEPS_A_YEAR: f64 = 365.25 / 30.0;

/// What was found out about a person at a council.
pub(super) struct Found {
    pub(super) events: Vec<CareEvent>,
    /// Days of discharge from hospital that requests go back to.
    pub(super) discharges: Vec<Date>,
    /// From when, with which provider, and in what kind of home the person lives.
    pub(super) care_home: Option<(Date, u16, Setting)>,
    has_carer: Word,
    reason: u8,
    pub(super) reablement: bool,
}

/// The journey of a person who may need support themselves; `None` if the council never hears of them.
pub(super) fn user(
    facts: &Facts,
    town: &Town,
    person: &Person,
    council: u8,
    draw: &mut Draw,
) -> Option<Found> {
    let mut all: Option<Found> = None;
    for time in town.times_in(facts, person, council) {
        let start = time.from.max(days::of_age(person.born));
        let last = person.died.map_or(time.to, |died| died.min(time.to));
        if start >= last {
            continue;
        }
        let decile = facts
            .ground
            .area_of(town.postcode_on(person, start))
            .map_or(5, |a| a.decile);
        let mut journey = Journey::new(facts, person, council, time, last, draw);
        journey.live(start, facts.rates.need.deprivation(decile));
        let found = journey.close();
        if found.events.is_empty() {
            continue;
        }
        match &mut all {
            None => all = Some(found),
            Some(all) => {
                all.events.extend(found.events);
                all.discharges.extend(found.discharges);
                all.care_home = all.care_home.or(found.care_home);
                all.reablement |= found.reablement;
            }
        }
    }
    all
}

/// A single request, of someone who is served elsewhere.
pub(super) fn enquiry(
    facts: &Facts,
    person: &Person,
    council: u8,
    from: Date,
    draw: &mut Draw,
) -> Option<Found> {
    let last = person
        .died
        .map_or(facts.calendar.as_at, |d| d.min(facts.calendar.as_at));
    let width = days::between(from, last) - 30;
    if width < 1 {
        return None;
    }
    let time = TimeIn {
        from,
        to: last,
        moved_in: false,
        moved_away: false,
    };
    let start = days::plus(from, draw.between(1, width));
    let mut journey = Journey::new(facts, person, council, time, last, draw);
    journey.refused_request(start);
    let found = journey.close();
    (!found.events.is_empty()).then_some(found)
}

/// A career from what was found: what the council writes about the person on every row.
pub(super) fn about(
    facts: &Facts,
    person: &Person,
    at: u32,
    found: &Found,
    draw: &mut Draw,
) -> Career {
    let care = &facts.care;
    let fixed = &care.fixed;
    let age = days::age(person.born, facts.calendar.as_at);
    let yes_or_no = |yes: bool| if yes { fixed.yes } else { fixed.no };
    let reason = care.reasons.get(usize::from(found.reason));
    let funding = if found.reablement {
        &care.funding
    } else {
        &care.funding_without_reablement
    };
    let own = |own: Option<Word>, usual: Option<Word>| own.or(usual).unwrap_or(fixed.unknown);
    let sight = own(
        reason.and_then(|r| r.sight.draw(draw).copied()),
        care.sight.draw(draw).copied(),
    );
    let hearing = own(
        reason.and_then(|r| r.hearing.draw(draw).copied()),
        care.hearing.draw(draw).copied(),
    );
    Career {
        person: at,
        client: Client::User,
        key: 0,
        reason: reason.map_or(fixed.unknown, |r| r.value),
        ethnic: ethnic(facts, person, draw),
        home: care.homes.at(age).draw(draw).copied().unwrap_or_default(),
        employment: reason
            .filter(|r| r.employment)
            .and_then(|_| care.employment.draw(draw).copied())
            .unwrap_or_default(),
        has_carer: found.has_carer,
        autism: yes_or_no(reason.is_some_and(|r| draw.chance(r.autism))),
        sight,
        hearing,
        dementia: yes_or_no(reason.is_some_and(|r| draw.chance(r.dementia.at(age)))),
        funding: funding.draw(draw).copied().unwrap_or(fixed.unknown),
        caring_hours: Word::default(),
        cares_for: None,
        care_home: None,
        known_from: facts.calendar.begins,
        first_event: 0,
        events: 0,
    }
}

/// The ethnic group as the council has it.
pub(super) fn ethnic(facts: &Facts, person: &Person, draw: &mut Draw) -> Word {
    let rates = &facts.rates.care;
    if draw.chance(rates.ethnicity_unknown) {
        facts.care.fixed.ethnicity_unknown
    } else if draw.chance(rates.ethnicity_refused) {
        facts.care.fixed.ethnicity_refused
    } else {
        facts
            .care
            .ethnic
            .get(usize::from(person.group))
            .copied()
            .unwrap_or(facts.care.fixed.ethnicity_unknown)
    }
}

struct Journey<'a> {
    facts: &'a Facts,
    person: &'a Person,
    council: u8,
    time: TimeIn,
    /// The last day on which anything can happen here.
    last: Date,
    draw: &'a mut Draw,
    found: Found,
}

impl<'a> Journey<'a> {
    fn new(
        facts: &'a Facts,
        person: &'a Person,
        council: u8,
        time: TimeIn,
        last: Date,
        draw: &'a mut Draw,
    ) -> Self {
        let age = days::age(person.born, last);
        let rates = &facts.rates.care.has_carer;
        let has = if age < 65 {
            rates.working_age
        } else {
            rates.older
        };
        let fixed = &facts.care.fixed;
        let has_carer = if draw.chance(has) {
            fixed.yes
        } else if draw.chance(rates.unknown) {
            fixed.unknown
        } else {
            fixed.no
        };
        let reasons = facts.care.reasons_by_age.at(age);
        let reason = reasons.draw(draw).copied().unwrap_or(0);
        Self {
            facts,
            person,
            council,
            time,
            last,
            draw,
            found: Found {
                events: Vec::new(),
                discharges: Vec::new(),
                care_home: None,
                has_carer,
                reason,
                reablement: false,
            },
        }
    }

    fn age(&self, on: Date) -> u32 {
        days::age(self.person.born, on)
    }

    /// Everything from a day on.
    fn live(&mut self, start: Date, deprivation: f64) {
        let rates = &self.facts.rates.care;
        let share = rates::rate(&rates.long_term, self.age(start)) * deprivation;
        if self.person.need() > 1.0 - share {
            if self.time.moved_in && start == self.time.from {
                let asked = days::plus(start, self.draw.between(3, 30));
                let route = self.facts.care.route(RouteKind::Transfer);
                self.planned_support(asked, route);
            } else if start > self.time.from {
                let route = self.facts.care.route(RouteKind::Transition);
                self.planned_support(start, route);
            } else {
                let before = self.draw.within(rates.started_before);
                let began = days::plus(start, -before).max(days::of_age(self.person.born));
                self.long_term(began, true);
            }
            return;
        }
        let times = self.facts.rates.need.times(self.person.need()) * deprivation;
        let mut day = days::plus(start, self.draw.between(0, STEP - 1));
        while day < self.last {
            let rate = rates::rate(&rates.requests, self.age(day)) * times;
            if self.draw.chance(rate / STEPS_A_YEAR) {
                match self.request(day) {
                    Some(free_again) => day = days::plus(free_again, 60),
                    None => return,
                }
            }
            day = days::plus(day, STEP);
        }
    }

    /// A request whose answer is known: assessment, then support for the long term.
    fn planned_support(&mut self, start: Date, route: Option<Route>) {
        let ended = days::plus(start, self.draw.within(self.facts.care.spans.request));
        let decision = self.facts.care.fixed.to_assessment;
        self.add_request(start, ended, decision, route);
        let assessed = self.assess(ended, true);
        if let Some(ready) = assessed {
            let begins = days::plus(
                ready,
                self.draw.within(self.facts.care.spans.wait_for_service),
            );
            self.long_term(begins, false);
        }
    }

    /// A request that leads to no support.
    fn refused_request(&mut self, start: Date) {
        let ended = days::plus(start, self.draw.within(self.facts.care.spans.request));
        let care = &self.facts.care;
        let outcome = care.decisions_without_care.draw(self.draw).copied();
        let route = care.route(RouteKind::Ordinary);
        if let Some(outcome) = outcome {
            self.add_request(start, ended, outcome.value, route);
        }
    }

    fn add_request(&mut self, start: Date, end: Date, outcome: Word, route: Option<Route>) {
        let labels = &self.facts.care.fixed.label_request;
        let label = self.draw.pick(labels).copied().unwrap_or_default();
        let mut event = CareEvent::new(EventKind::Request, start, Some(end), outcome, label);
        event.choice = route.map(|r| r.value).unwrap_or_default();
        self.found.events.push(event);
    }

    /// A request and what follows. Gives the day from which the person may ask again, or `None` if support goes on.
    fn request(&mut self, start: Date) -> Option<Date> {
        let care = &self.facts.care;
        let age = self.age(start);
        let mut route = care.routes.at(age).draw(self.draw).copied();
        if route.is_some_and(|r| r.kind == RouteKind::Transition && !(18..=25).contains(&age)) {
            route = care.route(RouteKind::Ordinary);
        }
        let from_hospital = route.is_some_and(|r| r.kind == RouteKind::Hospital);
        let ended = days::plus(start, self.draw.within(care.spans.request));
        let decisions = if from_hospital {
            &care.decisions_from_hospital
        } else {
            care.decisions.at(age)
        };
        let Some(decision) = decisions.draw(self.draw).copied() else {
            return Some(ended);
        };
        self.add_request(start, ended, decision.value, route);
        if from_hospital && ended <= self.last {
            self.found.discharges.push(ended);
        }
        match decision.next {
            Next::Nothing => Some(ended),
            Next::LowLevel => {
                let begins = days::plus(ended, self.draw.within(care.spans.wait_for_service));
                let ends = days::plus(begins, self.draw.within(care.spans.low_level));
                let outcome = care.fixed.ended_as_planned;
                self.add_service(PackageStage::LowLevel, begins, Some((ends, outcome)));
                Some(ends)
            }
            Next::ShortTermMax => {
                let span = care.spans.short_term_max;
                self.short_term(PackageStage::ShortTermMax, span, ended)
            }
            Next::ShortStay => {
                self.short_term(PackageStage::ShortStay, care.spans.short_stay, ended)
            }
            Next::Assessment | Next::LongTerm => self.assessment(ended),
        }
    }

    /// Support for a short time, and what follows.
    fn short_term(&mut self, stage: PackageStage, span: [i32; 2], after: Date) -> Option<Date> {
        let care = &self.facts.care;
        let begins = days::plus(after, self.draw.between(0, 4));
        let ends = days::plus(begins, self.draw.within(span));
        self.found.reablement |= stage == PackageStage::ShortTermMax;
        let outcome = care.after_short_term.draw(self.draw).copied()?;
        self.add_service(stage, begins, Some((ends, outcome.value)));
        if outcome.reviewed && self.draw.chance(0.4) {
            let start = days::plus(ends, -self.draw.between(0, 6)).max(begins);
            self.add_review(start, ends, care.fixed.review_of_short_term, outcome.value);
        }
        match outcome.next {
            Next::Nothing => Some(ends),
            _ => self.assessment(ends),
        }
    }

    /// An assessment and what follows.
    fn assessment(&mut self, after: Date) -> Option<Date> {
        match self.assess(after, false) {
            Some(ready) => {
                let wait = self.draw.within(self.facts.care.spans.wait_for_service);
                let begins = days::plus(ready, wait);
                if begins < self.last {
                    self.long_term(begins, false);
                }
                None
            }
            None => Some(days::plus(after, 60)),
        }
    }

    /// Assesses; gives the day on which support for the long term was agreed, if it was.
    fn assess(&mut self, after: Date, certain: bool) -> Option<Date> {
        let care = &self.facts.care;
        let fixed = &care.fixed;
        let start = days::plus(after, self.draw.within(care.spans.wait_for_assessment));
        let end = days::plus(start, self.draw.within(care.spans.assessment));
        let mut outcome = care.findings.draw(self.draw).copied()?;
        for _ in 0..200 {
            if !certain || outcome.next == Next::LongTerm {
                break;
            }
            outcome = care.findings.draw(self.draw).copied()?;
        }
        let label = self
            .draw
            .pick(&fixed.label_assessment)
            .copied()
            .unwrap_or_default();
        let mut event = CareEvent::new(
            EventKind::Assessment,
            start,
            Some(end),
            outcome.value,
            label,
        );
        let long = outcome.next == Next::LongTerm;
        event.choice = if !long && self.draw.chance(care.short_assessment_share) {
            fixed.short_assessment
        } else {
            fixed.long_assessment
        };
        event.detail = outcome.eligible;
        event.method = self.method();
        self.found.events.push(event);
        (long && end < self.last).then_some(end)
    }

    fn method(&mut self) -> Word {
        let fixed = &self.facts.care.fixed;
        if self.found.has_carer == fixed.yes && self.draw.chance(0.7) {
            fixed.method_both
        } else {
            fixed.method_person
        }
    }

    /// Support for the long term: services, reviews, changes, until something ends it.
    fn long_term(&mut self, began: Date, before: bool) {
        let rates = &self.facts.rates.care;
        let mut current = self.start_long_term(began, false);
        let mut day = began.max(self.time.from);
        let mut review_due = if before {
            days::plus(day, self.draw.between(0, 400))
        } else {
            days::plus(began, self.draw.within(rates.planned_review_after))
        };
        loop {
            day = days::plus(day, STEP);
            if day >= self.last {
                return;
            }
            let ends = rates.long_term_ends.at(self.age(day)) / STEPS_A_YEAR;
            if self.draw.chance(ends) {
                self.end_services(&current, day, self.facts.care.fixed.ended);
                return;
            }
            let due = day >= review_due;
            let planned = due && self.draw.chance(rates.review_happens);
            if due {
                review_due = days::plus(day, self.draw.within(rates.planned_review_every));
            }
            let unplanned = !due && self.draw.chance(rates.unplanned_reviews / STEPS_A_YEAR);
            if !planned && !unplanned {
                continue;
            }
            let ended = days::plus(day, self.draw.within(self.facts.care.spans.review));
            if ended >= self.last {
                return;
            }
            let reasons = if planned {
                &self.facts.care.planned_reasons
            } else {
                &self.facts.care.unplanned_reasons
            };
            let reason = reasons.draw(self.draw).copied().unwrap_or_default();
            let outcome = self.facts.care.review_outcomes.draw(self.draw).copied();
            let fixed = &self.facts.care.fixed;
            let (mut value, mut next) =
                outcome.unwrap_or((fixed.continuing, AfterReview::Continue));
            let settled = self.found.care_home.is_some();
            if settled && next == AfterReview::Change {
                // A home with care is not changed by a review here; the price may be, which makes no new row.
                (value, next) = (fixed.continuing, AfterReview::Continue);
            }
            self.add_review(day, ended, reason, value);
            match next {
                AfterReview::Continue => {}
                AfterReview::Change => {
                    self.end_services(&current, ended, self.facts.care.fixed.changed);
                    let worse = self.age(ended) >= 65 && self.draw.chance(0.35);
                    current = self.start_long_term(days::plus(ended, 1), worse);
                }
                AfterReview::End => {
                    self.end_services(&current, ended, value);
                    return;
                }
            }
            day = ended;
        }
    }

    /// Starts the services of support for the long term; gives their places among the events.
    fn start_long_term(&mut self, from: Date, into_care: bool) -> Vec<usize> {
        let care = &self.facts.care;
        let age = self.age(from.max(self.time.from));
        let may_move = !self.time.moved_away;
        let mut package = None;
        for _ in 0..60 {
            let shares = if into_care && may_move {
                Some(care.homes_with_care.at(age))
            } else {
                care.stage(PackageStage::LongTerm, age)
            };
            package = shares.and_then(|s| s.draw(self.draw)).copied();
            let setting = package.and_then(|p| care.package(p)).map(|p| p.setting);
            if may_move || setting == Some(Setting::Home) {
                break;
            }
        }
        let mut started = Vec::new();
        let Some(package) = package else {
            return started;
        };
        started.push(self.found.events.len());
        self.add_package(package, from, None);
        let setting = care.package(package).map_or(Setting::Home, |p| p.setting);
        if setting == Setting::Home {
            if self.draw.chance(self.facts.rates.care.extra_service) {
                started.push(self.found.events.len());
                self.add_service(PackageStage::Extra, from, None);
            }
        } else {
            let provider = self.found.events.last().map_or(NONE, |e| e.provider);
            self.found.care_home = Some((from, provider, setting));
        }
        started
    }

    fn end_services(&mut self, which: &[usize], on: Date, outcome: Word) {
        for at in which {
            if let Some(event) = self.found.events.get_mut(*at) {
                event.end = Some(on.max(event.start));
                event.outcome = outcome;
            }
        }
    }

    fn add_review(&mut self, start: Date, end: Date, reason: Word, outcome: Word) {
        let fixed = &self.facts.care.fixed;
        let label = self
            .draw
            .pick(&fixed.label_review)
            .copied()
            .unwrap_or_default();
        let mut event = CareEvent::new(EventKind::Review, start, Some(end), outcome, label);
        event.choice = reason;
        event.detail = self
            .facts
            .care
            .review_results
            .draw(self.draw)
            .copied()
            .unwrap_or_default();
        event.method = self.method();
        self.found.events.push(event);
    }

    fn add_service(&mut self, stage: PackageStage, start: Date, end: Option<(Date, Word)>) {
        let age = self.age(start);
        let packages = self.facts.care.stage(stage, age);
        if let Some(package) = packages.and_then(|p| p.draw(self.draw)).copied() {
            self.add_package(package, start, end);
        }
    }

    fn add_package(&mut self, package: u16, start: Date, end: Option<(Date, Word)>) {
        if let Some(event) = service(self.facts, self.council, package, start, end, self.draw) {
            self.found.events.push(event);
        }
    }

    /// Ends everything with the person's death or move, and leaves out what never came about.
    fn close(mut self) -> Found {
        let fixed = &self.facts.care.fixed;
        let died = self.person.died.is_some_and(|d| d <= self.last);
        let stops = died || self.time.moved_away;
        let last = self.last;
        let outcome = if died { fixed.died } else { fixed.moved };
        let begins = self.facts.calendar.begins;
        self.found.events.retain_mut(|event| {
            if event.start > last {
                return false;
            }
            let runs_over = event.end.is_none_or(|end| end > last);
            if stops && runs_over {
                if event.kind != EventKind::Service {
                    return false;
                }
                event.end = Some(last);
                event.outcome = outcome;
            } else if died && event.kind == EventKind::Service && event.end == Some(last) {
                event.outcome = fixed.died;
            }
            event.end.is_none_or(|end| end >= begins)
        });
        if self.found.care_home.is_some_and(|(from, ..)| from > last) {
            self.found.care_home = None;
        }
        self.found
    }
}

/// A service by its package.
pub(super) fn service(
    facts: &Facts,
    council: u8,
    at: u16,
    start: Date,
    end: Option<(Date, Word)>,
    draw: &mut Draw,
) -> Option<CareEvent> {
    let package = facts.care.package(at)?;
    let outcome = end.map_or(facts.care.fixed.continuing, |(_, outcome)| outcome);
    let mut event = CareEvent::new(
        EventKind::Service,
        start,
        end.map(|(day, _)| day),
        outcome,
        package.label,
    );
    event.package = at;
    event.mechanism = package.mechanisms.draw(draw).copied().unwrap_or_default();
    event.provider = package
        .providers
        .get(usize::from(council))
        .and_then(|p| draw.pick(p))
        .copied()
        .unwrap_or(NONE);
    if let Some(cost) = &package.cost {
        event.cost = amount(cost.low, cost.high, 5, draw);
        event.units = amount(cost.units_low, cost.units_high, 25, draw);
    }
    Some(event)
}

/// An amount in hundredths between two bounds, rounded to steps of so many hundredths.
fn amount(low: f64, high: f64, step: i32, draw: &mut Draw) -> u32 {
    let hundredths =
        |x: f64| i32::try_from(crate::draw::fixed(x * 100.0 + 0.5, 1.0)).unwrap_or(0) / step;
    u32::try_from(draw.between(hundredths(low), hundredths(high)) * step).unwrap_or(0)
}
