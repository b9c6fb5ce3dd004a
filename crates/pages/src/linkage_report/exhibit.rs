//! One exhibit of a report: its pictures, and the table that has the same figures for reading and for taking away.

use crate::{
    components::{Cell, Column, Details, Scroll, Table, details, table},
    drawing::Width,
    format,
    plot::axis::is_figure,
};
use maud::{Markup, html};

/// A part of the report with its own heading.
pub(super) struct Section {
    /// Where the list of contents leads.
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    /// What a reader should know before looking.
    pub(super) prose: Vec<String>,
    pub(super) exhibits: Vec<Exhibit>,
}

/// Pictures with their table.
pub(super) struct Exhibit {
    /// Each picture, drawn wide and narrow.
    pub(super) pictures: Vec<[Markup; 2]>,
    pub(super) table: DataTable,
    /// What the table alone cannot say.
    pub(super) notes: Vec<String>,
}

/// The figures of an exhibit.
#[derive(Debug, Clone, Default)]
pub(super) struct DataTable {
    pub(super) id: String,
    pub(super) caption: String,
    /// The columns, each with whether it holds numbers.
    pub(super) columns: Vec<(String, bool)>,
    pub(super) rows: Vec<Vec<Datum>>,
}

/// A figure as it is: written for people in the table, and in full in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Datum {
    Words(String),
    Count(u64),
    /// A number with how many places after the point it is shown.
    Number(f64, usize),
    /// A share from 0 to 1.
    Share(f64),
    Nothing,
}

impl Datum {
    pub(super) fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }

    pub(super) fn share(part: u64, whole: u64) -> Self {
        quotient(part, whole).map_or(Self::Nothing, Self::Share)
    }

    /// As it stands in the table.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Words(text) => text.clone(),
            Self::Count(count) => format::count(*count),
            Self::Number(number, _) | Self::Share(number) if !is_figure(*number) => {
                "no figure".to_owned()
            }
            Self::Number(number, decimals) => format::number(*number, *decimals),
            Self::Share(share) => share_words(*share),
            Self::Nothing => "no figure".to_owned(),
        }
    }

    /// As it stands in a file: numbers in full, text such that no spreadsheet takes it for a formula.
    fn raw(&self) -> String {
        let text = match self {
            Self::Words(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
                format!("'{text}")
            }
            Self::Words(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number, _) | Self::Share(number) if number.is_finite() => {
                number.to_string()
            }
            _ => String::new(),
        };
        if text.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    }
}

impl DataTable {
    /// A table; a column whose name begins with `#` holds numbers.
    pub(super) fn new(id: &str, caption: impl Into<String>, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|name| match name.strip_prefix('#') {
            Some(name) => (name.to_owned(), true),
            None => ((*name).to_owned(), false),
        });
        Self {
            id: format!("{id}-table"),
            caption: caption.into(),
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }

    /// The table for reading.
    pub(super) fn markup(&self) -> Markup {
        let columns = self.columns.iter().map(|(name, numeric)| Column {
            name: name.clone(),
            numeric: *numeric,
        });
        let rows = self.rows.iter();
        let rows = rows.map(|row| row.iter().map(|datum| Cell::text(datum.shown())).collect());
        table(&Table {
            caption: &self.caption,
            id: Some(&self.id),
            columns: columns.collect(),
            rows: rows.collect(),
            first_cell_is_header: true,
            compact: true,
            scroll: Scroll::Focusable,
            ..Table::default()
        })
    }

    /// The table as a file of values with commas between them.
    pub(super) fn csv(&self) -> String {
        let head = self
            .columns
            .iter()
            .map(|(name, _)| Datum::words(name).raw());
        let mut lines = vec![head.collect::<Vec<_>>().join(",")];
        for row in &self.rows {
            lines.push(row.iter().map(Datum::raw).collect::<Vec<_>>().join(","));
        }
        lines.join("\r\n") + "\r\n"
    }
}

