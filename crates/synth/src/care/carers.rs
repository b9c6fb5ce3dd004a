//! Unpaid carers: people who care for someone the council supports, in their own right or known by association only,
//! and a few who ask for help without it.

use super::{
    CareEvent, Career, Caseload, Client, EventKind,
    journey::{self, service},
};
use crate::{
    Wishes, days,
    draw::{Draw, Topic},
    facts::{
        Facts,
        care::{PackageStage, RouteKind, Word},
    },
    people::{Person, Town},
};
use model::Date;

/// Adds the carers of a caseload.
pub(super) fn add(
    facts: &Facts,
    wishes: &Wishes,
    town: &Town,
    council: u8,
    caseload: &mut Caseload,
    known: &mut [bool],
) {
    let users = caseload.careers.len();
    for at in 0..users {
        let mut draw = stream(wishes, council, at as u64);
        let Some(user) = caseload.careers.get(at).cloned() else {
            continue;
        };
        if user.has_carer != facts.care.fixed.yes {
            continue;
        }
        let Some(cared_for) = town.person(user.person) else {
            continue;
        };
        let Some(chosen) = choose(facts, town, cared_for, known, &mut draw) else {
            continue;
        };
        let rates = &facts.rates.care;
        let services: Vec<(Date, Option<Date>)> = caseload
            .events(&user)
            .iter()
            .filter(|e| e.kind == EventKind::Service)
            .map(|e| (e.start, e.end))
            .collect();
        let Some(first) = services.iter().map(|(start, _)| *start).min() else {
            continue;
        };
        let until = services
            .iter()
            .map(|(_, end)| end.unwrap_or(facts.calendar.as_at))
            .max()
            .unwrap_or(first)
            .min(cared_for.died.unwrap_or(facts.calendar.as_at));
        let in_own_right = draw.chance(rates.carer_in_own_right);
        let by_association = draw.chance(rates.carer_known_by_association);
        let Some(person) = town.person(chosen) else {
            continue;
        };
        let career = about(facts, person, chosen, u32::try_from(at).ok(), &mut draw);
        if in_own_right {
            let from = first.max(facts.calendar.begins);
            let start = days::plus(from, draw.between(0, 300));
            let events = journey_of(facts, person, council, start, until, &mut draw);
            if events.is_empty() {
                continue;
            }
            mark(known, chosen);
            caseload.keep(career, events);
        } else if by_association {
            mark(known, chosen);
            let career = Career {
                client: Client::CarerByAssociation,
                known_from: first,
                ..career
            };
            caseload.keep(career, Vec::new());
        }
    }
    ask(facts, wishes, town, council, caseload, known);
}

/// Carers of people whom the council does not know.
fn ask(
    facts: &Facts,
    wishes: &Wishes,
    town: &Town,
    council: u8,
    caseload: &mut Caseload,
    known: &mut [bool],
) {
    let share = facts.rates.care.carers_asking * facts.calendar.years();
    for at in 0..u32::try_from(town.people.len()).unwrap_or(u32::MAX) {
        let mut draw = stream(wishes, council, (1 << 40) + u64::from(at));
        if !draw.chance(share) {
            continue;
        }
        let Some(person) = town.person(at) else {
            continue;
        };
        let start = days::plus(
            facts.calendar.begins,
            draw.between(0, facts.calendar.length() - 1),
        );
        let lives_here = facts.ground.council_of(town.postcode_on(person, start)) == Some(council);
        let taken = known.get(at as usize).copied().unwrap_or(true);
        if !lives_here || taken || !person.alive(start) || days::age(person.born, start) < 20 {
            continue;
        }
        let until = facts.calendar.as_at;
        let events = journey_of(facts, person, council, start, until, &mut draw);
        if !events.is_empty() {
            mark(known, at);
            let career = about(facts, person, at, None, &mut draw);
            caseload.keep(career, events);
        }
    }
}

fn stream(wishes: &Wishes, council: u8, number: u64) -> Draw {
    Draw::of(
        wishes.seed,
        Topic::Carers,
        (u64::from(council) << 48) + number,
    )
}

fn mark(known: &mut [bool], person: u32) {
    if let Some(slot) = known.get_mut(person as usize) {
        *slot = true;
    }
}

