//! The crossing: one step for each table, made from its allow-list.
//!
//! Rows in are rows out and rows without an identity, of which linkage leaves none; [`account`]
//! counts them, so that a run can show it.

use crate::{
    Handover, Person, Treatment,
    handover::{LINK_QUALITY, PSEUDONYM},
    words::NOT_LISTED,
};
use model::{Ident, Identifiable, Pseudonymous, Sql, Step, source_key, sql};
use std::collections::BTreeSet;

/// The table in which linkage says who each record is about.
const LINKS: &str = "person_link";

/// The steps that hand tables over, for those that have been landed. What another table would have
/// to be looked up in is null where that table has not been landed.
pub fn steps(handovers: &[Handover], landed: &[&str]) -> Vec<Step<Identifiable, Pseudonymous>> {
    handovers
        .iter()
        .filter(|handover| landed.contains(&handover.table()))
        .map(|handover| {
            let crossing = Crossing::of(handover, landed);
            Step::crossing(
                format!("pseudonymise.{}", handover.table()),
                handover.why.clone(),
                crossing.reads.iter().copied(),
                handover.table(),
                crossing.sql(),
            )
        })
        .collect()
}

/// The query of one crossing, with the tables that it reads.
pub(crate) fn query(handover: &Handover, landed: &[&str]) -> (Sql, Vec<String>) {
    let crossing = Crossing::of(handover, landed);
    let reads = crossing.reads.iter().map(|&table| table.to_owned());
    (crossing.sql(), reads.collect())
}

/// Counts `rows_in`, `rows_out` and `rows_without_identity` of a table, to be run where the table
/// is; `None` for a table that is about no person.
pub fn account(handover: &Handover) -> Option<Sql> {
    let table = &handover.table;
    Some(match handover.person()? {
        Person::Column(column) => sql!(
            "select count(*) as rows_in, count(t.{}) as rows_out, count(*) - count(t.{}) as rows_without_identity from {} as t",
            *column,
            *column,
            *table
        ),
        Person::Linked { source_key: key } => sql!(
            "select count(*) as rows_in, count(p.source_key) as rows_out, count(*) - count(p.source_key) as rows_without_identity \
             from {} as t left join (select source_key from {} where source = {}) as p on p.source_key = {}",
            *table,
            Sql::fixed(LINKS),
            Sql::text(table.as_str()),
            key_of(key)
        ),
    })
}

/// One crossing query, as it comes together.
struct Crossing<'a> {
    handover: &'a Handover,
    reads: BTreeSet<&'a str>,
    shown: Vec<Sql>,
    joins: Vec<Sql>,
}

impl<'a> Crossing<'a> {
    fn of(handover: &'a Handover, landed: &[&str]) -> Self {
        let mut crossing = Self {
            handover,
            reads: BTreeSet::from([handover.table()]),
            shown: Vec::new(),
            joins: Vec::new(),
        };
        crossing.person();
        for (place, (name, treatment)) in (1_i64..).zip(&handover.columns) {
            let value = crossing.treated(place, treatment, landed);
            crossing.shown.push(sql!("{} as {}", value, *name));
        }
        crossing
    }

    fn person(&mut self) {
        let (value, join) = match self.handover.person() {
            None => return,
            Some(Person::Column(column)) => (sql!("pseudonym(t.{})", *column), Sql::fixed("")),
            Some(Person::Linked { source_key: key }) => {
                self.reads.insert(LINKS);
                let people = people(&self.handover.table);
                let key = key_of(key);
                (
                    Sql::fixed("p.pseudonym"),
                    sql!("\njoin {} as p on p.source_key = {}", people, key),
                )
            }
        };
        let name = Sql::fixed(PSEUDONYM);
        self.shown.push(sql!("{} as {}", value, name));
        if matches!(self.handover.person(), Some(Person::Linked { .. })) {
            let quality = LINK_QUALITY.map(|(name, of)| {
                let (name, of) = (Sql::fixed(name), Sql::fixed(of));
                sql!("p.{} as {}", of, name)
            });
            self.shown.extend(quality);
        }
        self.joins.push(join);
    }

