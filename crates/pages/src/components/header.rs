//! Header: the name of the service, who is signed in, and where to go.
//!
//! The service name is text. A logo appears only where the operator supplies its markup.

use super::{class_names, icon};
use maud::{Markup, html};

/// The header of every page.
#[derive(Debug, Clone, Default)]
pub struct Header<'a> {
    /// What the service is called.
    pub service: &'a str,
    /// Where the name leads.
    pub service_href: Option<&'a str>,
    /// A logo that the operator may use, as markup of its own.
    pub logo: Option<Markup>,
    /// Who is signed in, and the way out.
    pub account: Option<Account<'a>>,
    /// The main places of the service.
    pub navigation: Vec<NavigationItem<'a>>,
    /// Whether the header is white.
    pub white: bool,
    /// Whether the account stands beside the name on a wide screen.
    pub inline: bool,
}

/// The account part of the header.
#[derive(Debug, Clone, Default)]
pub struct Account<'a> {
    /// Its items, in order.
    pub items: Vec<AccountItem<'a>>,
}

/// One item of the account part.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccountItem<'a> {
    /// What it says.
    pub text: &'a str,
    /// Where it leads.
    pub href: Option<&'a str>,
    /// Where it posts to, where it does something.
    pub action: Option<&'a str>,
    /// The token that shows the form to be ours.
    pub csrf: Option<&'a str>,
    /// Whether the sign of a person stands before it.
    pub icon: bool,
}

/// One link of the navigation.
#[derive(Debug, Clone, Copy, Default)]
pub struct NavigationItem<'a> {
    /// What it says.
    pub text: &'a str,
    /// Where it leads.
    pub href: &'a str,
    /// Whether it is this page.
    pub current: bool,
    /// Whether this page belongs to it.
    pub active: bool,
}

/// The header.
pub fn header(options: &Header<'_>) -> Markup {
    let class = class_names(
        "nhsuk-header",
        [
            super::when(options.white, "nhsuk-header--white"),
            super::when(options.inline, "nhsuk-header--inline"),
        ],
        "",
    );
    html! {
        header class=(class) data-module="nhsuk-header" role="banner" {
            div class="nhsuk-header__container nhsuk-width-container" {
                div class="nhsuk-header__service" { (service(options)) }
                @if let Some(part) = &options.account { (account(part)) }
            }
            @if !options.navigation.is_empty() { (navigation(&options.navigation)) }
        }
    }
}

fn service(options: &Header<'_>) -> Markup {
    let name = html! { span class="nhsuk-header__service-name" { (options.service) } };
    html! {
        @match (&options.logo, options.service_href) {
            (Some(logo), Some(href)) if !options.service.is_empty() => {
                a class="nhsuk-header__service-logo" href=(href) aria-label={ "NHS " (options.service) " homepage" } {
                    (logo) (name)
                }
            }
            (Some(logo), _) => {
                (logo)
                @if !options.service.is_empty() { (name) }
            }
            (None, Some(href)) => { a class="nhsuk-header__service-name" href=(href) { (options.service) } }
            (None, None) => { (name) }
        }
    }
}

fn account(part: &Account<'_>) -> Markup {
    html! {
        nav class="nhsuk-header__account" aria-label="Account" {
            ul class="nhsuk-header__account-list" {
                @for item in &part.items {
                    @let content = html! { @if item.icon { (icon::user()) } (item.text) };
                    li class="nhsuk-header__account-item" {
                        @if let Some(href) = item.href {
                            a class="nhsuk-header__account-link" href=(href) { (content) }
                        } @else if let Some(action) = item.action {
                            form class="nhsuk-header__account-form" action=(action) method="post" novalidate {
                                @if let Some(token) = item.csrf { input type="hidden" name="csrf" value=(token); }
                                button class="nhsuk-header__account-button" { (content) }
                            }
                        } @else {
                            (content)
                        }
                    }
                }
            }
        }
    }
}

fn navigation(items: &[NavigationItem<'_>]) -> Markup {
    html! {
        nav class="nhsuk-header__navigation" aria-label="Menu" {
            div class="nhsuk-header__navigation-container nhsuk-width-container" {
                ul class="nhsuk-header__navigation-list" {
                    @for item in items {
                        @let here = item.current || item.active;
                        @let class = class_names("nhsuk-header__navigation-item",
                            [super::when(here, "nhsuk-header__navigation-item--current")], "");
                        li class=(class) {
                            a class="nhsuk-header__navigation-link" href=(item.href)
                                aria-current=[here.then_some(if item.current { "page" } else { "true" })] {
                                @if here {
                                    strong class="nhsuk-header__navigation-item-current-fallback" { (item.text) }
                                } @else {
                                    (item.text)
                                }
                            }
                        }
                    }
                    li class="nhsuk-header__menu" hidden {
                        button class="nhsuk-header__menu-toggle nhsuk-header__navigation-link" id="toggle-menu"
                            aria-expanded="false" {
                            span class="nhsuk-u-visually-hidden" { "Browse " }
                            "More"
                        }
                    }
                }
            }
        }
    }
}
