//! One cause (`/submissions/{id}/findings/{rule}`): what, why, how to fix it, and the rows.

use crate::{
    components::{
        Cell, Column, Scroll, Size, SummaryList, SummaryRow, Table, inset_text, summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
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
                rows: vec![
                    SummaryRow::new("What it does", does(view.level)),
                    SummaryRow::new("How often", how_often(view)),
                    SummaryRow::new("Why it matters", &view.why),
                    SummaryRow::new("How to fix it", &view.fix),
                    SummaryRow::new(
                        "Rule",
                        html! { a class="nhsuk-link" href={ "/rules/" (view.rule) } { (view.rule) ", with examples" } },
                    ),
                ],
                ..SummaryList::default()
            }))
        }))
        @if view.lines.is_empty() {
            (inset_text(&html! { p { "This cause is about the file as a whole, so there are no rows to list." } }))
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
                ("Your submissions", "/submissions"),
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

fn rows(view: &CauseView) -> Markup {
    let mut columns = vec![Column::number("Row")];
    if view.lines_differ {
        columns.push(Column::number("Line"));
    }
    columns.extend(["Column", "Name of the column", "What it holds"].map(Column::text));
    let nothing = || "-".to_owned();
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
                cells.push(held(line.cell.as_deref()));
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
