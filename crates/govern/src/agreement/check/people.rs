//! What is required of the people who may ask.

use super::{
    super::clauses::{Clauses, PartyRole},
    Found,
};
use std::collections::BTreeSet;

pub(super) fn check(clauses: &Clauses, found: &mut Found) {
    let access = &clauses.access;
    found.some_filled("access.roles", &access.roles, "name at least one role");
    found.no_if(
        access.organisations.is_empty(),
        "access.organisations",
        "name at least one organisation",
    );
    for (index, organisation) in access.organisations.iter().enumerate() {
        let clause = format!("access.organisations.{index}");
        let party = clauses.party(organisation);
        let never = party.is_some_and(|p| p.roles.contains(&PartyRole::ProcessorWithoutSight));
        found.no_if(
            never,
            &clause,
            format!("`{organisation}` may never see the data, so none of its people may ask"),
        );
        found.no_if(
            !never && !party.is_some_and(|p| p.roles.contains(&PartyRole::Recipient)),
            clause,
            format!("`{organisation}` is not a recipient under this agreement"),
        );
    }
    found.no_if(
        access.users.is_empty(),
        "access.users",
        "name at least one person",
    );
    users(clauses, found);
    contracts(clauses, found);
    if let Some(training) = &access.training {
        found.filled("access.training.course", &training.course);
        found.no_if(
            training.valid_days == 0,
            "access.training.valid_days",
            "training that counts for no day lets nobody in",
        );
    }
    if let Some(location) = &access.location {
        found.no_if(
            location.territory.is_empty(),
            "access.location.territory",
            "name where people may ask from",
        );
        found.each_filled("access.location.places", &location.places);
    }
}

fn users(clauses: &Clauses, found: &mut Found) {
    let access = &clauses.access;
    let mut seen = BTreeSet::new();
    for (index, user) in access.users.iter().enumerate() {
        let clause = format!("access.users.{index}");
        found.filled(format!("{clause}.account"), &user.account);
        found.no_if(
            !seen.insert(&user.account),
            &clause,
            format!("`{}` is listed already", user.account),
        );
        found.no_if(
            !access.organisations.contains(&user.organisation),
            &clause,
            format!(
                "`{}` is not one of the organisations of `access.organisations`",
                user.organisation
            ),
        );
        found.no_if(
            matches!((user.from, user.until), (Some(from), Some(until)) if until < from),
            format!("{clause}.until"),
            "access ends before it starts",
        );
        if let Some(employer) = &user.employer {
            found.filled(format!("{clause}.employer"), employer);
            let held = access.honorary_contracts.iter().any(|c| {
                c.account == user.account && c.host == user.organisation && &c.employer == employer
            });
            found.no_if(
                !held,
                format!("{clause}.employer"),
                format!(
                    "`{}` is employed by {employer}, and needs an honorary contract with {}",
                    user.account,
                    clauses.name_of(&user.organisation)
                ),
            );
        }
    }
}

fn contracts(clauses: &Clauses, found: &mut Found) {
    let access = &clauses.access;
    for (index, contract) in access.honorary_contracts.iter().enumerate() {
        let clause = format!("access.honorary_contracts.{index}");
        found.filled(format!("{clause}.contract"), &contract.contract);
        found.filled(format!("{clause}.employer"), &contract.employer);
        let user = access
            .users
            .iter()
            .find(|u| u.account == contract.account && u.organisation == contract.host);
        match user {
            None => found.no(
                &clause,
                format!(
                    "`{}` is not a person who may ask for {}",
                    contract.account,
                    clauses.name_of(&contract.host)
                ),
            ),
            Some(user) => found.no_if(
                user.employer.is_none(),
                &clause,
                format!(
                    "say in `access.users` by whom `{}` is employed",
                    contract.account
                ),
            ),
        }
        found.no_if(
            contract.end < contract.start,
            format!("{clause}.end"),
            "the contract ends before it starts",
        );
    }
}
