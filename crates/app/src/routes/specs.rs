//! Specifications for everybody: the list, one of them, its columns, its lists of words, its rules, its
//! example files, and the dictionary as a file. All made from content.

use super::{
    Answer,
    fault::Fault,
    library::{Entry, Library},
    stages,
    submissions::safe,
    visit::{Visit, open_data},
};
use axum::{extract::Request, response::Response};
use land::check::{CodeBook, Rule, Specification};
use model::{Dataset, Date, Field, FieldKind, Level, finding::column_letters};
use pages::{
    FieldRow, Link, Needed, RuleRow, SpecCodesView, SpecFieldView, SpecRow, SpecRulesView,
    SpecView, SpecsView,
};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

/// How many words of a list stand on the page of a column.
const WORDS_SHOWN: usize = 30;

pub(super) fn page(visit: &Visit) -> Response {
    let view = SpecsView {
        specifications: visit
            .site
            .library
            .entries
            .iter()
            .map(|e| SpecRow {
                title: e.specification.dataset().title.clone(),
                href: e.href(),
                version: e.specification.dataset().version.clone(),
                fields: counted(e.specification.dataset().fields.len()),
                rules: counted(e.specification.rules().len()),
            })
            .collect(),
        more: vec![
            Link::new("Help with sending files", "/guidance"),
            Link::new("Changes to what we collect", "/changes"),
            Link::new("Check a file: nothing is kept", "/check"),
            Link::new(
                "For programs: the interface (OpenAPI)",
                "/api/v1/openapi.json",
            ),
            Link::new(
                "For programs: the report of a check (JSON schema)",
                "/schemas/report.schema.json",
            ),
            Link::new(
                "For programs: one finding (JSON schema)",
                "/schemas/finding.schema.json",
            ),
        ],
    };
    Visit::page(&pages::specs(&visit.frame(), &view))
}

/// The address of a dataset without a version shows the one that is in force.
pub(super) async fn current(visit: &Visit, mut request: Request) -> Answer {
    let dataset = visit.part(&mut request, "dataset").await?;
    let entry = visit.site.library.of(&dataset).ok_or(Fault::NotFound)?;
    Ok(shown(visit, entry))
}

pub(super) async fn spec(visit: &Visit, mut request: Request) -> Answer {
    let entry = find(visit, &mut request).await?;
    Ok(shown(visit, entry))
}

fn shown(visit: &Visit, entry: &Entry) -> Response {
    let (dataset, href) = (entry.specification.dataset(), entry.href());
    let mut seen = BTreeSet::new();
    let lists = dataset.fields.iter().enumerate().filter_map(|(at, _)| {
        let book = entry.specification.code_book(at)?;
        seen.insert(book.name.clone()).then(|| {
            let values = pages::format::counted(counted(book.values().count()), "value", "values");
            Link::new(
                format!("{} ({values})", book.title),
                format!("{href}/codes/{}", book.name),
            )
        })
    });
    let view = SpecView {
        title: dataset.title.clone(),
        version: dataset.version.clone(),
        // The note for those who read content has no meaning here.
        source: dataset
            .source
            .trim_end_matches(": see README.md")
            .to_owned(),
        lists: lists.collect(),
        fields: dataset
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| field_row(entry, at, field))
            .collect(),
        examples: entry
            .examples
            .iter()
            .map(|file| Link::new(file.clone(), format!("{href}/files/{file}")))
            .collect(),
        downloads: vec![
            Link::new("All columns as CSV", format!("{href}/dictionary.csv")),
            Link::new(
                "Columns, lists and rules as JSON",
                format!("{href}/dictionary.json"),
            ),
        ],
        rules_href: format!("{href}/rules"),
        rules: counted(entry.specification.rules().len()),
        others: Vec::new(),
    };
    Visit::page(&pages::spec(&visit.frame(), &view))
}

