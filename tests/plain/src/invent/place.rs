//! The councils of an invented place, and the reference tables that know them. Some names are of real
//! councils, since section 12.5 rewrites them by name; everybody in them is invented.

use std::path::Path;

use anyhow::Result;

use super::dice::Dice;

/// A council as the layout knows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Council {
    /// Its code in the submissions.
    pub code: &'static str,
    /// Its name in the submissions.
    pub name: &'static str,
    /// Its code in the area look-ups.
    pub area: &'static str,
    /// Its name in the look-up of small areas.
    pub area_name: &'static str,
    /// Its region.
    pub region: &'static str,
}

const fn council(
    code: &'static str,
    name: &'static str,
    area: &'static str,
    area_name: &'static str,
    region: &'static str,
) -> Council {
    Council {
        code,
        name,
        area,
        area_name,
        region,
    }
}

/// Every council that a place can have; those that are not drawn stay in the look-ups, without a submission.
pub const COUNCILS: [Council; 12] = [
    council(
        "714",
        "City of London",
        "E09000001",
        "City of London",
        "London",
    ),
    council("116", "Durham", "E06000047", "County Durham", "North East"),
    council("318", "St Helens", "E08000013", "St. Helens", "North West"),
    council(
        "803",
        "Isle of Wight Council",
        "E06000046",
        "Isle of Wight",
        "South East",
    ),
    council(
        "418",
        "Telford and the Wrekin",
        "E06000020",
        "Telford and Wrekin",
        "West Midlands",
    ),
    council(
        "901",
        "Cumberland Council",
        "E06000063",
        "Cumberland",
        "North West",
    ),
    council("990", "Northmoor", "E10000990", "Northmoor", "North East"),
    council(
        "991",
        "Estuary Vale",
        "E10000991",
        "Estuary Vale",
        "South East",
    ),
    council("992", "High Fells", "E10000992", "High Fells", "North West"),
    council(
        "993",
        "Saltmarsh",
        "E10000993",
        "Saltmarsh",
        "East of England",
    ),
    council(
        "994",
        "Upper Wold",
        "E10000994",
        "Upper Wold",
        "Yorkshire and The Humber",
    ),
    council(
        "995",
        "Lower Wold",
        "E10000995",
        "Lower Wold",
        "Yorkshire and The Humber",
    ),
];

/// Draws the councils of a place.
pub fn councils(count: usize, dice: &mut Dice) -> Vec<Council> {
    let mut all = COUNCILS.to_vec();
    dice.shuffle(&mut all);
    all.truncate(count.clamp(1, COUNCILS.len() - 1));
    all
}

/// The two small areas of a council.
pub fn small_areas(council: &Council) -> [String; 2] {
    let digits: String = council.area.chars().skip(1).collect();
    [1, 2].map(|nth| format!("E01{}{nth}", digits.chars().skip(3).collect::<String>()))
}

/// Writes the three reference tables of areas and population.
pub fn write_reference(folder: &Path, dice: &mut Dice) -> Result<()> {
    let mut regions = csv::Writer::from_path(folder.join("REF_ONS_Codes_LA_Region_Lookup.csv"))?;
    let mut areas = csv::Writer::from_path(folder.join("REF_ONS_LSOA11_UTLA23_Lookup.csv"))?;
    let mut people =
        csv::Writer::from_path(folder.join("REF_ONS_Pop_Gender_Pub_Age_Bands_24.csv"))?;
    regions.write_record(["LA_Code", "LA_Name", "LA_Area_Code", "Region"])?;
    areas.write_record(["LSOA_Code_2011", "UTLA_Code_2023", "UTLA_Name_2023"])?;
    people.write_record(["Code", "Geography", "Gender", "Age_Band", "Population"])?;
    for (place, council) in COUNCILS.iter().enumerate() {
        regions.write_record([council.code, council.name, council.area, council.region])?;
        for small in small_areas(council) {
            areas.write_record([small.as_str(), council.area, council.area_name])?;
        }
        for gender in ["All", "Male", "Female"] {
            for band in ["Under 18", "18 to 64", "65 and above", "All ages"] {
                let missing = place == COUNCILS.len() - 1 && gender == "All";
                let number = (200 + dice.below(90_000)).to_string();
                if !missing {
                    people.write_record([
                        council.area,
                        "Local Authority",
                        gender,
                        band,
                        &number,
                    ])?;
                }
            }
        }
        let number = (1000 + dice.below(90_000)).to_string();
        people.write_record([council.area, "Region", "All", "18 to 64", &number])?;
    }
    areas.write_record(["W01000001", "W06000001", "Isle of Anglesey"])?;
    people.write_record(["E92000001", "Country", "All", "18 to 64", "34000000"])?;
    regions.flush()?;
    areas.flush()?;
    people.flush()?;
    Ok(())
}
