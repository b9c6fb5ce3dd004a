//! The adult social care outcomes framework, from the main tables (sections 10 to 14).

mod clusters;
mod three_d;
mod two_a;
mod two_bc;
mod two_d;
mod two_e;

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::NaiveDate;

use crate::date::label;
use crate::main_tables::MainTables;
use crate::record::{Council, Inputs};
use crate::table::{Tables, one_decimal, shown};
use crate::text::Text;

/// A statistical year.
#[derive(Debug, Clone, Copy)]
struct Year {
    /// `latest` or `previous`: the end of the names of its tables.
    name: &'static str,
    /// The first day.
    start: NaiveDate,
    /// The last day.
    end: NaiveDate,
}

impl Year {
    /// The reporting period's label.
    fn label(&self) -> String {
        label(self.start, self.end)
    }
}

/// Adds tables 07 to 11 for both statistical years.
pub fn tables(inputs: &Inputs, main: &MainTables, tables: &mut Tables) -> Result<()> {
    let dates = &inputs.parameters;
    let years = [
        Year {
            name: "latest",
            start: dates.latest_start,
            end: dates.latest_end,
        },
        Year {
            name: "previous",
            start: dates.previous_start,
            end: dates.previous_end,
        },
    ];
    for year in years {
        two_a::tables(inputs, main, year, tables);
        two_bc::tables(inputs, main, year, tables);
        two_e::tables(inputs, main, year, tables);
        three_d::tables(inputs, main, year, tables);
    }
    let lagging = [
        Year {
            name: "latest",
            start: dates.ascof2d_latest_start,
            end: dates.ascof2d_latest_end,
        },
        Year {
            name: "previous",
            start: dates.ascof2d_previous_start,
            end: dates.ascof2d_previous_end,
        },
    ];
    for year in lagging {
        two_d::tables(inputs, main, year, tables)?;
    }
    Ok(())
}

/// The columns of every summary of a measure.
const SUMMARY: &str =
    "Reporting_Period,LA_Code,LA_Name,Measure,Description,Group,Numerator,Denominator,Outcome";

/// The columns of every count of unknown values.
const UNKNOWN_COUNTS: &str = "Reporting_Period,LA_Code,LA_Name,Measure,Description,Count";

/// What a row of a summary is about.
struct Line<'a> {
    council: &'a Council,
    measure: &'a str,
    description: &'a str,
    group: &'a str,
}

/// A row of a summary; the outcome is `times` numerator over denominator to one decimal.
fn summary_row(year: Year, line: &Line<'_>, times: f64, n: u64, d: u64) -> Vec<Option<String>> {
    vec![
        shown(year.label()),
        shown(&line.council.code),
        shown(&line.council.name),
        shown(line.measure),
        shown(line.description),
        shown(line.group),
        shown(n),
        shown(d),
        shown(one_decimal(times, n, d)),
    ]
}

/// The name of a council by its code in the look-up, else the name that its own row gives.
fn name_of(inputs: &Inputs, code: Option<&Text>, own: Option<&Text>) -> Option<String> {
    let found = inputs
        .councils
        .iter()
        .find(|council| Some(&council.code) == code);
    found.map(|council| &council.name).or(own).and_then(shown)
}

/// How many distinct values there are.
fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> u64 {
    values.collect::<BTreeSet<T>>().len() as u64
}

/// The four long term services.
const LONG_TERM: [&str; 4] = [
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Community",
    "Long term support: Prison",
];
