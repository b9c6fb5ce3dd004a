//! Users of a directory.

use super::{
    Call, Refused, Reply, attribute, body, changed, filter, invalid, listed, missing, names,
    not_so, patch, resource, tag, text, truth,
};
use crate::providers::username;
use axum::{
    extract::Request,
    http::{Method, StatusCode, header},
    response::IntoResponse,
};
use control::{DirectoryUser, DirectoryUserSaid};
use serde_json::{Value, json};

pub(super) const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

pub(super) async fn reply(
    call: &Call<'_>,
    method: &Method,
    rest: &[&str],
    request: Request,
) -> Reply {
    match (method, rest) {
        (&Method::GET, []) => list(call).await,
        (&Method::POST, []) => create(call, request).await,
        (&Method::GET, [id]) => one(call, id).await,
        (&Method::PUT, [id]) => replace(call, id, request).await,
        (&Method::PATCH, [id]) => change(call, id, request).await,
        (&Method::DELETE, [id]) => remove(call, id).await,
        (_, [] | [_]) => Err(not_so()),
        _ => Err(missing()),
    }
}

/// Somebody as the directory sees them.
fn shown(call: &Call<'_>, user: &DirectoryUser) -> Value {
    let base = call.base();
    let mut shown = json!({
        "schemas": [SCHEMA],
        "id": user.id,
        "userName": user.said.user_name,
        "displayName": user.said.display_name,
        "active": user.said.active,
        "groups": user.groups.iter().map(|(id, name)| json!({
            "value": id, "display": name, "$ref": format!("{base}/Groups/{id}"),
        })).collect::<Vec<_>>(),
        "meta": {
            "resourceType": "User",
            "created": moment(user.created_at),
            "lastModified": moment(user.changed_at),
            "location": format!("{base}/Users/{}", user.id),
            "version": tag(user.version),
        },
    });
    if let (Some(id), Value::Object(shown)) = (&user.said.external_id, &mut shown) {
        shown.insert("externalId".to_owned(), json!(id));
    }
    shown
}

