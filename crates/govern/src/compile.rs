//! From an agreement to SQL: the row filter and the expression of each column, per table.
//!
//! The queries read the tables of the analysis zone under their own names and make the only
//! tables that a session sees. Nothing from outside the agreement's file enters them.

use crate::{
    Digest,
    agreement::{
        Clauses, DatasetTerms, FieldTerms, House, Name,
        clauses::{Grade, PurposeCode},
        predicate::{Fact, Found, NamedCodes, Predicate},
        treatment::{Bands, Treatment},
    },
    preferences,
};
use model::{Date, Ident, OrganisationCode, Sql, sql};
use std::collections::{BTreeMap, BTreeSet};

/// The column of every table of the analysis zone that says which person a row is about.
pub const PERSON_COLUMN: &str = "person_pseudonym";

/// The function of two texts, key domain and pseudonym, that gives a recipient's own pseudonym.
pub const PSEUDONYM_FUNCTION: &str = "recipient_pseudonym";

/// What a session sees of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GovernedView {
    /// The table, by the same name in the analysis zone and in the session.
    pub table: Ident,
    /// The columns, each with the expression that makes it from the table of the analysis zone.
    /// Expressions name columns with the table before them.
    pub columns: Vec<GovernedColumn>,
    /// The rows, as a condition on the table of the analysis zone.
    pub filter: Sql,
    /// The other tables of the analysis zone that the filter looks into. The session never sees them.
    pub reads: BTreeSet<String>,
}

/// One column of a governed view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GovernedColumn {
    pub name: Ident,
    pub expression: Sql,
}

impl GovernedView {
    /// The whole view as a query over the tables of the analysis zone. A question that touches no
    /// column, such as a plain count of rows, gets rows with nothing in them but the number 1.
    pub fn query(&self) -> Sql {
        let columns = if self.columns.is_empty() {
            Sql::fixed("1 as \"row_present\"")
        } else {
            Sql::join(
                self.columns
                    .iter()
                    .map(|c| sql!("{} as {}", c.expression, c.name)),
                ", ",
            )
        };
        sql!(
            "select {} from {} where {}",
            columns,
            self.table,
            self.filter
        )
    }

    /// The digest of the rows it lets through.
    pub(crate) fn filter_parts(&self) -> [&str; 2] {
        [self.table.as_str(), self.filter.as_str()]
    }
}

/// The digest of the row filters of some views.
pub(crate) fn row_filter_digest(views: &[GovernedView]) -> Digest {
    Digest::of_parts(views.iter().flat_map(GovernedView::filter_parts))
}

/// The digest of the columns of some views, with how each is made.
pub(crate) fn field_mask_digest(views: &[GovernedView]) -> Digest {
    Digest::of_parts(views.iter().flat_map(|view| {
        view.columns.iter().flat_map(|column| {
            [
                view.table.as_str(),
                column.name.as_str(),
                column.expression.as_str(),
            ]
        })
    }))
}

/// A table that does not say where it keeps a fact that the minimisation speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MissingFact(pub(crate) Fact);

/// For whom a view is made: part of the key domain, so that two recipients, or two purposes, never
/// hold the same pseudonym for a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipient<'a> {
    pub(crate) organisation: &'a OrganisationCode,
    pub(crate) purpose: PurposeCode,
    /// The day on which preferences have to hold.
    pub(crate) on: Date,
}

/// The view of one table with the columns named. `Err` where the agreement leaves its rows undefined.
pub(crate) fn view(
    clauses: &Clauses,
    house: &House,
    (table, terms): (&Name, &DatasetTerms),
    columns: &BTreeSet<String>,
    recipient: Recipient<'_>,
) -> Result<GovernedView, MissingFact> {
    let domain = key_domain(clauses, table, recipient);
    let (mut filter, mut reads) = row_filter(clauses, house, table, terms)?;
    if let Some(kept) = people_kept(clauses, house, table, recipient) {
        reads.insert(house.preferences_table.as_str().to_owned());
        filter = if filter.as_str() == "true" {
            kept
        } else {
            sql!("{} and {}", filter, kept)
        };
    }
    Ok(GovernedView {
        table: table.ident().clone(),
        columns: terms
            .fields
            .iter()
            .filter(|(name, _)| columns.contains(name.as_str()))
            .map(|(name, field)| GovernedColumn {
                name: name.ident().clone(),
                expression: expression(table, name, field, &domain),
            })
            .collect(),
        filter,
        reads,
    })
}

