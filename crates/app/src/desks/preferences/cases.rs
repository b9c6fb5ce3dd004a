//! What single people said, at the identified desk. A case is a keyed token elsewhere; here is the one place where it is
//! led back to a number, so that it reaches the person's rows and nothing else.

use super::super::{IdentifiedDesk, erasing::SUBJECTS, identified::text};
use anyhow::Result;
use chrono::Days;
use control::{CaseState, NewCase, PreferenceCase};
use govern::{AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome};
use model::{Date, Identifying, NhsNumber, Sql};
use pseudonymise::preferences::ENTRIES;
use std::{collections::BTreeMap, sync::Arc};
use store::arrow::array::{ArrayRef, Date32Array, RecordBatch, StringArray};

/// What consent that stands is called in the table of preferences: no agreement leaves anyone out for it.
const CONSENT: &str = "consent";
/// What consent that was taken back is called.
const CONSENT_WITHDRAWN: &str = "consent_withdrawn";

impl IdentifiedDesk<'_> {
    /// Takes in what a person said: the person first, then the case, so that no case is without its person.
    pub(crate) async fn take_case(&self, number: &NhsNumber, new: NewCase) -> Result<u64> {
        let w = self.workspace;
        let subject = self
            .keyed(&format!("preference|{}", number.reveal()))
            .await?;
        let mut subjects = self.subjects().await?;
        if !subjects.contains_key(&subject) {
            subjects.insert(
                subject.clone(),
                Identifying::new(number.reveal().to_owned()),
            );
            self.put_subjects(&subjects).await?;
        }
        self.store.points().reach();
        let new = NewCase { subject, ..new };
        let case = w.control.take_case(&new).await?;
        let mut entry = EntryBody::new(
            new.taken_at,
            Kind::PreferenceTaken,
            &new.taken_by,
            Outcome::Done,
        );
        entry.object_kind = Some(ObjectKind::Preference);
        entry.reason = Some(format!("case {case}, {}", new.kind));
        w.audit.keep(entry)?;
        Ok(case)
    }

    /// Brings the cases into the table that crosses. Done again it comes to the same.
    pub(crate) async fn write_entries(&self) -> Result<()> {
        let subjects = self.subjects().await?;
        let restricted = self.restricted_lines().await?;
        // What was written before is written anew, so that what was lifted goes.
        let written = self.landed().await?.iter().any(|table| table == ENTRIES);
        if subjects.is_empty() && restricted.is_empty() && !written {
            return Ok(());
        }
        let cases = self.workspace.control.preference_cases().await?;
        let mut lines: Vec<Line> = cases
            .iter()
            .filter_map(|case| Line::of(case, subjects.get(&case.subject)?))
            .chain(restricted)
            .collect();
        lines.sort();
        let texts = |of: &dyn Fn(&Line) -> Option<String>| -> ArrayRef {
            Arc::new(lines.iter().map(of).collect::<StringArray>())
        };
        let days = |of: &dyn Fn(&Line) -> Option<Date>| -> ArrayRef {
            let day =
                |line: &Line| of(line).map(store::arrow::datatypes::Date32Type::from_naive_date);
            Arc::new(lines.iter().map(day).collect::<Date32Array>())
        };
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("nhs_number", texts(&|l| l.number.clone()), true),
            ("kind", texts(&|l| Some(l.kind.clone())), true),
            ("programme", texts(&|l| l.programme.clone()), true),
            ("effective_from", days(&|l| Some(l.from)), true),
            ("effective_to", days(&|l| l.to), true),
        ])?;
        self.put_preferences(ENTRIES, &batch).await
    }

    async fn subjects(&self) -> Result<BTreeMap<String, Identifying<String>>> {
        if !self.landed().await?.iter().any(|table| table == SUBJECTS) {
            return Ok(BTreeMap::new());
        }
        let sql = Sql::fixed("select subject, nhs_number from preference_subject");
        let rows = self.engine.look(&[&self.store], &[SUBJECTS], &sql).await?;
        let rows = rows.iter().flat_map(|batch| {
            (0..batch.num_rows())
                .map(|row| (text(batch, 0, row), Identifying::new(text(batch, 1, row))))
        });
        Ok(rows.collect())
    }

    async fn put_subjects(&self, subjects: &BTreeMap<String, Identifying<String>>) -> Result<()> {
        let tokens: StringArray = subjects.keys().map(|s| Some(s.as_str())).collect();
        let numbers: StringArray = subjects
            .values()
            .map(|n| Some(n.reveal().as_str()))
            .collect();
        let batch = RecordBatch::try_from_iter([
            ("subject", Arc::new(tokens) as ArrayRef),
            ("nhs_number", Arc::new(numbers) as ArrayRef),
        ])?;
        self.put_preferences(SUBJECTS, &batch).await
    }
}

/// One row of the table that crosses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    /// None where it is about nobody: it says which list this is, in the place of the programme.
    number: Option<String>,
    kind: String,
    programme: Option<String>,
    from: Date,
    to: Option<Date>,
}

impl Line {
    /// A line about one person, for everything and without an end.
    pub(super) fn about(number: &Identifying<String>, kind: &str, from: Date) -> Self {
        Self {
            number: Some(number.reveal().clone()),
            kind: kind.to_owned(),
            programme: None,
            from,
            to: None,
        }
    }

    /// The line about nobody that says which list of a kind this is.
    pub(super) fn marking(kind: &str, digest: &str, from: Date) -> Self {
        Self {
            number: None,
            kind: kind.to_owned(),
            programme: Some(digest.to_owned()),
            from,
            to: None,
        }
    }

    /// What a case comes to; none where it never held.
    fn of(case: &PreferenceCase, number: &Identifying<String>) -> Option<Self> {
        let line = |kind: &str, from: Date, to: Option<Date>| {
            let programme = Some(case.programme.clone()).filter(|p| !p.is_empty());
            Some(Self {
                number: Some(number.reveal().clone()),
                kind: kind.to_owned(),
                programme,
                from,
                to,
            })
        };
        let decided = case.decided.as_ref().map(|(at, _)| at.date_naive());
        match case.state {
            // From the day on which it was taken back, and for good: only a new consent could change it.
            CaseState::Withdrawn if case.kind == CONSENT => {
                line(CONSENT_WITHDRAWN, case.withdrawn_on?, None)
            }
            CaseState::Withdrawn => line(
                &case.kind,
                case.said_on,
                case.withdrawn_on?.checked_sub_days(Days::new(1)),
            ),
            // While it is open an objection counts; until the day before it was turned down.
            CaseState::NotUpheld => line(
                &case.kind,
                case.said_on,
                decided?.checked_sub_days(Days::new(1)),
            ),
            CaseState::Open | CaseState::Upheld | CaseState::Holds => {
                line(&case.kind, case.said_on, None)
            }
        }
    }
}
