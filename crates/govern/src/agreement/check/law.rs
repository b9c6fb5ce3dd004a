//! What is required of the legal basis, of the answer to the duty of confidence, and of preferences.
//!
//! A flow of personal data needs a basis in data-protection law and an answer to the duty of confidence.
//! They are two tests, and passing one says nothing of the other.

use super::{
    super::{
        clauses::{
            Clauses, Confidentiality, ConfidentialityAnswer, Identifiability, PreferenceKind,
            PurposeCode,
        },
        house::House,
        predicate::Predicate,
    },
    Found,
};

pub(super) fn check(clauses: &Clauses, found: &mut Found) {
    let legal = &clauses.legal;
    found.some_filled(
        "legal.art6",
        &legal.art6,
        "name at least one condition of Article 6",
    );
    found.some_filled(
        "legal.art9",
        &legal.art9,
        "name at least one condition of Article 9",
    );
    articles("legal.art6", &legal.art6, "6(1)(", 'f', found);
    articles("legal.art9", &legal.art9, "9(2)(", 'j', found);
    // Data Protection Act 2018, section 10: these conditions hold only with one of Schedule 1.
    let needs_schedule = legal.art9.iter().any(|text| {
        ["9(2)(b)", "9(2)(g)", "9(2)(h)", "9(2)(i)", "9(2)(j)"]
            .iter()
            .any(|c| text.starts_with(c))
    });
    found.no_if(
        needs_schedule && legal.dpa_schedule1.is_empty(),
        "legal.dpa_schedule1",
        "this condition of Article 9 needs one of Schedule 1 to the Data Protection Act 2018",
    );
    found.each_filled("legal.dpa_schedule1", &legal.dpa_schedule1);
    found.filled("legal.statutory_power", &legal.statutory_power);
    confidence("legal.confidentiality", &legal.confidentiality, found);
    for (table, terms) in &clauses.datasets {
        if let Some(own) = &terms.confidentiality {
            confidence(&format!("datasets.{table}.confidentiality"), own, found);
        }
    }
    ethics(clauses, found);
}

/// Each names its condition first, such as `6(1)(e)`.
fn articles(clause: &str, texts: &[String], begins: &str, last: char, found: &mut Found) {
    for (index, text) in texts.iter().enumerate() {
        let mut rest = text.trim().strip_prefix(begins).unwrap_or_default().chars();
        let named =
            rest.next().is_some_and(|c| ('a'..=last).contains(&c)) && rest.next() == Some(')');
        found.no_if(
            !named && !text.trim().is_empty(),
            format!("{clause}.{index}"),
            format!("begin with the condition, such as `{begins}e)`"),
        );
    }
}

/// What an answer to the duty of confidence needs.
pub(super) fn confidence(clause: &str, says: &Confidentiality, found: &mut Found) {
    found.filled(format!("{clause}.reason"), &says.reason);
    let lower = says.reason.to_lowercase();
    let borrowed = ["article 6", "article 9", "gdpr", "6(1)(", "9(2)("]
        .iter()
        .any(|word| lower.contains(word));
    found.no_if(
        borrowed,
        format!("{clause}.reason"),
        "the duty of confidence is a test of its own: a condition of data-protection law does not answer it",
    );
    for (index, approval) in says.approvals.iter().enumerate() {
        let clause = format!("{clause}.approvals.{index}");
        found.filled(format!("{clause}.reference"), &approval.reference);
        found.filled_if_any(format!("{clause}.body"), approval.body.as_deref());
        found.no_if(
            approval.end < approval.start,
            format!("{clause}.end"),
            "the approval ends before it starts",
        );
        let long = (approval.end - approval.start).num_days() > 366;
        found.no_if(
            says.answer == ConfidentialityAnswer::Section251
                && long
                && approval.annual_review.is_none(),
            format!("{clause}.annual_review"),
            "support under section 251 is reviewed every year: give the day of the next review",
        );
        found.no_if(
            approval
                .annual_review
                .is_some_and(|day| day < approval.start || day > approval.end),
            format!("{clause}.annual_review"),
            "the review is not between the start and the end of the approval",
        );
    }
    found.no_if(
        says.answer.needs_approval() && says.approvals.is_empty(),
        clause,
        "this answer needs an approval with its dates",
    );
}

