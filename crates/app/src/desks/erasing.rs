//! One person at the identified desk: found by the keyed digest of a number, with every row about them in every table;
//! taken out of tables, findings and originals, and not taken in again.
//!
//! INVARIANT: numbers come in as digests and stay at this desk; what goes out is a pseudonym, a count or the person's
//! own rows for the person.

use super::{
    IdentifiedDesk,
    identified::{count, text},
    landing::FINDINGS,
};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use control::{SubmissionRecord, SubmissionState};
use land::receive::{RawBatch, ReceiveSettings, open_seekable};
use link::LinkageModel;
use model::{Dataset, FieldKind, Ident, Identifying, Sql, Zone as _, source_key, sql};
use pseudonymise::{
    Handover, Treatment,
    preferences::{CHECKED, ENTRIES, PEOPLE},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};
use store::{Rewritten, TakenOut, ZoneKey};

/// The table of the people who said something about the use of their records.
pub(super) const SUBJECTS: &str = "preference_subject";
/// The table of records that came to be about another person.
const CHANGES: &str = "link_change";
/// What the keyed digest of a person's number is made for.
const PURPOSE: &str = "haven person 1";

/// Work tables of the identified zone that no step makes again, with the column of a person's number.
const BY_NUMBER: [(&str, &str); 4] = [
    (SUBJECTS, "nhs_number"),
    (ENTRIES, "nhs_number"),
    (CHECKED, "nhs_number"),
    (link::DECIDED, "person_number"),
];

/// Other tables in which a number stands.
const NUMBERS_TOO: [(&str, &str); 5] = [
    (link::INDEX, "nhs_number"),
    (link::RECORDS, "nhs_number"),
    (link::CHOICES, "person_number"),
    (link::NUMBERS, "nhs_number"),
    (PEOPLE, "nhs_number"),
];

/// Makes keyed digests of people's numbers: the same for the same number, and nothing to whoever lacks the zone's key.
#[derive(Clone)]
pub(crate) struct PersonDigests(ZoneKey);

impl PersonDigests {
    /// The digest of a number.
    pub(crate) fn of(&self, number: &str) -> Result<String> {
        Ok(self.0.keyed_digest(PURPOSE, number)?)
    }
}

impl Workspace {
    /// Whoever makes the digests of people's numbers in this workspace.
    pub(crate) fn person_digests(&self) -> Result<PersonDigests> {
        self.of_zone(crate::config::ProcessZone::Landing)?;
        let zone = &self.config.identified;
        let key = self
            .keys
            .of_store(&self.config, zone, model::Identifiable::NAME)?;
        Ok(PersonDigests(key))
    }
}

/// A person as this workspace knows them.
#[derive(Debug, Default)]
pub(crate) struct PersonHere {
    /// Every number that they have had.
    numbers: BTreeSet<Identifying<String>>,
    /// Their internal identities.
    ids: BTreeSet<String>,
    /// The records that are about them: source, and what names each.
    records: BTreeMap<String, BTreeSet<String>>,
    /// What names them at a sender: sender, and local number.
    local: BTreeSet<(String, String)>,
    /// Records with one of their numbers that are about somebody else.
    others: BTreeMap<String, BTreeSet<String>>,
}

impl PersonHere {
    /// The name under which detail about the person is kept beside the audit log, one for each number.
    pub(crate) fn subjects(&self) -> Vec<String> {
        self.numbers.iter().map(subject_of).collect()
    }

    /// Which rows of a work table are of their records, speaking of the table as `t`.
    fn records_as_sql(&self) -> Sql {
        let of = self.records.iter().map(|(source, keys)| {
            sql!(
                "t.source = {} and t.source_key in ({})",
                Sql::text(source),
                words(keys.iter().cloned())
            )
        });
        any_of(of.collect())
    }

    /// Their internal identities.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.ids.iter().map(String::as_str).collect()
    }
}

/// The name under which detail about a person is kept beside the audit log.
pub(crate) fn subject_of(number: &Identifying<String>) -> String {
    format!("nhs|{}", number.reveal())
}

