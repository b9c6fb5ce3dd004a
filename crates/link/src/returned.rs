//! Return to the sender: what the index holds otherwise than the rows of one submission, as a query. What is told, and
//! how sure the link must be for it, is in `content/linkage/returned.toml`.
//!
//! The query gives values of people. What is not to be told leaves it without a value, as a line to be counted.

use crate::{LinkError, LinkageModel, Source, passes::table, records::column, steps, trace};
use model::{Content, Ident, Sql, SubmissionId, source_key, sql};
use serde::Deserialize;
use std::collections::BTreeMap;

const PATH: &str = "linkage/returned.toml";

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The NHS number: missing, or another one.
    Number,
    /// The name.
    Name,
    /// The date of birth.
    BirthDate,
    /// The practice: missing, or another one.
    Practice,
    /// A death that the sender does not have, or on another day.
    Death,
}

impl About {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Number,
        Self::Name,
        Self::BirthDate,
        Self::Practice,
        Self::Death,
    ];

    /// The word that stands in the rows of the query and in the settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::Practice => "practice",
            Self::Death => "death",
        }
    }
}

/// What is told to senders, and how sure it must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returning {
    /// How sure the link must be for each kind; what is not here is never told.
    pub floor: BTreeMap<About, f64>,
    /// How sure a record is linked by each pass.
    #[serde(rename = "pass")]
    pub passes: Vec<ReturnPass>,
    practice: Practice,
    status: Status,
    /// Confidentiality codes that are not sensitive, as tracing has them.
    #[serde(skip)]
    open: Vec<String>,
}

/// How sure a pass is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnPass {
    /// The name of the pass, or of an outcome that is none.
    pub name: String,
    /// From 0 to 1; by the match weight of the link where it is left out.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// What the step is in words, where the linkage model does not say.
    #[serde(default)]
    pub why: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Practice {
    none: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Status {
    open: Vec<String>,
}

/// Which tables and columns are there to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    /// The linkage model, with the columns that the landed tables have.
    pub model: &'a LinkageModel,
    /// The table of the submission, which is a source of the model.
    pub source: &'a Source,
    /// Whether [`steps::CHOICES`] has the match weights of links.
    pub weights: bool,
    /// Whether pairs were weighed, so that it is known where several people are near.
    pub pairs: bool,
}

impl Returning {
    /// Reads and checks the settings.
    pub fn read(content: &Content) -> Result<Self, LinkError> {
        let mut settings: Self = content.toml(PATH)?;
        settings.check()?;
        settings.open = trace::Settings::read(content)
            .map_err(|fault| mistake(&fault.to_string()))?
            .sensitive
            .open;
        Ok(settings)
    }

    fn check(&self) -> Result<(), LinkError> {
        let confidences = self.passes.iter().filter_map(|p| p.confidence);
        if let Some(wrong) = confidences
            .chain(self.floor.values().copied())
            .find(|c| !(0.0..=1.0).contains(c))
        {
            return Err(mistake(&format!(
                "`{wrong}` is no probability: write a number from 0 to 1"
            )));
        }
        for (at, pass) in self.passes.iter().enumerate() {
            let name = &pass.name;
            if self.passes.iter().skip(at + 1).any(|p| p.name == *name) {
                return Err(mistake(&format!("`{name}` stands twice")));
            }
        }
        Ok(())
    }

