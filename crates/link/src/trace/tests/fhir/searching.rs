//! Patient search: what must stand together, who comes back, and how many at most.

use super::*;

fn ask_as(who: Caller, query: &str) -> FhirAnswer {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    asked(|tracing, settings| search(&pairs, who, tracing, settings))
}

fn ask(query: &str) -> FhirAnswer {
    ask_as(Caller::Clinician, query)
}

fn check(query: &str, expected: &[(usize, f64)]) {
    let answer = ask(query);
    let expected: Vec<_> = expected
        .iter()
        .map(|(place, score)| (n(*place), *score))
        .collect();
    assert_eq!(results(&answer), expected, "{query}");
    assert_eq!(json(&answer)["total"], expected.len());
}

fn refused(query: &str, place: Option<&str>) {
    let answer = ask(query);
    assert_eq!(
        outcome(&answer),
        (400, "INVALID_SEARCH_DATA".to_owned()),
        "{query}"
    );
    let place = place.map_or(Value::Null, |name| {
        serde_json::json!([format!("http.{name}")])
    });
    assert_eq!(json(&answer)["issue"][0]["location"], place, "{query}");
}

#[test]
fn a_plain_search_goes_by_family_name_and_birth_date() {
    check("family=thornby&birthdate=eq1950-03-12", &[(0, 1.0)]);
    check(
        "family=thornby&birthdate=1950-03-12&_format=json",
        &[(0, 1.0)],
    );
    check("family=thornby&birthdate=1950-03-13", &[]);
    check("family=thornbie&birthdate=1950-03-12", &[]);
    check("family=thornby&birthdate=1950-03-12&given=ada", &[(0, 1.0)]);
    check(
        "family=thornby&birthdate=1950-03-12&given=ada&given=jane",
        &[(0, 1.0)],
    );
    check("family=thornby&birthdate=1950-03-12&given=jane", &[]);
    check(
        "family=thornby&birthdate=1950-03-12&given=ada&given=zoe",
        &[],
    );
    check(
        "family=thornby&birthdate=1950-03-12&gender=female",
        &[(0, 1.0)],
    );
    check("family=thornby&birthdate=1950-03-12&gender=male", &[]);
    check(
        "family=thornby&birthdate=1950-03-12&address-postalcode=ss00aa",
        &[(0, 1.0)],
    );
    check(
        "family=thornby&birthdate=1950-03-12&address-postcode=ss0 0aa",
        &[(0, 1.0)],
    );
    check(
        "family=thornby&birthdate=1950-03-12&address-postalcode=ss1 1aa",
        &[],
    );
    check(
        "family=thornby&birthdate=1950-03-12&general-practitioner=f81144",
        &[(0, 1.0)],
    );
    check(
        "family=thornby&birthdate=1950-03-12&general-practitioner=f8114",
        &[],
    );
    check(
        "family=quill&birthdate=1972-11-30&death-date=ge2020-01-01",
        &[(2, 1.0)],
    );
    check(
        "family=quill&birthdate=1972-11-30&death-date=le2020-01-01",
        &[],
    );
    check(
        "family=thornby&birthdate=1950-03-12&death-date=ge1950-01-01",
        &[],
    );
    // Cancelled and replaced numbers are not found by details.
    check("family=vane&birthdate=1983-01-20", &[]);
}

#[test]
fn birth_dates_may_be_spans() {
    check(
        "family=yarrow&birthdate=ge1940-02-03&birthdate=le1940-02-03",
        &[(6, 1.0)],
    );
    check("family=yarrow&birthdate=ge1930-01-01", &[(6, 1.0)]);
    check("family=yarrow&birthdate=le1940-02-02", &[]);
    check("family=yarrow&birthdate=le1940-02-03", &[(6, 1.0)]);
    check("family=yarrow&birthdate=1940-02", &[(6, 1.0)]);
    check("family=yarrow&birthdate=1940", &[(6, 1.0)]);
    // Of Iris Oakes only the year is known: she is in the year, and in no month of it.
    check("family=oakes&birthdate=1950", &[(8, 1.0)]);
    check(
        "family=oakes&birthdate=ge1950-01-01&birthdate=le1950-12-31",
        &[(8, 1.0)],
    );
    check("family=oakes&birthdate=ge1950-02-01", &[]);
    for birth in [
        "ge1940&birthdate=ge1941",
        "ge1941&birthdate=le1940",
        "1940-02-30",
        "x",
        "1940&birthdate=1940&birthdate=1940",
    ] {
        refused(
            &format!("family=yarrow&birthdate={birth}"),
            Some("birthdate"),
        );
    }
}

