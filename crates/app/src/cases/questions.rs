//! What a case finder may choose in a form, from `content/cases/`, and the question that it makes.
//!
//! The same builder writes the question for people to read, over the tables by their names, and for the engine, over
//! what the agreement lets be seen of them.

use govern::Agreement;
use model::{Content, ContentError, Ident, Sql, sql};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const QUESTIONS: &str = "cases/questions.toml";
const RELATIONSHIPS: &str = "cases/relationships.toml";

/// The highest number that a form takes.
const MOST: i64 = 9_999;

/// All questions that a form may ask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseQuestions {
    #[serde(rename = "table")]
    tables: Vec<QuestionTable>,
}

/// The questions about one table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionTable {
    name: String,
    #[serde(default)]
    latest: Option<String>,
    /// When it holds, in words that follow a question.
    pub(crate) words: String,
    #[serde(rename = "question")]
    pub(crate) questions: Vec<CaseQuestion>,
}

/// One question.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseQuestion {
    /// The name of the field in the form.
    pub(crate) id: String,
    column: String,
    pub(crate) kind: QuestionKind,
    pub(crate) asks: String,
    #[serde(default)]
    pub(crate) choices: Vec<String>,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QuestionKind {
    /// Any of some words.
    AnyOf,
    /// A whole number or more.
    AtLeast,
}

/// By what a professional has to do with a person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relationship {
    pub(crate) code: String,
    pub(crate) organisation: String,
    pub(crate) words: String,
    #[serde(default)]
    pub(crate) practices: BTreeSet<String>,
    #[serde(default)]
    pub(crate) sender: Option<String>,
}

impl Relationship {
    /// Whether data here can show it.
    pub(crate) fn is_checked(&self) -> bool {
        !self.practices.is_empty() || self.sender.is_some()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Relationships {
    #[serde(rename = "relationship")]
    all: Vec<Relationship>,
}

/// The relationships that an organisation's professionals may name.
pub(crate) fn relationships(
    content: &Content,
    organisation: &str,
) -> Result<Vec<Relationship>, ContentError> {
    let read: Relationships = content.toml(RELATIONSHIPS)?;
    let mut all = read.all;
    all.retain(|r| r.organisation == organisation);
    Ok(all)
}

/// What was chosen: each condition with its table, in the order of the content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chosen {
    parts: Vec<Part>,
    /// In words, one for each condition.
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Clone)]
struct Part {
    table: Ident,
    latest: Option<Ident>,
    conditions: Vec<(Ident, Sql)>,
}

impl CaseQuestions {
    pub(crate) fn read(content: &Content) -> Result<Self, ContentError> {
        content.toml(QUESTIONS)
    }

    /// The questions that can be asked under an agreement: their tables and columns are open there.
    pub(crate) fn under(&self, agreement: &Agreement) -> Vec<QuestionTable> {
        let mut tables = self.tables.clone();
        for table in &mut tables {
            let open = agreement.columns(&table.name);
            table.questions.retain(|q| open.contains(&q.column));
            if table.latest.as_ref().is_some_and(|l| !open.contains(l)) {
                table.latest = None;
                "at any time".clone_into(&mut table.words);
            }
            if !open.contains(govern::PERSON_COLUMN) {
                table.questions.clear();
            }
        }
        tables.retain(|table| !table.questions.is_empty());
        tables
    }
}

/// Reads a form. `answers` gives what was sent under a name; several ticks come as several values.
pub(crate) fn choose(
    tables: &[QuestionTable],
    answers: &BTreeMap<String, Vec<String>>,
) -> Result<Chosen, (String, String)> {
    let mut chosen = Chosen::default();
    for table in tables {
        let mut conditions = Vec::new();
        for question in &table.questions {
            let sent = answers.get(&question.id).map_or(&[][..], Vec::as_slice);
            let Some((condition, words)) = one(question, sent)? else {
                continue;
            };
            let Some(column) = Ident::new(&question.column) else {
                continue;
            };
            chosen.words.push(format!("{words}, {}", table.words));
            conditions.push((column, condition));
        }
        if let Some(name) = Ident::new(&table.name).filter(|_| !conditions.is_empty()) {
            chosen.parts.push(Part {
                table: name,
                latest: table.latest.as_deref().and_then(Ident::new),
                conditions,
            });
        }
    }
    Ok(chosen)
}

/// The condition of one answer and its words; none where nothing was answered.
fn one(
    question: &CaseQuestion,
    sent: &[String],
) -> Result<Option<(Sql, String)>, (String, String)> {
    let fault = |says: &str| (question.id.clone(), says.to_owned());
    match question.kind {
        QuestionKind::AnyOf => {
            let ticked: Vec<&String> = question
                .choices
                .iter()
                .filter(|c| sent.contains(c))
                .collect();
            if sent.iter().any(|s| !question.choices.contains(s)) {
                return Err(fault("Choose among the words that are listed."));
            }
            if ticked.is_empty() {
                return Ok(None);
            }
            let values = Sql::join(ticked.iter().map(|word| Sql::text(word)), ", ");
            let words: Vec<&str> = ticked.iter().map(|word| word.as_str()).collect();
            let words = format!("{}: {}", question.asks, words.join(", or "));
            Ok(Some((sql!("in ({})", values), words)))
        }
        QuestionKind::AtLeast => {
            let typed = sent.first().map_or("", |s| s.trim());
            if typed.is_empty() {
                return Ok(None);
            }
            let least: i64 = typed
                .parse()
                .ok()
                .filter(|n| (1..=MOST).contains(n))
                .ok_or_else(|| fault("Write a whole number from 1, or leave it blank."))?;
            let words = format!("{}: {least}", question.asks);
            Ok(Some((sql!(">= {}", Sql::number(least)), words)))
        }
    }
}

