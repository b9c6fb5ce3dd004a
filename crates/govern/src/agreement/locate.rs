//! From the path of a clause to its line, so that a mistake in an agreement points at the place.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A message that names the clause and shows its line, in the manner of the TOML reader's own.
pub(crate) fn pointing_at(text: &str, clause: &str, says: &str) -> String {
    let Some(offset) = offset_of(text, clause) else {
        return format!("`{clause}`: {says}");
    };
    let (number, column) = place(text, offset);
    let line = text.lines().nth(number - 1).unwrap_or_default();
    let margin = " ".repeat(number.to_string().len());
    let indent = " ".repeat(column - 1);
    format!(
        "`{clause}`: {says}, at line {number}, column {column}\n{margin} |\n{number} | {line}\n{margin} | {indent}^"
    )
}

/// The line and the character of an offset, both from 1.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let begun = before.rsplit('\n').next().unwrap_or_default();
    (line, begun.chars().count() + 1)
}

/// Where the deepest part of the path that exists begins.
pub(crate) fn offset_of(text: &str, clause: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut parts = clause.split('.');
    let (key, value) = entry(document.get_ref(), parts.next()?)?;
    let (mut offset, mut at) = (key.span().start, value);
    for part in parts {
        let next = match at.get_ref() {
            DeValue::Table(table) => entry(table, part).map(|(k, v)| (k.span().start, v)),
            DeValue::Array(items) => part
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index))
                .map(|v| (v.span().start, v)),
            _ => None,
        };
        let Some((start, value)) = next else { break };
        (offset, at) = (start, value);
    }
    Some(offset)
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;

fn entry<'t, 'i>(
    table: &'t DeTable<'i>,
    name: &str,
) -> Option<(&'t Key<'i>, &'t Spanned<DeValue<'i>>)> {
    table.iter().find(|(key, _)| key.get_ref() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_clause_is_shown() {
        let text = "title = \"x\"\n\n[term]\nstart = 2026-04-01\n\n[[parties]]\nname = \"a\"\n\n[[parties]]\nname = \"b\"\n";
        let line = |clause: &str| {
            let message = pointing_at(text, clause, "is wrong");
            message.lines().nth(2).map(str::to_owned).unwrap_or(message)
        };
        assert_eq!(line("title"), "1 | title = \"x\"");
        assert_eq!(line("term.start"), "4 | start = 2026-04-01");
        assert_eq!(line("parties.1.name"), "10 | name = \"b\"");
        assert_eq!(line("term.absent"), "3 | [term]");
        assert_eq!(line("nowhere"), "`nowhere`: is wrong");
    }
}
