//! The queries that bring records and index into one cleaned form.
//!
//! A record is all rows of one source key. Each of its details is the latest that was sent; its
//! valid NHS numbers are all that were ever sent, since a number that changed is a reason to look.

use crate::{LinkageModel, Sex, Source, Superseded};
use model::{Ident, Sql, source_key, sql};

/// The records of all sources: one row for each record and valid NHS number that it was sent with,
/// or one without a number. `numbers` counts them.
pub(crate) fn records(model: &LinkageModel) -> Sql {
    let sent = Sql::join(model.sources.iter().map(latest_first), "\n  union all\n");
    sql!(
        "with sent as (
{}
), keyed as (
{}
), cleaned as (
{}
), details as (
  select source, source_key,
    first_value(sender order by place) as sender,
    max(case when number_sent is not null then 1 else 0 end) as number_sent,
    {}
  from cleaned
  group by source, source_key
), numbers as (
  select source, source_key, nhs_number,
    count(*) over (partition by source, source_key) as numbers
  from (
    select distinct c.source, c.source_key, {} as nhs_number from cleaned as c{} where c.nhs_number is not null
  ) as sent_numbers
)
select d.source, d.source_key, d.sender, d.number_sent,
  n.nhs_number, coalesce(n.numbers, 0) as numbers,
  d.given_sent, d.family_sent,
{}
from details as d
left join numbers as n on n.source = d.source and n.source_key = d.source_key",
        sent,
        keyed(),
        cleaned(model),
        latest_known(),
        now(model, "c.nhs_number"),
        followed(model, "c.nhs_number"),
        compared(),
    )
}

/// A number, or the one that took its place, where [`followed`] is joined.
fn now(model: &LinkageModel, number: &'static str) -> Sql {
    let number = Sql::fixed(number);
    match model.superseded {
        Some(_) => sql!("coalesce(followed.now, {})", number),
        None => number,
    }
}

/// The join that [`now`] needs.
fn followed(model: &LinkageModel, number: &'static str) -> Sql {
    match model.superseded {
        Some(_) => sql!(
            " left join {} as followed on followed.nhs_number = {}",
            crate::passes::table(crate::steps::NUMBERS),
            Sql::fixed(number)
        ),
        None => Sql::fixed(""),
    }
}

/// Each number that gave way to another, with the one that holds now. Of several that took one's place the latest
/// landed counts. A chain is followed five steps; one that leads in a circle ends at the least number of it.
pub(crate) fn numbers(superseded: &Superseded) -> Sql {
    sql!(
        "with steps as (
  select old, new from (
    select nhs_number_key({}) as old, nhs_number_key({}) as new,
      row_number() over (partition by nhs_number_key({}) order by received_at desc, submission_id, row_number) as turn
    from {}
  ) as sent where turn = 1 and old is not null and new is not null and old <> new
)
select s1.old as nhs_number,
  case when s5.new is null then coalesce(s4.new, s3.new, s2.new, s1.new)
    when s5.new in (s1.new, s2.new, s3.new, s4.new) then least(s1.new, s2.new, s3.new, s4.new, s5.new)
    else s5.new end as now
from steps as s1
left join steps as s2 on s2.old = s1.new
left join steps as s3 on s3.old = s2.new
left join steps as s4 on s4.old = s3.new
left join steps as s5 on s5.old = s4.new",
        superseded.nhs_number,
        superseded.replaced_by,
        superseded.nhs_number,
        superseded.table,
    )
}

