//! CSV by RFC 4180 for machines, with formula characters made safe for whoever opens it in a spreadsheet.

use crate::PublishedTable;

pub(super) fn csv(table: &PublishedTable) -> String {
    let dimensions = table.dimensions.iter().map(|d| d.name.as_str());
    let columns = table.columns.iter().map(|c| c.name.as_str());
    let mut out = line(dimensions.chain(columns).map(field));
    for row in &table.rows {
        let labels = row.labels.iter().map(|l| field(super::label(l.as_deref())));
        let cells = row.cells.iter().map(|cell| field(&cell.plain()));
        out.push_str(&line(labels.chain(cells)));
    }
    out
}

fn line(fields: impl Iterator<Item = String>) -> String {
    let mut line = fields.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// One field: what a spreadsheet would take for a formula gets an apostrophe in front, and quotes
/// go around whatever holds a comma, a quote or a line break.
fn field(text: &str) -> String {
    let begins_formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let safe = if begins_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if safe.contains([',', '"', '\r', '\n']) || safe.trim() != safe {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn formulas_are_made_safe_and_commas_quoted() {
        for (text, expected) in [
            ("North", "North"),
            ("18-64", "18-64"),
            ("=1+1", "'=1+1"),
            ("+44", "'+44"),
            ("-5", "'-5"),
            ("@here", "'@here"),
            ("  =1", "'  =1"),
            ("\t=1", "'\t=1"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("*", "*"),
            ("<5", "<5"),
        ] {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }
}
