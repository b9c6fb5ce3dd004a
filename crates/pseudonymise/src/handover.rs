//! What may cross: one allow-list for each table, from `content/datasets/<name>/handover.toml`.
//!
//! A column that is not listed does not cross. A list that would let through something that points
//! at a person is refused when it is read, long before there are rows.

use model::{Content, ContentError, Dataset, Field, FieldKind, Ident, content::nearest};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The allow-list of one table, checked against its dataset.
#[derive(Debug, Clone)]
pub struct Handover {
    pub(crate) dataset: String,
    pub(crate) table: Ident,
    pub(crate) why: String,
    pub(crate) person: Option<Person>,
    pub(crate) one_row_per: Option<Ident>,
    pub(crate) columns: Vec<(Ident, Treatment)>,
}

/// How the person of a row is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// By linkage: these columns name the record.
    Linked { source_key: Vec<Ident> },
    /// By a column that already holds one value for each person.
    Column(Ident),
}

/// What is done to a column on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// It crosses unchanged: a date, a number, or a column of a table that is about no person.
    AsIs { from: Ident },
    /// It crosses where its code list holds it.
    Listed { from: Ident, list: String },
    /// It crosses where it is one of a few words that the allow-list names.
    OneOf { from: Ident, words: Vec<String> },
    /// It crosses where it has the shape of a short code.
    ShortCode { from: Ident },
    /// A date becomes the first of its month.
    Month { from: Ident },
    /// A postcode becomes its sector.
    PostcodeSector { from: Ident },
    /// A postcode becomes what another table holds for it, such as its small area.
    LookedUp {
        from: Ident,
        table: Ident,
        by: Ident,
        take: Ident,
    },
    /// The key of another record of the same table becomes the pseudonym of that record's person.
    LinkedPerson { key: Vec<Ident> },
    /// What names the record becomes a keyed token: the same for the same record, and telling nothing.
    Token { key: Vec<Ident> },
}

