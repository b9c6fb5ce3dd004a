//! ASCOF 2D (section 12): reablement after hospital, for people of 65 and over.

mod discharges;
mod links;
mod part_one;
mod part_two;

use chrono::NaiveDate;

use anyhow::Result;

use crate::ascof::Year;
use crate::ascof::clusters::{Cluster, clusters, is_st_max};
use crate::main_tables::{Event, MainTables};
use crate::record::Inputs;
use crate::table::Tables;
use crate::text::{Text, begins, is};

/// The client types of the outputs.
const CLIENT_TYPES: [&str; 3] = [
    "Those in LT community support",
    "Those not in any LTS",
    TOTAL,
];

/// The slices of the outputs.
const SLICES: [&str; 6] = [TOTAL, "65-74", "75-84", "85+", "Female", "Male"];

const TOTAL: &str = "Total";
const ENGLAND: &str = "England";

/// What the cleaned table of 2D is cut into (section 12.1).
struct Care<'a> {
    /// Long term services, by the service type alone.
    long_term: Vec<&'a Event>,
    /// Clusters of reablement.
    reablement: Vec<Reablement<'a>>,
}

/// A cluster of reablement (section 12.1).
struct Reablement<'a> {
    cluster: Cluster<'a>,
    date_of_death: Option<NaiveDate>,
}

/// Adds tables 09 for a year.
pub(super) fn tables(
    inputs: &Inputs,
    main: &MainTables,
    year: Year,
    tables: &mut Tables,
) -> Result<()> {
    let care = care(main, year);
    let discharges = discharges::discharges(inputs, &care.long_term, year);
    let links = links::links(inputs, &care, &discharges, year)?;
    let name = year.name;
    let one = part_one::shares(inputs, &links, year);
    let two = part_two::shares(inputs, &discharges, &links, year);
    tables.insert(format!("09_ascof_2d_links_{name}"), links::list(&links));
    tables.insert(format!("09_ascof_2d_part1_{name}"), one.totals);
    tables.insert(format!("09_ascof_2d_part1_demographics_{name}"), one.slices);
    tables.insert(format!("09_ascof_2d_part2_{name}"), two.totals);
    tables.insert(format!("09_ascof_2d_part2_demographics_{name}"), two.slices);
    tables.insert(
        format!("09_ascof_2d_venn_{name}"),
        part_one::venn(inputs, &links, year),
    );
    Ok(())
}

/// A table of all slices, and the one of the slice Total.
struct Shares {
    totals: crate::table::Table,
    slices: crate::table::Table,
}

/// Section 12.1. Clusters are not limited to the year: the discharges are.
fn care(main: &MainTables, year: Year) -> Care<'_> {
    let death = |event: &Event| {
        main.person_of(event)
            .and_then(|person| person.date_of_death)
    };
    let cleaned: Vec<&Event> = main
        .joined
        .iter()
        .filter(|event| {
            event.is_of("Service user")
                && death(event).is_none_or(|death| death >= year.start)
                && event.ends_well()
        })
        .collect();
    let long_term = cleaned
        .iter()
        .copied()
        .filter(|event| begins(event.cleaned.service_type.as_ref(), "Long"));
    let is_reablement = |event: &&Event| {
        is_st_max(event) && is(event.cleaned.service_component.as_ref(), "Reablement")
    };
    let events = cleaned.iter().copied().filter(is_reablement);
    let found = clusters(events, |event| event.outcome_hierarchy.unwrap_or(999));
    let reablement = found.into_iter().map(|cluster| {
        let person = main
            .persons
            .get(&(cluster.la_code.clone(), cluster.person.clone()));
        let date_of_death = person.and_then(|person| person.date_of_death);
        Reablement {
            cluster,
            date_of_death,
        }
    });
    Care {
        long_term: long_term.collect(),
        reablement: reablement.collect(),
    }
}

/// The names of the councils of the look-up, each with its code.
fn councils(inputs: &Inputs) -> impl Iterator<Item = (&Text, &Text)> {
    inputs
        .councils
        .iter()
        .map(|council| (&council.code, &council.name))
}

#[cfg(test)]
mod tests;
