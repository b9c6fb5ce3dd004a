//! Tracing over FHIR: each rule with a request that meets it and one that just does not, and whatever may come in.

mod hostile;
mod matching;
mod searching;

use super::*;
use crate::trace::fhir::{
    Caller, FhirAnswer, FhirOutcome, FhirSettings, FhirSettingsError, denied, read, search,
};
use model::Content;
use serde_json::Value;
use std::path::Path;

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage/fhir.toml");
    std::fs::read_to_string(path).unwrap()
}

fn read_settings(text: String) -> Result<FhirSettings, FhirSettingsError> {
    let file = ("linkage/fhir.toml".to_owned(), text.into_bytes());
    FhirSettings::read(&Content::from_files([file]))
}

fn fhir_settings() -> FhirSettings {
    read_settings(text()).unwrap()
}

const PEOPLE: &str = "\
#0,ADA,MARY JANE,THORNBY,2,1950-03-12,SS0 0AA,F81144,,N,
#1,BERTRAM,,OAKLEY,1,1961-07-04,SS1 1AA,F81144,2020-05-05,S,
#2,CLARA,,QUILL,2,1972-11-30,SS2 2AA,F81001,2020-05-05,,
#3,DORIS,,VANE,2,1983-01-20,SS3 3AA,F81002,,,cancelled
#4,ELLA,,WINTERS,2,1990-06-15,SS4 4AA,F81003,,,
#5,EVIE,,WINTERS,2,1990-06-15,SS4 4AA,F81003,,,
#6,FRANK,,YARROW,1,1940-02-03,SS5 5AA,F81004,,,
#7,GEORGE,,THORNE,1,1950-08-01,SS0 0AB,F81144,,,
#8,IRIS,,OAKES,9,1950,SS6 6AA,F81144,,,
";
const HISTORY: &str = "\
#2,family_name,ASHDOWN,1990-01-01,2000-01-01
#2,postcode,LN1 1AA,,
";
const SUPERSEDED: &str = "#10,#11\n#11,#6\n#12,#13\n#13,#12\n#14,#3\n#15,#16\n";

