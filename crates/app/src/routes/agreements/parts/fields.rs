//! One field of a part: how it is asked, what stands in the text, and what is written into it.

use super::{Fault, Fields, places::Place};
use crate::routes::agreements::judging::{day_in, typed_day};
use govern::agreement::clauses::{
    AreaOfLaw, Checker, ConfidentialityAnswer, DsptStatus, FileKind, Grade, Identifiability,
    OnwardSharing, PartyRole, PreferenceKind, PurposeCode, Refresh, Sector, Sensitivity, UserKind,
};
use model::Content;
use pages::FormField;
use serde::Deserialize;
use toml_edit::{Array, Value};

/// One field, as the form's file writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldForm {
    pub(super) path: String,
    label: String,
    #[serde(default)]
    hint: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    choices: Option<String>,
}

/// How a field is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// A text of one line.
    #[default]
    Line,
    /// A text of several lines.
    Area,
    /// A list of texts, one a line.
    Lines,
    Day,
    Number,
    /// One of a closed list, as a list that opens.
    Pick,
    /// One of a closed list.
    One,
    /// Some of a closed list.
    Many,
    /// Whatever it is, as the text writes it.
    Toml,
    /// A word of a closed list, or whatever the text writes.
    Word,
}

/// What was typed into a form, if anything was.
pub(super) struct Typed<'f>(pub(super) Option<&'f Fields>);

impl Typed<'_> {
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0?.get(name).cloned()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.get(name).as_deref() == Some("yes")
    }

    /// Whether a form had a field at all.
    pub(super) fn has(&self, path: &str, field: &FieldForm) -> bool {
        let Some(fields) = self.0 else {
            return false;
        };
        match field.kind {
            Kind::Day => fields.contains_key(&format!("{path}-day")),
            // Boxes that are not ticked are not sent: the form had them if it had anything of the same thing.
            Kind::Many => {
                let thing = path.rsplit_once('.').map_or("", |(thing, _)| thing);
                fields.keys().any(|name| name.starts_with(thing))
            }
            _ => fields.contains_key(path),
        }
    }
}

impl FieldForm {
    /// Whether what it says was typed, and is not only what a list says by itself.
    pub(super) fn is_typed(&self) -> bool {
        !matches!(self.kind, Kind::Pick)
    }

    /// The field as it is shown.
    pub(super) fn shown(
        &self,
        content: &Content,
        place: &Place<'_>,
        path: &str,
        typed: &Typed<'_>,
    ) -> Result<FormField, Fault> {
        let (name, label, hint) = (path.to_owned(), self.label.clone(), self.hint.clone());
        let text = |kept: Option<String>| match typed.0 {
            Some(_) => typed.get(path).unwrap_or_default(),
            None => kept.unwrap_or_default(),
        };
        let choices = || -> Result<Vec<(String, String)>, Fault> {
            choices(content, self.choices.as_deref().unwrap_or_default())
        };
        Ok(match self.kind {
            Kind::Line | Kind::Number => FormField::Line {
                name,
                label,
                hint,
                value: text(place.text()),
            },
            Kind::Area => FormField::Area {
                name,
                label,
                hint,
                value: text(place.text()),
                rows: 4,
                code: false,
            },
            Kind::Lines => FormField::Area {
                name,
                label,
                hint,
                value: text(Some(place.texts().join("\n"))),
                rows: 4,
                code: false,
            },
            Kind::Toml => FormField::Area {
                name,
                label,
                hint,
                value: text(place.written()),
                rows: 5,
                code: true,
            },
            Kind::Word => FormField::Line {
                name,
                label,
                hint,
                value: text(place.text().or_else(|| place.written())),
            },
            Kind::Day => FormField::Day {
                name,
                label,
                hint,
                value: match typed.0 {
                    Some(fields) => typed_day(fields, path),
                    None => parts_of(place.text()),
                },
            },
            Kind::Pick => {
                let mut items = vec![(String::new(), "Not said".to_owned())];
                items.extend(choices()?);
                FormField::Pick {
                    name,
                    label,
                    hint,
                    items,
                    value: text(place.text()),
                }
            }
            Kind::One => FormField::One {
                name,
                label,
                hint,
                items: choices()?
                    .into_iter()
                    .map(|(code, words)| (code, words, String::new()))
                    .collect(),
                value: text(place.text()),
            },
            Kind::Many => {
                let held = place.texts();
                let holds = |code: &String| match typed.0 {
                    Some(_) => typed.is(&format!("{path}-{code}")),
                    None => held.contains(code),
                };
                FormField::Many {
                    items: choices()?
                        .into_iter()
                        .map(|(code, words)| {
                            let holds = holds(&code);
                            (code, words, holds)
                        })
                        .collect(),
                    name,
                    label,
                    hint,
                }
            }
        })
    }

