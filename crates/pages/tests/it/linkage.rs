//! What holds for reports of linkage runs.

use crate::samples::linkage_view::{report, without_truth};
use pages::{LinkageReportView, linkage_report_file, linkage_report_json, linkage_report_tables};

fn file(view: &LinkageReportView) -> String {
    linkage_report_file(view).into_string()
}

#[test]
fn the_file_asks_nobody_for_anything_and_runs_nothing() {
    let html = file(&report());
    assert!(html.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"));
    assert_eq!(html.matches("<style>").count(), 1);
    for tag in html
        .split('<')
        .skip(1)
        .map(|t| t.split('>').next().unwrap())
    {
        assert!(
            !tag.starts_with("script") && !tag.starts_with("link") && !tag.contains(" style="),
            "{tag}"
        );
        for address in ["src=\"", "href=\""] {
            if let Some(after) = tag.split(address).nth(1) {
                let own = after.starts_with('#')
                    || (after.starts_with("data:") && tag.contains("download="));
                assert!(own, "{tag}");
            }
        }
    }
}

#[test]
fn every_picture_has_its_table_and_every_table_can_be_taken_away() {
    let view = report();
    let html = file(&view);
    let figures: Vec<&str> = html
        .split("<figure")
        .skip(1)
        .map(|f| f.split("</figure>").next().unwrap())
        .collect();
    assert!(figures.len() > 20);
    for figure in &figures {
        assert_eq!(figure.matches("<table").count(), 1, "{figure}");
        assert_eq!(
            figure.matches("picture--wide").count(),
            figure.matches("picture--narrow").count()
        );
    }
    let tables = linkage_report_tables(&view);
    assert_eq!(html.matches("download=").count(), tables.len() + 1);
    for (name, csv) in &tables {
        assert!(html.contains(&format!("download=\"{name}\"")), "{name}");
        assert!(csv.lines().count() > 1, "{name} is empty");
    }
}

#[test]
fn headings_come_in_their_order() {
    for view in [report(), without_truth(), LinkageReportView::default()] {
        let mut last = 0;
        for heading in file(&view).split("<h").skip(1) {
            let Some(level) = heading.chars().next().and_then(|c| c.to_digit(10)) else {
                continue;
            };
            assert!(level <= last + 1, "level {level} after {last}");
            last = level;
        }
    }
}

#[test]
fn without_truth_nothing_is_said_about_accuracy() {
    let html = file(&without_truth());
    for id in [
        "threshold-tool",
        "roc-and-precision-recall",
        "calibration-of-probabilities",
        "whom-linkage-misses",
        "quality",
    ] {
        assert!(!html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(html.contains("says nothing about how many links are right"));
    assert!(html.contains("id=\"match-weights\""));
}

#[test]
fn rare_values_and_small_groups_are_nowhere() {
    let view = report();
    let tables = linkage_report_tables(&view);
    let mut everything = vec![file(&view), linkage_report_json(&view)];
    everything.extend(tables.into_iter().map(|(_, csv)| csv));
    for text in everything {
        assert!(!text.contains("QUILLFEATHER") && !text.contains("Tiny group"));
    }
    assert!(file(&view).contains("BRINDLE"));
}

#[test]
fn the_figures_survive_as_json() {
    let view = report();
    let read: LinkageReportView = serde_json::from_str(&linkage_report_json(&view)).unwrap();
    // Figures after the point may come back with another last digit, so that those without are compared.
    assert_eq!(read.thresholds, view.thresholds);
    assert_eq!(read.blocks, view.blocks);
    assert_eq!(read.made_at, view.made_at);
    assert_eq!(read.comparisons.len(), view.comparisons.len());
    assert_eq!(
        file(&read).matches("<figure").count(),
        file(&view).matches("<figure").count()
    );
}

#[test]
fn a_value_cannot_break_out_of_the_file() {
    let mut view = report();
    view.rarity[0].values[0].value = "</style><script>alert(1)</script>\"".to_owned();
    view.patterns[0].levels[0] = "</pre><img src=x onerror=y>".to_owned();
    let html = file(&view);
    assert!(!html.contains("<script") && !html.contains("<img"));
}
