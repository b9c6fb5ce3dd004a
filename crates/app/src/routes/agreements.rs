//! Agreements: the list and one of them, from the file that machines obey.

use super::{Answer, fault::Fault, visit::Visit};
use axum::extract::Request;
use control::Role;
use govern::{Agreement, Agreements, State};
use pages::{AgreementDataset, AgreementRow, AgreementState, AgreementView, AgreementsView, Party};

/// From how many days before its last one an agreement is said to end soon.
const SOON_IN_DAYS: i64 = 60;

pub(super) fn page(visit: &Visit) -> Answer {
    let agreements = Agreements::read(&visit.site.workspace.content)?;
    let view = AgreementsView {
        agreements: agreements
            .iter()
            .filter(|a| may_know(visit, a))
            .map(|a| AgreementRow {
                id: a.reference.clone(),
                href: format!("/agreements/{}", a.reference),
                title: a.title.clone(),
                sentence: a.sentence(),
                state: state_of(visit, a),
                ends: a.term.end,
                warning: warning(visit, a),
            })
            .collect(),
    };
    Ok(Visit::page(&pages::agreements(&visit.frame(), &view)))
}

pub(super) async fn agreement(visit: &Visit, mut request: Request) -> Answer {
    let reference = visit.part(&mut request, "id").await?;
    let agreements = Agreements::read(&visit.site.workspace.content)?;
    let found = agreements
        .get(&reference)
        .filter(|a| may_know(visit, a))
        .ok_or(Fault::NotFound)?;
    Ok(Visit::page(&pages::agreement(
        &visit.frame(),
        &view(visit, found),
    )))
}

fn view(visit: &Visit, a: &Agreement) -> AgreementView {
    let entry = a.register_entry(visit.today());
    let law = &entry.legal_basis;
    let users = a
        .access
        .users
        .iter()
        .map(|u| format!("{}, at {}", u.account, a.name_of(&u.organisation)));
    AgreementView {
        id: a.reference.clone(),
        title: a.title.clone(),
        sentence: entry.sentence.clone(),
        state: state_of(visit, a),
        warning: warning(visit, a)
            .map(|w| format!("{w}. After its last day nothing more can be asked under it.")),
        starts: a.term.start,
        ends: a.term.end,
        parties: entry
            .organisations
            .iter()
            .map(|o| Party {
                name: o.name.clone(),
                part: o
                    .roles
                    .iter()
                    .map(|r| r.words())
                    .collect::<Vec<_>>()
                    .join("; "),
                signed: o.signed,
            })
            .collect(),
        legal_basis: vec![
            ("UK GDPR Article 6".to_owned(), law.art6.join("; ")),
            ("UK GDPR Article 9".to_owned(), law.art9.join("; ")),
            ("Power to share".to_owned(), law.statutory_power.clone()),
            (
                "Duty of confidence".to_owned(),
                format!(
                    "{}. {}",
                    law.confidentiality_words, law.confidentiality_reason
                ),
            ),
        ],
        purposes: entry
            .purposes
            .iter()
            .map(|p| (p.words.clone(), p.lay_summary.clone()))
            .collect(),
        people_and_places: users
            .chain([format!("Roles: {}", a.access.roles.join(", "))])
            .collect(),
        datasets: entry
            .data
            .iter()
            .map(|d| AgreementDataset {
                title: format!("{} ({})", d.title, d.table),
                fields: d
                    .fields
                    .iter()
                    .map(|f| (f.column.clone(), f.shown.clone()))
                    .collect(),
            })
            .collect(),
        rows: vec![format!("Rows {}", entry.people)],
        linkage: if entry.linkage.is_empty() {
            vec!["Nothing may be linked.".to_owned()]
        } else {
            let pairs = entry
                .linkage
                .iter()
                .map(|l| format!("{} with {}: {}", l.from, l.to, l.why));
            pairs.chain(["Nothing else.".to_owned()]).collect()
        },
        opt_outs: entry
            .opt_outs
            .iter()
            .map(|o| {
                format!(
                    "People with {}: {}. {}",
                    o.words,
                    if o.applied {
                        "left out"
                    } else {
                        "not left out"
                    },
                    o.reason
                )
            })
            .collect(),
        output_rules: vec![
            format!("Rule set: {}", rule_set_title(visit, &entry.rule_set)),
            format!(
                "Who looks at a table before it leaves: {}",
                entry.checker.words()
            ),
        ],
    }
}

/// What people call a rule set, or its name.
pub(super) fn rule_set_title(visit: &Visit, name: &str) -> String {
    release::RuleSet::read(&visit.site.workspace.content, name)
        .map_or_else(|_| name.to_owned(), |r| r.title)
}

/// Those who govern know all agreements, others those of their organisation.
pub(super) fn may_know(visit: &Visit, agreement: &Agreement) -> bool {
    visit.role() == Some(Role::IgLead)
        || visit
            .organisation()
            .is_ok_and(|o| agreement.party(o).is_some())
}

fn state_of(visit: &Visit, agreement: &Agreement) -> AgreementState {
    match agreement.state(visit.today()) {
        State::Draft | State::Submitted | State::Approved | State::Signed => AgreementState::NotYet,
        State::Active if agreement.days_left(visit.today()) <= SOON_IN_DAYS => {
            AgreementState::EndsSoon
        }
        State::Active => AgreementState::InForce,
        State::Suspended => AgreementState::Withdrawn,
        State::Expired | State::Closing | State::Destroyed => AgreementState::Ended,
    }
}

fn warning(visit: &Visit, agreement: &Agreement) -> Option<String> {
    let left = agreement.days_left(visit.today());
    let left = u64::try_from(left)
        .ok()
        .filter(|_| state_of(visit, agreement) == AgreementState::EndsSoon)?;
    Some(format!(
        "Ends in {}",
        pages::format::counted(left, "day", "days")
    ))
}
