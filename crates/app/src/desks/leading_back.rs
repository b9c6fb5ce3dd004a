//! Leading back: from pseudonyms of the analysis zone to the people behind them, under a permit for one professional.
//!
//! [`IdentifiedDesk::lead_back`] is the one operation with the key, and narrow on purpose: a sealed set in, numbers of
//! the index out, no more than the permit names. The rest reads the index about those numbers.
//!
//! INVARIANT: nothing comes out of here but as [`Identifying`], and nothing without an [`OpeningPermit`] or a
//! [`GlassPermit`].

use super::{IdentifiedDesk, SealedSet, Side, identified::text};
use crate::{cases::Relationship, fault::NotAllowed};
use anyhow::{Result, bail};
use govern::care::{OpeningPermit, glass::GlassPermit};
use link::{LinkageModel, Source};
use model::{Ident, Identifying, Sql, sql};
use std::collections::{BTreeMap, BTreeSet};
use store::arrow::array::RecordBatch;

/// Confidentiality codes of the index under which a person's whereabouts may be told; blank is one of them.
const OPEN: [&str; 2] = ["N", "U"];

/// How many forms and records of one person are read in an emergency.
const MOST_OF_ONE: i64 = 500;

/// One person of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LedPerson {
    /// The zone's own pseudonym, so that what came of the contact can go back under it.
    pub(crate) pseudonym: String,
    /// The fields that the permit names and the index holds, in its order.
    pub(crate) fields: Vec<(String, Identifying<String>)>,
    /// Whether the index marks the person so that nothing is told of where they are.
    pub(crate) whereabouts_withheld: bool,
}

/// Who was led back, and how many were not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LedBack {
    pub(crate) people: Vec<LedPerson>,
    /// Without the relationship that the request states.
    pub(crate) no_relationship: u64,
    /// Not in the index with certainty, cancelled there, or dead.
    pub(crate) not_found: u64,
}

/// A detail of the index that a list may hold: its name in linkage models, and what people call it.
const DETAILS: [(&str, &str); 7] = [
    ("nhs_number", "NHS number"),
    ("given_name", "Given name"),
    ("family_name", "Family name"),
    ("date_of_birth", "Date of birth"),
    ("sex", "Sex"),
    ("postcode", "Postcode"),
    ("gp_practice", "GP practice"),
];

/// What the index holds of one person.
struct Held {
    values: BTreeMap<&'static str, String>,
    dead: bool,
    cancelled: bool,
    marked: bool,
}

/// What one person's records are, for an emergency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OnePerson {
    /// The number in the index, by which detail about the person is kept.
    pub(crate) number: Identifying<String>,
    /// The forms in which the person stands in the index.
    pub(crate) forms: Vec<Side>,
    /// The records that are linked to the person: source, sender, and the latest details that were sent.
    pub(crate) records: Vec<(String, String, Side)>,
}

/// The detail of a field that an agreement names: by the linkage model's word, or by the index's own column.
pub(crate) fn detail(index: &Source, field: &str) -> Option<(&'static str, &'static str)> {
    DETAILS
        .iter()
        .find(|(name, _)| {
            *name == field || column_of(index, name).is_some_and(|c| c.as_str() == field)
        })
        .copied()
}

fn column_of<'s>(index: &'s Source, detail: &str) -> Option<&'s Ident> {
    let held = &index.columns;
    match detail {
        "nhs_number" => held.nhs_number.as_ref(),
        "given_name" => held.given_name.as_ref(),
        "family_name" => held.family_name.as_ref(),
        "date_of_birth" => held.date_of_birth.as_ref(),
        "sex" => held.sex.as_ref(),
        "postcode" => held.postcode.as_ref(),
        "gp_practice" => held.gp_practice.as_ref(),
        _ => None,
    }
}

