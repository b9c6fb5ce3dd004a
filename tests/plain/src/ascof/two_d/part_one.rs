//! Section 12.5, part 1: who stayed in the community for 12 weeks; and how the outcomes overlap.

use std::collections::BTreeSet;

use crate::ascof::two_d::links::{Link, Outcomes};
use crate::ascof::two_d::{CLIENT_TYPES, ENGLAND, SLICES, Shares, TOTAL, councils};
use crate::ascof::{Year, distinct};
use crate::record::Inputs;
use crate::table::{Table, shown, two_decimals_percent};

/// The links of each area that has any: the councils that submitted the reablement, and England.
fn areas<'a>(inputs: &Inputs, links: &'a [Link<'a>]) -> Vec<(String, Vec<&'a Link<'a>>)> {
    let mut all = vec![(ENGLAND.to_owned(), links.iter().collect::<Vec<_>>())];
    for (code, name) in councils(inputs) {
        let of_council = |link: &&Link<'_>| link.reablement.cluster.la_code.as_ref() == Some(code);
        all.push((name.to_string(), links.iter().filter(of_council).collect()));
    }
    all.retain(|(_, links)| !links.is_empty());
    all
}

/// The distinct clusters of those links that pass a test.
fn clusters(links: &[&&Link<'_>], test: impl Fn(Outcomes) -> bool) -> u64 {
    distinct(
        links
            .iter()
            .filter(|link| test(link.of_cluster))
            .map(|link| link.cluster()),
    )
}

/// How many clusters there are of a slice, the denominator of part 1 and the numerator of part 2.
pub(super) fn denominator(links: &[&Link<'_>], client_type: &str, slice: &str) -> u64 {
    let of_slice = links
        .iter()
        .filter(|link| link.discharge.is_in(client_type, slice));
    distinct(of_slice.map(|link| link.cluster()))
}

/// Part 1. A combination without data is missing; an area without any is absent.
pub(super) fn shares(inputs: &Inputs, links: &[Link<'_>], year: Year) -> Shares {
    let counts = "Reporting_Period,Denominator,Numerator,Outcome_Percent,Died,Readmitted,\
                  Entered_LT_ResNurs";
    let mut totals = Table::new(&format!("Area,Client_Type,{counts}"));
    let mut slices = Table::new(&format!("Area,Client_Type,Slice,{counts}"));
    for (area, links) in areas(inputs, links) {
        for client_type in CLIENT_TYPES {
            for slice in SLICES {
                let mut row = vec![shown(&area), shown(client_type)];
                let of_slice: Vec<&&Link<'_>> = links
                    .iter()
                    .filter(|link| link.discharge.is_in(client_type, slice))
                    .collect();
                let counts = counts_of(&of_slice, year);
                if slice == TOTAL {
                    totals.push(row.iter().chain(&counts).cloned().collect());
                }
                row.push(shown(slice));
                slices.push(row.into_iter().chain(counts).collect());
            }
        }
    }
    Shares { totals, slices }
}

fn counts_of(links: &[&&Link<'_>], year: Year) -> Vec<Option<String>> {
    let d = clusters(links, |_| true);
    let n = clusters(links, |outcomes| outcomes == Outcomes::default());
    let counts = [
        shown(d),
        shown(n),
        two_decimals_percent(n, d),
        shown(clusters(links, |outcomes| outcomes.died)),
        shown(clusters(links, |outcomes| outcomes.readmitted)),
        shown(clusters(links, |outcomes| outcomes.entered_home)),
    ];
    let present = counts.into_iter().map(|count| count.filter(|_| d > 0));
    [shown(year.label())].into_iter().chain(present).collect()
}

/// How death, readmission and long term care overlap: distinct rows of cluster, client type and outcomes.
pub(super) fn venn(inputs: &Inputs, links: &[Link<'_>], year: Year) -> Table {
    let mut table = Table::new(
        "Reporting_Period,Area,Client_Type,Total_Death,Death_Only,Death_Readmission,Death_LTS,\
         Total_Readmission,Readmission_Only,Readmission_LTS,Total_LTS,LTS_Only,All_3_Outcomes",
    );
    for (area, links) in areas(inputs, links) {
        for client_type in CLIENT_TYPES {
            let of_type = links
                .iter()
                .filter(|link| link.discharge.is_in(client_type, TOTAL));
            // A cluster linked to rows of different client type, gender or age group is one row for each.
            let rows: BTreeSet<_> = of_type
                .map(|link| {
                    let (kind, gender) =
                        (link.discharge.client_type, link.discharge.gender.clone());
                    let who = (kind, gender, link.discharge.age_group());
                    (link.cluster(), who, link.of_cluster)
                })
                .collect();
            let count = |test: fn(bool, bool, bool) -> bool| {
                let found = rows.iter().filter(|(_, _, outcomes)| {
                    test(outcomes.died, outcomes.readmitted, outcomes.entered_home)
                });
                shown(found.count())
            };
            table.push(vec![
                shown(year.label()),
                shown(&area),
                shown(client_type),
                count(|died, _, _| died),
                count(|died, back, home| died && !back && !home),
                count(|died, back, home| died && back && !home),
                count(|died, back, home| died && !back && home),
                count(|_, back, _| back),
                count(|died, back, home| !died && back && !home),
                count(|died, back, home| !died && back && home),
                count(|_, _, home| home),
                count(|died, back, home| !died && !back && home),
                count(|died, back, home| died && back && home),
            ]);
        }
    }
    table
}
