//! Every agreement in content is read, makes sense, and does what the cases beside it say.

use super::shipped;
use crate::{Agreements, agreement, cases::Cases};

#[test]
fn every_agreement_does_what_its_cases_say() {
    let content = shipped();
    let agreements = Agreements::read(&content).unwrap_or_else(|e| panic!("{e}"));
    let names = agreement::names(&content);
    assert_eq!(agreements.iter().count(), names.len());
    for name in names {
        let agreement = agreements.iter().find(|a| a.name() == name).unwrap();
        let outcomes = Cases::read(&content, &name).unwrap().run(agreement);
        for outcome in &outcomes {
            assert!(outcome.holds(), "{name}: {outcome:?}");
        }
        assert!(
            outcomes.iter().any(|o| o.expected.is_none()),
            "{name} has no case that it allows"
        );
        assert!(
            outcomes.iter().any(|o| o.expected.is_some()),
            "{name} has no case that it refuses"
        );
    }
}
