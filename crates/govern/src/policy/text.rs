//! From an agreement to the text of its permits: one for each purpose and class of data, over the group of its tables.
//!
//! What comes from the agreement enters as quoted strings and whole numbers, so that no name can become a policy.

use crate::{
    Action, Agreement,
    agreement::clauses::{Access, Identifiability, PurposeCode},
};
use chrono::Datelike;
use model::{Date, OrganisationCode};
use std::collections::BTreeSet;

/// The namespace of everything that the policies speak of.
pub(super) const NAMESPACE: &str = "Haven";

/// A day as the policies count it: days since 1 January 1970.
pub(super) fn day_number(day: Date) -> i64 {
    i64::from(day.num_days_from_ce()) - 719_163
}

/// The id of the permit for one purpose, and of the group that it opens.
pub(super) fn permit_id(
    agreement: &Agreement,
    purpose: PurposeCode,
    class: Identifiability,
) -> String {
    format!(
        "{}/{}/{}/{}",
        agreement.reference,
        agreement.version,
        purpose.code(),
        class.code()
    )
}

/// The classes of the tables that an agreement opens, each once.
fn classes(agreement: &Agreement) -> BTreeSet<Identifiability> {
    agreement
        .datasets
        .values()
        .map(|terms| agreement.class_of(terms))
        .collect()
}

/// The id of a table as an agreement opens it.
pub(super) fn table_id(agreement: &str, table: &str) -> String {
    format!("{agreement}/{table}")
}

/// What may be done with data of a class.
const fn actions(class: Identifiability) -> &'static [Action] {
    match class {
        Identifiability::AnonymousAggregate => &[Action::Count, Action::Release],
        Identifiability::Deidentified => &[Action::Ask, Action::Count, Action::Release],
        // Rows that say who people are are opened by no question.
        Identifiability::PersonalConfidential => &[],
    }
}

/// The purposes of an agreement, each once.
pub(super) fn purposes(agreement: &Agreement) -> BTreeSet<PurposeCode> {
    agreement.purposes.iter().map(|p| p.code).collect()
}

/// The permits of an agreement.
pub(super) fn permits(agreement: &Agreement) -> String {
    let mut text = String::new();
    for purpose in purposes(agreement) {
        for class in classes(agreement) {
            permit(&mut text, agreement, purpose, class);
        }
    }
    text
}

fn permit(out: &mut String, agreement: &Agreement, purpose: PurposeCode, class: Identifiability) {
    let id = permit_id(agreement, purpose, class);
    let verbs: Vec<String> = actions(class)
        .iter()
        .filter(|action| actions(agreement.identifiability).contains(action))
        .map(|action| format!("{NAMESPACE}::Action::{}", quoted(action.code())))
        .collect();
    let class = quoted(class.code());
    let access = &agreement.access;
    let conditions = [
        format!("context.agreement == {}", quoted(&agreement.reference)),
        format!("context.version == {}", quoted(&agreement.version)),
        format!("context.terms == {}", quoted(agreement.digest().as_str())),
        format!("context.purpose == {}", quoted(purpose.code())),
        format!("context.class == {class} && resource.class == {class}"),
        one_of(
            "context.organisation",
            access.organisations.iter().map(OrganisationCode::as_str),
        ),
        one_of("context.role", access.roles.iter().map(String::as_str)),
        users(access),
        format!(
            "context.day >= {start} && context.day <= {end} && context.first_day == {start} && context.last_day <= {end}",
            start = day_number(agreement.term.start),
            end = day_number(agreement.term.end)
        ),
        "context.active && context.day <= context.last_day && context.approved && context.rows_defined".to_owned(),
        "resource.fields.containsAll(context.fields) && resource.beside.containsAll(context.beside)".to_owned(),
        preferences(agreement),
        "(!context.honorary_needed || context.honorary_in_date)".to_owned(),
        // Both facts are read whatever the first of them says, so that neither can be left out.
        "(context.honorary_in_date || !context.honorary_in_date)".to_owned(),
        if access.training.is_some() {
            "context.training_needed && context.training_in_date".to_owned()
        } else {
            "!context.training_needed".to_owned()
        },
        "(context.training_in_date || !context.training_in_date)".to_owned(),
        "!(context.classes.contains(\"personal_confidential\") && context.classes.contains(\"deidentified\"))".to_owned(),
        format!("context.classes.contains({class})"),
        "context.approvers >= context.approvers_needed && context.approver_roles >= context.approvers_needed".to_owned(),
        "!context.approver_is_asker".to_owned(),
    ];
    if verbs.is_empty() {
        return;
    }
    out.push_str("@id(");
    out.push_str(&quoted(&id));
    out.push_str(")\npermit (\n  principal is ");
    out.push_str(NAMESPACE);
    out.push_str("::Person,\n  action in [");
    out.push_str(&verbs.join(", "));
    out.push_str("],\n  resource in ");
    out.push_str(NAMESPACE);
    out.push_str("::Group::");
    out.push_str(&quoted(&id));
    out.push_str("\n)\nwhen {\n  ");
    out.push_str(&conditions.join(" &&\n  "));
    out.push_str("\n};\n\n");
}

fn preferences(agreement: &Agreement) -> String {
    let read = "(context.preferences_known || !context.preferences_known) && (context.preferences_fresh || !context.preferences_fresh)";
    if agreement.opt_outs.applied().is_empty() {
        format!("!context.preferences_needed && {read}")
    } else {
        "context.preferences_needed && context.preferences_known && context.preferences_fresh"
            .to_owned()
    }
}

fn users(access: &Access) -> String {
    let each: Vec<String> = access
        .users
        .iter()
        .map(|user| {
            let mut held = vec![
                format!(
                    "principal == {NAMESPACE}::Person::{}",
                    quoted(&user.account)
                ),
                format!(
                    "context.organisation == {}",
                    quoted(user.organisation.as_str())
                ),
            ];
            held.extend(
                user.from
                    .map(|from| format!("context.day >= {}", day_number(from))),
            );
            held.extend(
                user.until
                    .map(|until| format!("context.day <= {}", day_number(until))),
            );
            // Whoever is employed elsewhere needs a contract that is in date.
            let contracts: Vec<String> = access
                .honorary_contracts
                .iter()
                .filter(|c| c.account == user.account && c.host == user.organisation)
                .map(|c| {
                    format!(
                        "(context.day >= {} && context.day <= {})",
                        day_number(c.start),
                        day_number(c.end)
                    )
                })
                .collect();
            if user.employer.is_some() {
                held.push("context.honorary_needed".to_owned());
                held.push(if contracts.is_empty() {
                    "false".to_owned()
                } else {
                    format!("({})", contracts.join(" || "))
                });
            } else {
                held.push("!context.honorary_needed".to_owned());
            }
            format!("({})", held.join(" && "))
        })
        .collect();
    if each.is_empty() {
        "false".to_owned()
    } else {
        format!("({})", each.join(" || "))
    }
}

fn one_of<'a>(value: &str, of: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = of.map(quoted).collect();
    if all.is_empty() {
        "false".to_owned()
    } else {
        format!("[{}].contains({value})", all.join(", "))
    }
}

/// A text as the policy language quotes it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}
