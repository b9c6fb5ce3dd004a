//! Working out who each row is about.
//!
//! A linkage model (`content/linkage/`) says which landed tables need identities and by which
//! passes a record finds a person in the index. From it come [`steps`]: named queries that clean,
//! try every pass, choose, and write one identity for every record. What holds for a single
//! value (a name's form, a number's check digit) is a plain function, listed by [`functions`].

pub mod best;
pub mod block;
mod choices;
mod clean;
pub mod clk;
pub mod cluster;
pub mod compare;
pub mod dedupe;
pub mod evaluate;
pub mod explain;
pub mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod link_error;
mod linkage_model;
pub mod match_model;
mod passes;
pub mod people;
pub mod pictures;
pub mod plain;
mod records;
mod report;
mod returned;
mod steps;
pub mod trace;
pub mod train;
pub mod trained;
pub mod weigh;
pub mod weighing;

pub use choices::{apart, changes, people};
pub use clean::{
    first_name_key, functions, internal_identity, name_key, nhs_number_key, postcode_key,
};
pub use link_error::LinkError;
pub use linkage_model::{
    BirthDate, Birthday, Columns, Detail, Equality, LinkageModel, Pass, Past, Several, Sex, Source,
    Superseded,
};
pub use report::{link_report, trace_report};
pub use returned::{About, ReturnPass, Returning, Tables};
pub use steps::{
    CHOICES, DECIDED, INDEX, LINKS, NUMBERS, OUTCOMES, PAIRS, PASSED, RECORDS, SUBJECTS, WEIGH,
    WEIGHED, steps,
};

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod tests;
