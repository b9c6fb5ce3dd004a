//! From an agreement to the text of its permits: one for each purpose and class of data, over the group of its tables.
//!
//! What comes from the agreement enters as quoted strings and whole numbers, so that no name can become a policy.

use crate::{
    Action, Clauses, Digest,
    agreement::clauses::{Access, Identifiability, PurposeCode, Reidentification, User},
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
    agreement: &Clauses,
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
fn classes(agreement: &Clauses) -> BTreeSet<Identifiability> {
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
        Identifiability::Deidentified => {
            &[Action::Ask, Action::Count, Action::Release, Action::Find]
        }
        // Rows that say who people are are opened by no question.
        Identifiability::PersonalConfidential => &[],
    }
}

/// The purposes of an agreement, each once.
pub(super) fn purposes(agreement: &Clauses) -> BTreeSet<PurposeCode> {
    agreement.purposes.iter().map(|p| p.code).collect()
}

/// The permits of an agreement.
pub(super) fn permits(agreement: &Clauses, terms: &Digest) -> String {
    let mut text = String::new();
    for purpose in purposes(agreement) {
        for class in classes(agreement) {
            let group = permit_id(agreement, purpose, class);
            let allowed = |action: &&Action| {
                actions(class).contains(action)
                    && actions(agreement.identifiability).contains(action)
            };
            let shown = [Action::Ask, Action::Count, Action::Release];
            let shown: Vec<&Action> = shown.iter().filter(allowed).collect();
            let conditions = conditions(
                agreement,
                terms,
                purpose,
                class,
                who_asks(&agreement.access),
            );
            permit(&mut text, &group, &group, &shown, &conditions);
            let leads = agreement.reidentification.as_ref();
            let Some(clause) = leads.filter(|clause| clause.purposes.contains(&purpose)) else {
                continue;
            };
            let found: Vec<&Action> = [&Action::Find].into_iter().filter(allowed).collect();
            let conditions = self::conditions(
                agreement,
                terms,
                purpose,
                class,
                who_finds(&agreement.access, clause),
            );
            permit(
                &mut text,
                &format!("{group}/find"),
                &group,
                &found,
                &conditions,
            );
        }
    }
    leaving(&mut text, agreement, terms);
    for purpose in agreement.reidentification.iter().flat_map(|c| &c.purposes) {
        opening(&mut text, agreement, terms, *purpose);
    }
    text
}

/// What has to hold for a table to be used for a purpose, by those who may.
fn conditions(
    agreement: &Clauses,
    terms: &Digest,
    purpose: PurposeCode,
    class: Identifiability,
    who: String,
) -> Vec<String> {
    let class = quoted(class.code());
    vec![
        format!("context.agreement == {}", quoted(&agreement.reference)),
        format!("context.version == {}", quoted(&agreement.version)),
        format!("context.terms == {}", quoted(terms.as_str())),
        format!("context.purpose == {}", quoted(purpose.code())),
        format!("context.class == {class} && resource.class == {class}"),
        // The facts stand first, so that each is read whoever it is.
        "(context.organisation == context.organisation && context.role == context.role)".to_owned(),
        who,
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
        training(&agreement.access),
        "(context.training_in_date || !context.training_in_date)".to_owned(),
        location(&agreement.access),
        "context.refresh == resource.refresh && (context.drawn_too_soon || !context.drawn_too_soon)"
            .to_owned(),
        "!(context.classes.contains(\"personal_confidential\") && context.classes.contains(\"deidentified\"))".to_owned(),
        format!("context.classes.contains({class})"),
        "context.approvers >= context.approvers_needed && context.approver_roles >= context.approvers_needed".to_owned(),
        "!context.approver_is_asker".to_owned(),
    ]
}

fn training(access: &Access) -> String {
    if access.training.is_some() {
        "context.training_needed && context.training_in_date".to_owned()
    } else {
        "!context.training_needed".to_owned()
    }
}

