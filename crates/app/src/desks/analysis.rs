//! The analysis desk: deriving, answering and releasing. It cannot open the identified zone.

mod guard;

use super::{
    StepDone,
    identified::{count, text},
    lease::RunUnderWay,
    preferences::Restrictions,
    standing::Standing,
};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Days, TimeDelta};
use control::{NewRelease, ReleaseState};
use govern::{
    Action, Agreements, AuditKeeper, Circumstances, EntryBody, Kind, ObjectKind, Outcome, Permit,
    agreement::{
        clauses::{Checker, Identifiability},
        day_of,
    },
    preferences::{
        PUT_BACK, RESTRICTION,
        state::{CleanedList, PreferenceState},
    },
};
use model::{Ident, OrganisationCode, Pseudonymous, Sql, Step, sql};
use pseudonymise::preferences::{LISTS, MARK, Recorded};
use release::{Cell, ColumnDescription, ColumnKind, CountTable, ReleasableTable, Row, RuleSet};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};
use store::{
    Answer, AnswerLimits, CountShape, Engine, Store,
    arrow::{
        array::{Array, ArrayRef, AsArray},
        compute::cast,
        datatypes::{DataType, Int64Type},
        util::display::{ArrayFormatter, FormatOptions},
    },
};

/// The desk of the analysis side. It reads what was handed over and writes a store of its own.
pub(crate) struct AnalysisDesk<'w> {
    pub(crate) workspace: &'w Workspace,
    pub(crate) handover: Store<Pseudonymous>,
    pub(crate) store: Store<Pseudonymous>,
    pub(crate) engine: Engine,
}

/// The person who asks.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) organisation: OrganisationCode,
    pub(crate) role: String,
    pub(crate) standing: Standing,
}

/// A question under an agreement.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) agreement: String,
    pub(crate) purpose: String,
    pub(crate) person: Person,
    pub(crate) sql: String,
}

/// An answer, for use inside the environment.
pub(crate) struct Asked {
    shown: Shown,
    pub(crate) permit: Permit,
    pub(crate) seconds: f64,
}

/// What is shown: rows, or counts that the agreement's disclosure rules have been through.
enum Shown {
    Rows(Answer),
    Counts(ReleasableTable),
}

impl Asked {
    /// The answer as text, row by row.
    pub(crate) fn cells(&self) -> Result<Vec<Vec<Option<String>>>> {
        match &self.shown {
            Shown::Rows(answer) => cells(answer),
            Shown::Counts(table) => Ok(table
                .published()
                .rows
                .iter()
                .map(|row| {
                    let figures = row.cells.iter().map(|cell| Some(cell.plain()));
                    row.labels.iter().cloned().chain(figures).collect()
                })
                .collect()),
        }
    }

    /// The columns: the name of each, and whether it holds numbers.
    pub(crate) fn columns(&self) -> Vec<(String, bool)> {
        match &self.shown {
            Shown::Rows(answer) => answer
                .schema
                .fields()
                .iter()
                .map(|f| (f.name().clone(), f.data_type().is_numeric()))
                .collect(),
            Shown::Counts(table) => {
                let table = table.published();
                let labels = table.dimensions.iter().map(|d| (d.name.clone(), false));
                let figures = table.columns.iter().map(|c| (c.name.clone(), true));
                labels.chain(figures).collect()
            }
        }
    }

    /// How many rows are shown.
    pub(crate) fn rows(&self) -> usize {
        match &self.shown {
            Shown::Rows(answer) => answer.rows,
            Shown::Counts(table) => table.published().rows.len(),
        }
    }

    /// Whether there were more rows than are shown.
    pub(crate) fn cut_off(&self) -> bool {
        matches!(&self.shown, Shown::Rows(answer) if answer.cut_off)
    }

    /// Whether something is counted, so that the same question may be asked for a release.
    pub(crate) fn counts(&self) -> bool {
        match &self.shown {
            Shown::Rows(answer) => answer
                .shape
                .iter()
                .any(|s| matches!(s, CountShape::CountOfPeople | CountShape::CountOfRows)),
            Shown::Counts(_) => true,
        }
    }

