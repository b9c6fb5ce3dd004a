//! People and roles (`/people`), for administrators: the list, adding somebody, the list as a file.

mod person;
mod requests;

pub(super) use person::{act, one};
pub(super) use requests::{decide, waiting};

use super::{
    Answer,
    fault::Fault,
    visit::{Visit, role_in_words},
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::{Account, ControlError, NewRequest, Position, Role};
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use model::OrganisationCode;
use pages::{FieldError, Paging, PeopleView, PersonNewView, PersonRow, PersonState};

/// How many people a page of the list has.
const ON_A_PAGE: u64 = 50;

pub(super) async fn page(visit: &Visit) -> Answer {
    let control = &visit.site.workspace.control;
    let query = visit.query("q").unwrap_or_default().trim().to_owned();
    let wanted = query.to_lowercase();
    let mut found = Vec::new();
    for account in control.accounts().await? {
        let row = row(visit, &account).await?;
        let text = format!("{} {} {}", row.name, row.username, row.roles.join(" "));
        if text.to_lowercase().contains(&wanted) {
            found.push(row);
        }
    }
    let count = found.len() as u64;
    let number = visit.page_number();
    let skip = usize::try_from((number - 1).saturating_mul(ON_A_PAGE)).unwrap_or(usize::MAX);
    let on_a_page = usize::try_from(ON_A_PAGE).unwrap_or_default();
    let encoded: String = query
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let view = PeopleView {
        people: found.into_iter().skip(skip).take(on_a_page).collect(),
        found: count,
        paging: Some(Paging {
            page: number,
            pages: count.div_ceil(ON_A_PAGE),
            href: format!("/people?q={encoded}&page="),
        }),
        waiting: control.waiting_account_requests(visit.now).await?.len() as u64,
        query,
    };
    Ok(Visit::page(&pages::people(&visit.frame(), &view)))
}

async fn row(visit: &Visit, account: &Account) -> Result<PersonRow, Fault> {
    let control = &visit.site.workspace.control;
    Ok(PersonRow {
        href: format!("/people/{}", account.id),
        name: account.display_name.clone(),
        username: account.username.clone(),
        roles: account
            .positions
            .iter()
            .map(|p| in_words(visit, p))
            .collect(),
        state: state(visit, account).await?,
        second_factor: control.second_factor(&account.username).await?.is_some(),
    })
}

/// How an account stands today.
async fn state(visit: &Visit, account: &Account) -> Result<PersonState, Fault> {
    if account.disabled_at.is_some() {
        return Ok(PersonState::Disabled);
    }
    let control = &visit.site.workspace.control;
    let facts = control.person_facts(&account.username).await?;
    let roles = &visit.site.roles;
    let needs_training = account.positions.iter().any(|p| roles.of(p.role).training);
    Ok(if facts.has_left_by(visit.today()) {
        PersonState::Left
    } else if needs_training && !facts.is_trained_on(visit.today()) {
        PersonState::Untrained
    } else {
        PersonState::Open
    })
}

/// A role and its organisation as people read them.
fn in_words(visit: &Visit, position: &Position) -> String {
    let organisation = visit.site.name_of(&position.organisation);
    format!("{}, {organisation}", role_in_words(position.role))
}

/// Everybody with every role, a line each.
pub(super) async fn csv(visit: &Visit) -> Answer {
    let control = &visit.site.workspace.control;
    let mut out = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    out.write_record([
        "user_name",
        "name",
        "role",
        "organisation",
        "state",
        "second_factor_since",
        "employer",
        "employed_until",
        "trained_until",
        "account_since",
        "disabled_since",
    ])?;
    let day = |moment: Option<chrono::DateTime<chrono::Utc>>| {
        moment
            .map(|m| m.format("%Y-%m-%d").to_string())
            .unwrap_or_default()
    };
    for account in control.accounts().await? {
        let facts = control.person_facts(&account.username).await?;
        let second = control.second_factor(&account.username).await?;
        let state = match state(visit, &account).await? {
            PersonState::Open => "open",
            PersonState::Untrained => "no training",
            PersonState::Left => "has left",
            PersonState::Disabled => "disabled",
        };
        let none = [("none".to_owned(), String::new())];
        let held: Vec<(String, String)> = account
            .positions
            .iter()
            .map(|p| (p.role.to_string(), p.organisation.to_string()))
            .collect();
        for (role, organisation) in if held.is_empty() {
            &none[..]
        } else {
            &held[..]
        } {
            out.write_record([
                &safe(&account.username),
                &safe(&account.display_name),
                role,
                organisation,
                state,
                &day(second.as_ref().map(|s| s.since)),
                &safe(facts.employer.as_deref().unwrap_or_default()),
                &facts
                    .employed_until
                    .map(|d| d.to_string())
                    .unwrap_or_default(),
                &facts
                    .trained_until
                    .map(|d| d.to_string())
                    .unwrap_or_default(),
                &day(Some(account.created_at)),
                &day(account.disabled_at),
            ])?;
        }
    }
    let bytes = out
        .into_inner()
        .map_err(|e| anyhow::anyhow!("{}", e.error()))?;
    keep(visit, Outcome::Done, "list of people downloaded".to_owned()).await?;
    Ok(Visit::file("text/csv; charset=utf-8", "people.csv", bytes))
}

/// A cell that no spreadsheet takes for a formula.
fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

pub(super) fn new(visit: &Visit) -> axum::response::Response {
    form(visit, StatusCode::OK, PersonNewView::default())
}

fn form(visit: &Visit, status: StatusCode, view: PersonNewView) -> axum::response::Response {
    let view = PersonNewView {
        csrf: visit.csrf(),
        roles: choices(),
        ..view
    };
    Visit::page_with(status, &pages::person_new(&visit.frame(), &view))
}

/// The roles that somebody may have, but those of programs.
fn choices() -> Vec<(String, String)> {
    let people = Role::ALL.iter().filter(|role| **role != Role::Tracer);
    people
        .map(|role| (role.to_string(), role_in_words(*role).to_owned()))
        .collect()
}

/// Adds somebody: with the role at once where it needs no approval, and otherwise with a request for it.
pub(super) async fn add(visit: &Visit, request: Request) -> Answer {
    let mut fields = visit.form(request).await?;
    let mut take = |name: &str| fields.remove(name).unwrap_or_default().trim().to_owned();
    let view = PersonNewView {
        username: take("username").to_lowercase(),
        name: take("name"),
        organisation: take("organisation"),
        role: take("role"),
        reason: take("reason"),
        ..PersonNewView::default()
    };
    let (position, mut errors) = position_of(&view.role, &view.organisation, &view.reason);
    if view.name.is_empty() {
        errors.insert(0, FieldError::new("name", "Enter the person’s full name."));
    }
    let control = &visit.site.workspace.control;
    if view.username.is_empty() {
        errors.push(FieldError::new("username", "Enter a user name."));
    } else if control.account(&view.username).await?.is_some() {
        errors.push(FieldError::new(
            "username",
            "Somebody has this user name already. Choose another.",
        ));
    }
    let Some(position) = position.filter(|_| errors.is_empty()) else {
        let view = PersonNewView { errors, ..view };
        return Ok(form(visit, StatusCode::UNPROCESSABLE_ENTITY, view));
    };
    let approval = visit.site.roles.of(position.role).approval;
    let at_once: &[Position] = if approval {
        &[]
    } else {
        std::slice::from_ref(&position)
    };
    let made = control
        .create_account_without_password(&view.username, &view.name, at_once, visit.now)
        .await;
    let words = match made {
        Ok(true) => None,
        Ok(false) => Some("Somebody has this user name already. Choose another.".to_owned()),
        Err(ControlError::Form { what, wanted }) => Some(format!("Check this: {what} {wanted}.")),
        Err(fault) => return Err(fault.into()),
    };
    if let Some(words) = words {
        let errors = vec![FieldError::new("username", words)];
        let view = PersonNewView { errors, ..view };
        return Ok(form(visit, StatusCode::UNPROCESSABLE_ENTITY, view));
    }
    let what = format!(
        "account {} added{}",
        view.username,
        if approval { "" } else { " with its role" }
    );
    keep(visit, Outcome::Done, what).await?;
    if approval {
        ask(visit, &view.username, Some(position), &view.reason)
            .await?
            .ok();
    }
    let account = control
        .account(&view.username)
        .await?
        .ok_or(Fault::NotFound)?;
    Ok(Redirect::to(&format!("/people/{}", account.id)).into_response())
}

/// The position that a form names, or what is wrong with it.
fn position_of(
    role: &str,
    organisation: &str,
    reason: &str,
) -> (Option<Position>, Vec<FieldError>) {
    let mut errors = Vec::new();
    let role = Role::from_word(role).filter(|role| *role != Role::Tracer);
    if role.is_none() {
        errors.push(FieldError::new("role", "Choose a role."));
    }
    let organisation = OrganisationCode::new(&organisation.to_uppercase()).ok();
    if organisation.is_none() {
        errors.push(FieldError::new(
            "organisation",
            "Enter the code of an organisation, such as 621 or QH8.",
        ));
    }
    if reason.is_empty() || reason.chars().count() > 500 || reason.chars().any(char::is_control) {
        errors.push(FieldError::new(
            "reason",
            "Say why, in one line of at most 500 characters.",
        ));
    }
    let position = match (role, organisation) {
        (Some(role), Some(organisation)) => Some(Position { role, organisation }),
        _ => None,
    };
    (position, errors)
}

/// Asks for something that a second person decides, and keeps that in the log.
async fn ask(
    visit: &Visit,
    username: &str,
    position: Option<Position>,
    reason: &str,
) -> Result<Result<String, control::RequestRefusal>, Fault> {
    let what = position.as_ref().map_or_else(
        || format!("reset of the second factor of {username} asked for"),
        |p| format!("role {} of {} asked for {username}", p.role, p.organisation),
    );
    let new = NewRequest {
        username: username.to_owned(),
        position,
        reason: reason.to_owned(),
        asked_by: visit.session()?.username.clone(),
    };
    let asked = visit
        .site
        .workspace
        .control
        .ask_for_account(&new, visit.now)
        .await?;
    let outcome = if asked.is_ok() {
        Outcome::Done
    } else {
        Outcome::Refused
    };
    keep(visit, outcome, what).await?;
    Ok(asked)
}

/// Keeps a change of an account in the audit log.
async fn keep(visit: &Visit, outcome: Outcome, what: String) -> Result<(), Fault> {
    let actor = &visit.session()?.username;
    let mut entry = EntryBody::new(visit.now, Kind::AccountChanged, actor, outcome);
    entry.object_kind = Some(ObjectKind::Account);
    entry.reason = Some(what);
    visit.keep(entry).await
}
