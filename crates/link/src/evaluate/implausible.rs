//! What cannot be if links are right: care after death, two places at once, two births, two days of death. It needs no truth.
//!
//! Only what records of one person say against each other counts against links. What one record says against itself is an
//! error in the data, and is counted beside it.

use super::{
    ids::Ids,
    intervals::Share,
    links::{self, Decision, Ends, cell, name_of, need},
    text::{Text, with_interval},
    told::{Notice, Told},
};
use crate::{
    cluster::Forest,
    files::{FileError, open},
};
use model::Date;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impossible {
    /// Care or a stay that begins after the day of death.
    CareAfterDeath,
    /// Stays at two places that have a night in common.
    TwoPlacesAtOnce,
    /// Births on two days, or two births of one day with different orders: twins with one id.
    TwoBirths,
    /// Two days of death.
    TwoDeaths,
}

const KINDS: [(Impossible, &str); 4] = [
    (Impossible::CareAfterDeath, "care after death"),
    (Impossible::TwoPlacesAtOnce, "two places at once"),
    (Impossible::TwoBirths, "two births"),
    (Impossible::TwoDeaths, "two days of death"),
];

/// How often something is that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HowOften {
    /// What cannot be.
    pub what: Impossible,
    /// People of several records with events whose records contradict each other so.
    pub people: Share,
    /// Records with events that contradict themselves so: errors in the data, not in links.
    pub records: Share,
}

/// What cannot be if links are right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Implausible {
    /// People who have anything of it between their records.
    pub people: Share,
    /// Each kind.
    pub kinds: Vec<HowOften>,
    /// What was wrong with the files.
    pub notices: Vec<Notice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Stay,
    Care,
    Birth,
    Death,
}

#[derive(Debug, Clone, Copy)]
struct Event {
    person: u32,
    record: u32,
    what: What,
    from: Date,
    to: Date,
    /// Where it was, or the order of a birth; none where it is not stated.
    place: Option<u32>,
}

/// Holds what records say of events against the links between them: people are the records that hang together by what the
/// run decided, or from a match weight on where one is given. Events have `record_id`, `what` (stay, care, birth, death),
/// `from` and, as they have them, `to` and `place` (of a birth its order among several).
pub fn implausible(
    links: &Path,
    events: &Path,
    threshold: Option<f64>,
) -> Result<Implausible, FileError> {
    let (mut ids, mut told) = (Ids::default(), Told::default());
    let read = links::read(links, Ends::Unordered, &mut ids, &mut told)?;
    let mut events = read_events(events, &mut ids, &mut told)?;
    let mut forest = Forest::new(ids.len());
    for link in &read.rows {
        let given = match (threshold, link.decision) {
            (_, Decision::Veto) => false,
            (Some(least), _) => link.weight >= least,
            (None, Decision::Link) => true,
            (None, _) => !read.decided && link.probability >= 0.5,
        };
        if given {
            forest.join(link.left, link.right);
        }
    }
    for event in &mut events {
        event.person = forest.root(event.record);
    }
    // The whole order, so that nothing depends on that of rows.
    events.sort_unstable_by_key(|e| (e.person, e.from, e.to, e.record, e.place, e.what as u8));
    let (mut of_people, mut of_records) = (Counts::default(), Counts::default());
    for of_person in events.chunk_by(|a, b| a.person == b.person) {
        if of_person
            .iter()
            .any(|event| Some(event.record) != of_person.first().map(|first| first.record))
        {
            of_people.add(of_person, |a, b| a.record != b.record);
        }
    }
    events.sort_unstable_by_key(|e| (e.record, e.from, e.to, e.place, e.what as u8));
    for of_record in events.chunk_by(|a, b| a.record == b.record) {
        of_records.add(of_record, |_, _| true);
    }
    let kinds = KINDS.iter().enumerate().map(|(at, (what, _))| HowOften {
        what: *what,
        people: of_people.share(at),
        records: of_records.share(at),
    });
    Ok(Implausible {
        people: Share::new(of_people.any, of_people.all),
        kinds: kinds.collect(),
        notices: told.notices(),
    })
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    all: u64,
    any: u64,
    of: [u64; KINDS.len()],
}

impl Counts {
    /// Looks at the events of one person, or of one record; only two that may contradict each other are held together.
    fn add(&mut self, events: &[Event], may: impl Fn(&Event, &Event) -> bool) {
        let is = [
            after_death(events, &may),
            two_places(events, &may),
            two_of(events, What::Birth, &|a, b| {
                may(a, b) && (a.from != b.from || a.place.zip(b.place).is_some_and(|(a, b)| a != b))
            }),
            two_of(events, What::Death, &|a, b| may(a, b) && a.from != b.from),
        ];
        self.all += 1;
        self.any += u64::from(is.contains(&true));
        for (count, is) in self.of.iter_mut().zip(is) {
            *count += u64::from(is);
        }
    }

