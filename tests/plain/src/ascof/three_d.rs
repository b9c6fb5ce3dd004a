//! ASCOF 3D (section 14): self-directed support and direct payments, of clients and of carers.

mod carers;
mod clients;

use crate::ascof::{Line, SUMMARY, UNKNOWN_COUNTS, Year, summary_row};
use crate::date::age;
use crate::main_tables::clean::working_age_band;
use crate::main_tables::{Event, MainTables};
use crate::record::Inputs;
use crate::table::{Table, Tables, shown};
use crate::text::Text;

const CLIENTS: &str = "ASCOF 3D (Clients)";
const CARERS: &str = "ASCOF 3D (Carers)";

const UNKNOWN_MECHANISM: &str =
    "Unknown or invalid delivery mechanism, or unable to deduce from service component";

/// One of the four proportions.
struct Share {
    measure: &'static str,
    description: &'static str,
    counts: fn(&Counted) -> bool,
}

const SHARES: [Share; 4] = [
    Share {
        measure: CLIENTS,
        description: "1a - The proportion of clients who use services who receive self-directed \
                      support (%)",
        counts: |one| one.self_directed,
    },
    Share {
        measure: CLIENTS,
        description: "2a - The proportion of clients who use services who receive direct payments \
                      (%)",
        counts: |one| one.direct_payment,
    },
    Share {
        measure: CARERS,
        description: "1b - The proportion of carers who use services who receive self-directed \
                      support (%)",
        counts: |one| one.self_directed,
    },
    Share {
        measure: CARERS,
        description: "2b - The proportion of carers who use services who receive direct payments \
                      (%)",
        counts: |one| one.direct_payment,
    },
];

/// A person in the denominator of two of the proportions.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    measure: &'static str,
    la_code: Option<Text>,
    band: &'static str,
    self_directed: bool,
    direct_payment: bool,
}

/// A person whose way of delivery is not known.
struct NotKnown {
    measure: &'static str,
    la_code: Option<Text>,
}

/// Adds tables 11 for a year.
pub(super) fn tables(inputs: &Inputs, main: &MainTables, year: Year, tables: &mut Tables) {
    let clients = clients::persons(main, year);
    let carers = carers::persons(main, year);
    let counted: Vec<Counted> = clients::counted(&clients)
        .into_iter()
        .chain(carers::counted(&carers))
        .collect();
    let not_known: Vec<NotKnown> = clients::not_known(&clients)
        .into_iter()
        .chain(carers::not_known(&carers))
        .collect();
    let name = year.name;
    let mut add = |table: &str, rows: Table| {
        tables.insert(format!("11_ascof_3d{table}_{name}"), rows);
    };
    add("_client_persons", clients::list(inputs, &clients));
    add("_carer_persons", carers::list(inputs, &carers));
    add("", summary(inputs, &counted, year));
    add("_unknown", unknown(inputs, &not_known, year));
}

/// The age of the person of an event at the end of the year, from the person's details.
fn age_of(main: &MainTables, event: &Event, year: Year) -> Option<i64> {
    let birth = main.person_of(event).and_then(|person| person.birth_date)?;
    Some(age(birth, year.end))
}

/// The band of an age at the end of the year.
fn band_of(age: Option<i64>) -> &'static str {
    working_age_band(age)
}

/// Every council by every description and every group that occurs.
fn summary(inputs: &Inputs, counted: &[Counted], year: Year) -> Table {
    let mut table = Table::new(SUMMARY);
    let occurs = |group: &str| {
        counted
            .iter()
            .any(|one| group == "Total" || one.band == group)
    };
    for council in &inputs.councils {
        for share in &SHARES {
            let measure = share.measure;
            if !counted.iter().any(|one| one.measure == measure) {
                continue;
            }
            for group in ["18 to 64", "65 and above", "Total"] {
                if !occurs(group) {
                    continue;
                }
                let all: Vec<&Counted> = counted
                    .iter()
                    .filter(|one| {
                        one.measure == measure
                            && one.la_code.as_ref() == Some(&council.code)
                            && (group == "Total" || one.band == group)
                    })
                    .collect();
                let n = all.iter().filter(|one| (share.counts)(one)).count() as u64;
                let line = Line {
                    council,
                    measure,
                    description: share.description,
                    group,
                };
                table.push(summary_row(year, &line, 100.0, n, all.len() as u64));
            }
        }
    }
    table
}

/// One row to a council and measure.
fn unknown(inputs: &Inputs, not_known: &[NotKnown], year: Year) -> Table {
    let mut table = Table::new(UNKNOWN_COUNTS);
    for council in &inputs.councils {
        for measure in [CLIENTS, CARERS] {
            let count = not_known.iter().filter(|one| {
                one.measure == measure && one.la_code.as_ref() == Some(&council.code)
            });
            table.push(vec![
                shown(year.label()),
                shown(&council.code),
                shown(&council.name),
                shown(measure),
                shown(UNKNOWN_MECHANISM),
                shown(count.count()),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests;
