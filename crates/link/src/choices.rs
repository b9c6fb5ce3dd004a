//! From passes, weights and decisions to the person of each record, as queries.

use crate::{passes::table, steps, weighing::Weighing};
use model::{Sql, sql};

/// The distinct details of records. A record that was sent with several numbers is weighed without any.
pub(crate) fn subjects() -> Sql {
    sql!(
        "select subject, max(case when numbers = 1 then nhs_number end) as nhs_number,
  max(given_sent) as given_name, max(family_sent) as family_name, max(sex) as sex,
  max(date_of_birth) as date_of_birth, max(postcode) as postcode,
  count(distinct source || '|' || source_key) as records
from ({}) as told
group by subject",
        of_records(),
    )
}

/// The records with the subject of each: a token of all that the match model reads.
fn of_records() -> Sql {
    sql!(
        "select *, record_token('subject|' || coalesce(case when numbers = 1 then nhs_number end, '') || '|' || coalesce(given_sent, '')
    || '|' || coalesce(family_sent, '') || '|' || coalesce(sex, '') || '|' || coalesce('' || date_of_birth, '')
    || '|' || coalesce(postcode, '')) as subject
  from {}",
        table(steps::RECORDS),
    )
}

/// The left side of the weighing, under the names that match models use.
pub(crate) fn clients(weighing: &Weighing) -> Sql {
    // The match model is no table: its digest stands here so that another model is another query.
    sql!(
        "select subject as record_id, nhs_number, given_name, family_name, sex, date_of_birth as dob, postcode
from {} where {} is not null
order by subject",
        table(steps::SUBJECTS),
        Sql::text(weighing.digest()),
    )
}

/// The right side of the weighing: every form in which a person stands in the index.
pub fn people() -> Sql {
    sql!(
        "select nhs_number, given_sent as given_name, family_sent as family_name, sex, date_of_birth as dob, postcode
from {}
order by nhs_number, given_sent, family_sent, sex, date_of_birth, postcode",
        table(steps::INDEX),
    )
}

/// The pairs that people set apart.
pub fn apart() -> Sql {
    sql!(
        "select distinct subject, person_number from {} where decision = 'different' order by subject, person_number",
        table(steps::DECIDED),
    )
}

/// What was weighed, each pair under its token, with the model and its version.
pub(crate) fn pairs(weighing: &Weighing) -> Sql {
    sql!(
        "select record_token('pair|' || subject || '|' || person_number) as pair, {} as model, weighed.*
from {} as weighed",
        Sql::text(&weighing.version()),
        table(steps::WEIGHED),
    )
}

/// The choice of the passes alone.
pub(crate) fn as_passed() -> Sql {
    sql!(
        "select source, source_key, people, person_number, nullif('', '') as subject, pass, found_by,
  case when person_number is not null then 'certain' end as grade,
  cast(null as double) as match_weight, nullif('', '') as weight_band, nullif('', '') as model
from {}",
        table(steps::PASSED),
    )
}

/// The person of each record: the one that people decided on; else the one of a pass, unless people set them
/// apart; else the one that was weighed and linked. A record with several near has nobody.
pub(crate) fn weighed(weighing: &Weighing) -> Sql {
    let grades = weighing.grades.iter().map(|grade| {
        // Probabilities are content; a fixed number of digits keeps the text of the query the same everywhere.
        let from = Sql::text(&format!("{:.9}", grade.from));
        sql!(
            "\n    when probability >= cast({} as double) then {}",
            from,
            Sql::text(grade.name.word())
        )
    });
    let grades = Sql::join(grades, "");
    sql!(
        "with standing as (
  select source, source_key, min(subject) as subject from (
{}
  ) as told group by source, source_key
), together as (
  select subject, min(person_number) as person_number from {}
  where decision = 'same_person' group by subject having count(distinct person_number) = 1
), apart as (
  select distinct subject, person_number from {} where decision = 'different'
), judged as (
  select s.source, s.source_key, s.subject, t.person_number as decided,
    case when a.subject is null then p.person_number end as passed, p.people as passed_people, p.pass, p.found_by,
    w.person_number as weighed, w.match_weight, w.probability, w.outcome, w.model
  from standing as s
  left join {} as p on p.source = s.source and p.source_key = s.source_key
  left join apart as a on a.subject = s.subject and a.person_number = p.person_number
  left join together as t on t.subject = s.subject
  left join {} as w on w.subject = s.subject
), chosen as (
  select *, coalesce(decided, passed, case when outcome = 'link' then weighed end) as person_number
  from judged
)
select source, source_key,
  case when person_number is not null then 1 when passed_people > 1 or outcome = 'close' then 2 end as people,
  person_number, subject,
  case when decided is not null then 'clerical' when passed is not null then pass
    when person_number is not null then 'weighed'
    when passed_people > 1 or outcome = 'close' then 'several' end as pass,
  case when decided is not null then 'clerical' when passed is not null then found_by
    when person_number is not null then 'weighed' end as found_by,
  case when person_number is null then null
    when decided is not null then 'certain'
    when passed is not null then case when outcome = 'link' and weighed <> passed then 'possible' else 'certain' end{}
    else 'possible' end as grade,
  case when person_number = weighed then match_weight end as match_weight,
  case when person_number = weighed then {} end as weight_band,
  case when person_number = weighed then model end as model
from chosen",
        of_records(),
        table(steps::DECIDED),
        table(steps::DECIDED),
        table(steps::PASSED),
        table(steps::PAIRS),
        grades,
        band(&weighing.bands),
    )
}

/// The band of a match weight in words, such as `10 to 15`.
fn band(bands: &[i32]) -> Sql {
    let mut words = Vec::new();
    let mut from: Option<i32> = None;
    for to in bands {
        let name = from.map_or_else(|| format!("below {to}"), |from| format!("{from} to {to}"));
        words.push(sql!(
            " when match_weight < {} then {}",
            Sql::number((*to).into()),
            Sql::text(&name)
        ));
        from = Some(*to);
    }
    let last = from.map_or_else(|| "any".to_owned(), |from| format!("{from} and more"));
    if words.is_empty() {
        return Sql::text(&last);
    }
    let words = Sql::join(words, "");
    sql!("case{} else {} end", words, Sql::text(&last))
}

/// The records that are about another person than before: what was, what is, and whether people decided so. Reads two
/// versions of [`steps::LINKS`] as `before` and `after`, and [`steps::CHOICES`] and [`steps::DECIDED`].
pub fn changes() -> Sql {
    sql!(
        "select a.source, a.source_key, b.person_id as from_person, a.person_id as to_person,
  b.pass as from_pass, a.pass as to_pass,
  max(case when a.pass = 'clerical' or b.pass = 'clerical' or d.subject is not null then 'decision' else 'evidence' end) as cause
from after as a
join before as b on b.source = a.source and b.source_key = a.source_key
left join {} as c on c.source = a.source and c.source_key = a.source_key
left join {} as d on d.subject = c.subject
where a.person_id <> b.person_id
group by a.source, a.source_key, b.person_id, a.person_id, b.pass, a.pass
order by a.source, a.source_key",
        table(steps::CHOICES),
        table(steps::DECIDED),
    )
}