    /// What a reader of protected counts has to know.
    pub(crate) fn notes(&self) -> Vec<String> {
        match &self.shown {
            Shown::Rows(_) => Vec::new(),
            Shown::Counts(table) => table
                .published()
                .notes
                .iter()
                .map(|note| match &note.symbol {
                    Some(symbol) => format!("{symbol} = {}", note.text),
                    None => note.text.clone(),
                })
                .collect(),
        }
    }
}

/// A table that may leave, and where it stands.
pub(crate) struct Released {
    pub(crate) id: String,
    pub(crate) table: ReleasableTable,
    pub(crate) state: ReleaseState,
}

impl AnalysisDesk<'_> {
    /// Both stores that this desk reads; its own comes first.
    pub(crate) fn stores(&self) -> [&Store<Pseudonymous>; 2] {
        [&self.store, &self.handover]
    }

    /// The names of the tables that this desk can read.
    pub(crate) async fn tables(&self) -> Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for store in self.stores() {
            names.extend(store.names().await?);
        }
        Ok(names)
    }

    /// Runs the steps of the derived tables.
    pub(crate) async fn derive(
        &self,
        steps: &[Step<Pseudonymous>],
        tell: &mut dyn FnMut(&StepDone),
    ) -> Result<Vec<StepDone>> {
        let w = self.workspace;
        let names = steps.iter().map(|s| s.name.clone()).collect();
        let run =
            RunUnderWay::begin(&w.control, &w.clock, w.config.run_lease(), "derive", names).await?;
        let stores = self.stores();
        let work =
            async |step: &Step<Pseudonymous>| self.engine.run(&stores, &self.store, step).await;
        let done = run.each(steps, tell, work).await?;
        let mut entry = EntryBody::new(w.clock.now(), Kind::Derived, "pipeline", Outcome::Done);
        entry.object_kind = Some(ObjectKind::Table);
        entry.rows = Some(done.iter().map(|d| d.rows).sum());
        w.audit
            .keep(entry)
            .context("nothing goes on while the audit log cannot be written")?;
        Ok(done)
    }

    /// Answers a question: judged, kept in the log, and only then asked. An agreement for aggregates answers with
    /// protected counts and nothing else.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Asked> {
        let agreements = self.workspace.agreements().await?;
        let tables = self.engine.tables_of(&question.sql)?;
        let today = day_of(self.workspace.clock.now());
        let aggregates = agreements
            .on(&question.agreement, today)
            .is_some_and(|agreement| {
                let of_tables = agreement
                    .datasets
                    .iter()
                    .filter(|(name, _)| tables.contains(name.as_str()))
                    .map(|(_, terms)| agreement.class_of(terms));
                of_tables
                    .chain([agreement.identifiability])
                    .any(|class| class == Identifiability::AnonymousAggregate)
            });
        if !aggregates {
            let (answer, permit, seconds) =
                self.answered(&agreements, question, Action::Ask).await?;
            return Ok(Asked {
                shown: Shown::Rows(answer),
                permit,
                seconds,
            });
        }
        let (answer, permit, seconds) = self.answered(&agreements, question, Action::Count).await?;
        let table = self.protected(&answer, &permit, "Counts")?;
        Ok(Asked {
            shown: Shown::Counts(table),
            permit,
            seconds,
        })
    }

    /// The counts of an answer after the rules of the agreement; a refusal of the rules is kept.
    fn protected(&self, answer: &Answer, permit: &Permit, title: &str) -> Result<ReleasableTable> {
        let w = self.workspace;
        let terms = permit.terms();
        let rules = RuleSet::read(&w.content, terms.rule_set())?;
        let source = format!(
            "Haven, agreement {} version {}, purpose {}",
            terms.agreement(),
            terms.version(),
            terms.purpose()
        );
        let protected =
            count_table(answer, title, &source).and_then(|t| Ok(release::protect(&rules, &t)?));
        if protected.is_err() {
            let mut entry = permit.entry(Kind::ReleaseRefused, w.clock.now());
            entry.outcome = Outcome::Refused;
            w.audit.keep(entry)?;
        }
        protected
    }

    pub(super) async fn answered(
        &self,
        agreements: &Agreements,
        question: &Question,
        action: Action,
    ) -> Result<(Answer, Permit, f64)> {
        let w = self.workspace;
        let tables = self.engine.tables_of(&question.sql)?;
        let known = agreements
            .on(&question.agreement, day_of(w.clock.now()))
            .map(|a| a.planning_views(&tables))
            .unwrap_or_default();
        let touched = self
            .engine
            .touched(&self.stores(), &known, &question.sql)
            .await?;
        let reads: BTreeSet<&str> = known
            .iter()
            .flat_map(|v| v.reads.iter().map(String::as_str))
            .collect();
        let agreement = agreements.on(&question.agreement, day_of(w.clock.now()));
        let snapshot = self.state_of(&reads).await?;
        let drawn = match action {
            Action::Release => self.drawn(&question.agreement, &touched.tables).await?,
            Action::Ask | Action::Count | Action::Find => BTreeMap::new(),
        };
        let governed = govern::Question {
            agreement: question.agreement.clone(),
            purpose: question.purpose.clone(),
            person: question.person.asker(),
            tables: touched.tables,
            columns: touched.columns,
            action,
            sql_digest: govern::Digest::of(&question.sql),
            circumstances: Circumstances {
                drawn,
                ..question
                    .person
                    .circumstances(agreement, snapshot.as_deref())
            },
            preference_snapshot: snapshot,
        };
        let permit = govern::decide(
            w.audit.as_ref(),
            agreements,
            &w.policies,
            &governed,
            w.clock.as_ref(),
        )?;
        question
            .person
            .opens(
                w,
                agreement,
                permit.terms().views().iter().map(|v| v.table.as_str()),
            )
            .await?;
        let limits = AnswerLimits {
            rows: match action {
                Action::Ask | Action::Find => w.config.engine.answer_rows,
                Action::Count | Action::Release => usize::MAX,
            },
            time: Duration::from_secs(w.config.engine.answer_seconds),
        };
        let started = Instant::now();
        let answer = self
            .engine
            .answer(&self.stores(), &permit, &question.sql, limits)
            .await?;
        let mut entry = permit.entry(Kind::Answered, w.clock.now());
        entry.rows = Some(answer.rows as u64);
        w.audit.keep(entry)?;
        Ok((answer, permit, started.elapsed().as_secs_f64()))
    }

    /// Asks a question that counts, protects the counts, and writes the table down as one that may leave.
    pub(crate) async fn release(&self, question: &Question, title: &str) -> Result<Released> {
        let w = self.workspace;
        let agreements = w.agreements().await?;
        let (answer, permit, _) = self
            .answered(&agreements, question, Action::Release)
            .await?;
        let terms = permit.terms();
        let table = self.protected(&answer, &permit, title)?;
        let mut basis = self.basis(terms).await?;
        let held = match self.beside_earlier(&basis, table.published()).await {
            Ok(held) => held,
            Err(fault) => {
                let mut entry = permit.entry(Kind::ReleaseRefused, w.clock.now());
                entry.outcome = Outcome::Refused;
                entry.reason =
                    Some("beside an earlier release it would tell who opted out".to_owned());
                w.audit.keep(entry)?;
                return Err(fault);
            }
        };
        let found = match terms.checker() {
            // Beside a total, a hidden number may be worked out until complementary suppression is there.
            Checker::WhenRulesFindSomething => hides_beside_totals(&table),
            Checker::OnePerson | Checker::TwoPeople => true,
        };
        let needs_checker = found || held.is_some();
        let state = if needs_checker {
            ReleaseState::InReview
        } else {
            ReleaseState::Released
        };
        let json = table.published().json()?;
        let id = govern::Digest::of(format!(
            "{json}{}{}",
            question.person.username,
            w.clock.now()
        ))
        .short()
        .to_owned();
        // Before the release itself: one without its basis could not be held against others.
        basis.release.clone_from(&id);
        basis.held_because = held.unwrap_or_default();
        w.control.keep_release_basis(&basis).await?;
        let mut entry = permit.entry(Kind::Released, w.clock.now());
        entry.object_kind = Some(ObjectKind::Release);
        entry.object_digest = Some(govern::Digest::of(&json));
        entry.reason = Some(format!("release {id}"));
        w.audit.keep(entry)?;
        w.control
            .add_release(&NewRelease {
                id: id.clone(),
                title: title.to_owned(),
                agreement: terms.agreement().to_owned(),
                agreement_version: terms.version().to_owned(),
                purpose: terms.purpose().to_owned(),
                rule_set: terms.rule_set().to_owned(),
                table_json: json,
                created_at: w.clock.now(),
                created_by: question.person.username.clone(),
                state,
            })
            .await?;
        Ok(Released { id, table, state })
    }

    /// The state of the tables that row filters look into, such as the preferences: their versions, and the cleaned
    /// list that went into them. One that was never taken stands there as one that ran out at the beginning of time.
    pub(super) async fn state_of(&self, tables: &BTreeSet<&str>) -> Result<Option<String>> {
        let mut state = PreferenceState::default();
        for name in tables {
            for store in self.stores() {
                if let Some(table) = store.table(name).await? {
                    state.tables.push(format!("{name}@{}", table.version()));
                    break;
                }
            }
        }
        let w = self.workspace;
        let (restrictions, waits) = (w.restrictions().await?, w.control.put_back_waiting().await?);
        if state.tables.is_empty() && restrictions.is_none() && waits.is_none() {
            return Ok(None);
        }
        if self.tables().await?.contains(LISTS) {
            // The setting may have become shorter since the list was taken.
            let days = TimeDelta::days(i64::from(w.config.preferences.list_days));
            // What people said between a backup and its being put back is in no list of before.
            let put_back = w.control.last_put_back().await?;
            let sql = Sql::fixed(
                "select kind, digest, requested_at, expires_at from preference_list order by kind",
            );
            for batch in self.engine.look(&self.stores(), &[LISTS], &sql).await? {
                for row in 0..batch.num_rows() {
                    let moment = |column| {
                        let millis = i64::try_from(count(&batch, column, row)).unwrap_or_default();
                        DateTime::from_timestamp_millis(millis).unwrap_or_default()
                    };
                    let last = moment(3).min(moment(2) + days);
                    let ended = put_back.filter(|at| moment(2) <= *at);
                    state.lists.push(CleanedList {
                        kind: text(&batch, 0, row),
                        digest: text(&batch, 1, row),
                        requested_at: moment(2),
                        expires_at: ended.map_or(last, |at| last.min(at)),
                    });
                }
            }
        }
        let cleaned = Recorded::read(&w.content)?.cleaned;
        if state.list(&cleaned).is_none() {
            state.lists.push(CleanedList::none(&cleaned));
        }
        if let Some(at) = waits {
            state.lists.push(CleanedList {
                requested_at: at,
                expires_at: at,
                ..CleanedList::none(PUT_BACK)
            });
        }
        if let Some(stand) = restrictions {
            let list = self.restricted_list(&stand).await?;
            state.lists.push(list);
        }
        Ok(Some(state.line()))
    }
}