impl Chosen {
    /// Whether nothing was chosen.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The first table: by it is looked up later who may still be led back.
    pub(crate) fn reads(&self) -> &str {
        self.parts.first().map_or("", |part| part.table.as_str())
    }

    /// The tables and columns that it touches.
    pub(crate) fn touched(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut touched: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for part in &self.parts {
            let columns = touched.entry(part.table.as_str().to_owned()).or_default();
            columns.insert(govern::PERSON_COLUMN.to_owned());
            columns.extend(part.latest.iter().map(|l| l.as_str().to_owned()));
            columns.extend(part.conditions.iter().map(|(c, _)| c.as_str().to_owned()));
        }
        touched
    }

    /// The question as people read it.
    pub(crate) fn question(&self) -> Sql {
        self.over(&|table| Sql::from(table))
    }

    /// The question over whatever stands for each table.
    pub(crate) fn over(&self, source: &dyn Fn(&Ident) -> Sql) -> Sql {
        let mut found: Option<Sql> = None;
        // From the last to the first, each within the one before it.
        for part in self.parts.iter().rev() {
            let mut conditions: Vec<Sql> = Vec::new();
            if let Some(latest) = &part.latest {
                let of = source(&part.table);
                conditions.push(sql!("{} = (select max({}) from {})", *latest, *latest, of));
            }
            for (column, condition) in &part.conditions {
                conditions.push(sql!("{} {}", *column, *condition));
            }
            if let Some(inner) = found.take() {
                conditions.push(sql!("\"person_pseudonym\" in ({})", inner));
            }
            let conditions = Sql::join(conditions, " and ");
            let of = source(&part.table);
            found = Some(sql!(
                "select distinct \"person_pseudonym\" from {} where {}",
                of,
                conditions
            ));
        }
        found.unwrap_or_else(|| Sql::fixed("select '' as \"person_pseudonym\" where false"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> Vec<QuestionTable> {
        let text = r#"
[[table]]
name = "person_quarter"
latest = "quarter_start"
words = "in the latest quarter"
[[table.question]]
id = "age"
column = "age_band"
kind = "any_of"
asks = "Age"
choices = ["75 to 84", "85 and over"]
[[table.question]]
id = "stays"
column = "hospital_spells"
kind = "at_least"
asks = "Stays, at least"
[[table]]
name = "long_term_support"
words = "at any time"
[[table.question]]
id = "support"
column = "service_type"
kind = "any_of"
asks = "Support"
choices = ["Nursing's care"]
"#;
        let read: CaseQuestions = toml::from_str(text).unwrap();
        read.tables
    }

    fn answers(all: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in all {
            let slot = answers.entry((*name).to_owned()).or_default();
            slot.push((*value).to_owned());
        }
        answers
    }

    #[test]
    fn a_form_makes_one_question_of_checked_parts() {
        let sent = answers(&[
            ("age", "85 and over"),
            ("stays", " 2 "),
            ("support", "Nursing's care"),
            ("something_else", "'; drop table x"),
        ]);
        let chosen = choose(&tables(), &sent).unwrap();
        assert_eq!(
            chosen.question().as_str(),
            "select distinct \"person_pseudonym\" from \"person_quarter\" where \"quarter_start\" = (select max(\"quarter_start\") from \"person_quarter\") and \"age_band\" in ('85 and over') and \"hospital_spells\" >= 2 and \"person_pseudonym\" in (select distinct \"person_pseudonym\" from \"long_term_support\" where \"service_type\" in ('Nursing''s care'))"
        );
        assert_eq!(
            chosen.words,
            [
                "Age: 85 and over, in the latest quarter",
                "Stays, at least: 2, in the latest quarter",
                "Support: Nursing's care, at any time"
            ]
        );
        assert_eq!(chosen.reads(), "person_quarter");
        assert_eq!(chosen.touched()["person_quarter"].len(), 4);
    }

    #[test]
    fn what_is_not_listed_and_what_is_no_number_is_sent_back() {
        for (name, value) in [
            ("age", "86"),
            ("age", "85 and over' or 1=1"),
            ("stays", "0"),
            ("stays", "-1"),
            ("stays", "1e9"),
            ("stays", "99999"),
            ("stays", "two"),
        ] {
            let fault = choose(&tables(), &answers(&[(name, value)])).unwrap_err();
            assert_eq!(fault.0, name, "{value}");
        }
        assert!(
            choose(&tables(), &answers(&[("stays", "")]))
                .unwrap()
                .is_empty()
        );
        assert!(choose(&tables(), &BTreeMap::new()).unwrap().is_empty());
    }
}
