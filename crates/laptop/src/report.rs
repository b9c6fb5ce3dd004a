//! The findings as files for people: one form each.

pub(crate) mod workbook;
