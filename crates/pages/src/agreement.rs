//! One agreement (`/agreements/{id}`): the page and the printed document, from the same source as the
//! rule that machines obey.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, Details, Scroll, Size, SummaryList, SummaryRow, Table,
        WarningCallout, button, details, inset_text, summary_list, table, warning_callout,
    },
    format,
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
    state::AgreementState,
};
use maud::{Markup, html};
use model::Date;

/// What the page of an agreement shows.
#[derive(Debug, Clone)]
pub struct AgreementView {
    /// Its reference.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it is called.
    pub title: String,
    /// Who may see what, for which purpose, until when: one sentence.
    pub sentence: String,
    /// How it stands today.
    pub state: AgreementState,
    /// How soon it ends, where that is worth saying.
    pub warning: Option<String>,
    /// Its first day.
    pub starts: Date,
    /// Its last day.
    pub ends: Date,
    /// Who has agreed.
    pub parties: Vec<Party>,
    /// What the law says: each basis with its words.
    pub legal_basis: Vec<(String, String)>,
    /// What the data may be used for.
    pub purposes: Vec<(String, String)>,
    /// Who may use it, and where.
    pub people_and_places: Vec<String>,
    /// What data, field by field.
    pub datasets: Vec<AgreementDataset>,
    /// Which rows: limits of place, period and population.
    pub rows: Vec<String>,
    /// What may be linked with what, and what may not.
    pub linkage: Vec<String>,
    /// Which opt-outs are applied, and which not and why.
    pub opt_outs: Vec<String>,
    /// What must be done to figures before they leave.
    pub output_rules: Vec<String>,
    /// What else it says, each part with its heading.
    pub more: Vec<(String, Vec<String>)>,
    /// Why it permits nothing now, in sentences.
    pub stopped: Vec<String>,
    /// What remains to be done once it has ended: each step with how it stands.
    pub remains: Vec<(String, String)>,
    /// What the reader can do with it.
    pub actions: Vec<Link>,
    /// The same as files.
    pub downloads: Vec<Link>,
    /// What machines hold questions against: each digest with its name.
    pub rule: Vec<(String, String)>,
    /// What happened to it, first to last: when, and what.
    pub history: Vec<(String, String)>,
    /// Its other versions.
    pub versions: Vec<Link>,
}

/// One party to an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// What it is: controller, processor, recipient.
    pub part: String,
    /// When it signed.
    pub signed: Option<Date>,
}

/// One dataset under an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementDataset {
    /// What people call it.
    pub title: String,
    /// Its fields, each with what is done to it, such as "as sent" or "month only".
    pub fields: Vec<(String, String)>,
}

/// One agreement.
pub fn agreement(frame: &Frame, view: &AgreementView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 {
                span class="nhsuk-caption-xl" { (view.id) ", version " (view.version) }
                " "
                (view.title)
            }
            @if let Some(first) = view.stopped.first() {
                (warning_callout(&WarningCallout { heading: "Nothing is permitted now", level: Some(2), text: first }))
                @if view.stopped.len() > 1 { (bullets(view.stopped.get(1..).unwrap_or_default())) }
            }
            @if let Some(warning) = &view.warning {
                (warning_callout(&WarningCallout { heading: "This agreement ends soon", level: Some(2), text: warning }))
            }
            (inset_text(&html! { p { (view.sentence) } }))
            (summary_list(&SummaryList {
                rows: vec![
                    SummaryRow::new("State", view.state.tag()),
                    SummaryRow::new("First day", format::date(view.starts)),
                    SummaryRow::new("Last day", format::date(view.ends)),
                ],
                ..SummaryList::default()
            }))
            @if !view.actions.is_empty() {
                div class="haven-screen-only haven-buttons" {
                    @for action in &view.actions {
                        (button(&Button { text: &action.text, href: Some(&action.href), variant: ButtonVariant::Secondary, small: true, ..Button::default() }))
                    }
                }
            }
            p class="haven-screen-only" {
                button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small" type="button" data-haven-print hidden { "Print this agreement" }
            }
            (named("What remains to be done", &view.remains))
            (clauses_of(view))
            (named("What happened to it", &view.history))
            @if !view.versions.is_empty() {
                div class="haven-screen-only" {
                    h2 class="nhsuk-heading-m" { "Other versions" }
                    (link_list(&view.versions))
                }
            }
            @if !view.rule.is_empty() { (machine_rule(view)) }
        }))
    };
    framed(
        frame,
        &Page {
            title: &format!("Agreement {}: {}", view.id, view.title),
            error: false,
            wide: false,
            parents: &[("Agreements", "/agreements")],
            body,
        },
    )
}

/// The clauses, as everyone who judges or signs reads them.
pub(crate) fn clauses_of(view: &AgreementView) -> Markup {
    html! {
        (parties(&view.parties))
        (named("What it is for", &view.purposes))
        (named("Legal basis", &view.legal_basis))
        (listed("Who may use it, and where", &view.people_and_places))
        h2 class="nhsuk-heading-m" { "What data" }
        (bullets(&view.rows))
        @for dataset in &view.datasets { (fields(dataset)) }
        (listed("What may be linked", &view.linkage))
        (listed("People who have opted out", &view.opt_outs))
        (listed("Before figures leave", &view.output_rules))
        @for (heading, sentences) in &view.more { (listed(heading, sentences)) }
    }
}

/// The digests that the audit log carries, and the files from which anyone can work them out.
fn machine_rule(view: &AgreementView) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "The rule that machines obey" }
        p { "Page, file and rule are made from one text. Each decision in the audit log carries these digests." }
        (summary_list(&SummaryList {
            rows: view.rule.iter()
                .map(|(name, digest)| SummaryRow::new(name, html! { span class="haven-hash" { (digest) } }))
                .collect(),
            ..SummaryList::default()
        }))
        div class="haven-screen-only" { (link_list(&view.downloads)) }
    }
}

fn parties(parties: &[Party]) -> Markup {
    table(&Table {
        caption: "Who has agreed",
        caption_size: Some(Size::M),
        columns: ["Organisation", "Part", "Signed"].map(Column::text).into(),
        rows: parties
            .iter()
            .map(|party| {
                vec![
                    Cell::text(&party.name),
                    Cell::text(&party.part),
                    Cell::text(
                        party
                            .signed
                            .map_or_else(|| "not yet".to_owned(), format::date),
                    ),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

fn named(heading: &str, items: &[(String, String)]) -> Markup {
    html! {
        @if !items.is_empty() {
            h2 class="nhsuk-heading-m" { (heading) }
            (summary_list(&SummaryList {
                rows: items.iter().map(|(name, words)| SummaryRow::new(name, words)).collect(),
                ..SummaryList::default()
            }))
        }
    }
}

fn listed(heading: &str, items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() { h2 class="nhsuk-heading-m" { (heading) } (bullets(items)) }
    }
}

fn fields(dataset: &AgreementDataset) -> Markup {
    let number = u64::try_from(dataset.fields.len()).unwrap_or(u64::MAX);
    let body = table(&Table {
        caption: &format!("Fields of {}", dataset.title),
        columns: ["Field", "What is done to it"].map(Column::text).into(),
        rows: dataset
            .fields
            .iter()
            .map(|(name, treatment)| vec![Cell::text(name), Cell::text(treatment)])
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    });
    details(&Details {
        summary: &format!(
            "{}: {}",
            dataset.title,
            format::counted(number, "field", "fields")
        ),
        body: Some(&body),
        ..Details::default()
    })
}
