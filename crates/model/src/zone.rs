//! Zones: where data may be, as types, and the typed handle of a table in a zone.

use std::marker::PhantomData;

mod sealed {
    pub trait Sealed {}
}

/// Where data may be. A table, a step and a store each belong to one, and the compiler keeps them apart.
pub trait Zone: sealed::Sealed + Send + Sync + 'static {
    /// The name used in addresses, settings and logs.
    const NAME: &'static str;
}

/// Names, numbers and dates of birth may be here.
#[derive(Debug, Clone, Copy)]
pub enum Identifiable {}
/// Pseudonyms only. Nothing here points at a person by itself.
#[derive(Debug, Clone, Copy)]
pub enum Pseudonymous {}
/// Figures that may leave.
#[derive(Debug, Clone, Copy)]
pub enum Releasable {}

impl sealed::Sealed for Identifiable {}
impl sealed::Sealed for Pseudonymous {}
impl sealed::Sealed for Releasable {}

impl Zone for Identifiable {
    const NAME: &'static str = "identified";
}
impl Zone for Pseudonymous {
    const NAME: &'static str = "analysis";
}
impl Zone for Releasable {
    const NAME: &'static str = "released";
}

/// One version of one table, in the zone that its type names.
#[derive(Debug)]
pub struct Table<Z: Zone> {
    name: String,
    version: u64,
    zone: PhantomData<Z>,
}

impl<Z: Zone> Table<Z> {
    /// A handle; `store` makes one for each version that it has written.
    pub fn at(name: impl Into<String>, version: u64) -> Self {
        Self {
            name: name.into(),
            version,
            zone: PhantomData,
        }
    }

    /// The table's name within its zone.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version that the handle stands for.
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl<Z: Zone> Clone for Table<Z> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            version: self.version,
            zone: PhantomData,
        }
    }
}
