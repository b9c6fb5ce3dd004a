//! One person (`/people/{id}`), and what an administrator does with the account. Nobody does anything with their own.

use super::{
    super::{
        Answer,
        fault::Fault,
        visit::{Fields, Visit, role_in_words},
    },
    ask, choices, in_words, keep, position_of, state,
};
use axum::{extract::Request, http::StatusCode};
use control::{Account, ControlError, Fact, Position, RequestKind, RequestState, Role};
use govern::Outcome;
use pages::{FieldError, PersonView};

pub(crate) async fn one(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let account = found(visit, &id).await?;
    shown(visit, StatusCode::OK, &account, PersonView::default()).await
}

async fn found(visit: &Visit, id: &str) -> Result<Account, Fault> {
    let control = &visit.site.workspace.control;
    control.account_by_id(id).await?.ok_or(Fault::NotFound)
}

async fn shown(visit: &Visit, status: StatusCode, account: &Account, said: PersonView) -> Answer {
    let control = &visit.site.workspace.control;
    let facts = control.person_facts(&account.username).await?;
    let requests = control.account_requests_about(&account.username).await?;
    let became = |request: &control::AccountRequest| {
        let by = request.decided_by.as_deref().unwrap_or("nobody");
        match request.state {
            RequestState::Waiting => "waits for a second person".to_owned(),
            RequestState::Approved => format!("approved by {by}"),
            RequestState::Refused => format!("refused by {by}"),
            RequestState::Withdrawn => "taken back".to_owned(),
        }
    };
    let roles = &visit.site.roles;
    let approved = Role::ALL.iter().filter(|role| roles.of(**role).approval);
    let view = PersonView {
        csrf: visit.csrf(),
        href: format!("/people/{}", account.id),
        name: account.display_name.clone(),
        username: account.username.clone(),
        state: state(visit, account).await?,
        provider: control.provider_of(&account.username).await?,
        invented: account.invented,
        created_at: account.created_at,
        second_factor: control
            .second_factor(&account.username)
            .await?
            .map(|s| s.since),
        roles: account
            .positions
            .iter()
            .map(|p| {
                let organisation = visit.site.name_of(&p.organisation);
                let value = format!("{}@{}", p.role, p.organisation);
                (value, role_in_words(p.role).to_owned(), organisation)
            })
            .collect(),
        employer: facts.employer.unwrap_or_default(),
        employed_until: facts.employed_until,
        trained_until: facts.trained_until,
        requests: requests
            .iter()
            .map(|r| {
                let what = match (&r.kind, &r.position) {
                    (RequestKind::GiveRole, Some(position)) => in_words(visit, position),
                    _ => "reset of the second factor".to_owned(),
                };
                (what, r.asked_by.clone(), r.asked_at, became(r))
            })
            .collect(),
        own: account.username == visit.session()?.username,
        choices: choices(),
        approved_roles: approved
            .map(|role| role_in_words(*role).to_lowercase())
            .collect(),
        ..said
    };
    let page = pages::person(&visit.frame(), &view);
    Ok(Visit::page_with(status, &page))
}

/// What the page says after something was done.
fn done(words: impl Into<String>) -> PersonView {
    PersonView {
        notice: Some(words.into()),
        ..PersonView::default()
    }
}

/// What the page says where something is wrong.
fn wrong(field: &str, words: impl Into<String>) -> PersonView {
    PersonView {
        errors: vec![FieldError::new(field, words)],
        ..PersonView::default()
    }
}

/// Does something with an account: the last part of the address says what.
pub(crate) async fn act(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let what = visit.part(&mut request, "what").await?;
    let fields = visit.form(request).await?;
    let account = found(visit, &id).await?;
    let username = account.username.as_str();
    if username == visit.session()?.username {
        keep(
            visit,
            Outcome::Refused,
            format!("own account not changed: {username}"),
        )
        .await?;
        let said = wrong(
            "",
            "Nobody changes their own account. Ask another administrator.",
        );
        return shown(visit, StatusCode::FORBIDDEN, &account, said).await;
    }
    let said = done_with(visit, &account, &what, &fields).await?;
    let status = if said.errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    shown(visit, status, &found(visit, &id).await?, said).await
}

