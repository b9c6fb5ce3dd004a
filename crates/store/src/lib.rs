//! The one crate that knows the query engine: tables, snapshots, running steps.