    /// What is to be written into the text: nothing where the field is blank; or what is wrong with what was typed.
    pub(super) fn written(
        &self,
        content: &Content,
        path: &str,
        typed: &Typed<'_>,
    ) -> Result<Result<Option<Value>, String>, Fault> {
        let text = typed.get(path).unwrap_or_default().replace("\r\n", "\n");
        let text = text.trim();
        if text.is_empty() && !matches!(self.kind, Kind::Day | Kind::Many) {
            return Ok(Ok(None));
        }
        Ok(match self.kind {
            Kind::One | Kind::Pick if self.choices.as_deref() == Some("yes_no") => {
                Ok(Some(Value::from(text == "true")))
            }
            Kind::Line | Kind::Area | Kind::One | Kind::Pick => Ok(Some(Value::from(text))),
            Kind::Number => match text.parse::<i64>() {
                Ok(number) => Ok(Some(Value::from(number))),
                Err(_) => Err("Write a whole number.".to_owned()),
            },
            Kind::Lines => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                Ok(Some(Value::Array(lines.collect::<Array>())))
            }
            Kind::Many => {
                let chosen: Array = choices(content, self.choices.as_deref().unwrap_or_default())?
                    .into_iter()
                    .filter(|(code, _)| typed.is(&format!("{path}-{code}")))
                    .map(|(code, _)| code)
                    .collect();
                Ok((!chosen.is_empty()).then_some(Value::Array(chosen)))
            }
            Kind::Day => day_value(path, typed),
            Kind::Word if text.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
                Ok(Some(Value::from(text)))
            }
            Kind::Toml | Kind::Word => value_of(text).map(Some),
        })
    }
}

fn day_value(path: &str, typed: &Typed<'_>) -> Result<Option<Value>, String> {
    let Some(fields) = typed.0 else {
        return Ok(None);
    };
    if typed_day(fields, path)
        .iter()
        .all(|part| part.trim().is_empty())
    {
        return Ok(None);
    }
    day_in(fields, path)
        .and_then(|day| day.to_string().parse::<toml_edit::Datetime>().ok())
        .map(|day| Some(Value::from(day)))
        .ok_or_else(|| "Write a day, a month and a year, such as 31 3 2027.".to_owned())
}

/// A value as the text writes it.
fn value_of(text: &str) -> Result<Value, String> {
    text.parse::<Value>().map_err(|e| {
        let says = e.to_string();
        let first = says.lines().last().unwrap_or_default();
        format!("This cannot be read: {first}.")
    })
}

/// The day, the month and the year of a day that is written 2026-04-01.
fn parts_of(text: Option<String>) -> [String; 3] {
    let text = text.unwrap_or_default();
    let mut parts = text
        .split('-')
        .map(|part| part.trim_start_matches('0').to_owned());
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    [day, month, year].map(Option::unwrap_or_default)
}

/// What a field is chosen from: codes and words of a closed list of the model, or the names of things in content.
pub(super) fn choices(content: &Content, list: &str) -> Result<Vec<(String, String)>, Fault> {
    macro_rules! closed {
        ($list:ty) => {
            <$list>::ALL
                .iter()
                .map(|one| (one.code().to_owned(), one.words().to_owned()))
                .collect()
        };
    }
    Ok(match list {
        "identifiability" => closed!(Identifiability),
        "purpose" => closed!(PurposeCode),
        "party_role" => closed!(PartyRole),
        "area_of_law" => closed!(AreaOfLaw),
        "dspt_status" => closed!(DsptStatus),
        "confidentiality_answer" => closed!(ConfidentialityAnswer),
        "user_kind" => closed!(UserKind),
        "sector" => closed!(Sector),
        "sensitivity" => closed!(Sensitivity),
        "refresh" => closed!(Refresh),
        "grade" => closed!(Grade),
        "preference_kind" => closed!(PreferenceKind),
        "checker" => closed!(Checker),
        "file_kind" => closed!(FileKind),
        "onward" => closed!(OnwardSharing),
        "yes_no" => [("true", "yes"), ("false", "no")]
            .map(|(code, words)| (code.to_owned(), words.to_owned()))
            .to_vec(),
        "rule_set" => content
            .list("releases")
            .into_iter()
            .filter_map(|file| file.strip_suffix(".toml"))
            .map(|name| {
                let title = release::RuleSet::read(content, name).map(|r| r.title);
                (name.to_owned(), title.unwrap_or_else(|_| name.to_owned()))
            })
            .collect(),
        other => {
            return Err(anyhow::anyhow!(
                "`content/agreement-form.toml` chooses from `{other}`, and there is no such list"
            )
            .into());
        }
    })
}
