//! Data quality of one submission (`/submissions/{id}/quality`): field by field, beside the sender's files
//! before it and the middle half of other councils. Counts only.

use crate::{
    chart::{self, Chart},
    components::{
        Cell, Column, Scroll, SummaryList, SummaryRow, Table, inset_text, summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the report shows.
#[derive(Debug, Clone)]
pub struct QualityView {
    /// The result of the submission, which is the page before.
    pub result_href: String,
    /// Who sent it.
    pub sender: String,
    /// The dataset, as people call it.
    pub dataset: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// How many rows were counted.
    pub rows: u64,
    /// The whole of it in words, such as "98.2%"; `None` where nothing was counted.
    pub overall: Option<String>,
    /// How that compares: with the last file, with others, a sentence each.
    pub compared: Vec<String>,
    /// Fields that stand out, worst first.
    pub standing_out: Vec<String>,
    /// The fields, in the official order.
    pub fields: Vec<QualityRow>,
    /// The share of good cells over submissions.
    pub trend: Option<Chart>,
    /// The fields with the fewest good cells.
    pub worst: Option<Chart>,
    /// Why cells are not usable: the field, the reason and how many.
    pub reasons: Vec<(String, String, u64)>,
    /// How the middle half was made, or why there is none.
    pub middle_note: String,
    /// Where the rows behind the counts are, for the sender alone.
    pub rows_href: Option<String>,
    /// The report as files.
    pub downloads: Vec<Link>,
}

/// One field of the report.
#[derive(Debug, Clone, Default)]
pub struct QualityRow {
    /// Its place in the file.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// The page about it.
    pub href: String,
    /// Good cells in words; `None` where no cell was judged.
    pub good: Option<String>,
    /// What became of that since the last file, in words.
    pub change: String,
    /// The middle half of others, in words, where there are enough of them.
    pub middle: Option<String>,
    /// Whether it lies below that.
    pub below: bool,
    /// Cells that are blank and may not be.
    pub blank: u64,
    /// Cells that hold no usable value.
    pub unusable: u64,
    /// Cells that hold a value of an earlier release.
    pub old_release: u64,
    /// Cells that may be blank and are, and those to which the field does not apply.
    pub not_judged: u64,
}

/// The report.
pub fn quality(frame: &Frame, view: &QualityView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { (view.sender) ", " (view.dataset) } " Data quality" }
            (headline(view))
            (summary_list(&SummaryList {
                rows: vec![
                    SummaryRow::new("Received", format::moment(view.received_at)),
                    SummaryRow::new("Rows counted", format::count(view.rows)),
                ],
                ..SummaryList::default()
            }))
            @if !view.standing_out.is_empty() {
                h2 class="nhsuk-heading-m" { "What stands out" }
                (bullets(&view.standing_out))
            }
            @if let Some(href) = &view.rows_href {
                p class="haven-screen-only" {
                    a class="nhsuk-link" href=(href) { "See the rows behind these counts" }
                    ". Only your organisation can open them."
                }
            }
        }))
        @if let Some(trend) = &view.trend {
            h2 class="nhsuk-heading-m" { "Over time" }
            (chart::figure(trend))
        }
        @if let Some(worst) = &view.worst {
            h2 class="nhsuk-heading-m" { "Where to start" }
            (chart::figure(worst))
        }
        @if !view.fields.is_empty() { (fields(view)) }
        @if !view.reasons.is_empty() { (reasons(view)) }
        (column(&html! {
            h2 class="nhsuk-heading-m" { "How this is counted" }
            p {
                "A cell is good if it holds a usable value. Cells are judged if they are filled in, or if they are blank "
                "and must not be. Cells that may be blank are not judged, and neither are fields that have no meaning in a row. "
                "Cells of an old release hold a value that this release has replaced."
            }
            p { (view.middle_note) }
            @if !view.downloads.is_empty() {
                div class="haven-screen-only" {
                    h2 class="nhsuk-heading-m" { "Take it with you" }
                    (link_list(&view.downloads))
                    p { "To keep it as a PDF, print this page to a file." }
                }
            }
        }))
    };
    framed(
        frame,
        &Page {
            title: &format!(
                "Data quality: {}, {}",
                view.sender,
                format::moment(view.received_at)
            ),
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

fn headline(view: &QualityView) -> Markup {
    html! {
        @if let Some(overall) = &view.overall {
            p class="nhsuk-lede-text" { (overall) " of the cells that are judged are good." }
            @if !view.compared.is_empty() { (inset_text(&html! { @for line in &view.compared { p { (line) } } })) }
        } @else {
            p class="nhsuk-lede-text" { "Nothing was counted in this file." }
            p {
                "Files that could not be read have no counts, and neither have files that came before counts were kept. "
                "Send the file again to have it counted."
            }
        }
    }
}

fn fields(view: &QualityView) -> Markup {
    let with_others = view.fields.iter().any(|f| f.middle.is_some());
    table(&Table {
        caption: "Field by field",
        id: Some("fields"),
        columns: [
            Some(Column::number("No.")),
            Some(Column::text("Field")),
            Some(Column::number("Good")),
            Some(Column::number("Since last file")),
            with_others.then(|| Column::number("Middle half of others")),
            Some(Column::number("Blank, must not be")),
            Some(Column::number("Not usable")),
            Some(Column::number("Old release")),
            Some(Column::number("Not judged")),
        ]
        .into_iter()
        .flatten()
        .collect(),
        rows: view
            .fields
            .iter()
            .map(|f| {
                let nowrap =
                    |text: &str| Cell::html(html! { span class="haven-nowrap" { (text) } });
                [
                    Some(Cell::text(f.number)),
                    Some(Cell::html(
                        html! { a class="nhsuk-link" href=(f.href) { (f.name) } },
                    )),
                    Some(Cell::html(html! {
                        (f.good.as_deref().unwrap_or("no cells"))
                        @if f.below { span class="haven-note" { "below others" } }
                    })),
                    Some(nowrap(&f.change)),
                    with_others.then(|| nowrap(f.middle.as_deref().unwrap_or("too few"))),
                    Some(Cell::text(format::count(f.blank))),
                    Some(Cell::text(format::count(f.unusable))),
                    Some(Cell::text(format::count(f.old_release))),
                    Some(Cell::text(format::count(f.not_judged))),
                ]
                .into_iter()
                .flatten()
                .collect()
            })
            .collect(),
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn reasons(view: &QualityView) -> Markup {
    table(&Table {
        caption: "Why cells are not usable",
        id: Some("reasons"),
        columns: vec![
            Column::text("Field"),
            Column::text("The value"),
            Column::number("Cells"),
        ],
        rows: view
            .reasons
            .iter()
            .map(|(field, reason, cells)| {
                vec![
                    Cell::text(field),
                    Cell::text(reason),
                    Cell::text(format::count(*cells)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        responsive: true,
        ..Table::default()
    })
}
