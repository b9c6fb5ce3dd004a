//! Whatever comes in, an answer goes out: a resource that is JSON, with a status that it may have.

use super::*;
use crate::trace::fhir::match_patient;
use proptest::prelude::*;
use serde_json::json as j;

/// Answers have one of these statuses and are resources of these kinds.
fn holds(answer: &FhirAnswer) -> Result<(), TestCaseError> {
    prop_assert!([200, 400, 404].contains(&answer.status));
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let kind = body["resourceType"].as_str().unwrap();
    prop_assert!(["Bundle", "OperationOutcome", "Patient"].contains(&kind));
    prop_assert!(answer.status == 200 || kind == "OperationOutcome");
    Ok(())
}

/// JSON that is anything, with the names and values of the rules among it.
fn anything() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "Patient",
        "Parameters",
        "resource",
        "count",
        "Thornby",
        "Ada",
        "1950-03-12",
        "1950",
        "female",
        "old",
        "SS0 0AA",
        "https://fhir.nhs.uk/Id/nhs-number",
        "9990000018",
        "",
        "*",
        "\u{0}",
        "é",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        let names = prop::sample::select(vec![
            "resourceType",
            "parameter",
            "name",
            "resource",
            "valueBoolean",
            "valueInteger",
            "identifier",
            "system",
            "value",
            "use",
            "family",
            "given",
            "gender",
            "birthDate",
            "address",
            "postalCode",
            "generalPractitioner",
            "deceasedDateTime",
            "deceasedBoolean",
            "modifierExtension",
            "extension",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..6).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(k, v)| (k.to_owned(), v))
                        .collect(),
                )
            }),
        ]
    })
}

fn query() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = prop::sample::select(vec![
        "family",
        "given",
        "gender",
        "birthdate",
        "death-date",
        "address-postalcode",
        "general-practitioner",
        "_fuzzy-match",
        "_exact-match",
        "_history",
        "_max-results",
        "_format",
        "zzz",
    ]);
    let values = prop::sample::select(vec![
        "thornby",
        "th*",
        "*",
        "ada",
        "ge1950",
        "le1960-01-01",
        "1950-03-12",
        "0001",
        "9999-12-31",
        "true",
        "false",
        "female",
        "ss0 0aa",
        "ss*",
        "f81144",
        "1",
        "-1",
        "99999999999999999999",
        "李*",
        "é",
        "\u{0}",
    ]);
    let value = prop_oneof![4 => values.prop_map(str::to_owned), 1 => any::<String>()];
    let pair = (names.prop_map(str::to_owned), value);
    let born = prop::sample::select(vec!["1950", "ge1900", "le9999", "1950-03-12"]);
    (prop::collection::vec(pair, 0..8), born, any::<bool>()).prop_map(|(mut all, born, usual)| {
        if usual {
            all.push(("family".to_owned(), "thorn*".to_owned()));
            all.push(("birthdate".to_owned(), born.to_owned()));
        }
        all
    })
}

#[test]
fn nothing_panics() {
    let settings = settings();
    let index = index_of(&settings, PEOPLE, HISTORY, SUPERSEDED);
    let tracing = Tracing::new(&index, &settings, today(), 7);
    let fhir = fhir_settings();
    proptest!(|(
        text: String,
        body in anything(),
        patient in anything(),
        query in query(),
        system: bool,
    )| {
        let who = if system { Caller::System } else { Caller::Clinician };
        let mut patient = patient;
        if let Some(members) = patient.as_object_mut() {
            members.insert("resourceType".to_owned(), j!("Patient"));
        }
        let wrapped = j!({"resourceType": "Parameters", "parameter": [
            {"name": "resource", "resource": &patient},
            {"name": "onlyCertainMatches", "valueBoolean": system},
        ]});
        for body in [text.clone(), body.to_string(), patient.to_string(), wrapped.to_string()] {
            holds(&match_patient(&body, &tracing, &fhir))?;
        }
        let answer = search(&query, who, &tracing, &fhir);
        holds(&answer)?;
        prop_assert!(who == Caller::Clinician || answer.people <= 1);
        holds(&read(&text, &tracing, &fhir))?;
        // The same question has the same answer.
        prop_assert_eq!(&answer, &search(&query, who, &tracing, &fhir));
    });
}
