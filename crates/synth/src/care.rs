//! Care: who asks a council for support, what follows, and who cares for whom.

mod carers;
mod journey;

use crate::{
    Wishes,
    draw::{Draw, Topic},
    facts::{
        Facts,
        care::{Setting, Word},
    },
    files::Pace,
    people::Town,
};
use model::Date;

/// What kind of event a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Request,
    Assessment,
    Service,
    Review,
}

/// No package, or no provider.
pub(crate) const NONE: u16 = u16::MAX;

/// One event as a council's system keeps it.
#[derive(Debug, Clone)]
pub(crate) struct CareEvent {
    pub(crate) kind: EventKind,
    pub(crate) start: Date,
    /// The last day; `None` for a service that runs on.
    pub(crate) end: Option<Date>,
    pub(crate) outcome: Word,
    pub(crate) label: Word,
    /// Route of a request, type of an assessment, or reason for a review.
    pub(crate) choice: Word,
    /// Whether needs were eligible, or how far goals were met.
    pub(crate) detail: Word,
    pub(crate) method: Word,
    pub(crate) package: u16,
    pub(crate) mechanism: Word,
    pub(crate) provider: u16,
    /// Pence for one unit; 0 for no cost.
    pub(crate) cost: u32,
    /// Hundredths of a unit in a week; 0 for none.
    pub(crate) units: u32,
}

impl CareEvent {
    fn new(kind: EventKind, start: Date, end: Option<Date>, outcome: Word, label: Word) -> Self {
        Self {
            kind,
            start,
            end,
            outcome,
            label,
            choice: Word::default(),
            detail: Word::default(),
            method: Word::default(),
            package: NONE,
            mechanism: Word::default(),
            provider: NONE,
            cost: 0,
            units: 0,
        }
    }

    /// Whether a submission about a period has this event. Services count if they touch the period, everything else
    /// once it has ended.
    pub(crate) fn belongs(&self, from: Date, to: Date) -> bool {
        match self.kind {
            EventKind::Service => self.start <= to && self.end.is_none_or(|end| end >= from),
            _ => self.end.is_some_and(|end| from <= end && end <= to),
        }
    }
}

/// What a person is to a council.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    User,
    Carer,
    CarerByAssociation,
}

/// A person as one council knows them.
#[derive(Debug, Clone)]
pub(crate) struct Career {
    pub(crate) person: u32,
    pub(crate) client: Client,
    pub(crate) key: u32,
    pub(crate) reason: Word,
    pub(crate) ethnic: Word,
    pub(crate) home: Word,
    pub(crate) employment: Word,
    pub(crate) has_carer: Word,
    pub(crate) autism: Word,
    pub(crate) sight: Word,
    pub(crate) hearing: Word,
    pub(crate) dementia: Word,
    pub(crate) funding: Word,
    pub(crate) caring_hours: Word,
    /// The person cared for, as a place in the same list.
    pub(crate) cares_for: Option<u32>,
    /// From when the person lives in a home with care, and of which kind.
    pub(crate) care_home: Option<(Date, Setting)>,
    /// From when on a carer by association is known.
    pub(crate) known_from: Date,
    first_event: u32,
    events: u32,
}

/// All that one council knows.
pub(crate) struct Caseload {
    pub(crate) careers: Vec<Career>,
    events: Vec<CareEvent>,
    reference_offset: u32,
}

/// What all councils know.
pub(crate) struct Care {
    /// For each council, in order.
    pub(crate) caseloads: Vec<Caseload>,
    /// Stays in hospital that a request for support ended: person and day of discharge, by person.
    pub(crate) discharges: Vec<(u32, Date)>,
}

impl Caseload {
    /// The events of a career.
    pub(crate) fn events(&self, career: &Career) -> &[CareEvent] {
        let first = career.first_event as usize;
        self.events
            .get(first..first + career.events as usize)
            .unwrap_or_default()
    }

    /// The number in the reference of the nth event of a career: the same in every submission, and no other's.
    pub(crate) fn reference(&self, career: &Career, nth: usize) -> u32 {
        let at = u64::from(career.first_event) + nth as u64;
        let number = (u64::from(self.reference_offset) + at * 7_919) % 9_000_000;
        u32::try_from(number).unwrap_or(0) + 1_000_000
    }

    /// Keeps a career with its events.
    fn keep(&mut self, mut career: Career, mut events: Vec<CareEvent>) {
        events.sort_by_key(|e| (e.start, e.end));
        career.first_event = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        career.events = u32::try_from(events.len()).unwrap_or(0);
        self.careers.push(career);
        self.events.append(&mut events);
    }
}

