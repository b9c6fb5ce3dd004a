//! `Patient/$match`: the candidates for a Patient that was sent, each with its score, its grade, and the step of
//! tracing that found it. The steps decide; a candidate that they did not choose is never more than possible.

use super::{
    FhirAnswer, FhirOutcome, FhirSettings,
    json::At,
    outcome::Fault,
    patient,
    resource::{self, Bundle, CodeExtension, Entry, Patient, Search, share},
};
use crate::trace::{ResultCode, Score, Step, Tracing};
use serde_json::Value;
use std::cmp::Reverse;

/// How sure a candidate is, as FHIR grades it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Certain,
    Probable,
    Possible,
    /// The steps settled on somebody else.
    CertainlyNot,
}

impl Grade {
    const fn code(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Probable => "probable",
            Self::Possible => "possible",
            Self::CertainlyNot => "certainly-not",
        }
    }
}

struct Candidate {
    person: u32,
    score: Score,
    grade: Grade,
    step: Step,
    /// Whether the steps chose them.
    chosen: bool,
}

/// What was asked.
struct Request<'a> {
    patient: At<'a>,
    only_certain: bool,
    count: usize,
}

/// Answers `Patient/$match`. The body is a Parameters resource, or the Patient alone.
pub fn match_patient(body: &str, tracing: &Tracing<'_>, settings: &FhirSettings) -> FhirAnswer {
    answered(body, tracing, settings).unwrap_or_else(|fault| fault.answer(settings))
}

fn answered(
    body: &str,
    tracing: &Tracing<'_>,
    settings: &FhirSettings,
) -> Result<FhirAnswer, Fault> {
    let most = settings.matching.most_bytes;
    if body.len() > most {
        return Err(Fault::body(
            "Parameters",
            format!("must have at most {most} bytes"),
        ));
    }
    let body: Value = serde_json::from_str(body).map_err(|cause| {
        let (line, column) = (cause.line(), cause.column());
        let says = format!("the body is no JSON: line {line}, character {column}");
        Fault::body("Parameters", says)
    })?;
    let request = request(&body, settings)?;
    let longest = tracing.settings.request.maximum_field_length;
    let details = patient::details(&request.patient, settings, longest)?;
    let (mut found, told) = candidates(&details.row(), &request, tracing, settings)?;
    if !settings.matching.sensitive_by_blanked_details
        && let Some(row) = details.row_without_blanked()
    {
        // What was found of a sensitive person must not depend on what their record does not give back, else each
        // answer would confirm or refute a guess of where they are.
        let is_sensitive = |candidate: &Candidate| tracing.tracer.is_sensitive(candidate.person);
        found.retain(|candidate| !is_sensitive(candidate));
        let without = candidates(&row, &request, tracing, settings);
        let (without, _) = without.unwrap_or_default();
        found.extend(without.into_iter().filter(is_sensitive));
    }
    grade_others(&mut found);
    if request.only_certain {
        found.retain(|candidate| candidate.grade == Grade::Certain);
    }
    found.sort_by_key(|c| (c.grade != Grade::Certain, Reverse(c.score), c.person));
    let total = found.len();
    let mut entries: Vec<Entry<'_>> = found
        .into_iter()
        .take(request.count)
        .filter_map(|candidate| entry(&candidate, tracing, settings))
        .collect();
    let people = entries.len();
    let fault = told.map(Fault::of);
    if let Some(fault) = &fault {
        entries.push(Entry::Outcome {
            resource: fault.resource(settings),
            search: Search {
                extension: Vec::new(),
                mode: "outcome",
                score: None,
            },
        });
    }
    Ok(FhirAnswer {
        outcome: told,
        ..resource::answer(&Bundle::new(total, entries), people)
    })
}

fn request<'a>(body: &'a Value, settings: &FhirSettings) -> Result<Request<'a>, Fault> {
    let matching = &settings.matching;
    let mut request = Request {
        patient: At::new(body, "Patient"),
        only_certain: matching.only_certain,
        count: matching.count,
    };
    let kind = body.get("resourceType").and_then(Value::as_str);
    match kind {
        Some("Patient") => return Ok(request),
        Some("Parameters") => {}
        _ => {
            let says = "the body must be a Parameters resource, or a Patient";
            return Err(Fault::body("Parameters.resourceType", says));
        }
    }
    let mut seen = [false; 3];
    let (mut patient, all) = (None, At::new(body, "Parameters"));
    for one in all.items("parameter")? {
        let name = one.member("name")?;
        let name = name.ok_or_else(|| one.fault("must have a name"))?;
        let place = match name.value.as_str() {
            Some("resource") => {
                patient = one.member("resource")?;
                if patient.is_none() {
                    return Err(one.fault("must have a resource"));
                }
                0
            }
            Some("onlyCertainMatches") => {
                let flag = value_of(&one, "valueBoolean")?;
                let holds = flag.value.as_bool();
                request.only_certain = holds.ok_or_else(|| flag.fault("must be true or false"))?;
                1
            }
            Some("count") => {
                let count = value_of(&one, "valueInteger")?;
                let most = matching.most_count;
                let asked = count.value.as_u64().and_then(|n| usize::try_from(n).ok());
                let asked = asked.filter(|n| (1..=most).contains(n));
                let says = || count.fault(format!("must be a whole number from 1 to {most}"));
                request.count = asked.ok_or_else(says)?;
                2
            }
            _ => return Err(name.fault("must be resource, onlyCertainMatches or count")),
        };
        if let Some(seen) = seen.get_mut(place) {
            if *seen {
                return Err(name.fault("stands there a second time"));
            }
            *seen = true;
        }
    }
    let missing = || all.fault("must have a parameter `resource` that holds a Patient");
    request.patient = patient.ok_or_else(missing)?;
    Ok(request)
}

