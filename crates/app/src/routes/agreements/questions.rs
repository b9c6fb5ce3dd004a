//! Questions about agreements that are answered in words (`/agreements/{id}/compare`, `/agreements/what-if`). Nothing is
//! changed and nothing is opened by asking.

use super::{Answer, Fault, Visit, known, knows_all, may_know};
use crate::desks::agreements::AgreementBook;
use axum::extract::Request;
use chrono::Datelike as _;
use control::AgreementVersion;
use govern::{
    Agreement, Clauses,
    agreement::{Because, IfEnded, Sight, changes, day_in_words, in_words},
};
use model::Date;
use pages::{AgreementWordsView, FieldError, FormField, Link, WordsList, WordsQuestion, format};
use std::collections::BTreeMap;

/// What a version changes of another, in words: what is newly allowed comes first.
pub(crate) fn between(old: &Clauses, new: &Clauses) -> Vec<(String, Vec<String>)> {
    let found = changes(old, new);
    in_words(&found)
        .into_iter()
        .map(|(effect, lines)| {
            let heading = super::sentence(effect.words());
            let lines = lines.into_iter().map(str::to_owned).collect();
            (heading.trim_end_matches('.').to_owned(), lines)
        })
        .collect()
}

/// The same from a version by its digest; nothing where there is none.
pub(super) fn changes_from(
    book: &AgreementBook,
    digest: &str,
    new: &Clauses,
) -> Option<Vec<(String, Vec<String>)>> {
    let old = book.by_digest(digest)?;
    let said = between(&old, new);
    Some(if said.is_empty() {
        vec![(
            format!("What it changes of version {}", old.version),
            vec!["Nothing that it says.".to_owned()],
        )]
    } else {
        said
    })
}

/// What a version changes of the one that it was written from, with a sentence about which that is.
pub(super) fn changes_of(
    book: &AgreementBook,
    version: &AgreementVersion,
    new: &Agreement,
) -> (String, Vec<(String, Vec<String>)>) {
    match book.by_digest(&version.changes) {
        Some(old) => (
            format!(
                "Held against version {}, from which it was written.",
                old.version
            ),
            changes_from(book, &version.changes, new).unwrap_or_default(),
        ),
        None if version.changes.is_empty() => (
            "It is a new agreement: all that it says is new.".to_owned(),
            Vec::new(),
        ),
        None => (
            "The version from which it was written is no longer here: read all of it.".to_owned(),
            Vec::new(),
        ),
    }
}

pub(super) async fn compare(visit: &Visit, mut request: Request) -> Answer {
    let reference = visit.part(&mut request, "id").await?;
    let (book, rules) = known(visit).await?;
    let versions = book.versions(&reference);
    let newest = versions
        .last()
        .filter(|a| may_know(visit, &rules, a))
        .ok_or(Fault::NotFound)?;
    let named = |name: &str| visit.query(name).and_then(|v| book.version(&reference, v));
    let items: Vec<(String, String)> = versions
        .iter()
        .map(|a| {
            let words = format!("{}, {}", a.version, a.state(visit.today()).words());
            (a.version.clone(), words)
        })
        .collect();
    let before = versions
        .len()
        .checked_sub(2)
        .and_then(|at| versions.get(at));
    let (old, new) = (
        named("old").or(before).unwrap_or(newest),
        named("new").unwrap_or(newest),
    );
    let pick = |name: &str, label: &str, value: &str| FormField::Pick {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        items: items.clone(),
        value: value.to_owned(),
    };
    let only = versions.len() < 2;
    let said = between(old, new);
    let mut lists: Vec<WordsList> = said
        .into_iter()
        .map(|(heading, lines)| WordsList {
            heading,
            lines,
            empty: String::new(),
        })
        .collect();
    if lists.is_empty() {
        lists.push(WordsList {
            empty: "Nothing that they say differs.".to_owned(),
            ..WordsList::default()
        });
    }
    let view = AgreementWordsView {
        heading: "Compare versions".to_owned(),
        caption: reference.clone(),
        lede: if only {
            vec![
                "There is one version only, so there is nothing to compare it with yet.".to_owned(),
            ]
        } else {
            Vec::new()
        },
        questions: if only {
            Vec::new()
        } else {
            vec![WordsQuestion {
                heading: "Which versions?".to_owned(),
                action: format!("/agreements/{reference}/compare"),
                fields: vec![
                    pick("old", "The earlier version", &old.version),
                    pick("new", "The later version", &new.version),
                ],
                button: "Compare".to_owned(),
                ..WordsQuestion::default()
            }]
        },
        answer: (!only).then(|| {
            format!(
                "What version {} changes of version {}",
                new.version, old.version
            )
        }),
        lists: if only { Vec::new() } else { lists },
        links: vec![Link::new(
            "Back to the agreement",
            format!("/agreements/{reference}"),
        )],
        parents: vec![
            Link::new("Agreements", "/agreements"),
            Link::new(&reference, format!("/agreements/{reference}")),
        ],
        ..AgreementWordsView::default()
    };
    Ok(Visit::page(&pages::agreement_words(&visit.frame(), &view)))
}

