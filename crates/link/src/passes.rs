//! One pass as a query: which records find which people of the index.

use crate::{BirthDate, Detail, Equality, Pass, steps};
use model::{Ident, Sql, sql};

/// The people that a pass finds, with the pass's place in the order.
pub(crate) fn found(place: i64, pass: &Pass) -> Sql {
    let mut same: Vec<Sql> = pass.equal.iter().copied().map(equal).collect();
    let mut besides = Vec::new();
    match pass.birth_date {
        BirthDate::Equal => same.push(Sql::fixed("r.date_of_birth = i.date_of_birth")),
        BirthDate::Exchanged => same.push(exchanged()),
        BirthDate::Partly => besides.push(partly()),
        BirthDate::NotSupplied => besides.push(Sql::fixed("r.date_of_birth is null")),
    }
    if !pass.any_of.is_empty() {
        let groups = pass.any_of.iter().map(|group| {
            let all = Sql::join(group.iter().copied().map(equal), " and ");
            sql!("({})", all)
        });
        let any = Sql::join(groups, " or ");
        besides.push(sql!("({})", any));
    }
    besides.extend(pass.may_not_disagree.iter().copied().map(not_different));
    for birthday in &pass.not_born_on {
        let month = Sql::number(birthday.month.into());
        let day = Sql::number(birthday.day.into());
        besides.push(sql!(
            "not (r.birth_month = {} and r.birth_day = {})",
            month,
            day
        ));
    }
    if !pass.sources.is_empty() {
        let sources = Sql::join(pass.sources.iter().map(|name| Sql::text(name)), ", ");
        besides.push(sql!("r.source in ({})", sources));
    }
    let same = Sql::join(same, " and ");
    let besides = if besides.is_empty() {
        Sql::fixed("")
    } else {
        let all = Sql::join(besides, "\n    and ");
        sql!("\n  where {}", all)
    };
    sql!(
        "select {} as place, r.source, r.source_key, r.numbers, i.nhs_number as person_number
  from {} as r join {} as i on {}{}",
        Sql::number(place),
        table(steps::RECORDS),
        table(steps::INDEX),
        same,
        besides,
    )
}

/// A table of this crate as it stands in a query.
pub(crate) fn table(name: &'static str) -> Sql {
    Ident::new(name).map_or_else(|| Sql::fixed(name), |ident| Sql::from(&ident))
}

fn equal(pair: Equality) -> Sql {
    let (record, index) = sides(pair);
    sql!("{} = {}", record, index)
}

fn not_different(pair: Equality) -> Sql {
    let (record, index) = sides(pair);
    sql!(
        "({} is null or {} is null or {} = {})",
        record,
        index,
        record,
        index
    )
}

fn sides(pair: Equality) -> (Sql, Sql) {
    let name = |detail: Detail| Sql::fixed(detail.column());
    let (record, index) = (name(pair.record), name(pair.index));
    (sql!("r.{}", record), sql!("i.{}", index))
}

fn exchanged() -> Sql {
    Sql::fixed(
        "r.birth_year = i.birth_year and r.birth_month = i.birth_day and r.birth_day = i.birth_month and r.birth_month <> r.birth_day",
    )
}

fn partly() -> Sql {
    let exchanged = exchanged();
    sql!(
        "(case when r.birth_year = i.birth_year then 1 else 0 end \
         + case when r.birth_month = i.birth_month then 1 else 0 end \
         + case when r.birth_day = i.birth_day then 1 else 0 end >= 2 or ({}))",
        exchanged
    )
}
