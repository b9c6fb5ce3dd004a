//! Changes in parts (RFC 7644, section 3.5.2): operations on what a directory has said before. All are done, or none.

use super::{Refused, attribute, filter, groups, invalid, text};
use axum::http::StatusCode;
use control::{DirectoryGroupSaid, DirectoryUserSaid};
use serde_json::{Map, Value, json};

/// How many operations one call may carry.
const MOST: usize = 100;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Add,
    Replace,
    Remove,
}

struct Operation<'a> {
    what: What,
    path: Option<String>,
    value: Option<&'a Value>,
}

fn operations(asked: &Value) -> Result<Vec<Operation<'_>>, Refused> {
    let syntax =
        |detail: &str| Refused::new(StatusCode::BAD_REQUEST, Some("invalidSyntax"), detail);
    let Some(Value::Array(all)) = attribute(asked, "Operations") else {
        return Err(syntax("`Operations` is a list."));
    };
    if all.is_empty() || all.len() > MOST {
        return Err(syntax("`Operations` has 1 to 100 operations."));
    }
    all.iter()
        .map(|one| {
            let op = text(one, "op")?.unwrap_or_default().to_lowercase();
            let what = match op.as_str() {
                "add" => What::Add,
                "replace" => What::Replace,
                "remove" => What::Remove,
                _ => return Err(syntax("`op` is add, replace or remove.")),
            };
            let path = text(one, "path")?;
            if what == What::Remove && path.is_none() {
                return Err(Refused::new(
                    StatusCode::BAD_REQUEST,
                    Some("noTarget"),
                    "To remove something, name it in `path`.",
                ));
            }
            Ok(Operation {
                what,
                path,
                value: attribute(one, "value"),
            })
        })
        .collect()
}

fn no_such_path() -> Refused {
    Refused::new(
        StatusCode::BAD_REQUEST,
        Some("invalidPath"),
        "`path` names nothing that is kept here.",
    )
}

/// A name without the schema before it.
fn bare<'p>(path: &'p str, schema: &str) -> &'p str {
    let start = path.get(..schema.len());
    if start.is_some_and(|s| s.eq_ignore_ascii_case(schema)) {
        path.get(schema.len()..)
            .unwrap_or_default()
            .trim_start_matches(':')
    } else {
        path
    }
}

/// The document of somebody after a change, to be read as if it had come whole.
pub(super) fn user(asked: &Value, before: &DirectoryUserSaid) -> Result<Value, Refused> {
    let mut now = Map::new();
    now.insert("username".to_owned(), json!(before.user_name));
    now.insert("displayname".to_owned(), json!(before.display_name));
    now.insert("active".to_owned(), json!(before.active));
    if let Some(id) = &before.external_id {
        now.insert("externalid".to_owned(), json!(id));
    }
    for operation in operations(asked)? {
        match (&operation.path, operation.what, operation.value) {
            (Some(path), What::Remove, _) => {
                match bare(path, super::users::SCHEMA).to_lowercase().as_str() {
                    "externalid" => now.remove("externalid"),
                    "username" | "active" => {
                        return Err(Refused::new(
                            StatusCode::BAD_REQUEST,
                            Some("mutability"),
                            "That cannot be removed.",
                        ));
                    }
                    name if is_ignored(name) => None,
                    _ => return Err(no_such_path()),
                };
            }
            (Some(path), _, Some(value)) => set(&mut now, bare(path, super::users::SCHEMA), value)?,
            (None, _, Some(Value::Object(all))) => {
                for (path, value) in all {
                    set(&mut now, bare(path, super::users::SCHEMA), value)?;
                }
            }
            _ => {
                return Err(invalid(
                    "An operation without `path` has an object as its `value`.",
                ));
            }
        }
    }
    Ok(Value::Object(now))
}

/// Attributes that directories send and that are not kept here.
fn is_ignored(name: &str) -> bool {
    let first = name.split(['.', '[']).next().unwrap_or_default();
    [
        "emails",
        "phonenumbers",
        "addresses",
        "title",
        "department",
        "locale",
        "timezone",
        "nickname",
        "preferredlanguage",
        "usertype",
        "profileurl",
        "roles",
        "entitlements",
        "photos",
        "ims",
        "schemas",
        "x509certificates",
        "id",
        "meta",
        "groups",
    ]
    .contains(&first)
        || name.starts_with("urn:")
}

fn set(now: &mut Map<String, Value>, path: &str, value: &Value) -> Result<(), Refused> {
    let name = path.to_lowercase();
    match name.as_str() {
        "username" | "displayname" | "externalid" | "active" => {
            now.insert(name, value.clone());
        }
        "name.formatted" => {
            now.insert("displayname".to_owned(), value.clone());
        }
        "name" => {
            if let Some(formatted) = attribute(value, "formatted") {
                now.insert("displayname".to_owned(), formatted.clone());
            }
        }
        // Parts of a name: the whole is what is shown here.
        "name.givenname" | "name.familyname" | "name.middlename" => {}
        other if is_ignored(other) => {}
        _ => return Err(no_such_path()),
    }
    Ok(())
}