/// What if an agreement ended, who could see a table, and why.
pub(super) async fn what_if(visit: &Visit, _request: Request) -> Answer {
    let (book, rules) = known(visit).await?;
    if !knows_all(visit, &rules) {
        return Err(Fault::NotFound);
    }
    let asked = Asked::of(visit);
    let mut errors = Vec::new();
    let on = match day_asked(visit) {
        Ok(day) => day.unwrap_or_else(|| visit.today()),
        Err(error) => {
            errors.push(error);
            visit.today()
        }
    };
    let mut view = AgreementWordsView {
        heading: "What if, and why".to_owned(),
        caption: asked.agreement.clone().unwrap_or_default(),
        lede: vec!["Nothing is changed by asking, and no data are read.".to_owned()],
        parents: vec![Link::new("Agreements", "/agreements")],
        ..AgreementWordsView::default()
    };
    match visit.query("ask") {
        Some("ends") if errors.is_empty() => match &asked.agreement {
            Some(reference) => {
                view.answer = Some(format!("If {reference} ended on {}", day_in_words(on)));
                view.lists = ended(book.if_ended(reference, on).as_ref());
            }
            None => errors.push(FieldError::new("agreement", "Choose an agreement.")),
        },
        Some("who") if errors.is_empty() => match &asked.table {
            Some(table) => {
                let what = what(table, asked.column.as_deref());
                view.answer = Some(format!("Who could see {what} on {}", day_in_words(on)));
                let sights = book.who_could_see(table, asked.column.as_deref(), on);
                view.lists = vec![seen(&book, on, &sights)];
            }
            None => errors.push(FieldError::new("table", "Choose a table.")),
        },
        Some("why") if errors.is_empty() && (asked.person.is_some() || asked.table.is_some()) => {
            match (&asked.person, &asked.table) {
                (Some(person), Some(table)) => {
                    let what = what(table, asked.column.as_deref());
                    view.answer = Some(format!(
                        "Why {person} could see {what} on {}",
                        day_in_words(on)
                    ));
                    view.lists =
                        because(book.why_could_see(person, table, asked.column.as_deref(), on));
                }
                (None, _) => {
                    errors.push(FieldError::new("person", "Write the name of the account."));
                }
                (_, None) => errors.push(FieldError::new("table", "Choose a table.")),
            }
        }
        _ => {}
    }
    view.links = others(visit, &asked);
    view.questions = vec![question(visit, &book, on, &asked)];
    view.errors = errors;
    Ok(Visit::page(&pages::agreement_words(&visit.frame(), &view)))
}