/// The name under which the key of a recipient's pseudonyms is kept. Tables share one only where
/// the agreement lets them be linked, so a linkage that is not listed cannot be done afterwards either.
pub(crate) fn key_domain(clauses: &Clauses, table: &Name, recipient: Recipient<'_>) -> String {
    let group = clauses
        .linkage
        .iter()
        .find(|pair| &pair.from == table || &pair.to == table)
        .map_or_else(
            || format!("table:{table}"),
            |pair| format!("linked:{}", pair.key_domain),
        );
    let line = clauses.version.split('.').next().unwrap_or_default();
    format!(
        "{}/{line}/{}/{}/{group}",
        clauses.reference,
        recipient.organisation,
        recipient.purpose.code()
    )
}

/// The tables and columns of the analysis zone that an agreement's views are made from, so that an
/// agreement which names a column that is not there is found before anyone asks.
pub(crate) fn sources(clauses: &Clauses, house: &House) -> BTreeMap<String, BTreeSet<String>> {
    let mut sources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |table: &str, column: &str| {
        let columns = sources.entry(table.to_owned()).or_default();
        columns.insert(column.to_owned());
    };
    let opt_outs = !clauses.opt_outs.applied().is_empty() || house.restricting();
    if opt_outs {
        for column in preferences::COLUMNS {
            add(house.preferences_table.as_str(), column);
        }
    }
    let mut cohorts = false;
    clauses.minimisation.walk("", &mut |_, predicate| {
        cohorts |= matches!(predicate, Predicate::InCohort(_));
    });
    if let Some(lists) = house.cohorts_table.as_ref().filter(|_| cohorts) {
        add(lists.as_str(), PERSON_COLUMN);
        add(lists.as_str(), "cohort");
    }
    for (table, terms) in &clauses.datasets {
        let table = table.as_str();
        if opt_outs || cohorts {
            add(table, PERSON_COLUMN);
        }
        let others = house.points_at.get(table).filter(|_| opt_outs);
        for column in others.into_iter().flatten() {
            add(table, column.as_str());
        }
        for (name, field) in &terms.fields {
            add(table, field.from.as_ref().unwrap_or(name).as_str());
            if let Treatment::AgeBand { on: Some(on), .. } = &field.treatment {
                add(table, on.as_str());
            }
        }
        for found in terms.facts.values() {
            match found {
                Found::Column(column) => add(table, column.as_str()),
                Found::Through(other) => {
                    add(table, other.matching.as_str());
                    add(other.through.as_str(), other.matching.as_str());
                    add(other.through.as_str(), other.column.as_str());
                }
                Found::Aged(aged) => {
                    add(table, aged.born.as_str());
                    add(table, aged.on.as_str());
                }
            }
        }
    }
    sources
}

/// Whose rows stay, by what people said about their use: nobody's who said no, and none that points at one of them.
fn people_kept(
    clauses: &Clauses,
    house: &House,
    table: &Name,
    recipient: Recipient<'_>,
) -> Option<Sql> {
    let others: Vec<Sql> = house
        .points_at
        .get(table.as_str())
        .into_iter()
        .flatten()
        .map(|column| qualified(table, column))
        .collect();
    preferences::condition(
        house.preferences_table.ident(),
        &clauses.opt_outs.policy(),
        &used(house, table, recipient),
        &person_of(table),
        &others,
    )
}

/// For each kind of preference, how many people of the rows that an agreement is about it leaves out; with the tables
/// that the query reads.
pub(crate) fn people_left_out(
    clauses: &Clauses,
    house: &House,
    (table, terms): (&Name, &DatasetTerms),
    recipient: Recipient<'_>,
) -> Option<(Sql, BTreeSet<String>)> {
    let policy = clauses.opt_outs.policy();
    if policy.is_empty() && !house.restricting() {
        return None;
    }
    let (rows, mut reads) = row_filter(clauses, house, table, terms).ok()?;
    let preferences = house.preferences_table.ident();
    reads.insert(preferences.as_str().to_owned());
    reads.insert(table.as_str().to_owned());
    let person = person_of(table);
    let column = Sql::fixed("\"person_pseudonym\"");
    let query = sql!(
        "select {}.\"kind\" as kind, count(distinct {}) as people from {} join {} on {}.{} = {} where {} and {} group by 1 order by 1",
        *preferences,
        person,
        *table,
        *preferences,
        *preferences,
        column,
        person,
        rows,
        preferences::applies(preferences, &policy, &used(house, table, recipient))
    );
    Some((query, reads))
}

fn used<'a>(house: &House, table: &'a Name, recipient: Recipient<'a>) -> preferences::Use<'a> {
    preferences::Use {
        restricting: house.restricting(),
        dataset: table.as_str(),
        purpose: recipient.purpose.code(),
        recipient: recipient.organisation.as_str(),
        on: recipient.on,
    }
}