impl AnalysisDesk<'_> {
    /// The restrictions that stand, as a list: one that ran out where what crossed is not of just these.
    async fn restricted_list(&self, stand: &Restrictions) -> Result<CleanedList> {
        let table = Recorded::read(&self.workspace.content)?.table;
        let mut crossed = false;
        if let Some(name) = Ident::new(&table)
            && self.tables().await?.contains(&table)
        {
            let query = sql!(
                "select distinct basis from {} where person_pseudonym is null and kind = {}",
                name,
                Sql::text(RESTRICTION)
            );
            let wanted = format!("{MARK}{}", stand.digest);
            for batch in self.engine.look(&self.stores(), &[&table], &query).await? {
                crossed |= (0..batch.num_rows()).any(|row| text(&batch, 0, row) == wanted);
            }
        }
        // It does not run out by itself: a restriction stands until its case is closed.
        let ends = stand.newest + Days::new(366 * 100);
        Ok(CleanedList {
            kind: RESTRICTION.to_owned(),
            digest: stand.digest.clone(),
            requested_at: stand.newest,
            expires_at: if crossed { ends } else { stand.newest },
        })
    }
}

/// Whether numbers are hidden in a table that also shows totals.
fn hides_beside_totals(table: &ReleasableTable) -> bool {
    let rows = &table.published().rows;
    let hidden = rows
        .iter()
        .flat_map(|row| &row.cells)
        .any(|cell| matches!(cell, Cell::Hidden { .. }));
    hidden
        && rows
            .iter()
            .any(|row| row.labels.iter().any(Option::is_none))
}

