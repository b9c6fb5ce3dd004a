//! Our HTML equals the frontend's own fixture for the same options, after white space is normalised.
//!
//! `tests/fixtures/` holds the fixtures of NHS.UK frontend 10.6.1 whose options we have, as published;
//! `tests/fixtures/README.md` says which are left out and why.

mod comparison;
mod options;

use comparison::normalised;
use maud::{Markup, PreEscaped, html};
use options::{body_of, content, flag, label_of, links, only, optional, size_of, text, words};
use pages::components::*;
use serde_json::{Map, Value};

type Context = Map<String, Value>;

#[test]
fn every_component_equals_its_fixtures() {
    let mut compared = 0;
    let mut faults = Vec::new();
    for (component, text) in FIXTURES {
        let fixtures: Vec<Value> = serde_json::from_str(text).unwrap();
        assert!(!fixtures.is_empty(), "{component} has no fixture");
        for fixture in &fixtures {
            let name = fixture["name"].as_str().unwrap();
            let expected = normalised(fixture["html"].as_str().unwrap());
            let context = fixture["context"].as_object().unwrap();
            let Some(html) = ours(component, context, fixture["html"].as_str().unwrap()) else {
                faults.push(format!("{component}, {name}: has options we do not know"));
                continue;
            };
            let html = normalised(&html.into_string());
            if html == expected {
                compared += 1;
            } else {
                faults.push(format!(
                    "{component}, {name}:\n  theirs {}\n  ours   {}",
                    expected.join(""),
                    html.join("")
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(compared >= 60, "only {compared} fixtures compared");
}

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../fixtures/", $name, ".json")))),*]
    };
}

const FIXTURES: &[(&str, &str)] = fixtures![
    "back-link",
    "breadcrumb",
    "button",
    "checkboxes",
    "details",
    "error-message",
    "error-summary",
    "file-upload",
    "footer",
    "header",
    "input",
    "inset-text",
    "notification-banner",
    "pagination",
    "panel",
    "radios",
    "select",
    "skip-link",
    "summary-list",
    "tables",
    "tag",
    "textarea",
    "warning-callout",
];

/// Our HTML for a fixture's options; `None` where it has an option that we do not have.
fn ours(component: &str, c: &Context, theirs: &str) -> Option<Markup> {
    match component {
        "back-link" => {
            only(c, &["text", "href"])?;
            Some(back_link(text(c, "text")?, text(c, "href")?))
        }
        "breadcrumb" => ours_breadcrumb(c),
        "button" => ours_button(c),
        "checkboxes" => Some(checkboxes(&choices(c)?)),
        "details" => ours_details(c),
        "error-message" => {
            only(c, &["text"])?;
            Some(error_message(text(c, "text")?))
        }
        "error-summary" => ours_error_summary(c),
        "file-upload" => ours_file_upload(c),
        "footer" => ours_footer(c),
        "header" => ours_header(c, theirs),
        "input" => ours_input(c),
        "inset-text" => ours_inset_text(c),
        "notification-banner" => ours_notification_banner(c),
        "pagination" => ours_pagination(c),
        "panel" => ours_panel(c),
        "radios" => Some(radios(&choices(c)?)),
        "select" => ours_select(c),
        "skip-link" => {
            only(c, &["text", "href"])?;
            Some(skip_link(text(c, "text")?, text(c, "href")?))
        }
        "summary-list" => ours_summary_list(c),
        "tables" => ours_table(c),
        "tag" => ours_tag(c),
        "textarea" => ours_textarea(c),
        "warning-callout" => ours_warning_callout(c),
        _ => None,
    }
}

fn ours_breadcrumb(c: &Context) -> Option<Markup> {
    only(c, &["items"])?;
    let items = links(c.get("items")?)?;
    Some(breadcrumb(&Breadcrumb { items: &items }))
}

fn ours_button(c: &Context) -> Option<Markup> {
    only(
        c,
        &[
            "text",
            "href",
            "variant",
            "small",
            "disabled",
            "preventDoubleClick",
        ],
    )?;
    let variant = match c.get("variant").and_then(Value::as_str) {
        None => ButtonVariant::Primary,
        Some("secondary") => ButtonVariant::Secondary,
        Some("secondary-solid") => ButtonVariant::SecondarySolid,
        Some("reverse") => ButtonVariant::Reverse,
        Some("warning") => ButtonVariant::Warning,
        Some("login") => ButtonVariant::Login,
        Some(_) => return None,
    };
    Some(button(&Button {
        text: text(c, "text")?,
        href: c.get("href").and_then(Value::as_str),
        variant,
        small: flag(c, "small"),
        disabled: flag(c, "disabled"),
        prevent_double_click: c.get("preventDoubleClick").and_then(Value::as_bool),
        ..Button::default()
    }))
}

fn choices(c: &Context) -> Option<Choices<'_>> {
    only(
        c,
        &[
            "name",
            "idPrefix",
            "fieldset",
            "hint",
            "errorMessage",
            "items",
            "small",
            "inline",
            "value",
            "values",
        ],
    )?;
    let legend = match c.get("fieldset") {
        None | Some(Value::Null) => None,
        Some(Value::Object(fieldset)) => {
            only(fieldset, &["legend"])?;
            Some(label_of(fieldset.get("legend")?)?)
        }
        Some(_) => return None,
    };
    let mut items = Vec::new();
    for item in c.get("items")?.as_array()? {
        let item = item.as_object()?;
        only(item, &["value", "text", "hint", "checked", "disabled"])?;
        let value = text(item, "value")?;
        let chosen = c.get("value").and_then(Value::as_str) == Some(value)
            || c.get("values")
                .and_then(Value::as_array)
                .is_some_and(|values| values.iter().any(|v| v.as_str() == Some(value)));
        items.push(Choice {
            value,
            text: text(item, "text")?,
            hint: optional(item.get("hint"), content)?,
            checked: flag(item, "checked") || chosen,
            disabled: flag(item, "disabled"),
        });
    }
    Some(Choices {
        name: text(c, "name")?,
        id_prefix: c.get("idPrefix").and_then(Value::as_str),
        legend,
        hint: optional(c.get("hint"), content)?,
        error: optional(c.get("errorMessage"), words)?,
        items,
        small: flag(c, "small"),
        inline: flag(c, "inline"),
        autofocus: false,
    })
}

fn ours_details(c: &Context) -> Option<Markup> {
    only(c, &["summary", "text", "html", "open", "classes"])?;
    let body = body_of(c)?;
    Some(details(&Details {
        summary: words(c.get("summary")?)?,
        body: Some(&body),
        open: flag(c, "open"),
        classes: c.get("classes").and_then(Value::as_str).unwrap_or_default(),
    }))
}

fn ours_error_summary(c: &Context) -> Option<Markup> {
    only(c, &["heading", "description", "errorList"])?;
    let mut errors = Vec::new();
    for item in c
        .get("errorList")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let item = item.as_object()?;
        only(item, &["text", "href"])?;
        errors.push(ErrorLink {
            text: text(item, "text")?.to_owned(),
            href: item.get("href").and_then(Value::as_str).map(str::to_owned),
        });
    }
    Some(error_summary(&ErrorSummary {
        heading: words(c.get("heading")?)?,
        description: optional(c.get("description"), words)?,
        errors: &errors,
    }))
}

fn ours_file_upload(c: &Context) -> Option<Markup> {
    only(
        c,
        &[
            "name",
            "id",
            "label",
            "hint",
            "errorMessage",
            "multiple",
            "disabled",
        ],
    )?;
    Some(file_upload(&FileUpload {
        name: text(c, "name")?,
        id: c.get("id").and_then(Value::as_str),
        label: label_of(c.get("label")?)?,
        hint: optional(c.get("hint"), content)?,
        error: optional(c.get("errorMessage"), words)?,
        multiple: flag(c, "multiple"),
        disabled: flag(c, "disabled"),
        drop_zone: true,
    }))
}

fn ours_footer(c: &Context) -> Option<Markup> {
    only(c, &["meta", "copyright"])?;
    let (items, sentence) = match c.get("meta") {
        None => (Vec::new(), None),
        Some(Value::String(sentence)) => (Vec::new(), Some(sentence.as_str())),
        Some(Value::Object(meta)) => {
            only(meta, &["items", "text"])?;
            (
                meta.get("items").map_or(Some(Vec::new()), links)?,
                meta.get("text").and_then(Value::as_str),
            )
        }
        Some(_) => return None,
    };
    Some(footer(&Footer {
        links: &items,
        text: sentence,
        // The frontend's own default; our pages always say theirs.
        copyright: Some(optional(c.get("copyright"), words)?.unwrap_or("© NHS England")),
    }))
}

/// The logo is the operator's to supply, so the fixture's own is handed in.
fn ours_header(c: &Context, theirs: &str) -> Option<Markup> {
    only(
        c,
        &[
            "logo",
            "service",
            "account",
            "navigation",
            "colour",
            "inline",
        ],
    )?;
    let start = theirs.find("<svg class=\"nhsuk-header__logo\"")?;
    let end = start + theirs.get(start..)?.find("</svg>")? + "</svg>".len();
    let logo = PreEscaped(theirs.get(start..end)?.to_owned());
    let logo_href = match c.get("logo") {
        None => None,
        Some(logo) => {
            only(logo.as_object()?, &["href"])?;
            logo.get("href").and_then(Value::as_str)
        }
    };
    let (service, service_href) = match c.get("service") {
        None => ("", None),
        Some(service) => {
            only(service.as_object()?, &["text", "href"])?;
            (
                service.get("text")?.as_str()?,
                service.get("href").and_then(Value::as_str),
            )
        }
    };
    // Name and logo are one link in our header, or none at all.
    if logo_href.is_some() && logo_href != service_href {
        return None;
    }
    let account = match c.get("account") {
        None => None,
        Some(account) => {
            let mut items = Vec::new();
            for item in account.get("items")?.as_array()? {
                let item = item.as_object()?;
                only(item, &["text", "href", "action", "icon"])?;
                items.push(AccountItem {
                    text: text(item, "text")?,
                    href: item.get("href").and_then(Value::as_str),
                    action: item.get("action").and_then(Value::as_str),
                    csrf: None,
                    icon: flag(item, "icon"),
                });
            }
            Some(Account { items })
        }
    };
    let mut navigation = Vec::new();
    if let Some(part) = c.get("navigation") {
        only(part.as_object()?, &["items"])?;
        for item in part.get("items")?.as_array()? {
            let item = item.as_object()?;
            only(item, &["text", "href", "current", "active"])?;
            navigation.push(NavigationItem {
                text: text(item, "text")?,
                href: text(item, "href")?,
                current: flag(item, "current"),
                active: flag(item, "active"),
            });
        }
    }
    Some(header(&Header {
        service,
        service_href,
        logo: Some(logo),
        account,
        navigation,
        white: c.get("colour").and_then(Value::as_str) == Some("white"),
        inline: flag(c, "inline"),
    }))
}

fn ours_input(c: &Context) -> Option<Markup> {
    only(
        c,
        &[
            "name",
            "id",
            "label",
            "hint",
            "errorMessage",
            "value",
            "type",
            "autocomplete",
            "inputmode",
            "spellcheck",
            "width",
            "disabled",
            "code",
            "classes",
        ],
    )?;
    if c.contains_key("width") && c.contains_key("classes") {
        return None;
    }
    Some(input(&Input {
        name: text(c, "name")?,
        id: c.get("id").and_then(Value::as_str),
        label: label_of(c.get("label")?)?,
        hint: optional(c.get("hint"), content)?,
        error: optional(c.get("errorMessage"), words)?,
        value: c.get("value").and_then(Value::as_str),
        kind: c.get("type").and_then(Value::as_str),
        autocomplete: c.get("autocomplete").and_then(Value::as_str),
        inputmode: c.get("inputmode").and_then(Value::as_str),
        spellcheck: c.get("spellcheck").and_then(Value::as_bool),
        width: c
            .get("width")
            .and_then(Value::as_u64)
            .and_then(|w| u8::try_from(w).ok()),
        disabled: flag(c, "disabled"),
        code: flag(c, "code"),
        classes: c.get("classes").and_then(Value::as_str).unwrap_or_default(),
    }))
}

fn ours_inset_text(c: &Context) -> Option<Markup> {
    only(c, &["text", "html"])?;
    let body = match c.get("text").and_then(Value::as_str) {
        Some(text) => html! { p { (text) } },
        None => PreEscaped(text(c, "html")?.to_owned()),
    };
    Some(inset_text(&body))
}

fn ours_notification_banner(c: &Context) -> Option<Markup> {
    only(c, &["text", "variant"])?;
    Some(notification_banner(&NotificationBanner {
        success: c.get("variant").and_then(Value::as_str) == Some("success"),
        text: text(c, "text")?,
    }))
}

fn ours_pagination(c: &Context) -> Option<Markup> {
    only(c, &["previous", "next", "items"])?;
    let side = |key: &str| -> Option<(Option<&str>, Option<&str>)> {
        match c.get(key) {
            None => Some((None, None)),
            Some(side) => {
                only(side.as_object()?, &["href", "label"])?;
                Some((
                    side.get("href")?.as_str(),
                    side.get("label").and_then(Value::as_str),
                ))
            }
        }
    };
    let mut pages = Vec::new();
    for item in c
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let item = item.as_object()?;
        only(item, &["number", "href", "current", "ellipsis"])?;
        pages.push(if flag(item, "ellipsis") {
            PageLink::Gap
        } else {
            PageLink::Page {
                number: item.get("number")?.as_u64()?,
                href: text(item, "href")?,
                current: flag(item, "current"),
            }
        });
    }
    let (previous, previous_label) = side("previous")?;
    let (next, next_label) = side("next")?;
    Some(pagination(&Pagination {
        previous,
        next,
        pages,
        previous_label,
        next_label,
    }))
}

