//! From the path of a clause to its line, so that a mistake in an agreement points at the place.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The most of a line that a message shows.
const SHOWN: usize = 200;

/// A text with the places of its clauses.
pub(crate) struct Places<'t> {
    text: &'t str,
    document: Option<Spanned<DeTable<'t>>>,
}

impl<'t> Places<'t> {
    /// The places of a text.
    pub(crate) fn of(text: &'t str) -> Self {
        Self {
            text,
            document: DeTable::parse(text).ok(),
        }
    }

    /// The line and the character of a clause, both from 1.
    pub(crate) fn place(&self, clause: &str) -> Option<(usize, usize)> {
        Some(place(self.text, self.offset_of(clause)?))
    }

    /// A message that names the clause and shows its line, in the manner of the TOML reader's own.
    pub(crate) fn pointing_at(&self, clause: &str, says: &str) -> String {
        let Some((number, column)) = self.place(clause) else {
            return format!("`{clause}`: {says}");
        };
        let line = self.text.lines().nth(number - 1).unwrap_or_default();
        let line: String = line.chars().take(SHOWN).collect();
        let margin = " ".repeat(number.to_string().len());
        let below = if column <= SHOWN {
            format!(" {}^", " ".repeat(column - 1))
        } else {
            String::new()
        };
        format!(
            "`{clause}`: {says}, at line {number}, column {column}\n{margin} |\n{number} | {line}\n{margin} |{below}"
        )
    }

    /// Where the deepest part of the path that exists begins.
    fn offset_of(&self, clause: &str) -> Option<usize> {
        let mut parts = clause.split('.');
        let (key, value) = entry(self.document.as_ref()?.get_ref(), parts.next()?)?;
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
}

/// A message that names the clause and shows its line.
pub(crate) fn pointing_at(text: &str, clause: &str, says: &str) -> String {
    Places::of(text).pointing_at(clause, says)
}

/// The line and the character of an offset, both from 1.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let begun = before.rsplit('\n').next().unwrap_or_default();
    (line, begun.chars().count() + 1)
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
