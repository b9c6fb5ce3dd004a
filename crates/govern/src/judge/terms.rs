//! What a question is allowed, once it was judged. Not here: whether it is.

use crate::{
    Action, Digest,
    agreement::clauses::{Checker, Identifiability},
    compile::GovernedView,
};
use chrono::{DateTime, Utc};
use model::OrganisationCode;

/// What a question is allowed, if it is: what the session will see, and on which terms. Terms open
/// nothing by themselves; a [`Permit`](crate::Permit) does, and only `decide` makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub(super) agreement: String,
    pub(super) version: String,
    pub(super) purpose: String,
    pub(super) organisation: OrganisationCode,
    pub(super) action: Action,
    pub(super) identifiability: Identifiability,
    pub(super) views: Vec<GovernedView>,
    pub(super) rule_set: String,
    pub(super) checker: Checker,
    pub(super) expires: DateTime<Utc>,
    pub(super) sql_digest: Digest,
    pub(super) preference_snapshot: Option<String>,
    pub(super) policy_digest: Digest,
    pub(super) row_filter_digest: Digest,
    pub(super) field_mask_digest: Digest,
    pub(super) digest: Digest,
}

impl Terms {
    /// The reference of the agreement.
    pub fn agreement(&self) -> &str {
        &self.agreement
    }

    /// The version of the agreement.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The code of the purpose.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// The organisation for which the answer is made.
    pub fn organisation(&self) -> &OrganisationCode {
        &self.organisation
    }

    /// What may be done with the answer.
    pub fn action(&self) -> Action {
        self.action
    }

    /// How close to a person the answer may come.
    pub fn identifiability(&self) -> Identifiability {
        self.identifiability
    }

    /// The only tables that the session may see.
    pub fn views(&self) -> &[GovernedView] {
        &self.views
    }

    /// The disclosure rules for what leaves.
    pub fn rule_set(&self) -> &str {
        &self.rule_set
    }

    /// Who looks at an output before it leaves.
    pub fn checker(&self) -> Checker {
        self.checker
    }

    /// The moment from which the terms no longer hold.
    pub fn expires(&self) -> DateTime<Utc> {
        self.expires
    }

    /// The digest of the text of the question.
    pub fn sql_digest(&self) -> &Digest {
        &self.sql_digest
    }

    /// The state of the table of preferences that the answer is made from.
    pub fn preference_snapshot(&self) -> Option<&str> {
        self.preference_snapshot.as_deref()
    }

    /// The digest of the agreement's file.
    pub fn policy_digest(&self) -> &Digest {
        &self.policy_digest
    }

    /// The digest of the row filters.
    pub fn row_filter_digest(&self) -> &Digest {
        &self.row_filter_digest
    }

    /// The digest of the columns and how each is made.
    pub fn field_mask_digest(&self) -> &Digest {
        &self.field_mask_digest
    }

    /// The digest of all of this.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}