fn ours_panel(c: &Context) -> Option<Markup> {
    only(c, &["heading", "text", "html"])?;
    let body = body_of(c)?;
    let (heading, size) = match c.get("heading")? {
        Value::String(text) => (text.as_str(), None),
        Value::Object(heading) => {
            only(heading, &["text", "size", "level"])?;
            if heading.get("level").is_some_and(|l| l.as_u64() != Some(1)) {
                return None;
            }
            (text(heading, "text")?, size_of(heading)?)
        }
        _ => return None,
    };
    Some(panel(&Panel {
        heading,
        size,
        body: Some(&body),
    }))
}

fn ours_select(c: &Context) -> Option<Markup> {
    only(
        c,
        &[
            "name",
            "id",
            "label",
            "hint",
            "errorMessage",
            "items",
            "value",
            "disabled",
        ],
    )?;
    let mut items = Vec::new();
    for item in c.get("items")?.as_array()? {
        let item = item.as_object()?;
        only(item, &["value", "text", "selected", "disabled"])?;
        items.push(SelectItem {
            value: text(item, "value")?,
            text: text(item, "text")?,
            selected: flag(item, "selected"),
            disabled: flag(item, "disabled"),
        });
    }
    Some(select(&Select {
        name: text(c, "name")?,
        id: c.get("id").and_then(Value::as_str),
        label: label_of(c.get("label")?)?,
        hint: optional(c.get("hint"), content)?,
        error: optional(c.get("errorMessage"), words)?,
        items,
        value: c.get("value").and_then(Value::as_str),
        disabled: flag(c, "disabled"),
    }))
}

