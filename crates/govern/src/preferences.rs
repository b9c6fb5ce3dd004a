//! Preferences: what people said about the use of their records, and which of it holds for one use.
//!
//! Pure. Every preference says "no" to something; who has to say "yes" first is on a list that the minimisation names.
//! The rule of precedence is that the strictest preference that applies wins: one "no" in force leaves a person out,
//! whatever else was said. [`left_out`] says so for one person; [`condition`] says the same as a condition on a table's
//! rows. Lists that a check service has cleaned are in [`cleaning`], the state that an answer was made from in [`state`].

pub mod cleaning;
pub mod state;

use crate::agreement::clauses::PreferenceKind;
use model::{Date, Ident, Sql, sql};
use std::collections::{BTreeMap, BTreeSet};

/// The columns of the table of preferences, in the analysis zone.
pub const COLUMNS: [&str; 8] = [
    "person_pseudonym",
    "kind",
    "programme",
    "dataset",
    "purpose",
    "recipient",
    "effective_from",
    "effective_to",
];

/// What a restriction is called in the table of preferences: whatever an agreement says, it leaves the person out.
pub const RESTRICTION: &str = "restriction";

/// What stands among lists after a backup was put back, until what people said since is taken in again.
pub const PUT_BACK: &str = "put_back";

/// What one person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// What kind of preference it is.
    pub kind: PreferenceKind,
    /// What it is about.
    pub scope: Scope,
    /// The first day on which it holds; none where it has always held.
    pub from: Option<Date>,
    /// The last day; none where it has no end.
    pub to: Option<Date>,
}

/// What a preference is about. What is not named is meant whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// A programme, such as risk stratification.
    pub programme: Option<String>,
    /// A table.
    pub dataset: Option<String>,
    /// The code of a purpose.
    pub purpose: Option<String>,
    /// The code of an organisation.
    pub recipient: Option<String>,
}

/// What an agreement asks about preferences: the kinds that leave people out. Where a kind has a programme, those of
/// other programmes do not count; without one, those of every programme do.
pub type Policy = BTreeMap<PreferenceKind, Option<String>>;

/// One use of one table.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The table.
    pub dataset: &'a str,
    /// The code of the purpose.
    pub purpose: &'a str,
    /// The code of the organisation that sees it.
    pub recipient: &'a str,
    /// The day.
    pub on: Date,
    /// Whether a restriction stands, so that it is asked about too.
    pub restricting: bool,
}

impl Preference {
    /// Whether it speaks of this use on this day.
    pub fn applies(&self, policy: &Policy, used: &Use<'_>) -> bool {
        let Some(counts) = policy.get(&self.kind) else {
            return false;
        };
        let Scope {
            programme,
            dataset,
            purpose,
            recipient,
        } = &self.scope;
        let names = |named: &Option<String>, used: &str| named.as_deref().is_none_or(|n| n == used);
        self.from.is_none_or(|from| from <= used.on)
            && self.to.is_none_or(|to| used.on <= to)
            && counts.as_deref().is_none_or(|p| names(programme, p))
            && names(dataset, used.dataset)
            && names(purpose, used.purpose)
            && names(recipient, used.recipient)
    }
}

/// The kinds for which a person who said all of this is left out; none where the rows stay.
pub fn left_out(said: &[Preference], policy: &Policy, used: &Use<'_>) -> BTreeSet<PreferenceKind> {
    let applies = said.iter().filter(|p| p.applies(policy, used));
    applies.map(|p| p.kind).collect()
}

/// The same as a condition on the rows of a table: whose rows stay. `person` is the column that says who a row is
/// about, with its table before it; `others` are columns that point at other people, such as those whom a carer cares
/// for. A row that points at somebody who is left out goes whole, and so do all rows of somebody whose records are
/// restricted, whatever the policy. None where nothing is asked about.
pub fn condition(
    preferences: &Ident,
    policy: &Policy,
    used: &Use<'_>,
    person: &Sql,
    others: &[Sql],
) -> Option<Sql> {
    if policy.is_empty() && !used.restricting {
        return None;
    }
    // A row without a person cannot be held against the list, so it does not pass.
    let known = sql!("{} is not null", *person);
    let everyone = std::iter::once(person).chain(others);
    let conditions = everyone.map(|who| sql!("not {}", said(preferences, policy, used, who)));
    Some(Sql::join(std::iter::once(known).chain(conditions), " and "))
}

/// That a person said something that applies, as a condition.
fn said(preferences: &Ident, policy: &Policy, used: &Use<'_>, who: &Sql) -> Sql {
    let applies = applies(preferences, policy, used);
    let person = sql!("{}.{}", *preferences, Sql::fixed("\"person_pseudonym\""));
    sql!(
        "exists (select 1 from {} where {} = {} and {})",
        *preferences,
        person,
        *who,
        applies
    )
}

/// That a row of the table of preferences applies to a use, as a condition.
pub(crate) fn applies(preferences: &Ident, policy: &Policy, used: &Use<'_>) -> Sql {
    let restricted = used.restricting.then(|| {
        let kind = Sql::fixed("\"kind\"");
        sql!("{}.{} = {}", *preferences, kind, Sql::text(RESTRICTION))
    });
    let said = (!policy.is_empty()).then(|| said_no(preferences, policy, used));
    match (said, restricted) {
        (Some(said), Some(restricted)) => sql!("({} or {})", restricted, said),
        (said, restricted) => said.or(restricted).unwrap_or_else(|| Sql::fixed("false")),
    }
}

/// That somebody said no to a use, as a condition.
fn said_no(preferences: &Ident, policy: &Policy, used: &Use<'_>) -> Sql {
    let column = |name: &'static str| sql!("{}.{}", *preferences, Sql::fixed(name));
    let (kind, programme) = (column("\"kind\""), column("\"programme\""));
    let whole = policy.iter().filter(|(_, programme)| programme.is_none());
    let whole = Sql::join(whole.map(|(kind, _)| Sql::text(kind.code())), ", ");
    let whole = (!whole.as_str().is_empty()).then(|| sql!("{} in ({})", kind, whole));
    let parts = policy.iter().filter_map(|(of, named)| {
        let (of, named) = (Sql::text(of.code()), Sql::text(named.as_deref()?));
        Some(sql!(
            "{} = {} and ({} is null or {} = {})",
            kind,
            of,
            programme,
            programme,
            named
        ))
    });
    let kinds = Sql::join(whole.into_iter().chain(parts), " or ");
    let named = |name: &'static str, used: &str| {
        let column = column(name);
        sql!("({} is null or {} = {})", column, column, Sql::text(used))
    };
    let (from, to) = (column("\"effective_from\""), column("\"effective_to\""));
    let on = Sql::date(used.on);
    sql!(
        "({}) and ({} is null or {} <= {}) and ({} is null or {} >= {}) and {} and {} and {}",
        kinds,
        from,
        from,
        on,
        to,
        to,
        on,
        named("\"dataset\"", used.dataset),
        named("\"purpose\"", used.purpose),
        named("\"recipient\"", used.recipient)
    )
}

#[cfg(test)]
mod tests;
