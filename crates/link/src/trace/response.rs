//! Batch trace responses: written with the columns of the current service, read back whoever wrote them.
//!
//! It is a file for machines: what stands in a cell is what was found, quoted where CSV asks for it and nothing else.

mod read;
mod write;

pub use read::{ResponseError, Responses};
pub use write::{ResponseForm, ResponseWriter};

use crate::trace::{FieldScores, ResponseColumn, ResultCode, Score};
use std::borrow::Cow;

/// One row of a response.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ResponseRow {
    cells: [String; 29],
    scores: [String; 5],
}

impl ResponseRow {
    /// A cell.
    pub fn get(&self, column: ResponseColumn) -> &str {
        let at = column as usize;
        let scores = at.checked_sub(self.cells.len());
        scores
            .map_or_else(|| self.cells.get(at), |at| self.scores.get(at))
            .map_or("", String::as_str)
    }

    /// Sets a cell.
    pub fn set<'a>(&mut self, column: ResponseColumn, value: impl Into<Cow<'a, str>>) {
        let at = column as usize;
        let cell = match at.checked_sub(self.cells.len()) {
            None => self.cells.get_mut(at),
            Some(at) => self.scores.get_mut(at),
        };
        if let Some(cell) = cell {
            *cell = value.into().into_owned();
        }
    }

    /// Sets the five scores; all blank where there are none.
    pub fn set_scores(&mut self, scores: Option<FieldScores>) {
        self.scores = scores.map_or_else(Default::default, |scores| {
            scores.in_order().map(|score| score.to_string())
        });
    }

    /// The result code, of either family.
    pub fn code(&self) -> Option<ResultCode> {
        ResultCode::parse(self.get(ResponseColumn::Code))
    }

    /// The step that found the person, or was tried last.
    pub fn indicator(&self) -> Option<u8> {
        self.get(ResponseColumn::Indicator).trim().parse().ok()
    }

    /// How sure the match is.
    pub fn confidence(&self) -> Option<Score> {
        Score::parse(self.get(ResponseColumn::Confidence).trim())
    }

    /// The number found. Ten zeros and ten nines are messages and no numbers.
    pub fn matched_number(&self) -> Option<String> {
        crate::nhs_number_key(self.get(ResponseColumn::MatchedNumber))
    }

    /// The five scores, where all are there.
    pub fn scores(&self) -> Option<FieldScores> {
        let mut all = [Score::ZERO; 5];
        for (score, text) in all.iter_mut().zip(&self.scores) {
            *score = Score::parse(text.trim())?;
        }
        Some(FieldScores::from_order(all))
    }

    /// Whether it says something about a person.
    pub fn is_usable(&self) -> bool {
        self.code().is_some_and(ResultCode::is_usable)
    }

    fn cells(&self, scores: bool) -> impl Iterator<Item = &str> {
        let more = if scores { self.scores.as_slice() } else { &[] };
        self.cells.iter().chain(more).map(String::as_str)
    }
}

/// A response is about a person, so only its code prints.
impl std::fmt::Debug for ResponseRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a row with code {:?}", self.code())
    }
}
