//! Section 12.5, part 2: which discharges were followed by reablement.

use crate::ascof::two_d::discharges::Discharge;
use crate::ascof::two_d::links::Link;
use crate::ascof::two_d::part_one::denominator;
use crate::ascof::two_d::{CLIENT_TYPES, ENGLAND, SLICES, Shares, TOTAL, councils};
use crate::ascof::{Year, distinct};
use crate::record::Inputs;
use crate::table::{Table, shown, two_decimals_percent};
use crate::text::Text;

/// Names of residence and the names of client level data.
const NAMES: [(&str, &str); 10] = [
    ("Cumberland", "Cumberland Council"),
    ("Isle of Wight", "Isle of Wight Council"),
    ("St. Helens", "St Helens"),
    ("Telford and Wrekin", "Telford and the Wrekin"),
    ("Westmorland and Furness", "Westmorland and Furness Council"),
    ("County Durham", "Durham"),
    (
        "Kensington and Chelsea",
        "Royal Borough of Kensington and Chelsea",
    ),
    (
        "Windsor and Maidenhead",
        "Royal Borough Windsor and Maidenhead",
    ),
    ("Southend-on-Sea", "Southend on Sea"),
    ("Stoke-on-Trent", "Stoke on Trent"),
];

/// The name that client level data has for an area of residence.
fn rewritten(residence: &Text) -> Text {
    let found = NAMES.iter().find(|(name, _)| residence.is(name));
    found.map_or_else(|| residence.clone(), |(_, name)| Text::new(name))
}

/// An area with its discharges, by residence, and its links, by the council that submitted.
type Area<'a> = (String, Vec<&'a Discharge>, Vec<&'a Link<'a>>);

fn areas<'a>(inputs: &Inputs, discharges: &'a [Discharge], links: &'a [Link<'a>]) -> Vec<Area<'a>> {
    let mut all: Vec<Area<'a>> = vec![(
        ENGLAND.to_owned(),
        discharges.iter().collect(),
        links.iter().collect(),
    )];
    for (code, name) in councils(inputs) {
        let resident =
            |one: &&Discharge| one.residence.as_ref().map(rewritten).as_ref() == Some(name);
        let of_council = |link: &&Link<'_>| link.reablement.cluster.la_code.as_ref() == Some(code);
        all.push((
            name.to_string(),
            discharges.iter().filter(resident).collect(),
            links.iter().filter(of_council).collect(),
        ));
    }
    all.retain(|(_, discharges, links)| !(discharges.is_empty() && links.is_empty()));
    all
}

/// Part 2. A count without data is missing; an area without any is absent.
pub(super) fn shares(
    inputs: &Inputs,
    discharges: &[Discharge],
    links: &[Link<'_>],
    year: Year,
) -> Shares {
    let counts = "Discharges,Reablement_Count,Outcome_Percent";
    let mut totals = Table::new(&format!("Reporting_Period,Area,Client_Type,{counts}"));
    let mut slices = Table::new(&format!("Reporting_Period,Area,Client_Type,Slice,{counts}"));
    for (area, discharges, links) in areas(inputs, discharges, links) {
        for client_type in CLIENT_TYPES {
            for slice in SLICES {
                let of_slice = discharges
                    .iter()
                    .filter(|one| one.is_in(client_type, slice));
                let spells = distinct(of_slice.filter_map(|one| one.apcs_ident.as_ref()));
                let followed = denominator(&links, client_type, slice);
                let counts = [
                    Some(spells).filter(|count| *count > 0).and_then(shown),
                    Some(followed).filter(|count| *count > 0).and_then(shown),
                    two_decimals_percent(followed, spells).filter(|_| followed > 0),
                ];
                let mut row = vec![shown(year.label()), shown(&area), shown(client_type)];
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
