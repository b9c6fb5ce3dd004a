//! What the service says of itself: what it can do, its kinds of resource, their attributes.

use super::{LIST, groups, users};
use serde_json::{Value, json};

pub(super) fn service() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": super::MOST },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A credential of the directory, made with `haven account directory`.",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig" },
    })
}

fn list(all: &[Value]) -> Value {
    json!({
        "schemas": [LIST],
        "totalResults": all.len(),
        "startIndex": 1,
        "itemsPerPage": all.len(),
        "Resources": all,
    })
}

pub(super) fn resource_types(base: &str) -> Value {
    let kind = |name: &str, path: &str, schema: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": path,
            "schema": schema,
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
        })
    };
    list(&[
        kind("User", "/Users", users::SCHEMA),
        kind("Group", "/Groups", groups::SCHEMA),
    ])
}

pub(super) fn schemas(base: &str) -> Value {
    let attribute = |name: &str, kind: &str, required: bool, unique: &str, may: &str| {
        json!({
            "name": name,
            "type": kind,
            "multiValued": false,
            "required": required,
            "caseExact": name == "externalId",
            "mutability": may,
            "returned": "default",
            "uniqueness": unique,
        })
    };
    let members = json!({
        "name": "members",
        "type": "complex",
        "multiValued": true,
        "required": false,
        "mutability": "readWrite",
        "returned": "default",
        "subAttributes": [
            attribute("value", "string", true, "none", "immutable"),
            attribute("$ref", "reference", false, "none", "readOnly"),
        ],
    });
    let schema = |id: &str, name: &str, attributes: Vec<Value>| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": id,
            "name": name,
            "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
        })
    };
    list(&[
        schema(
            users::SCHEMA,
            "User",
            vec![
                attribute("userName", "string", true, "server", "readWrite"),
                attribute("displayName", "string", false, "none", "readWrite"),
                attribute("externalId", "string", false, "none", "readWrite"),
                attribute("active", "boolean", false, "none", "readWrite"),
            ],
        ),
        schema(
            groups::SCHEMA,
            "Group",
            vec![
                attribute("displayName", "string", true, "server", "readWrite"),
                attribute("externalId", "string", false, "none", "readWrite"),
                members,
            ],
        ),
    ])
}
