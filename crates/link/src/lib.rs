//! Working out who each row is about.
