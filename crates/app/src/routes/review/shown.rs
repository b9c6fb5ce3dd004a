//! From a pair as it stands in the identified zone to what its page shows: both sides field by field, and the bars.

use crate::desks::{Pair, Side};
use anyhow::Result;
use link::{
    match_model::MatchModel,
    trained::Trained,
    weigh::{ByLevel, Parameters, by_level},
};
use model::{Content, Identifying};
use pages::{BarKind, FieldSays, ReviewField, Waterfall, WaterfallBar};

/// A field of both sides.
struct Field {
    name: &'static str,
    of: fn(&Side) -> Option<&Identifying<String>>,
    /// What models call the column.
    columns: &'static [&'static str],
}

/// The fields, in the order in which people read them.
const FIELDS: [Field; 6] = [
    Field {
        name: "NHS number",
        of: |side| side.nhs_number.as_ref(),
        columns: &["nhs_number"],
    },
    Field {
        name: "Given names",
        of: |side| side.given_name.as_ref(),
        columns: &["given_name"],
    },
    Field {
        name: "Family name",
        of: |side| side.family_name.as_ref(),
        columns: &["family_name"],
    },
    Field {
        name: "Date of birth",
        of: |side| side.date_of_birth.as_ref(),
        columns: &["dob", "date_of_birth", "birth_date"],
    },
    Field {
        name: "Sex",
        of: |side| side.sex.as_ref(),
        columns: &["sex"],
    },
    Field {
        name: "Postcode",
        of: |side| side.postcode.as_ref(),
        columns: &["postcode"],
    },
];

/// A model with what training learned.
pub(super) struct Learned {
    model: MatchModel,
    parameters: Parameters,
}

impl Learned {
    /// The model that weighed a pair, by its name with or without a version; `None` where it is no longer in the
    /// content, so that an old pair can still be looked at.
    pub(super) fn of(content: &Content, name: &str) -> Result<Option<Self>> {
        let name = name.split_whitespace().next().unwrap_or_default();
        let plain = name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let path = format!("linkage/{name}.toml");
        if name.is_empty() || !plain || !content.has(&path) {
            return Ok(None);
        }
        let model = MatchModel::from_text(content.text(&path)?, &path)?;
        let trained = format!("linkage/trained/{name}.toml");
        let parameters = if content.has(&trained) {
            Trained::from_text(content.text(&trained)?, &trained)?.parameters(&model, &trained)?
        } else {
            Parameters::of(&model)
        };
        Ok(Some(Self { model, parameters }))
    }

    /// The level of the comparison of one of these columns, and whether it is the best one.
    fn level<'p>(&self, pair: &'p Pair, columns: &[&str]) -> Option<(&'p str, bool)> {
        let mut comparisons = self.model.comparisons.iter().enumerate();
        let (at, comparison) =
            comparisons.find(|(_, c)| columns.contains(&c.column.get_ref().as_str()))?;
        let level = pair.levels.get(comparison.name.get_ref().as_str())?;
        let best = self.model.level_names(at).first() == Some(&level.as_str());
        Some((level, best))
    }

    fn explained(&self, pair: &Pair, people: u64) -> ByLevel {
        let comparisons = self.model.comparisons.iter();
        let levels: Vec<Option<&str>> = comparisons
            .map(|c| {
                pair.levels
                    .get(c.name.get_ref().as_str())
                    .map(String::as_str)
            })
            .collect();
        #[expect(
            clippy::cast_precision_loss,
            reason = "no index has 2 to the power of 52 people"
        )]
        let strangers = people as f64;
        by_level(&self.model, &self.parameters, &levels, strangers)
    }
}

