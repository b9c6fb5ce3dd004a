//! The words that every part of Haven speaks: names, zones, steps, findings, datasets, content.
//!
//! Light on purpose: no engine, no async, no clock of its own, and no files beyond reading `content/`.

pub mod area;
pub mod clock;
pub mod content;
pub mod dataset;
pub mod finding;
pub mod function;
pub mod identifying;
pub mod nhs_number;
pub mod source_key;
pub mod sql;
pub mod step;
pub mod submission;
pub mod whole_file;
pub mod zone;

pub use clock::{Clock, FixedClock};
pub use content::{Content, ContentError};
pub use dataset::{CodeList, Dataset, Family, Field, FieldKind};
pub use finding::{Finding, Level};
pub use function::{Function, FunctionKind};
pub use identifying::Identifying;
pub use nhs_number::NhsNumber;
pub use source_key::source_key;
pub use sql::{Ident, Sql};
pub use step::Step;
pub use submission::{OrganisationCode, SubmissionId};
pub use whole_file::WholeFile;
pub use zone::{Identifiable, Pseudonymous, Releasable, Table, Zone};

/// A civil date, without a time or a zone.
pub type Date = chrono::NaiveDate;
