//! The clauses about what leaves: outputs and onward sharing.

use super::super::list::closed_list;
use serde::{Deserialize, Serialize};

/// What may leave.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// The disclosure rules, by the name of their set in `content/releases/`.
    pub rule_set: String,
    pub checker: Checker,
    /// The kinds of file that may leave. Anything not listed is refused.
    pub file_kinds: Vec<FileKind>,
}

closed_list! {
    /// Who looks at an output before it leaves.
    Checker {
        /// Nobody, where the rules find nothing; otherwise one person.
        WhenRulesFindSomething = "when_rules_find_something",
            "one person where the rules find something, otherwise nobody";
        OnePerson = "one_person", "one person, always";
        TwoPeople = "two_people", "two people, always";
    }
}

closed_list! {
    /// The kinds of file that an output may be.
    FileKind {
        Csv = "csv", "tables (CSV)";
        Xlsx = "xlsx", "workbooks (XLSX)";
        Ods = "ods", "workbooks (ODS)";
        Json = "json", "tables for machines (JSON)";
        Html = "html", "pages (HTML)";
        Txt = "txt", "text";
        Pdf = "pdf", "documents (PDF)";
        Png = "png", "pictures (PNG)";
        Jpeg = "jpeg", "pictures (JPEG)";
        Svg = "svg", "drawings (SVG)";
        Zip = "zip", "packages of these (ZIP)";
    }
}

/// Whether anything may be passed on by the recipient.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Onward {
    pub sharing: OnwardSharing,
    /// Who may receive it, where sharing is with listed recipients.
    #[serde(default)]
    pub recipients: Vec<OnwardRecipient>,
    /// The template of the sub-licence that binds those who receive it.
    #[serde(default)]
    pub sub_licence: Option<String>,
}

closed_list! {
    /// How far the recipient may pass on what it gets.
    OnwardSharing {
        None = "none", "nothing may be passed on";
        AnonymousAggregateOnly = "anonymous_aggregate_only", "only protected counts may be passed on";
        ListedRecipients = "listed_recipients", "only the listed recipients may get what is passed on";
    }
}

/// An organisation to which the recipient may pass something on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OnwardRecipient {
    pub name: String,
    pub what: String,
    pub why: String,
}
