//! What law and policy ask of an agreement, beyond its own sense: each rule refuses by name.

use super::{changed, main_text, read, shipped};
use crate::{
    Agreement,
    agreement::{House, Level, review},
};

/// The findings of a text, each as `clause: what it says`.
fn findings(text: &str) -> Vec<String> {
    let house = House::read(&shipped()).unwrap();
    let (_, findings) = review(text, &house);
    findings
        .into_iter()
        .map(|f| {
            assert!(f.line.is_some() && f.column.is_some(), "{f:?}");
            format!("{}: {}", f.clause, f.says)
        })
        .collect()
}

fn check(text: &str, clause: &str, says: &str) {
    let found = findings(text);
    assert!(
        found
            .iter()
            .any(|f| f.starts_with(&format!("{clause}: ")) && f.contains(says)),
        "{clause}: {says}\nwas not found in\n{}",
        found.join("\n")
    );
    assert!(read(text).is_err(), "{clause}");
}

fn case_finding() -> String {
    shipped()
        .text("agreements/estuary-case-finding.toml")
        .unwrap()
        .to_owned()
}

fn case_finding_with(from: &str, to: &str) -> String {
    let text = case_finding();
    assert!(text.contains(from), "`{from}` is not in the agreement");
    text.replacen(from, to, 1)
}

/// An agreement on hospital records only, under support to set the duty of confidence aside.
fn supported(reference: &str, sector: &str) -> String {
    case_finding_with(
        "answer = \"not_confidential_in_recipients_hands\"",
        &format!(
            "approvals = [{{ reference = \"{reference}\", start = 2026-01-01, end = 2026-12-31 }}]\nanswer = \"section_251\""
        ),
    )
    .replacen("sector = \"linked\"", &format!("sector = \"{sector}\""), 1)
}

#[test]
fn the_term_follows_from_the_purpose() {
    check(
        &changed("end = 2027-03-31", "end = 2029-04-01").replace(
            "destruction_due = 2027-06-30\ncertificate_due = 2027-07-31",
            "destruction_due = 2029-06-30\ncertificate_due = 2029-07-31",
        ),
        "term.end",
        "an agreement for commissioning may run for 36 months, and this runs longer",
    );
    // The last day of three years is allowed.
    let whole = changed("end = 2027-03-31", "end = 2029-03-31").replace(
        "destruction_due = 2027-06-30\ncertificate_due = 2027-07-31",
        "destruction_due = 2029-06-30\ncertificate_due = 2029-07-31",
    );
    let stops: Vec<String> = findings(&whole)
        .into_iter()
        .filter(|f| f.starts_with("term"))
        .collect();
    assert_eq!(stops, Vec::<String>::new());
    check(
        &changed(
            "destruction_due = 2027-06-30",
            "destruction_due = 2027-03-30",
        ),
        "term.destruction_due",
        "before the agreement ends",
    );
    check(
        &changed(
            "certificate_due = 2027-07-31",
            "certificate_due = 2027-06-29",
        ),
        "term.certificate_due",
        "before the destruction",
    );
}

#[test]
fn the_two_tests_of_law_are_separate() {
    check(
        &changed(
            "reason = \"Rows carry a pseudonym",
            "reason = \"Article 6(1)(e) allows it. Rows carry a pseudonym",
        ),
        "legal.confidentiality.reason",
        "a condition of data-protection law does not answer it",
    );
    check(
        &changed(
            "\"6(1)(e) a task in the public interest\"",
            "\"a task in the public interest\"",
        ),
        "legal.art6.0",
        "begin with the condition",
    );
    check(
        &changed("\"9(2)(h) managing", "\"6(1)(h) managing"),
        "legal.art9.0",
        "begin with the condition",
    );
    check(
        &changed(
            "dpa_schedule1 = [\"Part 1, paragraph 2: health or social care purposes\"]\n",
            "",
        ),
        "legal.dpa_schedule1",
        "needs one of Schedule 1",
    );
}