fn ours_summary_list(c: &Context) -> Option<Markup> {
    only(c, &["rows", "border", "lastRowBorder"])?;
    let mut rows = Vec::new();
    for row in c.get("rows")?.as_array()? {
        let row = row.as_object()?;
        only(row, &["key", "value", "actions"])?;
        let mut actions = Vec::new();
        let given = match row.get("actions") {
            Some(Value::Array(given)) => given.as_slice(),
            Some(Value::Object(given)) => {
                only(given, &["items"])?;
                given.get("items")?.as_array()?.as_slice()
            }
            _ => &[],
        };
        for action in given {
            let action = action.as_object()?;
            only(action, &["href", "text", "visuallyHiddenText"])?;
            actions.push(SummaryAction {
                text: text(action, "text")?,
                href: text(action, "href")?,
                hidden_text: action
                    .get("visuallyHiddenText")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            });
        }
        rows.push(SummaryRow {
            key: words(row.get("key")?)?,
            value: content(row.get("value")?)?,
            actions,
        });
    }
    Some(summary_list(&SummaryList {
        rows,
        no_border: c.get("border").and_then(Value::as_bool) == Some(false),
        no_last_row_border: c.get("lastRowBorder").and_then(Value::as_bool) == Some(false),
    }))
}

fn ours_table(c: &Context) -> Option<Markup> {
    only(
        c,
        &[
            "caption",
            "head",
            "rows",
            "firstCellIsHeader",
            "compact",
            "striped",
            "responsive",
            "scroll",
            "id",
        ],
    )?;
    let (caption, caption_size) = match c.get("caption") {
        None => ("", None),
        Some(Value::String(text)) => (text.as_str(), None),
        Some(Value::Object(caption)) => {
            only(caption, &["text", "size"])?;
            (text(caption, "text")?, size_of(caption)?)
        }
        Some(_) => return None,
    };
    let mut columns = Vec::new();
    for head in c
        .get("head")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let head = head.as_object()?;
        only(head, &["text", "format"])?;
        columns.push(Column {
            name: text(head, "text")?.to_owned(),
            numeric: head.get("format").and_then(Value::as_str) == Some("numeric"),
        });
    }
    let mut rows = Vec::new();
    for row in c.get("rows")?.as_array()? {
        let mut cells = Vec::new();
        for cell in row.as_array()? {
            if let Value::Object(cell) = cell {
                only(cell, &["text", "html"])?;
            }
            cells.push(match cell.get("html") {
                Some(_) => Cell::html(content(cell)?),
                None => Cell::text(content(cell)?),
            });
        }
        rows.push(cells);
    }
    Some(table(&Table {
        caption,
        caption_size,
        id: c.get("id").and_then(Value::as_str),
        columns,
        rows,
        first_cell_is_header: flag(c, "firstCellIsHeader"),
        compact: flag(c, "compact"),
        striped: flag(c, "striped"),
        responsive: flag(c, "responsive"),
        scroll: if flag(c, "scroll") {
            Scroll::Scripted
        } else {
            Scroll::No
        },
        classes: "",
    }))
}

