//! What was weighed, as columns: for the part of the program that keeps tables.

use super::run::level_names;
use crate::{
    best::{Best, Sides},
    match_model::MatchModel,
};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, builder::StringBuilder};
use arrow_schema::ArrowError;
use std::sync::Arc;

/// The best person for each record, column by column.
#[derive(Debug)]
pub struct Weighed {
    names: Vec<String>,
    texts: Vec<StringBuilder>,
    numbers: [Vec<f64>; NUMBERS.len()],
    whole: Vec<RecordBatch>,
}

/// Rows in a batch.
const BATCH: usize = 65_536;

/// The columns of ids, before those of numbers.
const IDS: [&str; 3] = ["subject", "person_number", "outcome"];
/// The columns of numbers.
const NUMBERS: [&str; 4] = ["pair_weight", "match_weight", "probability", "margin"];

impl Weighed {
    pub(super) fn new(model: &MatchModel) -> Self {
        let levels = model.comparisons.iter();
        let levels = levels.map(|comparison| format!("{}_level", comparison.name.get_ref()));
        let names: Vec<String> = IDS.map(str::to_owned).into_iter().chain(levels).collect();
        Self {
            texts: names.iter().map(|_| StringBuilder::new()).collect(),
            names,
            numbers: [const { Vec::new() }; NUMBERS.len()],
            whole: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, sides: &Sides<'_>, rows: &[Best]) -> Result<(), ArrowError> {
        for rows in rows.chunks(BATCH) {
            self.fill(sides, rows);
            let batch = self.batch()?;
            self.whole.push(batch);
        }
        Ok(())
    }

    fn fill(&mut self, sides: &Sides<'_>, rows: &[Best]) {
        for best in rows {
            let ids = [
                sides.left.ids().of(best.left as usize),
                sides.right.ids().of(best.right as usize),
                best.outcome.word().into(),
            ];
            let levels = level_names(sides.model, &best.levels).map(Into::into);
            for (column, text) in self.texts.iter_mut().zip(ids.into_iter().chain(levels)) {
                column.append_value(text);
            }
            let numbers = [best.pair_bits, best.bits, best.probability, best.margin];
            for (column, number) in self.numbers.iter_mut().zip(numbers) {
                column.push(number);
            }
        }
    }

    fn batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let texts = self.names.iter().zip(&mut self.texts);
        let texts =
            texts.map(|(name, column)| (name.clone(), Arc::new(column.finish()) as ArrayRef));
        let numbers = NUMBERS.into_iter().zip(&mut self.numbers);
        let numbers = numbers.map(|(name, column)| {
            let column = Float64Array::from(std::mem::take(column));
            (name.to_owned(), Arc::new(column) as ArrayRef)
        });
        RecordBatch::try_from_iter(texts.chain(numbers))
    }

    /// The rows; at least one batch, so that the columns are known where nobody was found.
    pub fn into_batches(mut self) -> Result<Vec<RecordBatch>, ArrowError> {
        if self.whole.is_empty() {
            let empty = self.batch()?;
            self.whole.push(empty);
        }
        Ok(self.whole)
    }
}
