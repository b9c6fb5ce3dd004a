//! The engine again, slow and plain: strings and maps of strings, every record held against every other, conditions
//! read word by word, weights added up as logarithms. It shares with the engine what a model file says, the forms of
//! names and postcodes, Soundex, the numbers that training found, and from which odds on candidates compete; nothing
//! else.

use super::{Cells, content, invented::COLUMNS};
use crate::{
    best::{ABSENT, KNOWN_BEFORE, NEGLIGIBLE, ROUNDS},
    clean::{name_letters, postcode_key},
    compare::soundex,
    match_model::{Kind, MatchModel},
    people::Clean,
    weigh::Parameters,
};
use std::collections::{BTreeMap, BTreeSet};

/// A record, cleaned; an empty text is no value.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) id: String,
    /// By column of the model.
    pub(super) values: Vec<String>,
    earlier: Vec<Vec<String>>,
}

/// Rows of the files as they are read, each a map from column to cell.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) left: Vec<Cells>,
    pub(super) right: Option<Vec<Cells>>,
    pub(super) history: Vec<Cells>,
    pub(super) superseded: Vec<Cells>,
}

/// What is expected of one row of the output.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) bits: f64,
    pub(super) probability: f64,
    /// Nothing where there is nobody else.
    pub(super) margin: Option<f64>,
    /// Those on the right who are as good as the best, with the levels of each.
    pub(super) best: BTreeMap<String, Vec<String>>,
    pub(super) decision: &'static str,
}

/// The second implementation.
pub(super) struct Plain<'a> {
    model: &'a MatchModel,
    parameters: &'a Parameters,
    /// List, then name, then the sets in which it stands.
    lists: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    left: Vec<Known>,
    /// The one file again where there is no right side.
    right: Vec<Known>,
    strangers: f64,
    /// For each comparison, the share of each value.
    shares: Vec<BTreeMap<String, f64>>,
}

fn cell<'a>(row: &'a Cells, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

fn digits(text: &str) -> String {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let numeric = bare.len() == 10 && bare.chars().all(|c| c.is_ascii_digit());
    let first = bare.chars().next();
    let message = bare.chars().all(|c| Some(c) == first);
    if numeric && !message {
        bare
    } else {
        String::new()
    }
}

/// Where a number leads to; a circle ends at its least number.
fn followed(number: &str, replaced: &BTreeMap<String, String>) -> String {
    let mut way = vec![number.to_owned()];
    while let Some(next) = way.last().and_then(|last| replaced.get(last)) {
        if let Some(from) = way.iter().position(|before| before == next) {
            return way[from..].iter().min().unwrap().clone();
        }
        way.push(next.clone());
    }
    way.pop().unwrap()
}

impl<'a> Plain<'a> {
    pub(super) fn new(model: &'a MatchModel, parameters: &'a Parameters, files: &Files) -> Self {
        let mut plain = Self {
            model,
            parameters,
            lists: BTreeMap::new(),
            left: Vec::new(),
            right: Vec::new(),
            strangers: 0.0,
            shares: Vec::new(),
        };
        for (list, file) in &model.lists {
            let text = content().text(&format!("linkage/lists/{file}")).unwrap();
            let sets = plain.lists.entry(list.clone()).or_default();
            for line in text.lines().skip(1) {
                let (set, name) = line.split_once(',').unwrap();
                let name = name_letters(name).join(" ");
                sets.entry(name).or_default().insert(set.to_owned());
            }
        }
        let mut replaced = BTreeMap::new();
        for row in &files.superseded {
            let (old, new) = (
                digits(cell(row, "nhs_number")),
                digits(cell(row, "replaced_by")),
            );
            if !old.is_empty() && !new.is_empty() && old != new {
                replaced.insert(old, new);
            }
        }
        let known = |rows: &[Cells], id: &str| -> Vec<Known> {
            rows.iter()
                .map(|row| plain.known(row, id, &replaced))
                .collect()
        };
        let left = known(&files.left, &model.left_id);
        let mut right = match &files.right {
            Some(rows) => known(rows, model.right_id.as_deref().unwrap()),
            None => left.clone(),
        };
        for row in &files.history {
            let Some(column) = model.column(cell(row, "field")) else {
                continue;
            };
            let of = &model.columns[column];
            let number = followed(&digits(cell(row, "nhs_number")), &replaced);
            let value = plain.cleaned(of.clean, cell(row, "value")).join(" ");
            for person in right.iter_mut().filter(|person| person.id == number) {
                if of.earlier && !value.is_empty() && person.values[column] != value {
                    person.earlier[column].push(value.clone());
                }
            }
        }
        let both = files.right.is_some();
        plain.strangers = number(right.len());
        if !both {
            plain.strangers = (plain.strangers - 1.0) / 2.0;
        }
        for comparison in &model.comparisons {
            let column = model.column(comparison.column.get_ref()).unwrap();
            let others = if both { right.as_slice() } else { &[] };
            let values = left.iter().chain(others).map(|known| &known.values[column]);
            let values: Vec<&String> = values.filter(|value| !value.is_empty()).collect();
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for value in &values {
                *counts.entry((*value).clone()).or_default() += 1;
            }
            // A share is kept in single precision.
            #[expect(clippy::cast_possible_truncation, reason = "as the engine keeps it")]
            let share = |count: usize| f64::from((number(count) / number(values.len())) as f32);
            plain.shares.push(
                counts
                    .into_iter()
                    .map(|(value, count)| (value, share(count)))
                    .collect(),
            );
        }
        (plain.left, plain.right) = (left, right);
        plain
    }

