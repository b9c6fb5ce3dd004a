//! What a person reads of an evaluation: Markdown that is plain text as well.

use super::{
    AtThreshold, Counted, Estimate, Evaluation, GroupTable, Measures, Notice, OperatingPoint, Over,
    Rate, RecallAtPrecision, Share,
};
use std::fmt::Write as _;

/// Rows of the table by threshold that a person reads; the charts have them all.
const ROWS: usize = 25;
/// Notices that are written out.
const NOTICES: usize = 40;

/// A text that grows; writing to it cannot fail.
#[derive(Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // A `String` takes everything.
        let _ = self.0.write_fmt(line);
        self.0.push('\n');
    }

    pub(crate) fn head(&mut self, level: usize, head: &str) {
        let blank = if self.0.is_empty() { "" } else { "\n" };
        self.line(format_args!("{blank}{} {head}\n", "#".repeat(level)));
    }

    pub(crate) fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        self.line(format_args!("| {} |", head.join(" | ")));
        self.line(format_args!("|{}", " --- |".repeat(head.len())));
        for row in rows {
            // What stands in a file must not break the table.
            let cells: Vec<String> = row.iter().map(|cell| safe(cell)).collect();
            self.line(format_args!("| {} |", cells.join(" | ")));
        }
    }

    pub(crate) fn whole(self) -> String {
        self.0
    }
}

/// A text as one cell: no line breaks and no bars.
pub(crate) fn safe(text: &str) -> String {
    text.replace('|', "\\|")
        .replace(char::is_control, " ")
        .replace('<', "&lt;")
}

/// A share in per cent with three places, so that 99.95 % and 99.9 % are told apart.
pub(crate) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.3} %", share * 100.0))
}

fn plain(number: Option<f64>) -> String {
    number.map_or_else(|| "–".to_owned(), |number| format!("{number:.4}"))
}

fn bits(threshold: Option<f64>) -> String {
    threshold.map_or_else(|| "–".to_owned(), |bits| format!("{bits:.3}"))
}

pub(crate) fn with_interval(share: &Share) -> String {
    match (share.share, share.low, share.high) {
        (Some(_), Some(low), Some(high)) => format!(
            "{} of {}: {} ({:.3} to {:.3})",
            share.count,
            share.of,
            percent(share.share),
            low * 100.0,
            high * 100.0
        ),
        _ => format!("{} of {}", share.count, share.of),
    }
}

fn rate(rate: Option<&Rate>) -> String {
    rate.map_or_else(
        || "–".to_owned(),
        |rate| {
            format!(
                "{} ({:.3} to {:.3})",
                percent(Some(rate.value)),
                rate.low * 100.0,
                rate.high * 100.0
            )
        },
    )
}

/// The file and rows of each notice.
fn notices(text: &mut Text, notices: &[Notice]) {
    if notices.is_empty() {
        return;
    }
    text.head(2, "What was wrong with the files");
    for notice in notices.iter().take(NOTICES) {
        let rows: Vec<String> = notice.rows.iter().map(u64::to_string).collect();
        let rows = match (rows.len() as u64, rows.is_empty()) {
            (_, true) => String::new(),
            (named, false) if named < notice.count => {
                format!(" (rows {} and more)", rows.join(", "))
            }
            (1, false) => format!(" (row {})", rows.join(", ")),
            _ => format!(" (rows {})", rows.join(", ")),
        };
        text.line(format_args!(
            "- {}: {}, {} times{rows}",
            safe(&notice.file),
            safe(&notice.message),
            notice.count
        ));
    }
    if notices.len() > NOTICES {
        text.line(format_args!("- and {} more", notices.len() - NOTICES));
    }
}