pub(super) async fn field(visit: &Visit, mut request: Request) -> Answer {
    let entry = find(visit, &mut request).await?;
    let column = visit.part(&mut request, "column").await?;
    let dataset = entry.specification.dataset();
    let at = dataset
        .fields
        .iter()
        .position(|f| f.column == column)
        .ok_or(Fault::NotFound)?;
    let neighbour = |at: Option<usize>| {
        let field = dataset.fields.get(at?)?;
        Some(Link::new(
            field.name.clone(),
            format!("{}/fields/{}", entry.href(), field.column),
        ))
    };
    let field = dataset.fields.get(at).ok_or(Fault::NotFound)?;
    let book = entry.specification.code_book(at);
    let view = SpecFieldView {
        spec: spec_link(entry),
        number: counted(at + 1),
        letters: u32::try_from(at).map(column_letters).unwrap_or_default(),
        name: field.name.clone(),
        column: field.column.clone(),
        means: field.means.clone(),
        holds: holds(field),
        max_length: field.max_length.map(counted),
        identifying: field.identifying,
        needed: needed(&entry.specification, field),
        guidance: visit.site.library.help(entry.name(), &column).to_vec(),
        list: book.map(|b| {
            Link::new(
                b.title.clone(),
                format!("{}/codes/{}", entry.href(), b.name),
            )
        }),
        words: book.map(|b| first_words(b)).unwrap_or_default(),
        more_words: book.is_some_and(|b| b.values().count() > WORDS_SHOWN),
        rules: entry
            .specification
            .rules()
            .iter()
            .filter(|r| r.fields.contains(&at) && r.fields.len() < dataset.fields.len())
            .map(|r| rule_row(r, Some(&field.name), visit.today()))
            .collect(),
        previous: neighbour(at.checked_sub(1)),
        next: neighbour(Some(at + 1)),
    };
    Ok(Visit::page(&pages::spec_field(&visit.frame(), &view)))
}

pub(super) async fn rules(visit: &Visit, mut request: Request) -> Answer {
    let entry = find(visit, &mut request).await?;
    let query: String = visit
        .query("q")
        .unwrap_or_default()
        .trim()
        .chars()
        .take(100)
        .collect();
    let level = visit.query("level").unwrap_or_default();
    let wanted = match level {
        "file" => Some(Level::RejectFile),
        "row" => Some(Level::RejectRow),
        "warning" => Some(Level::Warning),
        "note" => Some(Level::Note),
        _ => None,
    };
    let words: Vec<String> = query
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let dataset = entry.specification.dataset();
    let all = entry.specification.rules();
    let view = SpecRulesView {
        spec: spec_link(entry),
        href: format!("{}/rules", entry.href()),
        level: wanted.map(|_| level.to_owned()).unwrap_or_default(),
        all: counted(all.len()),
        rules: all
            .iter()
            .filter(|r| wanted.is_none_or(|l| r.level == l))
            .filter(|r| {
                let text = text_of(dataset, r);
                words.iter().all(|w| text.contains(w))
            })
            .map(|r| rule_row(r, only_field(dataset, r), visit.today()))
            .collect(),
        query,
    };
    Ok(Visit::page(&pages::spec_rules(&visit.frame(), &view)))
}

pub(super) async fn codes(visit: &Visit, mut request: Request) -> Answer {
    let entry = find(visit, &mut request).await?;
    let part = visit.part(&mut request, "list").await?;
    let (asked, ending) = visit.without_ending(&part);
    let dataset = entry.specification.dataset();
    let of_list = |at: usize| {
        entry
            .specification
            .code_book(at)
            .filter(|b| b.name == asked)
    };
    let book = (0..dataset.fields.len())
        .find_map(of_list)
        .ok_or(Fault::NotFound)?;
    if !ending.is_empty() {
        return codes_file(book);
    }
    let href = entry.href();
    let view = SpecCodesView {
        spec: spec_link(entry),
        title: book.title.clone(),
        source: book.source.clone(),
        fields: dataset
            .fields
            .iter()
            .enumerate()
            .filter(|(at, _)| of_list(*at).is_some())
            .map(|(_, f)| Link::new(f.name.clone(), format!("{href}/fields/{}", f.column)))
            .collect(),
        attributes: book.attribute_names().map(in_words).collect(),
        values: book
            .listed()
            .map(|(value, others)| (value.to_owned(), others.to_vec()))
            .collect(),
        earlier_release: book.earlier_release.clone(),
        earlier: book
            .earlier()
            .map(|(old, new)| (old.to_owned(), new.unwrap_or_default().to_owned()))
            .collect(),
        downloads: vec![Link::new(
            "The list as CSV",
            format!("{href}/codes/{}.csv", book.name),
        )],
    };
    Ok(Visit::page(&pages::spec_codes(&visit.frame(), &view)))
}

