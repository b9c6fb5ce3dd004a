//! What is known before anyone is invented: everything under `content/place`, read and checked once.

pub(crate) mod care;
pub(crate) mod faults;
pub(crate) mod ground;
pub(crate) mod hospital;
pub(crate) mod names;
pub(crate) mod rates;
pub(crate) mod shapes;

use crate::{SynthError, Wishes, days};
use care::CareFacts;
use faults::FaultFacts;
use ground::{EthnicGroup, Ground};
use hospital::HospitalFacts;
use model::{Content, ContentError, Date};
use names::Names;
use rates::Rates;
use serde::{Deserialize, de::DeserializeOwned};
use shapes::FileShape;

/// The folder of content that this crate draws on.
const FOLDER: &str = "place";

/// All of it.
pub(crate) struct Facts {
    pub(crate) ground: Ground,
    /// People by age and sex, as counts of the source.
    pub(crate) population: Vec<AgeRow>,
    pub(crate) ethnic_groups: Vec<EthnicGroup>,
    pub(crate) names: Names,
    pub(crate) rates: Rates,
    pub(crate) care: CareFacts,
    pub(crate) hospital: HospitalFacts,
    pub(crate) files: Vec<FileShape>,
    pub(crate) faults: FaultFacts,
    pub(crate) calendar: Calendar,
}

/// The days that matter to a run.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    /// The first day of the history: lives, care and hospital use are invented from here.
    pub(crate) begins: Date,
    /// The day on which the files are made.
    pub(crate) as_at: Date,
    /// The last days of the periods submitted, earliest first.
    pub(crate) period_ends: Vec<Date>,
}

impl Calendar {
    fn new(wishes: &Wishes) -> Result<Self, SynthError> {
        if !(1..=40).contains(&wishes.quarters) {
            return Err(SynthError::Wish(format!(
                "`{}` quarters cannot be invented, ask for 1 to 40",
                wishes.quarters
            )));
        }
        let last = days::quarter_end(wishes.as_at);
        let period_ends: Vec<Date> = (0..wishes.quarters)
            .rev()
            .map(|back| {
                let first_after = days::plus(last, 1);
                let months = i32::try_from(back * 3).unwrap_or(0);
                days::plus(days::plus_months(first_after, -months), -1)
            })
            .collect();
        let begins = period_ends
            .first()
            .map_or(wishes.as_at, |end| days::year_before(*end));
        Ok(Self {
            begins,
            as_at: wishes.as_at,
            period_ends,
        })
    }

    /// The length of the history in years.
    pub(crate) fn years(&self) -> f64 {
        f64::from(self.length()) / 365.25
    }

    /// The length of the history in days.
    pub(crate) fn length(&self) -> i32 {
        days::between(self.begins, self.as_at) + 1
    }
}

/// People of one age.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AgeRow {
    pub(crate) age: u32,
    pub(crate) male: f64,
    pub(crate) female: f64,
}

/// A figure that differs between people below 65 and older.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByAge {
    pub(crate) working_age: f64,
    pub(crate) older: f64,
}

impl ByAge {
    pub(crate) fn at(self, age: u32) -> f64 {
        if age < 65 {
            self.working_age
        } else {
            self.older
        }
    }
}

/// Three stages of life, for codes that are common in one and rare in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Child,
    WorkingAge,
    Older,
}

impl Stage {
    pub(crate) const ALL: [Self; 3] = [Self::Child, Self::WorkingAge, Self::Older];

    pub(crate) const fn of(age: u32) -> Self {
        match age {
            0..18 => Self::Child,
            18..65 => Self::WorkingAge,
            _ => Self::Older,
        }
    }
}

/// Texts with shares, as content writes them.
pub(crate) type Texts = Vec<(String, f64)>;

impl Facts {
    /// Reads and checks everything.
    pub(crate) fn read(content: &Content, wishes: &Wishes) -> Result<Self, SynthError> {
        let source = Source(content);
        let ethnic_groups: Vec<EthnicGroup> = source.rows("ethnic_groups.csv")?;
        let names = Names::read(&source, &ethnic_groups)?;
        let ground = Ground::read(&source, &ethnic_groups)?;
        let files: Vec<FileShape> = shapes::read(&source)?;
        let faults = FaultFacts::read(&source, &files, &wishes.faults)?;
        Ok(Self {
            population: source.rows("population.csv")?,
            names,
            rates: source.toml("rates.toml")?,
            care: CareFacts::read(&source, &ground, &ethnic_groups)?,
            hospital: HospitalFacts::read(&source)?,
            files,
            faults,
            ground,
            ethnic_groups,
            calendar: Calendar::new(wishes)?,
        })
    }
}

/// Reads the files of the folder.
pub(crate) struct Source<'a>(pub(crate) &'a Content);

impl Source<'_> {
    /// A TOML file.
    pub(crate) fn toml<T: DeserializeOwned>(&self, file: &str) -> Result<T, SynthError> {
        Ok(self.0.toml(&format!("{FOLDER}/{file}"))?)
    }

    /// The rows of a CSV file.
    pub(crate) fn rows<T: DeserializeOwned>(&self, file: &str) -> Result<Vec<T>, SynthError> {
        let path = format!("{FOLDER}/{file}");
        let text = self.0.text(&path)?;
        csv::Reader::from_reader(text.as_bytes())
            .into_deserialize()
            .collect::<Result<_, _>>()
            .map_err(|e| {
                SynthError::Content(ContentError::Mistake {
                    path,
                    message: e.to_string(),
                })
            })
    }
}