    fn known(&self, row: &Cells, id: &str, replaced: &BTreeMap<String, String>) -> Known {
        let model = self.model;
        let mut words: Vec<Vec<String>> = vec![Vec::new(); model.columns.len()];
        for (at, column) in model.columns.iter().enumerate() {
            let mut cleaned = self.cleaned(column.clean, cell(row, column.name.get_ref()));
            if column.clean == Clean::Number && !cleaned.is_empty() {
                cleaned = vec![followed(&cleaned[0], replaced)];
            }
            if let Some(rest) = &column.rest_to
                && cleaned.len() > 1
            {
                let rest = model.column(rest.get_ref()).unwrap();
                let mut over = cleaned.split_off(1);
                over.append(&mut words[rest]);
                words[rest] = over;
            }
            words[at].append(&mut cleaned);
        }
        let named = match model.column(id) {
            Some(_) => followed(&digits(cell(row, id)), replaced),
            None => cell(row, id).to_owned(),
        };
        Known {
            id: named,
            values: words.into_iter().map(|words| words.join(" ")).collect(),
            earlier: vec![Vec::new(); model.columns.len()],
        }
    }

    /// A value in its one form, as words; none where it is no value.
    fn cleaned(&self, clean: Clean, text: &str) -> Vec<String> {
        let no = &self.model.no_values;
        let one = |text: String| if text.is_empty() { vec![] } else { vec![text] };
        match clean {
            Clean::Name => {
                let mut words = name_letters(text);
                words.retain(|word| !no.names.contains(word));
                words
            }
            Clean::Postcode => {
                let key = postcode_key(text).unwrap_or_default();
                let nowhere = no.places.iter().any(|place| key.starts_with(place));
                one(if nowhere { String::new() } else { key })
            }
            Clean::Number => one(digits(text)),
            Clean::List => {
                let items: BTreeSet<String> = text
                    .split([';', '|'])
                    .map(|item| item.trim().to_uppercase())
                    .filter(|item| !item.is_empty() && !no.codes.contains(item))
                    .collect();
                one(items.into_iter().collect::<Vec<_>>().join(";"))
            }
            Clean::Code => {
                let text = text.trim().to_uppercase();
                one(if no.codes.contains(&text) {
                    String::new()
                } else {
                    text
                })
            }
            Clean::Date => {
                let forms = ["%Y-%m-%d", "%Y%m%d"];
                let wide = [10, 8];
                let day = forms
                    .iter()
                    .zip(wide)
                    .filter(|(_, wide)| text.len() == *wide);
                let mut day = day;
                let day = day.find_map(|(form, _)| model::Date::parse_from_str(text, form).ok());
                let text = day.map(|day| day.to_string()).unwrap_or_default();
                let earliest = no.earliest_date.clone().unwrap_or_default();
                // Years from 8192 on have no room in the engine's codes; no one is born then.
                let late = text.as_str() >= "8192";
                one(if late || no.dates.contains(&text) || text < earliest {
                    String::new()
                } else {
                    text
                })
            }
        }
    }

    // Conditions.

