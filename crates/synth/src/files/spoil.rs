//! Faults, planted into cells that were right, and noted down.

use super::Desk;
use crate::{
    days::{self, Layout},
    draw::{Draw, Topic},
    facts::faults::{Fault, FaultFacts, FaultKind, When},
    people::Person,
};
use chrono::Datelike;
use model::Date;

/// What was planted, and what follows from it.
pub(super) struct Note {
    pub(super) field: String,
    pub(super) rule: String,
    pub(super) severity: String,
    pub(super) fault: String,
    pub(super) planted: bool,
    /// Whether it is about the second of two equal rows.
    pub(super) of_copy: bool,
}

/// Which row: chance depends on nothing else, so a fault is the same in every submission that has it.
#[derive(Clone, Copy)]
pub(super) struct Where {
    pub(super) seed: u64,
    pub(super) council: u8,
    pub(super) career: u32,
    pub(super) event: Option<u32>,
}

impl Where {
    fn draw(self, topic: Topic) -> Draw {
        let event = self.event.map_or(0, |e| u64::from(e) + 1);
        let number = (u64::from(self.council) << 56) + (u64::from(self.career) << 24) + event;
        Draw::of(self.seed, topic, number)
    }
}

/// Plants faults.
pub(super) struct Spoiler<'a> {
    faults: &'a FaultFacts,
    dates: Layout,
    begins: Date,
}

impl<'a> Spoiler<'a> {
    pub(super) const fn new(faults: &'a FaultFacts, dates: Layout, begins: Date) -> Self {
        Self {
            faults,
            dates,
            begins,
        }
    }

    /// Faults about a person: the same on every row of that person.
    pub(super) fn person(
        &self,
        place: Where,
        person: &Person,
        desk: &Desk<'_>,
        cells: &mut [String],
        notes: &mut Vec<Note>,
    ) {
        let mut draw = place.draw(Topic::PersonFaults);
        for fault in &self.faults.on_people {
            // Drawn whether or not it is used, so that one fault does not shift the chance of the next.
            let (hit, choice) = (draw.chance(fault.rate), draw.below(u32::MAX));
            if !hit {
                continue;
            }
            let number = u64::from(choice) ^ (u64::from(place.career) << 32);
            let mut own = Draw::of(place.seed, Topic::PersonFaults, number);
            let done = match fault.kind {
                FaultKind::ShortName => {
                    let cell = fault.columns.first().and_then(|c| cells.get_mut(*c));
                    cell.is_some_and(|cell| {
                        let forms = desk.facts.names.short_forms(cell);
                        own.pick(forms).is_some_and(|form| put(cell, form.clone()))
                    })
                }
                FaultKind::FormerName => {
                    let former = desk.town.family_name(person.family_at_birth);
                    let cell = fault.columns.first().and_then(|c| cells.get_mut(*c));
                    cell.is_some_and(|cell| put(cell, former.to_owned()))
                }
                _ => self.plant(fault, None, cells, &mut own),
            };
            if done {
                note(fault, cells, notes);
            }
        }
    }

    /// At most one fault about the row itself. Gives whether the row is to be sent twice.
    pub(super) fn row(
        &self,
        place: Where,
        quarters_seen: usize,
        sent_again: bool,
        period_end: Date,
        cells: &mut [String],
        notes: &mut Vec<Note>,
    ) -> bool {
        let mut draw = place.draw(Topic::RowFaults);
        let mut mark = draw.rank();
        let lasts = usize::try_from(draw.within(self.faults.lasts_quarters)).unwrap_or(1);
        let corrected = draw.chance(self.faults.corrected_when_sent_again);
        if quarters_seen >= lasts || (sent_again && corrected) {
            return false;
        }
        for fault in &self.faults.on_rows {
            if mark >= fault.rate {
                mark -= fault.rate;
                continue;
            }
            let fits = fault.when.iter().all(|w| self.holds(w, period_end, cells));
            if !fits || !self.plant(fault, Some(period_end), cells, &mut draw) {
                return false;
            }
            note(fault, cells, notes);
            return fault.kind == FaultKind::CopyRow;
        }
        false
    }

