//! Groups of a directory.

use super::{
    Call, Refused, Reply, attribute, body, changed, filter, invalid, listed, missing, names,
    not_so, patch, resource, tag, text, users::moment,
};
use axum::{
    extract::Request,
    http::{Method, StatusCode, header},
    response::IntoResponse,
};
use control::{DirectoryGroup, DirectoryGroupSaid};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// How many members a group has at most.
const MOST_MEMBERS: usize = 2_000;

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

/// A group as the directory sees it; without its members where the call does not want them.
fn shown(call: &Call<'_>, group: &DirectoryGroup) -> Value {
    let base = call.base();
    let mut shown = json!({
        "schemas": [SCHEMA],
        "id": group.id,
        "displayName": group.said.display_name,
        "meta": {
            "resourceType": "Group",
            "created": moment(group.created_at),
            "lastModified": moment(group.changed_at),
            "location": format!("{base}/Groups/{}", group.id),
            "version": tag(group.version),
        },
    });
    let Value::Object(fields) = &mut shown else {
        return shown;
    };
    if let Some(id) = &group.said.external_id {
        fields.insert("externalId".to_owned(), json!(id));
    }
    let without = call.visit.query("excludedAttributes").unwrap_or_default();
    if !without
        .split(',')
        .any(|name| name.trim().eq_ignore_ascii_case("members"))
    {
        let members: Vec<Value> = group
            .said
            .members
            .iter()
            .map(|id| json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "type": "User" }))
            .collect();
        fields.insert("members".to_owned(), json!(members));
    }
    shown
}

fn said(document: &Value) -> Result<DirectoryGroupSaid, Refused> {
    let display_name =
        text(document, "displayName")?.ok_or_else(|| invalid("`displayName` is missing."))?;
    Ok(DirectoryGroupSaid {
        display_name,
        external_id: text(document, "externalId")?,
        members: match attribute(document, "members") {
            Some(members) => ids(members)?,
            None => BTreeSet::new(),
        },
    })
}

/// The ids in a list of members.
pub(super) fn ids(members: &Value) -> Result<BTreeSet<String>, Refused> {
    let wrong = || invalid("`members` is a list of objects with `value`, 2,000 at most.");
    let parts = match members {
        Value::Array(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    if parts.len() > MOST_MEMBERS {
        return Err(wrong());
    }
    parts
        .iter()
        .map(|part| {
            let id = attribute(part, "value").and_then(Value::as_str);
            id.filter(|id| id.len() <= 64)
                .map(str::to_owned)
                .ok_or_else(wrong)
        })
        .collect()
}

async fn found(call: &Call<'_>, id: &str) -> Result<DirectoryGroup, Refused> {
    let control = &call.visit.site.workspace.control;
    control
        .directory_group(&call.directory, id)
        .await?
        .ok_or_else(missing)
}

async fn list(call: &Call<'_>) -> Reply {
    let control = &call.visit.site.workspace.control;
    let mut groups = control.directory_groups(&call.directory).await?;
    if let Some(asked) = call.visit.query("filter") {
        let (name, value) = filter(asked)?;
        if !["displayname", "externalid", "id"].contains(&name.as_str()) {
            let detail = "Groups are filtered by displayName, externalId or id.";
            return Err(Refused::new(
                StatusCode::BAD_REQUEST,
                Some("invalidFilter"),
                detail,
            ));
        }
        groups.retain(|group| match name.as_str() {
            "displayname" => group.said.display_name == value,
            "externalid" => group.said.external_id.as_deref() == Some(value.as_str()),
            _ => group.id == value,
        });
    }
    let all = groups.iter().map(|group| shown(call, group)).collect();
    Ok(listed(call.visit, all))
}

async fn one(call: &Call<'_>, id: &str) -> Reply {
    let group = found(call, id).await?;
    if names(&call.headers, header::IF_NONE_MATCH, group.version) == Some(true) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    Ok(resource(
        StatusCode::OK,
        &shown(call, &group),
        group.version,
    ))
}

async fn create(call: &Call<'_>, request: Request) -> Reply {
    let said = said(&body(request).await?)?;
    call.keep("group made".to_owned()).await?;
    let control = &call.visit.site.workspace.control;
    let group = control
        .create_directory_group(&call.directory, &said, call.roles, call.visit.now)
        .await??;
    Ok(resource(
        StatusCode::CREATED,
        &shown(call, &group),
        group.version,
    ))
}

fn fits(call: &Call<'_>, version: u64) -> Result<(), Refused> {
    match names(&call.headers, header::IF_MATCH, version) {
        Some(false) => Err(changed()),
        _ => Ok(()),
    }
}

async fn replace(call: &Call<'_>, id: &str, request: Request) -> Reply {
    let group = found(call, id).await?;
    fits(call, group.version)?;
    let said = said(&body(request).await?)?;
    put(call, &group, &said).await
}

async fn change(call: &Call<'_>, id: &str, request: Request) -> Reply {
    let group = found(call, id).await?;
    fits(call, group.version)?;
    let said = patch::group(&body(request).await?, &group.said)?;
    put(call, &group, &said).await
}

async fn put(call: &Call<'_>, group: &DirectoryGroup, said: &DirectoryGroupSaid) -> Reply {
    call.keep(format!(
        "group {} has {} members",
        group.id,
        said.members.len()
    ))
    .await?;
    let control = &call.visit.site.workspace.control;
    let group = control
        .replace_directory_group(
            &call.directory,
            &group.id,
            group.version,
            said,
            call.roles,
            call.visit.now,
        )
        .await??;
    Ok(resource(
        StatusCode::OK,
        &shown(call, &group),
        group.version,
    ))
}

async fn remove(call: &Call<'_>, id: &str) -> Reply {
    let group = found(call, id).await?;
    fits(call, group.version)?;
    call.keep(format!("group {id} taken away")).await?;
    let control = &call.visit.site.workspace.control;
    let gone = control
        .remove_directory_group(&call.directory, id, call.roles, call.visit.now)
        .await?;
    if gone {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(missing())
    }
}