/// Why an allow-list is refused. Each says where.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// A file is missing or has a mistake.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A column that points at a person would cross unchanged.
    #[error("content/{path}: `{column}` points at a person and cannot cross as it is")]
    Identifying { path: String, column: String },
    /// A column of free text would cross.
    #[error(
        "content/{path}: `{column}` is free text, in which anything can stand; list it under `codes` if it holds short codes, or its words under `words`"
    )]
    FreeText { path: String, column: String },
    /// A treatment does not fit the kind of its column.
    #[error("content/{path}: `{column}` cannot be treated as `{treatment}`, it is {kind}")]
    WrongKind {
        path: String,
        column: String,
        treatment: &'static str,
        kind: &'static str,
    },
    /// No such column.
    #[error("content/{path}: the dataset has no column `{column}`{}", nearest.as_ref().map(|n| format!(", nearest is `{n}`")).unwrap_or_default())]
    UnknownColumn {
        path: String,
        column: String,
        nearest: Option<String>,
    },
    /// A column would have a name that is not a name, is taken, or is that of what it hides.
    #[error("content/{path}: a column cannot be called `{column}` on the other side: {reason}")]
    Name {
        path: String,
        column: String,
        reason: &'static str,
    },
    /// Rows about people would cross without a pseudonym.
    #[error("content/{path}: the dataset points at people, so it needs `person`")]
    NoPerson { path: String },
    /// A choice that does not go with another.
    #[error("content/{path}: `{choice}` {reason}")]
    Choice {
        path: String,
        choice: &'static str,
        reason: &'static str,
    },
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    why: String,
    #[serde(default)]
    person: Option<WrittenPerson>,
    #[serde(default)]
    one_row_per: Option<String>,
    #[serde(default)]
    as_is: Vec<String>,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    month: BTreeMap<String, String>,
    #[serde(default)]
    postcode_sector: BTreeMap<String, String>,
    #[serde(default)]
    looked_up: BTreeMap<String, WrittenLookUp>,
    #[serde(default)]
    linked_person: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    token: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum WrittenPerson {
    Linked { source_key: Vec<String> },
    Column(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLookUp {
    from: String,
    table: String,
    by: String,
    take: String,
}

/// The columns that landing puts before every dataset's own. They say who sent what and when, and
/// nothing about the person of a row.
const OF_LANDING: [&str; 4] = ["submission_id", "sender", "received_at", "row_number"];

/// The column that holds the pseudonym.
pub(crate) const PSEUDONYM: &str = "person_pseudonym";
/// How sure it is whose record a linked row is, by the names on both sides: so an agreement can set a floor, and an
/// analyst can test how results move with it.
pub(crate) const LINK_QUALITY: [(&str, &str); 3] = [
    ("link_grade", "grade"),
    ("link_weight_band", "weight_band"),
    ("link_model", "model"),
];

impl Handover {
    /// Reads and checks the allow-list of a dataset.
    pub fn read(content: &Content, dataset: &str) -> Result<Self, HandoverError> {
        let path = format!("datasets/{dataset}/handover.toml");
        let written: Written = content.toml(&path)?;
        let dataset = Dataset::read(content, dataset)?;
        Reading {
            path: &path,
            dataset: &dataset,
            personal: written.person.is_some(),
        }
        .handover(written)
    }

    /// Reads the allow-lists of all datasets that have one.
    pub fn read_all(content: &Content) -> Result<Vec<Self>, HandoverError> {
        Dataset::names(content)
            .iter()
            .filter(|name| content.has(&format!("datasets/{name}/handover.toml")))
            .map(|name| Self::read(content, name))
            .collect()
    }

    /// The dataset's name.
    pub fn dataset(&self) -> &str {
        &self.dataset
    }

    /// The name of the table on either side.
    pub fn table(&self) -> &str {
        self.table.as_str()
    }

    /// How the person of a row is known; `None` for a table that is about no person.
    pub fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// The names of the columns on the other side, in order.
    pub fn columns(&self) -> Vec<&str> {
        let pseudonym = self.person.as_ref().map(|_| PSEUDONYM);
        let quality = match &self.person {
            Some(Person::Linked { .. }) => &LINK_QUALITY[..],
            _ => &[],
        };
        pseudonym
            .into_iter()
            .chain(quality.iter().map(|(name, _)| *name))
            .chain(self.columns.iter().map(|(name, _)| name.as_str()))
            .collect()
    }

    /// What is done to each column but the pseudonym, by its name on the other side.
    pub fn treatments(&self) -> impl Iterator<Item = (&str, &Treatment)> {
        self.columns
            .iter()
            .map(|(name, treatment)| (name.as_str(), treatment))
    }
}

/// One file being read against its dataset.
struct Reading<'a> {
    path: &'a str,
    dataset: &'a Dataset,
    personal: bool,
}

impl Reading<'_> {
    fn handover(&self, written: Written) -> Result<Handover, HandoverError> {
        if !self.personal && self.dataset.fields.iter().any(|f| f.identifying) {
            return Err(HandoverError::NoPerson {
                path: self.path.to_owned(),
            });
        }
        let table = self.name(&self.dataset.table)?;
        let columns = self.columns(&written)?;
        if columns.is_empty() && !self.personal {
            return Err(self.choice("as_is", "lists nothing, so nothing would cross"));
        }
        let one_row_per = match &written.one_row_per {
            None => None,
            Some(_) if self.personal => {
                return Err(self.choice("one_row_per", "is for tables that are about no person"));
            }
            Some(name) if columns.iter().any(|(column, _)| column.as_str() == name) => {
                Some(self.name(name)?)
            }
            Some(_) => return Err(self.choice("one_row_per", "names a column that does not cross")),
        };
        let person = match written.person {
            None => None,
            Some(WrittenPerson::Column(column)) => {
                self.field(&column)?;
                Some(Person::Column(self.name(&column)?))
            }
            Some(WrittenPerson::Linked { source_key }) => Some(Person::Linked {
                source_key: self.key(&source_key, "person")?,
            }),
        };
        let needs_linkage = columns
            .iter()
            .any(|(_, treatment)| matches!(treatment, Treatment::LinkedPerson { .. }));
        if needs_linkage && !matches!(person, Some(Person::Linked { .. })) {
            return Err(self.choice("linked_person", "needs a person that is known by linkage"));
        }
        Ok(Handover {
            dataset: self.dataset.name.clone(),
            table,
            why: written.why,
            person,
            one_row_per,
            columns,
        })
    }

    fn columns(&self, written: &Written) -> Result<Vec<(Ident, Treatment)>, HandoverError> {
        let mut columns = Vec::new();
        for from in &written.as_is {
            columns.push((from, self.as_is(from)?));
        }
        for from in &written.codes {
            columns.push((from, self.code(from)?));
        }
        for (from, words) in &written.words {
            columns.push((from, self.one_of(from, words)?));
        }
        for (name, from) in &written.month {
            let treatment = Treatment::Month {
                from: self.of_kind(from, &[FieldKind::Date], "month")?,
            };
            columns.push((name, treatment));
        }
        for (name, from) in &written.postcode_sector {
            let from = self.of_kind(from, &[FieldKind::Text], "postcode_sector")?;
            columns.push((name, Treatment::PostcodeSector { from }));
        }
        for (name, up) in &written.looked_up {
            let treatment = Treatment::LookedUp {
                from: self.of_kind(&up.from, &[FieldKind::Text], "looked_up")?,
                table: self.name(&up.table)?,
                by: self.name(&up.by)?,
                take: self.name(&up.take)?,
            };
            columns.push((name, treatment));
        }
        for (name, key) in &written.linked_person {
            columns.push((
                name,
                Treatment::LinkedPerson {
                    key: self.key(key, "linked_person")?,
                },
            ));
        }
        for (name, key) in &written.token {
            columns.push((
                name,
                Treatment::Token {
                    key: self.key(key, "token")?,
                },
            ));
        }
        let mut taken = BTreeSet::from([PSEUDONYM]);
        taken.extend(LINK_QUALITY.map(|(name, _)| name));
        columns
            .into_iter()
            .map(|(name, treatment)| {
                if !taken.insert(name) {
                    return Err(self.bad_name(name, "the name is taken"));
                }
                if self.dataset.field(name).is_some_and(|f| f.identifying) {
                    return Err(self.bad_name(name, "it is the name of what points at a person"));
                }
                Ok((self.name(name)?, treatment))
            })
            .collect()
    }

    // INVARIANT: nothing that is marked as identifying, and no free text about people, gets past here.
    fn as_is(&self, column: &str) -> Result<Treatment, HandoverError> {
        let from = self.name(column)?;
        if OF_LANDING.contains(&column) {
            return Ok(Treatment::AsIs { from });
        }
        let field = self.harmless(column)?;
        match (field.kind, &field.codes) {
            (FieldKind::Code, Some(list)) => Ok(Treatment::Listed {
                from,
                list: list.clone(),
            }),
            (FieldKind::Text | FieldKind::Code, _) if self.personal => {
                Err(HandoverError::FreeText {
                    path: self.path.to_owned(),
                    column: column.to_owned(),
                })
            }
            _ => Ok(Treatment::AsIs { from }),
        }
    }

    fn code(&self, column: &str) -> Result<Treatment, HandoverError> {
        self.harmless(column)?;
        let from = self.of_kind(column, &[FieldKind::Text, FieldKind::Code], "codes")?;
        Ok(Treatment::ShortCode { from })
    }

    fn one_of(&self, column: &str, words: &[String]) -> Result<Treatment, HandoverError> {
        if words.is_empty() {
            return Err(self.choice("words", "has a column without words"));
        }
        self.harmless(column)?;
        Ok(Treatment::OneOf {
            from: self.of_kind(column, &[FieldKind::Text, FieldKind::Code], "words")?,
            words: words.to_vec(),
        })
    }

    fn harmless(&self, column: &str) -> Result<&Field, HandoverError> {
        let field = self.field(column)?;
        if field.identifying {
            return Err(HandoverError::Identifying {
                path: self.path.to_owned(),
                column: column.to_owned(),
            });
        }
        Ok(field)
    }

    fn of_kind(
        &self,
        column: &str,
        kinds: &[FieldKind],
        treatment: &'static str,
    ) -> Result<Ident, HandoverError> {
        let field = self.field(column)?;
        if !kinds.contains(&field.kind) {
            return Err(HandoverError::WrongKind {
                path: self.path.to_owned(),
                column: column.to_owned(),
                treatment,
                kind: in_words(field.kind),
            });
        }
        self.name(column)
    }

    fn key(&self, parts: &[String], choice: &'static str) -> Result<Vec<Ident>, HandoverError> {
        if parts.is_empty() {
            return Err(self.choice(choice, "has a key without columns"));
        }
        parts
            .iter()
            .map(|part| {
                if !OF_LANDING.contains(&part.as_str()) {
                    self.field(part)?;
                }
                self.name(part)
            })
            .collect()
    }

    fn field(&self, column: &str) -> Result<&Field, HandoverError> {
        self.dataset
            .field(column)
            .ok_or_else(|| HandoverError::UnknownColumn {
                path: self.path.to_owned(),
                column: column.to_owned(),
                nearest: nearest(
                    column,
                    self.dataset.fields.iter().map(|f| f.column.as_str()),
                )
                .map(str::to_owned),
            })
    }

    fn name(&self, name: &str) -> Result<Ident, HandoverError> {
        Ident::new(name)
            .ok_or_else(|| self.bad_name(name, "use lower-case letters, digits and underscores"))
    }

    fn bad_name(&self, name: &str, reason: &'static str) -> HandoverError {
        HandoverError::Name {
            path: self.path.to_owned(),
            column: name.to_owned(),
            reason,
        }
    }

    fn choice(&self, choice: &'static str, reason: &'static str) -> HandoverError {
        HandoverError::Choice {
            path: self.path.to_owned(),
            choice,
            reason,
        }
    }
}

const fn in_words(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Code => "a code",
        FieldKind::Date => "a date",
        FieldKind::Integer | FieldKind::Decimal | FieldKind::Number => "a number",
    }
}
