//! What surrounds every page: title, skip link, header, navigation, footer.

use crate::{
    assets,
    components::{
        Account, AccountItem, Breadcrumb, Footer, Header, NavigationItem, breadcrumb, footer,
        header, skip_link,
    },
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What every page of one visit shares.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// What the service is called.
    pub service: String,
    /// The organisation that runs it, as the footer names it.
    pub operator: String,
    /// The places that the reader's role may go to.
    pub navigation: Vec<Place>,
    /// Who is signed in.
    pub reader: Option<Reader>,
    /// Where help is.
    pub help_href: String,
    /// A logo as markup, where the operator has confirmed that the service may carry it.
    pub logo: Option<String>,
}

/// One place of the navigation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Its name.
    pub text: String,
    /// Its address.
    pub href: String,
    /// Whether the page belongs to it.
    pub here: bool,
}

/// Who is signed in, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reader {
    /// Their name.
    pub name: String,
    /// The role they act in.
    pub role: String,
    /// The organisation they act for.
    pub organisation: String,
    /// Whether they have another role to switch to.
    pub can_switch: bool,
    /// The token for the sign-out form.
    pub csrf: String,
    /// How long they stay signed in.
    pub expiry: Option<Expiry>,
}

/// How long somebody stays signed in. The page says it; a small script says it once more two minutes before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expiry {
    /// The time of day, as people read it.
    pub until: String,
    /// How many seconds that is from now.
    pub seconds: u64,
    /// Whether that is the end of the session whatever is asked before.
    pub last: bool,
    /// Where staying signed in leads: back to this page.
    pub stay_href: String,
}

/// A link in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

impl Link {
    /// A link.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
        }
    }
}

/// One page, ready to be framed.
pub(crate) struct Page<'a> {
    /// What the title says before the name of the service. Never a value about a person.
    pub(crate) title: &'a str,
    /// Whether a form came back with errors.
    pub(crate) error: bool,
    /// Whether the content takes the whole width of the screen.
    pub(crate) wide: bool,
    /// The pages above this one, below the start page, outermost first.
    pub(crate) parents: &'a [(&'a str, &'a str)],
    /// The content, with the one first-level heading.
    pub(crate) body: Markup,
}

/// The whole document.
pub(crate) fn framed(frame: &Frame, page: &Page<'_>) -> Markup {
    let error = if page.error { "Error: " } else { "" };
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                title { (error) (page.title) " - " (frame.service) }
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="theme-color" content="#005eb8";
                (assets::head_links())
            }
            body {
                (skip_link("Skip to main content", "#maincontent"))
                (top(frame))
                div class=(if page.wide { "nhsuk-width-container-fluid" } else { "nhsuk-width-container" }) {
                    @if !page.parents.is_empty() { (trail(page.parents)) }
                    main class="nhsuk-main-wrapper" id="maincontent" { (page.body) }
                }
                @if let Some(expiry) = frame.reader.as_ref().and_then(|r| r.expiry.as_ref()) { (session_time(expiry)) }
                (bottom(frame))
            }
        }
    }
}

/// How long the session lasts, with a plain link that keeps it.
fn session_time(expiry: &Expiry) -> Markup {
    html! {
        section class="nhsuk-width-container haven-expiry haven-screen-only" aria-label="How long you stay signed in"
            data-haven-expiry=(expiry.seconds) data-haven-last=(expiry.last) {
            p class="nhsuk-body-s nhsuk-u-margin-bottom-4" {
                span role="status" {
                    @if expiry.last { "You are signed in until " (expiry.until) ", and then have to sign in again." }
                    @else { "You are signed in until " (expiry.until) ", or longer if you open another page before." }
                } " "
                @if !expiry.last { a class="nhsuk-link" href=(expiry.stay_href) { "Stay signed in" } }
            }
        }
    }
}

/// The way up, as a landmark of its own; on a narrow screen one link back.
fn trail(parents: &[(&str, &str)]) -> Markup {
    let items: Vec<(&str, &str)> = std::iter::once(("Home", "/"))
        .chain(parents.iter().copied())
        .collect();
    breadcrumb(&Breadcrumb { items: &items })
}

fn top(frame: &Frame) -> Markup {
    let who = frame
        .reader
        .as_ref()
        .map(|r| format!("{}, {}, {}", r.name, r.role.to_lowercase(), r.organisation));
    let account = frame.reader.as_ref().map(|reader| Account {
        items: [
            who.as_deref().map(|text| AccountItem {
                text,
                icon: true,
                href: Some("/account"),
                ..AccountItem::default()
            }),
            reader.can_switch.then_some(AccountItem {
                text: "Switch role",
                href: Some("/role"),
                ..AccountItem::default()
            }),
            Some(AccountItem {
                text: "Sign out",
                action: Some("/sign-out"),
                csrf: Some(&reader.csrf),
                ..AccountItem::default()
            }),
        ]
        .into_iter()
        .flatten()
        .collect(),
    });
    header(&Header {
        service: &frame.service,
        service_href: Some("/"),
        logo: frame.logo.clone().map(PreEscaped),
        account,
        navigation: frame
            .navigation
            .iter()
            .map(|p| NavigationItem {
                text: &p.text,
                href: &p.href,
                current: false,
                active: p.here,
            })
            .collect(),
        ..Header::default()
    })
}

fn bottom(frame: &Frame) -> Markup {
    footer(&Footer {
        links: &[
            ("Help", &frame.help_href),
            ("Guidance", "/guidance"),
            ("What you can send", "/specs"),
            ("Register of data uses", "/register"),
            ("Service status", "/status"),
            ("Accessibility statement", "/accessibility"),
            ("Cookies", "/cookies"),
            ("Privacy", "/privacy"),
        ],
        text: (!frame.operator.is_empty())
            .then(|| format!("Run by {}", frame.operator))
            .as_deref(),
        copyright: None,
    })
}

/// Prose at reading width.
pub(crate) fn column(body: &Markup) -> Markup {
    html! {
        div class="nhsuk-grid-row" {
            div class="nhsuk-grid-column-two-thirds" { (body) }
        }
    }
}

/// The hidden field that shows a form to be ours. Forms send it as `csrf`.
pub(crate) fn csrf_field(token: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(token); }
}

/// A bullet list, or nothing.
pub(crate) fn bullets(items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() {
            ul class="nhsuk-list nhsuk-list--bullet" { @for item in items { li { (item) } } }
        }
    }
}

/// A list of links, or nothing.
pub(crate) fn link_list(links: &[Link]) -> Markup {
    html! {
        @if !links.is_empty() {
            ul class="nhsuk-list" {
                @for link in links { li { a class="nhsuk-link" href=(link.href) { (link.text) } } }
            }
        }
    }
}
