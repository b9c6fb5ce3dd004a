//! Step 4: candidates by blocking, five scores for each, and the best of them where no other is close.

use super::Tracer;
use crate::{
    compare::{jaro_winkler, within_one_edit},
    trace::{
        Day, FieldScores, NearScores, Score,
        index::{outward, sector},
        subject::Subject,
    },
};

/// What the step came to.
pub(super) enum Best {
    One {
        person: u32,
        total: Score,
        scores: FieldScores,
    },
    Several,
    Nobody,
}

impl Tracer<'_> {
    /// Step 4, and how many blocks had too many people to be looked at.
    pub(super) fn algorithmic(&self, subject: &Subject) -> (Best, u32) {
        let (ranked, passed_over) = self.ranked(subject);
        (self.best(&ranked), passed_over)
    }

    /// All candidates with their totals and scores, the best first, and how many blocks were passed over.
    pub(crate) fn ranked(&self, subject: &Subject) -> (Vec<(Score, u32, FieldScores)>, u32) {
        let (mut candidates, mut passed_over) = (Vec::new(), 0);
        for people in self.index.blocks(subject.details()) {
            if people.len() <= self.settings.algorithmic.maximum_candidates {
                candidates.extend(people);
            } else {
                passed_over += 1;
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        let mut scored: Vec<(Score, u32, FieldScores)> = candidates
            .into_iter()
            .map(|person| {
                let scores = self.scores(person, subject);
                (self.total(&scores), person, scores)
            })
            .collect();
        scored.sort_by_key(|(total, person, _)| (std::cmp::Reverse(*total), *person));
        (scored, passed_over)
    }

    fn best(&self, scored: &[(Score, u32, FieldScores)]) -> Best {
        let settings = &self.settings.algorithmic;
        let Some((total, person, fields)) = scored.first().copied() else {
            return Best::Nobody;
        };
        if total < Score::points(settings.minimum_total) {
            return Best::Nobody;
        }
        let gap = Score::points(settings.close_gap).hundredths();
        let close = |(other, ..): &(Score, u32, FieldScores)| {
            total.hundredths() - other.hundredths() <= gap
        };
        if scored.get(1).is_some_and(close) {
            return Best::Several;
        }
        Best::One {
            person,
            total,
            scores: fields,
        }
    }

    fn total(&self, scores: &FieldScores) -> Score {
        let weights = &self.settings.algorithmic.weights;
        let sum = scores.family_name.hundredths() * weights.family_name
            + scores.given_name.hundredths() * weights.given_name
            + scores.date_of_birth.hundredths() * weights.date_of_birth
            + scores.sex.hundredths() * weights.sex
            + scores.postcode.hundredths() * weights.postcode;
        Score::hundredths_of((sum + 50) / 100)
    }

    /// The best that each field can do with what the person has or had.
    fn scores(&self, at: u32, subject: &Subject) -> FieldScores {
        let settings = &self.settings.algorithmic;
        let (near, history, index) = (&settings.near, settings.history, self.index);
        let best = |scores: &mut dyn Iterator<Item = Score>| scores.max().unwrap_or_default();
        let mut scores = FieldScores {
            family_name: best(
                &mut index
                    .families(at, history)
                    .map(|name| family(&subject.family, name, near)),
            ),
            given_name: best(
                &mut index
                    .givens(at, history)
                    .map(|name| given(&subject.given, &subject.given_first, name, near)),
            ),
            postcode: best(
                &mut index
                    .postcodes(at, history)
                    .map(|place| postcode(&subject.postcode, place, near)),
            ),
            ..FieldScores::default()
        };
        if let Some(person) = index.person(at) {
            scores.date_of_birth = date(subject.born, person.born, near);
            if subject.sex != 0 && subject.sex == person.sex {
                scores.sex = Score::FULL;
            }
        }
        let exchanged = !subject.family.is_empty()
            && !subject.given.is_empty()
            && index
                .families(at, history)
                .any(|name| name == subject.given)
            && index
                .givens(at, history)
                .any(|(name, _)| name == subject.family);
        if exchanged {
            let score = Score::points(near.names_exchanged);
            scores.family_name = scores.family_name.max(score);
            scores.given_name = scores.given_name.max(score);
        }
        scores
    }
}

/// The score of family names.
fn family(sent: &str, held: &str, near: &NearScores) -> Score {
    if sent.is_empty() {
        return Score::ZERO;
    }
    if sent == held {
        return Score::FULL;
    }
    alike(sent, held, near)
}

/// The score of given names.
fn given(sent: &str, sent_first: &str, held: (&str, &str), near: &NearScores) -> Score {
    let (whole, first) = held;
    if sent.is_empty() {
        return Score::ZERO;
    }
    if sent == whole {
        return Score::FULL;
    }
    let mut score = alike(sent, whole, near);
    if !sent_first.is_empty() && sent_first == first {
        score = score.max(Score::points(near.first_given_name));
    }
    let is_initial = |name: &str, of: &str| name.chars().count() == 1 && of.starts_with(name);
    if is_initial(sent, whole) || is_initial(whole, sent) {
        score = score.max(Score::points(near.initial));
    }
    score
}

/// The score of names that are not equal: between two bounds, by how far their similarity lies between its own.
fn alike(a: &str, b: &str, near: &NearScores) -> Score {
    let similarity = jaro_winkler(a, b);
    if similarity < near.name_similarity {
        return Score::ZERO;
    }
    let (least, most) = (f64::from(near.name_least), f64::from(near.name_most));
    let share = (similarity - near.name_similarity) / (1.0 - near.name_similarity);
    let hundredths = ((most - least) * share + least) * 100.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 10,000"
    )]
    Score::hundredths_of(hundredths.round() as u32)
}

/// The score of dates of birth. A year or month alone is never more than near.
fn date(sent: Day, held: Day, near: &NearScores) -> Score {
    if sent.is_whole() && sent == held {
        return Score::FULL;
    }
    let when = |holds: bool, points: u32| Score::points(if holds { points } else { 0 });
    when(sent.is_exchanged(held), near.day_and_month_exchanged)
        .max(when(sent.parts_equal(held) >= 2, near.two_date_parts))
        .max(when(one_digit(sent, held), near.one_digit))
}

/// Whether whole dates differ in one of their eight digits.
fn one_digit(a: Day, b: Day) -> bool {
    if !a.is_whole() || !b.is_whole() {
        return false;
    }
    let digits = |day: Day| day.year() * 10_000 + day.month() * 100 + day.day();
    let (mut a, mut b, mut differ) = (digits(a), digits(b), 0);
    for _ in 0..8 {
        differ += u32::from(a % 10 != b % 10);
        (a, b) = (a / 10, b / 10);
    }
    differ == 1
}

/// The score of postcodes.
fn postcode(sent: &str, held: &str, near: &NearScores) -> Score {
    if sent.is_empty() {
        return Score::ZERO;
    }
    if sent == held {
        return Score::FULL;
    }
    let when = |holds: bool, points: u32| Score::points(if holds { points } else { 0 });
    when(within_one_edit(sent, held), near.postcode_one_edit)
        .max(when(sector(sent) == sector(held), near.sector))
        .max(when(outward(sent) == outward(held), near.outward))
}
