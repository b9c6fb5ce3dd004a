//! Keys, pseudonyms, and the only way from identifiable to pseudonymous.
