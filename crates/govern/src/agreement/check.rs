//! Whether an agreement makes sense: what its clauses require of one another.
//!
//! A mistake here is found when the file is read, with its line, long before anyone asks a question.

use super::{
    clauses::{Clauses, ConfidentialityAnswer, House, PartyRole, PreferenceKind},
    name::Name,
    predicate::{Found, Predicate},
    treatment::Treatment,
};
use crate::compile::{self, PERSON_COLUMN};
use chrono::Months;
use std::collections::{BTreeMap, BTreeSet};

/// A clause that makes no sense: its path, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) clause: String,
    pub(crate) says: String,
}

type Checked = Result<(), Mistake>;

/// The first mistake of an agreement, if it has one.
pub(crate) fn check(clauses: &Clauses, house: &House) -> Checked {
    texts(clauses)?;
    term(clauses)?;
    parties(clauses)?;
    legal(clauses)?;
    purposes(clauses)?;
    access(clauses)?;
    minimisation(clauses)?;
    datasets(clauses, house)?;
    linkage(clauses)?;
    key_domains(clauses)?;
    opt_outs(clauses)
}

fn no(clause: impl Into<String>, says: impl Into<String>) -> Checked {
    Err(Mistake {
        clause: clause.into(),
        says: says.into(),
    })
}

fn filled(clause: impl Into<String>, text: &str) -> Checked {
    if text.trim().is_empty() {
        return no(clause, "this is blank");
    }
    Ok(())
}

fn each_filled<'a>(
    clause: &str,
    texts: impl IntoIterator<Item = &'a String>,
    nothing: &str,
) -> Checked {
    let mut none = true;
    for (index, text) in texts.into_iter().enumerate() {
        filled(format!("{clause}.{index}"), text)?;
        none = false;
    }
    if none { no(clause, nothing) } else { Ok(()) }
}

/// Letters, digits, full stops and hyphens: safe in a file name, an address and a key domain.
fn plain(clause: &str, text: &str) -> Checked {
    let shaped = (1..=40).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    if shaped {
        return Ok(());
    }
    no(
        clause,
        format!(
            "`{text}` may hold letters, digits, hyphens, underscores and full stops only, 40 at most"
        ),
    )
}

fn texts(clauses: &Clauses) -> Checked {
    plain("reference", &clauses.reference)?;
    plain("version", &clauses.version)?;
    filled("title", &clauses.title)?;
    filled("lay_summary", &clauses.lay_summary)?;
    filled("contact.name", &clauses.contact.name)?;
    filled("contact.role", &clauses.contact.role)?;
    plain("outputs.rule_set", &clauses.outputs.rule_set)?;
    if let Some(suspended) = &clauses.suspended {
        filled("suspended.reason", &suspended.reason)?;
        if suspended
            .lifted
            .is_some_and(|lifted| lifted < suspended.from)
        {
            return no("suspended.lifted", "it is lifted before it begins");
        }
    }
    Ok(())
}

fn term(clauses: &Clauses) -> Checked {
    let term = &clauses.term;
    if term.start < term.issued {
        return no("term.start", "the agreement starts before it is issued");
    }
    if term
        .issued
        .checked_add_months(Months::new(12))
        .is_none_or(|latest| term.start > latest)
    {
        return no(
            "term.start",
            "the agreement starts more than twelve months after it is issued",
        );
    }
    if term.end < term.start {
        return no("term.end", "the agreement ends before it starts");
    }
    if term.review < term.start || term.review > term.end {
        return no(
            "term.review",
            "the review is not between the start and the end",
        );
    }
    Ok(())
}

fn parties(clauses: &Clauses) -> Checked {
    let mut seen = BTreeSet::new();
    for (index, party) in clauses.parties.iter().enumerate() {
        let clause = format!("parties.{index}");
        filled(format!("{clause}.name"), &party.name)?;
        if !seen.insert(&party.organisation) {
            return no(
                clause,
                format!("`{}` is already a party", party.organisation),
            );
        }
        if party.roles.is_empty() {
            return no(format!("{clause}.roles"), "a party needs a role");
        }
    }
    let has = |wanted: &[PartyRole]| {
        clauses
            .parties
            .iter()
            .any(|p| wanted.iter().any(|role| p.roles.contains(role)))
    };
    if !has(&[PartyRole::Controller, PartyRole::JointController]) {
        return no("parties", "no party is a controller");
    }
    if !has(&[PartyRole::Recipient]) {
        return no("parties", "no party is a recipient");
    }
    let mut signed = BTreeSet::new();
    for (index, signature) in clauses.signatures.iter().enumerate() {
        let clause = format!("signatures.{index}");
        filled(format!("{clause}.name"), &signature.name)?;
        filled(format!("{clause}.role"), &signature.role)?;
        if clauses.party(&signature.party).is_none() {
            return no(clause, format!("`{}` is not a party", signature.party));
        }
        if !signed.insert(&signature.party) {
            return no(clause, format!("`{}` has signed already", signature.party));
        }
    }
    Ok(())
}