/// An example file, as it stands in content.
pub(super) async fn file(visit: &Visit, mut request: Request) -> Answer {
    let entry = find(visit, &mut request).await?;
    let name = visit.part(&mut request, "name").await?;
    let known = entry
        .examples
        .iter()
        .find(|file| **file == name)
        .ok_or(Fault::NotFound)?;
    let kind = match known.rsplit('.').next() {
        Some("gz") => "application/gzip",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "text/csv; charset=utf-8",
    };
    let path = format!("datasets/{}/examples/{known}", entry.name());
    let bytes = visit.site.workspace.content.bytes(&path)?.to_vec();
    Ok(open_data(Visit::file(kind, known, bytes)))
}

pub(super) async fn dictionary_csv(visit: &Visit, mut request: Request) -> Answer {
    let entry = find(visit, &mut request).await?;
    let dataset = entry.specification.dataset();
    let mut out = for_spreadsheets();
    out.write_record([
        "Number",
        "Name",
        "Column",
        "What it means",
        "What it holds",
        "List",
        "Longest",
        "Points at a person",
        "Help",
    ])?;
    for (number, field) in (1_usize..).zip(&dataset.fields) {
        out.write_record([
            number.to_string(),
            safe(&field.name),
            field.column.clone(),
            safe(&field.means),
            holds(field),
            field.codes.clone().unwrap_or_default(),
            field.max_length.map(|m| m.to_string()).unwrap_or_default(),
            if field.identifying { "yes" } else { "no" }.to_owned(),
            safe(
                &visit
                    .site
                    .library
                    .help(entry.name(), &field.column)
                    .join(" "),
            ),
        ])?;
    }
    let body = out.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
    let name = format!("{}-dictionary.csv", entry.name());
    Ok(open_data(Visit::file(
        "text/csv; charset=utf-8",
        &name,
        body,
    )))
}

pub(super) async fn dictionary_json(visit: &Visit, mut request: Request) -> Answer {
    let entry = find(visit, &mut request).await?;
    let document = dictionary(&visit.site.library, entry);
    let name = format!("{}-dictionary.json", entry.name());
    Ok(open_data(Visit::file(
        "application/json",
        &name,
        serde_json::to_string_pretty(&document)?,
    )))
}

/// The whole specification as one document. Fields are added to it, never renamed.
fn dictionary(library: &Library, entry: &Entry) -> serde_json::Value {
    let dataset = entry.specification.dataset();
    let mut lists = serde_json::Map::new();
    for (at, _) in dataset.fields.iter().enumerate() {
        if let Some(book) = entry.specification.code_book(at) {
            lists.insert(book.name.clone(), json!({"title": book.title, "source": book.source, "values": book.values().collect::<Vec<_>>()}));
        }
    }
    let fields: Vec<serde_json::Value> = (1..)
        .zip(&dataset.fields)
        .map(|(number, f): (usize, &Field)| {
            json!({
                "number": number, "name": f.name, "column": f.column, "means": f.means, "kind": kind_name(f.kind),
                "codes": f.codes, "max_length": f.max_length, "identifying": f.identifying,
                "help": library.help(entry.name(), &f.column),
            })
        })
        .collect();
    let rules: Vec<serde_json::Value> = entry
        .specification
        .rules()
        .iter()
        .map(|r| {
            let columns = r.fields.iter().filter_map(|at| dataset.fields.get(*at));
            json!({
                "code": r.code, "level": r.level, "says": r.says, "why": r.why, "fix": r.fix, "source": r.source,
                "columns": columns.map(|f| &f.column).collect::<Vec<_>>(), "when": r.when,
            })
        })
        .collect();
    json!({
        "version": 1, "dataset": dataset.name, "title": dataset.title, "specification_version": dataset.version,
        "source": dataset.source, "fields": fields, "lists": lists, "rules": rules,
    })
}

fn codes_file(book: &Arc<CodeBook>) -> Answer {
    let mut out = for_spreadsheets();
    out.write_record(std::iter::once("value").chain(book.attribute_names()))?;
    for (value, others) in book.listed() {
        out.write_record(std::iter::once(safe(value)).chain(others.iter().map(|o| safe(o))))?;
    }
    let body = out.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(open_data(Visit::file(
        "text/csv; charset=utf-8",
        &format!("{}.csv", book.name),
        body,
    )))
}

/// A CSV file as spreadsheets like it: with the mark by which they know UTF-8.
fn for_spreadsheets() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec())
}