    /// The value that crosses, once its treatment has been applied.
    fn treated(&mut self, place: i64, treatment: &'a Treatment, landed: &[&str]) -> Sql {
        match treatment {
            Treatment::AsIs { from } => sql!("t.{}", *from),
            Treatment::Listed { from, list } => sql!("listed({}, t.{})", Sql::text(list), *from),
            Treatment::OneOf { from, words } => {
                let words = Sql::join(words.iter().map(|word| Sql::text(word)), ", ");
                sql!(
                    "case when t.{} in ({}) then t.{} when t.{} is not null then {} end",
                    *from,
                    words,
                    *from,
                    *from,
                    Sql::text(NOT_LISTED)
                )
            }
            Treatment::ShortCode { from } => sql!("short_code(t.{})", *from),
            // Not by truncation to the month, which fails on years that a typing slip can make.
            Treatment::Month { from } => sql!(
                "make_date(cast(date_part('year', t.{}) as integer), cast(date_part('month', t.{}) as integer), 1)",
                *from,
                *from
            ),
            Treatment::PostcodeSector { from } => sql!("postcode_sector(t.{})", *from),
            Treatment::LookedUp {
                from,
                table,
                by,
                take,
            } => {
                if !landed.contains(&table.as_str()) {
                    return Sql::fixed("nullif('', '')");
                }
                self.reads.insert(table.as_str());
                let place = Sql::number(place);
                self.joins.push(sql!(
                    "\nleft join (
  select place, taken from (
    select postcode_form({}) as place, {} as taken,
      row_number() over (partition by postcode_form({}) order by received_at desc, submission_id, row_number) as turn
    from {}
  ) as every_version where turn = 1
) as a{} on a{}.place = postcode_form(t.{})",
                    *by,
                    *take,
                    *by,
                    *table,
                    place,
                    place,
                    *from
                ));
                sql!("a{}.taken", place)
            }
            Treatment::LinkedPerson { key } => {
                let people = people(&self.handover.table);
                let key = joined(key);
                let place = Sql::number(place);
                self.joins.push(sql!(
                    "\nleft join {} as l{} on l{}.source_key = {}",
                    people,
                    place,
                    place,
                    key
                ));
                sql!("l{}.pseudonym", place)
            }
            Treatment::Token { key } => {
                let table = Sql::text(self.handover.table());
                sql!("record_token({} || '|' || {})", table, joined(key))
            }
        }
    }

    fn sql(&self) -> Sql {
        let table = &self.handover.table;
        let shown = Sql::join(self.shown.iter().cloned(), ",\n  ");
        let joins = Sql::join(self.joins.iter().cloned(), "");
        let known = match self.handover.person() {
            Some(Person::Column(column)) => sql!("\nwhere t.{} is not null", *column),
            _ => Sql::fixed(""),
        };
        let rows = sql!(
            "select\n  {}\nfrom {} as t{}{}",
            shown,
            *table,
            joins,
            known
        );
        match &self.handover.one_row_per {
            None => rows,
            Some(key) => self.one_row_per(key, &rows),
        }
    }

    /// One row for each value of a column: the combination that most rows have.
    fn one_row_per(&self, key: &Ident, rows: &Sql) -> Sql {
        let columns = Sql::join(
            self.handover
                .columns
                .iter()
                .map(|(name, _)| Sql::from(name)),
            ", ",
        );
        sql!(
            "select {} from (
  select {}, row_number() over (partition by {} order by count(*) desc, {}) as turn
  from (
{}
  ) as rows_of_all_versions
  where {} is not null
  group by {}
) as ranked
where turn = 1",
            columns,
            columns,
            *key,
            columns,
            *rows,
            *key,
            columns
        )
    }
}

/// The pseudonym of each record of a table, made once for each record and not for each row.
fn people(table: &Ident) -> Sql {
    let source = Sql::text(table.as_str());
    let links = Sql::fixed(LINKS);
    sql!(
        "(select source_key, pseudonym(person_id) as pseudonym, grade, weight_band, model from {} where source = {})",
        links,
        source
    )
}

fn key_of(parts: &[Ident]) -> Sql {
    Ident::new("t").map_or_else(|| Sql::fixed("null"), |t| source_key(&t, parts))
}

/// The parts of a key as one text, null where any is blank.
fn joined(parts: &[Ident]) -> Sql {
    let parts = Sql::join(parts.iter().map(|part| sql!("t.{}", *part)), " || '|' || ");
    sql!("'' || {}", parts)
}
