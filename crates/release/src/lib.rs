//! Disclosure control: count tables in, tables that may leave out.
//!
//! [`protect()`] is the only way to a [`ReleasableTable`]. Rule sets are content; the methods that
//! they name are plain functions in `protect/`. Nothing here queries, and nothing here looks at
//! what was released before: complementary suppression and the audit over all releases come later.

pub mod interval;
pub mod pairs;
pub mod protect;
pub mod published;
pub mod reference;
pub mod refusal;
pub mod render;
pub mod rules;
pub mod shape;
pub mod table;

pub use interval::Interval;
pub use pairs::{Side, side_by_side};
pub use protect::share::Share;
pub use protect::{people_as_shown, protect};
pub use published::{Cell, PublishedTable, ReleasableTable};
pub use refusal::{RefusalReason, ReleaseRefusal};
pub use rules::RuleSet;
pub use shape::shape_refusals;
pub use table::{ColumnDescription, ColumnKind, CountTable, Row, Unit};

#[cfg(test)]
mod tests;
