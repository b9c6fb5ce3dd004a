//! Facts about an agreement that come from outside its text: who put it forward, approved and signed
//! it, when it was stopped, ended, wound up and destroyed.
//!
//! A file of content is laid down by those who run the safe haven, so what it says of these counts. A
//! text that someone wrote in a form could claim any signature, so of such a text only its terms count.

use super::clauses::{Assent, Clauses, Signature, Suspension};
use model::Date;

/// How many different people must approve an agreement; whoever put it forward is none of them.
pub const APPROVALS_NEEDED: usize = 2;

/// What is known of an agreement from outside its text. Nothing, by default: such an agreement is a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether what the text itself says of its submission, approvals, signatures and suspension counts.
    pub text_counts: bool,
    pub submitted: Option<Assent>,
    pub approvals: Vec<Assent>,
    pub signatures: Vec<Signature>,
    pub suspensions: Vec<Suspension>,
    /// The last day, where it was ended before the one of its term.
    pub ended_early: Option<Date>,
    /// From when it is being wound up: recalled, and its data destroyed.
    pub closing: Option<Date>,
    /// From when everything made for it is destroyed and certified.
    pub destroyed: Option<Date>,
}

impl Facts {
    /// The facts about a file of content: what it says itself.
    pub fn of_a_file() -> Self {
        Self {
            text_counts: true,
            ..Self::default()
        }
    }

    /// Who put the agreement forward.
    pub fn submission<'a>(&'a self, clauses: &'a Clauses) -> Option<&'a Assent> {
        let own = clauses.submitted.as_ref().filter(|_| self.text_counts);
        self.submitted.as_ref().or(own)
    }

    /// Who approved it by a day: each person once, and never the one who put it forward.
    pub fn approvals_by<'a>(&'a self, clauses: &'a Clauses, on: Date) -> Vec<&'a Assent> {
        let submitter = self.submission(clauses).map(|s| s.name.as_str());
        let own: &[Assent] = if self.text_counts {
            &clauses.approved
        } else {
            &[]
        };
        let mut counted: Vec<&Assent> = Vec::new();
        for approval in self.approvals.iter().chain(own) {
            let again = counted.iter().any(|c| c.name == approval.name);
            if approval.on <= on && !again && submitter != Some(approval.name.as_str()) {
                counted.push(approval);
            }
        }
        counted
    }

    /// The signatures, whenever they were given.
    pub fn signatures<'a>(&'a self, clauses: &'a Clauses) -> impl Iterator<Item = &'a Signature> {
        let own: &[Signature] = if self.text_counts {
            &clauses.signatures
        } else {
            &[]
        };
        self.signatures.iter().chain(own)
    }

    /// The suspensions, whenever they are.
    pub fn suspensions<'a>(&'a self, clauses: &'a Clauses) -> impl Iterator<Item = &'a Suspension> {
        let own = clauses.suspended.iter().filter(|_| self.text_counts);
        self.suspensions.iter().chain(own)
    }
}