/// From where one may ask. Where the agreement does not say, the facts are read all the same.
fn location(access: &Access) -> String {
    let Some(location) = &access.location else {
        return "!context.location_needed && (context.location_agreed || !context.location_agreed) && (context.territory == \"\" || context.territory != \"\") && (context.places.contains(\"\") || !context.places.contains(\"\"))".to_owned();
    };
    let territory = one_of(
        "context.territory",
        location.territory.iter().map(|a| a.code()),
    );
    let places = if location.places.is_empty() {
        "(context.places.contains(\"\") || !context.places.contains(\"\"))".to_owned()
    } else {
        let each: Vec<String> = location.places.iter().map(|place| quoted(place)).collect();
        format!("context.places.containsAny([{}])", each.join(", "))
    };
    format!("context.location_needed && context.location_agreed && {territory} && {places}")
}

/// Those who may ask.
fn who_asks(access: &Access) -> String {
    [
        one_of(
            "context.organisation",
            access.organisations.iter().map(OrganisationCode::as_str),
        ),
        one_of("context.role", access.roles.iter().map(String::as_str)),
        users(access),
    ]
    .join(" && ")
}

/// Those who may find people for their care: who may ask, and the professionals, as long as somebody may ask.
fn who_finds(access: &Access, clause: &Reidentification) -> String {
    let somebody: Vec<String> = access
        .users
        .iter()
        .filter(|user| access.organisations.contains(&user.organisation))
        .map(|user| held(access, user, &[]))
        .collect();
    let somebody = if access.roles.is_empty() {
        "false".to_owned()
    } else {
        any(&somebody)
    };
    format!(
        "(({}) || ({} && {somebody}))",
        who_asks(access),
        professionals(clause)
    )
}

fn professionals(clause: &Reidentification) -> String {
    let each: Vec<String> = clause
        .professionals
        .iter()
        .map(|who| {
            let mut held = vec![
                is_person(&who.account),
                format!(
                    "context.organisation == {}",
                    quoted(who.organisation.as_str())
                ),
                format!("context.role == {}", quoted(&who.role)),
            ];
            held.extend(days(who.from, who.until));
            format!("({})", held.join(" && "))
        })
        .collect();
    any(&each)
}

/// The permit for what was released to leave as files.
fn leaving(out: &mut String, agreement: &Clauses, terms: &Digest) {
    let kinds = agreement.outputs.file_kinds.iter().map(|kind| kind.code());
    let conditions = [
        format!("context.agreement == {}", quoted(&agreement.reference)),
        format!("context.terms == {}", quoted(terms.as_str())),
        one_of("context.kind", kinds),
    ];
    out.push_str("@id(");
    out.push_str(&quoted(&format!(
        "{}/{}/export",
        agreement.reference, agreement.version
    )));
    out.push_str(")\npermit (\n  principal is ");
    out.push_str(NAMESPACE);
    out.push_str("::Person,\n  action == ");
    out.push_str(NAMESPACE);
    out.push_str("::Action::\"export\",\n  resource == ");
    out.push_str(NAMESPACE);
    out.push_str("::Release::");
    out.push_str(&quoted(&agreement.reference));
    out.push_str("\n)\nwhen {\n  ");
    out.push_str(&conditions.join(" &&\n  "));
    out.push_str("\n};\n\n");
}