    fn share(&self, at: usize) -> Share {
        Share::new(self.of.get(at).copied().unwrap_or(0), self.all)
    }
}

type May<'a> = dyn Fn(&Event, &Event) -> bool + 'a;

/// Nobody dies so often, or is born so often; a hostile file must not make a product of them.
const MOST: usize = 64;

fn of(events: &[Event], what: What) -> impl Iterator<Item = &Event> {
    events.iter().filter(move |event| event.what == what)
}

fn after_death(events: &[Event], may: &May<'_>) -> bool {
    let deaths: Vec<&Event> = of(events, What::Death).take(MOST).collect();
    events
        .iter()
        .filter(|event| matches!(event.what, What::Stay | What::Care))
        .any(|event| {
            deaths
                .iter()
                .any(|death| event.from > death.from && may(event, death))
        })
}

/// Stays come by their first day; those that have ended are forgotten, and of those that have not the longest are kept.
fn two_places(events: &[Event], may: &May<'_>) -> bool {
    let mut open: Vec<&Event> = Vec::new();
    for stay in of(events, What::Stay) {
        open.retain(|before| before.to > stay.from);
        let apart = |before: &&Event| {
            stay.to > before.from
                && stay.to > stay.from
                && before.place.zip(stay.place).is_some_and(|(a, b)| a != b)
                && may(before, stay)
        };
        if open.iter().any(apart) {
            return true;
        }
        open.push(stay);
        if open.len() > MOST {
            let shortest = (0..open.len()).min_by_key(|at| open.get(*at).map(|stay| stay.to));
            open.swap_remove(shortest.unwrap_or(0));
        }
    }
    false
}

fn two_of(events: &[Event], what: What, apart: &May<'_>) -> bool {
    let all: Vec<&Event> = of(events, what).take(MOST).collect();
    all.iter()
        .enumerate()
        .any(|(at, one)| all.iter().skip(at + 1).any(|other| apart(one, other)))
}

/// A day, of a moment its day.
fn day(text: &str) -> Option<Date> {
    let text = text.get(..10).unwrap_or(text);
    let forms = ["%Y-%m-%d", "%Y%m%d"];
    forms
        .iter()
        .find_map(|form| Date::parse_from_str(text, form).ok())
}

fn read_events(path: &Path, ids: &mut Ids, told: &mut Told) -> Result<Vec<Event>, FileError> {
    let mut rows = open(path, &["record_id", "what", "from", "to", "place"])?;
    need(&rows, path, &[(0, "record_id"), (1, "what"), (2, "from")])?;
    let (mut events, mut places) = (Vec::new(), Ids::default());
    let file = name_of(path);
    let mut row_number = 1;
    while let Some((count, columns)) = rows.next_batch()? {
        for row in 0..count {
            row_number += 1;
            let what = match cell(&columns, 1, row).to_lowercase().as_str() {
                "stay" => What::Stay,
                "care" => What::Care,
                "birth" => What::Birth,
                "death" => What::Death,
                _ => {
                    let message = "an event that is none of stay, care, birth, death; left out";
                    told.row(&file, message, row_number);
                    continue;
                }
            };
            let record = ids.number(cell(&columns, 0, row));
            let (Some(record), Some(from)) = (record, day(cell(&columns, 2, row))) else {
                let message = "an event without a record or a day from which it is; left out";
                told.row(&file, message, row_number);
                continue;
            };
            let to = day(cell(&columns, 3, row)).unwrap_or(from);
            if to < from {
                told.row(
                    &file,
                    "an event that ends before it begins; left out",
                    row_number,
                );
                continue;
            }
            events.push(Event {
                person: 0,
                record,
                what,
                from,
                to,
                place: places.number(cell(&columns, 4, row)),
            });
        }
    }
    told.odd(&file, &rows);
    Ok(events)
}

