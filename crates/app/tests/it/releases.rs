//! A sender names what it sends; which release of the specification a file follows, the file itself tells, by
//! every road, unless the sender states it.

use crate::sending::{COUNCIL, OPEN, Server, workspace};

fn example_of(dataset: &str) -> (String, Vec<u8>) {
    let path = format!(
        "{}/../../content/datasets/{dataset}/examples/example.csv",
        env!("CARGO_MANIFEST_DIR")
    );
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes)
}

#[test]
fn a_file_is_taken_for_the_release_that_its_values_follow_by_every_road() {
    let by_site = workspace();
    let server = Server::start(&by_site, OPEN, &[]);
    let mut sue = server.sign_in("sue");
    for (dataset, called) in [("cld-r1", "Release 1"), ("cld-r2", "Release 2")] {
        let (path, file) = example_of(dataset);
        let landed = workspace();
        let receipt = landed.json(&["land", &path, "--from", COUNCIL]);
        let receipt = &receipt["receipts"][0];
        assert_eq!(receipt["dataset"], dataset);

        let csrf = sue.get("/submissions/new").csrf();
        let fields = [("csrf", csrf.as_str()), ("dataset", "cld")];
        let sent = sue.send_file("/submissions", &fields, "march.csv", &file);
        let page = sent.header("location").to_owned();
        assert_eq!(
            page,
            format!("/submissions/{}", receipt["id"].as_str().unwrap())
        );
        let said = format!("Taken for {called}");
        assert!(sue.get(&page).body.contains(&said), "{said}");

        let csrf = sue.get("/check").csrf();
        let fields = [("csrf", csrf.as_str()), ("dataset", "cld")];
        let checked = sue.send_file("/check", &fields, "march.csv", &file);
        assert!(checked.body.contains(&said), "{said}");
    }
}

#[test]
fn a_release_that_the_sender_states_is_believed() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let mut sue = server.sign_in("sue");
    let (_, file) = example_of("cld-r1");
    let csrf = sue.get("/submissions/new").csrf();
    for (release, datasets) in [
        ("cld-r2", vec!["cld-r2"]),
        // No release of what is sent: as if none were stated.
        ("deaths", vec!["cld-r2", "cld-r1"]),
    ] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("dataset", "cld"),
            ("release", release),
        ];
        let sent = sue.send_file("/submissions", &fields, "march.csv", &file);
        assert_eq!(sent.status, 303);
        let status = workspace.json(&["status"]);
        let all = status["submissions"].as_array().unwrap();
        let mut found: Vec<&str> = all.iter().map(|s| s["dataset"].as_str().unwrap()).collect();
        found.sort_unstable();
        let mut expected = datasets;
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
