//! What a new version changes about whose rows it opens.

use super::{Change, Effect};
use crate::agreement::{
    day_in_words,
    predicate::{Ages, CodeSet, Period, Predicate},
};
use model::Date;

const CLAUSE: &str = "minimisation";

/// Compares two conditions on rows. Where their shapes agree, part by part; where they do not, as wholes.
pub(super) fn compare(old: &Predicate, new: &Predicate, found: &mut Vec<Change>) {
    compare_at(CLAUSE, old, new, found);
}

fn compare_at(path: &str, old: &Predicate, new: &Predicate, found: &mut Vec<Change>) {
    if old == new {
        return;
    }
    let clause = |word: &str| format!("{path}.{word}");
    match (old, new) {
        (Predicate::All(before), Predicate::All(after)) => {
            several(&clause("all"), before, after, Effect::Narrows, found);
        }
        (Predicate::Any(before), Predicate::Any(after)) => {
            several(&clause("any"), before, after, Effect::Widens, found);
        }
        (Predicate::Council(a), Predicate::Council(b)) => codes(&clause("council"), a, b, found),
        (Predicate::ResidentIn(a), Predicate::ResidentIn(b)) => {
            codes(&clause("resident_in"), a, b, found);
        }
        (Predicate::RegisteredWith(a), Predicate::RegisteredWith(b)) => {
            codes(&clause("registered_with"), a, b, found);
        }
        (Predicate::TreatedBy(a), Predicate::TreatedBy(b)) => {
            codes(&clause("treated_by"), a, b, found);
        }
        (Predicate::CommissionedBy(a), Predicate::CommissionedBy(b)) => {
            codes(&clause("commissioned_by"), a, b, found);
        }
        (Predicate::HasCode(a), Predicate::HasCode(b)) => codes(&clause("has_code"), a, b, found),
        (Predicate::InCohort(a), Predicate::InCohort(b)) => {
            codes(&clause("in_cohort"), a, b, found);
        }
        (Predicate::LinkedWith(a), Predicate::LinkedWith(b)) => {
            codes(&clause("linked_with"), a, b, found);
        }
        (Predicate::Period(a), Predicate::Period(b)) => period(&clause("period"), *a, *b, found),
        (Predicate::Age(a), Predicate::Age(b)) => ages(&clause("age"), *a, *b, found),
        (Predicate::Everyone(a), Predicate::Everyone(b)) => found.push(Change {
            clause: clause("everyone"),
            effect: Effect::Neither,
            says: format!("The reason to open every row is now “{b}”; it was “{a}”."),
        }),
        _ => found.push(Change {
            clause: path.to_owned(),
            effect: if matches!(old, Predicate::Everyone(_)) {
                Effect::Narrows
            } else {
                Effect::Widens
            },
            says: format!(
                "This version is about rows {}; before it was about rows {}.",
                new.words(),
                old.words()
            ),
        }),
    }
}

/// Conditions joined by one word. Of each kind the first of one side is held against the first of the
/// other; `more` is what another condition does.
fn several(
    path: &str,
    before: &[Predicate],
    after: &[Predicate],
    more: Effect,
    found: &mut Vec<Change>,
) {
    let mut old: Vec<&Predicate> = before.iter().filter(|p| !after.contains(p)).collect();
    for new in after.iter().filter(|p| !before.contains(p)) {
        let kind = std::mem::discriminant(new);
        if let Some(at) = old.iter().position(|p| std::mem::discriminant(*p) == kind) {
            let was = old.remove(at);
            compare_at(path, was, new, found);
        } else {
            found.push(Change {
                clause: path.to_owned(),
                effect: more,
                says: match more {
                    Effect::Widens => format!("This version newly opens rows {}.", new.words()),
                    _ => format!("This version newly asks that rows are {}.", new.words()),
                },
            });
        }
    }
    for was in old {
        found.push(Change {
            clause: path.to_owned(),
            effect: more.reversed(),
            says: match more {
                Effect::Widens => format!("This version no longer opens rows {}.", was.words()),
                _ => format!("This version no longer asks that rows are {}.", was.words()),
            },
        });
    }
}

fn codes(clause: &str, old: &CodeSet, new: &CodeSet, found: &mut Vec<Change>) {
    let mut put = |effect, says| {
        found.push(Change {
            clause: clause.to_owned(),
            effect,
            says,
        });
    };
    for (code, name) in new {
        match old.get(code) {
            None => put(
                Effect::Widens,
                format!("This version newly opens rows of {name} ({code})."),
            ),
            Some(was) if was != name => put(
                Effect::Neither,
                format!("Code {code} is now called {name}; before it was called {was}."),
            ),
            Some(_) => {}
        }
    }
    for (code, name) in old.iter().filter(|(code, _)| !new.contains_key(*code)) {
        put(
            Effect::Narrows,
            format!("This version no longer opens rows of {name} ({code})."),
        );
    }
}

/// A lower bound that falls or goes opens more; an upper bound that rises or goes does.
fn bound<T: PartialOrd + Copy>(old: Option<T>, new: Option<T>, lower: bool) -> Effect {
    let opens = match (old, new) {
        (Some(_), None) => true,
        (None, _) => false,
        (Some(old), Some(new)) => (new < old) == lower,
    };
    if opens {
        Effect::Widens
    } else {
        Effect::Narrows
    }
}

fn period(clause: &str, old: Period, new: Period, found: &mut Vec<Change>) {
    let day = |day: Option<Date>| day.map_or_else(|| "any day".to_owned(), day_in_words);
    if old.from != new.from {
        found.push(Change {
            clause: format!("{clause}.from"),
            effect: bound(old.from, new.from, true),
            says: format!(
                "Records are opened from {} on; before, from {} on.",
                day(new.from),
                day(old.from)
            ),
        });
    }
    if old.to != new.to {
        found.push(Change {
            clause: format!("{clause}.to"),
            effect: bound(old.to, new.to, false),
            says: format!(
                "Records are opened up to {}; before, up to {}.",
                day(new.to),
                day(old.to)
            ),
        });
    }
}

fn ages(clause: &str, old: Ages, new: Ages, found: &mut Vec<Change>) {
    let age = |age: Option<u16>| age.map_or_else(|| "any age".to_owned(), |a| a.to_string());
    if old.from != new.from {
        found.push(Change {
            clause: format!("{clause}.from"),
            effect: bound(old.from, new.from, true),
            says: format!(
                "The youngest people are now of {}; before, of {}.",
                age(new.from),
                age(old.from)
            ),
        });
    }
    if old.to != new.to {
        found.push(Change {
            clause: format!("{clause}.to"),
            effect: bound(old.to, new.to, false),
            says: format!(
                "The oldest people are now of {}; before, of {}.",
                age(new.to),
                age(old.to)
            ),
        });
    }
}
