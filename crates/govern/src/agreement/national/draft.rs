//! From an entry of the register to the text of a draft, with blanks for what the entry does not say.

use super::Entry;
use crate::agreement::clauses::{
    ConfidentialityAnswer, Identifiability, OnwardSharing, PreferenceKind, Refresh, Sensitivity,
};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The text of an agreement that someone goes on writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name for its file: the reference in small letters.
    pub name: String,
    pub reference: String,
    pub title: String,
    pub text: String,
    /// What is still to be filled in.
    pub blanks: Vec<String>,
}

/// The most characters of a text that was written for another page.
const LONGEST: usize = 4_000;

impl Entry {
    /// The entry as the draft of an agreement.
    pub fn draft(&self) -> Draft {
        let mut made: Vec<(&str, Value)> = Vec::new();
        let mut put = |key: &'static str, value: Value| made.push((key, value));
        put("reference", text(&self.reference));
        put("version", text("1.0"));
        put("title", text(&self.title));
        put(
            "lay_summary",
            or_blank(
                first_paragraph(&self.objectives),
                "what it is, for the people whose data it concerns",
            ),
        );
        put("identifiability", text(self.class().code()));
        put(
            "contact",
            table([
                ("name", blank("name of who to ask")),
                ("role", blank("role of who to ask")),
            ]),
        );
        put("security", list([blank("how the data are kept safe")]));
        put("term", self.term());
        put("legal", self.legal());
        put("parties", self.parties());
        put("framework_contracts", list(self.contracts()));
        put("purposes", list([self.purpose()]));
        put("access", access());
        put(
            "minimisation",
            table([("everyone", blank("whose rows, and why no fewer"))]),
        );
        put("datasets", self.tables());
        put("opt_outs", self.opt_outs_clause());
        put(
            "outputs",
            table([
                ("rule_set", blank("set of rules for what leaves")),
                ("checker", text("two_people")),
                ("file_kinds", list([text("csv")])),
            ]),
        );
        put("onward", self.onward());
        put(
            "storage",
            list([table([
                ("organisation", blank("code of who keeps the data")),
                ("place", blank("where the data are kept")),
                ("territory", text("england")),
            ])]),
        );
        put(
            "transparency",
            table([(
                "notices",
                list(self.names().map(|name| {
                    table([
                        ("organisation", blank(&format!("code of {name}"))),
                        (
                            "address",
                            blank(&format!("address of the notice of {name}")),
                        ),
                    ])
                })),
            )]),
        );
        let body = written(made);
        let text = format!("{}\n{body}", self.head());
        Draft {
            name: self.reference.to_lowercase(),
            reference: self.reference.clone(),
            title: self.title.clone(),
            blanks: blanks_of(&body),
            text,
        }
    }

