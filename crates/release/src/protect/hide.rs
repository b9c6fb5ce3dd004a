//! Hiding: a number is shown as a symbol that stands for a whole range.

use serde::{Deserialize, Serialize};

/// A symbol in place of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hide {
    /// What is shown, such as `*`.
    pub symbol: String,
    /// Why, in words that follow "hidden because".
    pub because: String,
}

impl Hide {
    /// What is wrong with the settings, if anything is.
    pub fn fault(&self) -> Option<String> {
        let symbol = &self.symbol;
        if symbol.trim().is_empty() || symbol.trim() != symbol || symbol.chars().count() > 12 {
            Some(format!(
                "symbol `{symbol}` needs 1 to 12 characters without spaces around"
            ))
        } else if symbol.parse::<f64>().is_ok() {
            Some(format!("symbol `{symbol}` could be read as a number"))
        } else {
            None
        }
    }
}
