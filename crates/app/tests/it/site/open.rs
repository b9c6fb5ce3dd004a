//! What anybody may do without an account, and what the pages say of rules and of wrong values.

use super::*;

/// The example with a known fault for many rules, as a file of its own.
fn faulty() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../content/datasets/cld-r2/examples/example_with_errors.csv"
    );
    let mut file = std::fs::read(path).unwrap();
    file.extend_from_slice(b"\r\n");
    file
}

#[test]
fn a_visitor_checks_a_file_without_an_account() {
    let mut visitor = visitor();
    let page = visitor.get("/check");
    assert_eq!(page.status, 200);
    let csrf = page.csrf();
    assert!(!csrf.is_empty());
    let fields = [("csrf", csrf.as_str()), ("dataset", "cld")];
    let got = visitor.send_file("/check", &fields, "march.csv", &faulty());
    assert_eq!(got.status, 200, "{}", got.body);
    assert!(got.body.contains("causes to fix"));
    // As it stands in the file, and what it should be.
    assert!(got.body.contains("use &quot;Female&quot;"), "{}", got.body);
    // What needs an account is named, and not judged.
    assert!(got.body.contains("/rules/CLD-S005"));
    assert!(got.body.contains("Not checked here"));
    // Nothing came to be that could be sent on.
    assert!(!got.body.contains("/submissions/new"));
}

#[test]
fn a_visitors_file_without_the_token_of_the_page_is_refused() {
    let mut visitor = visitor();
    let given = visitor.get("/check").csrf();
    for csrf in ["", "not-the-token"] {
        assert_ne!(csrf, given);
        let fields = [("csrf", csrf), ("dataset", "cld")];
        let got = visitor.send_file("/check", &fields, "march.csv", &faulty());
        assert_eq!(got.status, 403, "{csrf:?}");
    }
    // The token of another browser does not count either.
    let mut other = super::visitor();
    let fields = [("csrf", given.as_str()), ("dataset", "cld")];
    assert_eq!(
        other
            .send_file("/check", &fields, "march.csv", &faulty())
            .status,
        403
    );
}

#[test]
fn the_shapes_of_reports_are_where_their_ids_say() {
    for name in ["report.schema.json", "finding.schema.json"] {
        let path = format!("/schemas/{name}");
        let got = visitor().get(&path);
        assert_eq!(got.status, 200);
        assert_eq!(got.header("content-type"), "application/schema+json");
        let schema: serde_json::Value = serde_json::from_str(&got.body).unwrap();
        assert_eq!(schema["$id"], path.as_str());
        assert!(visitor().get("/specs").links("/schemas/").contains(&path));
    }
    assert_eq!(visitor().get("/schemas/nothing.json").status, 404);
}

#[test]
fn a_rule_comes_with_its_stage_its_releases_its_examples_and_its_source() {
    let tried = visitor().get("/rules/CLD-V019").body;
    assert!(tried.contains(
        "shadow: it is counted, and senders are not told; from 1 April 2025 to 30 June 2025"
    ));
    assert!(tried.contains("since 1 July 2025"));
    let plain = visitor().get("/rules/CLD-P003");
    assert!(plain.body.contains("in force"));
    assert_eq!(plain.links("https://www.datadictionary.nhs.uk/").len(), 1);
    for release in ["/specs/cld-r1/1.0", "/specs/cld-r2/2.0"] {
        assert!(
            plain.links("/specs/").contains(&release.to_owned()),
            "{release}"
        );
    }
    // The passing number differs from the failing one in its check digit alone: 999 526 0182 holds.
    assert!(plain.body.contains("9995260182") && plain.body.contains("9995260183"));
}

#[test]
fn a_cause_names_the_wrong_values_and_the_other_rows_to_its_sender_alone() {
    let mut sue = signed_in("sue");
    let csrf = sue.get("/submissions/new").csrf();
    let sent = sue.upload(&csrf, "cld", "faulty.csv", &faulty());
    let result = sent.header("location").to_owned();
    let own = sue.get(&result).body;
    assert!(
        own.contains("&quot;NFA - Other&quot; (1 row; use &quot;NFA: Other&quot;)"),
        "{own}"
    );
    let people = sue.get(&format!("{result}/findings/CLD-X008")).body;
    assert!(people.contains("rows 37, 38 and 39"), "{people}");
    // A cause of the whole file lists no row and says so.
    let whole = sue.get(&format!("{result}/findings/CLD-S004")).body;
    assert!(whole.contains("about the file as a whole") && !whole.contains("All rows as CSV"));
    let mut ora = signed_in("ora");
    assert!(!ora.get(&result).body.contains("NFA - Other"));
    let seen = ora.get(&format!("{result}/findings/CLD-X008")).body;
    assert!(
        seen.contains("for the organisation that sent the file") && !seen.contains("rows 37, 38")
    );
}
