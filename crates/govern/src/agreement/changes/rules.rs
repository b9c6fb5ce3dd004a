//! What each change says, and whether it opens more. One table of items that come and go, one of values
//! that change; whatever is in neither gets general words, so that nothing is lost.

use super::{
    Change, Effect,
    tree::{Part, shown},
};
use crate::agreement::{
    Clauses,
    clauses::{
        Checker, Grade, Identifiability, OnwardSharing, PartyRole, PreferenceKind, PurposeCode,
        Refresh,
    },
    day_in_words,
    treatment::Treatment,
};
use Effect::{Narrows, Neither, Widens};
use model::Date;

/// Both versions, for what a tree does not say.
pub(super) struct Sides<'a> {
    pub(super) old: &'a Clauses,
    pub(super) new: &'a Clauses,
}

/// The clauses in the order in which changes are told.
const ORDER: [&str; 24] = [
    "identifiability",
    "datasets",
    "minimisation",
    "linkage",
    "opt_outs",
    "access",
    "reidentification",
    "purposes",
    "outputs",
    "onward",
    "term",
    "suspended",
    "legal",
    "ethics",
    "parties",
    "framework_contracts",
    "storage",
    "security",
    "special_conditions",
    "transparency",
    "contact",
    "submitted",
    "approved",
    "signatures",
];

/// Where a change of this clause is told; what has no place comes last.
pub(super) fn place(clause: &str) -> usize {
    let first = clause.split('.').next().unwrap_or_default();
    ORDER
        .iter()
        .position(|known| *known == first)
        .unwrap_or(ORDER.len())
}

/// The changes of a part as a whole, where it comes, goes, or is told by one line. `None` where its parts
/// are told one by one.
pub(super) fn whole(
    path: &[&str],
    old: Option<&Part>,
    new: Option<&Part>,
    sides: &Sides<'_>,
) -> Option<Vec<Change>> {
    if let ["datasets", table, "fields", field, "treatment"] = path
        && let (Some(_), Some(_)) = (old, new)
    {
        return Some(vec![treated(table, field, sides)]);
    }
    if let ["datasets", table, "class"] = path {
        return Some(vec![class(table, sides)]);
    }
    if let ["datasets", table, "facts", fact] = path {
        let says = match (shown(old), shown(new)) {
            (Some(old), Some(new)) => {
                format!("Of {table}, {fact} is now taken from {new}; before, from {old}.")
            }
            (None, Some(new)) => {
                format!("This version newly takes {fact} of {table} from {new}.")
            }
            (old, None) => format!(
                "This version no longer takes {fact} of {table} from {}.",
                old.unwrap_or_default()
            ),
        };
        // Another place of a fact can let through any row.
        return Some(vec![change(path, Widens, says)]);
    }
    let ((None, Some(part)) | (Some(part), None)) = (old, new) else {
        return None;
    };
    let (does, coming, going) = item(path, part, sides)?;
    let (effect, says) = if old.is_none() {
        (coming, format!("This version newly {does}."))
    } else {
        (going, format!("This version no longer {does}."))
    };
    Some(vec![change(path, effect, says)])
}

fn change(path: &[&str], effect: Effect, says: String) -> Change {
    Change {
        clause: path.join("."),
        effect,
        says,
    }
}

