//! Preferences at the identified desk: asking the check service, taking its answer in, and bringing what people said
//! across. The cleaned list stands in tables of its own that nothing but the crossing of preferences reads; it is
//! written into nobody's record.

mod cases;
mod restrictions;

pub(crate) use restrictions::Restrictions;

use super::{IdentifiedDesk, StepDone, identified::text};
use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use control::{ListAnswer, ListState, NewList, PreferenceList};
use govern::{
    AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome,
    preferences::cleaning::{Cleaned, CleaningError, Limits, LineEnding, Request},
};
use model::{Identifiable, Pseudonymous, Sql, Step, sql};
use pseudonymise::{
    Handover,
    preferences::{CHECKED, LISTS, PEOPLE, Recorded},
};
use sha2::{Digest as _, Sha256};
use std::{
    io::{BufReader, Read},
    sync::Arc,
};
use store::Original;
use store::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};

/// A request that was written down, and the file that asks.
pub(crate) struct Asked {
    pub(crate) list: PreferenceList,
    pub(crate) file: Vec<u8>,
}

/// An answer that was taken.
pub(crate) struct Taken {
    pub(crate) list: PreferenceList,
    pub(crate) answer: ListAnswer,
    /// Whether it had been taken before.
    pub(crate) was_there: bool,
}