impl Exhibit {
    pub(super) fn new(pictures: Vec<[Markup; 2]>, table: DataTable) -> Self {
        Self {
            pictures,
            table,
            notes: Vec::new(),
        }
    }

    /// The pictures and the table; `export` is what stands below the table.
    pub(super) fn markup(&self, export: &Markup) -> Markup {
        let data = html! { (self.table.markup()) (export) };
        let open = self.pictures.is_empty();
        html! {
            figure class="haven-figure" {
                @for [wide, narrow] in &self.pictures { (wide) (narrow) }
                @for note in &self.notes { p { (note) } }
                @if open { (data) } @else {
                    (details(&Details {
                        summary: &format!("Table of the figures: {}", self.table.caption),
                        body: Some(&data),
                        ..Details::default()
                    }))
                }
            }
        }
    }
}

/// A picture at both widths.
pub(super) fn both(draw: impl Fn(Width) -> Markup) -> [Markup; 2] {
    [draw(Width::Wide), draw(Width::Narrow)]
}

/// A count as a figure to reckon with.
#[expect(
    clippy::cast_precision_loss,
    reason = "no run has 2 to the power of 52 pairs of one kind, and no share would show it"
)]
pub(super) const fn figure(count: u64) -> f64 {
    count as f64
}

/// Counts together; what is beyond all measure stays at the end.
pub(super) fn total(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

/// A part of a whole; `None` of nothing.
pub(super) fn quotient(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| figure(part) / figure(whole))
}

/// A weight without its sign where that is plus.
pub(super) fn weight_words(bits: f64) -> String {
    Datum::Number(bits, 1).shown()
}

/// A share with as many places as tell it from none and from all: 4.2%, 99.95%, 0.00012%.
pub(super) fn share_words(share: f64) -> String {
    if !is_figure(share) {
        return "no figure".to_owned();
    }
    let percent = share * 100.0;
    let distance = percent.min(100.0 - percent).abs();
    let decimals = [1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000_001]
        .iter()
        .position(|least| distance >= *least)
        .map_or(1, |place| place + 1);
    let words = format::number(percent, decimals);
    // 99.950 says no more than 99.95, but a whole number keeps its one place.
    let short = words.trim_end_matches('0');
    if decimals > 1 && !short.ends_with('.') {
        format!("{short}%")
    } else {
        format!("{}%", format::number(percent, 1))
    }
}

/// The interval of Wilson around a share, at 95 %: `None` of nothing.
pub(super) fn wilson(part: u64, whole: u64) -> Option<(f64, f64)> {
    // The point of the normal distribution beyond which 2.5 % lie.
    const Z: f64 = 1.959_963_984_540_054;
    let share = quotient(part.min(whole), whole)?;
    let n = figure(whole);
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    Some((
        ((middle - half) / scale).max(0.0),
        ((middle + half) / scale).min(1.0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_from_none_and_from_all() {
        for (share, expected) in [
            (0.042, "4.2%"),
            (0.9995, "99.95%"),
            (0.000_001_2, "0.00012%"),
            (0.0, "0.0%"),
            (1.0, "100.0%"),
        ] {
            assert_eq!(share_words(share), expected);
        }
    }

    /// Values of Newcombe (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    #[test]
    fn intervals_are_those_of_the_literature() {
        for (part, whole, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = wilson(part, whole).unwrap();
            assert!(
                (found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5,
                "{found:?}"
            );
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn a_file_of_figures_holds_no_formula() {
        let mut table = DataTable::new("x", "X", &["Rule", "#Weight"]);
        table
            .rows
            .push(vec![Datum::words("=1+1"), Datum::Number(-3.25, 1)]);
        table
            .rows
            .push(vec![Datum::words("a, \"b\""), Datum::Nothing]);
        assert_eq!(
            table.csv(),
            "Rule,Weight\r\n'=1+1,-3.25\r\n\"a, \"\"b\"\"\",\r\n"
        );
    }
}