    fn condition(&self, text: &str, a: &Known, b: &Known) -> bool {
        let words: Vec<&str> = text.split_whitespace().collect();
        words
            .join(" ")
            .split(" or ")
            .any(|all| all.split(" and ").all(|one| self.atom(one, a, b)))
    }

    fn atom(&self, text: &str, a: &Known, b: &Known) -> bool {
        let mut words: Vec<&str> = text.split(' ').collect();
        let not = words[0] == "not";
        words.drain(..usize::from(not));
        let columns = words.remove(0);
        let (left, right) = columns.split_once('~').unwrap_or((columns, columns));
        let (left, right) = (
            self.model.column(left).unwrap(),
            self.model.column(right).unwrap(),
        );
        let clean = self.model.columns[left].clean;
        let x = &a.values[left];
        let earlier = words[0] == "earlier";
        words.drain(..usize::from(earlier));
        let holds = |y: &String| !x.is_empty() && !y.is_empty() && self.test(&words, clean, x, y);
        if earlier {
            return b.earlier[right].iter().any(holds) != not;
        }
        holds(&b.values[right]) != not
    }

    fn test(&self, words: &[&str], clean: Clean, x: &str, y: &str) -> bool {
        let letters =
            |text: &str| -> Vec<char> { text.chars().filter(|c| !c.is_whitespace()).collect() };
        let parts = |text: &str| -> Vec<String> { text.split('-').map(str::to_owned).collect() };
        let same_parts = |x: &str, y: &str| -> Vec<bool> {
            parts(x)
                .iter()
                .zip(parts(y))
                .map(|(x, y)| *x == y)
                .collect()
        };
        match *words {
            ["exact"] => x == y,
            ["shares", least] => {
                let items: BTreeSet<&str> = x.split(';').collect();
                let shared = y.split(';').filter(|item| items.contains(item));
                clean == Clean::List && shared.count() >= least.parse().unwrap()
            }
            ["jaro_winkler", least] => jaro_winkler(x, y) >= least.parse::<f64>().unwrap() - 1e-12,
            ["edits", most] => strsim::osa_distance(x, y) <= most.parse().unwrap(),
            ["initial"] => {
                (x.chars().count() == 1 || y.chars().count() == 1)
                    && x.chars().next() == y.chars().next()
            }
            ["same_letters"] => letters(x) == letters(y),
            ["shares_word"] => {
                let words: BTreeSet<&str> = x.split(' ').collect();
                y.split(' ').any(|word| words.contains(word))
            }
            ["list", list] => {
                let sets = |name: &str| self.lists[list].get(name).cloned().unwrap_or_default();
                !sets(x).is_disjoint(&sets(y))
            }
            ["day_and_month_exchanged"] => {
                let (x, y) = (parts(x), parts(y));
                x[0] == y[0] && x[1] == y[2] && x[2] == y[1]
            }
            ["one_digit"] => {
                let (x, y) = (x.replace('-', ""), y.replace('-', ""));
                let apart: Vec<usize> = (0..8).filter(|at| x[*at..=*at] != y[*at..=*at]).collect();
                match *apart {
                    [] | [_] => true,
                    [i, j] => j == i + 1 && x[i..=i] == y[j..=j] && x[j..=j] == y[i..=i],
                    _ => false,
                }
            }
            ["other_century"] => {
                let (x, y) = (parts(x), parts(y));
                let years = x[0]
                    .parse::<i32>()
                    .unwrap()
                    .abs_diff(y[0].parse::<i32>().unwrap());
                x[1..] == y[1..] && years == 100
            }
            ["first_of_january"] => {
                let (x, y) = (parts(x), parts(y));
                let new_year = |parts: &[String]| parts[1..] == ["01", "01"];
                x[0] == y[0] && (new_year(&x) || new_year(&y))
            }
            ["two_parts"] => same_parts(x, y).iter().filter(|same| **same).count() >= 2,
            ["year"] => same_parts(x, y)[0],
            ["sector" | "outward" | "area"] => {
                Self::derived(clean, words, x) == Self::derived(clean, words, y)
            }
            _ => panic!("`{words:?}` is no test that this knows"),
        }
    }