/// What a directory says of a group after a change.
pub(super) fn group(
    asked: &Value,
    before: &DirectoryGroupSaid,
) -> Result<DirectoryGroupSaid, Refused> {
    let mut now = before.clone();
    for operation in operations(asked)? {
        match (&operation.path, operation.value) {
            (Some(path), value) => {
                part(&mut now, operation.what, bare(path, groups::SCHEMA), value)?;
            }
            (None, Some(Value::Object(all))) => {
                for (path, value) in all {
                    part(
                        &mut now,
                        operation.what,
                        bare(path, groups::SCHEMA),
                        Some(value),
                    )?;
                }
            }
            _ => {
                return Err(invalid(
                    "An operation without `path` has an object as its `value`.",
                ));
            }
        }
    }
    Ok(now)
}

fn part(
    now: &mut DirectoryGroupSaid,
    what: What,
    path: &str,
    value: Option<&Value>,
) -> Result<(), Refused> {
    let name = path.to_lowercase();
    let word = || text(&json!({ "value": value }), "value");
    match (name.as_str(), what) {
        ("members", What::Add) => now
            .members
            .extend(groups::ids(value.ok_or_else(no_value)?)?),
        ("members", What::Replace) => now.members = groups::ids(value.ok_or_else(no_value)?)?,
        ("members", What::Remove) => match value {
            // Some directories name in `value` whom they remove.
            Some(members) => {
                let gone = groups::ids(members)?;
                now.members.retain(|id| !gone.contains(id));
            }
            None => now.members.clear(),
        },
        ("displayname", What::Add | What::Replace) => {
            now.display_name = word()?.ok_or_else(no_value)?;
        }
        ("externalid", What::Remove) => now.external_id = None,
        ("externalid", _) => now.external_id = word()?,
        ("id" | "schemas" | "meta", _) => {}
        (_, What::Remove) if name.starts_with("members[") => {
            let inner = path.get(8..).and_then(|rest| rest.strip_suffix(']'));
            let (attribute, id) = filter(inner.ok_or_else(no_such_path)?)?;
            if attribute != "value" {
                return Err(no_such_path());
            }
            now.members.remove(&id);
        }
        _ => return Err(no_such_path()),
    }
    Ok(())
}

fn no_value() -> Refused {
    invalid("`value` is missing.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before() -> DirectoryUserSaid {
        DirectoryUserSaid {
            user_name: "ana".into(),
            display_name: "Ana".into(),
            external_id: Some("1".into()),
            active: true,
        }
    }

    fn patched(operations: &Value) -> Result<Value, String> {
        user(&json!({ "Operations": operations }), &before())
            .map_err(|r| r.kind.unwrap_or("").to_owned())
    }

    #[test]
    fn the_ways_in_which_directories_end_somebody_all_do() {
        for operations in [
            json!([{"op": "replace", "path": "active", "value": false}]),
            json!([{"op": "Replace", "path": "active", "value": "False"}]),
            json!([{"op": "replace", "value": {"active": false}}]),
            json!([{"op": "Add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": "false"}]),
        ] {
            let now = patched(&operations).unwrap();
            assert_eq!(
                super::super::truth(&now["active"]),
                Some(false),
                "{operations}"
            );
            assert_eq!(now["username"], "ana");
        }
    }

    #[test]
    fn what_makes_no_sense_changes_nothing() {
        for (operations, kind) in [
            (json!([]), "invalidSyntax"),
            (json!({"op": "add"}), "invalidSyntax"),
            (
                json!([{"op": "move", "path": "active", "value": true}]),
                "invalidSyntax",
            ),
            (json!([{"op": "remove"}]), "noTarget"),
            (json!([{"op": "remove", "path": "userName"}]), "mutability"),
            (
                json!([{"op": "replace", "path": "password", "value": "x"}]),
                "invalidPath",
            ),
            (
                json!([{"op": "replace", "path": "active", "value": false}, {"op": "replace", "path": "nonsense[", "value": 1}]),
                "invalidPath",
            ),
            (json!([{"op": "replace", "value": "x"}]), "invalidValue"),
            (
                Value::Array(vec![
                    json!({"op": "replace", "path": "active", "value": true});
                    101
                ]),
                "invalidSyntax",
            ),
        ] {
            assert_eq!(patched(&operations).unwrap_err(), kind, "{operations}");
        }
    }

    #[test]
    fn members_come_and_go_in_each_of_the_ways() {
        let before = DirectoryGroupSaid {
            display_name: "g".into(),
            external_id: None,
            members: ["a", "b"].map(str::to_owned).into(),
        };
        let after = |operation: Value| {
            let now = group(&json!({ "operations": [operation] }), &before).unwrap();
            now.members.into_iter().collect::<String>()
        };
        assert_eq!(
            after(json!({"op": "add", "path": "members", "value": [{"value": "c"}]})),
            "abc"
        );
        assert_eq!(
            after(json!({"op": "add", "value": {"members": [{"value": "c"}]}})),
            "abc"
        );
        assert_eq!(
            after(json!({"op": "remove", "path": "members[value eq \"a\"]"})),
            "b"
        );
        assert_eq!(
            after(json!({"op": "remove", "path": "members", "value": [{"value": "a"}]})),
            "b"
        );
        assert_eq!(after(json!({"op": "remove", "path": "members"})), "");
        assert_eq!(
            after(json!({"op": "replace", "path": "members", "value": [{"value": "c"}]})),
            "c"
        );
        assert!(
            group(
                &json!({"Operations": [{"op": "remove", "path": "members[value sw \"a\"]"}]}),
                &before
            )
            .is_err()
        );
    }
}
