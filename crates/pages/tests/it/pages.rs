//! What holds for every page in every state.

use crate::samples;
use std::collections::BTreeSet;

/// Pages that anybody may read, without the two whose words are the operator's own.
const PUBLIC: [&str; 18] = [
    "start",
    "sign-in",
    "register",
    "register-entry",
    "specs",
    "spec",
    "spec-field",
    "spec-rules",
    "spec-codes",
    "rule",
    "guidance",
    "changes",
    "change",
    "news",
    "help",
    "accessibility",
    "cookies",
    "privacy",
];

#[test]
fn every_page_is_a_whole_document_with_one_heading() {
    for (name, html) in samples::pages() {
        assert!(
            html.starts_with("<!DOCTYPE html><html lang=\"en-GB\">"),
            "{name}"
        );
        assert!(html.ends_with("</html>"), "{name}");
        assert_eq!(
            html.matches("<h1").count(),
            1,
            "{name}: one first-level heading"
        );
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert!(html.contains("href=\"#maincontent\""), "{name}: skip link");
        assert!(html.contains(">Help</a>"), "{name}: help link");
    }
}

#[test]
fn titles_say_what_the_page_is_and_differ_between_pages() {
    let titles: Vec<(&str, String)> = samples::pages()
        .into_iter()
        .map(|(name, html)| (name, between(&html, "<title>", "</title>").to_owned()))
        .collect();
    for (name, title) in &titles {
        assert!(title.ends_with(" - Haven"), "{name}: {title}");
        let has_errors = name.ends_with("-error");
        assert_eq!(title.starts_with("Error: "), has_errors, "{name}: {title}");
    }
    let title = |page: &str| titles.iter().find(|(n, _)| *n == page).unwrap().1.clone();
    assert_eq!(
        title("result"),
        "Result: 2 causes to fix, March 2026 - Haven"
    );
    assert_eq!(
        title("result-clean"),
        "Result: nothing to fix, March 2026 - Haven"
    );
    assert_eq!(title("upload-error"), "Error: Send a file - Haven");
}

#[test]
fn nothing_is_inline() {
    for (name, html) in samples::pages() {
        let tags: Vec<&str> = html
            .split('<')
            .skip(1)
            .map(|t| t.split('>').next().unwrap())
            .collect();
        for tag in tags {
            assert!(!tag.starts_with("style"), "{name}: {tag}");
            assert!(!tag.contains(" style="), "{name}: {tag}");
            assert!(!tag.contains("javascript:"), "{name}: {tag}");
            let handler = tag
                .split_whitespace()
                .find(|a| a.starts_with("on") && a.contains('='));
            assert_eq!(handler, None, "{name}: {tag}");
            for address in ["src=\"", "href=\""] {
                if let Some(after) = tag.split(address).nth(1) {
                    let ours = after.starts_with('/')
                        || after.starts_with('#')
                        || after.starts_with("mailto:")
                        // An authenticator on the same device.
                        || (tag.starts_with("a ") && after.starts_with("otpauth://totp/"))
                        // A reader may follow a link to elsewhere; the page itself asks nobody else for anything.
                        || (tag.starts_with("a ") && after.starts_with("https://"));
                    assert!(ours, "{name} asks elsewhere: {tag}");
                }
            }
        }
        for script in html.split("<script").skip(1) {
            assert_eq!(
                between(script, ">", "</script>"),
                "",
                "{name}: a script with text in it"
            );
        }
    }
}

#[test]
fn ids_are_unique_and_every_reference_has_its_target() {
    for (name, html) in samples::pages() {
        let ids: Vec<&str> = html
            .split(" id=\"")
            .skip(1)
            .map(|r| r.split('"').next().unwrap())
            .collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: an id twice among {ids:?}");
        for attribute in [
            "aria-labelledby=\"",
            "aria-describedby=\"",
            " for=\"",
            "href=\"#",
            "url(#",
        ] {
            for reference in html.split(attribute).skip(1) {
                for id in reference.split(['"', ')']).next().unwrap().split(' ') {
                    assert!(unique.contains(id), "{name}: {attribute}{id} leads nowhere");
                }
            }
        }
    }
}

