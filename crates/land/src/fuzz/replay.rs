//! The corpus that fuzzing left, run as ordinary tests.

use super::{TARGETS, run};
use std::path::Path;

#[test]
fn every_input_that_is_kept_is_answered() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, _) in TARGETS {
        let mut inputs: Vec<_> = std::fs::read_dir(kept.join(name))
            .unwrap_or_else(|_| panic!("`{name}` has no corpus"))
            .map(|entry| entry.unwrap().path())
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{name}");
        for input in inputs {
            run(name, &std::fs::read(input).unwrap());
        }
    }
}

#[test]
fn every_target_has_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    for (name, _) in TARGETS {
        let file = folder.join(format!("{name}.rs"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(&format!("\"{name}\"")), "{name}");
    }
}
