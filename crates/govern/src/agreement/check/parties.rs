//! What is required of parties, the contracts above the agreement, places, notices and signatures.

use super::{
    super::clauses::{Clauses, Party, PartyRole},
    Found,
};
use std::collections::BTreeSet;

pub(super) fn check(clauses: &Clauses, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for (index, party) in clauses.parties.iter().enumerate() {
        let clause = format!("parties.{index}");
        found.filled(format!("{clause}.name"), &party.name);
        found.no_if(
            !seen.insert(&party.organisation),
            &clause,
            format!("`{}` is already a party", party.organisation),
        );
        found.no_if(
            party.roles.is_empty(),
            format!("{clause}.roles"),
            "a party needs a role",
        );
        found.filled_if_any(format!("{clause}.kind"), party.kind.as_deref());
        roles(&clause, party, found);
        assurance(clauses, &clause, party, found);
    }
    let controllers: Vec<&Party> = clauses.parties.iter().filter(|p| p.controls()).collect();
    found.no_if(
        controllers.is_empty(),
        "parties",
        "no party is a controller",
    );
    let has = |role| clauses.parties.iter().any(|p| p.roles.contains(&role));
    found.no_if(
        !has(PartyRole::Recipient),
        "parties",
        "no party is a recipient",
    );
    found.no_if(
        has(PartyRole::Controller) && controllers.len() > 1,
        "parties",
        "a `controller` decides alone, and here several decide: write `joint_controller` or `controller_in_common` for each",
    );
    found.no_if(
        has(PartyRole::SubProcessor) && !has(PartyRole::Processor) && !has(PartyRole::SafeHaven),
        "parties",
        "a sub-processor works for a processor, and there is none",
    );
    contracts(clauses, &controllers, found);
    storage(clauses, found);
    notices(clauses, &controllers, found);
    signatures(clauses, found);
}

fn roles(clause: &str, party: &Party, found: &mut Found) {
    let without_sight = party.roles.contains(&PartyRole::ProcessorWithoutSight);
    found.no_if(
        without_sight && (party.handles() || party.controls()),
        format!("{clause}.roles"),
        "a processor that may never see the data has no other role that holds, sees or decides",
    );
}

fn assurance(clauses: &Clauses, clause: &str, party: &Party, found: &mut Found) {
    let near = party.handles() || party.roles.contains(&PartyRole::ProcessorWithoutSight);
    if near {
        found.no_if(
            party.territory.is_empty(),
            format!("{clause}.territory"),
            format!("say where {} may hold or look at the data", party.name),
        );
        match &party.dspt {
            None => found.no(
                format!("{clause}.dspt"),
                format!(
                    "{} is near the data, and its security assurance is not given",
                    party.name
                ),
            ),
            Some(dspt) => {
                found.filled(format!("{clause}.dspt.code"), &dspt.code);
                found.filled(format!("{clause}.dspt.edition"), &dspt.edition);
                found.no_if(
                    !dspt.status.suffices(),
                    format!("{clause}.dspt.status"),
                    "a party that has not met the standards may not be near the data",
                );
                found.no_if(
                    dspt.expires < clauses.term.start,
                    format!("{clause}.dspt.expires"),
                    "the security assurance runs out before the agreement starts",
                );
                found.warn_if(
                    dspt.expires < clauses.term.end,
                    format!("{clause}.dspt.expires"),
                    "the security assurance runs out before the agreement ends: the agreement stops on that day unless it is renewed",
                );
            }
        }
    }
    if near || party.controls() {
        match &party.registration {
            None => found.no(
                format!("{clause}.registration"),
                format!("give the data-protection registration of {}", party.name),
            ),
            Some(entry) => {
                found.filled(format!("{clause}.registration.number"), &entry.number);
                found.no_if(
                    entry.expires < clauses.term.start,
                    format!("{clause}.registration.expires"),
                    "the registration runs out before the agreement starts",
                );
                found.warn_if(
                    entry.expires < clauses.term.end,
                    format!("{clause}.registration.expires"),
                    "the registration runs out before the agreement ends: the agreement stops on that day unless it is renewed",
                );
            }
        }
    }
}

/// One contract above the agreement for each controller, in force for all of its days.
fn contracts(clauses: &Clauses, controllers: &[&Party], found: &mut Found) {
    for (index, contract) in clauses.framework_contracts.iter().enumerate() {
        let clause = format!("framework_contracts.{index}");
        found.filled(format!("{clause}.reference"), &contract.reference);
        found.no_if(
            contract.parties.len() < 2,
            format!("{clause}.parties"),
            "a contract has at least two parties",
        );
        found.no_if(
            contract.signed > clauses.term.start,
            format!("{clause}.signed"),
            "the contract is signed after the agreement starts",
        );
        found.no_if(
            contract.ends.is_some_and(|ends| ends < clauses.term.end),
            format!("{clause}.ends"),
            "the contract ends before the agreement does",
        );
    }
    for party in controllers {
        found.no_if(
            !clauses
                .framework_contracts
                .iter()
                .any(|c| c.parties.contains(&party.organisation)),
            "framework_contracts",
            format!(
                "{} is a controller without a framework contract above this agreement",
                party.name
            ),
        );
    }
}

fn storage(clauses: &Clauses, found: &mut Found) {
    found.no_if(
        clauses.storage.is_empty(),
        "storage",
        "say where the data are kept",
    );
    for (index, place) in clauses.storage.iter().enumerate() {
        let clause = format!("storage.{index}");
        found.filled(format!("{clause}.place"), &place.place);
        match clauses.party(&place.organisation) {
            None => found.no(&clause, format!("`{}` is not a party", place.organisation)),
            Some(party) => found.no_if(
                !party.territory.contains(&place.territory),
                format!("{clause}.territory"),
                format!(
                    "{} may not hold data in {}",
                    party.name,
                    place.territory.words()
                ),
            ),
        }
    }
}

fn notices(clauses: &Clauses, controllers: &[&Party], found: &mut Found) {
    let notices = &clauses.transparency.notices;
    for (index, notice) in notices.iter().enumerate() {
        let clause = format!("transparency.notices.{index}");
        found.no_if(
            clauses.party(&notice.organisation).is_none(),
            &clause,
            format!("`{}` is not a party", notice.organisation),
        );
        let plain = notice
            .address
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic()));
        found.no_if(
            !plain,
            format!("{clause}.address"),
            "write an address that begins with https://",
        );
    }
    for party in controllers {
        found.no_if(
            !notices.iter().any(|n| n.organisation == party.organisation),
            "transparency.notices",
            format!("{} is a controller and needs a public notice", party.name),
        );
    }
}

fn signatures(clauses: &Clauses, found: &mut Found) {
    let mut signed = BTreeSet::new();
    for (index, signature) in clauses.signatures.iter().enumerate() {
        let clause = format!("signatures.{index}");
        found.filled(format!("{clause}.name"), &signature.name);
        found.filled(format!("{clause}.role"), &signature.role);
        if clauses.party(&signature.party).is_none() {
            found.no(clause, format!("`{}` is not a party", signature.party));
        } else if !signed.insert(&signature.party) {
            found.no(clause, format!("`{}` has signed already", signature.party));
        }
    }
}
