//! Choosing the role and the organisation to act in (`/role`).

use super::{
    Answer,
    sign_in::signed_in_at,
    visit::{Visit, role_in_words},
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::Position;
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use pages::{FieldError, RoleChoice, RoleView};

pub(super) fn page(visit: &Visit) -> Answer {
    if visit.session()?.positions.len() < 2 {
        return Ok(Redirect::to("/").into_response());
    }
    form(visit, StatusCode::OK, Vec::new())
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let session = visit.session()?;
    let asked = fields.get("role").map_or("", String::as_str);
    let Some(position) = session.positions.iter().find(|p| value_of(p) == asked) else {
        let errors = vec![FieldError::new(
            "role",
            "Choose the role you want to work in.",
        )];
        return form(visit, StatusCode::UNPROCESSABLE_ENTITY, errors);
    };
    let token = visit.token.as_deref().unwrap_or_default();
    let Some(changed) = visit
        .site
        .workspace
        .control
        .change_position(token, position, visit.now)
        .await?
    else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let mut entry = EntryBody::new(visit.now, Kind::SignedIn, &session.username, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Account);
    entry.reason = Some(format!("as {} of {}", position.role, position.organisation));
    visit.keep(entry).await?;
    Ok(signed_in_at(visit, &changed, "/"))
}

fn form(visit: &Visit, status: StatusCode, errors: Vec<FieldError>) -> Answer {
    let session = visit.session()?;
    let view = RoleView {
        csrf: visit.csrf(),
        roles: session
            .positions
            .iter()
            .map(|p| RoleChoice {
                value: value_of(p),
                role: role_in_words(p.role).to_owned(),
                organisation: visit.site.name_of(&p.organisation),
                current: *p == session.position,
            })
            .collect(),
        errors,
    };
    Ok(Visit::page_with(
        status,
        &pages::choose_role(&visit.frame(), &view),
    ))
}

fn value_of(position: &Position) -> String {
    format!("{}@{}", position.role, position.organisation)
}