/// Where rows about a person are in a table.
#[derive(Debug, Clone)]
pub(crate) struct RowsAbout {
    pub(crate) table: String,
    /// What people call it.
    pub(crate) title: String,
    /// Which rows, speaking of the table as `t`.
    pub(crate) rows: Sql,
    /// Columns of other people's rows that point at the person, with the condition.
    pub(crate) pointing: Vec<(Ident, Sql)>,
    /// Whether its rows came in a file.
    pub(crate) landed: bool,
}

/// A row of a file that is about a person or points at them.
pub(crate) type Places = BTreeMap<String, BTreeSet<u64>>;

fn words(values: impl Iterator<Item = String>) -> Sql {
    Sql::join(values.map(|value| Sql::text(&value)), ", ")
}

fn any_of(conditions: Vec<Sql>) -> Sql {
    if conditions.is_empty() {
        return Sql::fixed("false");
    }
    Sql::join(conditions.into_iter().map(|c| sql!("({})", c)), " or ")
}

impl IdentifiedDesk<'_> {
    /// The numbers of the person whose number has this keyed digest, as far as the workspace has any of them.
    pub(crate) async fn numbers_of(
        &self,
        digest: &str,
        digests: &PersonDigests,
    ) -> Result<BTreeSet<Identifying<String>>> {
        let here = self.landed().await?;
        let mut places: BTreeSet<(String, String)> = NUMBERS_TOO
            .iter()
            .chain(&BY_NUMBER)
            .map(|(table, column)| ((*table).to_owned(), (*column).to_owned()))
            .collect();
        for dataset in self.datasets()? {
            let columns = pointing_columns(&dataset);
            places.extend(columns.map(|column| (dataset.table.clone(), column.to_owned())));
        }
        for (table, column) in places {
            let (Some(name), Some(column)) = (Ident::new(&table), Ident::new(&column)) else {
                continue;
            };
            let there = here.contains(&table)
                && self
                    .store
                    .schema(&table)
                    .await?
                    .is_some_and(|s| s.field_with_name(column.as_str()).is_ok());
            if !there {
                continue;
            }
            let query = sql!(
                "select distinct nhs_number_key(t.{}) as number from {} as t where t.{} is not null",
                column,
                name,
                column
            );
            let (mut found, mut fault) = (None, None);
            let look = |batch: &store::arrow::array::RecordBatch| {
                for row in 0..batch.num_rows() {
                    let number = text(batch, 0, row);
                    match digests.of(&number) {
                        Ok(made) if made == digest => found = Some(number),
                        Ok(_) => {}
                        Err(why) => fault = Some(why),
                    }
                }
                found.is_none() && fault.is_none()
            };
            self.engine
                .each(&[&self.store], &[table.as_str()], &query, look)
                .await?;
            if let Some(why) = fault {
                return Err(why);
            }
            if let Some(number) = found {
                return self.with_earlier_numbers(number).await;
            }
        }
        Ok(BTreeSet::new())
    }

    /// A number with those that gave way to it and the one that it gave way to.
    async fn with_earlier_numbers(&self, number: String) -> Result<BTreeSet<Identifying<String>>> {
        let mut all = BTreeSet::from([number]);
        if self.store.table(link::NUMBERS).await?.is_some() {
            // Twice: up to the number of now, and down to all that lead to it.
            for _ in 0..2 {
                let known = words(all.iter().cloned());
                let query = sql!(
                    "select nhs_number, now from link_number where nhs_number in ({}) or now in ({})",
                    known,
                    known
                );
                let rows = self
                    .engine
                    .look(&[&self.store], &[link::NUMBERS], &query)
                    .await?;
                for batch in &rows {
                    for row in 0..batch.num_rows() {
                        all.extend([text(batch, 0, row), text(batch, 1, row)]);
                    }
                }
            }
        }
        all.remove("");
        Ok(all.into_iter().map(Identifying::new).collect())
    }

    /// Everything by which a person is known here. Records that came since the last linkage are known by their number.
    pub(crate) async fn person_here(
        &self,
        numbers: BTreeSet<Identifying<String>>,
    ) -> Result<PersonHere> {
        let mut person = PersonHere {
            numbers,
            ..PersonHere::default()
        };
        if person.numbers.is_empty() {
            return Ok(person);
        }
        let all = person.numbers_as_sql();
        for number in &person.numbers {
            let query = sql!(
                "select internal_identity('index|' || {}) as id",
                Sql::text(number.reveal())
            );
            person.ids.extend(self.column(&[], &query).await?);
        }
        let here = self.landed().await?;
        let linked = [link::LINKS, link::RECORDS, link::CHOICES];
        if !linked
            .iter()
            .all(|table| here.iter().any(|there| there == table))
        {
            return Ok(person);
        }
        let query = sql!(
            "select distinct l.person_id from person_link as l
join link_record as r on r.source = l.source and r.source_key = l.source_key
left join link_choice as c on c.source = l.source and c.source_key = l.source_key
where coalesce(c.person_number, r.nhs_number) in ({})",
            all
        );
        person.ids.extend(self.column(&linked, &query).await?);
        let query = sql!(
            "select distinct source, source_key from person_link where person_id in ({})",
            words(person.ids.iter().cloned())
        );
        person.records = self.pairs(&[link::LINKS], &query).await?;
        let query = sql!(
            "select distinct r.source, r.source_key from link_record as r
join link_choice as c on c.source = r.source and c.source_key = r.source_key
where r.nhs_number in ({}) and c.person_number is not null and c.person_number not in ({})",
            all,
            all
        );
        person.others = self.pairs(&[link::RECORDS, link::CHOICES], &query).await?;
        for source in self.sources()? {
            let Some(keys) = person.records.get(source.table.as_str()) else {
                continue;
            };
            let Some(local) = source
                .source_key
                .iter()
                .find(|part| part.as_str() != "sender")
            else {
                continue;
            };
            let Some(t) = Ident::new("t") else { continue };
            let query = sql!(
                "select distinct t.sender, t.{} from {} as t where {} in ({})",
                *local,
                source.table,
                source_key(&t, &source.source_key),
                words(keys.iter().cloned())
            );
            let table = source.table.as_str();
            if here.iter().any(|there| there == table) {
                for (sender, values) in self.pairs(&[table], &query).await? {
                    let values = values.into_iter().filter(|value| !value.is_empty());
                    person
                        .local
                        .extend(values.map(|value| (sender.clone(), value)));
                }
            }
        }
        Ok(person)
    }

    /// Where rows about a person are: in what was landed, and in the tables that no step makes again.
    pub(crate) async fn rows_about(&self, person: &PersonHere) -> Result<Vec<RowsAbout>> {
        if person.numbers.is_empty() {
            return Ok(Vec::new());
        }
        let here = self.landed().await?;
        let mut found = Vec::new();
        let handovers = Handover::read_all(&self.workspace.content)?;
        let sources = self.sources()?;
        let mut seen = BTreeSet::new();
        let datasets = self.datasets()?;
        for dataset in &datasets {
            if !here.contains(&dataset.table) || !seen.insert(&dataset.table) {
                continue;
            }
            let Some(schema) = self.store.schema(&dataset.table).await? else {
                continue;
            };
            let mut columns: BTreeSet<String> = BTreeSet::new();
            for release in datasets.iter().filter(|d| d.table == dataset.table) {
                columns.extend(pointing_columns(release).map(str::to_owned));
            }
            columns.retain(|column| schema.field_with_name(column).is_ok());
            let source = sources.iter().find(|s| s.table.as_str() == dataset.table);
            let linked: Vec<&Ident> = handovers
                .iter()
                .filter(|h| h.table() == dataset.table)
                .flat_map(Handover::treatments)
                .filter_map(|(_, treatment)| match treatment {
                    Treatment::LinkedPerson { key } => {
                        key.iter().find(|part| part.as_str() != "sender")
                    }
                    _ => None,
                })
                .collect();
            found.push(person.in_table(dataset, source, &columns, &linked));
        }
        for (table, column) in BY_NUMBER {
            if !here.iter().any(|there| there == table) {
                continue;
            }
            let Some(column) = Ident::new(column) else {
                continue;
            };
            let mut rows = vec![sql!("t.{} in ({})", column, person.numbers_as_sql())];
            if table == link::DECIDED {
                let subjects = self.subjects_of(person).await?;
                if !subjects.is_empty() {
                    rows.push(sql!("t.subject in ({})", words(subjects.into_iter())));
                }
            }
            found.push(RowsAbout::of_work(table, any_of(rows)));
        }
        if here.iter().any(|there| there == CHANGES) && !person.records.is_empty() {
            found.push(RowsAbout::of_work(CHANGES, person.records_as_sql()));
        }
        Ok(found)
    }

    /// The tokens of the details with which the person's records were weighed.
    async fn subjects_of(&self, person: &PersonHere) -> Result<Vec<String>> {
        let has = self
            .store
            .schema(link::CHOICES)
            .await?
            .is_some_and(|s| s.field_with_name("subject").is_ok());
        if !has || person.records.is_empty() {
            return Ok(Vec::new());
        }
        let query = sql!(
            "select distinct t.subject from link_choice as t where t.subject is not null and ({})",
            person.records_as_sql()
        );
        self.column(&[link::CHOICES], &query).await
    }

    /// How many rows of a table are about the person, and how many others point at them.
    pub(crate) async fn how_many(&self, about: &RowsAbout) -> Result<(u64, u64)> {
        let Some(table) = Ident::new(&about.table) else {
            return Ok((0, 0));
        };
        let pointing = any_of(
            about
                .pointing
                .iter()
                .map(|(_, when)| when.clone())
                .collect(),
        );
        let query = sql!(
            "select coalesce(sum(case when {} then 1 else 0 end), 0) as about,
  coalesce(sum(case when not coalesce({}, false) and ({}) then 1 else 0 end), 0) as pointing from {} as t",
            about.rows,
            about.rows,
            pointing,
            table
        );
        let rows = self
            .engine
            .look(&[&self.store], &[about.table.as_str()], &query)
            .await?;
        let first = rows.iter().find(|batch| batch.num_rows() > 0);
        Ok(first.map_or((0, 0), |batch| (count(batch, 0, 0), count(batch, 1, 0))))
    }

    /// The rows of files that are about the person or point at them, by submission.
    pub(crate) async fn places(&self, all: &[RowsAbout]) -> Result<Places> {
        let mut places = Places::new();
        for about in all.iter().filter(|about| about.landed) {
            let Some(table) = Ident::new(&about.table) else {
                continue;
            };
            let mut either: Vec<Sql> = vec![about.rows.clone()];
            either.extend(about.pointing.iter().map(|(_, when)| when.clone()));
            let query = sql!(
                "select distinct t.submission_id, t.row_number from {} as t where {}",
                table,
                any_of(either)
            );
            let rows = self
                .engine
                .look(&[&self.store], &[about.table.as_str()], &query)
                .await?;
            for batch in &rows {
                for row in 0..batch.num_rows() {
                    places
                        .entry(text(batch, 0, row))
                        .or_default()
                        .insert(count(batch, 1, row));
                }
            }
        }
        Ok(places)
    }

    /// The submissions whose kept file is about the person: those of whose rows some are, and those in whose cells one
    /// of the digests' numbers stands. With them what could not be looked into, in words.
    pub(crate) async fn files_about(
        &self,
        places: &Places,
        wanted: &BTreeSet<String>,
        digests: &PersonDigests,
    ) -> Result<(Vec<SubmissionRecord>, Vec<String>)> {
        let (mut found, mut blind) = (Vec::new(), Vec::new());
        for record in self.workspace.control.all_submissions().await? {
            if !self.vault.holds(&record.sha256) {
                continue;
            }
            // It is being checked, and its rows about the person are left out of what it lands.
            if record.state == SubmissionState::Received {
                continue;
            }
            if places.contains_key(record.id.as_str()) {
                found.push(record);
                continue;
            }
            match self.holds_number(&record, wanted, digests) {
                Ok(true) => found.push(record),
                Ok(false) => {}
                Err(_) => blind.push(format!(
                    "the file of submission {} cannot be read as a table, and whether it is about the person is not known",
                    record.id
                )),
            }
        }
        Ok((found, blind))
    }

    /// Whether a number with one of these digests stands in a cell of a kept file.
    fn holds_number(
        &self,
        record: &SubmissionRecord,
        wanted: &BTreeSet<String>,
        digests: &PersonDigests,
    ) -> Result<bool> {
        let dataset = Dataset::read(&self.workspace.content, &record.dataset)?;
        let file = self.vault.read(&record.sha256)?;
        let mut receiver = open_seekable(Box::new(file), &dataset, &ReceiveSettings::default())?;
        let mut batch = RawBatch::default();
        while let Some(read) = receiver.next_batch(batch)? {
            for cell in read
                .columns
                .iter()
                .flat_map(land::receive::RawColumn::cells)
            {
                if let Some(number) = link::nhs_number_key(cell)
                    && wanted.contains(&digests.of(&number)?)
                {
                    return Ok(true);
                }
            }
            batch = read;
        }
        Ok(false)
    }

    /// Takes the person out of one table.
    pub(crate) async fn take_person_out(&self, about: &RowsAbout) -> Result<Rewritten> {
        let what = TakenOut {
            table: &about.table,
            gone: &about.rows,
            blanked: &about.pointing,
        };
        let done = self
            .engine
            .take_rows_out(&self.store, &what, "rows about a person were erased")
            .await?;
        self.store.points().reach();
        Ok(done)
    }

    /// Takes findings about rows of files out, and those whose cell is one of the person's numbers.
    pub(crate) async fn take_findings_out(
        &self,
        person: &PersonHere,
        places: &Places,
    ) -> Result<Rewritten> {
        if self.store.table(FINDINGS).await?.is_none() {
            return Ok(Rewritten::default());
        }
        let mut rows: Vec<Sql> = places
            .iter()
            .map(|(submission, rows)| {
                let rows = rows.iter().filter_map(|row| i64::try_from(*row).ok());
                sql!(
                    "t.submission_id = {} and t.row_number in ({})",
                    Sql::text(submission),
                    Sql::join(rows.map(Sql::number), ", ")
                )
            })
            .collect();
        if !person.numbers.is_empty() {
            rows.push(sql!(
                "nhs_number_key(t.cell) in ({})",
                person.numbers_as_sql()
            ));
        }
        let about = RowsAbout::of_work(FINDINGS, any_of(rows));
        self.take_person_out(&about).await
    }

    /// The person's pseudonyms in the analysis zone, under the key in use.
    pub(crate) async fn pseudonyms_of(&self, person: &PersonHere) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for id in &person.ids {
            let query = sql!("select pseudonym({}) as made", Sql::text(id));
            found.extend(self.column(&[], &query).await?);
        }
        Ok(found)
    }

    /// Deletes the requests and answers of cleaned lists in which the person stands: what they came to is in a table.
    pub(crate) async fn forget_lists_of(&self, person: &PersonHere) -> Result<Vec<String>> {
        let mut gone = Vec::new();
        for list in self.workspace.control.preference_lists().await? {
            let answer = list.answer.as_ref().map(|a| a.answer_file.clone());
            for file in std::iter::once(list.request_file.clone()).chain(answer) {
                if !self.vault.holds(&file) {
                    continue;
                }
                let mut body = String::new();
                self.vault
                    .read(&file)?
                    .read_to_string(&mut body)
                    .context("a list that was sent to be cleaned cannot be read")?;
                if person.numbers.iter().any(|n| body.contains(n.reveal())) {
                    self.vault.forget(&file)?;
                    gone.push(format!(
                        "identified/vault: a file of cleaned list {}",
                        list.number
                    ));
                }
            }
        }
        Ok(gone)
    }

    fn datasets(&self) -> Result<Vec<Dataset>> {
        let content = &self.workspace.content;
        let mut all = Vec::new();
        for name in Dataset::names(content) {
            all.push(Dataset::read(content, &name)?);
        }
        Ok(all)
    }

    fn sources(&self) -> Result<Vec<link::Source>> {
        let content = &self.workspace.content;
        let defaults = laptop::Defaults::read(content)?;
        let model = LinkageModel::read(content, &defaults.linkage)?;
        Ok(model.sources.into_iter().chain([model.index]).collect())
    }

    /// The keyed tokens under which cases about the person's wishes are kept.
    pub(crate) async fn preference_tokens(&self, person: &PersonHere) -> Result<BTreeSet<String>> {
        let mut tokens = BTreeSet::new();
        for number in &person.numbers {
            let words = format!("preference|{}", number.reveal());
            tokens.insert(self.keyed(&words).await?);
        }
        Ok(tokens)
    }

    /// The first column of a query.
    async fn column(&self, reads: &[&str], query: &Sql) -> Result<Vec<String>> {
        let rows = self.engine.look(&[&self.store], reads, query).await?;
        let rows = rows
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(|row| text(batch, 0, row)));
        Ok(rows.filter(|value| !value.is_empty()).collect())
    }

    /// The second column of a query by the first.
    async fn pairs(
        &self,
        reads: &[&str],
        query: &Sql,
    ) -> Result<BTreeMap<String, BTreeSet<String>>> {
        let rows = self.engine.look(&[&self.store], reads, query).await?;
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for batch in &rows {
            for row in 0..batch.num_rows() {
                let (first, second) = (text(batch, 0, row), text(batch, 1, row));
                found.entry(first).or_default().insert(second);
            }
        }
        Ok(found)
    }
}