/// Asks with an index of everybody above.
fn asked<T>(ask: impl FnOnce(&Tracing<'_>, &FhirSettings) -> T) -> T {
    let settings = settings();
    let index = index_of(&settings, PEOPLE, HISTORY, SUPERSEDED);
    ask(
        &Tracing::new(&index, &settings, today(), 7),
        &fhir_settings(),
    )
}

fn json(answer: &FhirAnswer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

/// Ids and scores of the results, in their order.
fn results(answer: &FhirAnswer) -> Vec<(String, f64)> {
    let bundle = json(answer);
    assert_eq!(bundle["resourceType"], "Bundle", "{bundle}");
    assert_eq!(bundle["type"], "searchset");
    let none = Vec::new();
    let entries = bundle["entry"].as_array().unwrap_or(&none);
    let people = entries.iter().filter(|e| e["search"]["mode"] == "match");
    let people: Vec<_> = people
        .map(|e| {
            let id = e["resource"]["id"].as_str().unwrap().to_owned();
            (id, e["search"]["score"].as_f64().unwrap())
        })
        .collect();
    assert_eq!(answer.people, people.len());
    people
}

/// The code of an answer that is an outcome.
fn outcome(answer: &FhirAnswer) -> (u16, String) {
    let resource = json(answer);
    assert_eq!(resource["resourceType"], "OperationOutcome", "{resource}");
    let code = resource["issue"][0]["details"]["coding"][0]["code"]
        .as_str()
        .unwrap();
    assert_eq!(answer.outcome.map(FhirOutcome::code), Some(code));
    assert_eq!(answer.people, 0);
    (answer.status, code.to_owned())
}

#[test]
fn settings_are_read_and_senseless_ones_refused_by_name() {
    fhir_settings();
    for (from, to, says) in [
        ("only_certain", "only_certian", "only_certian"),
        ("count = 10", "count = 51", "match.count"),
        ("probable = 80", "probable = 101", "match.probable"),
        ("results = 50", "results = 0", "search.results"),
        (
            "characters_before_wildcard = 2",
            "characters_before_wildcard = 0",
            "characters_before",
        ),
        ("wildcard = 90", "wildcard = 100", "search.scores"),
        ("status = 403", "status = 302", "outcomes.status"),
        ("male = \"1\"", "male = \"2\"", "gender"),
        (
            "[outcomes.ACCESS_DENIED]",
            "[outcomes.DENIED]",
            "ACCESS_DENIED",
        ),
    ] {
        assert!(text().contains(from), "{from}");
        let message = read_settings(text().replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        assert!(message.contains(says), "{message}");
        assert!(message.contains("content/linkage/fhir.toml"), "{message}");
    }
}

#[test]
fn a_patient_is_read_with_all_that_is_held_now() {
    let answer = asked(|tracing, settings| read(&n(2), tracing, settings));
    let number = n(2);
    let expected = serde_json::json!({
        "resourceType": "Patient",
        "id": number,
        "meta": {"security": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
            "code": "U",
            "display": "unrestricted",
        }]},
        "identifier": [{
            "extension": [{
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                "valueCodeableConcept": {"coding": [{
                    "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland",
                    "code": "01",
                    "display": "Number present and verified",
                }]},
            }],
            "system": "https://fhir.nhs.uk/Id/nhs-number",
            "value": number,
        }],
        "name": [{"use": "usual", "family": "QUILL", "given": ["CLARA"]}],
        "gender": "female",
        "birthDate": "1972-11-30",
        "deceasedDateTime": "2020-05-05",
        "address": [{"use": "home", "postalCode": "SS2 2AA"}],
        "generalPractitioner": [{"type": "Organization", "identifier": {
            "system": "https://fhir.nhs.uk/Id/ods-organization-code",
            "value": "F81001",
        }}],
    });
    assert_eq!((answer.status, answer.people), (200, 1));
    assert_eq!(json(&answer), expected);
}

#[test]
fn of_a_sensitive_person_nothing_tells_where_they_are() {
    let answer = asked(|tracing, settings| read(&n(1), tracing, settings));
    let patient = json(&answer);
    let members: Vec<&str> = patient
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = [
        "resourceType",
        "id",
        "meta",
        "identifier",
        "name",
        "gender",
        "birthDate",
    ];
    expected.sort_unstable();
    let mut members = members;
    members.sort_unstable();
    assert_eq!(members, expected);
    assert_eq!(patient["meta"]["security"][0]["code"], "R");
}

#[test]
fn a_replaced_number_leads_on_and_an_invalidated_one_is_refused() {
    for (id, status, expected) in [
        (n(0), 200, n(0)),
        (n(10), 200, n(6)),
        (n(11), 200, n(6)),
        (n(3), 404, "INVALIDATED_RESOURCE".to_owned()),
        (n(14), 404, "INVALIDATED_RESOURCE".to_owned()),
        (n(12), 404, "RESOURCE_NOT_FOUND".to_owned()),
        (n(15), 404, "RESOURCE_NOT_FOUND".to_owned()),
        (n(20), 404, "RESOURCE_NOT_FOUND".to_owned()),
        (
            "9434765918".to_owned(),
            400,
            "INVALID_RESOURCE_ID".to_owned(),
        ),
        (
            "9999999999".to_owned(),
            400,
            "INVALID_RESOURCE_ID".to_owned(),
        ),
        (format!(" {}", n(0)), 400, "INVALID_RESOURCE_ID".to_owned()),
        (String::new(), 400, "INVALID_RESOURCE_ID".to_owned()),
        (
            "../../etc".to_owned(),
            400,
            "INVALID_RESOURCE_ID".to_owned(),
        ),
    ] {
        let answer = asked(|tracing, settings| read(&id, tracing, settings));
        assert_eq!(answer.status, status, "{id}");
        if status == 200 {
            assert_eq!(json(&answer)["id"], expected, "{id}");
        } else {
            assert_eq!(outcome(&answer), (status, expected), "{id}");
        }
    }
}

#[test]
fn whoever_may_not_ask_is_told_so() {
    let answer = denied(&fhir_settings());
    assert_eq!(outcome(&answer), (403, "ACCESS_DENIED".to_owned()));
    assert_eq!(json(&answer)["issue"][0]["code"], "forbidden");
}