    fn holds(&self, when: &When, period_end: Date, cells: &[String]) -> bool {
        let Some(cell) = cells.get(when.column) else {
            return false;
        };
        let aged = when.aged.is_none_or(|[low, high]| {
            self.dates
                .read(cell)
                .is_some_and(|born| (low..=high).contains(&days::age(born, period_end)))
        });
        (when.is.is_empty() || when.is.contains(cell))
            && !when.is_not.contains(cell)
            && when.filled.is_none_or(|filled| filled != cell.is_empty())
            && aged
    }

    /// Spoils the cells; false, with the cells as they were, where the fault does not fit.
    fn plant(
        &self,
        fault: &Fault,
        period_end: Option<Date>,
        cells: &mut [String],
        draw: &mut Draw,
    ) -> bool {
        let first = fault.columns.first().copied();
        let text = first
            .and_then(|c| cells.get(c))
            .cloned()
            .unwrap_or_default();
        let spoiled = match fault.kind {
            FaultKind::CopyRow => return true,
            FaultKind::Blank => {
                if text.is_empty() {
                    return false;
                }
                for column in &fault.columns {
                    if let Some(cell) = cells.get_mut(*column) {
                        cell.clear();
                    }
                }
                return true;
            }
            FaultKind::Swap => {
                let [one, other] = fault.columns.as_slice() else {
                    return false;
                };
                let differ = cells.get(*one) != cells.get(*other);
                if differ && cells.len() > *one.max(other) {
                    cells.swap(*one, *other);
                }
                return differ;
            }
            FaultKind::StartAfterEnd => {
                return self.start_after_end(fault, period_end, cells, draw);
            }
            FaultKind::Replace => draw.pick(&fault.with).cloned(),
            FaultKind::Prefix => draw.pick(&fault.with).map(|with| format!("{with}{text}")),
            FaultKind::Copy => fault.from.and_then(|from| cells.get(from)).cloned(),
            FaultKind::CheckDigit => one_more(&text),
            FaultKind::DropLast => {
                let mut shorter = text.clone();
                shorter.pop().map(|_| shorter)
            }
            FaultKind::Space => spaced(&text),
            FaultKind::YearFirst => self.dates.read(&text).map(|date| {
                let mut other = String::new();
                Layout::YearFirst.write(date, &mut other);
                other
            }),
            FaultKind::AfterPeriod => period_end.map(|end| {
                let mut late = String::new();
                self.dates
                    .write(days::plus(end, draw.between(1, 30)), &mut late);
                late
            }),
            FaultKind::SlipLetter => slip_letter(&text, draw),
            FaultKind::SlipDate => self.slip_date(&text, draw),
            // Planted by `person`, which knows the names.
            FaultKind::ShortName | FaultKind::FormerName => None,
        };
        let cell = first.and_then(|c| cells.get_mut(c));
        match (cell, spoiled) {
            (Some(cell), Some(spoiled)) => put(cell, spoiled),
            _ => false,
        }
    }

    fn start_after_end(
        &self,
        fault: &Fault,
        period_end: Option<Date>,
        cells: &mut [String],
        draw: &mut Draw,
    ) -> bool {
        let [start, end] = fault.columns.as_slice() else {
            return false;
        };
        let ended = cells.get(*end).and_then(|c| self.dates.read(c));
        let (Some(ended), Some(last), Some(cell)) = (ended, period_end, cells.get_mut(*start))
        else {
            return false;
        };
        let late = days::plus(ended, draw.between(1, 20));
        if late > last {
            // A start after the period would be another fault.
            return false;
        }
        let mut text = String::new();
        self.dates.write(late, &mut text);
        put(cell, text)
    }

