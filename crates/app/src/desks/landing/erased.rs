//! Rows about people whose records were erased are not taken in again: neither by a file that comes later nor by one
//! that is landed anew.
//!
//! Who they are is known by keyed digests alone, so a row is recognised by a number that stands in it.

use super::super::{IdentifiedDesk, PersonDigests};
use anyhow::Result;
use link::LinkageModel;
use model::{Dataset, FieldKind};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use store::arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray},
    compute::filter_record_batch,
    error::ArrowError,
};

/// Leaves rows of erased people out, and blanks what points at them in rows of others.
pub(super) struct Erased {
    digests: PersonDigests,
    known: BTreeSet<String>,
    /// Columns whose number says whom a row is about.
    about: Vec<String>,
    /// Other columns that may point at a person.
    pointing: Vec<String>,
    touched: AtomicU64,
}

impl IdentifiedDesk<'_> {
    /// Who is to be left out of a file; none where nobody was ever erased.
    pub(super) async fn erased(&self, dataset: &Dataset) -> Result<Option<Arc<Erased>>> {
        let w = self.workspace;
        let known: BTreeSet<String> = w.control.erased_people().await?.into_keys().collect();
        if known.is_empty() {
            return Ok(None);
        }
        let defaults = laptop::Defaults::read(&w.content)?;
        let model = LinkageModel::read(&w.content, &defaults.linkage)?;
        let own = model
            .sources
            .iter()
            .chain([&model.index])
            .find(|source| source.table.as_str() == dataset.table)
            .map(|source| source.columns.nhs_number.as_ref().map(model::Ident::as_str));
        let mut erased = Erased {
            digests: w.person_digests()?,
            known,
            about: Vec::new(),
            pointing: Vec::new(),
            touched: AtomicU64::new(0),
        };
        let fields = dataset.fields.iter();
        for field in fields.filter(|f| f.identifying && f.kind == FieldKind::Text) {
            // In a table of no linkage a row is about whoever's number stands in it.
            if own.is_none_or(|own| own == Some(field.column.as_str())) {
                erased.about.push(field.column.clone());
            } else {
                erased.pointing.push(field.column.clone());
            }
        }
        Ok(Some(Arc::new(erased)))
    }
}

impl Erased {
    /// A batch without them.
    pub(super) fn left_out(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let mut stays = vec![true; batch.num_rows()];
        for name in &self.about {
            for (stay, is_erased) in stays.iter_mut().zip(self.are_erased(batch, name)?) {
                *stay &= !is_erased;
            }
        }
        let left_out = stays.iter().filter(|stay| !**stay).count();
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        let mut blanked = 0;
        for name in &self.pointing {
            let erased = self.are_erased(batch, name)?;
            let count = erased.iter().filter(|is| **is).count();
            let at = batch.schema().index_of(name);
            if let (true, Ok(at)) = (count > 0, at)
                && let Some(column) = columns.get_mut(at)
            {
                let cells = column.as_string_opt::<i32>().map(|cells| {
                    cells
                        .iter()
                        .zip(&erased)
                        .map(|(cell, is_erased)| cell.filter(|_| !is_erased))
                        .collect::<StringArray>()
                });
                if let Some(cells) = cells {
                    *column = Arc::new(cells);
                    blanked += count;
                }
            }
        }
        if left_out + blanked == 0 {
            return Ok(batch.clone());
        }
        self.touched
            .fetch_add((left_out + blanked) as u64, Ordering::Relaxed);
        let batch = RecordBatch::try_new(batch.schema(), columns)?;
        filter_record_batch(&batch, &BooleanArray::from(stays))
    }

    /// How many rows were left out or lost a value.
    pub(super) fn touched(&self) -> u64 {
        self.touched.load(Ordering::Relaxed)
    }

    fn are_erased(&self, batch: &RecordBatch, name: &str) -> Result<Vec<bool>, ArrowError> {
        let Some(cells) = batch
            .column_by_name(name)
            .and_then(|column| column.as_string_opt::<i32>())
        else {
            return Ok(vec![false; batch.num_rows()]);
        };
        let is_erased = |row: usize| -> Result<bool, ArrowError> {
            if cells.is_null(row) {
                return Ok(false);
            }
            let Some(number) = link::nhs_number_key(cells.value(row)) else {
                return Ok(false);
            };
            let made = self.digests.of(&number);
            let made = made.map_err(|fault| ArrowError::ExternalError(fault.into()))?;
            Ok(self.known.contains(&made))
        };
        (0..cells.len()).map(is_erased).collect()
    }
}
