//! How alike two values are: one file for each measure, each held against published vectors and a second, plain
//! implementation.
//!
//! Measures take cleaned text and know no columns. All are symmetric, and none of them allocates on ASCII text
//! of up to 64 letters, which is almost every name.

mod array_intersection;
mod damerau_levenshtein;
mod geographic_distance;
mod jaro_winkler;
pub mod pair;
mod soundex;

pub use array_intersection::{BETWEEN, shared_items};
pub(crate) use damerau_levenshtein::one_edit;
pub use damerau_levenshtein::{osa_distance, unrestricted_distance, within_one_edit};
pub use geographic_distance::{Place, metres_between};
pub use jaro_winkler::{jaro, jaro_winkler};
pub use soundex::soundex;

#[cfg(test)]
pub(crate) mod tests {
    /// Names, slips of the pen, and texts that no name should be.
    pub(crate) fn texts() -> Vec<String> {
        let mut all: Vec<String> = [
            "",
            "A",
            "AB",
            "BA",
            "CA",
            "ABC",
            "ABXYZ",
            "MARTHA",
            "MARHTA",
            "DIXON",
            "DICKSONX",
            "DWAYNE",
            "DUANE",
            "SMITH",
            "SMYTHE",
            "SIMTH",
            "KATHERINE",
            "CATHERINE",
            "JONES",
            "JOHNSON",
            "MOHAMMED",
            "MUHAMMAD",
            "MOHAMED",
            "O'BRIEN",
            "OBRIEN",
            "ANNE MARIE",
            "ANNEMARIE",
            "AAAAAAAA",
            "AAAABAAA",
            "ABABABAB",
            "BABABABA",
            "ÉLODIE",
            "ELODIE",
            "ŁUKASZ",
            "李小龙",
            "小李龙",
            "MÜLLER-LÜDENSCHEIDT",
        ]
        .map(str::to_owned)
        .into();
        all.push("AB".repeat(31));
        all.push("AB".repeat(32));
        all.push(format!("{}C", "AB".repeat(32)));
        all.push("X".repeat(200));
        all
    }
}
