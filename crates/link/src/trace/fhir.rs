//! Tracing over FHIR R4: `Patient/$match`, Patient search and reading a Patient, as pure functions over text.
//!
//! A request is judged as a batch row is, by [`crate::trace::Tracing`]; a search goes by its own rules, which
//! `docs/tracing.md` lists. Whatever comes in, an answer goes out: a fault is an `OperationOutcome` with the place
//! and never with a value. Names of systems, codes, scores and limits are in `content/linkage/fhir.toml`.
//! Who may ask, and the record of their asking, belong to the caller.

mod json;
mod match_patient;
mod outcome;
mod patient;
mod pattern;
mod query;
mod resource;
mod search;
mod settings;
mod span;

pub use match_patient::match_patient;
pub use outcome::FhirOutcome;
pub use query::PARAMETERS;
pub use search::search;
pub use settings::{
    AskingSettings, FhirSettings, FhirSettingsError, GenderCodes, MatchSettings, OutcomeSettings,
    SearchScores, SearchSettings, Systems,
};

use crate::{
    clean::nhs_number_key,
    trace::{Tracing, index::Followed},
};
use outcome::Fault;
use resource::Patient;

/// The type of an answer's body.
pub const MEDIA_TYPE: &str = "application/fhir+json";

/// An answer, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct FhirAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// The resource as JSON.
    pub body: String,
    /// How many people it shows.
    pub people: usize,
    /// What the `OperationOutcome` says, where there is one.
    pub outcome: Option<FhirOutcome>,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Somebody who looks at the results.
    Clinician,
    /// A program: it gets one result, and only where no other fits.
    System,
}

/// Reads a Patient by number. A number that was replaced leads to the one that holds; one that was invalidated is
/// refused, and where it led is not told.
pub fn read(id: &str, tracing: &Tracing<'_>, settings: &FhirSettings) -> FhirAnswer {
    match person(id, tracing) {
        Ok(at) => Patient::of(at, tracing, settings).map_or_else(
            || Fault::of(FhirOutcome::ResourceNotFound).answer(settings),
            |patient| resource::answer(&patient, 1),
        ),
        Err(fault) => fault.answer(settings),
    }
}

/// The answer to somebody who may not ask. Who may is for the caller to decide.
pub fn denied(settings: &FhirSettings) -> FhirAnswer {
    Fault::of(FhirOutcome::AccessDenied).answer(settings)
}

/// The answer to a request that cannot be understood; `says` holds no value of it.
pub fn invalid(says: impl Into<String>, settings: &FhirSettings) -> FhirAnswer {
    Fault::whole_query(says).answer(settings)
}

fn person(id: &str, tracing: &Tracing<'_>) -> Result<u32, Fault> {
    let written = id.len() == 10 && id.bytes().all(|b| b.is_ascii_digit());
    let number = nhs_number_key(id).and_then(|digits| digits.parse().ok());
    let Some(number) = number.filter(|_| written) else {
        return Err(Fault::of(FhirOutcome::InvalidResourceId));
    };
    let holds = match tracing.index.follow(number) {
        Followed::Itself => number,
        Followed::By(holds) => holds,
        Followed::Cancelled => return Err(Fault::of(FhirOutcome::InvalidatedResource)),
        Followed::Loop => return Err(Fault::of(FhirOutcome::ResourceNotFound)),
    };
    let person = tracing.index.find(holds);
    person.ok_or_else(|| Fault::of(FhirOutcome::ResourceNotFound))
}

/// An answer may be about a person, so only its status prints.
impl std::fmt::Debug for FhirAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {}, {} people", self.status, self.people)
    }
}