pub(super) fn moment(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// What a document says of somebody. What is not kept here, such as addresses of e-mail, is left out.
fn said(document: &Value) -> Result<DirectoryUserSaid, Refused> {
    let user_name = text(document, "userName")?.ok_or_else(|| invalid("`userName` is missing."))?;
    let name = match attribute(document, "name") {
        Some(name) => {
            let part = |part: &str| text(name, part);
            let both = [part("givenName")?, part("familyName")?];
            let both: Vec<String> = both.into_iter().flatten().collect();
            part("formatted")?.or_else(|| Some(both.join(" ")).filter(|n| !n.is_empty()))
        }
        None => None,
    };
    let active = match attribute(document, "active") {
        None => true,
        Some(value) => truth(value).ok_or_else(|| invalid("`active` is true or false."))?,
    };
    Ok(DirectoryUserSaid {
        display_name: text(document, "displayName")?
            .or(name)
            .unwrap_or_else(|| user_name.clone()),
        external_id: text(document, "externalId")?,
        user_name,
        active,
    })
}

async fn found(call: &Call<'_>, id: &str) -> Result<DirectoryUser, Refused> {
    let control = &call.visit.site.workspace.control;
    control
        .directory_user(&call.directory, id)
        .await?
        .ok_or_else(missing)
}

async fn list(call: &Call<'_>) -> Reply {
    let control = &call.visit.site.workspace.control;
    let mut users = control.directory_users(&call.directory).await?;
    if let Some(asked) = call.visit.query("filter") {
        let (name, value) = filter(asked)?;
        users.retain(|user| match name.as_str() {
            "username" => user.said.user_name.eq_ignore_ascii_case(&value),
            "externalid" => user.said.external_id.as_deref() == Some(value.as_str()),
            "displayname" => user.said.display_name == value,
            "id" => user.id == value,
            "active" => user.said.active.to_string() == value,
            _ => false,
        });
        if !["username", "externalid", "displayname", "id", "active"].contains(&name.as_str()) {
            let detail = "Users are filtered by userName, externalId, displayName, id or active.";
            return Err(Refused::new(
                StatusCode::BAD_REQUEST,
                Some("invalidFilter"),
                detail,
            ));
        }
    }
    let all = users.iter().map(|user| shown(call, user)).collect();
    Ok(listed(call.visit, all))
}

async fn one(call: &Call<'_>, id: &str) -> Reply {
    let user = found(call, id).await?;
    if names(&call.headers, header::IF_NONE_MATCH, user.version) == Some(true) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    Ok(resource(StatusCode::OK, &shown(call, &user), user.version))
}

async fn create(call: &Call<'_>, request: Request) -> Reply {
    let said = said(&body(request).await?)?;
    let control = &call.visit.site.workspace.control;
    let subject = said
        .external_id
        .clone()
        .unwrap_or_else(|| said.user_name.clone());
    let mut name = username(&call.directory, Some(&said.user_name), &subject);
    // Somebody of that name who has left keeps the name in the log; who comes after gets one of their own.
    if control.account(&name).await?.is_some() {
        name = username(
            &call.directory,
            Some(&format!("{} {}", said.user_name, call.visit.now)),
            &subject,
        );
    }
    call.keep(format!("account {name} made")).await?;
    let user = control
        .create_directory_user(&call.directory, &name, &said, call.visit.now)
        .await??;
    Ok(resource(
        StatusCode::CREATED,
        &shown(call, &user),
        user.version,
    ))
}

/// Refuses a change of another version than the one that the call names.
fn fits(call: &Call<'_>, version: u64) -> Result<(), Refused> {
    match names(&call.headers, header::IF_MATCH, version) {
        Some(false) => Err(changed()),
        _ => Ok(()),
    }
}

async fn replace(call: &Call<'_>, id: &str, request: Request) -> Reply {
    let user = found(call, id).await?;
    fits(call, user.version)?;
    let said = said(&body(request).await?)?;
    put(call, &user, &said).await
}

async fn change(call: &Call<'_>, id: &str, request: Request) -> Reply {
    let user = found(call, id).await?;
    fits(call, user.version)?;
    let patch = body(request).await?;
    let said = said(&patch::user(&patch, &user.said)?)?;
    put(call, &user, &said).await
}

async fn put(call: &Call<'_>, user: &DirectoryUser, said: &DirectoryUserSaid) -> Reply {
    let what = match (user.said.active, said.active) {
        (true, false) => "ended",
        (false, true) => "let in again",
        _ => "changed",
    };
    call.keep(format!("account {} {what}", user.username))
        .await?;
    let control = &call.visit.site.workspace.control;
    let user = control
        .replace_directory_user(
            &call.directory,
            &user.id,
            user.version,
            said,
            call.visit.now,
        )
        .await??;
    Ok(resource(StatusCode::OK, &shown(call, &user), user.version))
}

async fn remove(call: &Call<'_>, id: &str) -> Reply {
    let user = found(call, id).await?;
    fits(call, user.version)?;
    call.keep(format!("account {} ended for good", user.username))
        .await?;
    let control = &call.visit.site.workspace.control;
    let gone = control
        .remove_directory_user(&call.directory, id, call.visit.now)
        .await?;
    if gone {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(missing())
    }
}

/// A document for a test of what is said.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_from_wherever_a_directory_puts_them() {
        let of = |document: Value| said(&document).unwrap().display_name;
        assert_eq!(of(json!({"userName": "a", "displayName": "A B"})), "A B");
        assert_eq!(
            of(json!({"USERNAME": "a", "name": {"formatted": "A B"}})),
            "A B"
        );
        assert_eq!(
            of(json!({"userName": "a", "name": {"givenName": "A", "familyName": "B"}})),
            "A B"
        );
        assert_eq!(
            of(json!({"userName": "a", "displayName": null, "name": {}})),
            "a"
        );
        assert!(
            !said(&json!({"userName": "a", "active": "False"}))
                .unwrap()
                .active
        );
        for wrong in [
            json!({}),
            json!({"userName": 1}),
            json!({"userName": "a\nb"}),
            json!({"userName": "x".repeat(201)}),
            json!({"userName": "a", "active": 0}),
        ] {
            assert!(said(&wrong).is_err(), "{wrong}");
        }
    }
}