#[test]
fn support_under_section_251_has_its_conditions() {
    let long = changed(
        "answer = \"not_confidential_in_recipients_hands\"",
        "answer = \"section_251\"\napprovals = [{ reference = \"24/CAG/1\", start = 2026-01-01, end = 2028-12-31 }]",
    );
    check(
        &long,
        "legal.confidentiality.approvals.0.annual_review",
        "reviewed every year",
    );
    check(
        &supported("24/CAG/1", "hospital").replacen(
            "national_data_opt_out = { apply = true",
            "national_data_opt_out = { apply = false",
            1,
        ),
        "opt_outs.national_data_opt_out",
        "name it as `evidence`",
    );
}

#[test]
fn the_approval_for_risk_stratification_never_opens_social_care() {
    for reference in ["CAG 7-04(a)/2013", "cag 7-04(A)/2013 (as amended)"] {
        for sector in ["social_care", "linked"] {
            check(
                &supported(reference, sector),
                "datasets.person_quarter.sector",
                "covers records of GP practices and hospitals only",
            );
        }
        assert!(read(&supported(reference, "hospital")).is_ok());
    }
    assert!(read(&supported("24/CAG/1", "social_care")).is_ok());
    // With an answer of its own, the table does not rest on the approval.
    let own = supported("CAG 7-04(a)/2013", "linked").replacen(
        "[datasets.person_quarter.fields]",
        "[datasets.person_quarter.confidentiality]\nanswer = \"not_confidential_in_recipients_hands\"\nreason = \"Linked by the safe haven, under pseudonyms.\"\n\n[datasets.person_quarter.fields]",
        1,
    );
    assert!(read(&own).is_ok());
}

#[test]
fn a_processor_that_may_never_see_data_has_no_users() {
    let text = changed(
        "roles = [\"joint_controller\", \"recipient\"]",
        "roles = [\"processor_without_sight\"]",
    );
    check(
        &text,
        "access.organisations.0",
        "none of its people may ask",
    );
    check(
        &changed(
            "roles = [\"processor\", \"safe_haven\"]",
            "roles = [\"processor_without_sight\", \"safe_haven\"]",
        ),
        "parties.4.roles",
        "has no other role",
    );
}

#[test]
fn a_sole_controller_is_alone() {
    check(
        &changed("roles = [\"joint_controller\"]", "roles = [\"controller\"]"),
        "parties",
        "a `controller` decides alone",
    );
    let alias = shipped()
        .text("agreements/southend-own-counts.toml")
        .unwrap()
        .replacen("\"controller\"", "\"sole_controller\"", 1);
    assert!(read(&alias).is_ok());
}

#[test]
fn rows_that_say_who_a_person_is_need_their_own_answer() {
    let close = changed(
        "identifiability = \"deidentified\"",
        "identifiability = \"personal_confidential\"",
    );
    check(
        &close,
        "datasets.cld_event",
        "are confidential in anyone's hands",
    );
    let mixed = close.replacen(
        "[datasets.long_term_support]\n",
        "[datasets.long_term_support]\nclass = \"deidentified\"\n",
        1,
    );
    check(&mixed, "datasets", "make two agreements");
    check(
        &changed(
            "[datasets.long_term_support]\n",
            "[datasets.long_term_support]\nclass = \"personal_confidential\"\n",
        ),
        "datasets.long_term_support.class",
        "closer to a person",
    );
}

