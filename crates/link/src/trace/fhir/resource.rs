//! The resources that go out. Members stand in a fixed order, so that the same answer is the same bytes.

use super::{
    FhirAnswer, FhirSettings,
    outcome::{Coding, OperationOutcome},
};
use crate::trace::{Day, Score, Tracing};
use serde::Serialize;

/// An answer with status 200.
pub(super) fn answer(resource: &impl Serialize, people: usize) -> FhirAnswer {
    FhirAnswer {
        status: 200,
        // None of the resources can fail to be written: no map has keys that are no texts.
        body: serde_json::to_string(resource).unwrap_or_default(),
        people,
        outcome: None,
    }
}

/// What a search or a match found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundle<'a> {
    pub(super) resource_type: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) total: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) entry: Vec<Entry<'a>>,
}

impl<'a> Bundle<'a> {
    pub(super) const fn new(total: usize, entry: Vec<Entry<'a>>) -> Self {
        Self {
            resource_type: "Bundle",
            kind: "searchset",
            total,
            entry,
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Entry<'a> {
    Person {
        resource: Box<Patient<'a>>,
        search: Search<'a>,
    },
    Outcome {
        resource: OperationOutcome<'a>,
        search: Search<'a>,
    },
}

#[derive(Serialize)]
pub(super) struct Search<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) extension: Vec<CodeExtension<'a>>,
    pub(super) mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) score: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeExtension<'a> {
    pub(super) url: &'a str,
    pub(super) value_code: &'static str,
}

/// A score from 0 to 1.
pub(super) fn share(score: Score) -> f64 {
    f64::from(score.hundredths()) / 10_000.0
}

/// A person as they are now. Of a sensitive one nothing tells where they are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Patient<'a> {
    resource_type: &'static str,
    id: String,
    meta: Meta<'a>,
    identifier: [NumberIdentifier<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<[HumanName<'a>; 1]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    telecom: Vec<ContactPoint<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deceased_date_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<[Address<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    general_practitioner: Option<[Practice<'a>; 1]>,
}

#[derive(Serialize)]
struct Meta<'a> {
    security: [Coding<'a>; 1],
}

#[derive(Serialize)]
struct NumberIdentifier<'a> {
    extension: [Verified<'a>; 1],
    system: &'a str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verified<'a> {
    url: &'a str,
    value_codeable_concept: Concept<'a>,
}

#[derive(Serialize)]
struct Concept<'a> {
    coding: [Coding<'a>; 1],
}

#[derive(Serialize)]
struct HumanName<'a> {
    #[serde(rename = "use")]
    used: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    family: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    given: Vec<&'a str>,
}

#[derive(Serialize)]
struct ContactPoint<'a> {
    system: &'static str,
    value: &'a str,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    used: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    #[serde(rename = "use")]
    used: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    postal_code: &'a str,
}

#[derive(Serialize)]
struct Practice<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    identifier: Identifier<'a>,
}

#[derive(Serialize)]
struct Identifier<'a> {
    system: &'a str,
    value: &'a str,
}

impl<'a> Patient<'a> {
    /// The person at a place of the index.
    pub(super) fn of(at: u32, tracing: &Tracing<'a>, settings: &'a FhirSettings) -> Option<Self> {
        let (index, systems) = (tracing.index, &settings.systems);
        let person = index.person(at)?;
        let shown = index.shown(at, Day::NONE)?;
        let sensitive = tracing.tracer.is_sensitive(at);
        let coding = |system, code, display| Coding {
            system,
            version: None,
            code,
            display: Some(display),
        };
        let (code, display) = if sensitive {
            ("R", "restricted")
        } else {
            ("U", "unrestricted")
        };
        let number = format!("{:010}", person.number);
        let [_, _, telephone, mobile, email] = index.contact(at);
        let point = |system, value: &'a str, used| {
            (!sensitive && !value.is_empty()).then_some(ContactPoint {
                system,
                value,
                used,
            })
        };
        let given = std::iter::once(shown.given).chain(shown.other.split_whitespace());
        let given: Vec<&str> = given.filter(|name| !name.is_empty()).collect();
        let lines = shown.address.into_iter().filter(|line| !line.is_empty());
        let address = Address {
            used: "home",
            line: lines.collect(),
            postal_code: shown.postcode,
        };
        let lives_somewhere = !address.line.is_empty() || !address.postal_code.is_empty();
        Some(Self {
            resource_type: "Patient",
            id: number.clone(),
            meta: Meta {
                security: [coding(&systems.confidentiality, code, display)],
            },
            identifier: [NumberIdentifier {
                extension: [Verified {
                    url: &systems.verification_extension,
                    value_codeable_concept: Concept {
                        coding: [coding(
                            &systems.verification_status,
                            &systems.verified_code,
                            &systems.verified_display,
                        )],
                    },
                }],
                system: &systems.nhs_number,
                value: number,
            }],
            name: (!shown.family.is_empty() || !given.is_empty()).then_some([HumanName {
                used: "usual",
                family: shown.family,
                given,
            }]),
            telecom: [
                point("phone", telephone, Some("home")),
                point("phone", mobile, Some("mobile")),
                point("email", email, None),
            ]
            .into_iter()
            .flatten()
            .collect(),
            gender: settings.gender.gender(shown.sex),
            birth_date: said(person.born),
            deceased_date_time: said(person.died).filter(|_| !sensitive),
            address: (!sensitive && lives_somewhere).then_some([address]),
            general_practitioner: (!sensitive && !shown.practice.is_empty()).then_some([
                Practice {
                    kind: "Organization",
                    identifier: Identifier {
                        system: &systems.organisation,
                        value: shown.practice,
                    },
                },
            ]),
        })
    }
}

fn said(day: Day) -> Option<String> {
    (!day.is_none()).then(|| day.iso())
}