impl Evaluation {
    /// The evaluation as Markdown.
    pub fn to_text(&self) -> String {
        let mut text = Text::default();
        text.head(1, "How good the links are");
        match self.over {
            Over::Queries => {
                text.line(format_args!(
                    "{} records were judged; the person of {} is in the index. The heaviest candidate of a record is its \
                     answer: right, wrong (another person though the right one is in the index) or false (a person for \
                     somebody who is not in it). Precision is right answers over answers; recall is right answers over \
                     records whose person is in the index, reached by blocking or not.",
                    self.records, self.to_find
                ));
            }
            Over::Pairs => {
                text.line(format_args!(
                    "{} records were judged; they make {} pairs of one person. Precision is pairs of one person over \
                     pairs given; recall is pairs given over pairs of one person, compared or not. {}",
                    self.records,
                    self.to_find,
                    match self.counted {
                        Some(Counted::TwoFiles) =>
                            "Pairs of two files count: two records of one file are neither to be found nor false.",
                        _ => "Any two records count, of one file or of two.",
                    }
                ));
            }
        }
        text.line(format_args!(
            "\nThe false-match rate is 1 less precision: a share of links, not of pairs of strangers. A pair that a veto \
             forbids is given at no threshold. Intervals are of 95 % (Wilson; of differences Newcombe)."
        ));
        recalls(
            &mut text,
            "Recall at a precision",
            &self.recall_at,
            self.best_f1.as_ref(),
        );
        if let Some(pairs) = &self.over_pairs {
            let head = "The same over pairs of a record and a person";
            recalls(&mut text, head, &pairs.recall_at, pairs.best_f1.as_ref());
        }
        for point in &self.operating {
            operating(&mut text, point, self.over);
        }
        text.head(2, "By threshold");
        thresholds(&mut text, &self.by_threshold, self.over);
        if let Some(links) = &self.false_links {
            links.tell(&mut text);
        }
        self.blocking_text(&mut text);
        self.calibration_text(&mut text);
        notices(&mut text, &self.notices);
        text.whole()
    }

    fn blocking_text(&self, text: &mut Text) {
        text.head(2, "Blocking");
        let blocking = &self.blocking;
        if let (Some(all), Some(compared)) = (blocking.all, blocking.compared) {
            let left_out = percent(blocking.reduction_ratio);
            text.line(format_args!(
                "{compared} of {all} pairs were compared; {left_out} were not (reduction ratio)."
            ));
        }
        match &blocking.completeness {
            Some(share) => text.line(format_args!("Pairs of one person that were compared: {}.", with_interval(share))),
            None => text.line(format_args!(
                "Pairs of one person in the links: {}. At least as many were compared; a file of links does not hold \
                 pairs that weigh too little to be written.",
                with_interval(&blocking.at_least)
            )),
        }
    }

    fn calibration_text(&self, text: &mut Text) {
        if self.calibration.bands.is_empty() {
            return;
        }
        text.head(2, "Are the probabilities true?");
        let rows = self.calibration.bands.iter().map(|band| {
            vec![
                format!("{} to {}", band.from, band.to),
                percent(Some(band.said)),
                with_interval(&band.is),
            ]
        });
        text.table(
            &["probability", "said on average", "right"],
            &rows.collect::<Vec<_>>(),
        );
        text.line(format_args!(
            "\nSaid and right are {} apart on average over links; the mean square of the difference is {}.",
            percent(self.calibration.error),
            plain(self.calibration.brier)
        ));
    }
}

fn recalls(text: &mut Text, head: &str, recalls: &[RecallAtPrecision], best: Option<&AtThreshold>) {
    text.head(2, head);
    let row = |name: String, at: Option<&AtThreshold>| {
        let measures = at.map(|at| at.measures).unwrap_or_default();
        vec![
            name,
            bits(at.map(|at| at.threshold)),
            percent(measures.precision),
            percent(measures.recall),
            plain(measures.f1),
        ]
    };
    let mut rows: Vec<Vec<String>> = recalls
        .iter()
        .map(|recall| {
            let precision = (recall.precision * 1e6).round() / 1e4;
            row(
                format!("precision of at least {precision} %"),
                recall.at.as_ref(),
            )
        })
        .collect();
    rows.push(row("best F1".to_owned(), best));
    text.table(&["asked", "threshold", "precision", "recall", "F1"], &rows);
}

fn rates(measures: &Measures, over: Over) -> Vec<String> {
    let mut rates = vec![
        percent(measures.precision),
        percent(measures.recall),
        percent(measures.false_match_rate),
        percent(measures.missed_match_rate),
        plain(measures.f1),
        plain(measures.f_half),
        plain(measures.f2),
        plain(measures.mcc),
        percent(measures.specificity),
        percent(measures.npv),
    ];
    if over == Over::Queries {
        rates.extend([measures.wrong_person_rate, measures.false_trace_rate].map(percent));
    }
    rates
}

fn rate_names(over: Over) -> Vec<&'static str> {
    let mut names = Vec::from(RATES);
    if over == Over::Queries {
        names.extend(["wrong person", "false trace"]);
    }
    names
}

const RATES: [&str; 10] = [
    "precision",
    "recall",
    "false-match rate",
    "missed-match rate",
    "F1",
    "F½",
    "F2",
    "MCC",
    "specificity",
    "NPV",
];