#[test]
fn wildcards_stand_in_names_and_postcode_after_two_characters() {
    // Points: family name by wildcard 90, and the date 100: .95. Both are Thorn..., born in 1950.
    check("family=thorn*&birthdate=1950", &[(0, 0.95), (7, 0.95)]);
    // 100, 100 and 90: a mean of 96.67.
    check(
        "family=thornby&birthdate=1950-03-12&given=ad*",
        &[(0, 0.9667)],
    );
    check(
        "family=thornby&birthdate=1950-03-12&address-postalcode=ss*",
        &[(0, 0.9667)],
    );
    check(
        "family=thornby&birthdate=1950-03-12&address-postalcode=ss1*",
        &[],
    );
    check("family=th*by&birthdate=1950-03-12", &[(0, 0.95)]);
    for (name, query) in [
        ("family", "family=t*&birthdate=1950"),
        ("family", "family=*&birthdate=1950"),
        ("given", "family=thornby&birthdate=1950&given=a*"),
        (
            "address-postalcode",
            "family=thornby&birthdate=1950&address-postalcode=s*",
        ),
        (
            "address-postalcode",
            "family=thornby&birthdate=1950&address-postalcode=nowhere",
        ),
    ] {
        refused(query, Some(name));
    }
}

#[test]
fn history_makes_a_match_and_the_result_is_current() {
    check("family=ashdown&birthdate=1972-11-30", &[]);
    let query = "family=ashdown&birthdate=1972-11-30&_history=true";
    // 90 for the former name, 100 for the date.
    check(query, &[(2, 0.95)]);
    let answer = ask(query);
    let patient = &json(&answer)["entry"][0]["resource"];
    assert_eq!(patient["name"][0]["family"], "QUILL");
    assert_eq!(patient["address"][0]["postalCode"], "SS2 2AA");
    assert!(!answer.body.contains("ASHDOWN") && !answer.body.contains("LN1"));
    check(
        "family=quill&birthdate=1972-11-30&address-postalcode=ln1 1aa",
        &[],
    );
    check(
        "family=quill&birthdate=1972-11-30&address-postalcode=ln1 1aa&_history=true",
        &[(2, 0.9667)],
    );
}

#[test]
fn an_exact_match_is_score_1_alone() {
    check("family=thorn*&birthdate=1950&_exact-match=true", &[]);
    check(
        "family=thornby&birthdate=1950&_exact-match=true",
        &[(0, 1.0)],
    );
    check(
        "family=ashdown&birthdate=1972-11-30&_history=true&_exact-match=true",
        &[],
    );
}

#[test]
fn a_fuzzy_search_hears_names() {
    // Thornby is T651, as is Thornbie; 80, and 100 for given name and date.
    check(
        "_fuzzy-match=true&family=thornbie&given=ada&birthdate=1950-03-12",
        &[(0, 0.9333)],
    );
    check(
        "_fuzzy-match=true&family=thornbie&given=zoe&birthdate=1950-03-12",
        &[],
    );
    // In each other's place: 70 each, and the date.
    check(
        "_fuzzy-match=true&family=ada&given=thornby&birthdate=1950-03-12",
        &[(0, 0.8)],
    );
    // History is always on: 90, 100, 100.
    check(
        "_fuzzy-match=true&family=ashdown&given=clara&birthdate=1972-11-30",
        &[(2, 0.9667)],
    );
    check(
        "_fuzzy-match=true&family=thornby&birthdate=1950-03-12&gender=female&address-postalcode=ss0 0aa",
        &[(0, 1.0)],
    );
    // Without a family name. Aida is A300, as is Ada: 80 beside three of 100.
    check(
        "_fuzzy-match=true&given=aida&birthdate=1950-03-12&gender=female&address-postalcode=ss0 0aa",
        &[(0, 0.95)],
    );
    check(
        "_fuzzy-match=true&given=zoe&birthdate=1950-03-12&gender=female&address-postalcode=ss0 0aa",
        &[],
    );
    // The practice only changes the score: 100, 100, 100 and 0.
    check(
        "_fuzzy-match=true&family=thornby&given=ada&birthdate=1950-03-12&general-practitioner=f81001",
        &[(0, 0.75)],
    );
}

