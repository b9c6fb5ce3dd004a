//! Table: a caption, column headers with scope, numbers to the right; wide ones scroll in a region.

use super::{Size, class_names, when};
use maud::{Markup, html};

/// A table.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the frontend's own options, each on or off"
)]
pub struct Table<'a> {
    /// What it shows.
    pub caption: &'a str,
    /// How large the caption is.
    pub caption_size: Option<Size>,
    /// Its id.
    pub id: Option<&'a str>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the first cell of each row names the row.
    pub first_cell_is_header: bool,
    /// Whether the rows are lower.
    pub compact: bool,
    /// Whether every other row is tinted.
    pub striped: bool,
    /// Whether each row becomes a card on a narrow screen.
    pub responsive: bool,
    /// How it scrolls sideways where it is wider than the page.
    pub scroll: Scroll,
    /// Classes of our own.
    pub classes: &'a str,
}

/// How a table scrolls sideways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scroll {
    /// Not at all.
    #[default]
    No,
    /// In a region that a script makes focusable: the frontend's own.
    Scripted,
    /// In a region that can be focused without scripts; the frontend's script takes the focus away
    /// again where nothing overflows.
    Focusable,
}

/// The head of a column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether it holds numbers.
    pub numeric: bool,
}

/// A cell.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What it shows.
    pub content: Markup,
    /// Whether the content is more than text, which a narrow screen sets beside the column's name.
    pub rich: bool,
}

impl Column {
    /// A column of words.
    pub fn text(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            numeric: false,
        }
    }

    /// A column of numbers.
    pub fn number(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            numeric: true,
        }
    }
}

impl Cell {
    /// Plain text, escaped.
    pub fn text(text: impl maud::Render) -> Self {
        Self {
            content: text.render(),
            rich: false,
        }
    }

    /// Markup, such as a link or a tag.
    pub fn html(content: Markup) -> Self {
        Self {
            content,
            rich: true,
        }
    }
}

/// The table.
pub fn table(options: &Table<'_>) -> Markup {
    let class = class_names(
        "nhsuk-table",
        [
            when(options.compact, "nhsuk-table--compact"),
            when(options.responsive, "nhsuk-table--responsive"),
            when(options.striped, "nhsuk-table--striped"),
        ],
        options.classes,
    );
    let caption_class = class_names(
        "nhsuk-table__caption",
        [options
            .caption_size
            .map(|s| format!("nhsuk-table__caption--{}", s.suffix()))],
        "",
    );
    let caption_id = caption_id(options);
    let roles = Roles {
        on: options.responsive,
    };
    let inner = html! {
        table class=(class) id=[options.id] role=[roles.named("table")] {
            @if !options.caption.is_empty() {
                caption class=(caption_class) id=[caption_id.as_deref()] { (options.caption) }
            }
            @if !options.columns.is_empty() {
                thead class="nhsuk-table__head" role=[roles.named("rowgroup")] {
                    tr class="nhsuk-table__row" role=[roles.named("row")] {
                        @for column in &options.columns {
                            @let class = class_names("nhsuk-table__header",
                                [when(column.numeric, "nhsuk-table__header--numeric")], "");
                            th class=(class) scope="col" role=[roles.named("columnheader")] { (column.name) }
                        }
                    }
                }
            }
            tbody class="nhsuk-table__body" {
                @for row in &options.rows {
                    tr class="nhsuk-table__row" role=[roles.named("row")] {
                        @for (position, cell) in row.iter().enumerate() {
                            (data_cell(options, &roles, position, cell))
                        }
                    }
                }
            }
        }
    };
    match options.scroll {
        Scroll::No => inner,
        Scroll::Scripted | Scroll::Focusable => html! {
            div class="nhsuk-scroll" data-module="nhsuk-scroll" {
                div class="nhsuk-scroll__content" role="region" aria-labelledby=[caption_id]
                    tabindex=[(options.scroll == Scroll::Focusable).then_some("0")] { (inner) }
            }
        },
    }
}

/// Roles are written out where a narrow screen breaks the table's own layout.
struct Roles {
    on: bool,
}

impl Roles {
    fn named(&self, role: &'static str) -> Option<&'static str> {
        self.on.then_some(role)
    }
}

fn data_cell(options: &Table<'_>, roles: &Roles, position: usize, cell: &Cell) -> Markup {
    let column = options.columns.get(position);
    let numeric = column.is_some_and(|c| c.numeric);
    let heading = column
        .filter(|c| options.responsive && !c.name.is_empty())
        .map(|c| c.name.as_str());
    let content = html! {
        @if let Some(heading) = heading {
            span class="nhsuk-table__heading" aria-hidden="true" { (heading) " " }
            @if cell.rich { span { (cell.content) } } @else { (cell.content) }
        } @else {
            (cell.content)
        }
    };
    if position == 0 && options.first_cell_is_header {
        let class = class_names(
            "nhsuk-table__header",
            [when(numeric, "nhsuk-table__header--numeric")],
            "",
        );
        html! { th class=(class) scope="row" role=[roles.named("rowheader")] { (content) } }
    } else {
        let class = class_names(
            "nhsuk-table__cell",
            [when(numeric, "nhsuk-table__cell--numeric")],
            "",
        );
        html! { td class=(class) role=[roles.named("cell")] { (content) } }
    }
}

/// The id by which the scrolling region names itself after the caption.
fn caption_id(options: &Table<'_>) -> Option<String> {
    if options.scroll == Scroll::No || options.caption.is_empty() {
        return None;
    }
    if let Some(id) = options.id {
        return Some(format!("{id}-caption"));
    }
    let words: String = options
        .caption
        .replace(' ', "-")
        .to_lowercase()
        .chars()
        .take(40)
        .collect();
    Some(format!("table-{words}-caption"))
}
