//! `Identifying<T>`: a value that points at a person. It prints as a placeholder.

use std::fmt;

/// A value that could identify someone. It never prints, is never serialised, and comes out
/// only through [`Identifying::reveal`], so that one search lists every use.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Identifying<T>(T);

impl<T> Identifying<T> {
    /// Marks a value as identifying.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a decision to handle a person's data.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, owned.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Identifying<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹identifying›")
    }
}

impl<T> fmt::Display for Identifying<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹identifying›")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifying_values_do_not_print() {
        let name = Identifying::new("Ada Thornby");
        assert_eq!(format!("{name} {name:?}"), "‹identifying› ‹identifying›");
        assert_eq!(*name.reveal(), "Ada Thornby");
    }
}
