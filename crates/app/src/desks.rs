//! The two desks at which the work is done. Identified and de-identified data never open at one desk.

pub(crate) mod agreements;
mod analysis;
mod cohorts;
pub(crate) mod corrections;
pub(crate) mod custody;
mod envelopes;
mod erasing;
mod identified;
pub(crate) mod incidents;
mod landing;
mod leading_back;
mod lease;
mod left_out;
mod linking;
pub(crate) mod preferences;
pub(crate) mod recall;
mod returned;
mod reviewing;
mod standing;
mod trace_index;
mod truth;

pub(crate) use analysis::{AnalysisDesk, Asked, Person, Question, Released};
pub(crate) use cohorts::{FindingError, FoundPeople, OUTCOMES, OpenNow, SealedSet};
pub(crate) use envelopes::{Envelopes, Seal, random};
pub(crate) use erasing::{PersonDigests, PersonHere, Places, RowsAbout, subject_of};
pub(crate) use identified::{IdentifiedDesk, LinkReport, count};
pub(crate) use landing::{
    CommonValue, Declared, FindingRow, Receipt, Sent, Submission, followed, land_error, receipt,
};
pub(crate) use leading_back::{LedPerson, detail};
pub(crate) use linking::Changed;
pub(crate) use returned::{FoundRow, MOST_FINDINGS};
pub(crate) use reviewing::{Candidate, Pair, PairVersions, Sampled, Side, bands};
pub(crate) use standing::Standing;
pub(crate) use trace_index::{TraceIndex, TraceIndexError, Versions, versions};

/// One step that was carried out, for the line of result and the run page.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct StepDone {
    pub(crate) step: String,
    pub(crate) why: String,
    pub(crate) table: String,
    pub(crate) version: u64,
    pub(crate) rows: u64,
    pub(crate) skipped: bool,
    pub(crate) seconds: f64,
}