/// The permit to read a list of people who were found for a purpose.
fn opening(out: &mut String, agreement: &Clauses, terms: &Digest, purpose: PurposeCode) {
    let Some(clause) = &agreement.reidentification else {
        return;
    };
    let terms = quoted(terms.as_str());
    let answer = &clause.confidentiality;
    let approvals: Vec<String> = answer
        .approvals
        .iter()
        .map(|a| {
            format!(
                "(context.day >= {} && context.day <= {})",
                day_number(a.start),
                day_number(a.end)
            )
        })
        .collect();
    let conditions = [
        format!("context.agreement == {}", quoted(&agreement.reference)),
        format!("context.version == {}", quoted(&agreement.version)),
        format!("context.terms == {terms} && context.asked_under == {terms}"),
        format!("context.purpose == {}", quoted(purpose.code())),
        "context.is_professional".to_owned(),
        professionals(clause),
        format!(
            "context.day >= {start} && context.day <= {end} && context.first_day == {start} && context.last_day <= {end}",
            start = day_number(agreement.term.start),
            end = day_number(agreement.term.end)
        ),
        "context.active && context.day <= context.last_day".to_owned(),
        if answer.answer.needs_approval() {
            any(&approvals)
        } else {
            "true".to_owned()
        },
        "resource.fields.containsAll(context.fields) && context.days <= resource.days".to_owned(),
        "context.set_unchanged && !context.stopped && context.in_time".to_owned(),
        training(&agreement.access),
        "(context.training_in_date || !context.training_in_date)".to_owned(),
        "context.classes.contains(\"personal_confidential\") && !context.classes.contains(\"deidentified\")".to_owned(),
        "context.approvers_needed >= 2".to_owned(),
        "context.approvers >= context.approvers_needed && context.approver_roles >= context.approvers_needed".to_owned(),
        format!(
            "[{}].containsAll(context.approved_in)",
            clause.approvers.iter().map(|role| quoted(role)).collect::<Vec<_>>().join(", ")
        ),
        "!context.approver_is_asker".to_owned(),
    ];
    let id = format!(
        "{}/{}/{}/open",
        agreement.reference,
        agreement.version,
        purpose.code()
    );
    for piece in [
        "@id(",
        &quoted(&id),
        ")\npermit (\n  principal is ",
        NAMESPACE,
        "::Person,\n  action == ",
        NAMESPACE,
        "::Action::\"open\",\n  resource == ",
        NAMESPACE,
        "::List::",
        &quoted(&agreement.reference),
        "\n)\nwhen {\n  ",
        &conditions.join(" &&\n  "),
        "\n};\n\n",
    ] {
        out.push_str(piece);
    }
}

fn permit(out: &mut String, id: &str, group: &str, verbs: &[&Action], conditions: &[String]) {
    let verbs: Vec<String> = verbs
        .iter()
        .map(|action| format!("{NAMESPACE}::Action::{}", quoted(action.code())))
        .collect();
    if verbs.is_empty() {
        return;
    }
    out.push_str("@id(");
    out.push_str(&quoted(id));
    out.push_str(")\npermit (\n  principal is ");
    out.push_str(NAMESPACE);
    out.push_str("::Person,\n  action in [");
    out.push_str(&verbs.join(", "));
    out.push_str("],\n  resource in ");
    out.push_str(NAMESPACE);
    out.push_str("::Group::");
    out.push_str(&quoted(group));
    out.push_str("\n)\nwhen {\n  ");
    out.push_str(&conditions.join(" &&\n  "));
    out.push_str("\n};\n\n");
}

fn preferences(agreement: &Clauses) -> String {
    let read = "(context.preferences_known || !context.preferences_known) && (context.preferences_fresh || !context.preferences_fresh)";
    if agreement.opt_outs.applied().is_empty() {
        // Needed all the same while a restriction stands.
        format!(
            "(!context.preferences_needed || (context.preferences_known && context.preferences_fresh)) && {read}"
        )
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
            let honorary = if user.employer.is_some() {
                "context.honorary_needed"
            } else {
                "!context.honorary_needed"
            };
            let who = [
                is_person(&user.account),
                format!(
                    "context.organisation == {}",
                    quoted(user.organisation.as_str())
                ),
                honorary.to_owned(),
            ];
            held(access, user, &who)
        })
        .collect();
    any(&each)
}

/// Who it is, where that is asked, and the days on which the agreement names a user. Whoever is employed elsewhere needs
/// a contract that is in date.
fn held(access: &Access, user: &User, who: &[String]) -> String {
    let mut held = who.to_vec();
    held.extend(days(user.from, user.until));
    if user.employer.is_some() {
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
        held.push(any(&contracts));
    }
    if held.is_empty() {
        return "true".to_owned();
    }
    format!("({})", held.join(" && "))
}

fn days(from: Option<Date>, until: Option<Date>) -> impl Iterator<Item = String> {
    let from = from.map(|from| format!("context.day >= {}", day_number(from)));
    let until = until.map(|until| format!("context.day <= {}", day_number(until)));
    from.into_iter().chain(until)
}

fn is_person(account: &str) -> String {
    format!("principal == {NAMESPACE}::Person::{}", quoted(account))
}

/// One of several conditions; of none, nothing holds.
fn any(of: &[String]) -> String {
    if of.is_empty() {
        "false".to_owned()
    } else {
        format!("({})", of.join(" || "))
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
