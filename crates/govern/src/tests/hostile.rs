//! Hostile texts: whatever is sent in as an agreement, the answer is a list of findings, each at a place
//! that is there, in bounded time and memory.

use super::{main_text, shipped};
use crate::agreement::{House, Level, review};
use std::fmt::Write as _;

fn house() -> House {
    House::read(&shipped()).unwrap()
}

/// Numbers that look random and repeat exactly (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n as u64).unwrap()
    }
}

/// Reads a text and looks that each finding is at a place that is there.
fn findings_of(text: &str, house: &House) -> usize {
    let (clauses, findings) = review(text, house);
    if clauses.is_none() {
        assert!(findings.iter().any(|f| f.level == Level::Stops));
    }
    let lines = text.lines().count().max(1);
    for finding in &findings {
        assert!(!finding.says.is_empty());
        assert!(
            finding
                .line
                .is_none_or(|line| (1..=lines + 1).contains(&line))
        );
        assert!(finding.column.is_none_or(|column| column >= 1));
        assert!(
            finding.message.len() < 20_000,
            "a message of {}",
            finding.message.len()
        );
    }
    findings.len()
}

#[test]
fn texts_with_pieces_changed_never_break_the_reader() {
    let house = house();
    let text = main_text();
    let pieces = [
        "",
        "\"",
        "\"\"\"",
        "'",
        "[",
        "]",
        "{",
        "}",
        "[[",
        "]]",
        "=",
        ",",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\0",
        "\u{feff}",
        "\u{202e}",
        "é",
        "𝔸",
        "-",
        "0",
        "99999999999999999999",
        "-1",
        "1e9",
        "nan",
        "true",
        "2026-02-30",
        "9999-12-31",
        "0001-01-01",
        "2026-04-01T00:00:00Z",
        "all = []",
        "any = [{}]",
        "everyone = ''",
        "{ age = { from = 65535, to = 0 } }",
        "reference = \"x\"",
        "[parties]",
        "[[parties]]",
        "name = 7",
        "# ",
        "\\u0000",
        "\\uD800",
        "<blank>",
        "../../etc/passwd",
        "'; drop table opt_out; --",
        "<script>alert(1)</script>",
        "🏥",
    ];
    let mut dice = Dice(7);
    let edges: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let mut wrong = 0;
    for _ in 0..3_000 {
        let mut changed = text.clone();
        for _ in 0..=dice.below(3) {
            let from = edges[dice.below(edges.len())].min(changed.len());
            let to = (from + dice.below(30)).min(changed.len());
            if changed.is_char_boundary(from) && changed.is_char_boundary(to) {
                changed.replace_range(from..to, pieces[dice.below(pieces.len())]);
            }
        }
        wrong += usize::from(findings_of(&changed, &house) > 0);
    }
    assert!(wrong > 2_000, "{wrong}");
}

#[test]
fn texts_cut_short_anywhere_are_findings() {
    let house = house();
    let text = main_text();
    for (at, _) in text.char_indices().step_by(97) {
        assert!(findings_of(&text[..at], &house) > 0, "cut at {at}");
    }
    assert_eq!(findings_of(&text, &house), 0);
}

#[test]
fn lines_repeated_or_in_another_order_never_break_the_reader() {
    let house = house();
    let text = main_text();
    let lines: Vec<&str> = text.lines().collect();
    let mut dice = Dice(11);
    for _ in 0..300 {
        let mut changed = lines.clone();
        for _ in 0..=dice.below(4) {
            let from = dice.below(changed.len());
            let to = dice.below(changed.len());
            if dice.below(2) == 0 {
                changed.swap(from, to);
            } else {
                changed.insert(to, changed[from]);
            }
        }
        findings_of(&changed.join("\n"), &house);
    }
}

#[test]
fn texts_that_are_huge_or_deep_are_refused_at_once() {
    let house = house();
    let text = main_text();
    for huge in [
        "x".repeat(5_000_000),
        format!("{text}\n# {}", "x".repeat(3_000_000)),
        format!("reference = \"{}\"\n", "y".repeat(2_000_000)),
    ] {
        let (clauses, findings) = review(&huge, &house);
        assert!(clauses.is_none());
        assert!(
            findings[0].says.contains("more than"),
            "{}",
            findings[0].says
        );
    }
    let deep = |open: &str, close: &str| {
        let nested = format!("{}{}", open.repeat(2_000), close.repeat(2_000));
        let from = text.find("[minimisation]").unwrap();
        let to = text.find("[datasets.long_term_support]").unwrap();
        format!(
            "{}[minimisation]\nall = [{nested}]\n\n{}",
            &text[..from],
            &text[to..]
        )
    };
    for deep in [
        deep("{ all = [", "] }"),
        deep("[", "]"),
        deep("{ a = ", "}"),
    ] {
        assert!(review(&deep, &house).0.is_none());
    }
}

#[test]
fn many_clauses_that_are_wrong_are_found() {
    let house = house();
    let mut text = main_text();
    for index in 0..2_000 {
        write!(
            text,
            "\n[[signatures]]\nparty = \"NOBODY-{index}\"\nname = \"\"\nrole = \"x\"\nsigned = 2026-03-01\n"
        )
        .unwrap();
    }
    let found = findings_of(&text, &house);
    assert!(found >= 100, "{found}");
}
