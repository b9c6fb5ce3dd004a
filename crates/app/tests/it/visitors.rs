//! Anybody may check a file on the site; what that may cost is limited.

use crate::sending::{OPEN, Server, example, workspace};

#[test]
fn a_visitor_who_checks_too_often_or_too_much_is_told_so_and_nothing_is_kept() {
    let workspace = workspace();
    let limits = [
        ("HAVEN_SITE__CHECKS_A_MINUTE", "3"),
        ("HAVEN_SITE__LARGEST_CHECK_MB", "1"),
    ];
    let server = Server::start(&workspace, OPEN, &limits);
    let mut visitor = server.visitor();
    let mut check = |file: &[u8]| {
        let csrf = visitor.get("/check").csrf();
        let fields = [("csrf", csrf.as_str()), ("dataset", "cld")];
        visitor.send_file("/check", &fields, "march.csv", file)
    };
    let fine = check(&example());
    assert_eq!(fine.status, 200);
    assert!(fine.body.contains("Nothing has been kept or sent on"));
    let large = check(&vec![b'x'; 1_100_000]);
    assert_eq!(large.status, 413, "{}", large.body);
    assert_eq!(check(&example()).status, 200);
    let often = check(&example());
    assert_eq!(often.status, 429, "{}", often.body);
    let none = workspace.json(&["status"]);
    assert_eq!(none["submissions"], serde_json::json!([]));
}