fn ours_tag(c: &Context) -> Option<Markup> {
    only(c, &["text", "colour"])?;
    let colour = match c.get("colour") {
        None => TagColour::Plain,
        Some(Value::Bool(false)) => TagColour::NoColour,
        Some(colour) => match colour.as_str()? {
            "white" => TagColour::White,
            "grey" => TagColour::Grey,
            "green" => TagColour::Green,
            "aqua-green" => TagColour::AquaGreen,
            "blue" => TagColour::Blue,
            "purple" => TagColour::Purple,
            "pink" => TagColour::Pink,
            "red" => TagColour::Red,
            "orange" => TagColour::Orange,
            "yellow" => TagColour::Yellow,
            _ => return None,
        },
    };
    Some(tag(text(c, "text")?, colour))
}

fn ours_textarea(c: &Context) -> Option<Markup> {
    only(
        c,
        &[
            "name",
            "id",
            "label",
            "hint",
            "errorMessage",
            "value",
            "rows",
            "spellcheck",
            "autocomplete",
            "disabled",
        ],
    )?;
    Some(textarea(&Textarea {
        name: text(c, "name")?,
        id: c.get("id").and_then(Value::as_str),
        label: label_of(c.get("label")?)?,
        hint: optional(c.get("hint"), content)?,
        error: optional(c.get("errorMessage"), words)?,
        value: c.get("value").and_then(Value::as_str).unwrap_or_default(),
        rows: c
            .get("rows")
            .and_then(Value::as_u64)
            .and_then(|r| u16::try_from(r).ok()),
        spellcheck: c.get("spellcheck").and_then(Value::as_bool),
        autocomplete: c.get("autocomplete").and_then(Value::as_str),
        disabled: flag(c, "disabled"),
        classes: "",
    }))
}

fn ours_warning_callout(c: &Context) -> Option<Markup> {
    only(c, &["heading", "text"])?;
    Some(warning_callout(&WarningCallout {
        heading: optional(c.get("heading"), words)?.unwrap_or_default(),
        level: None,
        text: text(c, "text")?,
    }))
}
