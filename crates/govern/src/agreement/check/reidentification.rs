//! What is required of the clause that lets a professional learn who the people of a list are.

use super::{
    super::{
        clauses::{Clauses, ConfidentialityAnswer, Identifiability, Reidentification},
        house::House,
    },
    Found, law,
};

const CLAUSE: &str = "reidentification";

pub(super) fn check(clauses: &Clauses, house: &House, found: &mut Found) {
    let Some(clause) = &clauses.reidentification else {
        return;
    };
    found.filled(format!("{CLAUSE}.why"), &clause.why);
    found.no_if(
        clauses.identifiability != Identifiability::Deidentified,
        CLAUSE,
        "people are found on rows under pseudonyms: the agreement is not `deidentified`",
    );
    found.no_if(
        clause.purposes.is_empty(),
        format!("{CLAUSE}.purposes"),
        "name the purposes for which people may be found",
    );
    for purpose in &clause.purposes {
        found.no_if(
            !clauses.purposes.iter().any(|p| p.code == *purpose),
            format!("{CLAUSE}.purposes"),
            format!("`{}` is not a purpose of this agreement", purpose.code()),
        );
    }
    law::confidence(
        &format!("{CLAUSE}.confidentiality"),
        &clause.confidentiality,
        found,
    );
    found.no_if(
        clause.confidentiality.answer == ConfidentialityAnswer::NotConfidentialInRecipientsHands,
        format!("{CLAUSE}.confidentiality.answer"),
        "who someone is, is confidential: the opening needs an answer of its own, such as `direct_care`",
    );
    professionals(clauses, clause, found);
    limits(clause, house, found);
    approvers(clause, found);
}

fn professionals(clauses: &Clauses, clause: &Reidentification, found: &mut Found) {
    found.no_if(
        clause.professionals.is_empty(),
        format!("{CLAUSE}.professionals"),
        "name the professionals who may receive a list",
    );
    for (index, person) in clause.professionals.iter().enumerate() {
        let path = format!("{CLAUSE}.professionals.{index}");
        found.filled(format!("{path}.account"), &person.account);
        found.filled(format!("{path}.role"), &person.role);
        found.filled(format!("{path}.relationship"), &person.relationship);
        found.no_if(
            clauses.party(&person.organisation).is_none(),
            &path,
            format!("`{}` is not a party", person.organisation),
        );
        found.no_if(
            clause
                .professionals
                .iter()
                .take(index)
                .any(|p| p.account == person.account),
            &path,
            format!("`{}` is listed already", person.account),
        );
        found.no_if(
            matches!((person.from, person.until), (Some(from), Some(until)) if until < from),
            format!("{path}.until"),
            "access ends before it starts",
        );
        // The same people in the clear and under pseudonyms never meet in one role or one person.
        found.no_if(
            clauses
                .access
                .users
                .iter()
                .any(|u| u.account == person.account),
            &path,
            format!(
                "`{}` may ask about rows under pseudonyms, and so may not learn who the people are",
                person.account
            ),
        );
        found.no_if(
            clauses.access.roles.contains(&person.role),
            format!("{path}.role"),
            format!(
                "the role `{}` is open to rows under pseudonyms, and so may not learn who the people are",
                person.role
            ),
        );
    }
}

fn limits(clause: &Reidentification, house: &House, found: &mut Found) {
    found.no_if(
        clause.fields.is_empty(),
        format!("{CLAUSE}.fields"),
        "name what may reach the professional",
    );
    for (name, field) in &clause.fields {
        found.filled(format!("{CLAUSE}.fields.{name}.why"), &field.why);
    }
    let most = house.reidentification;
    found.no_if(
        clause.days == 0 || clause.days > most.longest_days,
        format!("{CLAUSE}.days"),
        format!("a list is open for 1 to {} days", most.longest_days),
    );
    found.no_if(
        clause.at_most == 0 || clause.at_most > most.most_people,
        format!("{CLAUSE}.at_most"),
        format!("one request is about 1 to {} people", most.most_people),
    );
    found.some_filled(
        &format!("{CLAUSE}.outcomes"),
        &clause.outcomes,
        "say what the professional may answer about each person",
    );
}

fn approvers(clause: &Reidentification, found: &mut Found) {
    found.no_if(
        clause.approvers.len() < 2,
        format!("{CLAUSE}.approvers"),
        "name at least two roles: two people of different roles approve",
    );
    for role in &clause.approvers {
        found.filled(format!("{CLAUSE}.approvers"), role);
        found.no_if(
            clause.professionals.iter().any(|p| &p.role == role),
            format!("{CLAUSE}.approvers"),
            format!("`{role}` receives the list, and so does not approve it"),
        );
    }
}
