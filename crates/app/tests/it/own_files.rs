//! The stages, one command each, on a user's own files.

use crate::workspace::Workspace;

fn example(dataset: &str) -> String {
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/datasets");
    format!("{content}/{dataset}/examples/example.csv")
}

#[test]
fn what_can_be_derived_is_derived_and_the_rest_is_named() {
    let workspace = Workspace::new();
    let (events, index) = (example("cld-r2"), example("demographic-index"));
    let of_index = [
        "land",
        &index,
        "--dataset",
        "demographic-index",
        "--from",
        "PDS",
    ];
    for arguments in [
        &["land", events.as_str(), "--from", "503"][..],
        &of_index,
        &["link"],
        &["pseudonymise"],
    ] {
        let ended = workspace.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
    }
    let ended = workspace.run(&["derive"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("is left out until there is hospital_spell and emergency_attendance"),
        "{}",
        ended.err
    );
}