/// An answer as a count table, when its plan is one.
fn count_table(answer: &Answer, title: &str, source: &str) -> Result<CountTable> {
    if answer.cut_off {
        bail!("the table is too large to be released");
    }
    let columns: Vec<ColumnDescription> = answer
        .schema
        .fields()
        .iter()
        .zip(&answer.shape)
        .map(|(field, shape)| ColumnDescription {
            name: field.name().clone(),
            title: sentence(field.name()),
            kind: match shape {
                CountShape::Dimension => ColumnKind::Dimension,
                CountShape::CountOfPeople => ColumnKind::CountOfPeople,
                CountShape::CountOfRows => ColumnKind::CountOfRows,
                CountShape::Other(why) => ColumnKind::Other(why.clone()),
            },
            person_level: field.name().contains("pseudonym"),
        })
        .collect();
    let mut rows = Vec::new();
    for batch in &answer.batches {
        let options = FormatOptions::default();
        let labels: Vec<(usize, ArrayFormatter<'_>)> = dimensions(answer)
            .map(|at| {
                Ok((
                    at,
                    ArrayFormatter::try_new(batch.column(at).as_ref(), &options)?,
                ))
            })
            .collect::<Result<_>>()?;
        let counts: Vec<ArrayRef> = counted(answer)
            .map(|at| cast(batch.column(at), &DataType::Int64))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let label = |(at, words): &(usize, ArrayFormatter<'_>)| {
                let known = batch.column(*at).is_valid(row);
                if known {
                    Some(words.value(row).to_string())
                } else if answer.has_totals {
                    None
                } else {
                    Some("Not known".to_owned())
                }
            };
            let count = |column: &ArrayRef| {
                column
                    .as_primitive_opt::<Int64Type>()
                    .and_then(|c| u64::try_from(c.value(row)).ok())
                    .unwrap_or_default()
            };
            rows.push(Row {
                labels: labels.iter().map(label).collect(),
                counts: counts.iter().map(count).collect(),
            });
        }
    }
    Ok(CountTable::new(title, source, &columns, rows)?)
}

fn dimensions(answer: &Answer) -> impl Iterator<Item = usize> {
    answer
        .shape
        .iter()
        .enumerate()
        .filter(|(_, s)| **s == CountShape::Dimension)
        .map(|(at, _)| at)
}

fn counted(answer: &Answer) -> impl Iterator<Item = usize> {
    answer
        .shape
        .iter()
        .enumerate()
        .filter(|(_, s)| matches!(s, CountShape::CountOfPeople | CountShape::CountOfRows))
        .map(|(at, _)| at)
}

fn cells(answer: &Answer) -> Result<Vec<Vec<Option<String>>>> {
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for batch in &answer.batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c.as_ref(), &options))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let line = columns
                .iter()
                .zip(batch.columns())
                .map(|(words, column)| column.is_valid(row).then(|| words.value(row).to_string()))
                .collect();
            rows.push(line);
        }
    }
    Ok(rows)
}

/// A column name as words: `age_band` becomes `Age band`.
fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
