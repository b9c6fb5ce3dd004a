//! What councils send each quarter: the events of the twelve months up to its end, with the person's details on
//! every row.

use super::{
    Desk, Pace, Pair, fill,
    spoil::{Note, Spoiler, Where},
};
use crate::{
    PlaceFile, SynthError,
    care::{CareEvent, Career, Caseload, Client, EventKind},
    days::{self, digits},
    facts::{
        care::{Package, Setting, Word},
        ground::Council,
        shapes::{FileShape, Holds},
    },
    files::shelf::Sheet,
    people::{Person, Sex, write_nhs_number},
};
use model::Date;

/// Writes every submission of every council, in the order in which they arrive; tells how many faults were planted.
pub(super) fn write(
    desk: &Desk<'_>,
    shape: &FileShape,
    pace: &mut Pace<'_>,
) -> Result<(Vec<PlaceFile>, u64), SynthError> {
    let mut faults = desk.shelf.truth(
        "faults.csv",
        &["file", "row", "field", "rule", "severity", "fault", "kind"],
    )?;
    let mut files = Vec::new();
    let mut planted = 0;
    for (nth, end) in desk.facts.calendar.period_ends.iter().enumerate() {
        for (at, council) in (0u8..).zip(&desk.facts.ground.councils) {
            let again = council.resubmits.map(|n| n as usize) == Some(nth + 1);
            for sent_again in [false, true].into_iter().take(1 + usize::from(again)) {
                let mut name = String::new();
                let day = end.format("%Y%m%d").to_string();
                name.push_str(
                    &shape
                        .path
                        .replace("{council}", &council.code)
                        .replace("{period_end}", &day)
                        .replace("{again}", if sent_again { &shape.again } else { "" }),
                );
                let submission = Submission {
                    desk,
                    shape,
                    council: at,
                    nth,
                    sent_again,
                    from: days::year_before(*end),
                    to: *end,
                };
                let (rows, found) = submission.write(&name, council, &mut faults)?;
                planted += found;
                pace.file(&name);
                files.push(PlaceFile {
                    path: name,
                    dataset: shape.dataset.clone(),
                    sender: council.code.clone(),
                    rows,
                });
            }
        }
    }
    faults.finish()?;
    Ok((files, planted))
}

struct Submission<'a> {
    desk: &'a Desk<'a>,
    shape: &'a FileShape,
    council: u8,
    /// Its place among the quarters.
    nth: usize,
    sent_again: bool,
    from: Date,
    to: Date,
}

impl Submission<'_> {
    fn write(
        &self,
        name: &str,
        council: &Council,
        faults: &mut Sheet,
    ) -> Result<(u64, u64), SynthError> {
        let Some(caseload) = self.desk.care.caseloads.get(usize::from(self.council)) else {
            return Ok((0, 0));
        };
        let present = self.present(caseload);
        let spoiler = Spoiler::new(
            &self.desk.facts.faults,
            self.shape.dates,
            self.desk.facts.calendar.begins,
        );
        let mut pair = Pair::open(self.desk, self.shape, name)?;
        let mut cells = Vec::new();
        let mut planted = 0;
        for at in by_key(caseload, &present) {
            let Some(career) = caseload.careers.get(at as usize) else {
                continue;
            };
            let Some(person) = self.desk.town.person(career.person) else {
                continue;
            };
            let events = caseload.events(career);
            let rows = events
                .iter()
                .enumerate()
                .filter(|(_, e)| e.belongs(self.from, self.to))
                .map(Some)
                .chain((career.client == Client::CarerByAssociation).then_some(None));
            for event in rows {
                let row = Row {
                    submission: self,
                    council,
                    caseload,
                    career,
                    person,
                    event,
                    present: &present,
                };
                fill(self.shape, &mut cells, |holds, text| row.cell(holds, text))?;
                let mut notes = Vec::new();
                spoiler.person(
                    self.place(at, None),
                    person,
                    self.desk,
                    &mut cells,
                    &mut notes,
                );
                let twice = self.newly_seen(event.map(|(_, e)| e)).is_some_and(|age| {
                    let place = self.place(at, event.map(|(n, _)| n));
                    spoiler.row(place, age, self.sent_again, self.to, &mut cells, &mut notes)
                });
                let key = row.key(career);
                let number = pair.row(&cells, &key, career.person)?;
                planted += note_down(faults, name, number, &notes, twice)?;
                if twice {
                    let number = pair.row(&cells, &key, career.person)?;
                    planted += note_down(faults, name, number, &notes, false)?;
                }
            }
        }
        Ok((pair.finish()?, planted))
    }

    /// Which careers have a row in this submission.
    fn present(&self, caseload: &Caseload) -> Vec<bool> {
        let own: Vec<bool> = caseload
            .careers
            .iter()
            .map(|c| {
                caseload
                    .events(c)
                    .iter()
                    .any(|e| e.belongs(self.from, self.to))
            })
            .collect();
        caseload
            .careers
            .iter()
            .zip(&own)
            .map(|(career, own_rows)| {
                // A carer known by association has a row only beside the person cared for.
                let beside = career
                    .cares_for
                    .and_then(|at| own.get(at as usize))
                    .copied()
                    .unwrap_or(false);
                *own_rows
                    || (career.client == Client::CarerByAssociation
                        && beside
                        && career.known_from <= self.to)
            })
            .collect()
    }

    fn place(&self, career: u32, event: Option<usize>) -> Where {
        Where {
            seed: self.desk.seed,
            council: self.council,
            career,
            event: event.and_then(|n| u32::try_from(n).ok()),
        }
    }

    /// How many quarters ago an event was first sent.
    fn newly_seen(&self, event: Option<&CareEvent>) -> Option<usize> {
        let ends = &self.desk.facts.calendar.period_ends;
        let first = match event {
            Some(event) => ends
                .iter()
                .position(|end| event.belongs(days::year_before(*end), *end))?,
            None => 0,
        };
        self.nth.checked_sub(first)
    }
}

