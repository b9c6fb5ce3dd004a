//! A table for a terminal: labels on the left, figures on the right, notes below.

use crate::PublishedTable;

pub(super) fn terminal(table: &PublishedTable) -> String {
    let figures_from = table.dimensions.len();
    let mut lines: Vec<Vec<String>> = Vec::with_capacity(table.rows.len() + 1);
    let dimensions = table.dimensions.iter().map(|d| d.title.clone());
    let columns = table.columns.iter().map(|c| c.title.clone());
    lines.push(dimensions.chain(columns).collect());
    for row in &table.rows {
        let labels = row.labels.iter();
        let labels = labels.map(|label| super::label(label.as_deref()).to_owned());
        let cells = row.cells.iter().map(super::Cell::words);
        // A control character in a label could rewrite the screen.
        let visible = |text: String| text.chars().filter(|c| !c.is_control()).collect();
        lines.push(labels.chain(cells).map(visible).collect());
    }
    let mut widths: Vec<usize> = Vec::new();
    for line in &lines {
        for (place, text) in line.iter().enumerate() {
            let width = text.chars().count();
            match widths.get_mut(place) {
                Some(widest) => *widest = (*widest).max(width),
                None => widths.push(width),
            }
        }
    }
    let mut out = format!("{}\n\n", table.title);
    for (number, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(&widths).enumerate();
        let padded: Vec<String> = cells
            .map(|(place, (text, width))| {
                if place < figures_from {
                    format!("{text:<width$}")
                } else {
                    format!("{text:>width$}")
                }
            })
            .collect();
        out.push_str(padded.join("  ").trim_end());
        out.push('\n');
        if number == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            out.push_str(&rules.join("  "));
            out.push('\n');
        }
    }
    out.push('\n');
    for line in std::iter::once(format!("Source: {}", table.source)).chain(table.note_lines()) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}
