//! The report as one file: its own small stylesheet, no script, nothing from anywhere else, every table to take away.

use super::{LinkageReportView, body, exhibit::Exhibit, linkage_report_json};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Nothing may be loaded and nothing may run; only the stylesheet inside the file counts.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// What the file looks like.
const STYLE: &str = include_str!("../../assets/offline.css");

/// The report as a whole document that works without a network and without scripts.
pub fn linkage_report_file(view: &LinkageReportView) -> Markup {
    let json = linkage_report_json(view);
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Linkage report: " (view.title) ", " (view.reference) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#maincontent" { "Skip to main content" }
                main id="maincontent" {
                    (body(view, &csv_link))
                    div {
                        h2 id="all-figures" { "All figures" }
                        p {
                            a download="linkage-report.json" href=(address("application/json", &json)) { "All figures as JSON" }
                        }
                        details {
                            summary { "Read the JSON here" }
                            pre tabindex="0" aria-label="All figures as JSON" { (json) }
                        }
                    }
                }
            }
        }
    }
}

/// The table of an exhibit, to take away.
fn csv_link(exhibit: &Exhibit) -> Markup {
    let table = &exhibit.table;
    html! {
        p {
            a download={ (table.id) ".csv" } href=(address("text/csv", &table.csv())) {
                "These figures as CSV" span class="nhsuk-u-visually-hidden" { ": " (table.caption) }
            }
        }
    }
}

/// An address that holds the text itself.
fn address(kind: &str, text: &str) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    let mut address = format!("data:{kind};charset=utf-8,");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~,:".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_any_text() {
        assert_eq!(
            address("text/csv", "a b\r\n½\"<"),
            "data:text/csv;charset=utf-8,a%20b%0D%0A%C2%BD%22%3C"
        );
    }
}