fn thresholds(text: &mut Text, all: &[AtThreshold], over: Over) {
    let step = all.len().div_ceil(ROWS).max(1);
    let rows = all.iter().step_by(step).map(|at| {
        let mut row = vec![
            bits(Some(at.threshold)),
            at.measures.tally.given().to_string(),
        ];
        row.extend(rates(&at.measures, over));
        row
    });
    let mut head = vec!["threshold", "links"];
    head.extend(rate_names(over));
    text.table(&head, &rows.collect::<Vec<_>>());
}

fn operating(text: &mut Text, point: &OperatingPoint, over: Over) {
    let mut head = point.name.clone();
    if let Some(threshold) = point.threshold
        && !head.contains("match weight")
    {
        let _ = write!(head, ", from a match weight of {threshold:.3}");
    }
    text.head(2, &format!("Links {head}"));
    let tally = point.measures.tally;
    if over == Over::Queries {
        text.line(format_args!(
            "{} right, {} wrong person though the right one is in the index, {} false for people not in the index.\n",
            tally.right, tally.wrong, tally.falsely
        ));
    } else {
        text.line(format_args!(
            "{} right, {} false.\n",
            tally.right, tally.falsely
        ));
    }
    text.table(&rate_names(over), &[rates(&point.measures, over)]);
    text.line(format_args!(
        "\nPrecision: {}. Recall: {}.",
        with_interval(&point.precision),
        with_interval(&point.recall)
    ));
    if over == Over::Queries {
        text.line(format_args!(
            "Wrong person though the right one is in the index: {}. A person for somebody who is not in it: {}. Without \
             an answer though the person is in it: {}.",
            with_interval(&point.wrong_person),
            with_interval(&point.false_traces),
            point.unanswered
        ));
    }
    let causes = point.causes;
    text.line(format_args!(
        "\n{} missed: {} blocked out (not in the links at all), {} below the threshold, {} by the margin to another \
         person, {} by a veto, {} because another person is the best.",
        tally.missed(),
        causes.blocked_out,
        causes.below_threshold,
        causes.margin,
        causes.veto,
        causes.wrong_best
    ));
    text.line(format_args!(
        "False links: the scores expect {:.1}; there are {}.",
        point.expected_false, point.observed_false
    ));
    for shift in &point.outcomes {
        let points = |share: Option<f64>| {
            share.map_or_else(|| "–".to_owned(), |share| format!("{:+.3}", share * 100.0))
        };
        text.line(format_args!(
            "\n{} among all: {}; among the linked: {}; among those not linked: {}. Only the linked to be looked at moves it \
             by {} points{}.",
            safe(&shift.column),
            with_interval(&shift.all),
            with_interval(&shift.linked),
            with_interval(&shift.not_linked),
            points(shift.shift),
            likely(shift.likely)
        ));
    }
    if let Some(clusters) = &point.clusters {
        text.line(format_args!(
            "\nClusters are the connected components: {} of {} records, {} people, the largest of {} records.\n",
            clusters.clusters, clusters.records, clusters.people, clusters.largest
        ));
        let row = |name: &str, balance: &super::Balance| {
            vec![
                name.to_owned(),
                percent(balance.precision),
                percent(balance.recall),
                plain(balance.f1),
            ]
        };
        let rows = [
            row("pairwise", &clusters.pairwise),
            row("B-cubed", &clusters.b_cubed),
            row("closest cluster", &clusters.closest),
        ];
        text.table(&["clusters", "precision", "recall", "F1"], &rows);
        text.line(format_args!(
            "\nPeople whose cluster is exactly theirs: {}; among those with several records: {}.",
            with_interval(&clusters.exact),
            with_interval(&clusters.exact_of_several)
        ));
    }
    for table in &point.groups {
        groups(text, table, over);
    }
}

/// How likely something is where there is no difference.
fn likely(test: Option<f64>) -> String {
    match test {
        None => String::new(),
        Some(test) if test < 0.0001 => ", p < 0.0001".to_owned(),
        Some(test) => format!(", p = {test:.4}"),
    }
}