impl Implausible {
    /// The counts as Markdown.
    pub fn to_text(&self) -> String {
        let mut text = Text::default();
        text.head(1, "What cannot be if links are right");
        text.line(format_args!(
            "People of several records with events, whose records contradict each other: {}.\n",
            with_interval(&self.people)
        ));
        let rows = self.kinds.iter().zip(KINDS).map(|(kind, (_, words))| {
            vec![
                words.to_owned(),
                with_interval(&kind.people),
                with_interval(&kind.records),
            ]
        });
        let head = ["what", "between records of one person", "within one record"];
        text.table(&head, &rows.collect::<Vec<_>>());
        text.line(format_args!(
            "\nWhat one record says against itself is an error in the data; no link is to blame."
        ));
        text.whole()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn found(links: &str, events: &str, threshold: Option<f64>) -> Implausible {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        implausible(&put("l.csv", links), &put("e.csv", events), threshold).unwrap()
    }

    const LINKS: &str =
        "left_id,right_id,match_weight,decision\na,b,9,link\nc,d,9,link\ne,f,3,weak\n";

    fn counts(found: &Implausible) -> Vec<(u64, u64)> {
        let kinds = found.kinds.iter();
        kinds
            .map(|kind| (kind.people.count, kind.records.count))
            .collect()
    }

    #[test]
    fn care_after_death_and_two_places_count_between_records_of_one_person() {
        let events = "record_id,what,from,to,place\n\
            a,death,2025-03-01,,\nb,care,2025-03-02,,\n\
            c,stay,2025-01-01,2025-01-05,X\nd,stay,2025-01-04,2025-01-09,Y\n\
            e,death,2025-03-01,,\nf,care,2025-04-01,,\n";
        let decided = found(LINKS, events, None);
        assert_eq!((decided.people.count, decided.people.of), (2, 2));
        assert_eq!(counts(&decided), [(1, 0), (1, 0), (0, 0), (0, 0)]);
        // From a weight of 2 on e and f are one person as well.
        assert_eq!(counts(&found(LINKS, events, Some(2.0)))[0], (2, 0));
        assert!(decided.to_text().contains("| care after death | 1 of 2"));
    }

    #[test]
    fn the_day_of_death_a_transfer_and_one_place_are_plausible() {
        let events = "record_id,what,from,to,place\n\
            a,death,2025-03-01,,\nb,care,2025-03-01,,\n\
            c,stay,2025-01-01,2025-01-05,X\nd,stay,2025-01-05,2025-01-09,Y\nd,stay,2025-01-02,2025-01-04,X\n\
            d,stay,2025-01-03,2025-01-04,\n";
        assert_eq!(counts(&found(LINKS, events, None)), [(0, 0); 4]);
    }

    #[test]
    fn what_a_record_says_against_itself_is_no_fault_of_links() {
        let events = "record_id,what,from,to,place\n\
            a,death,2025-03-01,,\na,care,2025-03-02,,\nb,care,2025-01-01,,\n\
            c,birth,2024-05-01,,1\nd,birth,2024-05-01,,2\nc,death,20250101,,\nd,death,2025-01-02T08:00,,\n";
        let found = found(LINKS, events, None);
        assert_eq!(counts(&found), [(0, 1), (0, 0), (1, 0), (1, 0)]);
        assert_eq!((found.people.count, found.people.of), (1, 2));
        assert_eq!(found.kinds[0].records.of, 4);
    }

    #[test]
    fn events_that_cannot_be_read_are_told_with_their_rows() {
        let events = "record_id,what,from,to\na,party,2025-01-01,\n,care,2025-01-01,\nb,care,soon,\nb,stay,2025-01-02,2025-01-01\n";
        let found = found(LINKS, events, None);
        let told: Vec<&[u64]> = found.notices.iter().map(|n| n.rows.as_slice()).collect();
        assert_eq!(told, [&[2][..], &[3, 4], &[5]]);
        assert_eq!(found.people.of, 0);
    }

    /// Against every two stays, one by one.
    #[test]
    fn two_places_are_as_found_one_by_one() {
        let mut state = 3_u64;
        let mut next = |most: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % most
        };
        let day = |at: u64| Date::from_ymd_opt(2025, 1, 1).unwrap() + chrono::Days::new(at);
        for _ in 0..300 {
            let mut events: Vec<Event> = (0..2 + next(5))
                .map(|_| {
                    let from = next(12);
                    Event {
                        person: 0,
                        record: u32::try_from(next(3)).unwrap(),
                        what: What::Stay,
                        from: day(from),
                        to: day(from + next(4)),
                        place: Some(u32::try_from(next(2)).unwrap()),
                    }
                })
                .collect();
            let slow = events.iter().any(|a| {
                events.iter().any(|b| {
                    a.record != b.record
                        && a.place != b.place
                        && a.from.max(b.from) < a.to.min(b.to)
                })
            });
            events.sort_by_key(|e| (e.from, e.to));
            assert_eq!(
                two_places(&events, &|a, b| a.record != b.record),
                slow,
                "{events:?}"
            );
        }
    }
}
