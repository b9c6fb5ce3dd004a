//! Closed lists: words that a file may write, each with what people read in its place.

/// A closed list: for each entry the code that a file writes and what it says to people.
macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $code:literal, $words:literal;)+ }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
        )]
        pub enum $name {
            $($(#[$each])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every entry, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code that a file writes.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// What it says to people.
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)+
                }
            }
        }
    };
}

pub(crate) use closed_list;
