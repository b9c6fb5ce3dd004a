//! `Patient/$match`: who comes back, with which score, grade and step, and what is said about a request that is none.

use super::*;
use crate::trace::fhir::match_patient;
use serde_json::json as j;

const NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

fn ask(body: &Value) -> FhirAnswer {
    asked(|tracing, settings| match_patient(&numbered(&body.to_string()), tracing, settings))
}

fn parameters(patient: Value, certain: Option<bool>, count: Option<u64>) -> Value {
    let mut patient = patient;
    patient["resourceType"] = "Patient".into();
    let mut all = vec![j!({"name": "resource", "resource": patient})];
    all.extend(certain.map(|c| j!({"name": "onlyCertainMatches", "valueBoolean": c})));
    all.extend(count.map(|c| j!({"name": "count", "valueInteger": c})));
    j!({"resourceType": "Parameters", "parameter": all})
}

/// Number, score, grade and step of each candidate.
fn graded(answer: &FhirAnswer) -> Vec<(String, f64, String, String)> {
    let bundle = json(answer);
    let extension = |entry: &Value, at: usize, url: &str| {
        let extension = &entry["search"]["extension"][at];
        assert_eq!(extension["url"], url);
        extension["valueCode"].as_str().unwrap().to_owned()
    };
    let results = results(answer).into_iter().zip(0..);
    results
        .map(|((id, score), at)| {
            let entry = &bundle["entry"][at];
            let grade = "http://hl7.org/fhir/StructureDefinition/match-grade";
            let grade = extension(entry, 0, grade);
            (
                id,
                score,
                grade,
                extension(entry, 1, "urn:haven:trace-step"),
            )
        })
        .collect()
}

fn check(patient: &Value, certain: Option<bool>, expected: &[(usize, f64, &str, &str)]) {
    let answer = ask(&parameters(patient.clone(), certain, None));
    let expected: Vec<_> = expected
        .iter()
        .map(|(place, score, grade, step)| {
            (n(*place), *score, (*grade).to_owned(), (*step).to_owned())
        })
        .collect();
    assert_eq!(graded(&answer), expected, "{patient}");
    assert_eq!(answer.status, 200);
}

fn ada() -> Value {
    j!({"name": [{"family": "Thornby", "given": ["Ada"]}], "gender": "female", "birthDate": "1950-03-12"})
}

#[test]
fn number_and_date_are_certain_and_step_1a() {
    let patient =
        j!({"identifier": [{"system": NUMBER, "value": "#0"}], "birthDate": "1950-03-12"});
    check(&patient, None, &[(0, 1.0, "certain", "1a")]);
    check(&patient, Some(false), &[(0, 1.0, "certain", "1a")]);
    // A month alone is two parts of the date; with the names it is enough.
    let patient = j!({
        "identifier": [{"system": NUMBER, "value": "#0"}],
        "birthDate": "1950-03",
        "name": [{"family": "Thornby", "given": ["Ada"]}],
    });
    check(&patient, None, &[(0, 1.0, "certain", "1b")]);
}

#[test]
fn a_replaced_number_is_followed() {
    let patient =
        j!({"identifier": [{"system": NUMBER, "value": "#10"}], "birthDate": "1940-02-03"});
    check(&patient, None, &[(6, 1.0, "certain", "1b")]);
}

#[test]
fn exact_details_are_certain_and_step_3() {
    check(&ada(), None, &[(0, 1.0, "certain", "3")]);
    let mut patient = ada();
    patient["name"][0]["given"] = j!(["Ada", "Mary", "Jane"]);
    patient["address"] =
        j!([{"use": "old", "postalCode": "LN9 9ZZ"}, {"use": "home", "postalCode": "ss0 0aa"}]);
    patient["generalPractitioner"] = j!([{"identifier": {
        "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "f81144",
    }}]);
    check(&patient, None, &[(0, 1.0, "certain", "3")]);
}

#[test]
fn a_number_of_somebody_else_makes_exact_details_no_more_than_probable() {
    let mut patient = ada();
    patient["identifier"] = j!([{"system": NUMBER, "value": "#6"}]);
    check(&patient, None, &[]);
    check(&patient, Some(false), &[(0, 1.0, "probable", "3")]);
}

#[test]
fn a_candidate_by_scores_is_probable_from_80_points() {
    // Family name, sex, date and postcode are equal, the given name is not: 80 of 100.
    let patient = j!({
        "name": [{"family": "Thornby", "given": ["Zoe"]}], "gender": "female",
        "birthDate": "1950-03-12", "address": [{"postalCode": "SS0 0AA"}],
    });
    check(&patient, Some(false), &[(0, 0.8, "probable", "4")]);
    check(&patient, None, &[]);
    // Without the postcode 60.
    let patient = j!({
        "name": [{"family": "Thornby", "given": ["Zoe"]}], "gender": "female", "birthDate": "1950-03-12",
    });
    check(&patient, Some(false), &[(0, 0.6, "possible", "4")]);
}

fn twins() -> Value {
    j!({
        "name": [{"family": "Winters", "given": ["E"]}], "gender": "female",
        "birthDate": "1990-06-15", "address": [{"postalCode": "SS4 4AA"}],
    })
}

