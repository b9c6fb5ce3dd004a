//! What a run of linkage found, as counts: by source and pass, and for each sender what tracing
//! can give back. Counts only; no row of these points at a person.

use crate::{LinkageModel, passes::table, steps};
use model::{Sql, sql};

/// Records and people by source and pass, in the order of the passes. Reads [`steps::LINKS`].
pub fn link_report(model: &LinkageModel) -> Sql {
    let order = Sql::join(
        (1_i64..).zip(&model.passes).map(|(place, pass)| {
            sql!(
                " when {} then {}",
                Sql::text(&pass.name),
                Sql::number(place)
            )
        }),
        "",
    );
    let outcomes = Sql::join(
        (1000_i64..).zip(steps::OUTCOMES).map(|(place, outcome)| {
            sql!(" when {} then {}", Sql::text(outcome), Sql::number(place))
        }),
        "",
    );
    sql!(
        "select source, pass, count(*) as records, count(distinct person_id) as people
from {}
group by source, pass
order by source, case pass{}{} end",
        table(steps::LINKS),
        order,
        outcomes,
    )
}

/// For each sender and source, what tracing found out about NHS numbers. Reads [`steps::RECORDS`]
/// and [`steps::CHOICES`].
///
/// Each record is counted in `records` and in exactly one of: `verified` (its number is the
/// person's), `missing_found` and `faulty_found` (no number, or none that is valid, and the person
/// was found), `mismatched` (the person was found under another number), `in_conflict` (several
/// numbers were sent, one of which is the person's), `several`, `not_found`.
pub fn trace_report() -> Sql {
    sql!(
        "with judged as (
  select r.source, r.source_key, r.sender, r.number_sent, r.numbers, c.people, c.person_number,
    max(case when r.nhs_number = c.person_number then 1 else 0 end) as agrees
  from {} as r
  left join {} as c on c.source = r.source and c.source_key = r.source_key
  group by r.source, r.source_key, r.sender, r.number_sent, r.numbers, c.people, c.person_number
)
select sender, source, count(*) as records,
  sum(case when agrees = 1 and numbers = 1 then 1 else 0 end) as verified,
  sum(case when person_number is not null and number_sent = 0 then 1 else 0 end) as missing_found,
  sum(case when person_number is not null and number_sent = 1 and numbers = 0 then 1 else 0 end) as faulty_found,
  sum(case when person_number is not null and numbers > 0 and agrees = 0 then 1 else 0 end) as mismatched,
  sum(case when agrees = 1 and numbers > 1 then 1 else 0 end) as in_conflict,
  sum(case when people > 1 then 1 else 0 end) as several,
  sum(case when people is null then 1 else 0 end) as not_found
from judged
group by sender, source
order by sender, source",
        table(steps::RECORDS),
        table(steps::CHOICES),
    )
}