#[test]
fn consent_is_a_list_of_people() {
    let agreed = changed(
        "answer = \"not_confidential_in_recipients_hands\"",
        "answer = \"consent\"\napprovals = [{ reference = \"form 1\", start = 2026-01-01, end = 2027-12-31 }]",
    );
    check(&agreed, "minimisation", "every row needs `in_cohort`");
    check(
        &agreed,
        "opt_outs.consent_withdrawn",
        "takes back their consent leaves",
    );
    let listed = agreed
        .replacen(
            "all = [\n",
            "all = [\n    { in_cohort = { C1 = \"people who agreed\" } },\n",
            1,
        )
        .replacen(
            "consent_withdrawn = { apply = false",
            "consent_withdrawn = { apply = true",
            1,
        );
    assert!(read(&listed).is_ok(), "{:?}", findings(&listed));
    // On the list, or of an age: not everyone agreed.
    let either = agreed.replacen(
        "all = [\n",
        "all = [\n    { any = [{ in_cohort = { C1 = \"people who agreed\" } }, { council = { 621 = \"Southend\" } }] },\n",
        1,
    );
    check(&either, "minimisation", "every row needs `in_cohort`");
}

#[test]
fn people_are_employed_or_have_an_honorary_contract() {
    let employed = |rest: &str| {
        changed(
            "{ account = \"ana\", organisation = \"EST-ICB\" },\n]",
            &format!(
                "{{ account = \"ana\", organisation = \"EST-ICB\", employer = \"Example University\" }},\n]\n{rest}"
            ),
        )
    };
    check(
        &employed(""),
        "access.users.0.employer",
        "needs an honorary contract",
    );
    let contract = |host: &str, end: &str| {
        employed(&format!(
            "honorary_contracts = [{{ account = \"ana\", employer = \"Example University\", host = \"{host}\", contract = \"HC-1\", start = 2026-04-01, end = {end} }}]"
        ))
    };
    assert!(read(&contract("EST-ICB", "2026-12-31")).is_ok());
    check(
        &contract("EST-ICB", "2026-03-31"),
        "access.honorary_contracts.0.end",
        "before it starts",
    );
    check(
        &contract("621", "2026-12-31"),
        "access.honorary_contracts.0",
        "is not a person who may ask for",
    );
}

#[test]
fn near_the_data_parties_have_their_assurance_in_date() {
    check(
        &changed(
            "dspt = { code = \"EST-ICB\", status = \"standards_met\", edition = \"2026-27\", expires = 2027-06-30 }\n",
            "",
        ),
        "parties.3.dspt",
        "its security assurance is not given",
    );
    check(
        &changed(
            "dspt = { code = \"EST-ICB\", status = \"standards_met\"",
            "dspt = { code = \"EST-ICB\", status = \"standards_not_met\"",
        ),
        "parties.3.dspt.status",
        "may not be near the data",
    );
    let soon = changed(
        "code = \"EST-ICB\", status = \"standards_met\", edition = \"2026-27\", expires = 2027-06-30",
        "code = \"EST-ICB\", status = \"standards_met\", edition = \"2025-26\", expires = 2026-06-30",
    );
    let agreement = read(&soon).unwrap();
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(agreement.state(day("2026-06-30")), crate::State::Active);
    assert_eq!(agreement.state(day("2026-07-01")), crate::State::Suspended);
    let stops = agreement.stops(day("2026-07-01"));
    assert_eq!(stops.len(), 1);
    assert_eq!(
        (
            stops[0].clause.as_str(),
            stops[0].since,
            stops[0].reason.as_str()
        ),
        (
            "parties.3.dspt",
            day("2026-07-01"),
            "The security assurance of Estuary ICB has run out."
        )
    );
    let house = House::read(&shipped()).unwrap();
    let warned = review(&soon, &house).1;
    assert_eq!(warned.len(), 1);
    assert_eq!(warned[0].level, Level::Warns);
}