pub(crate) fn groups(text: &mut Text, table: &GroupTable, over: Over) {
    text.head(3, &format!("By {}", safe(&table.column)));
    let gap = |gap: Option<&super::Gap>, by_chance: Option<f64>| {
        gap.map_or_else(String::new, |gap| {
            let chance = likely(by_chance);
            let clear = if gap.clear { "" } else { ", not clear" };
            let ratio = gap
                .ratio
                .map_or_else(String::new, |ratio| format!(", {ratio:.2} times"));
            let [difference, low, high] =
                [gap.difference, gap.low, gap.high].map(|share| share * 100.0);
            format!("{difference:+.3} ({low:+.3} to {high:+.3}){ratio}{clear}{chance}")
        })
    };
    let rows = table.rows.iter().map(|row| {
        let causes = row.causes;
        let mut cells = vec![
            if row.enough {
                row.group.clone()
            } else {
                format!("{} (too few to rank)", row.group)
            },
            row.records.to_string(),
            with_interval(&row.missed),
            gap(row.missed_gap.as_ref(), row.missed_likely_of_all),
            [
                causes.blocked_out,
                causes.below_threshold,
                causes.margin,
                causes.veto,
                causes.wrong_best,
            ]
            .map(|cause| cause.to_string())
            .join(" / "),
            with_interval(&row.false_links),
            gap(row.false_gap.as_ref(), row.false_likely),
        ];
        if over == Over::Queries {
            cells.push(with_interval(&row.false_traces));
        }
        cells.push(format!(
            "{} / {}",
            percent(row.share_of_records),
            percent(row.share_of_links)
        ));
        cells
    });
    let mut head = vec![
        "group",
        "records",
        "missed",
        "gap in points",
        "blocked out / threshold / margin / veto / wrong best",
        "false among links",
        "gap in points",
    ];
    if over == Over::Queries {
        head.push("false among people not in the index");
    }
    head.push("share of records / of links");
    text.table(&head, &rows.collect::<Vec<_>>());
    if let Some(reference) = &table.reference {
        let how = if table.named {
            "which was named"
        } else {
            "which misses fewest"
        };
        text.line(format_args!(
            "\nHeld against {}, {how}; p by Fisher's exact test, of missed corrected for the number of groups (Holm).",
            safe(reference)
        ));
    }
    if table.all_alike.is_some() {
        text.line(format_args!(
            "That the missed of all groups are so far apart by chance{} (chi-squared).",
            likely(table.all_alike)
        ));
    }
    if let (Some(worst), Some(found)) = (&table.worst, &table.worst_gap)
        && table.reference.as_ref() != Some(worst)
    {
        text.line(format_args!(
            "Most are missed of {}: {}.",
            safe(worst),
            gap(Some(found), None)
        ));
    }
}

impl Estimate {
    /// The estimate as Markdown.
    pub fn to_text(&self) -> String {
        let mut text = Text::default();
        text.head(1, "How good the links are, without truth");
        text.line(format_args!(
            "{} pairs are in the links; {} of a sample were judged by people and are weighted back. Recall is over pairs \
             of one person in the links: what blocking left out cannot be seen. Intervals are of 95 %.\n",
            self.pairs, self.judged
        ));
        let rows = self.points.iter().map(|point| {
            let unsure = point.precision_if_unsure.map_or_else(
                || "–".to_owned(),
                |(low, high)| format!("{} to {}", percent(Some(low)), percent(Some(high))),
            );
            vec![
                point.name.clone(),
                point.links.to_string(),
                format!("{:.1}", point.expected_false),
                rate(point.precision.as_ref()),
                unsure,
                rate(point.recall.as_ref()),
            ]
        });
        let head = [
            "links",
            "how many",
            "false by the scores",
            "precision",
            "precision, unsure as two or one",
            "recall",
        ];
        text.table(&head, &rows.collect::<Vec<_>>());
        text.head(2, "By band of match weight");
        let rows = self.strata.iter().map(|labelled| {
            let stratum = &labelled.stratum;
            let edge =
                |edge: Option<f64>| edge.map_or_else(|| "any".to_owned(), |edge| edge.to_string());
            vec![
                format!("{} to {}", edge(stratum.from), edge(stratum.to)),
                if stratum.linked {
                    "linked"
                } else {
                    "not linked"
                }
                .to_owned(),
                stratum.pairs.to_string(),
                stratum.draw.to_string(),
                with_interval(&labelled.same),
                labelled.unsure.to_string(),
            ]
        });
        let head = [
            "match weight",
            "decision",
            "pairs",
            "to judge",
            "one person among judged",
            "unsure",
        ];
        text.table(&head, &rows.collect::<Vec<_>>());
        if !self.kappas.is_empty() {
            text.head(2, "How far reviewers agree");
            let rows = self.kappas.iter().map(|kappa| {
                vec![
                    format!("{} and {}", kappa.one, kappa.other),
                    format!("{} of {}", kappa.agreed, kappa.pairs),
                    format!(
                        "{} ({} to {})",
                        plain(kappa.kappa),
                        plain(kappa.low),
                        plain(kappa.high)
                    ),
                ]
            });
            text.table(
                &["reviewers", "agree", "Cohen's kappa"],
                &rows.collect::<Vec<_>>(),
            );
        }
        notices(&mut text, &self.notices);
        text.whole()
    }
}