fn ethics(clauses: &Clauses, found: &mut Found) {
    let research = clauses
        .purposes
        .iter()
        .any(|p| p.code == PurposeCode::Research);
    match &clauses.ethics {
        None => found.no_if(
            research,
            "ethics",
            "research needs the approval of an ethics committee",
        ),
        Some(ethics) => {
            found.filled("ethics.body", &ethics.body);
            found.filled("ethics.reference", &ethics.reference);
        }
    }
}

/// How close to a person the rows may come, by the answer that opens them.
pub(super) fn classes(clauses: &Clauses, house: &House, found: &mut Found) {
    let mut found_classes = Vec::new();
    for (table, terms) in &clauses.datasets {
        let class = clauses.class_of(terms);
        let duty = clauses.confidentiality_of(terms);
        found_classes.push(class);
        found.no_if(
            class > clauses.identifiability,
            format!("datasets.{table}.class"),
            "this comes closer to a person than the `identifiability` of the agreement",
        );
        found.no_if(
            class == Identifiability::PersonalConfidential
                && duty.answer == ConfidentialityAnswer::NotConfidentialInRecipientsHands,
            format!("datasets.{table}"),
            "rows that say who each person is are confidential in anyone's hands: they need consent, support under section 251, a legal obligation, an overriding public interest or the person's own care",
        );
        for limit in &house.approval_limits {
            let same = |reference: &str| {
                let bare = |text: &str| -> String {
                    text.chars()
                        .filter(char::is_ascii_alphanumeric)
                        .collect::<String>()
                        .to_lowercase()
                };
                bare(reference).contains(&bare(&limit.reference))
            };
            found.no_if(
                limit.never_opens.contains(&terms.sector)
                    && duty.approvals.iter().any(|a| same(&a.reference)),
                format!("datasets.{table}.sector"),
                format!(
                    "{} does not open records of {}: {}. Give this table an answer of its own",
                    limit.reference,
                    terms.sector.words(),
                    limit.why
                ),
            );
        }
    }
    let has = |class| found_classes.contains(&class);
    found.no_if(
        has(Identifiability::PersonalConfidential) && has(Identifiability::Deidentified),
        "datasets",
        "rows that say who a person is and rows under pseudonyms would be open to one role: make two agreements",
    );
}

pub(super) fn opt_outs(clauses: &Clauses, found: &mut Found) {
    let answers: Vec<ConfidentialityAnswer> = clauses
        .datasets
        .values()
        .map(|terms| clauses.confidentiality_of(terms).answer)
        .chain([clauses.legal.confidentiality.answer])
        .collect();
    for (kind, says) in clauses.opt_outs.by_kind() {
        let clause = format!("opt_outs.{}", kind.code());
        found.filled(format!("{clause}.reason"), &says.reason);
        found.filled_if_any(format!("{clause}.evidence"), says.evidence.as_deref());
        found.filled_if_any(format!("{clause}.programme"), says.programme.as_deref());
        let supported = kind == PreferenceKind::NationalDataOptOut
            && answers.contains(&ConfidentialityAnswer::Section251);
        found.no_if(
            supported && !says.apply && says.evidence.is_none(),
            &clause,
            "under section 251 this opt-out applies unless the letter of approval says otherwise: name it as `evidence`",
        );
        let agreed = kind == PreferenceKind::ConsentWithdrawn
            && answers.contains(&ConfidentialityAnswer::Consent);
        found.no_if(
            agreed && !says.apply,
            &clause,
            "whoever takes back their consent leaves: write `apply = true`",
        );
    }
    if clauses.legal.confidentiality.answer == ConfidentialityAnswer::Consent {
        found.no_if(
            !everyone_is_listed(&clauses.minimisation),
            "minimisation",
            "with consent, the people are those on the list of who agreed: every row needs `in_cohort`",
        );
    }
    let stratifies = clauses
        .purposes
        .iter()
        .any(|p| p.code == PurposeCode::RiskStratificationCaseFinding);
    found.no_if(
        stratifies && !clauses.opt_outs.objection.apply && !clauses.opt_outs.local.apply,
        "opt_outs.objection",
        "people may object to risk stratification apart from other opt-outs: apply `objection` or `local`",
    );
}

/// Whether every row that passes is about someone on a list.
fn everyone_is_listed(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::InCohort(_) => true,
        Predicate::All(below) => below.iter().any(everyone_is_listed),
        Predicate::Any(below) => !below.is_empty() && below.iter().all(everyone_is_listed),
        _ => false,
    }
}
