//! One file per page: a plain function from a view to HTML.