fn person_of(table: &Name) -> Sql {
    sql!("{}.{}", *table, Sql::fixed("\"person_pseudonym\""))
}

/// The rows that the agreement is about, whatever people said about their use.
pub(crate) fn row_filter(
    clauses: &Clauses,
    house: &House,
    table: &Name,
    terms: &DatasetTerms,
) -> Result<(Sql, BTreeSet<String>), MissingFact> {
    let mut reads = BTreeSet::new();
    let mut conditions = Vec::new();
    if !matches!(clauses.minimisation, Predicate::Everyone(_)) {
        let rows = &clauses.minimisation;
        conditions.push(condition(rows, table, terms, house, &mut reads)?);
    }
    if let Some(period) = terms.period {
        let rows = Predicate::Period(period);
        conditions.push(condition(&rows, table, terms, house, &mut reads)?);
    }
    // A table that may be linked from one grade on shows no record of a lower one, linked or not.
    if let Some(floor) = grade_floor(clauses, table) {
        let grades = floor
            .and_surer()
            .map(|grade| (grade.code().to_owned(), grade.words().to_owned()));
        let rows = Predicate::LinkedWith(grades.collect());
        conditions.push(condition(&rows, table, terms, house, &mut reads)?);
    }
    let filter = if conditions.is_empty() {
        Sql::fixed("true")
    } else {
        Sql::join(conditions, " and ")
    };
    Ok((filter, reads))
}

/// The surest grade that a linkage of the table asks for.
fn grade_floor(clauses: &Clauses, table: &Name) -> Option<Grade> {
    clauses
        .linkage
        .iter()
        .filter(|pair| &pair.from == table || &pair.to == table)
        .filter_map(|pair| pair.grade_floor)
        .min()
}

fn condition(
    predicate: &Predicate,
    table: &Name,
    terms: &DatasetTerms,
    house: &House,
    reads: &mut BTreeSet<String>,
) -> Result<Sql, MissingFact> {
    let mut below = |predicates: &[Predicate], separator| {
        predicates
            .iter()
            .map(|p| condition(p, table, terms, house, reads))
            .collect::<Result<Vec<_>, _>>()
            .map(|parts| {
                let joined = Sql::join(parts, separator);
                sql!("({})", joined)
            })
    };
    let fact = match predicate {
        Predicate::All(predicates) => return below(predicates, " and "),
        Predicate::Any(predicates) => return below(predicates, " or "),
        Predicate::Everyone(_) => return Ok(Sql::fixed("true")),
        Predicate::InCohort(lists) => {
            // Without a table of lists nobody is on one, so no row passes.
            let Some(members) = &house.cohorts_table else {
                return Ok(Sql::fixed("false"));
            };
            reads.insert(members.as_str().to_owned());
            let lists = Sql::join(lists.keys().map(|list| Sql::text(list)), ", ");
            let person = Sql::fixed("\"person_pseudonym\"");
            return Ok(sql!(
                "{}.{} in (select {} from {} where {}.\"cohort\" in ({}))",
                *table,
                person,
                person,
                *members,
                *members,
                lists
            ));
        }
        Predicate::Council(_)
        | Predicate::ResidentIn(_)
        | Predicate::RegisteredWith(_)
        | Predicate::TreatedBy(_)
        | Predicate::CommissionedBy(_)
        | Predicate::HasCode(_)
        | Predicate::HasCodeFrom(_)
        | Predicate::LinkedWith(_)
        | Predicate::Period(_)
        | Predicate::Age(_) => predicate.fact(),
    };
    let missing = || MissingFact(fact.unwrap_or(Fact::Council));
    let found = fact.and_then(|f| terms.facts.get(&f)).ok_or_else(missing)?;
    match found {
        Found::Column(name) => {
            let value = qualified(table, name);
            test(predicate, &value, 1).ok_or_else(missing)
        }
        Found::Through(other) => {
            reads.insert(other.through.as_str().to_owned());
            let value = qualified(&other.through, &other.column);
            let held = test(predicate, &value, 1).ok_or_else(missing)?;
            let key = qualified(table, &other.matching);
            Ok(sql!(
                "{} in (select {} from {} where {})",
                key,
                other.matching,
                other.through,
                held
            ))
        }
        Found::Aged(aged) => {
            let months = months_between(table, &aged.born, &aged.on);
            match predicate {
                Predicate::Age(_) => test(predicate, &months, 12).ok_or_else(missing),
                _ => Err(missing()),
            }
        }
    }
}

