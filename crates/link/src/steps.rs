//! The steps of linkage, generated from a model: clean the index, clean the records, try the
//! passes and choose, and write one identity for every record.

use crate::{Detail, LinkageModel, Several, choices, passes, passes::table, records};
use model::{Identifiable, Sql, Step, sql};

/// The table of numbers that gave way to others, each with the one that holds now.
pub const NUMBERS: &str = "link_number";
/// The table of the cleaned index.
pub const INDEX: &str = "link_index";
/// The table of the cleaned records.
pub const RECORDS: &str = "link_record";
/// The table of the distinct details that records were sent with.
pub const SUBJECTS: &str = "link_subject";
/// The table of what the passes found for each record.
pub const PASSED: &str = "link_pass";
/// The table of the best person for each subject, as the match model weighs it.
pub const WEIGHED: &str = "link_weighed";
/// The same, each pair under the token by which people and files may call it.
pub const PAIRS: &str = "link_pair";
/// The table of what people decided about pairs.
pub const DECIDED: &str = "link_decided";
/// The table of the person chosen for each record.
pub const CHOICES: &str = "link_choice";
/// The table that says who each record is about.
pub const LINKS: &str = "person_link";
/// The step that no query does: the match model weighs every subject against the index.
pub const WEIGH: &str = "link.weigh";

/// What stands in the column `pass` of [`LINKS`] beside the names of the model's passes: a record
/// of the index itself; what a person decided; what the match model weighed; a number chosen among several
/// that were sent; several candidates, so nobody; nobody found, and an identity of its own by number, by full
/// details or by its key.
pub const OUTCOMES: [&str; 8] = [
    "index",
    "clerical",
    "weighed",
    "nhs_number_conflict",
    "several",
    "unmatched_by_number",
    "unmatched_by_details",
    "unmatched",
];

/// The steps, in order. The last writes [`LINKS`]. Where the model weighs, [`WEIGH`] is among them: its query gives
/// the left side, and [`crate::people`] and [`crate::apart`] the rest of what is weighed.
pub fn steps(model: &LinkageModel) -> Vec<Step<Identifiable>> {
    let index = model.index.name();
    // Where numbers gave way to others, whatever looks at a number looks at those too.
    let and_numbers = |reads: Vec<&str>| -> Vec<String> {
        let numbers = model.superseded.as_ref().map(|_| NUMBERS);
        reads
            .into_iter()
            .chain(numbers)
            .map(str::to_owned)
            .collect()
    };
    let past = model.history.as_ref().map(|past| past.table.as_str());
    let mut steps = Vec::new();
    if let Some(superseded) = &model.superseded {
        steps.push(Step::within(
            "link.numbers",
            "follow each number that gave way to another to the one that holds now",
            [superseded.table.as_str()],
            NUMBERS,
            records::numbers(superseded),
        ));
    }
    steps.extend([
        Step::within(
            "link.index",
            "bring the index into the form in which it is compared",
            and_numbers([index].into_iter().chain(past).collect()),
            INDEX,
            records::index(model),
        ),
        Step::within(
            "link.records",
            "bring what was sent about each record into the form in which it is compared",
            // Where no source has landed the index lends its form.
            and_numbers(if model.sources.is_empty() {
                vec![index]
            } else {
                model.sources.iter().map(crate::Source::name).collect()
            }),
            RECORDS,
            all_records(model),
        ),
        Step::within(
            "link.passes",
            "try every pass for every record, and take the first that finds anyone",
            [RECORDS, INDEX],
            PASSED,
            passed(model),
        ),
    ]);
    if let Some(weighing) = &model.weighing {
        steps.extend([
            Step::within(
                "link.subjects",
                "bring records with the same details together, so that each is weighed once",
                [RECORDS],
                SUBJECTS,
                choices::subjects(),
            ),
            Step::within(
                WEIGH,
                "weigh every subject against the index, and keep its best person",
                [SUBJECTS, INDEX, DECIDED],
                WEIGHED,
                choices::clients(weighing),
            ),
            Step::within(
                "link.pairs",
                "give each pair a token, under which people review it",
                [WEIGHED],
                PAIRS,
                choices::pairs(weighing),
            ),
            Step::within(
                "link.choices",
                "choose the person of each record: as decided by people, as passed, or as weighed",
                [RECORDS, PASSED, PAIRS, DECIDED],
                CHOICES,
                choices::weighed(weighing),
            ),
        ]);
    } else {
        steps.push(Step::within(
            "link.choices",
            "choose the person of each record, as passed",
            [PASSED],
            CHOICES,
            choices::as_passed(),
        ));
    }
    steps.push(Step::within(
        "link.identities",
        "give every record one internal identity, those who were not found included",
        and_numbers(vec![RECORDS, INDEX, CHOICES, index]),
        LINKS,
        links(model),
    ));
    steps
}

