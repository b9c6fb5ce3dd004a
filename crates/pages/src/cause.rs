//! One cause (`/submissions/{id}/findings/{rule}`): what, why, how to fix it, and the rows.

use crate::{
    components::{
        Cell, Column, Scroll, Size, SummaryList, SummaryRow, Table, inset_text, summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
    paging::{self, Paging},
    result::does,
};
use maud::{Markup, html};
use model::{Level, finding::column_letters};

/// What the page of a cause shows.
#[derive(Debug, Clone)]
pub struct CauseView {
    /// The result page, which is the page before.
    pub result_href: String,
    /// The code of the rule.
    pub rule: String,
    /// What is wrong, in words.
    pub says: String,
    /// What it does.
    pub level: Level,
    /// Why the rule exists.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// How many rows break it.
    pub rows: u64,
    /// How many rows the file has.
    pub rows_in: u64,
    /// The most common wrong values in words, where the reader may see cells.
    pub values: Vec<String>,
    /// What most likely went wrong, where the data shows it.
    pub likely: Option<String>,
    /// The rows of this page.
    pub lines: Vec<CauseLine>,
    /// Whether some line of the file lies elsewhere than its spreadsheet row.
    pub lines_differ: bool,
    /// Which page of the rows.
    pub paging: Option<Paging>,
    /// All rows, as files.
    pub downloads: Vec<Link>,
}

/// One place where the rule is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseLine {
    /// The spreadsheet row; `None` for the file as a whole.
    pub row: Option<u64>,
    /// The physical line on which the record begins.
    pub line: Option<u64>,
    /// The position of the column in the file, from 0.
    pub column: Option<u32>,
    /// The name of the column as in the sender's file.
    pub field: Option<String>,
    /// The cell as this reader may see it; already masked where they may not.
    pub cell: Option<String>,
    /// What belongs to it, such as the other rows concerned.
    pub detail: Option<String>,
}

/// One cause.
pub fn cause(frame: &Frame, view: &CauseView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 {
                span class="nhsuk-caption-xl" { (view.rule) }
                " "
                (view.says)
            }
            (summary_list(&SummaryList {
                rows: facts(view),
                ..SummaryList::default()
            }))
        }))
        @if view.lines.is_empty() {
            (inset_text(&html! {
                @if view.rows == 0 { p { "This cause is about the file as a whole, so there are no rows to list." } }
                @else { p { "The rows are for the organisation that sent the file." } }
            }))
        } @else if view.lines.iter().all(|line| line.row.is_none()) {
            (of_file(view))
        } @else {
            (rows(view))
            @if let Some(paging) = &view.paging { (paging::row(paging)) }
        }
        @if !view.downloads.is_empty() {
            h2 class="nhsuk-heading-m" { "All rows" }
            (link_list(&view.downloads))
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("{}: {}", view.rule, view.says),
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

fn how_often(view: &CauseView) -> String {
    if view.rows == 0 {
        return "The file as a whole".to_owned();
    }
    let rows = format::counted(view.rows, "row", "rows");
    match format::share(view.rows, view.rows_in) {
        Some(share) => format!("{rows}, {share} of the file"),
        None => rows,
    }
}

fn facts(view: &CauseView) -> Vec<SummaryRow<'_>> {
    [
        Some(SummaryRow::new("What it does", does(view.level))),
        Some(SummaryRow::new("How often", how_often(view))),
        view.likely
            .as_ref()
            .map(|likely| SummaryRow::new("Likely cause", likely)),
        (!view.values.is_empty())
            .then(|| SummaryRow::new("Most common values", html! { (bullets(&view.values)) })),
        Some(SummaryRow::new(
            "Why it matters",
            format::with_code(&view.why),
        )),
        Some(SummaryRow::new(
            "How to fix it",
            format::with_code(&view.fix),
        )),
        Some(SummaryRow::new(
            "Rule",
            html! { a class="nhsuk-link" href={ "/rules/" (view.rule) } { (view.rule) ", with examples" } },
        )),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where in the file as a whole the cause lies, as far as columns have to do with it.
fn of_file(view: &CauseView) -> Markup {
    let concerned: Vec<&CauseLine> = view
        .lines
        .iter()
        .filter(|l| l.column.is_some() || l.field.is_some() || l.detail.is_some())
        .collect();
    let found = concerned.iter().any(|line| line.detail.is_some());
    html! {
        (inset_text(&html! { p { "This cause is about the file as a whole." } }))
        @if !concerned.is_empty() {
            (table(&Table {
                caption: "Where it shows",
                caption_size: Some(Size::M),
                id: Some("columns"),
                columns: ["Column", "Name of the column"]
                    .into_iter()
                    .chain(found.then_some("What we found"))
                    .map(Column::text)
                    .collect(),
                rows: concerned
                    .iter()
                    .map(|line| [
                        Some(Cell::text(line.column.map_or_else(nothing, column_letters))),
                        Some(Cell::text(line.field.clone().or_else(|| line.cell.clone()).unwrap_or_else(nothing))),
                        found.then(|| Cell::text(line.detail.clone().unwrap_or_else(nothing))),
                    ].into_iter().flatten().collect())
                    .collect(),
                compact: true,
                scroll: Scroll::Focusable,
                ..Table::default()
            }))
        }
    }
}

fn nothing() -> String {
    "-".to_owned()
}

fn rows(view: &CauseView) -> Markup {
    let beside = view.lines.iter().any(|line| line.detail.is_some());
    let has_cells = view.lines.iter().any(|line| line.cell.is_some());
    let mut columns = vec![Column::number("Row")];
    if view.lines_differ {
        columns.push(Column::number("Line"));
    }
    columns.extend(["Column", "Name of the column"].map(Column::text));
    columns.extend(has_cells.then(|| Column::text("What it holds")));
    columns.extend(beside.then(|| Column::text("Beside it")));
    table(&Table {
        caption: "Rows, as numbered in your spreadsheet (the header is row 1)",
        caption_size: Some(Size::M),
        id: Some("rows"),
        columns,
        rows: view
            .lines
            .iter()
            .map(|line| {
                let mut cells = vec![Cell::text(
                    line.row.map_or_else(|| "file".to_owned(), format::count),
                )];
                if view.lines_differ {
                    cells.push(Cell::text(line.line.map_or_else(nothing, format::count)));
                }
                cells.push(Cell::text(line.column.map_or_else(nothing, column_letters)));
                cells.push(Cell::text(line.field.clone().unwrap_or_else(nothing)));
                if has_cells {
                    cells.push(held(line.cell.as_deref()));
                }
                if beside {
                    cells.push(Cell::text(line.detail.clone().unwrap_or_else(nothing)));
                }
                cells
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn held(cell: Option<&str>) -> Cell {
    match cell {
        None => Cell::text("-"),
        Some("") => Cell::text("blank"),
        Some(text) => Cell::html(html! { span class="haven-cell" { (text) } }),
    }
}