/// The careers that have rows, in the order of their keys, which says nothing about who lives with whom.
fn by_key(caseload: &Caseload, present: &[bool]) -> Vec<u32> {
    let mut order: Vec<(u32, u32)> = (0u32..)
        .zip(&caseload.careers)
        .zip(present)
        .filter(|(_, here)| **here)
        .map(|((at, career), _)| (career.key, at))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
}

/// Notes down what was planted on a row, and counts it. The first of two equal rows has no fault of being there
/// twice; the second has.
fn note_down(
    faults: &mut Sheet,
    file: &str,
    row: u64,
    notes: &[Note],
    first_of_two: bool,
) -> Result<u64, SynthError> {
    let mut planted = 0;
    for note in notes.iter().filter(|n| !(first_of_two && n.of_copy)) {
        planted += u64::from(note.planted);
        faults.row(&[
            file.to_owned(),
            row.to_string(),
            note.field.clone(),
            note.rule.clone(),
            note.severity.clone(),
            note.fault.clone(),
            if note.planted { "planted" } else { "follow-on" }.to_owned(),
        ])?;
    }
    Ok(planted)
}

/// One row in the making.
struct Row<'a> {
    submission: &'a Submission<'a>,
    council: &'a Council,
    caseload: &'a Caseload,
    career: &'a Career,
    person: &'a Person,
    event: Option<(usize, &'a CareEvent)>,
    present: &'a [bool],
}

