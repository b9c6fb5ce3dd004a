//! SQL text built from checked parts only, so that no value from outside becomes a command.

use std::fmt;

/// A query. Made by [`Sql::fixed`] from text in the program, by [`Sql::content`] from text in
/// `content/`, or by joining checked parts with the `sql!` macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql(String);

/// The name of a table or column, quoted when it is written into a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ident(String);

impl Sql {
    /// Text that stands in the program.
    pub fn fixed(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// Text that stands in `content/`: trusted as the program is, since it is reviewed like it.
    pub fn content(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A text value, quoted.
    pub fn text(value: &str) -> Self {
        Self(format!("'{}'", value.replace('\'', "''")))
    }

    /// A whole number.
    pub fn number(value: i64) -> Self {
        Self(value.to_string())
    }

    /// A date value.
    pub fn date(value: crate::Date) -> Self {
        Self(format!("DATE '{value}'"))
    }

    /// Parts with a separator between them.
    pub fn join(parts: impl IntoIterator<Item = Sql>, separator: &'static str) -> Self {
        Self(
            parts
                .into_iter()
                .map(|p| p.0)
                .collect::<Vec<_>>()
                .join(separator),
        )
    }

    /// A template whose `{}` are filled with checked parts, in order. Used through `sql!`.
    #[doc(hidden)]
    pub fn assemble(template: &'static str, parts: &[Sql]) -> Self {
        let mut parts = parts.iter();
        let mut out = String::with_capacity(template.len());
        let mut pieces = template.split("{}");
        out.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            out.push_str(parts.next().map_or("", |p| p.0.as_str()));
            out.push_str(piece);
        }
        Self(out)
    }

    /// The query as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ident {
    /// A name of lower-case letters, digits and underscores that does not begin with a digit.
    pub fn new(name: &str) -> Option<Self> {
        let shaped = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        shaped.then(|| Self(name.to_owned()))
    }

    /// The bare name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Ident> for Sql {
    fn from(name: &Ident) -> Self {
        Self(format!("\"{}\"", name.0))
    }
}

impl From<&Sql> for Sql {
    fn from(part: &Sql) -> Self {
        part.clone()
    }
}

/// `sql!("select {} from {}", column, table)`: each part is an [`Ident`] or an [`Sql`], never a string.
#[macro_export]
macro_rules! sql {
    ($template:literal $(, $part:expr)* $(,)?) => {
        $crate::Sql::assemble($template, &[$($crate::Sql::from(&$part)),*])
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_quoted() {
        let table = Ident::new("cld_event").unwrap();
        let name = Sql::text("O'Brien");
        assert_eq!(
            sql!("select * from {} where n = {}", table, name).as_str(),
            "select * from \"cld_event\" where n = 'O''Brien'"
        );
        assert_eq!(Ident::new("x; drop"), None);
    }
}
