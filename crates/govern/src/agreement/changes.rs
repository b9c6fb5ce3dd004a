//! What a new version changes, in words: "this version newly allows ...", each line marked by whether it
//! opens more, opens less, or neither.
//!
//! Nothing is lost: both versions are laid out as trees, and every leaf that differs ends in a line, with
//! words of its own or with general ones. What cannot be shown to open less counts as opening more, so
//! that whoever approves looks at it.

mod rows;
mod rules;
mod tree;

use super::{Clauses, list::closed_list};

closed_list! {
    /// Whether a change opens more.
    Effect {
        Widens = "widens", "opens more";
        Narrows = "narrows", "opens less";
        Neither = "neither", "opens neither more nor less";
    }
}

/// One thing that a new version changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The clause, by its path: list items by what names them, not by their place.
    pub clause: String,
    pub effect: Effect,
    /// A sentence.
    pub says: String,
}

/// What a new version changes, in the order of its clauses. Empty where it changes nothing but comments
/// and the order of lists.
pub fn changes(old: &Clauses, new: &Clauses) -> Vec<Change> {
    let mut found = Vec::new();
    let (before, after) = (tree::of(old), tree::of(new));
    let sides = rules::Sides { old, new };
    tree::compare(
        &mut Vec::new(),
        before.as_ref(),
        after.as_ref(),
        &sides,
        &mut found,
    );
    rows::compare(&old.minimisation, &new.minimisation, &mut found);
    found.sort_by_key(|change| (rules::place(&change.clause), change.effect));
    found
}

/// The changes as one paragraph each for what opens more, what opens less, and the rest.
pub fn in_words(changes: &[Change]) -> Vec<(Effect, Vec<&str>)> {
    Effect::ALL
        .iter()
        .map(|effect| {
            let of_it = changes.iter().filter(|c| c.effect == *effect);
            (*effect, of_it.map(|c| c.says.as_str()).collect::<Vec<_>>())
        })
        .filter(|(_, says)| !says.is_empty())
        .collect()
}

impl Effect {
    /// The effect of the opposite change.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Widens => Self::Narrows,
            Self::Narrows => Self::Widens,
            Self::Neither => Self::Neither,
        }
    }
}