    /// What a block rule takes from a value.
    fn derived(clean: Clean, words: &[&str], text: &str) -> Option<String> {
        if text.is_empty() {
            return None;
        }
        let date = clean == Clean::Date;
        let part = |from: usize, to: usize| Some(text[from..to].to_owned());
        match *words {
            [] => Some(text.to_owned()),
            ["prefix", many] => {
                let many = many.parse().unwrap();
                let head: String = text.chars().take(many).collect();
                (head.chars().count() == many).then_some(head)
            }
            ["initial"] => text.chars().next().map(|c| c.to_string()),
            ["soundex"] => soundex(text).map(|code| format!("{code:?}")),
            ["year"] if date => part(0, 4),
            ["year_month"] if date => part(0, 7),
            ["month_day"] if date => part(5, 10),
            ["year_day"] if date => Some(format!("{} {}", &text[..4], &text[8..])),
            ["outward"] => text.split(' ').next().map(str::to_owned),
            ["sector"] => part(0, text.len() - 2),
            ["area"] => {
                let head: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
                (!head.is_empty()).then_some(head)
            }
            _ => panic!("`{words:?}` is nothing that this takes"),
        }
    }

    /// The keys that a block rule gives a record, each a list of texts.
    fn keys(&self, known: &Known, rule: &crate::match_model::Block) -> BTreeSet<Vec<String>> {
        let mut keys = BTreeSet::from([Vec::new()]);
        for part in &rule.same {
            let words: Vec<&str> = part.get_ref().split(' ').collect();
            let column = self.model.column(words[0]).unwrap();
            let clean = self.model.columns[column].clean;
            let values = std::iter::once(&known.values[column]).chain(&known.earlier[column]);
            let derived: BTreeSet<String> = values
                .filter_map(|v| Self::derived(clean, &words[1..], v))
                .collect();
            let longer = |key: &Vec<String>, more: &String| {
                [key.as_slice(), std::slice::from_ref(more)].concat()
            };
            keys = keys
                .iter()
                .flat_map(|key| derived.iter().map(|more| longer(key, more)))
                .collect();
        }
        keys
    }

    // Weights.

    fn levels(&self, a: &Known, b: &Known) -> Vec<usize> {
        let mut taken = BTreeSet::new();
        let mut levels = Vec::new();
        for comparison in &self.model.comparisons {
            let column = self.model.column(comparison.column.get_ref()).unwrap();
            let nothing = b.values[column].is_empty() && b.earlier[column].is_empty();
            if a.values[column].is_empty() || nothing {
                levels.push(0);
                continue;
            }
            let first = comparison
                .levels
                .iter()
                .position(|level| self.condition(level.when.get_ref(), a, b));
            if let Some(first) = first {
                let counted = comparison.levels[first].takes.iter();
                taken.extend(counted.map(|name| self.model.comparison(name.get_ref()).unwrap()));
            }
            levels.push(first.unwrap_or(comparison.levels.len()) + 1);
        }
        for at in taken {
            levels[at] = 0;
        }
        levels
    }

    /// The logarithm to base 2 of how much rarer a pair's value is than the average, by the strength of its level.
    fn rarity(&self, at: usize, level: usize, a: &Known, b: &Known) -> f64 {
        let comparison = &self.model.comparisons[at];
        let Some(of) = comparison.levels.get(level - 1) else {
            return 0.0;
        };
        if !comparison.term_frequency || of.tf == 0.0 {
            return 0.0;
        }
        let column = self.model.column(comparison.column.get_ref()).unwrap();
        let share = |known: &Known| {
            let found = self.shares[at].get(&known.values[column]);
            found.copied().unwrap_or(0.0)
        };
        // A value of long ago is not counted; the one it agrees with is on the left.
        let right = if of.when.get_ref().contains("earlier") {
            0.0
        } else {
            share(b)
        };
        let larger = share(a).max(right).max(comparison.rarest);
        let average = self.parameters.shares[0][at][0].max(1e-12);
        of.tf * (larger.log2() - average.log2())
    }

    /// The match weight of a pair.
    fn weight(&self, levels: &[usize], a: &Known, b: &Known) -> f64 {
        let parameters = self.parameters;
        let (mut same, mut different) = (0.0, 0.0);
        for class in 0..parameters.names.len() {
            let rate = if class == 0 {
                self.strangers
            } else {
                parameters.rates[class]
            };
            let mut bits = rate.log2();
            for (at, level) in levels.iter().enumerate().filter(|(_, level)| **level > 0) {
                let many = self.model.comparisons[at].levels.len() + 1;
                let row = self.model.depends_on(at).map_or(0, |parent| levels[parent]);
                let share = parameters.shares[class][at][row * many + level - 1];
                bits += share.max(1e-12).log2();
                if parameters.term_frequency[class][at] {
                    bits += self.rarity(at, *level, a, b);
                }
            }
            if parameters.same_person[class] {
                same += bits.exp2();
            } else {
                different += bits.exp2();
            }
        }
        same.log2() - different.log2()
    }