    /// The step in words.
    pub fn why<'a>(&'a self, model: &'a LinkageModel, pass: &'a str) -> &'a str {
        let own = self.passes.iter().find(|p| p.name == pass);
        let of_model = model.passes.iter().find(|p| p.name == pass);
        own.and_then(|p| p.why.as_deref())
            .or_else(|| of_model.map(|p| p.why.as_str()))
            .unwrap_or(pass)
    }

    /// The tables that [`Returning::findings`] reads.
    pub fn reads<'a>(tables: &Tables<'a>) -> Vec<&'a str> {
        let mut reads = vec![
            tables.source.name(),
            tables.model.index.name(),
            steps::CHOICES,
        ];
        if tables.pairs {
            reads.push(steps::PAIRS);
        }
        reads
    }

    /// What was found about the rows of a submission: one line for each record and kind, the surest first.
    ///
    /// Columns: about, row (its first), rows, reference, yours, found, pass, confidence, token, offered (1 or 0), named
    /// (all names of the record and its person, to keep them out of reasons). A line that is not offered has no
    /// reference, no token and no values. Calls `record_token`, a keyed digest.
    pub fn findings(&self, tables: &Tables<'_>, submission: &SubmissionId, most: i64) -> Sql {
        let source = tables.source;
        let parts: Vec<Sql> = About::ALL
            .into_iter()
            .filter(|about| self.floor.contains_key(about))
            .filter_map(|about| Self::found(about, tables))
            .collect();
        let parts = if parts.is_empty() {
            sql!(
                "  select 'none' as about, 0 as blank, '' as yours, '' as found, compared.* from compared where false"
            )
        } else {
            Sql::join(parts, "\n  union all\n")
        };
        let floors = Sql::join(
            self.floor.iter().map(|(about, floor)| {
                sql!(" when {} then {}", Sql::text(about.word()), share(*floor))
            }),
            "",
        );
        let floors = if self.floor.is_empty() {
            Sql::fixed("2.0")
        } else {
            sql!("case about{} end", floors)
        };
        sql!(
            "with sent as (
{}
), {}chosen as (
{}
), standing as (
{}
), people as (
{}
), compared as (
  select sent.*, chosen.person_number, chosen.pass, chosen.confidence, chosen.doubtful, people.index_given,
    people.index_family, people.index_born, people.index_practice, people.index_died, people.sensitive
  from sent
  join chosen on chosen.source_key = sent.source_key
  join people on people.person_number = chosen.person_number
), found as (
{}
), ranked as (
  select *, row_number() over (partition by about, source_key order by blank, row_number) as place,
    count(*) over (partition by about, source_key) as rows
  from found
), told as (
  select *, case when sensitive = 0 and doubtful = 0 and confidence >= {} then 1 else 0 end as offered
  from ranked
  where place = 1
)
select about, row_number, rows,
  case when offered = 1 then reference end as reference,
  case when offered = 1 then yours end as yours,
  case when offered = 1 then found end as found,
  pass, confidence,
  case when offered = 1 then record_token('returned|' || sender || '|' || {} || '|' || source_key || '|' || about || '|' || found) end as token,
  offered,
  case when offered = 1 then coalesce(given, '') || ' ' || coalesce(family, '') || ' ' || coalesce(index_given, '') || ' ' || coalesce(index_family, '') end as named
from told
order by offered desc, confidence desc, row_number, about
limit {}",
            sent(source, submission),
            near(tables),
            self.chosen(tables),
            standing(&tables.model.index),
            self.people(),
            parts,
            floors,
            Sql::text(source.name()),
            Sql::number(most),
        )
    }

    /// How many records a submission has, and of how many of them nobody was found (`not_found`) or several people
    /// were (`several`). Reads the source and [`steps::CHOICES`].
    pub fn records(tables: &Tables<'_>, submission: &SubmissionId) -> Sql {
        let source = tables.source;
        sql!(
            "select count(*) as records,
  sum(case when c.people is null then 1 else 0 end) as not_found,
  sum(case when c.people > 1 then 1 else 0 end) as several
from (
  select distinct {} as source_key from {} where {}.\"submission_id\" = {}
) as sent
left join (select source_key, people from {} where source = {}) as c on c.source_key = sent.source_key",
            source_key(&source.table, &source.source_key),
            source.table,
            source.table,
            Sql::text(submission.as_str()),
            table(steps::CHOICES),
            Sql::text(source.name()),
        )
    }

    /// The one person of each record, and how sure that is.
    fn chosen(&self, tables: &Tables<'_>) -> Sql {
        let weight = if tables.weights {
            // 2^W / (1 + 2^W), written so that no weight exceeds what a number holds.
            Sql::fixed("coalesce(1.0 / (1.0 + power(cast(2.0 as double), -c.match_weight)), 0.0)")
        } else {
            Sql::fixed("0.0")
        };
        let known = Sql::join(
            self.passes.iter().filter_map(|pass| {
                let confidence = share(pass.confidence?);
                Some(sql!(" when {} then {}", Sql::text(&pass.name), confidence))
            }),
            "",
        );
        let confidence = if self.passes.iter().any(|p| p.confidence.is_some()) {
            sql!("case c.pass{} else {} end", known, weight)
        } else {
            weight
        };
        let (doubtful, join) = if tables.pairs {
            (
                Sql::fixed("case when d.source_key is null then 0 else 1 end"),
                Sql::fixed("\n  left join doubtful as d on d.source_key = c.source_key"),
            )
        } else {
            (Sql::fixed("0"), Sql::fixed(""))
        };
        sql!(
            "  select c.source_key, c.person_number, c.pass, {} as confidence, {} as doubtful
  from {} as c{}
  where c.source = {} and c.people = 1 and c.person_number is not null
    and c.source_key in (select source_key from sent)",
            confidence,
            doubtful,
            table(steps::CHOICES),
            join,
            Sql::text(tables.source.name()),
        )
    }

    /// One line for each person: as the index has them now, and whether nothing may be told of them.
    fn people(&self) -> Sql {
        let open = Sql::join(
            self.open.iter().map(|code| Sql::text(&code.to_uppercase())),
            ", ",
        );
        let sensitive = if self.open.is_empty() {
            Sql::fixed("code is not null")
        } else {
            sql!("code not in ({})", open)
        };
        let none = words(&self.practice.none);
        sql!(
            "  select person_number,
    max(case when place = 1 then given end) as index_given,
    max(case when place = 1 then family end) as index_family,
    max(case when place = 1 then born end) as index_born,
    max(case when place = 1 and practice <> '' and practice not in ({}) then practice end) as index_practice,
    max(case when place = 1 then died end) as index_died,
    max(case when (said = 1 and {}) or (place = 1 and status <> '' and status not in ({})) then 1 else 0 end) as sensitive
  from standing
  group by person_number",
            none,
            sensitive,
            words(&self.status.open),
        )
    }

    /// The rows with one kind of finding; `None` where the source or the index has not the column.
    fn found(about: About, tables: &Tables<'_>) -> Option<Sql> {
        let (sent, index) = (&tables.source.columns, &tables.model.index.columns);
        let (yours, found, differs) = match about {
            About::Number => {
                sent.nhs_number.as_ref()?;
                (
                    Sql::fixed("number_sent"),
                    Sql::fixed("person_number"),
                    Sql::fixed("(number_key is null or number_key <> person_number)"),
                )
            }
            About::Name => {
                sent.given_name.as_ref().zip(sent.family_name.as_ref())?;
                index.given_name.as_ref().zip(index.family_name.as_ref())?;
                let none = words(&tables.model.not_names);
                (
                    Sql::fixed("trim(given) || ' ' || trim(family)"),
                    Sql::fixed("trim(index_given) || ' ' || trim(index_family)"),
                    sql!(
                        "name_key(given) not in ({}) and name_key(family) not in ({})
    and index_given is not null and index_family is not null
    and (first_name_key(given) <> first_name_key(index_given) or name_key(family) <> name_key(index_family))",
                        none,
                        none
                    ),
                )
            }
            About::BirthDate => {
                sent.date_of_birth
                    .as_ref()
                    .zip(index.date_of_birth.as_ref())?;
                (
                    Sql::fixed("cast(born as varchar)"),
                    Sql::fixed("cast(index_born as varchar)"),
                    Sql::fixed("born <> index_born"),
                )
            }
            About::Practice => {
                sent.gp_practice.as_ref().zip(index.gp_practice.as_ref())?;
                (
                    Sql::fixed("practice"),
                    Sql::fixed("index_practice"),
                    Sql::fixed(
                        "index_practice is not null and coalesce(practice, '') <> index_practice",
                    ),
                )
            }
            About::Death => {
                sent.date_of_death
                    .as_ref()
                    .zip(index.date_of_death.as_ref())?;
                (
                    Sql::fixed("cast(died as varchar)"),
                    Sql::fixed("cast(index_died as varchar)"),
                    Sql::fixed("index_died is not null and (died is null or died <> index_died)"),
                )
            }
        };
        // Of several rows of one record that which says most is shown: one with a number before one without.
        let blank = match about {
            About::Number => Sql::fixed("number_key is null"),
            _ => sql!("coalesce({}, '') = ''", yours),
        };
        Some(sql!(
            "  select {} as about, case when {} then 1 else 0 end as blank, {} as yours, {} as found, compared.*
  from compared
  where {}",
            Sql::text(about.word()),
            blank,
            yours,
            found,
            differs,
        ))
    }
}

