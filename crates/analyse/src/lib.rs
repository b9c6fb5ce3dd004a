//! Derived tables and measures, as queries.
