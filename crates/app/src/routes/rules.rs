//! One rule for everybody (`/rules/{code}`): the page that every message about a file leads to.

use super::{
    Answer,
    fault::Fault,
    specs::{only_field, says},
    stages,
    visit::Visit,
};
use axum::extract::Request;
use land::check::ShownExample;
use pages::{Link, RuleExample, RuleView};

pub(super) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let code = visit.part(&mut request, "code").await?;
    let library = &visit.site.library;
    let found = library.rules(&code);
    let (entry, rule) = found.first().ok_or(Fault::NotFound)?;
    let dataset = entry.specification.dataset();
    let field = only_field(dataset, rule);
    let (passes, fails) = entry.specification.shown_examples(rule);
    // A rule about every column is about none in particular.
    let columns: &[usize] = if rule.fields.len() == dataset.fields.len() {
        &[]
    } else {
        &rule.fields
    };
    let view = RuleView {
        code: rule.code.clone(),
        says: says(rule, field),
        level: rule.level_on(visit.today()),
        why: rule.why.clone(),
        fix: rule.fix.replace("{field}", field.unwrap_or("the column")),
        fields: columns
            .iter()
            .filter_map(|at| dataset.fields.get(*at))
            .map(|f| {
                Link::new(
                    f.name.clone(),
                    format!("{}/fields/{}", entry.href(), f.column),
                )
            })
            .collect(),
        when: rule.when.clone(),
        source: library.source(&rule.source),
        stages: stages::of_rule(rule, visit.today()),
        specs: found
            .iter()
            .map(|(e, _)| {
                let dataset = e.specification.dataset();
                let title = format!("{}, version {}", dataset.title, dataset.version);
                Link::new(title, e.href())
            })
            .collect(),
        passes: passes.iter().map(example).collect(),
        fails: fails.iter().map(example).collect(),
    };
    Ok(Visit::page(&pages::rule(&visit.frame(), &view)))
}

/// An example as a table: a column for each name that some row has, in the order in which they come.
fn example(shown: &ShownExample) -> RuleExample {
    let mut columns: Vec<String> = Vec::new();
    for (name, _) in shown.rows.iter().flatten() {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let rows = shown.rows.iter().map(|row| {
        columns
            .iter()
            .map(|column| {
                let cell = row.iter().find(|(name, _)| name == column);
                cell.map_or_else(|| "as before".to_owned(), |(_, cell)| cell.clone())
            })
            .collect()
    });
    RuleExample {
        rows: rows.collect(),
        columns,
    }
}
