//! A `Step`: a named query as a value. Verbs return them; `store` runs them.

use crate::{Identifiable, Pseudonymous, Sql, Zone};
use std::marker::PhantomData;

/// A named query that reads tables of one zone and writes one table of another (mostly the same) zone.
#[derive(Debug)]
pub struct Step<From: Zone, To: Zone = From> {
    /// What the step is called in run reports: `link.pass.nhs_number`.
    pub name: String,
    /// Why it is there, in a sentence for the run page.
    pub why: String,
    /// The tables it reads.
    pub reads: Vec<String>,
    /// The table it writes, whole: the new version replaces the old.
    pub writes: String,
    /// The query.
    pub sql: Sql,
    zones: PhantomData<(From, To)>,
}

impl<Z: Zone> Step<Z, Z> {
    /// A step that stays within its zone.
    pub fn within(
        name: impl Into<String>,
        why: impl Into<String>,
        reads: impl IntoIterator<Item = impl Into<String>>,
        writes: impl Into<String>,
        sql: Sql,
    ) -> Self {
        Self::build(
            name.into(),
            why.into(),
            reads.into_iter().map(Into::into).collect(),
            writes.into(),
            sql,
        )
    }
}

impl Step<Identifiable, Pseudonymous> {
    /// A step that crosses from identifiable to pseudonymous.
    // INVARIANT: only the crate `pseudonymise` calls this; `tidy` fails when another does.
    pub fn crossing(
        name: impl Into<String>,
        why: impl Into<String>,
        reads: impl IntoIterator<Item = impl Into<String>>,
        writes: impl Into<String>,
        sql: Sql,
    ) -> Self {
        Self::build(
            name.into(),
            why.into(),
            reads.into_iter().map(Into::into).collect(),
            writes.into(),
            sql,
        )
    }
}

impl<From: Zone, To: Zone> Step<From, To> {
    fn build(name: String, why: String, reads: Vec<String>, writes: String, sql: Sql) -> Self {
        Self {
            name,
            why,
            reads,
            writes,
            sql,
            zones: PhantomData,
        }
    }
}

impl<From: Zone, To: Zone> Clone for Step<From, To> {
    fn clone(&self) -> Self {
        Self::build(
            self.name.clone(),
            self.why.clone(),
            self.reads.clone(),
            self.writes.clone(),
            self.sql.clone(),
        )
    }
}
