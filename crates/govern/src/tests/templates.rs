//! Every template is an agreement once its blanks are filled in, and none before.

use super::shipped;
use crate::{
    Agreement, Facts, State,
    agreement::{
        House, Level, Template,
        clauses::{Assent, Signature},
        review,
    },
    cases::Cases,
};
use model::Date;
use std::sync::Arc;

/// Facts as they are when two people have approved and every party has signed.
fn signed_by_all(agreement: &Agreement) -> Facts {
    let on = agreement.term.issued;
    let assent = |name: &str| Assent {
        name: name.to_owned(),
        role: "a role".to_owned(),
        on,
    };
    let parties = agreement.parties.iter();
    Facts {
        submitted: Some(assent("one")),
        approvals: vec![assent("two"), assent("three")],
        signatures: parties
            .map(|party| Signature {
                party: party.organisation.clone(),
                name: "Someone Invented".to_owned(),
                role: "a role".to_owned(),
                signed: on,
            })
            .collect(),
        ..Facts::default()
    }
}

#[test]
fn every_template_is_an_agreement_once_it_is_filled_in() {
    let content = shipped();
    let house = Arc::new(House::read(&content).unwrap());
    let templates = Template::read_all(&content).unwrap();
    assert_eq!(templates.len(), 7);
    for template in templates {
        let name = &template.name;
        assert!(template.guide.contains("A template."), "{name}");
        // Unfilled, it is none, and every blank is found one way or the other.
        assert!(
            Agreement::from_text(name, &template.text, &house).is_err(),
            "{name}"
        );

        let cases = Cases::read_beside(&content, &format!("templates/{name}")).unwrap();
        let given: Vec<&String> = cases.filled.keys().collect();
        assert_eq!(given, template.blanks.iter().collect::<Vec<_>>(), "{name}");
        let text = template.filled(&cases.filled);
        let (_, findings) = review(&text, &house);
        let stops: Vec<&str> = findings
            .iter()
            .filter(|f| f.level == Level::Stops)
            .map(|f| f.message.as_str())
            .collect();
        assert!(stops.is_empty(), "{name}: {}", stops.join("\n"));

        let draft = Agreement::from_text(name, &text, &house).unwrap();
        let day: Date = "2026-05-01".parse().unwrap();
        assert_eq!(draft.state(day), State::Draft, "{name}");
        let facts = signed_by_all(&draft);
        let agreement = draft.with_facts(facts);
        assert_eq!(agreement.state(day), State::Active, "{name}");
        let outcomes = cases.run(&agreement);
        for outcome in &outcomes {
            assert!(outcome.holds(), "{name}: {outcome:?}");
        }
        assert!(outcomes.iter().any(|o| o.expected.is_none()), "{name}");
        assert!(outcomes.iter().any(|o| o.expected.is_some()), "{name}");
        assert_eq!(agreement.in_words().len(), 15, "{name}");
    }
}

#[test]
fn a_blank_that_is_left_is_found_at_its_line() {
    let content = shipped();
    let house = House::read(&content).unwrap();
    let template = Template::read(&content, "commissioning-icb").unwrap();
    let mut filled = Cases::read_beside(&content, "templates/commissioning-icb")
        .unwrap()
        .filled;
    for blank in [
        "<name of the ICB>",
        "<name of a practice>",
        "<code of a practice>",
    ] {
        let mut left = filled.clone();
        left.remove(blank).unwrap();
        let (_, findings) = review(&template.filled(&left), &house);
        let found = findings
            .iter()
            .any(|f| f.says.contains(blank) && f.line.is_some());
        assert!(found, "{blank}: {findings:#?}");
    }
    filled.remove("<first day>").unwrap();
    let (clauses, findings) = review(&template.filled(&filled), &house);
    assert!(clauses.is_none() && findings.len() == 1 && findings[0].line.is_some());
}
