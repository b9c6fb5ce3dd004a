//! Custody of keys: where they rest, who may use them, how they are changed and destroyed.
//!
//! No query engine, no people's data. A key leaves this crate only as something that has been done with it.
