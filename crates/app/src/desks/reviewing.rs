//! What clerical review reads of the identified zone: the pairs on which an answer would change most, a sample of all,
//! and one pair with the values of both sides.
//!
//! INVARIANT: lists hold figures and tokens alone. Values of people come out of [`IdentifiedDesk::pair`] only, as
//! [`Identifying`], and whoever shows them keeps an entry in the audit log first.

use super::IdentifiedDesk;
use anyhow::Result;
use model::{Identifying, Sql, sql};
use std::collections::BTreeMap;
use store::arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{DataType, Float64Type, Int64Type},
};

/// The match weights that part the bands of a sample, as `link::evaluate` draws it from files.
const BANDS: [i64; 8] = [-5, 0, 3, 6, 10, 15, 20, 30];

/// How many pairs of the queue are held at most: more than any team decides between two runs.
const MOST: i64 = 50_000;

/// Which tables were read, at which versions.
pub(crate) type PairVersions = [u64; 3];

/// A pair that may be asked about: figures and a token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    /// The pair, by its token.
    pub(crate) pair: String,
    /// What it weighs among all candidates, in bits.
    pub(crate) bits: f64,
    /// How likely it is one person.
    pub(crate) probability: f64,
    /// What the model made of it.
    pub(crate) outcome: String,
    /// Records that were sent with its details.
    pub(crate) records: u64,
    /// Of these, how many are linked to its person now.
    pub(crate) linked: u64,
    /// Of these, how many are linked to another person.
    pub(crate) elsewhere: u64,
    /// The records that an answer is expected to put right.
    pub(crate) worth: f64,
}

/// A pair of the sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sampled {
    /// The pair.
    pub(crate) candidate: Candidate,
    /// The band of match weight, from the lightest.
    pub(crate) band: usize,
    /// Whether the model linked it.
    pub(crate) linked: bool,
    /// How many pairs the band has of its kind.
    pub(crate) of: u64,
}

/// The values of one side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Side {
    pub(crate) nhs_number: Option<Identifying<String>>,
    pub(crate) given_name: Option<Identifying<String>>,
    pub(crate) family_name: Option<Identifying<String>>,
    pub(crate) date_of_birth: Option<Identifying<String>>,
    pub(crate) sex: Option<Identifying<String>>,
    pub(crate) postcode: Option<Identifying<String>>,
}

/// One pair, to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    /// Its token, and those of its sides.
    pub(crate) token: String,
    pub(crate) left_token: String,
    pub(crate) right_token: String,
    /// What the pair weighs alone, and among all candidates.
    pub(crate) bits_alone: f64,
    pub(crate) bits: f64,
    /// How likely it is one person.
    pub(crate) probability: f64,
    /// What the model made of it.
    pub(crate) outcome: String,
    /// The model that weighed it, with its version.
    pub(crate) model: String,
    /// The level of each comparison, by the comparison's name.
    pub(crate) levels: BTreeMap<String, String>,
    /// What was sent.
    pub(crate) left: Side,
    /// The forms in which the person stands in the index.
    pub(crate) forms: Vec<Side>,
    /// Records that were sent with these details.
    pub(crate) records: u64,
    /// Of these, how many are linked to the person now, and to another one.
    pub(crate) linked: u64,
    pub(crate) elsewhere: u64,
}

/// The edges of the bands of a sample: from and to, open at the ends.
pub(crate) fn bands() -> Vec<(Option<f64>, Option<f64>)> {
    #[expect(clippy::cast_precision_loss, reason = "the edges are small numbers")]
    let edges: Vec<f64> = BANDS.iter().map(|edge| *edge as f64).collect();
    let from = std::iter::once(None).chain(edges.iter().copied().map(Some));
    let to = edges.iter().copied().map(Some).chain([None]);
    from.zip(to).collect()
}

