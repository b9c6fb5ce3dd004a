//! What is required of the data: rows, tables, columns and linkage.

use super::{
    super::{
        clauses::{Clauses, DatasetTerms},
        house::House,
        name::Name,
        predicate::{Fact, Found as Place, Predicate},
        treatment::Treatment,
    },
    Found,
};
use crate::compile::{self, PERSON_COLUMN};
use model::content::nearest;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(clauses: &Clauses, house: &House, found: &mut Found) {
    minimisation(clauses, house, found);
    found.no_if(
        clauses.datasets.is_empty(),
        "datasets",
        "an agreement needs a table",
    );
    for (table, terms) in &clauses.datasets {
        dataset(clauses, house, table, terms, found);
    }
    linkage(clauses, found);
    key_domains(clauses, found);
}

fn minimisation(clauses: &Clauses, house: &House, found: &mut Found) {
    clauses
        .minimisation
        .walk("minimisation", &mut |path, predicate| {
            let empty = match predicate {
                Predicate::All(below) | Predicate::Any(below) => below.is_empty(),
                Predicate::Council(codes)
                | Predicate::ResidentIn(codes)
                | Predicate::RegisteredWith(codes)
                | Predicate::TreatedBy(codes)
                | Predicate::CommissionedBy(codes)
                | Predicate::HasCode(codes)
                | Predicate::InCohort(codes)
                | Predicate::LinkedWith(codes) => {
                    codes.is_empty()
                        || codes
                            .iter()
                            .any(|(c, name)| c.is_empty() || name.is_empty())
                }
                // Whether there is such a set is asked below.
                Predicate::HasCodeFrom(set) => set.name.is_empty(),
                Predicate::Period(p) => (p.from, p.to) == (None, None),
                Predicate::Age(a) => (a.from, a.to) == (None, None),
                Predicate::Everyone(why) => why.trim().is_empty(),
            };
            let backwards = match predicate {
                Predicate::Period(p) => {
                    matches!((p.from, p.to), (Some(from), Some(to)) if to < from)
                }
                Predicate::Age(a) => matches!((a.from, a.to), (Some(from), Some(to)) if to < from),
                _ => false,
            };
            found.no_if(
                empty,
                path,
                "this condition is empty; to open every row, write `everyone` with a reason",
            );
            found.no_if(backwards, path, "this ends before it starts");
            named_elsewhere(path, predicate, house, found);
        });
}

/// Sets of codes and lists of people are kept elsewhere, and have to be there.
fn named_elsewhere(path: &str, predicate: &Predicate, house: &House, found: &mut Found) {
    if let Predicate::HasCodeFrom(set) = predicate
        && set.codes.is_empty()
        && !set.name.is_empty()
    {
        let near = nearest(&set.name, house.code_set_names())
            .map(|near| format!(", did you mean `{near}`?"))
            .unwrap_or_default();
        found.no(
            path,
            format!(
                "there is no set of codes `{}` in agreements/code-sets{near}",
                set.name
            ),
        );
    }
    found.no_if(
        matches!(predicate, Predicate::InCohort(_)) && house.cohorts_table.is_none(),
        path,
        "the house rules name no `cohorts_table`, so nobody is known to be on a list",
    );
}

fn dataset(
    clauses: &Clauses,
    house: &House,
    table: &Name,
    terms: &DatasetTerms,
    found: &mut Found,
) {
    let clause = format!("datasets.{table}");
    if table == &house.preferences_table {
        found.no(
            clause,
            "the list of people who opted out may be used for nothing but applying opt-outs",
        );
        return;
    }
    if Some(table) == house.cohorts_table.as_ref() {
        found.no(
            clause,
            "the lists of people may be used for nothing but the condition `in_cohort`",
        );
        return;
    }
    found.filled(format!("{clause}.title"), &terms.title);
    found.filled(format!("{clause}.why"), &terms.why);
    if let Some(period) = &terms.period {
        found.no_if(
            (period.from, period.to) == (None, None),
            format!("{clause}.period"),
            "a period has a first or a last day",
        );
        found.no_if(
            matches!((period.from, period.to), (Some(from), Some(to)) if to < from),
            format!("{clause}.period"),
            "this ends before it starts",
        );
    }
    fields(&clause, terms, found);
    for (fact, place) in &terms.facts {
        let aged = matches!(place, Place::Aged(_));
        found.no_if(
            aged && *fact != Fact::Age,
            format!("{clause}.facts.{fact}"),
            "only an age is worked out from a month of birth",
        );
    }
    if let Err(missing) = compile::row_filter(clauses, house, table, terms) {
        let mut asked = false;
        clauses.minimisation.walk("", &mut |_, predicate| {
            asked |= predicate.fact() == Some(missing.0);
        });
        let who = if asked {
            "the minimisation speaks"
        } else if missing.0 == Fact::Period {
            "the period of this table speaks"
        } else {
            "the floor of a linkage speaks"
        };
        found.no(
            format!("{clause}.facts"),
            format!(
                "{who} of `{}`, and this table does not say where it keeps it",
                missing.0
            ),
        );
    }
}