impl PersonHere {
    fn numbers_as_sql(&self) -> Sql {
        words(self.numbers.iter().map(|n| n.reveal().clone()))
    }

    /// Where the person is in a table that was landed. Rows of a source are about whoever linkage found; in other tables
    /// a row is about whoever's number stands in it.
    fn in_table(
        &self,
        dataset: &Dataset,
        source: Option<&link::Source>,
        columns: &BTreeSet<String>,
        linked: &[&Ident],
    ) -> RowsAbout {
        let numbers = self.numbers_as_sql();
        let with_number = |column: &Ident| sql!("nhs_number_key(t.{}) in ({})", *column, numbers);
        let columns: Vec<Ident> = columns.iter().filter_map(|c| Ident::new(c)).collect();
        let mut about = RowsAbout {
            table: dataset.table.clone(),
            title: dataset.title.clone(),
            rows: Sql::fixed("false"),
            pointing: Vec::new(),
            landed: true,
        };
        let (Some(source), Some(t)) = (source, Ident::new("t")) else {
            about.rows = any_of(columns.iter().map(with_number).collect());
            return about;
        };
        let key = source_key(&t, &source.source_key);
        let mut rows = Vec::new();
        if let Some(keys) = self.records.get(source.table.as_str()) {
            rows.push(sql!("{} in ({})", key, words(keys.iter().cloned())));
        }
        if let Some(own) = source.columns.nhs_number.as_ref() {
            let mut by_number = with_number(own);
            if let Some(others) = self.others.get(source.table.as_str()) {
                let others = words(others.iter().cloned());
                by_number = sql!("{} and {} not in ({})", by_number, key, others);
            }
            rows.push(by_number);
        }
        about.rows = any_of(rows);
        for column in &columns {
            let mut when = vec![with_number(column)];
            if linked.contains(&column) {
                when.extend(self.local.iter().map(|(sender, value)| {
                    let (sender, value) = (Sql::text(sender), Sql::text(value));
                    sql!("t.sender = {} and t.{} = {}", sender, *column, value)
                }));
            }
            about.pointing.push((column.clone(), any_of(when)));
        }
        about
    }
}

impl RowsAbout {
    fn of_work(table: &str, rows: Sql) -> Self {
        Self {
            table: table.to_owned(),
            title: String::new(),
            rows,
            pointing: Vec::new(),
            landed: false,
        }
    }
}

/// The columns of a dataset that may point at a person by a number or a name for them.
fn pointing_columns(dataset: &Dataset) -> impl Iterator<Item = &str> {
    dataset
        .fields
        .iter()
        .filter(|field| field.identifying && field.kind == FieldKind::Text)
        .map(|field| field.column.as_str())
}