impl IdentifiedDesk<'_> {
    /// Makes a request about everyone whose records cross, writes it down, and gives the file that asks.
    pub(crate) async fn ask_about_everyone(&self, by: &str) -> Result<Asked> {
        let w = self.workspace;
        self.people_of_preferences().await?;
        let mut numbers = Vec::new();
        if self.landed().await?.iter().any(|table| table == PEOPLE) {
            let sql = Sql::fixed("select distinct nhs_number from preference_person");
            let take = |batch: &RecordBatch| {
                numbers.extend(
                    (0..batch.num_rows()).filter_map(|row| text(batch, 0, row).parse::<u64>().ok()),
                );
                true
            };
            self.engine
                .each(&[&self.store], &[PEOPLE], &sql, take)
                .await?;
        }
        let request = Request::of(numbers)?;
        let mut file = Vec::new();
        request.write(&mut file, self.line_ending()?)?;
        let kept = self.vault.keep(file.as_slice(), u64::MAX, |_| {})?;
        self.store.points().reach();
        let recorded = Recorded::read(&w.content)?;
        let new = NewList {
            kind: recorded.cleaned,
            requested_at: w.clock.now(),
            requested_by: by.to_owned(),
            request_file: kept.sha256,
            count_in: request.len(),
        };
        let number = w.control.ask_for_list(&new).await?;
        self.store.points().reach();
        let mut entry = EntryBody::new(w.clock.now(), Kind::PreferenceListAsked, by, Outcome::Done);
        entry.object_kind = Some(ObjectKind::Preference);
        entry.rows = Some(new.count_in);
        entry.reason = Some(format!("list {number}, {}", new.kind));
        w.audit.keep(entry)?;
        let list = self.list(number).await?;
        self.forget_old_lists().await?;
        Ok(Asked { list, file })
    }

    /// Takes the answer to the newest request in, or refuses it whole.
    pub(crate) async fn take_answer(&self, answer: impl Read, by: &str) -> Result<Taken> {
        let w = self.workspace;
        let limit = w.config.largest_file_mb.saturating_mul(1_000_000);
        let kept = self.vault.keep(answer, limit, |_| {})?;
        self.take_kept(kept, by, None).await
    }

    /// The same for a file that is kept already. `of` is the list that it says to be the answer to, where it does.
    pub(crate) async fn take_kept(
        &self,
        kept: Original,
        by: &str,
        of: Option<u64>,
    ) -> Result<Taken> {
        let w = self.workspace;
        let kind = Recorded::read(&w.content)?.cleaned;
        let lists = w.control.preference_lists().await?;
        if let Some(taken) = already(&lists, &kind, &kept.sha256) {
            return Ok(taken);
        }
        let Some(list) = lists
            .iter()
            .find(|l| l.kind == kind && l.state == ListState::Waiting)
        else {
            self.vault.forget(&kept.sha256)?;
            bail!(
                "no request waits for an answer: make one with `haven preferences check --request FILE`, send it, and bring its answer"
            );
        };
        let own = of.is_none_or(|number| number == list.number);
        let cleaned = if own {
            self.cleaned(list, &kept.sha256)
        } else {
            Err(CleaningError::OtherList { waits: list.number }.into())
        };
        let cleaned = match cleaned {
            Ok(cleaned) => cleaned,
            Err(fault) => {
                self.vault.forget(&kept.sha256)?;
                let mut entry = EntryBody::new(
                    w.clock.now(),
                    Kind::PreferenceListRefused,
                    by,
                    Outcome::Refused,
                );
                entry.object_kind = Some(ObjectKind::Preference);
                entry.reason = Some(format!("list {}: {fault}", list.number));
                w.audit.keep(entry)?;
                return Err(fault);
            }
        };
        let days = TimeDelta::days(i64::from(w.config.preferences.list_days));
        let answer = ListAnswer {
            answered_at: w.clock.now(),
            answered_by: by.to_owned(),
            answer_file: kept.sha256,
            count_out: cleaned.count_out(),
            digest: self.keyed_digest(&cleaned).await?,
            // From the request on: what a person said after it is not in the answer.
            expires_at: list.requested_at + days,
        };
        self.put_list(list, &answer, &cleaned).await?;
        self.store.points().reach();
        if !w.control.list_answered(list.number, &answer).await? {
            bail!(
                "somebody else has just taken an answer to list {} or asked anew; look at `haven preferences lists`",
                list.number
            );
        }
        self.store.points().reach();
        let mut entry = EntryBody::new(w.clock.now(), Kind::PreferenceListTaken, by, Outcome::Done);
        entry.object_kind = Some(ObjectKind::Preference);
        entry.rows = Some(answer.count_out);
        entry.reason = Some(format!(
            "list {}, {}, of {} numbers",
            list.number, list.kind, list.count_in
        ));
        w.audit.keep(entry)?;
        self.forget_old_lists().await?;
        Ok(Taken {
            list: self.list(list.number).await?,
            answer,
            was_there: false,
        })
    }

    /// Every step that crosses: tables by their allow-lists, and what people said.
    pub(crate) async fn crossings(&self) -> Result<Vec<Step<Identifiable, Pseudonymous>>> {
        let content = &self.workspace.content;
        let landed = self.landed().await?;
        let here: Vec<&str> = landed.iter().map(String::as_str).collect();
        let (handovers, recorded) = (Handover::read_all(content)?, Recorded::read(content)?);
        let mut steps = pseudonymise::steps(&handovers, &here);
        steps.retain(|step| step.writes != recorded.table);
        steps.extend(recorded.steps(&handovers, &here));
        Ok(steps)
    }

    /// Brings what people said across, and nothing else.
    pub(crate) async fn hand_over_preferences(
        &self,
        tell: &mut dyn FnMut(&StepDone),
    ) -> Result<Vec<StepDone>> {
        self.people_of_preferences().await?;
        let recorded = Recorded::read(&self.workspace.content)?;
        let mut steps = self.crossings().await?;
        let cohorts = recorded.consented.as_ref().map(|c| c.table.as_str());
        steps.retain(|step| {
            let writes = step.writes.as_str();
            writes == recorded.table || writes == LISTS || Some(writes) == cohorts
        });
        self.hand_over(&steps, tell).await
    }

    /// Says whose number is whose, where records were linked.
    pub(crate) async fn people_of_preferences(&self) -> Result<()> {
        self.write_entries().await?;
        let content = &self.workspace.content;
        let landed = self.landed().await?;
        let here: Vec<&str> = landed.iter().map(String::as_str).collect();
        let handovers = Handover::read_all(content)?;
        let Some(step) = Recorded::read(content)?.people(&handovers, &here) else {
            return Ok(());
        };
        let run = self.begin("preferences", vec![step.name.clone()]).await?;
        let work = async |step: &Step<Identifiable>| {
            self.engine.run(&[&self.store], &self.store, step).await
        };
        run.each(&[step], &mut |_| {}, work).await?;
        Ok(())
    }

    /// Holds a kept answer against the request that it is to.
    fn cleaned(&self, list: &PreferenceList, answer: &str) -> Result<Cleaned> {
        let percent = self.workspace.config.preferences.most_absent_percent;
        let limits = Limits {
            most_absent_percent: percent,
        };
        let request = Request::read(BufReader::new(self.vault.read(&list.request_file)?))?;
        if request.len() != list.count_in {
            bail!(
                "the request of list {} is not whole any more: ask anew",
                list.number
            );
        }
        let answer = BufReader::new(self.vault.read(answer)?);
        Ok(request.answered(answer, limits)?)
    }

    async fn list(&self, number: u64) -> Result<PreferenceList> {
        let lists = self.workspace.control.preference_lists().await?;
        let found = lists.into_iter().find(|list| list.number == number);
        found.context("a list that was asked for has no record")
    }

    /// The cleaned list, then what is known about it. Done twice it comes to the same.
    async fn put_list(
        &self,
        list: &PreferenceList,
        answer: &ListAnswer,
        cleaned: &Cleaned,
    ) -> Result<()> {
        let (numbers, clear): (Vec<String>, Vec<bool>) = cleaned
            .each()
            .map(|(number, clear)| (number.into_revealed(), clear))
            .unzip();
        let batch = RecordBatch::try_from_iter([
            (
                "nhs_number",
                Arc::new(StringArray::from(numbers)) as ArrayRef,
            ),
            ("clear", Arc::new(BooleanArray::from(clear)) as ArrayRef),
        ])?;
        self.put_preferences(CHECKED, &batch).await?;
        self.store.points().reach();
        let moment =
            |at| Arc::new(Int64Array::from(vec![control::time::to_millis(at)])) as ArrayRef;
        let words = |text: &str| Arc::new(StringArray::from(vec![text.to_owned()])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([
            ("kind", words(&list.kind)),
            ("digest", words(&answer.digest)),
            ("requested_at", moment(list.requested_at)),
            ("expires_at", moment(answer.expires_at)),
        ])?;
        self.put_preferences(LISTS, &batch).await
    }

    /// Puts rows in the place of a table's.
    pub(super) async fn put_preferences(&self, table: &str, batch: &RecordBatch) -> Result<()> {
        let mut writer = self.store.writer(table, &batch.schema())?;
        writer.write(batch).await?;
        writer.replace("").await?;
        Ok(())
    }

    /// A keyed digest of a cleaned list: without the key nobody can try lists out, however short.
    async fn keyed_digest(&self, cleaned: &Cleaned) -> Result<String> {
        let mut hash = Sha256::new();
        for (number, _) in cleaned.each().filter(|(_, clear)| *clear) {
            hash.update(number.reveal());
        }
        let hash = hex::encode(hash.finalize());
        self.keyed(&format!("cleaned list|{hash}")).await
    }

    /// A keyed token of a text.
    pub(crate) async fn keyed(&self, words: &str) -> Result<String> {
        let sql = sql!("select record_token({}) as token", Sql::text(words));
        let rows = self.engine.look(&[&self.store], &[], &sql).await?;
        let token = rows
            .first()
            .map(|batch| text(batch, 0, 0))
            .filter(|token| !token.is_empty());
        token.context("no keyed token could be made")
    }

    /// The cache is temporary: files of lists whose place others took are deleted.
    async fn forget_old_lists(&self) -> Result<()> {
        let lists = self.workspace.control.preference_lists().await?;
        let files = |list: &PreferenceList| {
            let answer = list.answer.as_ref().map(|a| a.answer_file.clone());
            std::iter::once(list.request_file.clone()).chain(answer)
        };
        let needed: Vec<String> = lists
            .iter()
            .filter(|list| list.state != ListState::Replaced)
            .flat_map(files)
            .collect();
        for list in lists
            .iter()
            .filter(|list| list.state == ListState::Replaced)
        {
            for file in files(list).filter(|file| !needed.contains(file)) {
                self.vault.forget(&file)?;
            }
        }
        Ok(())
    }

    fn line_ending(&self) -> Result<LineEnding> {
        match self.workspace.config.preferences.line_ending.as_str() {
            "lf" => Ok(LineEnding::Lf),
            "crlf" => Ok(LineEnding::CrLf),
            other => bail!("`preferences.line_ending` is `{other}`, and there are `lf` and `crlf`"),
        }
    }
}

/// The answer, where it is the one that holds.
fn already(lists: &[PreferenceList], kind: &str, file: &str) -> Option<Taken> {
    let list = lists
        .iter()
        .find(|l| l.kind == kind && l.state == ListState::Answered)?;
    let answer = list
        .answer
        .clone()
        .filter(|answer| answer.answer_file == file)?;
    Some(Taken {
        list: list.clone(),
        answer,
        was_there: true,
    })
}

/// Why an answer was refused, where that is what went wrong.
pub(crate) fn refusal(fault: &anyhow::Error) -> Option<&CleaningError> {
    fault.downcast_ref::<CleaningError>()
}
