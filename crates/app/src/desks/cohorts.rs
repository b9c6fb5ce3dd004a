//! Cohorts at the analysis desk: people found for their care, counted through the disclosure rules, and sealed as a set
//! of the zone's own pseudonyms; and, later, who of a set may still be led back.
//!
//! INVARIANT: no pseudonym leaves this desk but as a sealed file of the zone, or to be led back under a permit.

use super::{AnalysisDesk, Person, Question};
use crate::cases::Chosen;
use anyhow::{Context, Result, bail};
use govern::{
    Action, Agreement, AuditKeeper, Circumstances, Digest, EntryBody, GovernedView, Kind,
    ObjectKind, PERSON_COLUMN, Terms,
    care::{CareTerms, finding::decide_finding},
};
use model::{Date, Sql, sql};
use release::{Cell, ColumnDescription, ColumnKind, CountTable, Row, RuleSet};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    sync::Arc,
    time::Duration,
};
use store::arrow::{
    array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch, StringArray},
    datatypes::DataType,
};

/// The table of what came of contacts, under the zone's own pseudonyms.
pub(crate) const OUTCOMES: &str = "case_outcome";
/// The first line of a sealed set.
const MARK: &str = "haven cohort 1\n";
/// The largest set that is sealed, in bytes: far more people than any agreement lets be led back.
const LARGEST: u64 = 64 << 20;

/// A set of people as it is sealed: sorted, so that the same people give the same digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedSet {
    people: BTreeSet<String>,
}

impl SealedSet {
    /// How many people.
    pub(crate) fn size(&self) -> u64 {
        self.people.len() as u64
    }

    /// Whether somebody is in it.
    pub(crate) fn holds(&self, pseudonym: &str) -> bool {
        self.people.contains(pseudonym)
    }

    /// The digest by which it is known.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.text())
    }

    fn text(&self) -> String {
        let lines = self.people.iter().flat_map(|p| [p.as_str(), "\n"]);
        std::iter::once(MARK).chain(lines).collect()
    }
}

/// People who were found. Nothing of it may be shown but the size, which has been protected.
pub(crate) struct FoundPeople {
    pub(crate) set: SealedSet,
    /// How many, as the rules let it be shown.
    pub(crate) size_shown: String,
    /// The table by which it is looked up later who may still be led back.
    pub(crate) reads: String,
    pub(crate) agreement_version: String,
    pub(crate) policy_digest: String,
    pub(crate) rule_set: String,
    pub(crate) data_versions: String,
    pub(crate) preference_snapshot: Option<String>,
    pub(crate) decision_id: String,
}

/// Who of a set may be led back today.
pub(crate) struct OpenNow {
    pub(crate) people: BTreeSet<String>,
    /// How many may not: a preference, or what else the agreement leaves out now.
    pub(crate) not_open: u64,
    pub(crate) preference_snapshot: Option<String>,
}

/// Why nobody was found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FindingError {
    /// The question says nobody's pseudonym.
    #[error(
        "the question gives no column `{PERSON_COLUMN}`: start it with `select distinct {PERSON_COLUMN} from`"
    )]
    NoPerson,
    /// The purpose is none for which people may be led back.
    #[error("the agreement lets nobody be found for this purpose")]
    NoPurpose,
    /// It took too long.
    #[error("the question took longer than {seconds} seconds; ask for less")]
    OutOfTime { seconds: u64 },
    /// More than an answer may have.
    #[error("the question finds more people than can be held; ask for those who need it most")]
    TooMany,
}

