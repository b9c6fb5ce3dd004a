//! From `dataset.toml` to what a profile counts: `[[headline]]` and `[monthly]`.

use crate::check::{
    columns::Reading,
    expression::{
        compile::{Compiler, Scope},
        node::TruthId,
        parser::parse,
    },
    mistake::Source,
};
use model::{Content, ContentError, Dataset, FieldKind, content::nearest};
use serde::Deserialize;
use toml::Spanned;

/// How many headlines may count by one key: each has a bit.
const MOST_HEADLINES: usize = 32;

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct ProfilePlan {
    pub(super) headlines: Vec<Headline>,
    pub(super) keys: Vec<Key>,
    pub(super) series: Vec<Series>,
    /// The columns of the first and the last day of the stated period.
    pub(super) stated: Option<(usize, usize)>,
    pub(super) derived: Option<Derived>,
}

/// One headline count.
#[derive(Debug)]
pub(super) struct Headline {
    pub(super) name: String,
    pub(super) title: String,
    /// Which rows are meant; all, where nothing is stated.
    pub(super) truth: Option<TruthId>,
    /// Whether rows are counted, and not different values.
    pub(super) is_of_rows: bool,
}

/// Columns of which the first that is filled says whom or what a row is about.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) fields: Vec<usize>,
    /// Positions of the headlines that count by it.
    pub(super) headlines: Vec<usize>,
}

/// What is counted by month.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) truth: TruthId,
    pub(super) dated: Dated,
}

/// Which months a row belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dated {
    /// That of a date.
    On(usize),
    /// All from one date to another, or to the end of time where that is blank.
    Through(usize, usize),
}

/// How the period is derived from months.
#[derive(Debug)]
pub(super) struct Derived {
    pub(super) series: Vec<usize>,
    /// The share of all rows that a month must have.
    pub(super) share: f64,
    /// How many kinds of row it may lack of the most that any month has.
    pub(super) may_lack: usize,
    /// With fewer rows than this, every month that has any counts.
    pub(super) small_file: u64,
}

impl ProfilePlan {
    /// The position of a series.
    fn series_at(&self, name: &str) -> Option<usize> {
        self.series.iter().position(|s| s.name == name)
    }
}

#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default, rename = "headline")]
    headlines: Vec<WrittenHeadline>,
    #[serde(default)]
    monthly: Option<WrittenMonthly>,
}

#[derive(Debug, Deserialize)]
struct WrittenHeadline {
    name: Spanned<String>,
    title: String,
    #[serde(default)]
    rows: Option<Spanned<String>>,
    #[serde(default)]
    distinct: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
struct WrittenMonthly {
    #[serde(default)]
    stated: Option<(Spanned<String>, Spanned<String>)>,
    #[serde(default)]
    derived: Option<WrittenDerived>,
    series: Vec<WrittenSeries>,
}

#[derive(Debug, Deserialize)]
struct WrittenDerived {
    series: Vec<Spanned<String>>,
    share: f64,
    may_lack: usize,
    small_file: u64,
}

#[derive(Debug, Deserialize)]
struct WrittenSeries {
    name: Spanned<String>,
    title: String,
    rows: Spanned<String>,
    #[serde(default)]
    on: Option<Spanned<String>>,
    #[serde(default)]
    through: Option<(Spanned<String>, Spanned<String>)>,
}

/// Reads what `datasets/<name>/dataset.toml` says of headlines and months, once the definitions of the rules
/// are known.
pub(crate) fn read(
    content: &Content,
    dataset: &Dataset,
    readings: &[Reading],
    compiler: &mut Compiler<'_>,
) -> Result<ProfilePlan, ContentError> {
    let path = format!("datasets/{}/dataset.toml", dataset.name);
    let source = Source {
        path: &path,
        text: content.text(&path)?,
    };
    let written: Written = toml::from_str(source.text).map_err(|fault| ContentError::Mistake {
        path: path.clone(),
        message: fault.to_string().trim_end().to_owned(),
    })?;
    let mut planner = Planner {
        source,
        dataset,
        readings,
        compiler,
        plan: ProfilePlan::default(),
    };
    for headline in &written.headlines {
        planner.headline(headline)?;
    }
    if let Some(monthly) = &written.monthly {
        planner.monthly(monthly)?;
    }
    Ok(planner.plan)
}

struct Planner<'p, 'c> {
    source: Source<'p>,
    dataset: &'p Dataset,
    readings: &'p [Reading],
    compiler: &'p mut Compiler<'c>,
    plan: ProfilePlan,
}

impl Planner<'_, '_> {
    fn headline(&mut self, written: &WrittenHeadline) -> Result<(), ContentError> {
        let at = self.plan.headlines.len();
        let name = written.name.get_ref();
        if self.plan.headlines.iter().any(|h| h.name == *name) {
            return Err(self.taken(&written.name));
        }
        let truth = match &written.rows {
            Some(rows) => Some(self.condition(rows)?),
            None => None,
        };
        let fields = written
            .distinct
            .iter()
            .map(|column| self.column(column))
            .collect::<Result<Vec<_>, _>>()?;
        if !fields.is_empty() {
            match self.plan.keys.iter_mut().find(|key| key.fields == fields) {
                Some(key) if key.headlines.len() < MOST_HEADLINES => key.headlines.push(at),
                Some(_) => {
                    let says =
                        format!("at most {MOST_HEADLINES} headlines count by the same columns");
                    return Err(self.source.mistake(written.name.span(), &says, None));
                }
                None => self.plan.keys.push(Key {
                    fields: fields.clone(),
                    headlines: vec![at],
                }),
            }
        }
        self.plan.headlines.push(Headline {
            name: name.clone(),
            title: written.title.clone(),
            truth,
            is_of_rows: fields.is_empty(),
        });
        Ok(())
    }