/// The records, or none in the right form where no source has been landed.
fn all_records(model: &LinkageModel) -> Sql {
    if !model.sources.is_empty() {
        return records::records(model);
    }
    let mut none = model.clone();
    none.sources = vec![model.index.clone()];
    let rows = records::records(&none);
    sql!("select * from ({}) as nobody where false", rows)
}

/// What the first pass that finds anyone found: `people` is 1, or 2 for two or more.
fn passed(model: &LinkageModel) -> Sql {
    let numbered = || (1_i64..).zip(&model.passes);
    let found = Sql::join(
        numbered().map(|(place, pass)| passes::found(place, pass)),
        "\n  union all\n",
    );
    let names = Sql::join(
        numbered().map(|(place, pass)| {
            sql!(
                "\n    when {} then {}",
                Sql::number(place),
                Sql::text(&pass.name)
            )
        }),
        "",
    );
    let go_on = places(numbered(), |pass| pass.several == Several::GoOn);
    let by_number = places(numbered(), |pass| pass.compares(Detail::NhsNumber));
    sql!(
        "with found as (
{}
), judged as (
  select source, source_key, place, numbers, first_number as person_number,
    case when first_number = last_number then 1 else 2 end as people
  from (
    select source, source_key, place, max(numbers) as numbers,
      min(person_number) as first_number, max(person_number) as last_number
    from found
    group by source, source_key, place
  ) as first_and_last
), ranked as (
  select *, row_number() over (partition by source, source_key order by place) as choice
  from judged
  where people = 1 or not ({})
)
select source, source_key, people,
  case when people = 1 then person_number end as person_number,
  case when people > 1 then 'several'
    when numbers > 1 and {} then 'nhs_number_conflict'
    else case place{} end end as pass,
  case place{} end as found_by
from ranked
where choice = 1",
        found,
        go_on,
        by_number,
        names,
        names,
    )
}

/// A condition that the place is one of the passes for which something holds.
fn places<'a>(
    numbered: impl Iterator<Item = (i64, &'a crate::Pass)>,
    holds: impl Fn(&crate::Pass) -> bool,
) -> Sql {
    let places: Vec<Sql> = numbered
        .filter(|(_, pass)| holds(pass))
        .map(|(place, _)| Sql::number(place))
        .collect();
    if places.is_empty() {
        return Sql::fixed("false");
    }
    let places = Sql::join(places, ", ");
    sql!("place in ({})", places)
}

/// One identity for every record.
///
/// A record that was linked has the identity of its person in the index. The others are brought
/// together only on strong grounds: the same valid number that the index does not know, with the
/// same date of birth (a record without one, such as a preference, joins the earliest); or the
/// same full name, date of birth and postcode. The rest stand alone under their own key.
fn links(model: &LinkageModel) -> Sql {
    sql!(
        "with alone as (
  select distinct r.source, r.source_key, r.date_of_birth, c.people,
    case when r.numbers = 1 and i.nhs_number is null then r.nhs_number end as own_number,
    case when c.people is null then
      r.given_name || '|' || r.family_name || '|' || r.date_of_birth || '|' || r.postcode end as details
  from {} as r
  left join (select distinct nhs_number from {}) as i on i.nhs_number = r.nhs_number
  left join {} as c on c.source = r.source and c.source_key = r.source_key
  where c.person_number is null
), numbered as (
  select *, case when own_number is not null then own_number || '|' || coalesce('' ||
    coalesce(date_of_birth, min(date_of_birth) over (partition by own_number)), '') end as by_number
  from alone
), shared as (
  select *,
    min(by_number) over (partition by details) as first_number,
    max(by_number) over (partition by details) as last_number
  from numbered
), standing as (
  select source, source_key, people, details,
    coalesce(by_number, case when details is not null and first_number = last_number then first_number end) as by_number
  from shared
)
select source, source_key, internal_identity('index|' || person_number) as person_id, pass,
  grade, match_weight, weight_band, model
from {}
where person_number is not null
union all
select source, source_key,
  internal_identity(case when by_number is not null then 'number|' || by_number
    when details is not null then 'details|' || details
    else 'record|' || source || '|' || source_key end) as person_id,
  case when people is not null then 'several'
    when by_number is not null then 'unmatched_by_number'
    when details is not null then 'unmatched_by_details'
    else 'unmatched' end as pass,
  nullif('', '') as grade, cast(null as double) as match_weight, nullif('', '') as weight_band, nullif('', '') as model
from standing
union all
select source, source_key,
  internal_identity(coalesce('index|' || nhs_number, 'record|' || source || '|' || source_key)) as person_id,
  'index' as pass,
  'certain' as grade, cast(null as double) as match_weight, nullif('', '') as weight_band, nullif('', '') as model
from (
  {}
) as people_of_the_index",
        table(RECORDS),
        table(INDEX),
        table(CHOICES),
        table(CHOICES),
        records::index_keys(model),
    )
}
