//! One council: its record, and the forms that change it. Every change is an entry of its own, with who and
//! when; nothing is overwritten.

use super::{
    councils::{Collection, Council},
    sent_by, state_of,
};
use crate::routes::{
    Answer,
    fault::Fault,
    quality,
    submissions::state_of as state_of_submission,
    visit::{Fields, Visit},
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control::{NewOnboarding, OnboardingEntry, OnboardingKind, on_record};
use model::Date;
use pages::{
    CouncilChangeView, CouncilContact, CouncilNote, CouncilQuestion, CouncilStep,
    CouncilSubmission, CouncilView, FieldError,
};
use serde::{Deserialize, Serialize};

/// The longest fact, name or note that is taken.
const LONGEST_LINE: usize = 200;
const LONGEST_NOTE: usize = 4_000;

/// A contact as it is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Contact {
    name: String,
    job: String,
    email: String,
    telephone: String,
}

/// What a form changes.
enum What<'c> {
    Fact(&'c super::councils::Fact),
    Step(&'c super::councils::Step),
    /// A contact by name, or a new one.
    Contact(Option<String>),
    Note,
}

impl<'c> What<'c> {
    /// What stands in the address: `fact-<name>`, `step-<name>`, `contact`, `contact-<number>` or `note`.
    fn of(collection: &'c Collection, part: &str, now: &[&OnboardingEntry]) -> Option<Self> {
        match part.split_once('-') {
            None if part == "contact" => Some(Self::Contact(None)),
            None if part == "note" => Some(Self::Note),
            Some(("fact", name)) => collection
                .facts
                .iter()
                .find(|f| f.name == name)
                .map(Self::Fact),
            Some(("step", name)) => collection
                .steps
                .iter()
                .find(|s| s.name == name)
                .map(Self::Step),
            Some(("contact", name)) => now
                .iter()
                .any(|e| e.kind == OnboardingKind::Contact && e.name == name)
                .then(|| Self::Contact(Some(name.to_owned()))),
            _ => None,
        }
    }

    const fn kind(&self) -> OnboardingKind {
        match self {
            Self::Fact(_) => OnboardingKind::Fact,
            Self::Step(_) => OnboardingKind::Step,
            Self::Contact(_) => OnboardingKind::Contact,
            Self::Note => OnboardingKind::Note,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Fact(fact) => fact.name.clone(),
            Self::Step(step) => step.name.clone(),
            Self::Contact(name) => name.clone().unwrap_or_default(),
            Self::Note => String::new(),
        }
    }
}

pub(in crate::routes) async fn council(visit: &Visit, mut request: Request) -> Answer {
    let council = find(visit, &mut request).await?;
    let collection = &visit.site.collection;
    let control = &visit.site.workspace.control;
    let history = control.onboarding_of(&council.code).await?;
    let records = control.all_submissions().await?;
    let reports = quality::reports(visit, &collection.datasets).await?;
    let sent = sent_by(collection, &records, &council.code);
    let (state, because) = state_of(collection, &sent, &history, visit.today());
    let now = on_record(&history);
    let entry = |kind: OnboardingKind, name: &str| {
        let found = now.iter().find(|e| e.kind == kind && e.name == name);
        found.map(|e| e.entry.clone())
    };
    let change = |what: &str| format!("/collection/{}/change/{what}", council.code);
    let view = CouncilView {
        name: council.name.clone(),
        code: council.code.clone(),
        region: council.region.clone(),
        state,
        because,
        notice: visit
            .query("changed")
            .map(|_| "The record has been changed.".to_owned()),
        facts: collection
            .facts
            .iter()
            .map(|fact| {
                (
                    fact.title.clone(),
                    entry(OnboardingKind::Fact, &fact.name),
                    change(&format!("fact-{}", fact.name)),
                )
            })
            .collect(),
        steps: collection
            .steps
            .iter()
            .map(|step| {
                let day: Option<Date> =
                    entry(OnboardingKind::Step, &step.name).and_then(|e| e.parse().ok());
                CouncilStep {
                    title: step.title.clone(),
                    day,
                    planned: day.is_some_and(|d| d > visit.today()),
                    href: change(&format!("step-{}", step.name)),
                }
            })
            .collect(),
        contacts: now
            .iter()
            .filter(|e| e.kind == OnboardingKind::Contact)
            .map(|e| shown(&contact(&e.entry), change(&format!("contact-{}", e.name))))
            .collect(),
        add_contact_href: change("contact"),
        notes: now
            .iter()
            .rev()
            .filter(|e| e.kind == OnboardingKind::Note)
            .map(|e| CouncilNote {
                at: e.written_at,
                by: e.written_by.clone(),
                text: e.entry.clone(),
            })
            .collect(),
        add_note_href: change("note"),
        submissions: sent
            .iter()
            .map(|r| CouncilSubmission {
                at: r.received_at,
                href: format!("/submissions/{}", r.id),
                state: state_of_submission(r),
                rows: r.rows_in,
                quality: quality::goodness(&reports, r).map(quality::Goodness::words),
            })
            .collect(),
        history: history
            .iter()
            .rev()
            .map(|e| (e.written_at, e.written_by.clone(), in_words(collection, e)))
            .collect(),
    };
    Ok(Visit::page(&pages::council(&visit.frame(), &view)))
}

pub(in crate::routes) async fn change(visit: &Visit, mut request: Request) -> Answer {
    let council = find(visit, &mut request).await?;
    let part = visit.part(&mut request, "what").await?;
    let control = &visit.site.workspace.control;
    let history = control.onboarding_of(&council.code).await?;
    let now = on_record(&history);
    let what = What::of(&visit.site.collection, &part, &now).ok_or(Fault::NotFound)?;
    let held = now
        .iter()
        .find(|e| e.kind == what.kind() && e.name == what.name())
        .map(|e| e.entry.as_str());
    let asked = match &what {
        What::Fact(fact) => CouncilQuestion::Fact {
            title: fact.title.clone(),
            hint: fact.hint.clone(),
            value: held.unwrap_or_default().to_owned(),
        },
        What::Step(step) => CouncilQuestion::Step {
            title: step.title.clone(),
            hint: step.hint.clone(),
            value: held
                .and_then(|e| e.parse::<Date>().ok())
                .map(|day| ["%-d", "%-m", "%Y"].map(|f| day.format(f).to_string()))
                .unwrap_or_default(),
            on_record: held.is_some(),
        },
        What::Contact(_) => CouncilQuestion::Contact {
            value: shown(&contact(held.unwrap_or_default()), String::new()),
            on_record: held.is_some(),
        },
        What::Note => CouncilQuestion::Note {
            value: String::new(),
        },
    };
    Ok(form(
        visit,
        council,
        &part,
        StatusCode::OK,
        Vec::new(),
        asked,
    ))
}

pub(in crate::routes) async fn post_change(visit: &Visit, mut request: Request) -> Answer {
    let code = visit.part(&mut request, "code").await?;
    let part = visit.part(&mut request, "what").await?;
    let fields = visit.form(request).await?;
    let council = visit
        .site
        .collection
        .council(&code)
        .ok_or(Fault::NotFound)?;
    let control = &visit.site.workspace.control;
    let history = control.onboarding_of(&council.code).await?;
    let now = on_record(&history);
    let what = What::of(&visit.site.collection, &part, &now).ok_or(Fault::NotFound)?;
    let held = now
        .iter()
        .find(|e| e.kind == what.kind() && e.name == what.name())
        .map(|e| e.entry.as_str());
    let off = fields.contains_key("none")
        && held.is_some()
        && matches!(what, What::Step(_) | What::Contact(Some(_)));
    let entry = if off {
        String::new()
    } else {
        match read(&what, &fields, held.is_some()) {
            Ok(entry) => entry,
            Err(again) => {
                let (errors, asked) = *again;
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok(form(visit, council, &part, status, errors, asked));
            }
        }
    };
    // The same again, and nothing where nothing was, is no change.
    if held.unwrap_or_default() != entry {
        let new = NewOnboarding {
            council: council.code.clone(),
            kind: what.kind(),
            name: what.name(),
            entry,
            written_at: visit.now,
            written_by: visit.session()?.username.clone(),
        };
        control.add_onboarding(&new).await?;
    }
    Ok(Redirect::to(&format!("/collection/{}?changed=yes", council.code)).into_response())
}

/// What was typed as an entry, or what is wrong with it and the form again.
fn read(
    what: &What<'_>,
    fields: &Fields,
    on_record: bool,
) -> Result<String, Box<(Vec<FieldError>, CouncilQuestion)>> {
    let typed = |name: &str| -> String {
        fields
            .get(name)
            .map(|v| v.trim().replace("\r\n", "\n"))
            .unwrap_or_default()
    };
    let again = |errors: Vec<FieldError>, asked| Err(Box::new((errors, asked)));
    match what {
        What::Fact(fact) => {
            let value = one_line(&typed("entry"));
            if value.chars().count() > LONGEST_LINE {
                let text = format!("Shorten it to {LONGEST_LINE} characters.");
                let asked = CouncilQuestion::Fact {
                    title: fact.title.clone(),
                    hint: fact.hint.clone(),
                    value,
                };
                return again(vec![FieldError::new("entry", text)], asked);
            }
            Ok(value)
        }
        What::Step(step) => {
            let value = ["day", "month", "year"].map(typed);
            match day(&value) {
                Some(day) => Ok(day.to_string()),
                None => again(
                    vec![FieldError::new(
                        "day",
                        "Type a day, a month and a year in numbers, such as 31 3 2026.",
                    )],
                    CouncilQuestion::Step {
                        title: step.title.clone(),
                        hint: step.hint.clone(),
                        value,
                        on_record,
                    },
                ),
            }
        }
        What::Contact(_) => read_contact(&typed, on_record),
        What::Note => {
            let value = typed("entry");
            let error = if value.is_empty() {
                Some("Write the note.".to_owned())
            } else if value.chars().count() > LONGEST_NOTE {
                Some(format!("Shorten the note to {LONGEST_NOTE} characters."))
            } else {
                None
            };
            match error {
                Some(text) => again(
                    vec![FieldError::new("entry", text)],
                    CouncilQuestion::Note { value },
                ),
                None => Ok(value),
            }
        }
    }
}

fn read_contact(
    typed: &impl Fn(&str) -> String,
    on_record: bool,
) -> Result<String, Box<(Vec<FieldError>, CouncilQuestion)>> {
    let contact = Contact {
        name: one_line(&typed("name")),
        job: one_line(&typed("job")),
        email: one_line(&typed("email")),
        telephone: one_line(&typed("telephone")),
    };
    let mut errors = Vec::new();
    if contact.name.is_empty() {
        errors.push(FieldError::new("name", "Type the name of the contact."));
    }
    if !contact.email.is_empty() && !contact.email.contains('@') {
        errors.push(FieldError::new(
            "email",
            "Type an email address with an @ in it, or leave it blank.",
        ));
    }
    if contact.email.is_empty() && contact.telephone.is_empty() {
        errors.push(FieldError::new(
            "email",
            "Type an email address or a telephone number, so that they can be reached.",
        ));
    }
    for (field, value) in [
        ("name", &contact.name),
        ("job", &contact.job),
        ("email", &contact.email),
        ("telephone", &contact.telephone),
    ] {
        if value.chars().count() > LONGEST_LINE {
            let text = format!("Shorten it to {LONGEST_LINE} characters.");
            errors.push(FieldError::new(field, text));
        }
    }
    if errors.is_empty() {
        return Ok(serde_json::json!(contact).to_string());
    }
    let asked = CouncilQuestion::Contact {
        value: shown(&contact, String::new()),
        on_record,
    };
    Err(Box::new((errors, asked)))
}

fn day(parts: &[String; 3]) -> Option<Date> {
    let [day, month, year] = parts;
    let year: i32 = year.parse().ok().filter(|y| (2000..2200).contains(y))?;
    Date::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn contact(entry: &str) -> Contact {
    serde_json::from_str(entry).unwrap_or_default()
}

fn shown(contact: &Contact, href: String) -> CouncilContact {
    CouncilContact {
        name: contact.name.clone(),
        job: contact.job.clone(),
        email: contact.email.clone(),
        telephone: contact.telephone.clone(),
        href,
    }
}

/// An entry of the history in words.
fn in_words(collection: &Collection, entry: &OnboardingEntry) -> String {
    let off = entry.entry.is_empty();
    match entry.kind {
        OnboardingKind::Fact => {
            let fact = collection.facts.iter().find(|f| f.name == entry.name);
            let title = fact.map_or(entry.name.as_str(), |f| f.title.as_str());
            if off {
                format!("{title}: taken off the record")
            } else {
                format!("{title}: {}", entry.entry)
            }
        }
        OnboardingKind::Step => {
            let step = collection.steps.iter().find(|s| s.name == entry.name);
            let title = step.map_or(entry.name.as_str(), |s| s.title.as_str());
            match entry.entry.parse::<Date>() {
                Ok(day) => format!("{title}: {}", pages::format::date(day)),
                Err(_) => format!("{title}: not done after all"),
            }
        }
        OnboardingKind::Contact if off => format!("Contact {} removed", entry.name),
        OnboardingKind::Contact => {
            let contact = contact(&entry.entry);
            format!("Contact: {}", contact.name)
        }
        OnboardingKind::Note => "Note".to_owned(),
    }
}

fn form(
    visit: &Visit,
    council: &Council,
    part: &str,
    status: StatusCode,
    errors: Vec<FieldError>,
    asked: CouncilQuestion,
) -> Response {
    let view = CouncilChangeView {
        council: council.name.clone(),
        council_href: format!("/collection/{}", council.code),
        action: format!("/collection/{}/change/{part}", council.code),
        csrf: visit.csrf(),
        errors,
        asked,
    };
    Visit::page_with(status, &pages::council_change(&visit.frame(), &view))
}

/// The council of the path.
async fn find<'v>(visit: &'v Visit, request: &mut Request) -> Result<&'v Council, Fault> {
    let code = visit.part(request, "code").await?;
    visit.site.collection.council(&code).ok_or(Fault::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_typed_in_three_numbers() {
        for (typed, expected) in [
            (["31", "3", "2026"], Some("2026-03-31")),
            (["1", "01", "2026"], Some("2026-01-01")),
            (["31", "2", "2026"], None),
            (["3", "March", "2026"], None),
            (["1", "1", "26"], None),
            (["", "", ""], None),
        ] {
            let found = day(&typed.map(str::to_owned)).map(|d| d.to_string());
            assert_eq!(found.as_deref(), expected, "{typed:?}");
        }
    }
}
