//! What a pair weighs by the names of its levels alone: for explaining one whose records are not at hand as columns of
//! codes, such as a pair that was weighed in an earlier run. How rare its values are is not in the names; whoever has
//! the pair's weight has that as what is left over.

use super::{MOST_CLASSES, Parameters, PerClass};
use crate::match_model::MatchModel;

/// The parts of a weight that follow from the levels.
#[derive(Debug, Clone, PartialEq)]
pub struct ByLevel {
    /// What is known before anything is compared.
    pub prior: f64,
    /// What each comparison that says something adds: its name, its level, and the bits.
    pub comparisons: Vec<(String, String, f64)>,
    /// What is taken off because relatives and neighbours look alike too.
    pub look_alikes: f64,
}

impl ByLevel {
    /// The parts together.
    pub fn bits(&self) -> f64 {
        self.prior
            + self.look_alikes
            + self
                .comparisons
                .iter()
                .map(|(_, _, bits)| bits)
                .sum::<f64>()
    }
}

/// Explains a pair by the names of its levels, in the order of the model's comparisons; `None`, and a name that the
/// model does not have, say nothing. `strangers` is how many records a record is held against.
pub fn by_level(
    model: &MatchModel,
    parameters: &Parameters,
    levels: &[Option<&str>],
    strangers: f64,
) -> ByLevel {
    let mut expected: PerClass = [0.0; MOST_CLASSES];
    let classes = parameters.classes().min(expected.len());
    for (slot, rate) in expected.iter_mut().zip(&parameters.rates).take(classes) {
        *slot = *rate;
    }
    if let Some(slot) = expected.first_mut() {
        *slot = strangers.max(1.0);
    }
    let of = |expected: &PerClass, same: bool| -> f64 {
        let classes = expected.iter().zip(&parameters.same_person);
        classes
            .filter(|(_, of_class)| **of_class == same)
            .map(|(sum, _)| sum)
            .sum()
    };
    let of_strangers = |expected: &PerClass| expected.first().copied().unwrap_or(1.0);
    // From the level names to their places; 0 says nothing.
    let names = levels.iter().take(model.comparisons.len()).enumerate();
    let places: Vec<usize> = names
        .map(|(at, level)| {
            let found = level.and_then(|level| {
                let names = model.level_names(at);
                names.iter().position(|name| *name == level)
            });
            found.map_or(0, |place| place + 1)
        })
        .collect();
    let mut explained = ByLevel {
        prior: of(&expected, true).log2() - of_strangers(&expected).log2(),
        comparisons: Vec::new(),
        look_alikes: 0.0,
    };
    for (at, comparison) in model.comparisons.iter().enumerate() {
        let place = places.get(at).copied().unwrap_or(0);
        let Some(level) = place.checked_sub(1) else {
            continue;
        };
        let before = expected;
        let row = model
            .depends_on(at)
            .map_or(0, |parent| places.get(parent).copied().unwrap_or(0));
        let slot = row * model.level_names(at).len() + level;
        for (class, sum) in expected.iter_mut().enumerate().take(classes) {
            let share = parameters.shares_of(class, at).get(slot);
            *sum *= share.copied().unwrap_or(1e-9).max(1e-12);
        }
        let bits = (of(&expected, true) / of(&before, true)).log2()
            - (of_strangers(&expected) / of_strangers(&before)).log2();
        let name = model.level_names(at).get(level).map(ToString::to_string);
        explained.comparisons.push((
            comparison.name.get_ref().clone(),
            name.unwrap_or_default(),
            bits,
        ));
    }
    explained.look_alikes = of_strangers(&expected).log2() - of(&expected, false).log2();
    explained
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Content;
    use std::path::Path;

    fn shipped(name: &str) -> (MatchModel, Parameters) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        let content = Content::from_folder(&folder).unwrap();
        let text = content.text(&format!("linkage/{name}.toml")).unwrap();
        let model = MatchModel::from_text(text, name).unwrap();
        let path = format!("linkage/trained/{name}.toml");
        let trained = crate::trained::Trained::from_text(content.text(&path).unwrap(), &path);
        let parameters = trained.unwrap().parameters(&model, &path).unwrap();
        (model, parameters)
    }

    /// The weight as it is defined, class by class, with products and no bars.
    fn plainly(
        model: &MatchModel,
        parameters: &Parameters,
        levels: &[Option<&str>],
        strangers: f64,
    ) -> f64 {
        let place = |at: usize| {
            let names = model.level_names(at);
            levels[at].and_then(|level| names.iter().position(|name| *name == level))
        };
        let (mut same, mut different) = (0.0, 0.0);
        for class in 0..parameters.classes() {
            let mut expected = if class == 0 {
                strangers
            } else {
                parameters.rates[class]
            };
            for at in 0..model.comparisons.len() {
                let Some(level) = place(at) else { continue };
                let row = model
                    .depends_on(at)
                    .map_or(0, |parent| place(parent).map_or(0, |level| level + 1));
                let rows: Vec<&[f64]> = parameters
                    .shares_of(class, at)
                    .chunks(model.level_names(at).len())
                    .collect();
                expected *= rows[row][level].max(1e-12);
            }
            if parameters.same_person[class] {
                same += expected;
            } else {
                different += expected;
            }
        }
        f64::log2(same / different)
    }

    #[test]
    fn the_bars_add_up_to_the_weight_as_it_is_defined() {
        let (model, parameters) = shipped("nhs-trace");
        let all = model.comparisons.len();
        for seed in 0..200_usize {
            let levels: Vec<Option<&str>> = (0..all)
                .map(|at| {
                    let names = model.level_names(at);
                    let place = (seed * 31 + at * 17 + seed * at) % (names.len() + 1);
                    names.get(place).copied()
                })
                .collect();
            let explained = by_level(&model, &parameters, &levels, 1e6);
            let expected = plainly(&model, &parameters, &levels, 1e6);
            assert!((explained.bits() - expected).abs() < 1e-9, "{levels:?}");
            let said = levels.iter().flatten().count();
            assert_eq!(explained.comparisons.len(), said);
        }
    }

    #[test]
    fn what_the_model_does_not_know_says_nothing() {
        let (model, parameters) = shipped("nhs-trace");
        let none = by_level(&model, &parameters, &[], 1e6);
        let odd = [Some("missing"), Some("a level of long ago"), Some("")];
        assert_eq!(by_level(&model, &parameters, &odd, 1e6), none);
        assert!(none.comparisons.is_empty());
        // A million records for each: about twenty bits against.
        assert!(none.prior < -19.0 && none.prior.is_finite());
        assert!(by_level(&model, &parameters, &[], 0.0).prior.is_finite());
    }
}