fn value_of<'a>(one: &At<'a>, name: &str) -> Result<At<'a>, Fault> {
    let value = one.member(name)?;
    value.ok_or_else(|| one.fault(format!("must have {name}")))
}

/// The candidates, the likeliest first, and what is told beside them.
fn candidates(
    row: &crate::trace::Row,
    request: &Request<'_>,
    tracing: &Tracing<'_>,
    settings: &FhirSettings,
) -> Result<(Vec<Candidate>, Option<FhirOutcome>), Fault> {
    let (subject, finding) = tracing.tracer.trace(row);
    match (finding.code, finding.last_tried) {
        (ResultCode::Invalid, Some(Step::LiveCrossCheck)) => {
            return Ok((Vec::new(), Some(FhirOutcome::InvalidatedResource)));
        }
        (_, None | Some(Step::Quality)) => {
            let says = "has too few details that can be used: a number and a date of birth; or family name, gender and date of birth; or any three of family name, given name, gender, date of birth and postcode";
            return Err(request.patient.fault(says));
        }
        _ => {}
    }
    let mut found = Vec::new();
    let chosen = finding.person.zip(finding.last_tried);
    let certain = chosen.is_some_and(|(_, step)| step != Step::Algorithmic);
    if let Some((person, step)) = chosen {
        let total = finding.confidence;
        // Whoever sent a number that is not this person's may mean somebody else.
        let number = tracing.index.person(person).map(|person| person.number);
        let doubted = subject.number.is_some() && subject.number != number && !finding.superseded;
        let probable = total >= Score::points(settings.matching.probable) && !doubted;
        let grade = match (certain, probable) {
            (true, _) if doubted => Grade::Probable,
            (true, _) => Grade::Certain,
            (false, true) => Grade::Probable,
            (false, false) => Grade::Possible,
        };
        found.push(Candidate {
            person,
            score: total,
            grade,
            step,
            chosen: true,
        });
    }
    if request.only_certain {
        let several = finding.code == ResultCode::Several;
        return Ok((found, several.then_some(FhirOutcome::TooManyMatches)));
    }
    let algorithmic = &tracing.settings.algorithmic;
    if subject.fields() >= algorithmic.minimum_fields {
        let least = Score::points(algorithmic.minimum_total);
        let (ranked, _) = tracing.tracer.ranked(&subject);
        let chosen = chosen.map(|(person, _)| person);
        let others = ranked
            .into_iter()
            .filter(|(total, person, _)| *total >= least && Some(*person) != chosen);
        found.extend(others.map(|(score, person, _)| Candidate {
            person,
            score,
            grade: Grade::Possible,
            step: Step::Algorithmic,
            chosen: false,
        }));
    }
    Ok((found, None))
}

/// Beside a certain one, whoever the steps did not choose is not the one.
fn grade_others(found: &mut [Candidate]) {
    if found
        .iter()
        .any(|candidate| candidate.grade == Grade::Certain)
    {
        for other in found.iter_mut().filter(|candidate| !candidate.chosen) {
            other.grade = Grade::CertainlyNot;
        }
    }
}

fn entry<'a>(
    candidate: &Candidate,
    tracing: &Tracing<'a>,
    settings: &'a FhirSettings,
) -> Option<Entry<'a>> {
    let extension = |url, value_code| CodeExtension { url, value_code };
    Some(Entry::Person {
        resource: Box::new(Patient::of(candidate.person, tracing, settings)?),
        search: Search {
            extension: vec![
                extension(
                    settings.systems.match_grade.as_str(),
                    candidate.grade.code(),
                ),
                extension(settings.systems.trace_step.as_str(), candidate.step.name()),
            ],
            mode: "match",
            score: Some(share(candidate.score)),
        },
    })
}