    fn said(&self, levels: &[usize]) -> Vec<String> {
        let names = levels.iter().enumerate().map(|(at, level)| match level {
            0 => "missing".to_owned(),
            level => self.model.level_names(at)[level - 1].to_owned(),
        });
        names.collect()
    }

    fn vetoed(&self, a: &Known, b: &Known) -> bool {
        let mut vetoes = self.model.vetoes.iter();
        vetoes.any(|veto| self.condition(veto.when.get_ref(), a, b))
    }

    /// All pairs that any block rule brings together, each with its levels and weight.
    fn pairs(&self) -> Vec<(usize, usize, Vec<usize>, f64)> {
        let keys = |side: &[Known]| -> Vec<Vec<BTreeSet<Vec<String>>>> {
            let of = |known| {
                let rules = self.model.blocks.iter();
                rules.map(|rule| self.keys(known, rule)).collect()
            };
            side.iter().map(of).collect()
        };
        let (of_left, of_right) = (keys(&self.left), keys(&self.right));
        let mut pairs = Vec::new();
        for (i, a) in self.left.iter().enumerate() {
            for (j, b) in self.right.iter().enumerate() {
                if self.model.kind == Kind::Dedupe && j <= i {
                    continue;
                }
                let mut rules = of_left[i].iter().zip(&of_right[j]);
                if rules.any(|(x, y)| !x.is_disjoint(y)) {
                    let levels = self.levels(a, b);
                    let weight = self.weight(&levels, a, b);
                    pairs.push((i, j, levels, weight));
                }
            }
        }
        pairs
    }

    /// The records of the left side or of the one file.
    pub(super) fn left(&self) -> &[Known] {
        &self.left
    }

    /// The records of the right side.
    pub(super) fn right(&self) -> &[Known] {
        &self.right
    }

    /// How many pairs are compared, and the best person for each record on the left that has one.
    pub(super) fn trace(&self) -> (usize, BTreeMap<String, Expected>) {
        let pairs = self.pairs();
        let decision = &self.model.decision;
        let mut expected = BTreeMap::new();
        let all: Vec<Vec<f64>> = (0..self.left.len())
            .map(|left| self.candidates(&pairs, left))
            .collect();
        let (more, absent) = self.there(&all);
        for (i, (a, weights)) in self.left.iter().zip(&all).enumerate() {
            let Some(first) = weights.first().copied() else {
                continue;
            };
            let others: f64 = weights.iter().skip(1).map(|bits| bits.exp2()).sum();
            let bits = first + more.log2() - (absent + more * others).log2();
            if bits < decision.keep_from {
                continue;
            }
            // Nobody is behind by more than what is told of at all.
            let margin = Some(
                first
                    - weights
                        .get(1)
                        .map_or(NEGLIGIBLE.log2(), |second| second.max(NEGLIGIBLE.log2())),
            );
            let mut best = BTreeMap::new();
            let mut veto = false;
            for (_, j, levels, weight) in pairs.iter().filter(|pair| pair.0 == i) {
                if (weight - first).abs() < 1e-9 {
                    best.insert(self.right[*j].id.clone(), self.said(levels));
                    veto |= self.vetoed(a, &self.right[*j]);
                }
            }
            let probability = probability(bits);
            let ahead = margin.is_none_or(|margin| margin >= decision.margin);
            expected.insert(
                a.id.clone(),
                Expected {
                    bits,
                    probability,
                    margin,
                    best,
                    decision: match (veto, probability >= decision.probability && ahead) {
                        (true, _) => "veto",
                        (_, true) => "link",
                        _ if self::probability(first + (more / absent).log2())
                            >= decision.probability =>
                        {
                            "close"
                        }
                        _ => "weak",
                    },
                },
            );
        }
        (pairs.len(), expected)
    }

