//! The reference page says what content says.

use super::*;
use expect_test::expect_file;

#[test]
fn the_reference_page_is_not_stale() {
    let content = content();
    let rule_sets: Vec<RuleSet> = RuleSet::names(&content)
        .iter()
        .map(|name| RuleSet::read(&content, name).unwrap())
        .collect();
    expect_file!["../../../../docs/disclosure-rules.md"]
        .assert_eq(&crate::reference::page(&rule_sets));
}