impl IdentifiedDesk<'_> {
    /// The versions of the tables that hold pairs; `None` where no pair has been weighed yet.
    pub(crate) async fn pairs_at(&self) -> Result<Option<PairVersions>> {
        let mut versions = PairVersions::default();
        for (slot, name) in versions
            .iter_mut()
            .zip([link::PAIRS, link::SUBJECTS, link::CHOICES])
        {
            let Some(table) = self.store.table(name).await? else {
                return Ok(None);
            };
            *slot = table.version();
        }
        Ok(Some(versions))
    }

    /// The pairs on which an answer would put right at least so many hundredths of a record, the most valuable first.
    ///
    /// A link is wrong with the probability that the pair is not one person, and a pair without a link with the
    /// probability that it is: so an answer is worth the linked records times the one, and the others times the
    /// other. A pair under a veto counts as certainly different, so it is asked about only where a pass links it.
    pub(crate) async fn worth_asking(&self, least_percent: u64) -> Result<Vec<Candidate>> {
        let query = sql!(
            "{}
select * from worth
where outcome = 'close' or (worth * 100 >= {} and (outcome <> 'veto' or linked > 0))
order by worth desc, pair
limit {}",
            weighed(&Sql::fixed("true")),
            Sql::number(i64::try_from(least_percent).unwrap_or(i64::MAX)),
            Sql::number(MOST),
        );
        let rows = self.look_at_pairs(&query).await?;
        Ok(rows.iter().flat_map(cells).map(|c| candidate(&c)).collect())
    }

    /// A sample of all pairs: of each band of match weight, linked or not, so many pairs, chosen by their tokens, which
    /// tell nothing; in the order of the tokens.
    pub(crate) async fn sample_of_pairs(&self, per_band: u64) -> Result<Vec<Sampled>> {
        let bands = Sql::join(
            (0_i64..).zip(BANDS).map(|(band, edge)| {
                sql!(
                    " when match_weight < {} then {}",
                    Sql::number(edge),
                    Sql::number(band)
                )
            }),
            "",
        );
        let last = Sql::number(i64::try_from(BANDS.len()).unwrap_or_default());
        let query = sql!(
            "{}, banded as (
  select *, case{} else {} end as band, case when outcome = 'link' then 1 else 0 end as is_link from worth
), placed as (
  select *, row_number() over (partition by band, is_link order by pair) as place,
    count(*) over (partition by band, is_link) as of_band
  from banded
)
select *, cast(of_band as bigint) as of_kind from placed where place <= {} order by pair",
            weighed(&Sql::fixed("true")),
            bands,
            last,
            Sql::number(i64::try_from(per_band).unwrap_or(i64::MAX)),
        );
        let rows = self.look_at_pairs(&query).await?;
        let sampled = |c: Cells<'_>| Sampled {
            candidate: candidate(&c),
            band: usize::try_from(c.count("band")).unwrap_or_default(),
            linked: c.count("is_link") == 1,
            of: c.count("of_kind"),
        };
        Ok(rows.iter().flat_map(cells).map(sampled).collect())
    }

    /// One pair with the values of both sides; `None` where there is none of that token.
    pub(crate) async fn pair(&self, token: &str) -> Result<Option<Pair>> {
        if self.pairs_at().await?.is_none() {
            return Ok(None);
        }
        let wanted = sql!("p.pair = {}", Sql::text(token));
        let query = sql!(
            "{}
select p.*, w.records, w.linked, w.elsewhere, {},
  record_token('person' || '|' || p.person_number) as right_token
from link_pair as p
join worth as w on w.pair = p.pair
join link_subject as s on s.subject = p.subject
where {}
limit 1",
            weighed(&wanted),
            side("s", &Sql::fixed("given_name"), &Sql::fixed("family_name")),
            wanted,
        );
        let rows = self.look_at_pairs(&query).await?;
        let Some(found) = rows.iter().flat_map(cells).next() else {
            return Ok(None);
        };
        let levels = found.names().filter_map(|column| {
            let comparison = column.strip_suffix("_level")?;
            Some((comparison.to_owned(), found.text(column)?))
        });
        Ok(Some(Pair {
            token: found.text("pair").unwrap_or_default(),
            left_token: found.text("subject").unwrap_or_default(),
            right_token: found.text("right_token").unwrap_or_default(),
            bits_alone: found.figure("pair_weight"),
            bits: found.figure("match_weight"),
            probability: found.figure("probability"),
            outcome: found.text("outcome").unwrap_or_default(),
            model: found.text("model").unwrap_or_default(),
            levels: levels.collect(),
            left: found.side(),
            forms: self
                .forms(&found.text("person_number").unwrap_or_default())
                .await?,
            records: found.count("records"),
            linked: found.count("linked"),
            elsewhere: found.count("elsewhere"),
        }))
    }

    /// The forms in which a person stands in the index.
    async fn forms(&self, number: &str) -> Result<Vec<Side>> {
        let query = sql!(
            "select distinct {} from link_index as i where i.nhs_number = {} limit 100",
            side("i", &Sql::fixed("given_sent"), &Sql::fixed("family_sent")),
            Sql::text(number),
        );
        let rows = self
            .engine
            .look(&[&self.store], &[link::INDEX], &query)
            .await?;
        let mut forms: Vec<Side> = rows.iter().flat_map(cells).map(|c| c.side()).collect();
        forms.sort_by_key(Side::order);
        Ok(forms)
    }

    /// How many different people the index holds.
    pub(crate) async fn people_of_the_index(&self) -> Result<u64> {
        if self.store.table(link::INDEX).await?.is_none() {
            return Ok(0);
        }
        let query = Sql::fixed("select count(distinct nhs_number) as people from link_index");
        let rows = self
            .engine
            .look(&[&self.store], &[link::INDEX], &query)
            .await?;
        Ok(rows
            .iter()
            .flat_map(cells)
            .next()
            .map_or(0, |c| c.count("people")))
    }

    async fn look_at_pairs(&self, query: &Sql) -> Result<Vec<RecordBatch>> {
        let reads = [link::PAIRS, link::SUBJECTS, link::CHOICES];
        Ok(self.engine.look(&[&self.store], &reads, query).await?)
    }
}

