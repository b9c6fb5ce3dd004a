//! Data quality: how usable the cells of a submission are, field by field, beside the files before it and
//! those of other councils. Counts only: no row and no cell.

mod counts;

pub(super) use counts::{Goodness, goodness, reports};
