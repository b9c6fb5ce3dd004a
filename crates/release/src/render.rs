//! Tables as text: for machines (CSV, JSON) and for a terminal. The notes are always there for the taking.

mod csv;
mod terminal;

use crate::{Cell, PublishedTable, shape::TOTAL};

impl PublishedTable {
    /// CSV by RFC 4180: a header of column names, then the rows. UTF-8 without a byte-order mark, lines
    /// end in CRLF, and no cell begins a formula. The notes go in a file of their own.
    pub fn csv(&self) -> String {
        csv::csv(self)
    }

    /// The notes as plain text: title, source, then one line per note.
    pub fn notes_text(&self) -> String {
        let mut lines = vec![self.title.clone(), format!("Source: {}", self.source)];
        lines.extend(self.note_lines());
        let mut text = lines.join("\n");
        text.push('\n');
        text
    }

    /// A table for a terminal, with its title above and its notes below.
    pub fn terminal(&self) -> String {
        terminal::terminal(self)
    }

    /// The table as one JSON document.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads a table back from its JSON document.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    fn note_lines(&self) -> impl Iterator<Item = String> {
        self.notes.iter().map(|note| match &note.symbol {
            Some(symbol) => format!("{symbol} = {}", note.text),
            None => note.text.clone(),
        })
    }
}

impl Cell {
    /// The figure as a machine reads it: digits, a symbol, or a percentage without its sign.
    pub fn plain(&self) -> String {
        match self {
            Self::Shown { value, .. } => value.to_string(),
            Self::Percentage {
                tenths,
                decimals: 0,
            } => (tenths / 10).to_string(),
            Self::Percentage { tenths, .. } => format!("{}.{}", tenths / 10, tenths % 10),
            Self::Hidden { symbol, .. } | Self::NoPercentage { symbol, .. } => symbol.clone(),
        }
    }

    /// The figure as a person reads it: 1,204 and 13.0%.
    pub fn words(&self) -> String {
        match self {
            Self::Shown { value, .. } => with_commas(*value),
            Self::Percentage { .. } => format!("{}%", self.plain()),
            Self::Hidden { .. } | Self::NoPercentage { .. } => self.plain(),
        }
    }
}

fn with_commas(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn label(label: Option<&str>) -> &str {
    label.unwrap_or(TOTAL)
}