fn fields(clause: &str, terms: &DatasetTerms, found: &mut Found) {
    found.no_if(
        terms.fields.is_empty(),
        format!("{clause}.fields"),
        "a table needs a field",
    );
    for (name, field) in &terms.fields {
        let clause = format!("{clause}.fields.{name}");
        found.filled(format!("{clause}.why"), &field.why);
        let source = field.from.as_ref().unwrap_or(name).as_str();
        // A token tells records apart as a pseudonym tells people: shown as it is held, it would
        // join what two recipients were given.
        let is_pseudonym =
            source == PERSON_COLUMN || source.ends_with("_pseudonym") || source.ends_with("_token");
        found.no_if(
            is_pseudonym != (field.treatment == Treatment::Pseudonym),
            format!("{clause}.treatment"),
            "a pseudonym or a token is always treated as `pseudonym`, and nothing else is",
        );
    }
}

fn linkage(clauses: &Clauses, found: &mut Found) {
    let mut domains: BTreeMap<&str, BTreeSet<&Name>> = BTreeMap::new();
    let mut domain_of: BTreeMap<&Name, &str> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for (index, pair) in clauses.linkage.iter().enumerate() {
        let clause = format!("linkage.{index}");
        found.filled(format!("{clause}.why"), &pair.why);
        found.plain(&format!("{clause}.key_domain"), &pair.key_domain);
        found.no_if(
            !clauses
                .party(&pair.performed_by)
                .is_some_and(super::super::clauses::Party::handles),
            format!("{clause}.performed_by"),
            format!(
                "`{}` is not a party that holds or sees data",
                pair.performed_by
            ),
        );
        if pair.from == pair.to {
            found.no(clause, "a table needs no leave to be used with itself");
            continue;
        }
        for table in [&pair.from, &pair.to] {
            found.no_if(
                !clauses.datasets.contains_key(table),
                &clause,
                format!("`{table}` is not among the datasets of this agreement"),
            );
            let other = domain_of.insert(table, &pair.key_domain);
            found.no_if(
                other.is_some_and(|d| d != pair.key_domain),
                &clause,
                format!("`{table}` is in two key domains, so their pseudonyms would be the same"),
            );
            domains.entry(&pair.key_domain).or_default().insert(table);
        }
        found.no_if(
            !pairs.insert((&pair.from, &pair.to)),
            clause,
            "this pair is listed already",
        );
    }
    // Tables with the same pseudonyms can be linked by anyone who holds both, listed or not.
    for (domain, tables) in &domains {
        for (a, b) in tables
            .iter()
            .flat_map(|a| tables.iter().map(move |b| (a, b)))
        {
            found.no_if(
                a < b && !pairs.contains(&(*a, *b)) && !pairs.contains(&(*b, *a)),
                "linkage",
                format!(
                    "`{a}` and `{b}` share the key domain `{domain}`, so they can be linked: list the pair, or use two key domains"
                ),
            );
        }
    }
}

/// Keys are kept under names of bounded length; a longer name would find no key, and show blanks.
fn key_domains(clauses: &Clauses, found: &mut Found) {
    const LONGEST: usize = 120;
    for table in clauses.datasets.keys() {
        for organisation in &clauses.access.organisations {
            for purpose in &clauses.purposes {
                let recipient = compile::Recipient {
                    on: clauses.term.start,
                    organisation,
                    purpose: purpose.code,
                };
                let domain = compile::key_domain(clauses, table, recipient);
                if domain.len() > LONGEST {
                    found.no(
                        "reference",
                        format!(
                            "the key domain `{domain}` has more than {LONGEST} characters: choose a shorter reference, version or key domain"
                        ),
                    );
                    return;
                }
            }
        }
    }
}