    fn monthly(&mut self, written: &WrittenMonthly) -> Result<(), ContentError> {
        for series in &written.series {
            let name = series.name.get_ref();
            if self.plan.series_at(name).is_some() {
                return Err(self.taken(&series.name));
            }
            let dated = match (&series.on, &series.through) {
                (Some(on), None) => Dated::On(self.date(on)?),
                (None, Some((from, to))) => Dated::Through(self.date(from)?, self.date(to)?),
                _ => {
                    let says = "a series has either `on`, a date, or `through`, two dates";
                    return Err(self.source.mistake(series.name.span(), says, None));
                }
            };
            let truth = self.condition(&series.rows)?;
            self.plan.series.push(Series {
                name: name.clone(),
                title: series.title.clone(),
                truth,
                dated,
            });
        }
        if let Some((from, to)) = &written.stated {
            self.plan.stated = Some((self.date(from)?, self.date(to)?));
        }
        if let Some(derived) = &written.derived {
            let known: Vec<&str> = self.plan.series.iter().map(|s| s.name.as_str()).collect();
            let series = derived.series.iter();
            self.plan.derived = Some(Derived {
                series: series
                    .map(|name| series_named(&known, self.source, name))
                    .collect::<Result<Vec<_>, _>>()?,
                share: derived.share,
                may_lack: derived.may_lack,
                small_file: derived.small_file,
            });
        }
        Ok(())
    }

    fn taken(&self, name: &Spanned<String>) -> ContentError {
        let says = format!("`{}` is taken already", name.get_ref());
        self.source.mistake(name.span(), &says, None)
    }

    fn condition(&mut self, written: &Spanned<String>) -> Result<TruthId, ContentError> {
        let source = self.source;
        let (truth, needs) = parse(written.get_ref())
            .and_then(|expression| self.compiler.condition(&expression, Scope::default()))
            .map_err(|mistake| source.inside(written.span(), mistake))?;
        if needs.sender || needs.last {
            let says = "a profile is made without knowing the sender";
            return Err(source.mistake(written.span(), says, None));
        }
        Ok(truth)
    }

    fn column(&self, written: &Spanned<String>) -> Result<usize, ContentError> {
        let name = written.get_ref();
        let columns = || self.dataset.fields.iter().map(|f| f.column.as_str());
        columns().position(|c| c == name).ok_or_else(|| {
            self.source.mistake(
                written.span(),
                &format!("unknown column `{name}`"),
                nearest(name, columns()).map(|near| format!("did you mean `{near}`?")),
            )
        })
    }

    fn date(&self, written: &Spanned<String>) -> Result<usize, ContentError> {
        let at = self.column(written)?;
        if self.readings.get(at).map(Reading::kind) == Some(FieldKind::Date) {
            return Ok(at);
        }
        let says = format!("`{}` is not a date", written.get_ref());
        Err(self.source.mistake(written.span(), &says, None))
    }
}

/// The position of the series that is named at a place of a file.
pub(crate) fn series_named(
    known: &[&str],
    source: Source<'_>,
    name: &Spanned<String>,
) -> Result<usize, ContentError> {
    let asked = name.get_ref();
    known.iter().position(|s| s == asked).ok_or_else(|| {
        source.mistake(
            name.span(),
            &format!("there is no series `{asked}` under `[monthly]`"),
            nearest(asked, known.iter().copied()).map(|near| format!("did you mean `{near}`?")),
        )
    })
}