/// The records for which another person is near, or a better one: nothing is told of them.
fn near(tables: &Tables<'_>) -> Sql {
    if !tables.pairs {
        return Sql::fixed("");
    }
    let source = Sql::text(tables.source.name());
    sql!(
        "doubtful as (
  select distinct c.source_key
  from {} as c
  join {} as p on p.subject = c.subject
  where c.source = {} and c.pass <> 'clerical' and c.source_key in (select source_key from sent)
    and (p.outcome = 'close' or (p.outcome = 'link' and p.person_number <> c.person_number))
), ",
        table(steps::CHOICES),
        table(steps::PAIRS),
        source,
    )
}

/// The rows of the index about the people in question, numbered from the latest. `said` numbers them from the latest
/// that says whether the person is sensitive: a later file without that column takes no mark away.
fn standing(index: &Source) -> Sql {
    let (table, held) = (&index.table, &index.columns);
    let number = column(table, held.nhs_number.as_ref());
    let code = column(table, held.confidentiality.as_ref());
    let latest = "received_at desc nulls last, submission_id desc, row_number desc";
    let latest = Sql::fixed(latest);
    sql!(
        "  select *,
    row_number() over (partition by person_number order by {}) as place,
    row_number() over (partition by person_number order by case when code is null then 1 else 0 end, {}) as said
  from (
    select nhs_number_key({}) as person_number, {} as given, {} as family, {} as born,
      upper(trim({})) as practice, {} as died, nullif(upper(trim({})), '') as code,
      upper(trim({})) as status,
      {}.\"received_at\" as received_at, {}.\"submission_id\" as submission_id, {}.\"row_number\" as row_number
    from {}
  ) as landed
  where person_number in (select person_number from chosen)",
        latest,
        latest,
        number,
        column(table, held.given_name.as_ref()),
        column(table, held.family_name.as_ref()),
        date(table, held.date_of_birth.as_ref()),
        column(table, held.gp_practice.as_ref()),
        date(table, held.date_of_death.as_ref()),
        code,
        column(table, held.status.as_ref()),
        *table,
        *table,
        *table,
        *table,
    )
}

