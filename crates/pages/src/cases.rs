//! Re-identification for care: finding people unseen, asking, approving, the sealed list and what came of it; and one
//! person's records in an emergency.
//!
//! Values of people are on the opened list ([`case_list()`]) and on the page of an emergency ([`one_person()`]) alone.
//! What an approver sees and what the requester saw are made of the same facts.

mod ask;
mod emergency;
mod find;
mod home;
mod list;
mod request;

pub use ask::{AskCareView, Chooser, ask_care};
pub use emergency::{
    EmergenciesView, EmergencyAskView, EmergencyRow, EmergencyView, OnePersonView, PersonSide,
    emergencies, emergency, emergency_ask, one_person,
};
pub use find::{CohortView, FindChoice, FindQuestion, FindSize, FindView, cohort, find_people};
pub use home::{ApprovalsView, CaseRow, CasesView, case_approvals, cases};
pub use list::{CaseLine, CaseListView, EnvelopeView, case_list, envelope};
pub use request::{CaseRequestView, CaseWord, case_request};

use crate::components::{SummaryList, SummaryRow, TagColour, summary_list, tag};
use maud::{Markup, html};

/// Where a request, a list or an emergency stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseState {
    /// It waits for somebody.
    #[default]
    Waiting,
    /// It may be opened.
    Open,
    /// It is over, as it should be.
    Ended,
    /// Somebody said no or stopped it.
    Stopped,
}

/// A state with its words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StateWords {
    /// The state.
    pub state: CaseState,
    /// In words.
    pub words: String,
}

impl StateWords {
    fn tag(&self) -> Markup {
        let colour = match self.state {
            CaseState::Waiting => TagColour::Yellow,
            CaseState::Open => TagColour::Green,
            CaseState::Ended => TagColour::Grey,
            CaseState::Stopped => TagColour::Red,
        };
        tag(&self.words, colour)
    }
}

/// Facts as a summary list; long words break.
fn facts(rows: &[(String, String)]) -> Markup {
    let rows = rows
        .iter()
        .map(|(key, value)| {
            let lines = html! {
                @for (at, line) in value.lines().enumerate() { @if at > 0 { br; } span class="haven-break" { (line) } }
            };
            SummaryRow::new(key, lines)
        })
        .collect();
    summary_list(&SummaryList {
        rows,
        ..SummaryList::default()
    })
}