impl Row<'_> {
    fn key(&self, career: &Career) -> String {
        let mut key = self.council.key_prefix.clone();
        digits(&mut key, career.key, self.council.key_width);
        key
    }

    fn word(&self, word: Word, text: &mut String) {
        text.push_str(self.submission.desk.facts.care.words.text(word));
    }

    fn date(&self, date: Option<Date>, text: &mut String) {
        if let Some(date) = date {
            self.submission.shape.dates.write(date, text);
        }
    }

    /// The last day of the event, if it is over by the end of the period.
    fn ended(&self) -> Option<Date> {
        self.event
            .and_then(|(_, e)| e.end)
            .filter(|end| *end <= self.submission.to)
    }

    /// A cell of an event of one kind.
    fn of_event(
        &self,
        kind: EventKind,
        text: &mut String,
        write: impl FnOnce(&CareEvent, &mut String),
    ) {
        if let Some((_, event)) = self.event.filter(|(_, e)| e.kind == kind) {
            write(event, text);
        }
    }

    /// A cell that comes from the package of a service.
    fn of_package(&self, text: &mut String, word: impl FnOnce(&CareEvent, &Package) -> Word) {
        let care = &self.submission.desk.facts.care;
        self.of_event(EventKind::Service, text, |event, text| {
            if let Some(package) = care.package(event.package) {
                text.push_str(care.words.text(word(event, package)));
            }
        });
    }

    fn cell(&self, holds: Holds, text: &mut String) -> bool {
        let known = self.cell_of_person(holds, text) || self.cell_of_event(holds, text);
        debug_assert!(known || text.is_empty());
        known
    }

    fn cell_of_person(&self, holds: Holds, text: &mut String) -> bool {
        let desk = self.submission.desk;
        let (facts, town) = (desk.facts, desk.town);
        let fixed = &facts.care.fixed;
        let (career, person) = (self.career, self.person);
        let by = self.submission.to;
        let died = person.died.filter(|died| *died <= by);
        let as_of = died.unwrap_or(by);
        let practice = facts.ground.practices.get(usize::from(person.practice));
        match holds {
            Holds::Council => text.push_str(&self.council.code),
            Holds::PeriodStart => self.date(Some(self.submission.from), text),
            Holds::PeriodEnd => self.date(Some(by), text),
            Holds::NhsNumber => write_nhs_number(person.nhs_number, text),
            Holds::LocalKey => text.push_str(&self.key(career)),
            Holds::GivenName => text.push_str(town.given_name(facts, person.given)),
            Holds::FamilyName => text.push_str(town.family_name(person.family)),
            Holds::PracticeName => text.push_str(practice.map_or("", |p| p.name.as_str())),
            Holds::Practice => text.push_str(practice.map_or("", |p| p.code.as_str())),
            Holds::Gender => self.word(
                match person.sex {
                    Sex::Male => fixed.male,
                    Sex::Female => fixed.female,
                },
                text,
            ),
            Holds::EthnicGroup => self.word(career.ethnic, text),
            Holds::Born => self.date(Some(person.born), text),
            Holds::Died => self.date(died, text),
            Holds::Client => self.word(
                match career.client {
                    Client::User => fixed.service_user,
                    Client::Carer => fixed.carer,
                    Client::CarerByAssociation => fixed.carer_by_association,
                },
                text,
            ),
            Holds::Reason => self.word(career.reason, text),
            Holds::Postcode => {
                text.push_str(facts.ground.postcode(town.postcode_on(person, as_of)));
            }
            Holds::Home => self.word(
                match career.care_home {
                    Some((from, Setting::NursingHome)) if from <= as_of => fixed.nursing_home,
                    Some((from, Setting::CareHome)) if from <= as_of => fixed.care_home,
                    _ => career.home,
                },
                text,
            ),
            Holds::Employment => self.word(career.employment, text),
            Holds::HasCarer => self.word(career.has_carer, text),
            Holds::Autism => self.word(career.autism, text),
            Holds::Sight => self.word(career.sight, text),
            Holds::Hearing => self.word(career.hearing, text),
            Holds::Dementia => self.word(career.dementia, text),
            Holds::Funding => self.word(career.funding, text),
            Holds::CaringHours => self.word(career.caring_hours, text),
            Holds::AdultsCaredFor => {
                text.push_str(if career.client == Client::User {
                    ""
                } else {
                    "1"
                });
            }
            Holds::Linked1 => {
                let at = career.cares_for.map(|at| at as usize);
                if let Some(at) = at.filter(|at| self.present.get(*at) == Some(&true))
                    && let Some(cared_for) = self.caseload.careers.get(at)
                {
                    text.push_str(&self.key(cared_for));
                }
            }
            Holds::Linked2 | Holds::Linked3 => {}
            _ => return false,
        }
        true
    }

    fn cell_of_event(&self, holds: Holds, text: &mut String) -> bool {
        use EventKind::{Assessment, Request, Review, Service};
        let care = &self.submission.desk.facts.care;
        let fixed = &care.fixed;
        let event = self.event.map(|(_, e)| e);
        let provider = event.and_then(|e| care.providers.get(usize::from(e.provider)));
        match holds {
            Holds::Event => {
                if let Some(event) = event {
                    self.word(
                        match event.kind {
                            Request => fixed.request,
                            Assessment => fixed.assessment,
                            Service => fixed.service,
                            Review => fixed.review,
                        },
                        text,
                    );
                }
            }
            Holds::Reference => {
                if let Some((nth, _)) = self.event {
                    text.push_str(&self.council.reference_prefix);
                    text.push('-');
                    digits(text, self.caseload.reference(self.career, nth), 8);
                }
            }
            Holds::Start => self.date(event.map(|e| e.start), text),
            Holds::End => self.date(self.ended(), text),
            Holds::Label => self.word(event.map(|e| e.label).unwrap_or_default(), text),
            Holds::Outcome => {
                if let Some(event) = event {
                    let over = self.ended().is_some();
                    self.word(
                        if over {
                            event.outcome
                        } else {
                            fixed.continuing
                        },
                        text,
                    );
                }
            }
            Holds::Route => self.of_event(Request, text, |e, t| self.word(e.choice, t)),
            Holds::Assessment => self.of_event(Assessment, text, |e, t| self.word(e.choice, t)),
            Holds::Eligible => self.of_event(Assessment, text, |e, t| self.word(e.detail, t)),
            Holds::AssessmentMethod => {
                self.of_event(Assessment, text, |e, t| self.word(e.method, t));
            }
            Holds::Service => self.of_package(text, |_, package| package.service),
            Holds::Component => self.of_package(text, |_, package| package.component),
            Holds::Mechanism => self.of_package(text, |event, _| event.mechanism),
            Holds::CostUnit => self.of_package(text, |_, package| package.cost_unit),
            Holds::ProviderName => text.push_str(provider.map_or("", |p| p.name.as_str())),
            Holds::ProviderKey => text.push_str(provider.map_or("", |p| p.key.as_str())),
            Holds::ReviewReason => self.of_event(Review, text, |e, t| self.word(e.choice, t)),
            Holds::ReviewResult => self.of_event(Review, text, |e, t| self.word(e.detail, t)),
            Holds::ReviewMethod => self.of_event(Review, text, |e, t| self.word(e.method, t)),
            Holds::UnitCost => amount(event.map_or(0, |e| e.cost), text),
            Holds::Units => amount(event.map_or(0, |e| e.units), text),
            _ => return false,
        }
        true
    }
}

/// Hundredths as a number with two places; nothing for none.
fn amount(hundredths: u32, text: &mut String) {
    if hundredths > 0 {
        text.push_str(&(hundredths / 100).to_string());
        text.push('.');
        digits(text, hundredths % 100, 2);
    }
}