/// The rows of the submission.
fn sent(source: &Source, submission: &SubmissionId) -> Sql {
    let (table, held) = (&source.table, &source.columns);
    let number = column(table, held.nhs_number.as_ref());
    sql!(
          "  select {} as source_key, {}.\"sender\" as sender, {}.\"row_number\" as row_number, {} as reference,
  {} as number_sent, nhs_number_key({}) as number_key, {} as given, {} as family, {} as born,
  upper(trim({})) as practice, {} as died
from {}
where {}.\"submission_id\" = {}",
          source_key(table, &source.source_key),
          *table,
          *table,
          reference(source),
          number,
          number,
          column(table, held.given_name.as_ref()),
          column(table, held.family_name.as_ref()),
          date(table, held.date_of_birth.as_ref()),
          column(table, held.gp_practice.as_ref()),
          date(table, held.date_of_death.as_ref()),
          *table,
          *table,
          Sql::text(submission.as_str()),
      )
}

/// The sender's own reference: the key of the record without the sender.
fn reference(source: &Source) -> Sql {
    let parts: Vec<Sql> = source
        .source_key
        .iter()
        .filter(|part| part.as_str() != "sender")
        .map(|part| sql!("{}.{}", source.table, *part))
        .collect();
    if parts.is_empty() {
        return Sql::fixed("nullif('', '')");
    }
    let joined = Sql::join(parts, " || ' ' || ");
    sql!("'' || {}", joined)
}