/// The specification of the path.
async fn find<'v>(visit: &'v Visit, request: &mut Request) -> Result<&'v Entry, Fault> {
    let dataset = visit.part(request, "dataset").await?;
    let version = visit.part(request, "version").await?;
    visit
        .site
        .library
        .entry(&dataset, &version)
        .ok_or(Fault::NotFound)
}

fn spec_link(entry: &Entry) -> Link {
    Link::new(entry.specification.dataset().title.clone(), entry.href())
}

fn field_row(entry: &Entry, at: usize, field: &Field) -> FieldRow {
    FieldRow {
        number: counted(at + 1),
        name: field.name.clone(),
        href: format!("{}/fields/{}", entry.href(), field.column),
        means: field.means.clone(),
        holds: holds(field),
        list: entry.specification.code_book(at).map(|book| {
            Link::new(
                "See the list",
                format!("{}/codes/{}", entry.href(), book.name),
            )
        }),
        identifying: field.identifying,
    }
}

/// A rule in a list.
pub(super) fn rule_row(rule: &Rule, field: Option<&str>, today: Date) -> RuleRow {
    RuleRow {
        code: rule.code.clone(),
        href: format!("/rules/{}", rule.code),
        says: says(rule, field),
        level: rule.level_on(today),
        stage: stages::in_a_line(rule, today),
    }
}

/// What is wrong, for readers who have no file before them.
pub(super) fn says(rule: &Rule, field: Option<&str>) -> String {
    let text = match field {
        Some(name) => rule.says.replace("{field}", name),
        None => rule
            .says
            .replace("column \"{field}\"", "a column")
            .replace("Column \"{field}\"", "A column")
            .replace("{field}", "the column"),
    };
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The name of the column of a rule that is about one only.
pub(super) fn only_field<'d>(dataset: &'d Dataset, rule: &Rule) -> Option<&'d str> {
    match rule.fields.as_slice() {
        [only] => dataset.fields.get(*only).map(|f| f.name.as_str()),
        _ => None,
    }
}

fn text_of(dataset: &Dataset, rule: &Rule) -> String {
    let names = rule
        .fields
        .iter()
        .filter_map(|at| dataset.fields.get(*at))
        .map(|f| f.name.as_str());
    let texts = [rule.code.as_str(), &rule.says, &rule.why, &rule.fix];
    texts
        .into_iter()
        .chain(names)
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn first_words(book: &CodeBook) -> Vec<String> {
    book.values().take(WORDS_SHOWN).map(str::to_owned).collect()
}

/// When a column must be filled in, as far as it is known.
fn needed(specification: &Specification, field: &Field) -> Vec<Needed> {
    [
        ("It must be filled in", &field.mandatory),
        ("It has no meaning", &field.not_applicable),
        ("It is not known", &field.undetermined),
    ]
    .into_iter()
    .filter_map(|(what, when)| {
        let when = when.as_ref()?;
        let names: Vec<(String, String)> = specification
            .meanings_in(when)
            .map(|(name, means)| (name.to_owned(), means.to_owned()))
            .collect();
        let (what, words) = match names.as_slice() {
            _ if when.as_str() == "true" => (what.to_owned(), "In every row."),
            // One name alone is best put by what it means.
            [(name, means)] if name == when => (format!("{what} where"), means.as_str()),
            _ => {
                return Some(Needed {
                    what: format!("{what} where"),
                    words: String::new(),
                    condition: Some(when.clone()),
                    names,
                });
            }
        };
        Some(Needed {
            what,
            words: words.to_owned(),
            ..Needed::default()
        })
    })
    .collect()
}

/// What a column holds, in words.
fn holds(field: &Field) -> String {
    match field.kind {
        FieldKind::Text => "Text".to_owned(),
        FieldKind::Code => "A value from a list".to_owned(),
        FieldKind::Date => match field.layouts.first().map(String::as_str) {
            None | Some("%d/%m/%Y") => "A date: day/month/year".to_owned(),
            Some("%Y-%m-%d") => "A date: year-month-day".to_owned(),
            Some(_) => "A date".to_owned(),
        },
        FieldKind::Integer => "A whole number".to_owned(),
        FieldKind::Decimal => "A number with two decimal places".to_owned(),
        FieldKind::Number => "A number".to_owned(),
    }
}

const fn kind_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Code => "code",
        FieldKind::Date => "date",
        FieldKind::Integer => "integer",
        FieldKind::Decimal => "decimal",
        FieldKind::Number => "number",
    }
}

/// The name of a column of a list as a heading.
fn in_words(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn counted(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