/// The pairs that a condition asks for, with the records behind each and what an answer is worth.
fn weighed(wanted: &Sql) -> Sql {
    sql!(
        "with held as (
  select p.pair, s.records,
    sum(case when c.person_number = p.person_number then 1 else 0 end) as linked,
    sum(case when c.person_number <> p.person_number then 1 else 0 end) as elsewhere
  from link_pair as p
  join link_subject as s on s.subject = p.subject
  left join link_choice as c on c.subject = p.subject
  where {}
  group by p.pair, s.records
), counted as (
  select p.pair, p.match_weight, p.probability, p.outcome, h.records, h.linked, h.elsewhere,
    case when p.outcome = 'veto' then 0.0 else p.probability end as likely
  from link_pair as p join held as h on h.pair = p.pair
), worth as (
  select *, linked * (1.0 - likely) + (records - linked) * likely as worth from counted
)",
        *wanted,
    )
}

/// The columns of a side, under names of their own.
fn side(table: &'static str, given: &Sql, family: &Sql) -> Sql {
    let table = Sql::fixed(table);
    sql!(
        "{}.nhs_number as side_number, {}.{} as side_given, {}.{} as side_family,
  cast({}.date_of_birth as varchar) as side_born, cast({}.sex as varchar) as side_sex, {}.postcode as side_postcode",
        table,
        table,
        *given,
        table,
        *family,
        table,
        table,
        table,
    )
}

impl Side {
    fn order(&self) -> [Option<String>; 6] {
        let text = |value: &Option<Identifying<String>>| value.as_ref().map(|v| v.reveal().clone());
        [
            text(&self.nhs_number),
            text(&self.given_name),
            text(&self.family_name),
            text(&self.date_of_birth),
            text(&self.sex),
            text(&self.postcode),
        ]
    }
}

/// One row of an answer, read by the names of its columns; what is not there, or of another type, is nothing.
struct Cells<'b> {
    batch: &'b RecordBatch,
    row: usize,
}

fn cells(batch: &RecordBatch) -> impl Iterator<Item = Cells<'_>> {
    (0..batch.num_rows()).map(move |row| Cells { batch, row })
}

impl Cells<'_> {
    fn names(&self) -> impl Iterator<Item = &str> {
        let fields = self.batch.schema_ref().fields();
        fields.iter().map(|field| field.name().as_str())
    }

    fn column(&self, name: &str) -> Option<&dyn Array> {
        let column = self.batch.column_by_name(name)?;
        column.is_valid(self.row).then_some(column.as_ref())
    }

    fn text(&self, name: &str) -> Option<String> {
        let column = self.column(name)?;
        let text = match column.data_type() {
            DataType::Utf8View => column.as_string_view().value(self.row),
            DataType::LargeUtf8 => column.as_string::<i64>().value(self.row),
            _ => column.as_string_opt::<i32>()?.value(self.row),
        };
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }

    fn figure(&self, name: &str) -> f64 {
        let column = self
            .column(name)
            .and_then(|c| c.as_primitive_opt::<Float64Type>());
        column.map_or(f64::NAN, |c| c.value(self.row))
    }

    fn count(&self, name: &str) -> u64 {
        let column = self
            .column(name)
            .and_then(|c| c.as_primitive_opt::<Int64Type>());
        column.map_or(0, |c| u64::try_from(c.value(self.row)).unwrap_or_default())
    }

    fn side(&self) -> Side {
        let value = |name: &str| self.text(name).map(Identifying::new);
        Side {
            nhs_number: value("side_number"),
            given_name: value("side_given"),
            family_name: value("side_family"),
            date_of_birth: value("side_born"),
            sex: value("side_sex"),
            postcode: value("side_postcode"),
        }
    }
}

fn candidate(cells: &Cells<'_>) -> Candidate {
    Candidate {
        pair: cells.text("pair").unwrap_or_default(),
        bits: cells.figure("match_weight"),
        probability: cells.figure("probability"),
        outcome: cells.text("outcome").unwrap_or_default(),
        records: cells.count("records"),
        linked: cells.count("linked"),
        elsewhere: cells.count("elsewhere"),
        worth: cells.figure("worth"),
    }
}