#[test]
fn what_must_stand_together_is_asked_for() {
    for query in [
        "family=thornby",
        "birthdate=1950-03-12",
        "given=ada&birthdate=1950-03-12",
        "_fuzzy-match=true&family=thornby&given=ada",
        "_fuzzy-match=true&family=thornby&birthdate=1950-03-12",
        "_fuzzy-match=true&given=ada&birthdate=1950-03-12",
        "_fuzzy-match=true&family=thornby&birthdate=1950-03-12&gender=female",
        "_fuzzy-match=true&family=thornby&birthdate=1950-03-12&address-postalcode=ss0 0aa",
        "_fuzzy-match=true&birthdate=1950-03-12&gender=female&address-postalcode=ss0 0aa",
    ] {
        refused(query, None);
    }
    for (name, query) in [
        (
            "family",
            "_fuzzy-match=true&family=thorn*&given=ada&birthdate=1950-03-12",
        ),
        (
            "given",
            "_fuzzy-match=true&family=thornby&given=ad*&birthdate=1950-03-12",
        ),
        (
            "address-postalcode",
            "_fuzzy-match=true&family=thornby&birthdate=1950-03-12&gender=female&address-postalcode=ss0*",
        ),
        (
            "_fuzzy-match",
            "_fuzzy-match=yes&family=thornby&birthdate=1950-03-12",
        ),
        (
            "_history",
            "_history=true&_history=true&family=thornby&birthdate=1950-03-12",
        ),
        ("family", "family=thornby&family=quill&birthdate=1950-03-12"),
        ("family", "family= &birthdate=1950-03-12"),
        ("gender", "family=thornby&birthdate=1950-03-12&gender=f"),
        (
            "general-practitioner",
            "family=thornby&birthdate=1950-03-12&general-practitioner=x|",
        ),
        (
            "_max-results",
            "family=thornby&birthdate=1950-03-12&_max-results=0",
        ),
        (
            "_max-results",
            "family=thornby&birthdate=1950-03-12&_max-results=51",
        ),
        (
            "_max-results",
            "family=thornby&birthdate=1950-03-12&_max-results=many",
        ),
    ] {
        refused(query, Some(name));
    }
}

#[test]
fn a_parameter_that_is_none_is_refused_by_its_place_and_not_repeated() {
    let answer = ask("family=thornby&birthdate=1950-03-12&Zzyzx=Qwxyz");
    assert_eq!(outcome(&answer), (400, "INVALID_SEARCH_DATA".to_owned()));
    assert!(answer.body.contains("parameter 3 of the query"));
    assert!(!answer.body.contains("Zzyzx") && !answer.body.contains("Qwxyz"));
}

#[test]
fn more_than_may_be_shown_is_too_many() {
    check("family=winters&birthdate=1990-06-15", &[(4, 1.0), (5, 1.0)]);
    check(
        "family=winters&birthdate=1990-06-15&_max-results=2",
        &[(4, 1.0), (5, 1.0)],
    );
    let too_many = (200, "TOO_MANY_MATCHES".to_owned());
    let query = "family=winters&birthdate=1990-06-15";
    assert_eq!(outcome(&ask(&format!("{query}&_max-results=1"))), too_many);
    // A system gets one result, and only where no other fits, whatever it asks for.
    for more in ["", "&_max-results=50"] {
        let answer = ask_as(Caller::System, &format!("{query}{more}"));
        assert_eq!(outcome(&answer), too_many);
        let answer = ask_as(Caller::System, &format!("{query}&given=ella{more}"));
        assert_eq!(results(&answer), [(n(4), 1.0)]);
    }
    let none = ask_as(Caller::System, "family=nobody&birthdate=1990-06-15");
    assert_eq!(results(&none), []);
}

#[test]
fn a_sensitive_person_is_blanked_and_not_found_by_what_is_blanked() {
    let query = "family=oakley&birthdate=1961-07-04";
    check(query, &[(1, 1.0)]);
    let answer = ask(query);
    for blanked in [
        "SS1 1AA",
        "F81144",
        "2020-05-05",
        "address",
        "generalPractitioner",
    ] {
        assert!(!answer.body.contains(blanked), "{blanked}");
    }
    for guess in [
        "address-postalcode=ss1 1aa",
        "address-postalcode=ss1*",
        "general-practitioner=f81144",
        "death-date=2020-05-05",
    ] {
        check(&format!("{query}&{guess}"), &[]);
    }
}