/// What an item of the agreement does, and what its coming and its going do.
fn item(path: &[&str], part: &Part, sides: &Sides<'_>) -> Option<(String, Effect, Effect)> {
    let holds = shown(Some(part)).unwrap_or_default();
    let wide = |does: String| Some((does, Widens, Narrows));
    let narrow = |does: String| Some((does, Narrows, Widens));
    let neither = |does: String| Some((does, Neither, Neither));
    match path {
        ["datasets", table] => wide(format!("opens the table {table} ({})", columns(part))),
        ["datasets", table, "fields", field] => wide(format!(
            "shows {field} of {table} ({})",
            treatment_words(table, field, sides)
        )),
        ["datasets", table, "period"] => {
            narrow(format!("keeps {table} to days of its own ({holds})"))
        }
        // With another answer other rules hold; which of them open more cannot be told.
        ["datasets", table, "confidentiality"] => Some((
            format!("answers the duty of confidence for {table} on its own ({holds})"),
            Widens,
            Widens,
        )),
        ["linkage", pair] => wide(format!("lets {pair} be used together")),
        ["linkage", pair, "grade_floor"] => {
            narrow(format!("asks of {pair} that links are {holds} or surer"))
        }
        ["opt_outs", kind, "programme"] => wide(format!(
            "counts only opt-outs ({kind}) of the programme {holds}"
        )),
        ["access", "organisations", code] => wide(format!("lets people of {code} ask")),
        ["access", "roles", role] => wide(format!("lets people in the role {role} ask")),
        ["access", "users", account] => wide(format!("lets {account} ask")),
        ["access", "users", account, "employer"] => narrow(format!(
            "asks for an honorary contract of {account} ({holds})"
        )),
        ["access", "honorary_contracts", contract] => {
            wide(format!("counts the honorary contract {contract}"))
        }
        ["access", "training"] => narrow(format!("asks for training ({holds})")),
        ["access", "location"] => narrow(format!("says where people may ask from ({holds})")),
        ["access", "location", "territory", area] => wide(format!("lets people ask from {area}")),
        ["access", "location", "places", place] => Some(asked_from(place, sides)),
        ["reidentification"] => {
            wide("lets a professional learn who the people of a list are".to_owned())
        }
        ["reidentification", "purposes", code] => wide(format!(
            "lets people be found and named for {}",
            purpose(code)
        )),
        ["reidentification", "professionals", account] => {
            wide(format!("lets {account} learn who people are"))
        }
        ["reidentification", "fields", field] => {
            wide(format!("lets {field} reach the professional"))
        }
        ["reidentification", "approvers", role] => wide(format!(
            "lets the role {role} approve that people are named"
        )),
        ["reidentification", "outcomes", outcome] => {
            neither(format!("lets the professional answer “{outcome}”"))
        }
        ["purposes", code] => wide(format!("allows the purpose {}", purpose(code))),
        ["outputs", "file_kinds", kind] => wide(format!("lets files of the kind {kind} leave")),
        ["onward", "recipients", name] => wide(format!("lets {name} receive what is passed on")),
        ["suspended"] => narrow(format!("is suspended ({holds})")),
        ["term", "retention"] => wide(format!("keeps something after the end ({holds})")),
        [.., "approvals", reference] => wide(format!("rests on the approval {reference}")),
        ["parties", code] => Some(party(code, part)),
        ["parties", code, "roles", role] => Some(party_role(code, role)),
        ["parties", code, "territory", area] => {
            wide(format!("lets {code} hold or look at data in {area}"))
        }
        ["storage", place] => wide(format!("keeps data at {place}")),
        ["security", _] => Some((format!("says that {}", sentence(&holds)), Neither, Widens)),
        ["special_conditions", _] => Some((
            format!("has the condition that {}", sentence(&holds)),
            Neither,
            Widens,
        )),
        ["framework_contracts", reference] => {
            neither(format!("stands under the framework contract {reference}"))
        }
        ["transparency", "notices", code] => neither(format!("has a public notice of {code}")),
        ["signatures", code] => neither(format!("is signed by {code} ({holds})")),
        ["approved", name] => neither(format!("is approved by {name} ({holds})")),
        ["submitted"] => neither(format!("is put forward ({holds})")),
        ["ethics"] => neither(format!("has the approval of an ethics committee ({holds})")),
        _ => None,
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    format!("“{text}”")
}

fn columns(part: &Part) -> String {
    let Part::Parts(parts) = part else {
        return String::new();
    };
    let Some(Part::Parts(fields)) = parts.get("fields") else {
        return String::new();
    };
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    names.join(", ")
}

fn treatment_words(table: &str, field: &str, sides: &Sides<'_>) -> String {
    [sides.new, sides.old]
        .into_iter()
        .filter_map(|side| side.datasets.get(table)?.fields.get(field))
        .map(|terms| terms.treatment.words())
        .next()
        .unwrap_or_default()
}

fn purpose(code: &str) -> &str {
    PurposeCode::ALL
        .iter()
        .find(|p| p.code() == code)
        .map_or(code, |p| p.words())
}

fn asked_from(place: &str, sides: &Sides<'_>) -> (String, Effect, Effect) {
    // Where no place is listed, every place will do.
    let none = |side: &Clauses| {
        side.access
            .location
            .as_ref()
            .is_none_or(|l| l.places.is_empty())
    };
    (
        format!("lets people ask from {place}"),
        if none(sides.old) { Narrows } else { Widens },
        if none(sides.new) { Widens } else { Narrows },
    )
}

fn party(code: &str, part: &Part) -> (String, Effect, Effect) {
    let Part::Parts(parts) = part else {
        return (format!("binds {code}"), Widens, Narrows);
    };
    let name = shown(parts.get("name")).unwrap_or_default();
    let roles = shown(parts.get("roles")).unwrap_or_default();
    let near = PartyRole::ALL
        .iter()
        .any(|role| role.handles() && roles.split(", ").any(|held| held == role.code()));
    let does = format!("binds {name} ({code}) as {roles}");
    if near {
        (does, Widens, Narrows)
    } else {
        (does, Neither, Neither)
    }
}

fn party_role(code: &str, role: &str) -> (String, Effect, Effect) {
    let known = PartyRole::ALL.iter().find(|r| r.code() == role);
    let does = format!("has {code} as {role}");
    match known {
        Some(known) if known.handles() => (does, Widens, Narrows),
        // Whoever may never see the data may do so once that is not said.
        Some(PartyRole::ProcessorWithoutSight) => (does, Neither, Widens),
        _ => (does, Neither, Neither),
    }
}

fn treated(table: &str, field: &str, sides: &Sides<'_>) -> Change {
    let path = ["datasets", table, "fields", field, "treatment"];
    let of = |side: &Clauses| {
        Some(
            side.datasets
                .get(table)?
                .fields
                .get(field)?
                .treatment
                .clone(),
        )
    };
    let (Some(old), Some(new)) = (of(sides.old), of(sides.new)) else {
        return leaf(&path, None, None);
    };
    let effect = if coarser(&old, &new) { Narrows } else { Widens };
    let says = format!(
        "{field} of {table} is now shown {}; before, {}.",
        described(&new),
        described(&old)
    );
    change(&path, effect, says)
}

fn described(treatment: &Treatment) -> String {
    match treatment {
        Treatment::AgeBand { on: Some(on), .. } => format!("{}, on {on}", treatment.words()),
        _ => treatment.words(),
    }
}

/// Whether the new treatment shows less of every value than the old one.
fn coarser(old: &Treatment, new: &Treatment) -> bool {
    use Treatment::{AsIs, Month, PostcodeDistrict, PostcodeSector, Quarter, Rounded, Year};
    match (old, new) {
        (Rounded { to: old }, Rounded { to: new }) => {
            new > old && new.get().is_multiple_of(old.get())
        }
        (AsIs, _)
        | (Month, Quarter | Year)
        | (Quarter, Year)
        | (PostcodeSector, PostcodeDistrict) => true,
        _ => false,
    }
}

fn class(table: &str, sides: &Sides<'_>) -> Change {
    let of = |side: &Clauses| side.datasets.get(table).map(|terms| side.class_of(terms));
    let words = |class: Option<Identifiability>| class.map_or("nothing", Identifiability::words);
    let (old, new) = (of(sides.old), of(sides.new));
    let effect = match new.cmp(&old) {
        std::cmp::Ordering::Less => Narrows,
        std::cmp::Ordering::Equal => Neither,
        std::cmp::Ordering::Greater => Widens,
    };
    let says = format!(
        "Of {table} people now get {}; before, {}.",
        words(new),
        words(old)
    );
    change(&["datasets", table, "class"], effect, says)
}

/// The line for a value that is another, or came, or went.
pub(super) fn leaf(path: &[&str], old: Option<String>, new: Option<String>) -> Change {
    let effect = effect(path, old.as_deref(), new.as_deref());
    let what = label(path);
    let says = match (old, new) {
        (Some(old), Some(new)) => format!("{what} is now {}; before, {}.", said(&new), said(&old)),
        (None, Some(new)) => format!("This version newly says: {what} is {}.", said(&new)),
        (old, _) => format!(
            "This version no longer says: {what} is {}.",
            said(&old.unwrap_or_default())
        ),
    };
    change(path, effect, says)
}

fn said(text: &str) -> String {
    text.parse::<Date>()
        .map_or_else(|_| format!("“{text}”"), day_in_words)
}

fn label(path: &[&str]) -> String {
    match path {
        ["term", "end"] => "The last day".to_owned(),
        ["term", "start"] => "The first day".to_owned(),
        ["term", "review"] => "The day of the review".to_owned(),
        ["term", "destruction_due"] => "The last day for destruction".to_owned(),
        ["term", "certificate_due"] => "The last day for the certificate of destruction".to_owned(),
        ["opt_outs", kind, "apply"] => {
            let words = PreferenceKind::ALL
                .iter()
                .find(|k| k.code() == *kind)
                .map_or(*kind, |k| k.words());
            format!("Whether people with {words} are left out")
        }
        ["identifiability"] => "How close to a person the data come".to_owned(),
        ["outputs", "rule_set"] => "The set of rules for what leaves".to_owned(),
        ["outputs", "checker"] => "Who looks at what leaves".to_owned(),
        ["onward", "sharing"] => "What may be passed on".to_owned(),
        ["reidentification", "days"] => "For how many days a list is open".to_owned(),
        ["reidentification", "at_most"] => "The most people on one list".to_owned(),
        [one] => capital(&one.replace('_', " ")),
        [above @ .., last] => format!(
            "{} of {}",
            capital(&last.replace('_', " ")),
            above.join(", ").replace('_', " ")
        ),
        [] => "The agreement".to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

fn effect(path: &[&str], old: Option<&str>, new: Option<&str>) -> Effect {
    match path {
        ["identifiability"] => ranked(Identifiability::ALL.iter().map(|c| c.code()), old, new),
        ["outputs", "checker"] => {
            ranked(Checker::ALL.iter().map(|c| c.code()), old, new).reversed()
        }
        ["onward", "sharing"] => ranked(OnwardSharing::ALL.iter().map(|c| c.code()), old, new),
        ["linkage", _, "grade_floor"] => ranked(Grade::ALL.iter().map(|c| c.code()), old, new),
        ["datasets", _, "refresh"] => ranked(FREQUENCY.iter().map(|r| r.code()), old, new),
        ["opt_outs", _, "apply"] => ranked(["true", "false"], old, new),
        ["purposes", _, "commercial"] => ranked(["false", "true"], old, new),
        ["access", "users", _, "kind"] => ranked(["ordinary", "super_user"], old, new),
        ["term", "end" | "destruction_due"]
        | ["term", "retention", "until"]
        | ["access", "users", _, "until"]
        | ["access", "honorary_contracts", _, "end"]
        | ["reidentification", "professionals", _, "until"]
        | ["datasets", _, "period", "to"]
        | [.., "approvals", _, "end"]
        | ["suspended", "from"] => later_opens(old, new),
        ["term", "start"]
        | ["access", "users", _, "from"]
        | ["access", "honorary_contracts", _, "start"]
        | ["reidentification", "professionals", _, "from"]
        | ["datasets", _, "period", "from"]
        | [.., "approvals", _, "start"] => earlier_opens(old, new),
        // A suspension that is never lifted opens least.
        ["suspended", "lifted"] => match (old, new) {
            (None, Some(_)) => Widens,
            (Some(old), Some(new)) if new < old => Widens,
            _ => Narrows,
        },
        ["access", "training", "valid_days"] | ["reidentification", "days" | "at_most"] => {
            let number = |text: Option<&str>| text.and_then(|t| t.parse::<u64>().ok());
            if number(new) < number(old) {
                Narrows
            } else {
                Widens
            }
        }
        // Which of two is wider cannot be told, so it counts as wider.
        ["outputs", "rule_set"]
        | [.., "confidentiality", "answer"]
        | ["datasets", _, "fields", _, "from"]
        | ["linkage", _, "key_domain"]
        | ["opt_outs", _, "programme"]
        | ["access", "users", _, "organisation"]
        | ["access", "honorary_contracts", _, _]
        | [
            "reidentification",
            "professionals",
            _,
            "organisation" | "role",
        ]
        | ["storage", _, "territory"]
        | ["onward", "recipients", _, "what"] => Widens,
        _ => Neither,
    }
}

/// The most seldom first.
const FREQUENCY: [Refresh; 7] = [
    Refresh::Once,
    Refresh::Yearly,
    Refresh::Quarterly,
    Refresh::Monthly,
    Refresh::Weekly,
    Refresh::Daily,
    Refresh::AsReceived,
];

/// Opens more where the new value comes later in a list that ends with what opens most.
fn ranked<'a>(
    codes: impl IntoIterator<Item = &'a str>,
    old: Option<&str>,
    new: Option<&str>,
) -> Effect {
    let codes: Vec<&str> = codes.into_iter().collect();
    let rank = |text: Option<&str>| text.and_then(|t| codes.iter().position(|c| *c == t));
    match (rank(old), rank(new)) {
        (Some(old), Some(new)) if new < old => Narrows,
        _ => Widens,
    }
}

/// For a last day: none at all opens most.
fn later_opens(old: Option<&str>, new: Option<&str>) -> Effect {
    match (old, new) {
        (None, Some(_)) => Narrows,
        (Some(old), Some(new)) if new < old => Narrows,
        _ => Widens,
    }
}

/// For a first day: none at all opens most.
fn earlier_opens(old: Option<&str>, new: Option<&str>) -> Effect {
    match (old, new) {
        (None, Some(_)) => Narrows,
        (Some(old), Some(new)) if new > old => Narrows,
        _ => Widens,
    }
}