fn date(table: &Ident, held: Option<&Ident>) -> Sql {
    held.map_or_else(
        || Sql::fixed("cast(null as date)"),
        |held| sql!("{}.{}", *table, *held),
    )
}

/// A list of words for `not in`, never empty.
fn words(words: &[String]) -> Sql {
    if words.is_empty() {
        return Sql::fixed("''");
    }
    Sql::join(words.iter().map(|word| Sql::text(word)), ", ")
}

/// A share as a number of the engine's.
fn share(share: f64) -> Sql {
    Sql::content(format!("cast({share:.6} as double)"))
}

fn mistake(message: &str) -> LinkError {
    LinkError::Mistake {
        path: format!("content/{PATH}"),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn content() -> Content {
        Content::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")).unwrap()
    }

    fn model() -> LinkageModel {
        LinkageModel::read(&content(), "deterministic").unwrap()
    }

    #[test]
    fn every_pass_of_the_shipped_model_says_how_sure_it_is_and_what_it_is() {
        let (content, model) = (content(), model());
        let settings = Returning::read(&content).unwrap();
        for pass in &model.passes {
            let known = settings.passes.iter().find(|p| p.name == pass.name);
            assert!(
                known.is_some_and(|p| p.confidence.is_some()),
                "{}",
                pass.name
            );
            assert_eq!(settings.why(&model, &pass.name), pass.why);
        }
        assert_eq!(
            settings.why(&model, "weighed"),
            "all details together, by probability"
        );
        assert_eq!(settings.open, ["N", "U"]);
        // No number is told that is not nearly certain.
        assert!(settings.floor[&About::Number] >= 0.99);
    }

    #[test]
    fn queries_are_closed_whatever_tables_are_there() {
        let (content, model) = (content(), model());
        let mut settings = Returning::read(&content).unwrap();
        let id = SubmissionId::from_digest("0123456789abcdef0123");
        for floors in [settings.floor.clone(), BTreeMap::new()] {
            settings.floor = floors;
            for source in &model.sources {
                for (weights, pairs) in [(false, false), (true, false), (true, true)] {
                    let tables = Tables {
                        model: &model,
                        source,
                        weights,
                        pairs,
                    };
                    let queries = [
                        settings.findings(&tables, &id, 10),
                        Returning::records(&tables, &id),
                    ];
                    for query in queries {
                        let text = query.as_str();
                        assert_eq!(text.matches('(').count(), text.matches(')').count());
                        assert!(!text.contains("{}"), "{text}");
                        assert_eq!(text.matches('\'').count() % 2, 0);
                        assert_eq!(
                            text.contains("match_weight"),
                            weights && text.contains("token")
                        );
                    }
                    let reads = Returning::reads(&tables);
                    assert_eq!(reads.contains(&steps::PAIRS), pairs);
                }
            }
        }
    }

    #[test]
    fn mistakes_in_the_settings_are_pointed_at() {
        let practice = "[practice]\nnone = []\n[status]\nopen = []\n[floor]\n";
        for (text, said) in [
            ("number = 1.5\n[[pass]]\nname = \"full_details\"", "`1.5`"),
            ("number = nan\n[[pass]]\nname = \"full_details\"", "`NaN`"),
            ("shoe_size = 1.0\n[[pass]]\nname = \"x\"", "shoe_size"),
            (
                "[[pass]]\nname = \"full_details\"\n[[pass]]\nname = \"full_details\"",
                "stands twice",
            ),
            ("[[pass]]\nname = \"full_details\"\nsure = 1", "sure"),
        ] {
            let text = format!("{practice}{text}\n");
            let content = Content::from_files([(PATH.to_owned(), text.into_bytes())]);
            let error = Returning::read(&content).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