    /// The weights of a record's candidates that compete, the heaviest first.
    fn candidates(&self, pairs: &[(usize, usize, Vec<usize>, f64)], left: usize) -> Vec<f64> {
        // Rows about one person count once, by the best of them.
        let mut people: BTreeMap<&str, f64> = BTreeMap::new();
        for (_, j, _, bits) in pairs.iter().filter(|pair| pair.0 == left) {
            if bits.exp2() >= NEGLIGIBLE {
                let best = people
                    .entry(&self.right[*j].id)
                    .or_insert(f64::NEG_INFINITY);
                *best = best.max(*bits);
            }
        }
        let mut weights: Vec<f64> = people.values().copied().collect();
        weights.sort_by(|x, y| y.total_cmp(x));
        weights.truncate(usize::from(self.model.decision.candidates));
        weights
    }

    /// What the odds of a pair are multiplied by, and the share of records whose person is not there: of all shares the
    /// one that makes the candidates as they are most likely.
    fn there(&self, all: &[Vec<f64>]) -> (f64, f64) {
        let rates = self.parameters.rates.iter();
        let rates = rates.zip(&self.parameters.same_person);
        let rate: f64 = rates.filter(|(_, same)| **same).map(|(rate, _)| rate).sum();
        let begin = rate.clamp(ABSENT, 1.0 - ABSENT);
        let mut share = begin;
        for _ in 0..ROUNDS {
            let found: f64 = all
                .iter()
                .map(|weights| {
                    let odds: f64 = weights.iter().map(|bits| bits.exp2()).sum();
                    let there = share * odds / rate;
                    if there.is_infinite() {
                        1.0
                    } else {
                        there / (there + 1.0 - share)
                    }
                })
                .sum();
            share = (found + KNOWN_BEFORE * begin) / (number(all.len()) + KNOWN_BEFORE);
        }
        let share = (share * 1000.0).round().max(1.0) / 1000.0;
        (share / rate, (1.0 - share).max(ABSENT))
    }

    /// How many pairs are compared, and those of one file that weigh enough to be written.
    pub(super) fn within(&self) -> (usize, BTreeMap<(String, String), Expected>) {
        let pairs = self.pairs();
        let compared = pairs.len();
        let enough = pairs
            .into_iter()
            .filter(|pair| pair.3 >= self.model.decision.keep_from);
        let expected = enough.map(|(i, j, levels, bits)| {
            let (a, b) = (&self.left[i], &self.right[j]);
            let probability = probability(bits);
            let expected = Expected {
                bits,
                probability,
                margin: None,
                best: BTreeMap::from([(b.id.clone(), self.said(&levels))]),
                decision: match probability >= self.model.decision.probability {
                    _ if self.vetoed(a, b) => "veto",
                    true => "link",
                    false => "weak",
                },
            };
            ((a.id.clone(), b.id.clone()), expected)
        });
        (compared, expected.collect())
    }
}

fn probability(bits: f64) -> f64 {
    let odds = bits.exp2();
    if odds.is_infinite() {
        1.0
    } else {
        odds / (1.0 + odds)
    }
}

/// Winkler's bonus, only above 0.7.
fn jaro_winkler(x: &str, y: &str) -> f64 {
    let jaro = strsim::jaro(x, y);
    let same = x
        .chars()
        .zip(y.chars())
        .take(4)
        .take_while(|(x, y)| x == y)
        .count();
    if jaro > 0.7 {
        jaro + 0.1 * number(same) * (1.0 - jaro)
    } else {
        jaro
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn number(count: usize) -> f64 {
    count as f64
}

/// Records as rows of a file.
pub(super) fn rows(all: &[super::invented::Row]) -> Vec<Cells> {
    let row = |row: &super::invented::Row| {
        let cells = COLUMNS.iter().zip(&row.cells);
        let mut cells: Cells = cells
            .map(|(name, cell)| ((*name).to_owned(), cell.clone()))
            .collect();
        cells.insert("record_id".to_owned(), row.id.clone());
        cells
    };
    all.iter().map(row).collect()
}

/// Rows under a header.
pub(super) fn table<const N: usize>(header: [&str; N], all: &[[String; N]]) -> Vec<Cells> {
    let row = |row: &[String; N]| {
        let cells = header.iter().zip(row);
        cells
            .map(|(name, cell)| ((*name).to_owned(), cell.clone()))
            .collect()
    };
    all.iter().map(row).collect()
}
