//! The queue of pairs that wait for a person (`/review`): the most valuable first, and how far two people agree.

use crate::{
    components::{
        Button, Cell, Column, Scroll, SummaryList, SummaryRow, Table, TagColour, button,
        inset_text, summary_list, table, tag,
    },
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
    paging::{self, Paging},
    waterfall::{bits_words, probability_words},
};
use maud::{Markup, html};

use super::PairDecision;

/// What the queue shows.
#[derive(Debug, Clone, Default)]
pub struct ReviewQueueView {
    /// The page of the pair that comes first; `None` where nothing waits.
    pub start_href: Option<String>,
    /// How many pairs wait.
    pub left: u64,
    /// How many of them wait for a second person.
    pub left_for_second: u64,
    /// How many were decided, by anybody.
    pub decided: u64,
    /// Whether these are the pairs of a sample that measures the model. They are not listed: neither their order nor
    /// their weight may sway who judges them.
    pub sample: bool,
    /// How the value of an answer is reckoned, in a sentence.
    pub how: String,
    /// The pairs, the most valuable first.
    pub rows: Vec<QueueRow>,
    /// Which page of them is shown.
    pub paging: Option<Paging>,
    /// How far two people agree.
    pub agreement: Option<ReviewAgreement>,
    /// The page with all decisions, the report of the run, and other ways on.
    pub links: Vec<Link>,
}

/// One pair that waits.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueueRow {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub href: String,
    /// What it weighs.
    pub bits: f64,
    /// How likely it is one person.
    pub probability: f64,
    /// What an answer is worth: the records it is expected to put right.
    pub value: f64,
    /// Why, such as "twins", "close second" or "bridge of a cluster".
    pub why: String,
    /// Whether it waits for a second person.
    pub second: bool,
}

/// How two people judged the same pairs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReviewAgreement {
    /// Pairs by what the first person said (rows) and the second (columns), in the order of [`PairDecision::ALL`].
    pub counts: [[u64; 3]; 3],
    /// Cohen's kappa; `None` where it is not defined.
    pub kappa: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
}

/// The queue.
pub fn review_queue(frame: &Frame, view: &ReviewQueueView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { @if view.sample { "Sample to review" } @else { "Pairs to review" } }
            @if view.start_href.is_none() {
                p class="nhsuk-lede-text" { "No pair waits for you." }
                p { "Pairs come here when a linkage run finds some that it can neither link nor set apart. Your decisions stay, whatever later runs find." }
            } @else if view.sample {
                p class="nhsuk-lede-text" { "Your answers on these pairs measure how right the model is." }
                p { "They were drawn from every band of match weight. What the model makes of them is not shown." }
            } @else {
                p class="nhsuk-lede-text" { "The pairs on which your answer changes most come first." }
                @if !view.how.is_empty() { p { (view.how) } }
            }
            (summary_list(&SummaryList {
                rows: vec![
                    SummaryRow::new("Waiting", format::count(view.left)),
                    SummaryRow::new("Of these, for a second person", format::count(view.left_for_second)),
                    SummaryRow::new("Decided", format::count(view.decided)),
                ],
                ..SummaryList::default()
            }))
            @if let Some(href) = &view.start_href { (button(&Button { text: "Start", href: Some(href), ..Button::default() })) }
            (link_list(&view.links))
        }))
        @if !view.sample && !view.rows.is_empty() { (rows(view)) }
        @if let Some(paging) = &view.paging { (paging::row(paging)) }
        @if let Some(agreement) = &view.agreement { (agreed(agreement)) }
    };
    framed(
        frame,
        &Page {
            title: &format!("Pairs to review: {} left", format::count(view.left)),
            error: false,
            wide: false,
            parents: &[("Linkage", "/linkage")],
            body,
        },
    )
}

fn rows(view: &ReviewQueueView) -> Markup {
    table(&Table {
        caption: "Waiting, the most valuable first",
        id: Some("queue"),
        columns: vec![
            Column::text("Pair"),
            Column::text("Why"),
            Column::number("Worth, in records"),
            Column::number("Bits"),
            Column::number("Likely"),
            Column::text("State"),
        ],
        rows: view
            .rows
            .iter()
            .map(|row| {
                let state = if row.second { "Second review" } else { "Waiting" };
                let colour = if row.second { TagColour::Purple } else { TagColour::Grey };
                vec![
                    Cell::html(html! { a class="nhsuk-link" href=(row.href) { "Pair " (format::count(row.number)) } }),
                    Cell::text(&row.why),
                    Cell::text(format::number(row.value, 1)),
                    Cell::text(bits_words(row.bits)),
                    Cell::text(probability_words(row.probability)),
                    Cell::html(tag(state, colour)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

/// Kappa, and the table behind it.
fn agreed(agreement: &ReviewAgreement) -> Markup {
    let all = agreement
        .counts
        .iter()
        .flatten()
        .fold(0_u64, |sum, count| sum.saturating_add(*count));
    let diagonal = agreement
        .counts
        .iter()
        .enumerate()
        .filter_map(|(at, row)| row.get(at));
    let same = diagonal.fold(0_u64, |sum, count| sum.saturating_add(*count));
    let kappa = match (agreement.kappa, agreement.interval) {
        (Some(kappa), Some((low, high))) => format!(
            "Kappa is {}, between {} and {} with 95% confidence.",
            format::number(kappa, 2),
            format::number(low, 2),
            format::number(high, 2)
        ),
        (Some(kappa), None) => format!("Kappa is {}.", format::number(kappa, 2)),
        (None, _) => {
            "There are too few pairs, or too little difference, to reckon kappa.".to_owned()
        }
    };
    html! {
        (column(&html! {
            h2 class="nhsuk-heading-m" { "How far two people agree" }
            (inset_text(&html! {
                p {
                    "They agree on " (format::count(same)) " of "
                    (format::counted(all, "pair", "pairs")) " that both judged. " (kappa)
                }
                p { "Kappa is 1 where two people always agree, and 0 where chance alone would make them agree as often." }
            }))
        }))
        (table(&Table {
            caption: "What the first person said, by what the second said",
            id: Some("agreement"),
            columns: std::iter::once(Column::text("First person"))
                .chain(PairDecision::ALL.iter().map(|d| Column::number(format!("Second: {}", d.words().to_lowercase()))))
                .collect(),
            rows: PairDecision::ALL
                .iter()
                .zip(&agreement.counts)
                .map(|(decision, counts)| {
                    std::iter::once(Cell::text(decision.words()))
                        .chain(counts.iter().map(|count| Cell::text(format::count(*count))))
                        .collect()
                })
                .collect(),
            first_cell_is_header: true,
            compact: true,
            scroll: Scroll::Focusable,
            ..Table::default()
        }))
    }
}