fn day_asked(visit: &Visit) -> Result<Option<Date>, FieldError> {
    let part = |name: &str| visit.query(name).unwrap_or_default().trim().to_owned();
    let parts = [part("on-year"), part("on-month"), part("on-day")];
    if parts.iter().all(String::is_empty) {
        return Ok(None);
    }
    let [year, month, day] = parts;
    let found = year
        .parse()
        .ok()
        .zip(month.parse().ok())
        .zip(day.parse().ok())
        .and_then(|((year, month), day)| Date::from_ymd_opt(year, month, day));
    found
        .map(Some)
        .ok_or_else(|| FieldError::new("on", "Write a day, a month and a year, such as 31 3 2027."))
}

fn what(table: &str, column: Option<&str>) -> String {
    match column {
        Some(column) => format!("{column} of {table}"),
        None => table.to_owned(),
    }
}

/// What follows when an agreement ends, in words.
pub(crate) fn ended(found: Option<&IfEnded>) -> Vec<WordsList> {
    let list = |heading: &str, lines: Vec<String>, empty: &str| WordsList {
        heading: heading.to_owned(),
        lines,
        empty: empty.to_owned(),
    };
    let Some(end) = found else {
        return vec![list(
            "",
            Vec::new(),
            "Nothing follows: it is not in force on that day.",
        )];
    };
    let people = end.losses.iter().map(|loss| {
        let gone: Vec<String> = loss
            .gone
            .iter()
            .map(|(table, columns)| {
                let columns: Vec<String> = columns.iter().cloned().collect();
                format!("{table} ({})", format::listed(&columns))
            })
            .collect();
        let kept: Vec<String> = loss
            .kept
            .iter()
            .map(|(table, others)| {
                let others: Vec<String> = others.iter().cloned().collect();
                format!("{table} under {}", format::listed(&others))
            })
            .collect();
        let loses = if gone.is_empty() {
            "would lose nothing".to_owned()
        } else {
            format!("would no longer see {}", format::listed(&gone))
        };
        let kept = if kept.is_empty() {
            String::new()
        } else {
            format!("; would still see some of {}", format::listed(&kept))
        };
        format!(
            "{}, for {}, {loses}{kept}.",
            loss.account, loss.organisation
        )
    });
    let destroyed = format!(
        "What was made for it would have to be destroyed by {}.",
        day_in_words(end.destruction_due)
    );
    vec![
        list("People", people.collect(), "Nobody asks under it."),
        list(
            "Professionals who could no longer receive a list of people",
            end.professionals.clone(),
            "None: it leads nobody back.",
        ),
        list(
            "Outputs that would no longer be made",
            end.outputs.clone(),
            "None.",
        ),
        list("Destruction", vec![destroyed], ""),
    ]
}

/// Who could see something, in words.
pub(crate) fn seen(book: &AgreementBook, on: Date, sights: &[Sight]) -> WordsList {
    let lines = sights.iter().map(|s| {
        let organisation = book.on(&s.agreement, on).map_or_else(
            || s.organisation.to_string(),
            |a| a.name_of(&s.organisation).to_owned(),
        );
        let shown = s
            .shown
            .as_ref()
            .map(|how| format!(", shown {how}"))
            .unwrap_or_default();
        format!(
            "{}, for {organisation}, as {}: {}{shown}, rows {}, under {} version {}.",
            s.account,
            s.roles.join(" or "),
            s.class.words(),
            s.rows,
            s.agreement,
            s.version
        )
    });
    WordsList {
        heading: String::new(),
        lines: lines.collect(),
        empty: "Nobody: no agreement in force on that day opens it.".to_owned(),
    }
}

/// Why somebody could see something, each chain of clauses in words.
pub(crate) fn because(chains: Vec<Vec<Because>>) -> Vec<WordsList> {
    if chains.is_empty() {
        return vec![WordsList {
            empty: "They could not: no agreement in force on that day opens it to them.".to_owned(),
            ..WordsList::default()
        }];
    }
    chains
        .into_iter()
        .map(|chain| WordsList {
            heading: chain.first().map_or_else(String::new, |first| {
                format!("Under {} version {}", first.agreement, first.version)
            }),
            lines: chain
                .into_iter()
                .map(|b| format!("{} ({})", b.says, b.clause))
                .collect(),
            empty: String::new(),
        })
        .collect()
}