#[test]
fn contracts_places_and_notices_are_there() {
    check(
        &changed(
            "parties = [\"621\", \"EST-HAVEN\"]",
            "parties = [\"993\", \"EST-HAVEN\"]",
        ),
        "framework_contracts",
        "Southend-on-Sea City Council is a controller without a framework contract",
    );
    check(
        &changed("ends = 2030-03-31", "ends = 2027-03-30"),
        "framework_contracts.0.ends",
        "before the agreement does",
    );
    check(
        &changed(
            "territory = \"england\"\n\n[transparency]",
            "territory = \"scotland\"\n\n[transparency]",
        ),
        "storage.0.territory",
        "may not hold data in Scotland",
    );
    check(
        &changed(
            "address = \"https://southend",
            "address = \"http://southend",
        ),
        "transparency.notices.0.address",
        "begins with https://",
    );
    check(
        &changed("performed_by = \"EST-HAVEN\"", "performed_by = \"991\""),
        "linkage.0.performed_by",
        "is not a party that holds or sees data",
    );
}

#[test]
fn nobody_approves_their_own() {
    check(
        &changed("name = \"Fay Invented\"", "name = \"Jo Example\""),
        "approved.0",
        "nobody approves their own",
    );
    check(
        &changed("name = \"Gus Invented\"", "name = \"Fay Invented\""),
        "approved.1",
        "has approved already",
    );
}

#[test]
fn words_that_say_nothing_are_named() {
    check(
        &changed(
            "why = \"need differs by sex\"",
            "why = \"need differs by sex, etc.\"",
        ),
        "datasets.long_term_support.fields.gender.why",
        "`etc` says nothing",
    );
    // A word within a word is not that word.
    let within = changed(
        "why = \"need differs by sex\"",
        "why = \"fetch needs, sketched\"",
    );
    assert!(read(&within).is_ok());
}

#[test]
fn who_is_named_never_asks_and_who_asks_is_never_told() {
    let path = "reidentification.professionals.0";
    check(
        &case_finding_with("account = \"cleo\"", "account = \"ana\""),
        path,
        "may not learn who the people are",
    );
    check(
        &case_finding_with("role = \"clinician\"", "role = \"analyst\""),
        "reidentification.professionals.0.role",
        "may not learn who the people are",
    );
    check(
        &case_finding_with(
            "approvers = [\"caldicott_guardian\", \"asset_owner\"]",
            "approvers = [\"asset_owner\"]",
        ),
        "reidentification.approvers",
        "name at least two roles",
    );
    check(
        &case_finding_with(
            "approvers = [\"caldicott_guardian\"",
            "approvers = [\"clinician\"",
        ),
        "reidentification.approvers",
        "receives the list",
    );
    check(
        &case_finding_with(
            "answer = \"direct_care\"",
            "answer = \"not_confidential_in_recipients_hands\"",
        ),
        "reidentification.confidentiality.answer",
        "needs an answer of its own",
    );
    check(
        &case_finding_with("days = 14", "days = 29"),
        "reidentification.days",
        "1 to 28 days",
    );
    check(
        &case_finding_with("at_most = 50", "at_most = 501"),
        "reidentification.at_most",
        "1 to 500 people",
    );
    check(
        &case_finding_with("objection = { apply = true", "objection = { apply = false").replacen(
            "local = { apply = true",
            "local = { apply = false",
            1,
        ),
        "opt_outs.objection",
        "may object to risk stratification",
    );
}

#[test]
fn a_set_of_codes_is_known_by_its_name() {
    let with = |name: &str| {
        changed(
            "{ period = { from = 2023-04-01 } }",
            &format!("{{ has_code_from = \"{name}\" }}"),
        )
        .replace(
            "period = \"event_start_date\"",
            "has_code = \"service_type\"",
        )
        .replace("period = \"period_end\"", "has_code = \"service_type\"")
        .replace("period = \"quarter_start\"", "has_code = \"gender\"")
        .replace(
            "period = \"admission_date\"",
            "has_code = \"primary_diagnosis\"",
        )
    };
    check(
        &with("dementa"),
        "minimisation.all.1",
        "did you mean `dementia`?",
    );
    let agreement: Agreement = read(&with("dementia")).unwrap();
    assert!(
        agreement
            .rows_in_words()
            .contains("about a diagnosis of dementia")
    );
    assert!(main_text().len() > 1);
}