#[test]
fn twins_are_both_possible_and_certain_is_neither() {
    // Four fields are equal, the initial fits with 60: 92.
    check(
        &twins(),
        Some(false),
        &[(4, 0.92, "possible", "4"), (5, 0.92, "possible", "4")],
    );
    let answer = ask(&parameters(twins(), None, None));
    assert_eq!((answer.status, results(&answer).len()), (200, 0));
    let bundle = json(&answer);
    assert_eq!(bundle["total"], 0);
    assert_eq!(bundle["entry"][0]["search"]["mode"], "outcome");
    let issue = &bundle["entry"][0]["resource"]["issue"][0];
    assert_eq!(issue["details"]["coding"][0]["code"], "TOO_MANY_MATCHES");
    assert_eq!(issue["code"], "multiple-matches");
}

#[test]
fn the_twin_of_a_certain_one_is_certainly_not_the_one() {
    let mut patient = twins();
    patient["name"][0]["given"] = j!(["Ella"]);
    // Of Evie family name, sex, date and postcode are equal: 80, and the given names are not alike.
    check(
        &patient,
        Some(false),
        &[(4, 1.0, "certain", "3"), (5, 0.8, "certainly-not", "4")],
    );
    check(&patient, Some(true), &[(4, 1.0, "certain", "3")]);
}

#[test]
fn a_sensitive_person_is_found_alike_whatever_is_guessed_of_where_they_are() {
    let with = |given: &str, sent: Value| {
        let mut patient = j!({
            "name": [{"family": "Oakley", "given": [given]}], "gender": "male", "birthDate": "1961-07-04",
        });
        for (name, value) in sent.as_object().unwrap() {
            patient[name] = value.clone();
        }
        patient
    };
    let practice = |code: &str| {
        j!({"generalPractitioner": [{"identifier": {
            "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": code,
        }}]})
    };
    for sent in [
        j!({}),
        j!({"address": [{"postalCode": "SS1 1AA"}]}),
        j!({"address": [{"postalCode": "SS1 1AB"}]}),
        j!({"address": [{"postalCode": "LN9 9ZZ"}]}),
        practice("F81144"),
        practice("F81001"),
        j!({"deceasedDateTime": "2020-05-05"}),
        j!({"deceasedDateTime": "2020-05-06T10:00:00Z"}),
    ] {
        check(
            &with("Bertram", sent.clone()),
            None,
            &[(1, 1.0, "certain", "3")],
        );
        // Family name, sex and date: 60, and nobody is close.
        let patient = with("Zoe", sent);
        check(&patient, Some(false), &[(1, 0.6, "possible", "4")]);
    }
    // By number, a date that agrees in part and the outward part of the postcode: step 1b, but for the postcode.
    for postcode in ["SS1 9ZZ", "LN9 9ZZ"] {
        let patient = j!({
            "identifier": [{"system": NUMBER, "value": "#1"}], "birthDate": "1961-07",
            "address": [{"postalCode": postcode}],
        });
        check(&patient, Some(false), &[]);
    }
    // Of everybody else the same counts.
    let patient = j!({
        "identifier": [{"system": NUMBER, "value": "#0"}], "birthDate": "1950-03",
        "address": [{"postalCode": "SS0 9ZZ"}],
    });
    check(&patient, None, &[(0, 1.0, "certain", "1b")]);
}

#[test]
fn count_limits_what_comes_back_and_not_the_total() {
    let answer = ask(&parameters(twins(), Some(false), Some(1)));
    assert_eq!(results(&answer), [(n(4), 0.92)]);
    assert_eq!(json(&answer)["total"], 2);
}

#[test]
fn an_invalidated_number_finds_nobody() {
    let mut patient = ada();
    patient["identifier"] = j!([{"system": NUMBER, "value": "#3"}]);
    let answer = ask(&parameters(patient, Some(false), None));
    assert_eq!(results(&answer), []);
    assert_eq!(answer.outcome, Some(FhirOutcome::InvalidatedResource));
}

#[test]
fn nobody_is_an_empty_bundle() {
    let patient = j!({
        "name": [{"family": "Nobody", "given": ["Noone"]}], "gender": "male", "birthDate": "1999-09-09",
    });
    let answer = ask(&parameters(patient, None, None));
    assert_eq!(
        json(&answer),
        j!({"resourceType": "Bundle", "type": "searchset", "total": 0})
    );
}

#[test]
fn a_patient_alone_is_a_request_too() {
    let mut patient = ada();
    patient["resourceType"] = "Patient".into();
    assert_eq!(results(&ask(&patient)), [(n(0), 1.0)]);
}

#[test]
fn of_several_names_and_numbers_the_use_decides() {
    let mut patient = ada();
    patient["name"] = j!([
        {"use": "old", "family": "Wrong", "given": ["Wrong"]},
        {"use": "usual", "family": "Thornby", "given": ["Ada"]},
    ]);
    patient["identifier"] = j!([
        {"use": "old", "system": NUMBER, "value": "#6"},
        {"use": "official", "system": NUMBER, "value": "#0"},
        {"system": "https://example.org/local", "value": "12"},
    ]);
    check(&patient, None, &[(0, 1.0, "certain", "1a")]);
}