/// The rows of the index in the forms that its history gives them: each earlier value in the place of the one now.
fn forms(model: &LinkageModel) -> Sql {
    let rows = rows(&model.index);
    let Some(past) = &model.history else {
        return rows;
    };
    let before = |field: &'static str, column: &'static str| {
        let (field, column) = (Sql::fixed(field), Sql::fixed(column));
        sql!(
            "case when h.field = '{}' then h.value else i.{} end as {}",
            field,
            column,
            column
        )
    };
    sql!(
        "{}
    union all
    select i.source, i.source_key, i.sender, i.number_sent, {}, {}, i.sex, i.born, {}, i.received
    from (
{}
    ) as i join (
      select distinct nhs_number_key({}) as nhs_number, {} as field, {} as value from {}
      where {} in ('given_name', 'family_name', 'postcode')
    ) as h on h.nhs_number = nhs_number_key(i.number_sent)",
        rows,
        before("given_name", "given"),
        before("family_name", "family"),
        before("postcode", "postcode_sent"),
        rows,
        past.nhs_number,
        past.field,
        past.value,
        past.table,
        past.field,
    )
}

/// Of each detail the latest that says anything.
fn latest_known() -> Sql {
    let details = [
        "given_sent",
        "family_sent",
        "given_name",
        "first_name",
        "family_name",
        "sex",
        "date_of_birth",
        "postcode",
    ];
    let details = details.map(|detail| {
        let detail = Sql::fixed(detail);
        sql!(
            "first_value({} order by place) filter (where {} is not null) as {}",
            detail,
            detail,
            detail
        )
    });
    Sql::join(details, ",\n    ")
}

/// The index: one row for each person and form in which the person has ever stood in it, so that a
/// former address or name still finds them.
pub(crate) fn index(model: &LinkageModel) -> Sql {
    sql!(
        "with sent as (
  select *, 1 as place from (
{}
  ) as landed
), keyed as (
{}
), cleaned as (
{}
)
select distinct {} as nhs_number, d.given_sent, d.family_sent,
{}
from cleaned as d{}
where d.nhs_number is not null",
        forms(model),
        keyed(),
        cleaned(model),
        now(model, "d.nhs_number"),
        compared(),
        followed(model, "d.nhs_number"),
    )
}

/// The key of each row of the index, and the valid number it holds.
pub(crate) fn index_keys(model: &LinkageModel) -> Sql {
    let table = &model.index.table;
    let name = Sql::text(table.as_str());
    let number = column(table, model.index.columns.nhs_number.as_ref());
    sql!(
        "select k.source, k.source_key, {} as nhs_number from (
    select {} as source, {} as source_key, max(nhs_number_key({})) as nhs_number from {} group by 1, 2
  ) as k{}",
        now(model, "k.nhs_number"),
        name,
        source_key(table, &model.index.source_key),
        number,
        *table,
        followed(model, "k.nhs_number"),
    )
}

/// The distinct details that a source sent for each record, numbered from the latest.
fn latest_first(source: &Source) -> Sql {
    let latest = |direction: fn(Sql) -> Sql| {
        Sql::join(
            (1_i64..).zip(&source.latest_by).map(|(n, _)| {
                let n = Sql::number(n);
                direction(sql!("latest_{}", n))
            }),
            "",
        )
    };
    sql!(
        "  select source, source_key, sender, number_sent, given, family, sex, born, postcode_sent, received,
    row_number() over (partition by source_key order by {}number_sent, given, family, sex, born, postcode_sent, sender, received) as place
  from (
    select source, source_key, sender, number_sent, given, family, sex, born, postcode_sent, cast(max(received) as date) as received{}
    from (
{}
    ) as landed
    group by source, source_key, sender, number_sent, given, family, sex, born, postcode_sent
  ) as distinct_details",
        latest(|n| sql!("{} desc nulls last, ", n)),
        latest(|n| sql!(", max({}) as {}", n, n)),
        rows(source),
    )
}