impl AnalysisDesk<'_> {
    /// Finds people by what was chosen in a form: judged, kept in the log, and only then looked for.
    pub(crate) async fn find_by_form(
        &self,
        agreement: &Agreement,
        care: &CareTerms,
        purpose: &str,
        person: &Person,
        chosen: &Chosen,
    ) -> Result<FoundPeople> {
        let w = self.workspace;
        let question = self
            .finding(
                agreement,
                purpose,
                person,
                chosen.touched(),
                chosen.question().as_str(),
            )
            .await?;
        let permit = decide_finding(
            w.audit.as_ref(),
            agreement,
            care,
            &w.policies,
            &question,
            w.clock.now(),
        )?;
        let views = permit.terms().views();
        let sql = chosen.over(&|table| {
            views.iter().find(|view| view.table == *table).map_or_else(
                || Sql::from(table),
                |view| sql!("({}) as {}", seen(view), *table),
            )
        });
        let people = self.people(views, &sql, 0).await?;
        let found = self
            .found(
                people,
                permit.terms(),
                permit.id(),
                chosen.reads(),
                agreement,
            )
            .await?;
        self.counted(
            permit.entry(Kind::CohortSealed, w.clock.now()),
            "counted",
            &found,
        )?;
        Ok(found)
    }

    /// Finds people by a question in SQL that gives their pseudonyms: asked like any other, and not shown.
    pub(crate) async fn find_by_sql(
        &self,
        agreement: &Agreement,
        care: &CareTerms,
        question: &Question,
    ) -> Result<FoundPeople> {
        let w = self.workspace;
        if !care.purposes.contains(&question.purpose) {
            bail!(FindingError::NoPurpose);
        }
        let agreements = w.agreements().await?;
        let (answer, permit, _) = self.answered(&agreements, question, Action::Ask).await?;
        if answer.cut_off {
            bail!(FindingError::TooMany);
        }
        let at = answer
            .schema
            .fields()
            .iter()
            .position(|f| f.name() == PERSON_COLUMN)
            .ok_or(FindingError::NoPerson)?;
        let mut given = BTreeSet::new();
        for batch in &answer.batches {
            given.extend(texts(batch, at));
        }
        let terms = permit.terms();
        let shows = |view: &&GovernedView| {
            view.columns
                .iter()
                .any(|c| c.name.as_str() == PERSON_COLUMN)
        };
        let view = terms
            .views()
            .iter()
            .find(shows)
            .ok_or(FindingError::NoPerson)?;
        // The asker's pseudonyms are the recipient's own; the set is sealed under those of the zone.
        let own = Sql::fixed("\"person_pseudonym\"");
        let of_recipient = view
            .columns
            .iter()
            .find(|c| c.name.as_str() == PERSON_COLUMN)
            .map(|c| c.expression.clone())
            .ok_or(FindingError::NoPerson)?;
        let sql = sql!(
            "select distinct {}.{} as within, {} as given from {} where {}",
            view.table,
            own,
            of_recipient,
            view.table,
            view.filter
        );
        let mut people = BTreeSet::new();
        for batch in &self.looked(terms.views(), &sql).await? {
            let pairs = texts(batch, 0).into_iter().zip(texts(batch, 1));
            people.extend(
                pairs
                    .filter(|(_, g)| given.contains(g))
                    .map(|(within, _)| within),
            );
        }
        let reads = view.table.as_str().to_owned();
        let found = self
            .found(people, terms, permit.id(), &reads, agreement)
            .await?;
        self.counted(
            permit.entry(Kind::CohortSealed, w.clock.now()),
            "counted",
            &found,
        )?;
        Ok(found)
    }

    /// Seals a set, and gives nothing away: it lies encrypted in the zone under the digest of its content.
    pub(crate) fn seal_cohort(
        &self,
        found: &FoundPeople,
        actor: &Person,
        purpose: &str,
        agreement: &Agreement,
    ) -> Result<()> {
        let w = self.workspace;
        let text = found.set.text();
        let kept = w.cohorts()?.keep(text.as_bytes(), LARGEST, |_| {})?;
        if kept.sha256 != found.set.digest().as_str() {
            bail!("a sealed set has another digest than its people");
        }
        let mut entry = EntryBody::new(
            w.clock.now(),
            Kind::CohortSealed,
            &actor.username,
            govern::Outcome::Done,
        );
        entry.on_behalf_of = Some(actor.organisation.as_str().to_owned());
        entry.object_kind = Some(ObjectKind::Cohort);
        entry.agreement = Some(agreement.reference.clone());
        entry.purpose = Some(purpose.to_owned());
        entry.decision_id = Some(found.decision_id.clone());
        self.counted(entry, "sealed", found)
    }

    /// A sealed set by its digest; it is refused where it is not what was sealed.
    pub(crate) fn sealed_cohort(&self, digest: &str) -> Result<SealedSet> {
        Digest::parse(digest)?;
        let mut text = String::new();
        self.workspace
            .cohorts()?
            .read(digest)
            .context("the sealed set of this cohort is not here")?
            .take(LARGEST)
            .read_to_string(&mut text)
            .context("the sealed set of this cohort cannot be read")?;
        let people = text.strip_prefix(MARK).unwrap_or_default().lines();
        let set = SealedSet {
            people: people.map(str::to_owned).collect(),
        };
        if set.digest().as_str() != digest {
            bail!("the sealed set of this cohort is not the one that was sealed");
        }
        Ok(set)
    }

    /// Who of a sealed set the agreement still opens today, looked up for the professional whom it is to reach.
    pub(crate) async fn open_now(
        &self,
        agreement: &Agreement,
        care: &CareTerms,
        purpose: &str,
        person: &Person,
        reads: &str,
        set: &SealedSet,
    ) -> Result<OpenNow> {
        let w = self.workspace;
        let columns = BTreeSet::from([PERSON_COLUMN.to_owned()]);
        let touched = BTreeMap::from([(reads.to_owned(), columns)]);
        let text = format!("who of the sealed set {} is open now", set.digest());
        let question = self
            .finding(agreement, purpose, person, touched, &text)
            .await?;
        let permit = decide_finding(
            w.audit.as_ref(),
            agreement,
            care,
            &w.policies,
            &question,
            w.clock.now(),
        )?;
        let views = permit.terms().views();
        let view = views.first().context("the agreement opens no table")?;
        let sql = sql!(
            "select distinct \"person_pseudonym\" from ({}) as now",
            seen(view)
        );
        let mut people = self.people(views, &sql, 0).await?;
        people.retain(|p| set.holds(p));
        Ok(OpenNow {
            not_open: set.size().saturating_sub(people.len() as u64),
            preference_snapshot: permit.terms().preference_snapshot().map(str::to_owned),
            people,
        })
    }

    /// Adds what came of a contact to the zone, under a pseudonym and without the day. The key makes it once.
    pub(crate) async fn tell_outcome(
        &self,
        key: &str,
        pseudonym: &str,
        agreement: &str,
        cohort: &str,
        outcome: &str,
        month: Date,
    ) -> Result<()> {
        let text =
            |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value.to_owned()])) };
        let days: ArrayRef = Arc::new(Date32Array::from(vec![month.to_epoch_days()]));
        let batch = RecordBatch::try_from_iter([
            (PERSON_COLUMN, text(pseudonym)),
            ("agreement", text(agreement)),
            ("cohort", text(cohort)),
            ("outcome", text(outcome)),
            ("outcome_month", days),
        ])?;
        if self.store.has_commit(OUTCOMES, key).await? {
            return Ok(());
        }
        let mut writer = self.store.writer(OUTCOMES, &batch.schema())?;
        writer.write(&batch).await?;
        writer.append(key, "").await?;
        Ok(())
    }

    async fn finding(
        &self,
        agreement: &Agreement,
        purpose: &str,
        person: &Person,
        columns: BTreeMap<String, BTreeSet<String>>,
        text: &str,
    ) -> Result<govern::Question> {
        let tables: BTreeSet<String> = columns.keys().cloned().collect();
        let known = agreement.planning_views(&tables);
        let reads: BTreeSet<&str> = known
            .iter()
            .flat_map(|v| v.reads.iter().map(String::as_str))
            .collect();
        let snapshot = self.state_of(&reads).await?;
        Ok(govern::Question {
            agreement: agreement.reference.clone(),
            purpose: purpose.to_owned(),
            person: person.asker(),
            tables,
            columns,
            action: Action::Find,
            sql_digest: Digest::of(text),
            // What is found is shown to nobody, so that the session opens nothing by it.
            circumstances: Circumstances {
                classes_open: BTreeSet::new(),
                ..person.circumstances(Some(agreement), snapshot.as_deref())
            },
            preference_snapshot: snapshot,
        })
    }

    async fn found(
        &self,
        people: BTreeSet<String>,
        terms: &Terms,
        decision: &str,
        reads: &str,
        agreement: &Agreement,
    ) -> Result<FoundPeople> {
        let mut versions = Vec::new();
        for view in terms.views() {
            let name = view.table.as_str();
            for store in self.stores() {
                if let Some(table) = store.table(name).await? {
                    versions.push(format!("{name}@{}", table.version()));
                    break;
                }
            }
        }
        let set = SealedSet { people };
        Ok(FoundPeople {
            size_shown: self.size_shown(terms.rule_set(), set.size())?,
            set,
            reads: reads.to_owned(),
            agreement_version: terms.version().to_owned(),
            policy_digest: agreement.digest().as_str().to_owned(),
            rule_set: terms.rule_set().to_owned(),
            data_versions: versions.join(" "),
            preference_snapshot: terms.preference_snapshot().map(str::to_owned),
            decision_id: decision.to_owned(),
        })
    }

    /// A number of people as a rule set lets it be shown.
    pub(crate) fn size_shown(&self, rule_set: &str, size: u64) -> Result<String> {
        let rules = RuleSet::read(&self.workspace.content, rule_set)?;
        let people = ColumnDescription {
            name: "people".to_owned(),
            title: "People".to_owned(),
            kind: ColumnKind::CountOfPeople,
            person_level: false,
        };
        let row = Row {
            labels: Vec::new(),
            counts: vec![size],
        };
        let table = CountTable::new("Size of a cohort", "", &[people], vec![row])?;
        let protected = release::protect(&rules, &table)?;
        let cell = protected
            .published()
            .rows
            .first()
            .and_then(|r| r.cells.first());
        Ok(match cell {
            Some(Cell::Shown { value, .. }) => pages::format::count(*value),
            Some(Cell::Hidden { symbol, reason, .. }) => format!("{symbol} ({reason})"),
            _ => "not shown".to_owned(),
        })
    }

    /// Keeps that a cohort was counted or sealed. The number is not there: the log would tell what the rules hide.
    fn counted(&self, mut entry: EntryBody, what: &str, found: &FoundPeople) -> Result<()> {
        entry.object_digest = (what == "sealed").then(|| found.set.digest());
        entry.reason = Some(format!("a cohort was {what}, unseen"));
        self.workspace
            .audit
            .keep(entry)
            .context("nothing goes on while the audit log cannot be written")?;
        Ok(())
    }

    async fn people(
        &self,
        views: &[GovernedView],
        sql: &Sql,
        at: usize,
    ) -> Result<BTreeSet<String>> {
        let rows = self.looked(views, sql).await?;
        Ok(rows.iter().flat_map(|batch| texts(batch, at)).collect())
    }

    /// Rows of a query of ours over what these views read. Ends when its time is up.
    async fn looked(&self, views: &[GovernedView], sql: &Sql) -> Result<Vec<RecordBatch>> {
        let reads: BTreeSet<&str> = views
            .iter()
            .flat_map(|v| v.reads.iter().map(String::as_str).chain([v.table.as_str()]))
            .collect();
        let reads: Vec<&str> = reads.into_iter().collect();
        let seconds = self.workspace.config.engine.answer_seconds;
        let stores = self.stores();
        let looking = self.engine.look(&stores, &reads, sql);
        match tokio::time::timeout(Duration::from_secs(seconds), looking).await {
            Ok(rows) => Ok(rows?),
            Err(_) => bail!(FindingError::OutOfTime { seconds }),
        }
    }
}

/// What an agreement lets be seen of a table, with the zone's own pseudonyms in the place of the recipient's.
fn seen(view: &GovernedView) -> Sql {
    let own = sql!(
        "{}.\"person_pseudonym\" as \"person_pseudonym\"",
        view.table
    );
    let others = view
        .columns
        .iter()
        .filter(|c| c.name.as_str() != PERSON_COLUMN);
    let others = others.map(|c| sql!("{} as {}", c.expression, c.name));
    let columns = Sql::join(std::iter::once(own).chain(others), ", ");
    sql!(
        "select {} from {} where {}",
        columns,
        view.table,
        view.filter
    )
}

/// The texts of a column; what is null is left out.
fn texts(batch: &RecordBatch, at: usize) -> Vec<String> {
    let column = batch.column(at);
    let read = |row: usize| match column.data_type() {
        DataType::Utf8View => column.as_string_view().value(row).to_owned(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).to_owned(),
        _ => column
            .as_string_opt::<i32>()
            .map(|c| c.value(row).to_owned())
            .unwrap_or_default(),
    };
    (0..batch.num_rows())
        .filter(|row| column.is_valid(*row))
        .map(read)
        .collect()
}
