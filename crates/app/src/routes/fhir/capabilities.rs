//! What is there, as a `CapabilityStatement`: made from the list of addresses, so that it names nothing else.

use crate::{
    routes::calls::{FHIR, Interaction},
    workspace::VERSION,
};
use link::trace::fhir::{MEDIA_TYPE, PARAMETERS};
use serde_json::{Value, json};

/// The day on which what is there last changed.
const CHANGED: &str = "2026-11-22";

pub(super) fn statement(service: &str) -> Value {
    let has = |wanted: &[Interaction]| FHIR.iter().any(|a| wanted.contains(&a.interaction));
    let mut interactions = Vec::new();
    for (wanted, code) in [
        (&[Interaction::Read][..], "read"),
        (
            &[Interaction::Search, Interaction::SearchByForm],
            "search-type",
        ),
    ] {
        if has(wanted) {
            interactions.push(json!({"code": code}));
        }
    }
    let parameters: Vec<Value> = PARAMETERS
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": kind}))
        .collect();
    let mut operations = Vec::new();
    if has(&[Interaction::Match]) {
        operations.push(json!({
            "name": "match",
            "definition": "http://hl7.org/fhir/OperationDefinition/Patient-match",
        }));
    }
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": CHANGED,
        "kind": "instance",
        "software": {"name": "Haven", "version": VERSION},
        "implementation": {"description": format!("{service}: tracing against the demographic index")},
        "fhirVersion": "4.0.1",
        "format": [MEDIA_TYPE],
        "rest": [{
            "mode": "server",
            "security": {"description": "A bearer token of an operator, or of a program with the role `tracer`"},
            "resource": [{
                "type": "Patient",
                "interaction": interactions,
                "searchParam": parameters,
                "operation": operations,
            }],
        }],
    })
}
