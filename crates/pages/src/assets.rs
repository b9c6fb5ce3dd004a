//! Our own small files, and the rules under which a browser loads anything at all.
//!
//! The frontend's stylesheet and script are fetched at set-up and are not here.

use maud::{Markup, html};

/// The policy that every page is served with: nothing inline, nothing from anyone else.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `/assets/haven.css`.
pub const HAVEN_CSS: &str = include_str!("../assets/haven.css");

/// `/assets/haven.js`, a module; it loads `/assets/nhsuk-frontend.min.js`.
pub const HAVEN_JS: &str = include_str!("../assets/haven.js");

/// `/assets/haven-icon.svg`.
pub const HAVEN_ICON: &str = include_str!("../assets/haven-icon.svg");

/// The frontend's stylesheet without its font-face rules, so that no page asks another host for a
/// font; the fallback is Arial. Everything else stays as published.
pub fn without_font_faces(css: &str) -> String {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("@font-face") {
        let (before, rule) = rest.split_at(start);
        kept.push_str(before);
        // A font-face rule holds declarations only, so its first closing brace ends it.
        rest = rule.split_once('}').map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// What the head of a page loads.
pub(crate) fn head_links() -> Markup {
    html! {
        link rel="icon" href="/assets/haven-icon.svg" type="image/svg+xml";
        link rel="stylesheet" href="/assets/nhsuk-frontend.min.css";
        link rel="stylesheet" href="/assets/haven.css";
        script type="module" src="/assets/haven.js" {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn font_faces_go_and_the_rest_stays() {
        let css = "a{b:c}@font-face{font-family:X;src:url(https://other/x.woff2)}@media print{p{d:e}}@font-face{f:g}";
        assert_eq!(without_font_faces(css), "a{b:c}@media print{p{d:e}}");
    }
}
