//! Reads the options of a fixture, and notices those that we do not have.

use super::Context;
use maud::{Markup, PreEscaped, html};
use pages::components::{Label, Size};
use serde_json::Value;

/// `None` where the options hold a key that is not among those known.
pub(super) fn only(options: &Context, known: &[&str]) -> Option<()> {
    options
        .keys()
        .all(|k| known.contains(&k.as_str()))
        .then_some(())
}

pub(super) fn text<'a>(options: &'a Context, key: &str) -> Option<&'a str> {
    options.get(key)?.as_str()
}

pub(super) fn flag(options: &Context, key: &str) -> bool {
    options.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Text given as a string or as `{ "text": … }`.
pub(super) fn words(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(options) => {
            only(options, &["text"])?;
            text(options, "text")
        }
        _ => None,
    }
}

/// Text or HTML.
pub(super) fn content(value: &Value) -> Option<Markup> {
    match value {
        Value::Object(options) if options.contains_key("html") => {
            only(options, &["html"])?;
            Some(PreEscaped(text(options, "html")?.to_owned()))
        }
        other => words(other).map(|text| html! { (text) }),
    }
}

pub(super) fn body_of(options: &Context) -> Option<Markup> {
    match options.get("text") {
        Some(text) => words(text).map(|text| html! { (text) }),
        None => Some(PreEscaped(text(options, "html")?.to_owned())),
    }
}

/// An option that may be absent but, where present, must be one we can read.
#[expect(
    clippy::option_option,
    reason = "an option of a fixture is absent, readable or unknown to us"
)]
pub(super) fn optional<'a, T>(
    value: Option<&'a Value>,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

#[expect(
    clippy::option_option,
    reason = "an option of a fixture is absent, readable or unknown to us"
)]
pub(super) fn size_of(options: &Context) -> Option<Option<Size>> {
    match options.get("size") {
        None | Some(Value::Null) => Some(None),
        Some(size) => match size.as_str()? {
            "s" => Some(Some(Size::S)),
            "m" => Some(Some(Size::M)),
            "l" => Some(Some(Size::L)),
            "xl" => Some(Some(Size::Xl)),
            _ => None,
        },
    }
}

pub(super) fn label_of(value: &Value) -> Option<Label<'_>> {
    match value {
        Value::String(text) => Some(Label {
            text,
            ..Label::default()
        }),
        Value::Object(options) => {
            only(options, &["text", "heading", "size"])?;
            let heading = options.get("heading").and_then(Value::as_str);
            Some(Label {
                text: heading.or_else(|| text(options, "text"))?,
                size: size_of(options)?,
                page_heading: heading.is_some(),
                classes: "",
            })
        }
        _ => None,
    }
}

pub(super) fn links(value: &Value) -> Option<Vec<(&str, &str)>> {
    value
        .as_array()?
        .iter()
        .map(|item| {
            let item = item.as_object()?;
            only(item, &["text", "href"])?;
            Some((text(item, "text")?, text(item, "href")?))
        })
        .collect()
}
