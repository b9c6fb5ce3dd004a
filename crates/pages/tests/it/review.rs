//! What holds for clerical review and for what is returned to the sender.

use crate::samples::{pages, review};
use pages::{PairDecision, PairReviewView, ReturnKind};
use std::collections::BTreeSet;

fn page(name: &str) -> String {
    pages().into_iter().find(|(n, _)| *n == name).unwrap().1
}

#[test]
fn no_value_of_a_record_is_in_a_title_an_address_or_a_choice() {
    let view = review::pair();
    let values = view
        .fields
        .iter()
        .flat_map(|f| f.left.iter().chain(&f.right).chain(&f.others));
    let values: BTreeSet<&String> = values.filter(|v| v.len() > 1).collect();
    assert!(values.len() > 5);
    let html = page("review");
    let title = html
        .split("<title>")
        .nth(1)
        .unwrap()
        .split("</title>")
        .next()
        .unwrap();
    assert_eq!(title, "Review pair 1,041, 41 left - Haven");
    let form = html
        .split("data-haven-decide")
        .nth(1)
        .unwrap()
        .split("</form>")
        .next()
        .unwrap();
    for value in values {
        assert!(
            !title.contains(value.as_str()) && !form.contains(value.as_str()),
            "{value}"
        );
        for address in html.split("href=\"").chain(html.split("action=\"")).skip(1) {
            assert!(
                !address.split('"').next().unwrap().contains(value.as_str()),
                "{value}"
            );
        }
    }
    let found = review::found();
    let html = page("returned");
    let headings = html
        .split("<h")
        .skip(1)
        .map(|h| h.split("</h").next().unwrap());
    for (heading, row) in headings.flat_map(|h| found.rows.iter().map(move |row| (h, row))) {
        assert!(!heading.contains(&row.found), "{heading}");
    }
}

#[test]
fn a_pair_is_decided_without_scripts() {
    let html = page("review");
    let form = html
        .split("data-haven-decide")
        .nth(1)
        .unwrap()
        .split("</form>")
        .next()
        .unwrap();
    for decision in PairDecision::ALL {
        assert!(form.contains(&format!("type=\"radio\" value=\"{}\"", decision.value())));
    }
    assert_eq!(html.matches(" autofocus").count(), 1);
    assert!(form.contains("type=\"submit\"") && form.contains("name=\"pair\" value=\"p-1041\""));
    // The keys are only told where a script makes them work.
    assert!(form.contains("hidden data-haven-keys"));
    assert!(!html.contains("accesskey"));
    assert!(html.contains("action=\"/review/undo\""));
    assert!(
        !page("review-error").contains("action=\"/review/undo\""),
        "there is nothing to undo"
    );
}

#[test]
fn nothing_is_chosen_beforehand() {
    for name in ["review", "returned"] {
        for input in page(name).split("<input").skip(1) {
            assert!(
                !input.split('>').next().unwrap().contains(" checked"),
                "{name}"
            );
        }
    }
}

#[test]
fn differences_are_said_in_words() {
    let html = page("review");
    for words in [
        "<strong>Differs</strong>",
        "Alike",
        "Same",
        "Missing",
        "day and month exchanged",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(html.contains("Same: Family name and Sex. Alike: Given name. Differs: Date of birth and Postcode. Missing: NHS number."));
}

#[test]
fn the_keys_of_the_script_are_those_of_the_form() {
    let html = page("review");
    let keys = html
        .split("data-haven-decide=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let sent: Vec<&str> = keys
        .split(' ')
        .map(|pair| pair.split_once(':').unwrap().1)
        .collect();
    assert_eq!(sent, PairDecision::ALL.map(PairDecision::value));
}

#[test]
fn a_pair_without_anything_is_still_a_page() {
    let sample = PairReviewView {
        sample: true,
        ..PairReviewView::default()
    };
    let html = pages::pair_review(&pages::Frame::default(), &sample).into_string();
    assert_eq!(html.matches("name=\"mode\" value=\"sample\"").count(), 1);
    assert!(
        html.contains("0 pairs left")
            && html.contains("your answer measures the model")
            && !html.contains("<svg class=\"haven-picture")
    );
}

#[test]
fn every_finding_has_its_form_and_those_decided_say_so() {
    let (html, view) = (page("returned"), review::found());
    assert_eq!(html.matches("name=\"found\"").count(), view.rows.len());
    assert_eq!(html.matches("Decide again on row").count(), 2);
    assert!(html.contains("98%: the algorithmic trace"));
    assert!(html.contains("Also in 2 other rows of this record"));
    assert!(html.contains("12 findings: the link is not sure enough"));
    let wrong = page("returned-error");
    assert!(wrong.contains("value=\"=1+1\"") && wrong.contains("Accept 1,204 findings"));
    assert!(page("returned-not-yet").contains("has not been traced yet"));
    assert!(html.contains("Her sister: we checked by telephone"));
    let values: BTreeSet<&str> = ReturnKind::ALL.iter().map(|k| k.value()).collect();
    assert_eq!(values.len(), ReturnKind::ALL.len());
}
