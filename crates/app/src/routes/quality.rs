//! Data quality: how usable the cells of a submission are, field by field, beside the files before it and
//! those of other councils. Counts only: no row and no cell.

mod compare;
mod counts;
mod overview;
mod report;

pub(super) use compare::Middle;
pub(super) use counts::{Goodness, Reports, goodness, reports};
pub(super) use overview::{overview, overview_xlsx};
pub(super) use report::{are, latest, page, xlsx};
