//! Disclosure control, and the only way to a table that may leave.