/// Someone of the same house, or someone of the next generation.
fn choose(
    facts: &Facts,
    town: &Town,
    cared_for: &Person,
    known: &[bool],
    draw: &mut Draw,
) -> Option<u32> {
    let on = facts.calendar.as_at;
    let fits = |at: u32| {
        town.person(at)
            .filter(|_| !known.get(at as usize).copied().unwrap_or(true))
            .is_some_and(|p| p.died.is_none() && days::age(p.born, on) >= 20)
    };
    let same_house: Vec<u32> = town
        .members(cared_for.household)
        .filter(|at| fits(*at))
        .collect();
    if let Some(found) = draw.pick(&same_house) {
        return Some(*found);
    }
    let everyone = u32::try_from(town.people.len()).unwrap_or(u32::MAX);
    let home = facts.ground.council_of(town.postcode_on(cared_for, on));
    (0..200).map(|_| draw.below(everyone)).find(|at| {
        let younger = town.person(*at).is_some_and(|p| {
            let years = days::between(cared_for.born, p.born) / 365;
            (-35..45).contains(&years)
                && p.group == cared_for.group
                && facts.ground.council_of(town.postcode_on(p, on)) == home
        });
        younger && fits(*at)
    })
}

fn about(
    facts: &Facts,
    person: &Person,
    at: u32,
    cares_for: Option<u32>,
    draw: &mut Draw,
) -> Career {
    let care = &facts.care;
    let age = days::age(person.born, facts.calendar.as_at);
    Career {
        person: at,
        client: Client::Carer,
        key: 0,
        reason: care.fixed.carer_reason,
        ethnic: journey::ethnic(facts, person, draw),
        home: care
            .carer_homes
            .at(age)
            .draw(draw)
            .copied()
            .unwrap_or_default(),
        employment: Word::default(),
        has_carer: Word::default(),
        autism: Word::default(),
        sight: Word::default(),
        hearing: Word::default(),
        dementia: Word::default(),
        funding: Word::default(),
        caring_hours: care.caring_hours.draw(draw).copied().unwrap_or_default(),
        cares_for,
        care_home: None,
        known_from: facts.calendar.begins,
        first_event: 0,
        events: 0,
    }
}

/// A carer's own request, assessment, service and reviews.
fn journey_of(
    facts: &Facts,
    person: &Person,
    council: u8,
    start: Date,
    until: Date,
    draw: &mut Draw,
) -> Vec<CareEvent> {
    let care = &facts.care;
    let fixed = &care.fixed;
    let mut events = Vec::new();
    let last = person.died.map_or(until, |d| d.min(until));
    let ended = days::plus(start, draw.within(care.spans.request));
    if ended >= last || days::age(person.born, start) < 18 {
        return events;
    }
    let label = draw.pick(&fixed.label_request).copied().unwrap_or_default();
    let mut request = CareEvent::new(
        EventKind::Request,
        start,
        Some(ended),
        care.fixed.to_assessment,
        label,
    );
    request.choice = care
        .route(RouteKind::Ordinary)
        .map(|r| r.value)
        .unwrap_or_default();
    events.push(request);
    let assessed = days::plus(ended, draw.within(care.spans.wait_for_assessment));
    let found = days::plus(assessed, draw.within(care.spans.assessment));
    if found >= last {
        return events;
    }
    let given = draw.chance(care.carer_given_service);
    let outcome = if given {
        care.carer_finding_service
    } else {
        care.carer_finding_none
    };
    let label = draw
        .pick(&fixed.label_carer_assessment)
        .copied()
        .unwrap_or_default();
    let mut assessment =
        CareEvent::new(EventKind::Assessment, assessed, Some(found), outcome, label);
    assessment.choice = fixed.long_assessment;
    assessment.detail = if given { fixed.yes } else { fixed.no };
    assessment.method = fixed.method_carer;
    events.push(assessment);
    if !given {
        return events;
    }
    let age = days::age(person.born, found);
    let begins = days::plus(found, draw.within(care.spans.wait_for_service));
    let package = care
        .stage(PackageStage::Carer, age)
        .and_then(|p| p.draw(draw))
        .copied();
    let stops = last < facts.calendar.as_at;
    if begins > last {
        return events;
    }
    let end = stops.then_some((last, fixed.ended));
    let end = if person.died == Some(last) {
        Some((last, fixed.died))
    } else {
        end
    };
    events.extend(package.and_then(|p| service(facts, council, p, begins, end, draw)));
    let mut day = days::plus(begins, draw.between(150, 380));
    while day < last {
        let review_end = days::plus(day, draw.within(care.spans.review));
        if review_end < last && draw.chance(facts.rates.care.carer_reviews) {
            let label = draw.pick(&fixed.label_review).copied().unwrap_or_default();
            let mut review = CareEvent::new(
                EventKind::Review,
                day,
                Some(review_end),
                fixed.continuing,
                label,
            );
            review.choice = care.planned_reasons.draw(draw).copied().unwrap_or_default();
            review.detail = care.review_results.draw(draw).copied().unwrap_or_default();
            review.method = fixed.method_carer;
            events.push(review);
        }
        day = days::plus(day, draw.between(330, 400));
    }
    events
}