fn legal(clauses: &Clauses) -> Checked {
    let legal = &clauses.legal;
    each_filled(
        "legal.art6",
        &legal.art6,
        "name at least one condition of Article 6",
    )?;
    each_filled(
        "legal.art9",
        &legal.art9,
        "name at least one condition of Article 9",
    )?;
    filled("legal.statutory_power", &legal.statutory_power)?;
    filled(
        "legal.confidentiality.reason",
        &legal.confidentiality.reason,
    )?;
    let approvals = &legal.confidentiality.approvals;
    for (index, approval) in approvals.iter().enumerate() {
        let clause = format!("legal.confidentiality.approvals.{index}");
        filled(format!("{clause}.reference"), &approval.reference)?;
        if approval.end < approval.start {
            return no(
                format!("{clause}.end"),
                "the approval ends before it starts",
            );
        }
    }
    if legal.confidentiality.answer.needs_approval() && approvals.is_empty() {
        return no(
            "legal.confidentiality",
            "this answer needs an approval with its dates",
        );
    }
    Ok(())
}

fn purposes(clauses: &Clauses) -> Checked {
    if clauses.purposes.is_empty() {
        return no("purposes", "an agreement needs a purpose");
    }
    let mut seen = BTreeSet::new();
    for (index, purpose) in clauses.purposes.iter().enumerate() {
        let clause = format!("purposes.{index}");
        if !seen.insert(purpose.code) {
            return no(
                clause,
                format!("`{}` is listed already", purpose.code.code()),
            );
        }
        filled(format!("{clause}.lay_summary"), &purpose.lay_summary)?;
        each_filled(
            &format!("{clause}.outputs"),
            &purpose.outputs,
            "a purpose needs an output",
        )?;
        if purpose.benefits.is_empty() {
            return no(
                format!("{clause}.benefits"),
                "a purpose needs a benefit that can be measured",
            );
        }
        for (at, benefit) in purpose.benefits.iter().enumerate() {
            filled(format!("{clause}.benefits.{at}.what"), &benefit.what)?;
        }
    }
    Ok(())
}

fn access(clauses: &Clauses) -> Checked {
    let access = &clauses.access;
    each_filled("access.roles", &access.roles, "name at least one role")?;
    if access.organisations.is_empty() {
        return no("access.organisations", "name at least one organisation");
    }
    for (index, organisation) in access.organisations.iter().enumerate() {
        let may_receive = clauses
            .party(organisation)
            .is_some_and(|p| p.roles.contains(&PartyRole::Recipient));
        if !may_receive {
            return no(
                format!("access.organisations.{index}"),
                format!("`{organisation}` is not a recipient under this agreement"),
            );
        }
    }
    if access.users.is_empty() {
        return no("access.users", "name at least one person");
    }
    let mut seen = BTreeSet::new();
    for (index, user) in access.users.iter().enumerate() {
        let clause = format!("access.users.{index}");
        filled(format!("{clause}.account"), &user.account)?;
        if !seen.insert(&user.account) {
            return no(clause, format!("`{}` is listed already", user.account));
        }
        if !access.organisations.contains(&user.organisation) {
            return no(
                clause,
                format!(
                    "`{}` is not one of the organisations of `access.organisations`",
                    user.organisation
                ),
            );
        }
        if matches!((user.from, user.until), (Some(from), Some(until)) if until < from) {
            return no(format!("{clause}.until"), "access ends before it starts");
        }
    }
    Ok(())
}

fn minimisation(clauses: &Clauses) -> Checked {
    let mut first = Ok(());
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
                | Predicate::LinkedWith(codes) => {
                    codes.is_empty()
                        || codes
                            .iter()
                            .any(|(c, name)| c.is_empty() || name.is_empty())
                }
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
            if first.is_ok() && empty {
                first = no(
                    path,
                    "this condition is empty; to open every row, write `everyone` with a reason",
                );
            } else if first.is_ok() && backwards {
                first = no(path, "this ends before it starts");
            }
        });
    first
}