impl IdentifiedDesk<'_> {
    /// The operation with the key: the numbers of the index behind some pseudonyms of a sealed set, by pseudonym.
    pub(crate) async fn lead_back(
        &self,
        set: &SealedSet,
        people: &BTreeSet<String>,
        permit: &OpeningPermit,
    ) -> Result<BTreeMap<String, Identifying<String>>> {
        let now = self.workspace.clock.now();
        let of_the_set = set.digest() == *permit.set() && people.iter().all(|p| set.holds(p));
        if !of_the_set || set.size() > permit.largest() || now >= permit.until() {
            bail!("these people are not those whom the permit names");
        }
        if people.is_empty() || self.store.table(link::INDEX).await?.is_none() {
            return Ok(BTreeMap::new());
        }
        let wanted = Sql::join(people.iter().map(|p| Sql::text(p)), ", ");
        // Nobody can go back from a keyed digest: the holder of the key makes each again, and keeps what was asked for.
        let query = sql!(
            "select pseudonym, nhs_number from (
  select pseudonym(internal_identity('index|' || nhs_number)) as pseudonym, nhs_number
  from (select distinct nhs_number from link_index) as numbers
) as made where pseudonym in ({})",
            wanted
        );
        let rows = self
            .engine
            .look(&[&self.store], &[link::INDEX], &query)
            .await?;
        let mut found = BTreeMap::new();
        for (batch, row) in each(&rows) {
            found.insert(text(batch, 0, row), Identifying::new(text(batch, 1, row)));
        }
        let restricted = self.restricted(found.values()).await?;
        found.retain(|_, number| !restricted.contains(number.reveal()));
        Ok(found)
    }

    /// Leads people back to what the permit lets be told of them, those with the stated relationship only.
    pub(crate) async fn lead_back_for_care(
        &self,
        set: &SealedSet,
        people: &BTreeSet<String>,
        relationship: &Relationship,
        model: &LinkageModel,
        permit: &OpeningPermit,
    ) -> Result<LedBack> {
        let numbers = self.lead_back(set, people, permit).await?;
        let held = self.held(&model.index, numbers.values()).await?;
        let known = match &relationship.sender {
            Some(sender) => Some(self.known_to(sender, numbers.values()).await?),
            None => None,
        };
        let mut led = LedBack::default();
        for pseudonym in people {
            let number = numbers.get(pseudonym).map(Identifying::reveal);
            let Some((number, one)) = number.and_then(|n| Some((n, held.get(n)?))) else {
                led.not_found += 1;
                continue;
            };
            if one.dead || one.cancelled {
                led.not_found += 1;
                continue;
            }
            let practice = one.values.get("gp_practice").map_or("", String::as_str);
            let registered =
                relationship.practices.is_empty() || relationship.practices.contains(practice);
            if !registered || known.as_ref().is_some_and(|known| !known.contains(number)) {
                led.no_relationship += 1;
                continue;
            }
            let mut fields = Vec::new();
            for field in permit.fields() {
                let Some((name, _)) = detail(&model.index, field) else {
                    bail!("the index has no `{field}` to tell");
                };
                let told = match name {
                    "nhs_number" => Some(number.clone()),
                    // Of whom the index marks, nothing is told that says where they are.
                    "postcode" | "gp_practice" if one.marked => None,
                    _ => one.values.get(name).cloned(),
                };
                fields.extend(told.map(|value| (field.clone(), Identifying::new(value))));
            }
            led.people.push(LedPerson {
                pseudonym: pseudonym.clone(),
                fields,
                whereabouts_withheld: one.marked,
            });
        }
        Ok(led)
    }

    /// The latest that the index holds about some numbers.
    async fn held(
        &self,
        index: &Source,
        numbers: impl Iterator<Item = &Identifying<String>>,
    ) -> Result<BTreeMap<String, Held>> {
        let wanted: Vec<Sql> = numbers.map(|n| Sql::text(n.reveal())).collect();
        let table = &index.table;
        let Some(schema) = self
            .store
            .schema(table.as_str())
            .await?
            .filter(|_| !wanted.is_empty())
        else {
            return Ok(BTreeMap::new());
        };
        let of = |column: Option<&Ident>| match column {
            Some(column) if schema.field_with_name(column.as_str()).is_ok() => {
                sql!("trim(cast(t.{} as varchar))", *column)
            }
            _ => Sql::fixed("nullif('', '')"),
        };
        let number = index.columns.nhs_number.as_ref();
        let Some(number) = number else {
            return Ok(BTreeMap::new());
        };
        let mut shown: Vec<Sql> = DETAILS
            .iter()
            .filter(|(name, _)| *name != "nhs_number")
            .map(|(name, _)| of(column_of(index, name)))
            .collect();
        let rest = [
            &index.columns.date_of_death,
            &index.columns.status,
            &index.columns.confidentiality,
        ];
        shown.extend(rest.map(|column| of(column.as_ref())));
        let shown = Sql::join(
            (1_i64..)
                .zip(shown)
                .map(|(n, value)| sql!("{} as c{}", value, Sql::number(n))),
            ", ",
        );
        let wanted = Sql::join(wanted, ", ");
        // A later file without a mark takes none away: the newest row that has one says whether there is one.
        let query = sql!(
            "select number, c1, c2, c3, c4, c5, c6, c7, c8,
  first_value(c9) over (partition by number order by case when nullif(c9, '') is null then 1 else 0 end, turn) as mark, turn
from (
  select nhs_number_key(t.{}) as number, {},
    row_number() over (partition by nhs_number_key(t.{}) order by t.received_at desc, t.submission_id desc, t.row_number desc) as turn
  from {} as t where nhs_number_key(t.{}) in ({})
) as rows_of_all_versions",
            *number,
            shown,
            *number,
            *table,
            *number,
            wanted
        );
        let query = sql!("select * from ({}) as ranked where turn = 1", query);
        let rows = self
            .engine
            .look(&[&self.store], &[table.as_str()], &query)
            .await?;
        let mut held = BTreeMap::new();
        for (batch, row) in each(&rows) {
            let cell = |at: usize| Some(text(batch, at, row)).filter(|value| !value.is_empty());
            let names = DETAILS
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| *name != "nhs_number");
            let mut values = BTreeMap::new();
            for (at, name) in (1..).zip(names) {
                values.extend(cell(at).map(|value| (name, value)));
            }
            if let Some(practice) = values.get_mut("gp_practice") {
                practice.make_ascii_uppercase();
            }
            let mark = cell(9).map(|mark| mark.to_uppercase());
            held.insert(
                text(batch, 0, row),
                Held {
                    values,
                    dead: cell(7).is_some(),
                    cancelled: cell(8)
                        .is_some_and(|status| status.eq_ignore_ascii_case("cancelled")),
                    marked: mark.is_some_and(|mark| !OPEN.contains(&mark.as_str())),
                },
            );
        }
        Ok(held)
    }

    /// Of some numbers those about whom an organisation has sent a record.
    async fn known_to(
        &self,
        sender: &str,
        numbers: impl Iterator<Item = &Identifying<String>>,
    ) -> Result<BTreeSet<String>> {
        let wanted: Vec<Sql> = numbers.map(|n| Sql::text(n.reveal())).collect();
        if wanted.is_empty() || self.store.table(link::CHOICES).await?.is_none() {
            return Ok(BTreeSet::new());
        }
        let query = sql!(
            "select distinct c.person_number from link_choice as c
join link_record as r on r.source = c.source and r.source_key = c.source_key
where r.sender = {} and c.person_number in ({})",
            Sql::text(sender),
            Sql::join(wanted, ", ")
        );
        let reads = [link::CHOICES, link::RECORDS];
        let rows = self.engine.look(&[&self.store], &reads, &query).await?;
        Ok(each(&rows)
            .map(|(batch, row)| text(batch, 0, row))
            .collect())
    }

    /// The token of the person of this number and day of birth, if the index has exactly that. Nothing else is told.
    pub(crate) async fn token_of(
        &self,
        number: &Identifying<String>,
        born: &Identifying<String>,
    ) -> Result<Option<String>> {
        if self.store.table(link::INDEX).await?.is_none() {
            return Ok(None);
        }
        let query = sql!(
            "select record_token('person' || '|' || nhs_number) as token from link_index
where nhs_number = nhs_number_key({}) and cast(date_of_birth as varchar) = {} limit 1",
            Sql::text(number.reveal()),
            Sql::text(born.reveal())
        );
        let rows = self
            .engine
            .look(&[&self.store], &[link::INDEX], &query)
            .await?;
        Ok(each(&rows).map(|(batch, row)| text(batch, 0, row)).next())
    }

    /// One person's records in an emergency. Refused where they are restricted.
    pub(crate) async fn one_person(&self, permit: &GlassPermit) -> Result<Option<OnePerson>> {
        if self.workspace.clock.now() >= permit.until() {
            bail!("the time of this permit is over");
        }
        let query = sql!(
            "select distinct nhs_number from link_index where record_token('person' || '|' || nhs_number) = {} limit 1",
            Sql::text(permit.person())
        );
        let rows = self
            .engine
            .look(&[&self.store], &[link::INDEX], &query)
            .await?;
        let Some(number) = each(&rows).map(|(batch, row)| text(batch, 0, row)).next() else {
            return Ok(None);
        };
        let number = Identifying::new(number);
        if !self.restricted(std::iter::once(&number)).await?.is_empty() {
            let words = "this person’s records may only be kept for now: a privacy officer can close that case (`/subject-access`)";
            return Err(NotAllowed(words.to_owned()).into());
        }
        let number = number.into_revealed();
        let forms = sql!(
            "select distinct nhs_number, given_sent, family_sent, cast(date_of_birth as varchar) as born, cast(sex as varchar) as sex, postcode
from link_index where nhs_number = {} order by 1, 2, 3, 4, 5, 6 limit {}",
            Sql::text(&number),
            Sql::number(MOST_OF_ONE)
        );
        let forms = self
            .engine
            .look(&[&self.store], &[link::INDEX], &forms)
            .await?;
        let mut one = OnePerson {
            number: Identifying::new(number.clone()),
            forms: each(&forms)
                .map(|(batch, row)| side(batch, row, 0))
                .collect(),
            records: Vec::new(),
        };
        if self.store.table(link::CHOICES).await?.is_some() {
            let records = sql!(
                "select distinct r.source, r.sender, r.nhs_number, r.given_sent, r.family_sent, cast(r.date_of_birth as varchar) as born,
  cast(r.sex as varchar) as sex, r.postcode
from link_choice as c join link_record as r on r.source = c.source and r.source_key = c.source_key
where c.person_number = {} order by 1, 2, 3, 4, 5, 6, 7, 8 limit {}",
                Sql::text(&number),
                Sql::number(MOST_OF_ONE)
            );
            let reads = [link::CHOICES, link::RECORDS];
            let records = self.engine.look(&[&self.store], &reads, &records).await?;
            one.records = each(&records)
                .map(|(batch, row)| {
                    (
                        text(batch, 0, row),
                        text(batch, 1, row),
                        side(batch, row, 2),
                    )
                })
                .collect();
        }
        Ok(Some(one))
    }
}

fn each(rows: &[RecordBatch]) -> impl Iterator<Item = (&RecordBatch, usize)> {
    rows.iter()
        .flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)))
}

/// Six columns as the details of a side.
fn side(batch: &RecordBatch, row: usize, from: usize) -> Side {
    let value = |at: usize| {
        Some(text(batch, from + at, row))
            .filter(|value| !value.is_empty())
            .map(Identifying::new)
    };
    Side {
        nhs_number: value(0),
        given_name: value(1),
        family_name: value(2),
        date_of_birth: value(3),
        sex: value(4),
        postcode: value(5),
    }
}