/// Invents the care of everyone, at every council they lived near.
pub(crate) fn careers(
    facts: &Facts,
    wishes: &Wishes,
    town: &mut Town,
    pace: &mut Pace<'_>,
) -> Care {
    let mut draw = Draw::of(wishes.seed, Topic::CareHomes, 0);
    let homes: Vec<u32> = facts
        .care
        .providers
        .iter()
        .map(|provider| {
            let areas: Vec<_> = facts
                .ground
                .areas
                .iter()
                .filter(|a| a.council == provider.council)
                .collect();
            let area = draw.pick(&areas).copied();
            area.and_then(|a| draw.pick(&a.postcodes).copied())
                .unwrap_or(0)
        })
        .collect();
    let councils = u8::try_from(facts.ground.councils.len()).unwrap_or(u8::MAX);
    let mut discharges = Vec::new();
    let mut caseloads: Vec<Caseload> = Vec::new();
    let mut elsewhere: Vec<Vec<(u32, Date)>> = vec![Vec::new(); usize::from(councils)];
    for council in 0..councils {
        let mut caseload = Caseload {
            careers: Vec::new(),
            events: Vec::new(),
            reference_offset: Draw::of(wishes.seed, Topic::Keys, u64::from(council))
                .below(9_000_000),
        };
        let mut known = vec![false; town.people.len()];
        for at in 0..u32::try_from(town.people.len()).unwrap_or(u32::MAX) {
            if at % 8_192 == 0 {
                pace.step(8_192 / u64::from(councils), "care");
            }
            let Some(person) = town.person(at) else {
                continue;
            };
            let number = u64::from(at) * u64::from(councils) + u64::from(council);
            let mut draw = Draw::of(wishes.seed, Topic::Care, number);
            let Some(found) = journey::user(facts, town, person, council, &mut draw) else {
                continue;
            };
            if let Some(slot) = known.get_mut(at as usize) {
                *slot = true;
            }
            discharges.extend(found.discharges.iter().map(|day| (at, *day)));
            if councils > 1
                && draw.chance(facts.rates.care.second_council)
                && let Some(first) = found.events.first()
            {
                let other =
                    (council + 1 + u8::try_from(draw.below(u32::from(councils) - 1)).unwrap_or(0))
                        % councils;
                if let Some(list) = elsewhere.get_mut(usize::from(other)) {
                    list.push((at, first.start.max(facts.calendar.begins)));
                }
            }
            let mut career = journey::about(facts, person, at, &found, &mut draw);
            if let Some((from, provider, setting)) = found.care_home {
                let postcode = homes.get(usize::from(provider)).copied().unwrap_or(0);
                if let Some(person) = town.people.get_mut(at as usize) {
                    person.care_home = Some((from, postcode));
                }
                career.care_home = Some((from, setting));
            }
            caseload.keep(career, found.events);
        }
        carers::add(facts, wishes, town, council, &mut caseload, &mut known);
        caseloads.push(caseload);
    }
    for (council, asked) in (0u8..).zip(&elsewhere) {
        if let Some(caseload) = caseloads.get_mut(usize::from(council)) {
            let mut known = vec![false; town.people.len()];
            for career in &caseload.careers {
                if let Some(slot) = known.get_mut(career.person as usize) {
                    *slot = true;
                }
            }
            ask_elsewhere(facts, wishes, town, (council, asked), caseload, &mut known);
        }
    }
    for (council, caseload) in (0u64..).zip(&mut caseloads) {
        let offset = Draw::of(wishes.seed, Topic::Keys, 1_000 + council).below(900_000);
        for (n, career) in (0u32..).zip(&mut caseload.careers) {
            let number = (u64::from(offset) + u64::from(n) * 7_919) % 900_000;
            career.key = u32::try_from(number).unwrap_or(0) + 100_000;
        }
    }
    discharges.sort_unstable();
    Care {
        caseloads,
        discharges,
    }
}

/// People known to one council who also asked another.
fn ask_elsewhere(
    facts: &Facts,
    wishes: &Wishes,
    town: &Town,
    (council, asked): (u8, &[(u32, Date)]),
    caseload: &mut Caseload,
    known: &mut [bool],
) {
    for (at, from) in asked {
        let (Some(person), Some(slot)) = (town.person(*at), known.get_mut(*at as usize)) else {
            continue;
        };
        if *slot {
            continue;
        }
        *slot = true;
        let number = (1 << 40) + u64::from(*at) * 16 + u64::from(council);
        let mut draw = Draw::of(wishes.seed, Topic::Care, number);
        if let Some(found) = journey::enquiry(facts, person, council, *from, &mut draw) {
            let career = journey::about(facts, person, *at, &found, &mut draw);
            caseload.keep(career, found.events);
        }
    }
}
