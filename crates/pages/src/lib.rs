//! One file per page: a plain function from a view to HTML.
pub mod chart;
pub mod components;
pub mod drawing;
pub mod format;
