//! Holding raw cells against the rules of their dataset.