#[test]
fn every_form_that_changes_something_carries_its_token() {
    for (name, html) in samples::pages() {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let changes = form.contains("method=\"post\"");
            assert_eq!(changes, form.contains("name=\"csrf\""), "{name}: {form}");
        }
    }
}

#[test]
fn what_was_typed_is_escaped() {
    let (_, html) = samples::pages()
        .into_iter()
        .find(|(n, _)| *n == "register-search-empty")
        .unwrap();
    assert!(html.contains("moon &lt;b&gt;") && !html.contains("moon <b>"));
}

#[test]
fn no_page_blames_or_begs() {
    for (name, html) in samples::pages() {
        let words = words_of(&html).to_lowercase();
        for word in ["invalid", "please", "oops", "illegal", "fatal"] {
            assert!(!words.contains(word), "{name} says {word}");
        }
    }
}

/// Flesch and Kincaid's grade plus five is a rough reading age.
#[test]
fn public_pages_can_be_read_at_about_twelve() {
    for (name, html) in samples::pages()
        .into_iter()
        .filter(|(n, _)| PUBLIC.contains(n))
    {
        let main = between(&html, "<main", "</main>");
        let prose: Vec<String> = main
            .split("<p")
            .skip(1)
            .map(|p| words_of(&format!("<p{}", p.split("</p>").next().unwrap())))
            .filter(|p| p.split_whitespace().count() >= 6)
            .collect();
        let text = prose.join(" ");
        let words: Vec<&str> = text.split_whitespace().collect();
        let sentences = text.matches(['.', '?', '!', ':']).count().max(1);
        let syllables: usize = words.iter().map(|w| syllables(w)).sum();
        let per = |a: usize, b: usize| {
            f64::from(u32::try_from(a).unwrap()) / f64::from(u32::try_from(b.max(1)).unwrap())
        };
        let age =
            0.39 * per(words.len(), sentences) + 11.8 * per(syllables, words.len()) - 15.59 + 5.0;
        assert!(age < 14.0, "{name} reads at about {age:.1}: {text}");
    }
}