/// What was asked, as far as it was said.
struct Asked {
    agreement: Option<String>,
    table: Option<String>,
    column: Option<String>,
    person: Option<String>,
}

impl Asked {
    fn of(visit: &Visit) -> Self {
        let said = |name: &str| {
            let said = visit.query(name).map(str::trim);
            said.filter(|v| !v.is_empty()).map(str::to_owned)
        };
        Self {
            agreement: said("agreement"),
            table: said("table"),
            column: said("column"),
            person: said("person"),
        }
    }
}

/// The question that the page asks: one form a page, so that no two fields share a name; the others are a link away.
fn question(visit: &Visit, book: &AgreementBook, on: Date, asked: &Asked) -> WordsQuestion {
    let agreements: Vec<(String, String)> = book
        .iter_on(visit.today())
        .map(|a| (a.reference.clone(), format!("{}: {}", a.reference, a.title)))
        .collect();
    let tables: BTreeMap<String, String> = book
        .iter_on(visit.today())
        .filter(|a| asked.agreement.as_ref().is_none_or(|r| *r == a.reference))
        .flat_map(|a| a.datasets.keys())
        .map(|name| (name.as_str().to_owned(), name.as_str().to_owned()))
        .collect();
    let tables: Vec<(String, String)> = tables.into_iter().collect();
    let pick = |name: &str, label: &str, items: &[(String, String)], value: Option<&String>| {
        FormField::Pick {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            items: items.to_vec(),
            value: value.cloned().unwrap_or_default(),
        }
    };
    let line = |name: &str, label: &str, value: Option<&String>| FormField::Line {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        value: value.cloned().unwrap_or_default(),
    };
    let day = |label: &str| FormField::Day {
        name: "on".to_owned(),
        label: label.to_owned(),
        hint: "Today, unless you write another day".to_owned(),
        value: [
            on.day().to_string(),
            on.month().to_string(),
            on.year().to_string(),
        ],
    };
    let form = |heading: &str, ask: &str, fields: Vec<FormField>| WordsQuestion {
        heading: heading.to_owned(),
        action: "/agreements/what-if".to_owned(),
        hidden: vec![("ask".to_owned(), ask.to_owned())],
        fields,
        button: "Show".to_owned(),
    };
    let mut one = match visit.query("ask") {
        Some("who") => form(
            "Who could see this table?",
            "who",
            vec![
                pick("table", "Table", &tables, asked.table.as_ref()),
                line("column", "Column (optional)", asked.column.as_ref()),
                day("On which day?"),
            ],
        ),
        Some("why") => form(
            "Why could they see this?",
            "why",
            vec![
                line("person", "Account of the person", asked.person.as_ref()),
                pick("table", "Table", &tables, asked.table.as_ref()),
                line("column", "Column (optional)", asked.column.as_ref()),
                day("On which day?"),
            ],
        ),
        _ => form(
            "What if it ended?",
            "ends",
            vec![
                pick(
                    "agreement",
                    "Agreement",
                    &agreements,
                    asked.agreement.as_ref(),
                ),
                day("On which day?"),
            ],
        ),
    };
    if let (Some(reference), Some("who" | "why")) = (&asked.agreement, visit.query("ask")) {
        one.hidden.push(("agreement".to_owned(), reference.clone()));
    }
    one
}

/// The questions that this page does not ask.
fn others(visit: &Visit, said: &Asked) -> Vec<Link> {
    let asked = visit.query("ask").unwrap_or("ends");
    let about = said
        .agreement
        .as_ref()
        .map(|reference| format!("&agreement={reference}"))
        .unwrap_or_default();
    [
        ("ends", "What if an agreement ended?"),
        ("who", "Who could see a table?"),
        ("why", "Why could somebody see it?"),
    ]
    .iter()
    .filter(|(ask, _)| *ask != asked)
    .map(|(ask, words)| Link::new(*words, format!("/agreements/what-if?ask={ask}{about}")))
    .collect()
}
