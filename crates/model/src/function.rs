//! Plain functions that a query may call by name. `app` hands the list to `store`, which registers them.

use std::{fmt, sync::Arc};

/// A function from text to text; `None` becomes null.
pub type TextFunction = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;
/// A function from two texts to text; `None` becomes null.
pub type TextPairFunction = Arc<dyn Fn(&str, &str) -> Option<String> + Send + Sync>;
/// A function from two texts to a number.
pub type PairFunction = Arc<dyn Fn(&str, &str) -> f64 + Send + Sync>;

/// A function from texts to texts, many at a time; what it says of a failure holds no value.
pub type TextsFunction = Arc<dyn Fn(&[&str]) -> Result<Vec<Option<String>>, String> + Send + Sync>;
/// The same from pairs of texts.
pub type TextPairsFunction =
    Arc<dyn Fn(&[(&str, &str)]) -> Result<Vec<Option<String>>, String> + Send + Sync>;

/// A function that a query may call.
#[derive(Clone)]
pub struct Function {
    /// The name in SQL.
    pub name: &'static str,
    /// What it takes and gives.
    pub kind: FunctionKind,
}

/// What a function takes and gives. A null argument always gives null.
#[derive(Clone)]
pub enum FunctionKind {
    /// Text to text.
    Text(TextFunction),
    /// Two texts to text.
    TextPair(TextPairFunction),
    /// Two texts to a number.
    Pair(PairFunction),
    /// Text to text, many at a time, as where another process does the work. Texts in are texts out.
    Texts(TextsFunction),
    /// Two texts to text, many at a time.
    TextPairs(TextPairsFunction),
}

impl Function {
    /// A function from text to text.
    pub fn text(
        name: &'static str,
        function: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            kind: FunctionKind::Text(Arc::new(function)),
        }
    }

    /// A function from two texts to text.
    pub fn text_pair(
        name: &'static str,
        function: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            kind: FunctionKind::TextPair(Arc::new(function)),
        }
    }

    /// A function from two texts to a number.
    pub fn pair(
        name: &'static str,
        function: impl Fn(&str, &str) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            kind: FunctionKind::Pair(Arc::new(function)),
        }
    }

    /// A function from texts to texts, many at a time.
    pub fn texts(
        name: &'static str,
        function: impl Fn(&[&str]) -> Result<Vec<Option<String>>, String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            kind: FunctionKind::Texts(Arc::new(function)),
        }
    }

    /// A function from pairs of texts to texts, many at a time.
    pub fn text_pairs(
        name: &'static str,
        function: impl Fn(&[(&str, &str)]) -> Result<Vec<Option<String>>, String>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            name,
            kind: FunctionKind::TextPairs(Arc::new(function)),
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