const SECRET: &str = "Zzyzx";

/// Refused, with the place and without a value.
fn check_refused(body: &Value, place: &str) {
    let answer = ask(body);
    let invalid = (400, "INVALID_SEARCH_DATA".to_owned());
    assert_eq!(outcome(&answer), invalid, "{body}");
    assert_eq!(
        json(&answer)["issue"][0]["expression"],
        j!([place]),
        "{body}"
    );
    assert!(!answer.body.contains(SECRET), "{}", answer.body);
}

#[test]
fn a_request_that_cannot_be_used_is_answered_with_its_place() {
    let with = |parameter: Value| j!({"resourceType": "Parameters", "parameter": parameter});
    let no_patient = j!([{"name": "resource", "resource": {"resourceType": SECRET}}]);
    for (body, place) in [
        (j!(null), "Parameters.resourceType"),
        (j!([SECRET]), "Parameters.resourceType"),
        (j!({"resourceType": SECRET}), "Parameters.resourceType"),
        (j!({"resourceType": "Parameters"}), "Parameters"),
        (with(j!(SECRET)), "Parameters.parameter"),
        (with(j!([SECRET])), "Parameters.parameter[0]"),
        (with(j!([{"name": SECRET}])), "Parameters.parameter[0].name"),
        (with(j!([{"name": "resource"}])), "Parameters.parameter[0]"),
        (with(no_patient), "Parameters.parameter[0].resource"),
        (
            parameters(ada(), None, Some(0)),
            "Parameters.parameter[1].valueInteger",
        ),
        (
            parameters(ada(), None, Some(51)),
            "Parameters.parameter[1].valueInteger",
        ),
        // Too little to look anybody up by.
        (
            parameters(j!({}), None, None),
            "Parameters.parameter[0].resource",
        ),
        (
            parameters(
                j!({"birthDate": "1950-03-12", "gender": "female"}),
                None,
                None,
            ),
            "Parameters.parameter[0].resource",
        ),
    ] {
        check_refused(&body, place);
    }
}

#[test]
fn a_detail_that_cannot_be_used_is_answered_with_its_place() {
    let numbers = |all: Value| j!([{"system": NUMBER, "value": "#0"}, all]);
    for (name, value, below) in [
        ("birthDate", j!("1950-02-30"), ".birthDate"),
        ("birthDate", j!("19500312"), ".birthDate"),
        ("birthDate", j!(null), ".birthDate"),
        ("birthDate", j!(1950), ".birthDate"),
        // A date that stands for nothing ends the trace.
        ("birthDate", j!("1800-01-01"), ""),
        ("gender", j!(SECRET), ".gender"),
        ("name", j!({"family": SECRET}), ".name"),
        ("name", j!([{"family": [SECRET]}]), ".name[0].family"),
        ("name", j!([{"given": [SECRET, 2]}]), ".name[0].given[1]"),
        (
            "name",
            j!([{"family": SECRET.repeat(60)}]),
            ".name[0].family",
        ),
        ("name", j!([{"use": SECRET}]), ".name[0].use"),
        ("identifier", j!([{"system": NUMBER}]), ".identifier[0]"),
        (
            "identifier",
            numbers(j!({"system": NUMBER, "value": "#1"})),
            ".identifier[1].value",
        ),
        ("deceasedDateTime", j!(SECRET), ".deceasedDateTime"),
        ("deceasedBoolean", j!(SECRET), ".deceasedBoolean"),
        (
            "modifierExtension",
            j!([{"url": SECRET}]),
            ".modifierExtension[0]",
        ),
    ] {
        let mut patient = ada();
        patient[name] = value;
        let place = format!("Parameters.parameter[0].resource{below}");
        check_refused(&parameters(patient, None, None), &place);
    }
}

#[test]
fn what_stands_there_twice_is_refused() {
    for (flag, at) in [
        ("valueBoolean", "onlyCertainMatches"),
        ("valueInteger", "count"),
    ] {
        let mut body = parameters(ada(), None, None);
        let value = if at == "count" { j!(3) } else { j!(true) };
        let all = body["parameter"].as_array_mut().unwrap();
        all.push(j!({"name": at, flag: value}));
        all.push(j!({"name": at, flag: value}));
        let answer = ask(&body);
        let place = j!(["Parameters.parameter[2].name"]);
        assert_eq!(json(&answer)["issue"][0]["expression"], place);
    }
}

#[test]
fn a_body_that_is_no_json_or_too_large_is_refused() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let large = format!("\"{}\"", "x".repeat(100_000));
    for body in [
        "",
        "{",
        "{\"resourceType\": \"Zzyzx",
        "\u{feff}{}",
        &deep,
        &large,
    ] {
        let answer = asked(|tracing, settings| match_patient(body, tracing, settings));
        assert_eq!(outcome(&answer), (400, "INVALID_SEARCH_DATA".to_owned()));
        assert!(!answer.body.contains("Zzyzx"));
    }
}
