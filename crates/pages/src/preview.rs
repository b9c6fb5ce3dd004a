//! What this file says about you (`/submissions/{id}/preview`): headline counts beside the last accepted file
//! and the middle half of others, and month by month against the stated period. Jumps are flagged, never blocked.

use crate::{
    chart::{self, Chart},
    components::{
        Button, ButtonVariant, Cell, Column, Scroll, SummaryList, SummaryRow, Table, button,
        inset_text, summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
};
use maud::{Markup, html};
use model::Date;

/// What the page shows.
#[derive(Debug, Clone)]
pub struct PreviewView {
    /// The result of the submission.
    pub result_href: String,
    /// Where to go on: a link to the page that confirms, where there is one.
    pub next: Option<Link>,
    /// The dataset, as people call it.
    pub dataset: String,
    /// The period that the file states.
    pub stated: Option<(Date, Date)>,
    /// The period that the data cover.
    pub derived: Option<(Date, Date)>,
    /// What to think of the two, a sentence each.
    pub period_says: Vec<String>,
    /// How the derived period was found.
    pub derived_how: String,
    /// When the file was sent that this one is held against, in words; `None` where there is none.
    pub last: Option<String>,
    /// Whether the file could be read at all.
    pub readable: bool,
    /// The headlines.
    pub headlines: Vec<HeadlineRow>,
    /// How the middle half was made, or why there is none.
    pub middle_note: String,
    /// Month by month, one chart for each series.
    pub months: Vec<Chart>,
    /// The report on quality.
    pub quality_href: Option<String>,
}

/// One headline.
#[derive(Debug, Clone, Default)]
pub struct HeadlineRow {
    /// What is counted.
    pub title: String,
    /// What this file says, in words.
    pub now: String,
    /// What the last file said, in words.
    pub before: String,
    /// The difference, in words.
    pub change: String,
    /// Whether that is a jump.
    pub jump: bool,
    /// The middle half of others, in words, where there are enough of them.
    pub middle: Option<String>,
}

/// What this file says about its sender.
pub fn preview(frame: &Frame, view: &PreviewView) -> Markup {
    let jumps: Vec<&HeadlineRow> = view.headlines.iter().filter(|h| h.jump).collect();
    let nothing = view.headlines.is_empty() && view.months.is_empty();
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { (view.dataset) } " What this file says about you" }
            @if nothing {
                p class="nhsuk-lede-text" { "There are no figures for this file." }
                @if view.readable { p { "None are worked out for this kind of file." } }
                @else { p { "Files that could not be read have no counts. Fix what the result page names and send the file again." } }
            } @else {
                p class="nhsuk-lede-text" { "Look at these figures as someone else will. Does anything look wrong?" }
                (inset_text(&html! {
                    @if view.last.is_none() { p { "There is no earlier accepted file to hold these figures against." } }
                    @else if jumps.is_empty() { p { "No figure is far from that of your last accepted file." } }
                    @else {
                        p {
                            (format::counted(u64::try_from(jumps.len()).unwrap_or(u64::MAX), "figure is", "figures are"))
                            " far from the last accepted file. They are marked below as a jump. A jump may be right. It does not stop you from sending."
                        }
                    }
                }))
            }
        }))
        @if !view.headlines.is_empty() { (headlines(view)) }
        @if !nothing { (column(&period(view))) }
        @for chart in &view.months { (chart::figure(chart)) }
        (column(&html! {
            @if let Some(href) = &view.quality_href {
                (link_list(&[Link::new("Data quality, field by field", href)]))
            }
            @if let Some(next) = &view.next { (button(&Button { text: &next.text, href: Some(&next.href), ..Button::default() })) }
            @else {
                (button(&Button { text: "Back to the result", href: Some(&view.result_href), variant: ButtonVariant::Secondary, ..Button::default() }))
            }
        }))
    };
    framed(
        frame,
        &Page {
            title: "What this file says about you",
            error: false,
            wide: false,
            parents: &[
                ("Submissions", "/submissions"),
                ("Result", &view.result_href),
            ],
            body,
        },
    )
}

fn headlines(view: &PreviewView) -> Markup {
    let before = match &view.last {
        Some(when) => format!("Last file ({when})"),
        None => "Last file".to_owned(),
    };
    let with_others = view.headlines.iter().any(|h| h.middle.is_some());
    html! {
        (table(&Table {
            caption: "The figures",
            id: Some("headlines"),
            columns: [
                Some(Column::text("Figure")),
                Some(Column::number("This file")),
                Some(Column::number(before)),
                Some(Column::number("Difference")),
                with_others.then(|| Column::number("Middle half of others")),
            ]
            .into_iter()
            .flatten()
            .collect(),
            rows: view
                .headlines
                .iter()
                .map(|h| {
                    let middle = h.middle.as_deref().unwrap_or("too few");
                    [
                        Some(Cell::text(&h.title)),
                        Some(Cell::text(&h.now)),
                        Some(Cell::text(&h.before)),
                        Some(Cell::html(html! {
                            (h.change)
                            @if h.jump { span class="haven-note" { strong { "Jump" } } }
                        })),
                        with_others.then(|| Cell::html(html! { span class="haven-nowrap" { (middle) } })),
                    ]
                    .into_iter()
                    .flatten()
                    .collect()
                })
                .collect(),
            first_cell_is_header: true,
            scroll: Scroll::Focusable,
            ..Table::default()
        }))
        p { (view.middle_note) }
    }
}

fn period(view: &PreviewView) -> Markup {
    let words = |period: Option<(Date, Date)>| match period {
        Some((from, to)) => format!("{} to {}", format::date(from), format::date(to)),
        None => "none found".to_owned(),
    };
    html! {
        h2 class="nhsuk-heading-m" { "The period" }
        (summary_list(&SummaryList {
            rows: vec![
                SummaryRow::new("You say", words(view.stated)),
                SummaryRow::new("The data cover", words(view.derived)),
            ],
            ..SummaryList::default()
        }))
        @for sentence in &view.period_says { p { (sentence) } }
        @if !view.derived_how.is_empty() { p class="nhsuk-body-s" { (view.derived_how) } }
    }
}