fn datasets(clauses: &Clauses, house: &House) -> Checked {
    if clauses.datasets.is_empty() {
        return no("datasets", "an agreement needs a table");
    }
    for (table, terms) in &clauses.datasets {
        let clause = format!("datasets.{table}");
        if table == &house.preferences_table {
            return no(
                clause,
                "the list of people who opted out may be used for nothing but applying opt-outs",
            );
        }
        filled(format!("{clause}.title"), &terms.title)?;
        filled(format!("{clause}.why"), &terms.why)?;
        if terms.fields.is_empty() {
            return no(format!("{clause}.fields"), "a table needs a field");
        }
        for (name, field) in &terms.fields {
            let clause = format!("{clause}.fields.{name}");
            filled(format!("{clause}.why"), &field.why)?;
            let source = field.from.as_ref().unwrap_or(name).as_str();
            // A token tells records apart as a pseudonym tells people: shown as it is held, it would
            // join what two recipients were given.
            let is_pseudonym = source == PERSON_COLUMN
                || source.ends_with("_pseudonym")
                || source.ends_with("_token");
            if is_pseudonym != (field.treatment == Treatment::Pseudonym) {
                return no(
                    format!("{clause}.treatment"),
                    "a pseudonym or a token is always treated as `pseudonym`, and nothing else is",
                );
            }
        }
        for (fact, found) in &terms.facts {
            let aged = matches!(found, Found::Aged(_));
            if aged && *fact != super::predicate::Fact::Age {
                return no(
                    format!("{clause}.facts.{fact}"),
                    "only an age is worked out from a month of birth",
                );
            }
        }
        if let Err(missing) = compile::row_filter(clauses, house, table, terms) {
            return no(
                format!("{clause}.facts"),
                format!(
                    "the minimisation speaks of `{}`, and this table does not say where it keeps it",
                    missing.0
                ),
            );
        }
    }
    Ok(())
}

fn linkage(clauses: &Clauses) -> Checked {
    let mut domains: BTreeMap<&str, BTreeSet<&Name>> = BTreeMap::new();
    let mut domain_of: BTreeMap<&Name, &str> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for (index, pair) in clauses.linkage.iter().enumerate() {
        let clause = format!("linkage.{index}");
        filled(format!("{clause}.why"), &pair.why)?;
        plain(&format!("{clause}.key_domain"), &pair.key_domain)?;
        if pair.from == pair.to {
            return no(clause, "a table needs no leave to be used with itself");
        }
        for table in [&pair.from, &pair.to] {
            if !clauses.datasets.contains_key(table) {
                return no(
                    clause,
                    format!("`{table}` is not among the datasets of this agreement"),
                );
            }
            if domain_of
                .insert(table, &pair.key_domain)
                .is_some_and(|d| d != pair.key_domain)
            {
                return no(
                    clause,
                    format!(
                        "`{table}` is in two key domains, so their pseudonyms would be the same"
                    ),
                );
            }
            domains.entry(&pair.key_domain).or_default().insert(table);
        }
        if !pairs.insert((&pair.from, &pair.to)) {
            return no(clause, "this pair is listed already");
        }
    }
    // Tables with the same pseudonyms can be linked by anyone who holds both, listed or not.
    for (domain, tables) in &domains {
        for (a, b) in tables
            .iter()
            .flat_map(|a| tables.iter().map(move |b| (a, b)))
        {
            if a < b && !pairs.contains(&(*a, *b)) && !pairs.contains(&(*b, *a)) {
                return no(
                    "linkage",
                    format!(
                        "`{a}` and `{b}` share the key domain `{domain}`, so they can be linked: list the pair, or use two key domains"
                    ),
                );
            }
        }
    }
    Ok(())
}

/// Keys are kept under names of bounded length; a longer name would find no key, and show blanks.
fn key_domains(clauses: &Clauses) -> Checked {
    const LONGEST: usize = 120;
    for table in clauses.datasets.keys() {
        for organisation in &clauses.access.organisations {
            for purpose in &clauses.purposes {
                let recipient = compile::Recipient {
                    organisation,
                    purpose: purpose.code,
                };
                let domain = compile::key_domain(clauses, table, recipient);
                if domain.len() > LONGEST {
                    return no(
                        "reference",
                        format!(
                            "the key domain `{domain}` has more than {LONGEST} characters: choose a shorter reference, version or key domain"
                        ),
                    );
                }
            }
        }
    }
    Ok(())
}

fn opt_outs(clauses: &Clauses) -> Checked {
    for (kind, says) in clauses.opt_outs.by_kind() {
        let clause = format!("opt_outs.{}", kind.code());
        filled(format!("{clause}.reason"), &says.reason)?;
        let supported = kind == PreferenceKind::NationalDataOptOut
            && clauses.legal.confidentiality.answer == ConfidentialityAnswer::Section251;
        if supported && !says.apply && says.evidence.as_deref().is_none_or(str::is_empty) {
            return no(
                clause,
                "under section 251 this opt-out applies unless the letter of approval says otherwise: name it as `evidence`",
            );
        }
    }
    Ok(())
}
