//! The frontend's components: each is a plain function from its options to the HTML that
//! NHS.UK frontend 10.6.1 makes for the same options (`tests/it/frontend_fixtures.rs` compares them).
//!
//! Not here: options that no page of ours uses. Text that comes from outside is escaped by `maud`;
//! a `Markup` option takes what a page has already built.

mod breadcrumb;
mod button;
mod callouts;
mod choices;
mod details;
mod errors;
mod field;
mod footer;
mod header;
pub mod icon;
mod links;
mod pagination;
mod panel;
mod select;
mod summary_list;
mod table;
mod tag;
mod text_fields;

pub use breadcrumb::{Breadcrumb, breadcrumb};
pub use button::{Button, ButtonVariant, button};
pub use callouts::{
    NotificationBanner, WarningCallout, inset_text, notification_banner, warning_callout,
};
pub use choices::{Choice, Choices, checkboxes, radios};
pub use details::{Details, details};
pub use errors::{ErrorLink, ErrorSummary, error_message, error_summary};
pub use field::{Label, Legend, fieldset, hint, label};
pub use footer::{Footer, footer};
pub use header::{Account, AccountItem, Header, NavigationItem, header};
pub use links::{back_link, skip_link};
pub use pagination::{PageLink, Pagination, pagination};
pub use panel::{Panel, panel};
pub use select::{Select, SelectItem, select};
pub use summary_list::{SummaryAction, SummaryList, SummaryRow, summary_list};
pub use table::{Cell, Column, Scroll, Table, table};
pub use tag::{TagColour, tag};
pub use text_fields::{FileUpload, Input, Textarea, file_upload, input, textarea};

/// The sizes that headings, labels, legends and captions come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Small.
    S,
    /// Medium.
    M,
    /// Large.
    L,
    /// Extra large.
    Xl,
}

impl Size {
    /// The size as it ends a class name.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::S => "s",
            Self::M => "m",
            Self::L => "l",
            Self::Xl => "xl",
        }
    }
}

/// A class attribute from a first class, modifiers that may apply, and classes of our own.
pub(crate) fn class_names(
    first: &str,
    modifiers: impl IntoIterator<Item = Option<String>>,
    own: &str,
) -> String {
    let mut names = first.to_owned();
    for modifier in modifiers.into_iter().flatten() {
        names.push(' ');
        names.push_str(&modifier);
    }
    if !own.is_empty() {
        names.push(' ');
        names.push_str(own);
    }
    names
}

/// A modifier class, where it applies.
pub(crate) fn when(applies: bool, class: &str) -> Option<String> {
    applies.then(|| class.to_owned())
}
