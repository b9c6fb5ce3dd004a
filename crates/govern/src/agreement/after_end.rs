//! What comes after the last day of an agreement: until when something may be kept, by when what was made for it is
//! destroyed, and by when that is certified.

use super::{clauses::Clauses, list::closed_list};
use model::Date;

closed_list! {
    /// Something that is due after the last day of an agreement.
    AfterEnd {
        /// What a duty asks to be kept is kept no longer.
        Retention = "retention", "what is kept for a duty is to go";
        /// What was made for it is destroyed.
        Destruction = "destruction", "what was made for it is to be destroyed";
        /// The certificate of that is given.
        Certificate = "certificate", "the certificate of destruction is to be given";
    }
}

impl Clauses {
    /// What is due after its last day, each with the last day for it, in the order in which it is done.
    pub fn after_end(&self) -> Vec<(AfterEnd, Date)> {
        let term = &self.term;
        let kept = term
            .retention
            .as_ref()
            .map(|r| (AfterEnd::Retention, r.until));
        kept.into_iter()
            .chain([
                (AfterEnd::Destruction, term.destruction_due),
                (AfterEnd::Certificate, term.certificate_due),
            ])
            .collect()
    }
}
