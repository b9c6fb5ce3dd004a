//! Pages for what cannot be shown: not found, not allowed, too large, and our own faults.

use crate::{
    components::inset_text,
    format,
    frame::{Frame, Page, column, framed},
};
use maud::{Markup, html};

/// Why a page is not shown to this reader.
#[derive(Debug, Clone, Default)]
pub struct ForbiddenView {
    /// Why, in words.
    pub reason: String,
    /// The clause or the rule that says so.
    pub clause: Option<String>,
    /// What the reader can do: whom to ask, or another way.
    pub instead: Option<String>,
}

/// A file that is larger than the limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct TooLargeView {
    /// The size of the file, where it is known.
    pub size_in_bytes: Option<u64>,
    /// The limit.
    pub limit_in_bytes: u64,
}

/// A fault of ours.
#[derive(Debug, Clone, Default)]
pub struct OurFaultView {
    /// The reference to quote.
    pub reference: String,
    /// What is safe, and what has not happened: "Your file is safe and has not been sent."
    pub assurance: String,
}

/// Not found (404).
pub fn not_found(frame: &Frame) -> Markup {
    let body = html! {
        h1 { "Page not found" }
        p { "If you typed the address, check that it is right. If you followed a link, the page may have moved." }
        p { a class="nhsuk-link" href="/" { "Go to the start page" } " or " a class="nhsuk-link" href=(frame.help_href) { "ask for help" } "." }
    };
    error_page(frame, "Page not found", &[], &body)
}

/// Not allowed (403).
pub fn forbidden(frame: &Frame, view: &ForbiddenView) -> Markup {
    let body = html! {
        h1 { "You cannot see this page" }
        (inset_text(&html! { p { (view.reason) } }))
        @if let Some(clause) = &view.clause { p { "Refused by: " strong { (clause) } } }
        @if let Some(instead) = &view.instead { p { (instead) } }
        p { a class="nhsuk-link" href="/" { "Go to the start page" } }
    };
    error_page(frame, "You cannot see this page", &[], &body)
}

/// Somebody could not be signed in through a provider (403).
pub fn not_signed_in(frame: &Frame, view: &ForbiddenView) -> Markup {
    let body = html! {
        h1 { "You are not signed in" }
        (inset_text(&html! { p { (view.reason) } }))
        @if let Some(instead) = &view.instead { p { (instead) } }
        p { a class="nhsuk-link" href="/sign-in" { "Go to the sign-in page" } " or " a class="nhsuk-link" href=(frame.help_href) { "ask for help" } "." }
    };
    error_page(frame, "You are not signed in", &[], &body)
}

/// Too large (413).
pub fn too_large(frame: &Frame, view: &TooLargeView) -> Markup {
    let limit = format::bytes(view.limit_in_bytes);
    let body = html! {
        h1 { "The file is too large" }
        p {
            @match view.size_in_bytes {
                Some(size) => { "The file is " (format::bytes(size)) "; the limit is " (limit) "." }
                None => { "The file is larger than the limit of " (limit) "." }
            }
        }
        p { "Compress it (zip or gzip) or split it by quarter. Nothing of it has been kept." }
    };
    error_page(
        frame,
        "The file is too large",
        &[("Send a file", "/submissions/new")],
        &body,
    )
}

/// Our fault (500).
pub fn our_fault(frame: &Frame, view: &OurFaultView) -> Markup {
    let body = html! {
        h1 { "Something went wrong on our side" }
        @if !view.assurance.is_empty() { p { (view.assurance) } }
        p { "Reference " strong { (view.reference) } ". We have been told." }
        p { "You can try again later, or " a class="nhsuk-link" href=(frame.help_href) { "ask for help" } " and quote the reference." }
    };
    error_page(frame, "Something went wrong on our side", &[], &body)
}

fn error_page(frame: &Frame, title: &str, parents: &[(&str, &str)], body: &Markup) -> Markup {
    framed(
        frame,
        &Page {
            title,
            error: false,
            wide: false,
            parents,
            body: column(body),
        },
    )
}