    /// What the entry says that no clause takes, as comments.
    fn head(&self) -> String {
        let mut lines = vec![
            format!(
                "# Draft from the national register of uses of data, entry {} (line {}).",
                self.reference, self.line
            ),
            "# Whatever the entry does not say is a <blank>. Nothing here is in force.".to_owned(),
        ];
        for (label, said) in [
            ("Type of data", &self.type_of_data),
            ("Opt-outs", &self.opt_outs),
            ("Commercial", &self.commercial),
            ("Access method", &self.access_method),
            ("Sub-licensing", &self.sub_licensing),
        ] {
            if !said.is_empty() {
                lines.push(format!("# {label}: {}", cut(said)));
            }
        }
        for file in self.files.iter().take(200) {
            lines.push(format!("# Released: {}", cut(file)));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// The closest class that the entry speaks of: a draft that says too much is mended, one that says too
    /// little is believed.
    fn class(&self) -> Identifiability {
        let said = format!("{} {}", self.type_of_data, self.opt_outs)
            .to_lowercase()
            .replace("non-identifiable", "")
            .replace("not identifiable", "");
        if said.contains("identifiable") || said.contains("confidential data flow(s) with") {
            Identifiability::PersonalConfidential
        } else if said.contains("aggregate") || said.contains("tabulation") {
            Identifiability::AnonymousAggregate
        } else {
            Identifiability::Deidentified
        }
    }

    fn supported(&self) -> bool {
        let law = format!("{} {}", self.legal_basis, self.opt_outs).to_lowercase();
        law.contains("s251") || law.contains("section 251")
    }

    fn agreed(&self) -> bool {
        let law = format!("{} {}", self.legal_basis, self.opt_outs).to_lowercase();
        law.contains("consent") && !law.contains("without consent")
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let none = self.controllers.is_empty().then_some("the controller");
        self.controllers.iter().map(String::as_str).chain(none)
    }

    fn term(&self) -> Value {
        let day = |day: Option<model::Date>, what: &str| {
            day.and_then(|day| day.to_string().parse().ok())
                .map_or_else(|| blank(what), Value::Datetime)
        };
        table([
            ("issued", blank("day of issue")),
            ("start", day(self.starts, "first day")),
            ("end", day(self.ends, "last day")),
            ("review", blank("day of the review")),
            ("destruction_due", blank("last day for destruction")),
            ("certificate_due", blank("last day for the certificate")),
        ])
    }

    fn legal(&self) -> Value {
        let (answer, approvals) = if self.supported() {
            (text(ConfidentialityAnswer::Section251.code()), true)
        } else if self.agreed() {
            (text(ConfidentialityAnswer::Consent.code()), true)
        } else if self.class() == Identifiability::PersonalConfidential {
            (blank("answer to the duty of confidence"), false)
        } else {
            (
                text(ConfidentialityAnswer::NotConfidentialInRecipientsHands.code()),
                false,
            )
        };
        let mut duty = vec![
            ("answer", answer),
            ("reason", blank("how the duty of confidence is met")),
        ];
        if approvals {
            duty.push((
                "approvals",
                list([table([
                    ("reference", blank("reference of the approval")),
                    ("start", blank("first day of the approval")),
                    ("end", blank("last day of the approval")),
                    ("annual_review", blank("day of the next annual review")),
                ])]),
            ));
        }
        table([
            ("art6", list([blank("condition of Article 6")])),
            ("art9", list([blank("condition of Article 9")])),
            ("dpa_schedule1", list([blank("condition of Schedule 1")])),
            (
                "statutory_power",
                or_blank(&self.legal_basis, "power to disclose"),
            ),
            ("confidentiality", table(duty)),
        ])
    }

    fn parties(&self) -> Value {
        let several = self.controllers.len() > 1;
        let role = if several {
            "joint_controller"
        } else {
            "controller"
        };
        let kind = self
            .commercial
            .split_once('(')
            .and_then(|(_, rest)| rest.split(')').next())
            .filter(|kind| !kind.trim().is_empty());
        let parties = self.names().map(|name| {
            let mut party = vec![
                ("organisation", blank(&format!("code of {name}"))),
                ("name", text(name)),
                ("roles", list([text(role), text("recipient")])),
                ("territory", list([text("england")])),
                (
                    "dspt",
                    table([
                        ("code", blank(&format!("DSPT code of {name}"))),
                        ("status", text("standards_met")),
                        ("edition", blank(&format!("DSPT edition of {name}"))),
                        ("expires", blank(&format!("last day of the DSPT of {name}"))),
                    ]),
                ),
                (
                    "registration",
                    table([
                        ("number", blank(&format!("registration of {name}"))),
                        (
                            "expires",
                            blank(&format!("last day of the registration of {name}")),
                        ),
                    ]),
                ),
            ];
            if let Some(kind) = kind {
                party.push(("kind", text(kind)));
            }
            table(party)
        });
        list(parties.collect::<Vec<_>>())
    }

    fn contracts(&self) -> Vec<Value> {
        self.names()
            .map(|name| {
                table([
                    ("reference", blank(&format!("framework contract of {name}"))),
                    (
                        "parties",
                        list([
                            blank(&format!("code of {name}")),
                            blank("code of who keeps the data"),
                        ]),
                    ),
                    (
                        "signed",
                        blank(&format!(
                            "day on which the framework contract of {name} was signed"
                        )),
                    ),
                ])
            })
            .collect()
    }

    fn purpose(&self) -> Value {
        let outputs: Vec<Value> = some(&self.outputs, "what comes out");
        let benefits = some(&self.benefits, "what it is good for");
        let benefits = benefits.into_iter().map(|what| {
            table([
                ("what", what),
                ("by", blank("day by which the benefits are seen")),
            ])
        });
        table([
            ("code", blank("purpose of the closed list")),
            (
                "lay_summary",
                or_blank(
                    first_paragraph(&self.objectives),
                    "what it is for, in plain words",
                ),
            ),
            (
                "objective",
                or_blank(&self.objectives, "what is to be found out"),
            ),
            (
                "processing",
                or_blank(&self.processing, "what is done with the data"),
            ),
            ("outputs", list(outputs)),
            ("benefits", list(benefits.collect::<Vec<_>>())),
            (
                "commercial",
                Value::Boolean(self.commercial.to_lowercase().starts_with("yes")),
            ),
        ])
    }

    fn tables(&self) -> Value {
        let sensitive = !self.sensitive.to_lowercase().starts_with("non");
        let sensitivity = if sensitive {
            Sensitivity::Sensitive
        } else {
            Sensitivity::NotSensitive
        };
        let method = self.access_method.to_lowercase();
        let refresh = if method.contains("ongoing")
            || method.contains("frequent")
            || method.contains("system")
        {
            Refresh::AsReceived
        } else {
            Refresh::Once
        };
        let mut tables = Table::new();
        for name in some(&self.datasets, "data set") {
            let title = name
                .as_str()
                .unwrap_or_default()
                .trim_matches(['<', '>'])
                .to_owned();
            let field = table([
                ("treatment", blank("how the column is shown")),
                ("why", blank("why the column is needed")),
            ]);
            let terms = table([
                ("title", text(&title)),
                ("why", blank(&format!("why {title} is needed"))),
                ("sector", blank(&format!("kind of care of {title}"))),
                ("sensitivity", text(sensitivity.code())),
                ("refresh", text(refresh.code())),
                ("fields", table([("<column>", field)])),
            ]);
            let name = blank(&format!("table for {title}"));
            tables.insert(name.as_str().unwrap_or_default().to_owned(), terms);
        }
        Value::Table(tables)
    }

    fn opt_outs_clause(&self) -> Value {
        let said = self.opt_outs.to_lowercase();
        let honoured = said.starts_with('y')
            || said.contains("objections upheld")
            || said.contains("section 251");
        let clause = |apply: bool, reason: Value| {
            table([("apply", Value::Boolean(apply)), ("reason", reason)])
        };
        let mut clauses: BTreeMap<String, Value> = BTreeMap::new();
        for kind in PreferenceKind::ALL {
            let says = if *kind == PreferenceKind::NationalDataOptOut {
                clause(
                    honoured,
                    or_blank(&self.opt_outs, "why this opt-out applies or does not"),
                )
            } else {
                // What the entry does not speak of leaves people out until someone says why not.
                clause(
                    true,
                    blank(&format!("why {} applies or does not", kind.code())),
                )
            };
            clauses.insert(kind.code().to_owned(), says);
        }
        Value::Table(clauses.into_iter().collect())
    }

    fn onward(&self) -> Value {
        if self.sub_licensing.to_lowercase().contains("yes") {
            table([
                ("sharing", text(OnwardSharing::ListedRecipients.code())),
                ("sub_licence", blank("template of the sub-licence")),
                (
                    "recipients",
                    list([table([
                        ("name", blank("who receives what is passed on")),
                        ("what", blank("what is passed on")),
                        ("why", blank("why it is passed on")),
                    ])]),
                ),
            ])
        } else {
            table([("sharing", text(OnwardSharing::None.code()))])
        }
    }
}

/// Clauses as text, in their order: single values first, as TOML asks.
fn written(clauses: Vec<(&str, Value)>) -> String {
    let parts = |value: &Value| match value {
        Value::Table(_) => true,
        Value::Array(items) => items.iter().any(Value::is_table),
        _ => false,
    };
    let (tables, single): (Vec<_>, Vec<_>) =
        clauses.into_iter().partition(|(_, value)| parts(value));
    let lines: Vec<String> = single
        .into_iter()
        .map(|clause| toml::to_string_pretty(&table([clause])).unwrap_or_default())
        .collect();
    let sections: Vec<String> = tables
        .into_iter()
        .map(|clause| toml::to_string_pretty(&table([clause])).unwrap_or_default())
        .collect();
    format!("{}\n{}", lines.concat(), sections.join("\n"))
}

fn access() -> Value {
    table([
        ("organisations", list([blank("code of the recipient")])),
        ("roles", list([text("analyst")])),
        (
            "users",
            list([table([
                ("account", blank("account of a person who may ask")),
                ("organisation", blank("code of the recipient")),
            ])]),
        ),
    ])
}

fn text(text: &str) -> Value {
    Value::String(cut(text))
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn blank(what: &str) -> Value {
    let what: String = what
        .chars()
        .filter(|c| !"<>\"".contains(*c))
        .take(120)
        .collect();
    Value::String(format!("<{what}>"))
}

fn or_blank(said: &str, what: &str) -> Value {
    if said.trim().is_empty() {
        blank(what)
    } else {
        text(said)
    }
}

fn some(items: &[String], what: &str) -> Vec<Value> {
    if items.is_empty() {
        vec![blank(what)]
    } else {
        items.iter().take(500).map(|item| text(item)).collect()
    }
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(items.into_iter().collect())
}

fn table<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Table(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

fn first_paragraph(text: &str) -> &str {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
}

/// The blanks of a text, each once, in the order in which they come.
fn blanks_of(text: &str) -> Vec<String> {
    let mut blanks: Vec<String> = Vec::new();
    for part in text.split('"') {
        let blank = part.starts_with('<') && part.ends_with('>') && !part.contains('\n');
        if blank && !blanks.iter().any(|known| known == part) {
            blanks.push(part.to_owned());
        }
    }
    blanks
}