#[test]
fn the_result_reads_well() {
    let (_, html) = samples::pages()
        .into_iter()
        .find(|(n, _)| *n == "result")
        .unwrap();
    let main = words_of(between(&html, "id=\"maincontent\"", "</main>").trim_start_matches('>'));
    expect_test::expect![[r#"
        Client level data, release 2, March 2026 Result: 2 causes to fix
        Information:
        411,496 rows were accepted. 1,310 rows were set aside and not used. Fix the causes below in your own system and send the whole file again.
        All findings as CSV
        See the receipt
        State    Accepted Rows set aside
        File    march.csv
        Period    March 2026
        Received    31 March 2026 at 5:00pm
        Rows in the file    412,806
        Rows accepted    411,496
        Rows set aside    1,310
        What we detected    Windows-1252 and comma between the columns
        Checked against    Client level data 2.1, with checker haven 0.1.0
        Fingerprint (SHA-256)    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        Causes to fix
        Cause    What it does    Rows    Share of file    How to fix it
        Cause Event end date is before event start date CLD-P003 Most common: Event End Date typed in the previous year (1,117 rows)    What it does Row set aside    Rows 1,204    Share of file 0.3%    How to fix it Check which of the two dates is wrong. Often the end date was typed in the year before.
        Cause Event end date is before event start date CLD-N001 Most common: "M" (100 rows; use "Male"), "F" (6 rows)    What it does Row set aside    Rows 106    Share of file under 0.1%    How to fix it haven fix can do it.
        Worth a look
        Cause    What it does    Rows    Share of file    How to fix it
        Cause Event end date is before event start date CLD-P006    What it does Warning    Rows 9,455    Share of file 2.3%    How to fix it Check which of the two dates is wrong. Often the end date was typed in the year before.
        Cause Event end date is before event start date CLD-F004    What it does Note    Rows whole file    Share of file all    How to fix it Check which of the two dates is wrong. Often the end date was typed in the year before.
        Not checked here
        1 rule was not checked
        They need what was not known, such as your last accepted file.
        Events of your last file are missing"#]].assert_eq(&main);
}

#[test]
fn the_receipt_reads_well() {
    let (_, html) = samples::pages()
        .into_iter()
        .find(|(n, _)| *n == "receipt")
        .unwrap();
    let main = words_of(between(&html, "id=\"maincontent\"", "</main>").trim_start_matches('>'));
    expect_test::expect![[r#"
        We have your file
        Reference 6f1c2ab09d3e44f0a1b2
        Sent by    Southend-on-Sea City Council
        File    march.csv, 123.5 MB
        Dataset    Client level data, release 2
        Period    1 January 2026 to 31 March 2026
        Received    31 March 2026 at 5:00pm
        Declared and sent    31 March 2026 at 5:20pm, by Jo Example
        Rows in the file    412,806
        Rows accepted    411,496
        Rows set aside    1,310
        Event end date is before event start date: 1,204 rows
        NHS number fails its check digit: 106 rows
        Fingerprint (SHA-256)    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        It was sent after the window had closed, and is marked as late.
        It covers a part of the period that was asked for.
        The fingerprint proves which file this receipt is for: any change to the file changes it.
        What happens next
        We look for the person behind each row.
        Your data-quality report is ready tomorrow morning.
        Print this page"#]]
    .assert_eq(&main);
}

#[test]
fn a_refusal_names_its_clause() {
    let (_, html) = samples::pages()
        .into_iter()
        .find(|(n, _)| *n == "ask-refused")
        .unwrap();
    let main = words_of(between(&html, "id=\"maincontent\"", "<form").trim_start_matches('>'));
    expect_test::expect![[r#"
        Ask a question
        Important: The agreement does not allow this
        This question reads the postcode sector. The agreement leaves that field out.
        Refused by: DSA-0001, dataset adult social care, field postcode sector
        Leave the field out, or ask for a change to the agreement."#]]
    .assert_eq(&main);
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let after = text.split_once(start).unwrap().1;
    after.split_once(end).map_or(after, |(inside, _)| inside)
}

/// The words of a piece of HTML, a line for each block.
fn words_of(html: &str) -> String {
    let mut lines = vec![String::new()];
    for part in html.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        let name = tag
            .trim_start_matches('/')
            .split([' ', '>'])
            .next()
            .unwrap();
        if matches!(
            name,
            "p" | "h1"
                | "h2"
                | "h3"
                | "li"
                | "tr"
                | "div"
                | "caption"
                | "br"
                | "form"
                | "ul"
                | "dl"
                | "label"
                | "button"
        ) {
            lines.push(String::new());
        }
        let separator = if matches!(name, "td" | "th" | "dt" | "dd") {
            "  "
        } else {
            ""
        };
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&");
        let line = lines.last_mut().unwrap();
        line.push_str(separator);
        line.push_str(&text);
    }
    let lines: Vec<String> = lines
        .iter()
        .map(|l| l.trim().to_owned())
        .filter(|l| !l.is_empty())
        .collect();
    lines.join("\n")
}

/// Groups of vowels, without a silent e at the end.
fn syllables(word: &str) -> usize {
    let letters: Vec<char> = word
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphabetic())
        .collect();
    let vowel = |c: &char| "aeiouy".contains(*c);
    let groups = letters
        .iter()
        .enumerate()
        .filter(|(n, c)| vowel(c) && (*n == 0 || !vowel(&letters[n - 1])))
        .count();
    let silent = letters.len() > 2 && letters.ends_with(&['e']) && !letters.ends_with(&['l', 'e']);
    groups
        .saturating_sub(usize::from(silent && groups > 1))
        .max(1)
}