/// The rows of a source under names common to all sources.
fn rows(source: &Source) -> Sql {
    let table = &source.table;
    let held = &source.columns;
    let name = Sql::text(table.as_str());
    let born = held.date_of_birth.as_ref().map_or_else(
        || Sql::fixed("cast(null as date)"),
        |born| sql!("{}.{}", *table, *born),
    );
    let latest = Sql::join(
        (1_i64..).zip(&source.latest_by).map(|(n, by)| {
            let n = Sql::number(n);
            sql!(", {}.{} as latest_{}", *table, *by, n)
        }),
        "",
    );
    sql!(
        "    select {} as source, {} as source_key, {}.\"sender\" as sender, {} as number_sent, {} as given, {} as family, {} as sex, {} as born, {} as postcode_sent, {}.\"received_at\" as received{}
    from {}",
        name,
        source_key(table, &source.source_key),
        *table,
        column(table, held.nhs_number.as_ref()),
        column(table, held.given_name.as_ref()),
        column(table, held.family_name.as_ref()),
        sex(source),
        born,
        column(table, held.postcode.as_ref()),
        *table,
        latest,
        *table,
    )
}

/// The keys by which details are compared.
fn keyed() -> Sql {
    Sql::fixed(
        "  select source, source_key, sender, number_sent, given, family, sex, born, received, place,
    nhs_number_key(number_sent) as nhs_number,
    name_key(given) as given_key, first_name_key(given) as first_key, name_key(family) as family_key,
    postcode_key(postcode_sent) as postcode_key
  from sent",
    )
}

/// Details that say nothing become null: placeholder names, places that are none, impossible dates.
fn cleaned(model: &LinkageModel) -> Sql {
    let named = |key: &'static str| {
        let key = Sql::fixed(key);
        sql!(
            "case when {} then null else {} end",
            among(&key, &model.not_names),
            key
        )
    };
    let outward = Sql::fixed("split_part(postcode_key, ' ', 1)");
    sql!(
        "  select source, source_key, sender, number_sent, place, nhs_number, sex,
    case when {} is null then null else trim(given) end as given_sent,
    case when {} is null then null else trim(family) end as family_sent,
    {} as given_name, {} as first_name, {} as family_name,
    case when born >= {} and born <= cast(received as date) then born end as date_of_birth,
    case when {} then null else postcode_key end as postcode
  from keyed",
        named("given_key"),
        named("family_key"),
        named("given_key"),
        named("first_key"),
        named("family_key"),
        Sql::date(model.earliest_birth_date),
        among(&outward, &model.not_places),
    )
}

/// The columns that passes compare, from the cleaned details `d`.
fn compared() -> Sql {
    Sql::fixed(
        "  d.given_name, d.first_name, substr(d.given_name, 1, 1) as given_initial,
  d.family_name, substr(d.family_name, 1, 3) as family_start, d.sex,
  d.date_of_birth, date_part('year', d.date_of_birth) as birth_year,
  date_part('month', d.date_of_birth) as birth_month, date_part('day', d.date_of_birth) as birth_day,
  d.postcode, split_part(d.postcode, ' ', 1) as outward",
    )
}

fn among(value: &Sql, words: &[String]) -> Sql {
    if words.is_empty() {
        return Sql::fixed("false");
    }
    let words = Sql::join(words.iter().map(|word| Sql::text(word)), ", ");
    sql!("{} in ({})", *value, words)
}

/// Sex under one code for all sources; whatever is neither male nor female is not compared.
fn sex(source: &Source) -> Sql {
    let Some(held) = &source.columns.sex else {
        return no_text();
    };
    if source.sex.is_empty() {
        return no_text();
    }
    let cases = Sql::join(
        source.sex.iter().map(|(word, sex)| {
            let code = Sql::number(match sex {
                Sex::Male => 1,
                Sex::Female => 2,
            });
            sql!(" when {} then '{}'", Sql::text(word), code)
        }),
        "",
    );
    sql!("case {}.{}{} end", source.table, *held, cases)
}

pub(crate) fn column(table: &Ident, held: Option<&Ident>) -> Sql {
    held.map_or_else(no_text, |held| sql!("{}.{}", *table, *held))
}

/// A null of type text, written so that the engine gives it the type of the landed columns.
fn no_text() -> Sql {
    Sql::fixed("nullif('', '')")
}