    /// A slip in a date of birth, of people who are of age either way.
    fn slip_date(&self, text: &str, draw: &mut Draw) -> Option<String> {
        let date = self.dates.read(text)?;
        let swapped = Date::from_ymd_opt(date.year(), date.day(), date.month());
        let slipped = match draw.below(4) {
            0 | 1 => swapped.unwrap_or_else(|| days::plus(date, 1)),
            2 => days::plus(date, if draw.chance(0.5) { 1 } else { -1 }),
            _ => days::plus_months(date, if draw.chance(0.5) { 12 } else { -12 }),
        };
        if days::age(date, self.begins) < 21 || days::age(slipped, self.begins) < 20 {
            return None;
        }
        let mut text = String::new();
        self.dates.write(slipped, &mut text);
        Some(text)
    }
}

/// Puts a text into a cell; false if it is there already.
fn put(cell: &mut String, text: String) -> bool {
    let differs = *cell != text;
    *cell = text;
    differs
}

fn note(fault: &Fault, cells: &[String], notes: &mut Vec<Note>) {
    let other = fault
        .rule_by
        .as_ref()
        .filter(|(column, is, _)| cells.get(*column) == Some(is))
        .map(|(_, _, rule)| rule);
    notes.push(Note {
        field: fault.finding.field.clone(),
        rule: other.unwrap_or(&fault.finding.rule).clone(),
        severity: fault.finding.severity.clone(),
        fault: fault.code.clone(),
        planted: true,
        of_copy: fault.kind == FaultKind::CopyRow,
    });
    notes.extend(fault.also.iter().map(|found| Note {
        field: found.field.clone(),
        rule: found.rule.clone(),
        severity: found.severity.clone(),
        fault: fault.code.clone(),
        planted: false,
        of_copy: fault.kind == FaultKind::CopyRow,
    }));
}

/// The last digit, one more: a check digit is then never right.
fn one_more(text: &str) -> Option<String> {
    let (stem, last) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let digit = last.chars().next()?.to_digit(10)?;
    char::from_digit((digit + 1) % 10, 10).map(|d| format!("{stem}{d}"))
}

fn spaced(text: &str) -> Option<String> {
    let (one, rest) = text.split_at_checked(3)?;
    let (two, three) = rest.split_at_checked(3)?;
    Some(format!("{one} {two} {three}"))
}

/// Two letters swapped, one lost, or one doubled, after the first. Short names are left alone.
fn slip_letter(text: &str, draw: &mut Draw) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 5 || !letters.iter().all(char::is_ascii_alphabetic) {
        return None;
    }
    let count = u32::try_from(letters.len()).ok()?;
    let at = draw.below(count - 2) as usize + 1;
    let (before, after) = letters.split_at_checked(at)?;
    let mut slipped: Vec<char> = before.to_vec();
    let (here, next) = (after.first()?, after.get(1)?);
    match draw.below(3) {
        0 => {
            slipped.extend([next, here]);
            slipped.extend(after.iter().skip(2));
        }
        1 => slipped.extend(after.iter().skip(1)),
        _ => {
            slipped.push(*here);
            slipped.extend(after);
        }
    }
    Some(slipped.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::NhsNumber;

    #[test]
    fn one_more_never_passes_the_check() {
        for n in 0..2_000 {
            let Some(number) = NhsNumber::test_number(n) else {
                continue;
            };
            let spoiled = one_more(number.reveal()).unwrap();
            assert!(NhsNumber::parse(&spoiled).is_err());
        }
    }

    #[test]
    fn a_slip_of_a_letter_stays_near_the_name() {
        let mut draw = Draw::of(3, Topic::PersonFaults, 1);
        for _ in 0..200 {
            let slipped = slip_letter("Thornby", &mut draw).unwrap();
            assert!(slipped.starts_with('T'));
            assert!((6..=8).contains(&slipped.len()));
        }
        assert_eq!(slip_letter("Na", &mut draw), None);
    }

    #[test]
    fn numbers_are_spaced_in_groups() {
        assert_eq!(spaced("9990000018").as_deref(), Some("999 000 0018"));
    }
}