/// Both sides, field by field. Of the forms in which the person stands in the index the one that agrees most is shown,
/// and the other values beside it.
pub(super) fn fields(pair: &Pair, learned: Option<&Learned>) -> Vec<ReviewField> {
    let agreeing = |form: &&Side| {
        let equal = FIELDS
            .iter()
            .filter(|f| alike((f.of)(&pair.left), (f.of)(form)));
        equal.count()
    };
    let none = Side::default();
    // The first of those that agree most, so that the same pair looks the same each time.
    let most = pair.forms.iter().map(|form| agreeing(&form)).max();
    let shown = pair.forms.iter().find(|form| Some(agreeing(form)) == most);
    let shown = shown.unwrap_or(&none);
    FIELDS
        .iter()
        .map(|field| {
            let (left, right) = ((field.of)(&pair.left), (field.of)(shown));
            let mut others: Vec<String> = Vec::new();
            for other in pair.forms.iter().map(field.of) {
                let Some(value) = other else { continue };
                let value = written(field.name, value);
                let is_shown = right.map(|r| written(field.name, r)) == Some(value.clone());
                if !is_shown && !others.contains(&value) {
                    others.push(value);
                }
            }
            let level = learned.and_then(|l| l.level(pair, field.columns));
            let says = match (left, right, level) {
                (None, _, _) | (_, None, _) => FieldSays::Missing,
                _ if alike(left, right) => FieldSays::Same,
                (_, _, Some((_, true))) => FieldSays::Same,
                (_, _, None | Some(("else" | "missing", _))) => FieldSays::Differs,
                _ => FieldSays::Alike,
            };
            let told = level.map_or("", |(level, _)| level);
            ReviewField {
                name: field.name.to_owned(),
                left: left.map(|v| written(field.name, v)),
                right: right.map(|v| written(field.name, v)),
                others,
                says,
                // "Same: equal" and "Differs: else" say a thing twice.
                level: if matches!(told, "equal" | "else" | "missing") {
                    String::new()
                } else {
                    told.to_owned()
                },
            }
        })
        .collect()
}

/// What the pair weighs, in bars. What the levels do not explain is how rare the values are.
pub(super) fn bars(pair: &Pair, learned: &Learned, people: u64) -> Waterfall {
    let explained = learned.explained(pair, people);
    let bar = |name: &str, level: &str, bits: f64, kind: BarKind| WaterfallBar {
        name: name.to_owned(),
        level: level.to_owned(),
        bits,
        kind,
    };
    let mut bars = vec![bar(
        "Before anything is compared",
        "",
        explained.prior,
        BarKind::Prior,
    )];
    for (name, level, bits) in &explained.comparisons {
        let level = if level == "else" { "differs" } else { level };
        bars.push(bar(&title(name), level, *bits, BarKind::Comparison));
    }
    let rest = [
        (
            "How rare these values are",
            pair.bits_alone - explained.bits(),
            BarKind::Rarity,
        ),
        (
            "Relatives and neighbours look alike too",
            explained.look_alikes,
            BarKind::LookAlikes,
        ),
        (
            "Other candidates",
            pair.bits - pair.bits_alone,
            BarKind::OtherCandidates,
        ),
    ];
    for (name, bits, kind) in rest {
        if bits.abs() >= 0.005 {
            bars.push(bar(name, "", bits, kind));
        }
    }
    Waterfall {
        id: "pair".to_owned(),
        bars,
        probability: Some(pair.probability),
    }
}

/// A comparison as people call it.
fn title(name: &str) -> String {
    let known = FIELDS.iter().find(|f| f.columns.contains(&name));
    if let Some(field) = known {
        return field.name.to_owned();
    }
    let words = name.replace('_', " ");
    let words = words.replace("gp ", "GP ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Whether two values are the same but for capitals and signs.
fn alike(left: Option<&Identifying<String>>, right: Option<&Identifying<String>>) -> bool {
    let key = |value: &Identifying<String>| -> String {
        let letters = value.reveal().chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_uppercase).collect()
    };
    match (left, right) {
        (Some(left), Some(right)) => key(left) == key(right),
        _ => false,
    }
}

/// A value as people read it: numbers in groups, sex in words, names and postcodes as they stand.
fn written(field: &str, value: &Identifying<String>) -> String {
    let text = value.reveal();
    match field {
        "NHS number" => match (text.get(..3), text.get(3..6), text.get(6..10)) {
            (Some(one), Some(two), Some(three)) if text.len() == 10 => {
                format!("{one} {two} {three}")
            }
            _ => text.clone(),
        },
        "Sex" => match text.as_str() {
            "1" => "Male".to_owned(),
            "2" => "Female".to_owned(),
            _ => text.clone(),
        },
        _ => text.clone(),
    }
}