async fn done_with(
    visit: &Visit,
    account: &Account,
    what: &str,
    fields: &Fields,
) -> Result<PersonView, Fault> {
    let field = |name: &str| fields.get(name).map_or("", |v| v.trim());
    let username = account.username.as_str();
    let control = &visit.site.workspace.control;
    let now = visit.now;
    Ok(match what {
        "roles" => {
            give(
                visit,
                account,
                [field("role"), field("organisation"), field("reason")],
            )
            .await?
        }
        "take" => match account
            .positions
            .iter()
            .find(|p| value_of(p) == field("role"))
        {
            Some(position) => {
                let gone = format!(
                    "role {} of {} taken from {username}",
                    position.role, position.organisation
                );
                keep(visit, Outcome::Done, gone).await?;
                control.take_position(username, position, now).await?;
                done("The role is taken away. Sessions in it have ended.")
            }
            None => wrong("", "The person does not hold this role any more."),
        },
        "facts" => {
            record(
                visit,
                username,
                [
                    field("employer"),
                    field("employed_until"),
                    field("trained_until"),
                ],
            )
            .await?
        }
        "reset" => match ask_reset(visit, username, field("why")).await? {
            None => done("The reset is asked for. A second person decides."),
            Some(words) => wrong("why", words),
        },
        "disable" => {
            keep(visit, Outcome::Done, format!("account {username} disabled")).await?;
            control.disable_account(username, now).await?;
            done("The account is disabled. Its sessions and tokens have ended.")
        }
        "enable" => {
            keep(visit, Outcome::Done, format!("account {username} enabled")).await?;
            control.enable_account(username, now).await?;
            done("The account can be used again.")
        }
        "end-sessions" => {
            keep(
                visit,
                Outcome::Done,
                format!("sessions of {username} ended"),
            )
            .await?;
            let ended = control.end_sessions_of(username).await?;
            done(pages::format::counted(
                ended,
                "session has ended.",
                "sessions have ended.",
            ))
        }
        "invite" if control.provider_of(username).await?.is_none() => {
            keep(
                visit,
                Outcome::Done,
                format!("link for a new password of {username} made"),
            )
            .await?;
            let actor = &visit.session()?.username;
            let token = control.invite(username, actor, now).await?;
            let address = visit.site.public_address();
            PersonView {
                invitation: Some(format!("{address}/sign-in/first/{}", token.reveal())),
                ..PersonView::default()
            }
        }
        _ => return Err(Fault::NotFound),
    })
}

fn value_of(position: &Position) -> String {
    format!("{}@{}", position.role, position.organisation)
}

async fn give(visit: &Visit, account: &Account, typed: [&str; 3]) -> Result<PersonView, Fault> {
    let [role, organisation, reason] = typed;
    let (position, errors) = position_of(role, organisation, reason);
    let Some(position) = position.filter(|_| errors.is_empty()) else {
        return Ok(PersonView {
            errors,
            typed: typed.map(str::to_owned),
            ..PersonView::default()
        });
    };
    let username = &account.username;
    if account.positions.contains(&position) {
        return Ok(wrong("role", "The person holds this role already."));
    }
    if visit.site.roles.of(position.role).approval {
        return Ok(match ask(visit, username, Some(position), reason).await? {
            Ok(_) => done("The role is asked for. A second person decides."),
            Err(refusal) => wrong("role", capital(&refusal.to_string())),
        });
    }
    let what = format!(
        "role {} of {} given to {username}: {reason}",
        position.role, position.organisation
    );
    keep(visit, Outcome::Done, what).await?;
    let control = &visit.site.workspace.control;
    control
        .give_position(username, &position, visit.now)
        .await?;
    Ok(done("The role is given."))
}

/// Asks for a reset of a second factor. What is wrong, if anything.
async fn ask_reset(visit: &Visit, username: &str, why: &str) -> Result<Option<String>, Fault> {
    if why.is_empty() || why.chars().count() > 500 || why.chars().any(char::is_control) {
        return Ok(Some(
            "Say why, in one line of at most 500 characters.".to_owned(),
        ));
    }
    let asked = ask(visit, username, None, why).await?;
    Ok(asked.err().map(|refusal| capital(&refusal.to_string())))
}

async fn record(visit: &Visit, username: &str, typed: [&str; 3]) -> Result<PersonView, Fault> {
    let control = &visit.site.workspace.control;
    let by = visit.session()?.username.clone();
    let before = control.person_facts(username).await?;
    let day = |day: Option<model::Date>| day.map(|d| d.to_string()).unwrap_or_default();
    let known = [
        (
            Fact::Employer,
            "employer",
            before.employer.unwrap_or_default(),
        ),
        (
            Fact::EmployedUntil,
            "employed_until",
            day(before.employed_until),
        ),
        (
            Fact::TrainedUntil,
            "trained_until",
            day(before.trained_until),
        ),
    ];
    for ((fact, field, before), value) in known.into_iter().zip(typed) {
        if before == value {
            continue;
        }
        match control
            .record_fact(username, fact, value, &by, visit.now)
            .await
        {
            Ok(()) => {
                keep(
                    visit,
                    Outcome::Done,
                    format!("{field} of {username} put on record"),
                )
                .await?;
            }
            Err(ControlError::Form { .. }) => {
                return Ok(wrong(
                    field,
                    "Write a day as 2027-03-31, and an employer in at most 200 characters.",
                ));
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(done("It is on record."))
}

/// A message of the program as a sentence.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