/// One predicate over one value. `unit` is how many of the value make a year of age.
fn test(predicate: &Predicate, value: &Sql, unit: i64) -> Option<Sql> {
    match predicate {
        Predicate::Council(codes)
        | Predicate::ResidentIn(codes)
        | Predicate::RegisteredWith(codes)
        | Predicate::TreatedBy(codes)
        | Predicate::CommissionedBy(codes)
        | Predicate::HasCode(codes)
        | Predicate::HasCodeFrom(NamedCodes { codes, .. })
        | Predicate::LinkedWith(codes) => {
            if codes.is_empty() {
                return Some(Sql::fixed("false"));
            }
            let codes = Sql::join(codes.keys().map(|code| Sql::text(code)), ", ");
            Some(sql!("{} in ({})", *value, codes))
        }
        Predicate::Period(period) => between(
            value,
            period.from.map(Sql::date),
            period.to.map(|to| (Sql::fixed("<="), Sql::date(to))),
        ),
        Predicate::Age(ages) => between(
            value,
            ages.from.map(|from| Sql::number(i64::from(from) * unit)),
            ages.to
                .map(|to| (Sql::fixed("<"), Sql::number((i64::from(to) + 1) * unit))),
        ),
        Predicate::All(_) | Predicate::Any(_) | Predicate::InCohort(_) | Predicate::Everyone(_) => {
            None
        }
    }
}

fn between(value: &Sql, from: Option<Sql>, to: Option<(Sql, Sql)>) -> Option<Sql> {
    let lower = from.map(|from| sql!("{} >= {}", *value, from));
    let upper = to.map(|(sign, to)| sql!("{} {} {}", *value, sign, to));
    let parts: Vec<Sql> = lower.into_iter().chain(upper).collect();
    (!parts.is_empty()).then(|| {
        let joined = Sql::join(parts, " and ");
        sql!("({})", joined)
    })
}

/// What stands in a column once it is treated.
fn expression(table: &Name, name: &Name, field: &FieldTerms, domain: &str) -> Sql {
    let value = qualified(table, field.from.as_ref().unwrap_or(name));
    match &field.treatment {
        Treatment::AsIs => value,
        Treatment::Month => sql!("cast(date_trunc('month', {}) as date)", value),
        Treatment::Quarter => sql!("cast(date_trunc('quarter', {}) as date)", value),
        Treatment::Year => sql!("cast(date_trunc('year', {}) as date)", value),
        // The space stands after two to four characters; text of another shape becomes blank.
        Treatment::PostcodeSector => sql!(
            "case when strpos({}, ' ') between 3 and 5 then substr({}, 1, strpos({}, ' ') + 1) end",
            value,
            value,
            value
        ),
        Treatment::PostcodeDistrict => sql!(
            "case when strpos({}, ' ') between 3 and 5 then substr({}, 1, strpos({}, ' ') - 1) end",
            value,
            value,
            value
        ),
        Treatment::Lsoa => sql!(
            "case when length({}) = 9 and substr({}, 1, 3) in ('E01', 'W01') then {} end",
            value,
            value,
            value
        ),
        Treatment::Pseudonym => {
            let domain = Sql::text(domain);
            sql!("recipient_pseudonym({}, {})", domain, value)
        }
        Treatment::Rounded { to } => {
            let to = Sql::number(i64::from(to.get()));
            sql!("round(cast({} as double) / {}) * {}", value, to, to)
        }
        Treatment::AgeBand { on: None, bands } => banded(bands, &value, 1),
        Treatment::AgeBand {
            on: Some(on),
            bands,
        } => {
            let born = field.from.as_ref().unwrap_or(name);
            banded(bands, &months_between(table, born, on), 12)
        }
    }
}

fn banded(bands: &Bands, value: &Sql, unit: i64) -> Sql {
    let cases = bands.iter().map(|band| {
        let from = Sql::number(i64::from(band.from) * unit);
        let label = Sql::text(&band.label);
        let held = match band.to {
            Some(to) => {
                let past = Sql::number((i64::from(to) + 1) * unit);
                sql!("{} >= {} and {} < {}", *value, from, *value, past)
            }
            None => sql!("{} >= {}", *value, from),
        };
        sql!("when {} then {}", held, label)
    });
    let cases = Sql::join(cases, " ");
    sql!("case {} end", cases)
}

/// Whole months from the month of birth to a date: the age in years is a twelfth of it.
fn months_between(table: &Name, born: &Name, on: &Name) -> Sql {
    let (born, on) = (qualified(table, born), qualified(table, on));
    sql!(
        "((date_part('year', {}) - date_part('year', {})) * 12 + date_part('month', {}) - date_part('month', {}))",
        on,
        born,
        on,
        born
    )
}

fn qualified(table: &Name, column: &Name) -> Sql {
    sql!("{}.{}", *table, *column)
}
