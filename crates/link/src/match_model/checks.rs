//! What must hold of a linkage model before anything is compared by it.

use super::{
    Block, Class, Kind, MatchModel, Shares,
    condition::{Condition, Names, Test},
};
use crate::{
    LinkError,
    people::{Clean, Derive},
    weigh::MOST_CLASSES,
};
use std::{collections::BTreeSet, ops::Range};
use toml::Spanned;

/// More comparisons than this are not kept apart in a pattern of levels.
pub(crate) const MOST_COMPARISONS: usize = 12;
/// More levels than this, "else" and "missing" among them, have no room in a pattern.
pub(crate) const MOST_LEVELS: usize = 32;

/// What the class of pairs is called that have nothing to do with each other.
pub(crate) const STRANGERS: &str = "strangers";

struct Checker<'a> {
    model: &'a MatchModel,
    text: &'a str,
    path: &'a str,
}

pub(super) fn check(model: &MatchModel, text: &str, path: &str) -> Result<(), LinkError> {
    let checker = Checker { model, text, path };
    checker.columns()?;
    checker.no_values()?;
    checker.comparisons()?;
    checker.blocks()?;
    checker.classes()?;
    checker.training()?;
    checker.decision()
}

impl Checker<'_> {
    fn wrong<T>(&self, span: &Range<usize>, within: usize, message: &str) -> Result<T, LinkError> {
        // The text of a string begins after its quotation mark.
        let at = (span.start + 1 + within).min(span.end);
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let character = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        Err(LinkError::Mistake {
            path: self.path.to_owned(),
            message: format!("line {line}, character {}: {message}", character + 1),
        })
    }

    /// A name that stands without quotation marks, or with them.
    fn wrong_key<T>(&self, name: &Spanned<String>, message: &str) -> Result<T, LinkError> {
        let mut span = name.span();
        let quoted = self
            .text
            .get(span.clone())
            .is_some_and(|text| text.starts_with(['"', '\'']));
        if !quoted {
            span.start = span.start.saturating_sub(1);
        }
        self.wrong(&span, 0, message)
    }

    fn plain<T>(&self, message: String) -> Result<T, LinkError> {
        Err(LinkError::Mistake {
            path: self.path.to_owned(),
            message,
        })
    }

    fn columns(&self) -> Result<(), LinkError> {
        let mut seen = BTreeSet::new();
        for column in &self.model.columns {
            if !seen.insert(column.name.get_ref()) {
                return self.wrong(&column.name.span(), 0, "this column stands twice");
            }
            let Some(rest) = &column.rest_to else {
                continue;
            };
            let Some(target) = self.model.column(rest.get_ref()) else {
                return self.unknown_column(rest);
            };
            if column.clean != Clean::Name
                || self
                    .model
                    .columns
                    .get(target)
                    .is_none_or(|c| c.clean != Clean::Name)
            {
                let message =
                    "only the words of a name go to another column, and only to one of names";
                return self.wrong(&rest.span(), 0, message);
            }
            // Words that are handed on are not handed on again: a circle would never end.
            if self
                .model
                .columns
                .get(target)
                .is_some_and(|c| c.rest_to.is_some())
            {
                let message = "words go in a circle: the column they go to sends words on itself";
                return self.wrong(&rest.span(), 0, message);
            }
        }
        Ok(())
    }

    fn unknown_column<T>(&self, name: &Spanned<String>) -> Result<T, LinkError> {
        let columns = self.model.columns.iter().map(|c| c.name.get_ref().as_str());
        let nearest = model::content::nearest(name.get_ref(), columns);
        let hint = nearest
            .map(|n| format!(", nearest is `{n}`"))
            .unwrap_or_default();
        let message = format!("`{}` is no column of this model{hint}", name.get_ref());
        self.wrong(&name.span(), 0, &message)
    }

    fn condition(&self, text: &Spanned<String>) -> Result<Condition, LinkError> {
        let lists = |name: &str| self.model.lists.contains_key(name).then_some((0, 0));
        let columns = |name: &str| self.model.column(name);
        let names = Names {
            columns: &columns,
            lists: &lists,
            all_columns: self
                .model
                .columns
                .iter()
                .map(|c| c.name.get_ref().as_str())
                .collect(),
        };
        let condition = Condition::read(text.get_ref(), &names)
            .or_else(|wrong| self.wrong(&text.span(), wrong.at, &wrong.message))?;
        for atom in condition.any.iter().flatten() {
            let clean = |at: usize| self.model.columns.get(at).map(|column| column.clean);
            if clean(atom.left) != clean(atom.right) {
                let message = "two columns are compared only where both are cleaned alike";
                return self.wrong(&text.span(), 0, message);
            }
            if matches!(atom.test, Test::Distance(_)) && self.model.coordinates.is_none() {
                let message = "a distance needs to know where postcodes are: name their list as `coordinates`";
                return self.wrong(&text.span(), 0, message);
            }
        }
        Ok(condition)
    }

    fn comparisons(&self) -> Result<(), LinkError> {
        let model = self.model;
        if model.comparisons.is_empty() || model.comparisons.len() > MOST_COMPARISONS {
            return self.plain(format!("a model has 1 to {MOST_COMPARISONS} comparisons"));
        }
        let mut seen = BTreeSet::new();
        for comparison in &model.comparisons {
            let span = comparison.name.span();
            if !seen.insert(comparison.name.get_ref()) {
                return self.wrong(&span, 0, "this comparison stands twice");
            }
            if model.column(comparison.column.get_ref()).is_none() {
                return self.unknown_column(&comparison.column);
            }
            if comparison.levels.is_empty() || comparison.levels.len() + 2 > MOST_LEVELS {
                let message = format!("a comparison has 1 to {} levels", MOST_LEVELS - 2);
                return self.wrong(&span, 0, &message);
            }
            if let Some(parent) = &comparison.depends_on {
                // Only what stands before can be depended on, so that there is no circle.
                let before = model
                    .comparisons
                    .iter()
                    .take_while(|other| other.name != comparison.name);
                if !before
                    .into_iter()
                    .any(|other| other.name.get_ref() == parent.get_ref())
                {
                    let message = "a comparison depends on one that stands before it";
                    return self.wrong(&parent.span(), 0, message);
                }
            }
            if !(0.0..1.0).contains(&comparison.rarest) {
                return self.wrong(&span, 0, "the rarest share is a number from 0 to below 1");
            }
            for level in &comparison.levels {
                self.condition(&level.when)?;
                if !(0.0..=1.0).contains(&level.tf) {
                    return self.wrong(
                        &level.when.span(),
                        0,
                        "the strength `tf` is a number from 0 to 1",
                    );
                }
                for taken in &level.takes {
                    if model.comparison(taken.get_ref()).is_none() {
                        return self.wrong(&taken.span(), 0, "there is no such comparison");
                    }
                }
            }
        }
        for veto in &model.vetoes {
            self.condition(&veto.when)?;
        }
        Ok(())
    }

    fn blocks(&self) -> Result<(), LinkError> {
        if self.model.blocks.is_empty() || self.model.blocks.len() > 32 {
            return self.plain("a model has 1 to 32 block rules".to_owned());
        }
        if self.model.blocks.iter().any(|block| block.same.is_empty()) {
            return self.plain("a block rule without a column would compare everybody".to_owned());
        }
        for part in self.model.blocks.iter().flat_map(|block| &block.same) {
            let words: Vec<&str> = part.get_ref().split_whitespace().collect();
            let [column, derive @ ..] = words.as_slice() else {
                return self.wrong(&part.span(), 0, "a column is missing here");
            };
            if self.model.column(column).is_none() {
                let name = Spanned::new(part.span(), (*column).to_owned());
                return self.unknown_column(&name);
            }
            if Derive::read(derive).is_none() {
                let message = format!("`{}` cannot be taken from a value", derive.join(" "));
                return self.wrong(&part.span(), column.len() + 1, &message);
            }
        }
        Ok(())
    }

    fn shares(&self, of: &str, name: &Spanned<String>, shares: &Shares) -> Result<(), LinkError> {
        let wrong = |message: String| self.wrong_key(name, &format!("{of}: {message}"));
        let text = name.get_ref();
        let Some(at) = self.model.comparison(text) else {
            return wrong(format!("`{text}` is no comparison"));
        };
        let levels = self.model.level_names(at).len();
        let rows: Vec<&[f64]> = match shares {
            Shares::Alone(row) => vec![row],
            Shares::Depending(rows) => {
                let wanted = self.model.share_rows(at);
                if rows.len() != wanted {
                    return wrong(format!(
                        "`{text}` has {} rows of shares, and {wanted} are wanted",
                        rows.len()
                    ));
                }
                rows.iter().map(Vec::as_slice).collect()
            }
        };
        for row in rows {
            if row.len() != levels {
                return wrong(format!(
                    "`{text}` has {levels} levels with \"else\", and {} shares",
                    row.len()
                ));
            }
            let sum: f64 = row.iter().sum();
            if row.iter().any(|share| !(0.0..=1.0).contains(share)) || (sum - 1.0).abs() > 0.001 {
                return wrong(format!(
                    "the shares of `{text}` must lie between 0 and 1 and sum to 1; they sum to {sum:.4}"
                ));
            }
        }
        Ok(())
    }

    fn classes(&self) -> Result<(), LinkError> {
        let classes = &self.model.classes;
        if !classes.first().is_some_and(|class| class.same_person) {
            return self
                .plain("the first class is of one person: give it same_person = true".to_owned());
        }
        for (name, shares) in &self.model.strangers.levels {
            self.shares("strangers", name, shares)?;
        }
        let mut seen = BTreeSet::from([STRANGERS]);
        for (number, class) in (1..).zip(classes) {
            let wrong = |message: &str| self.wrong(&class.name.span(), 0, message);
            if number >= MOST_CLASSES {
                return wrong("a model has at most 7 classes beside strangers");
            }
            if !seen.insert(class.name.get_ref()) {
                return wrong("this class stands twice");
            }
            if !(class.rate > 0.0 && class.rate < 1e6) {
                return wrong("the rate of a class is a number above 0");
            }
            self.class(class)?;
        }
        Ok(())
    }

    fn class(&self, class: &Class) -> Result<(), LinkError> {
        for (name, agrees) in &class.agrees {
            if self.model.comparison(name.get_ref()).is_none()
                || class.levels.contains_key(name.get_ref().as_str())
            {
                let message =
                    "there is no such comparison, or it has shares of its own beside `agrees`";
                return self.wrong_key(name, message);
            }
            if !(0.0..=1.0).contains(agrees) || class.same_person {
                let message = "`agrees` is a probability, and not for a class of one person";
                return self.wrong_key(name, message);
            }
        }
        for (name, shares) in &class.levels {
            self.shares(&format!("class `{}`", class.name.get_ref()), name, shares)?;
        }
        if let Some(like) = &class.like {
            let before = self.model.classes.iter();
            let mut before = before.take_while(|other| other.name != class.name);
            let known = like.get_ref() == STRANGERS || before.any(|other| other.name == *like);
            if !known {
                let message = "a class is like `strangers` or one that stands before it";
                return self.wrong(&like.span(), 0, message);
            }
        }
        for name in class.term_frequency.iter().chain(&class.own) {
            if self.model.comparison(name.get_ref()).is_none() {
                return self.wrong(&name.span(), 0, "there is no such comparison");
            }
        }
        Ok(())
    }

    fn no_values(&self) -> Result<(), LinkError> {
        let no = &self.model.no_values;
        let ends = no.earliest_date.iter().chain(&no.latest_date);
        for day in no.dates.iter().chain(ends) {
            if model::Date::parse_from_str(day, "%Y-%m-%d").is_err() {
                return self.plain(format!(
                    "no_values: `{day}` is no day; write it as YYYY-MM-DD"
                ));
            }
        }
        Ok(())
    }

    fn training(&self) -> Result<(), LinkError> {
        let training = &self.model.training;
        if training.blocks.len() > 32 || training.blocks.iter().any(Vec::is_empty) {
            let message =
                "training: there are at most 32 `blocks`, each with at least one block rule";
            return self.plain(message.to_owned());
        }
        for rule in training.blocks.iter().flatten() {
            let mut titles = self.model.blocks.iter().map(Block::title);
            if !titles.any(|title| title == *rule.get_ref()) {
                let message = format!("`{}` is no block rule of this model", rule.get_ref());
                return self.wrong(&rule.span(), 0, &message);
            }
        }
        // Beyond these a run would not end, or a share would be no share.
        if training.random_pairs > 1_000_000_000 || training.rounds > 100_000 {
            return self.plain("training has at most 1e9 random pairs and 1e5 rounds".to_owned());
        }
        let sound = (0.0..=0.01).contains(&training.least)
            && training.enough >= 0.0
            && training.fewest >= 0.0;
        if !sound {
            let message =
                "training: `least` is a share of at most 0.01, `enough` and `fewest` are 0 or more";
            return self.plain(message.to_owned());
        }
        Ok(())
    }

    fn decision(&self) -> Result<(), LinkError> {
        let decision = &self.model.decision;
        if !(0.0..1.0).contains(&decision.probability) {
            return self
                .plain("the probability of a decision is a number from 0 to below 1".to_owned());
        }
        if !decision.margin.is_finite() || decision.margin < 0.0 || !decision.keep_from.is_finite()
        {
            return self.plain("the margin is a match weight of 0 or more".to_owned());
        }
        if decision.one_to_one && self.model.kind != Kind::Link {
            let message = "decision: `one_to_one` is for models of the kind `link`";
            return self.plain(message.to_owned());
        }
        // One alone would compete with nobody; many take memory for every record.
        if !(2..=64).contains(&decision.candidates) {
            return self.plain("decision: 2 to 64 `candidates` compete".to_owned());
        }
        Ok(())
    }
}
