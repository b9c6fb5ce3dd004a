//! Patient search, plain and fuzzy. Whoever fits in everything that was asked for is a result; the score says how
//! well. People are found by family name and date of birth, or, where a fuzzy search has no family name, by the
//! blocks of step 4.

use super::{
    Caller, FhirAnswer, FhirOutcome, FhirSettings, SearchScores,
    outcome::Fault,
    pattern::Pattern,
    query::Query,
    resource::{self, Bundle, Entry, Patient, Search, share},
};
use crate::{
    clean::name_key,
    compare::soundex,
    trace::{
        Day, Score, Tracing,
        index::{Details, Index, name_digest},
    },
};
use std::{cmp::Reverse, collections::BTreeMap};

/// Answers a Patient search. The values of the query are as they are after they were decoded.
pub fn search(
    query: &[(String, String)],
    who: Caller,
    tracing: &Tracing<'_>,
    settings: &FhirSettings,
) -> FhirAnswer {
    answered(query, who, tracing, settings).unwrap_or_else(|fault| fault.answer(settings))
}

fn answered(
    query: &[(String, String)],
    who: Caller,
    tracing: &Tracing<'_>,
    settings: &FhirSettings,
) -> Result<FhirAnswer, Fault> {
    let query = Query::read(query, who, settings, tracing.settings)?;
    let searching = Searching {
        query: &query,
        tracing,
        settings,
    };
    let mut found: Vec<(u32, Score)> = searching.found()?.into_iter().collect();
    found.sort_by_key(|(person, score)| (Reverse(*score), *person));
    let entries: Vec<Entry<'_>> = found
        .into_iter()
        .filter_map(|(person, score)| {
            Some(Entry::Person {
                resource: Box::new(Patient::of(person, tracing, settings)?),
                search: Search {
                    extension: Vec::new(),
                    mode: "match",
                    score: Some(share(score)),
                },
            })
        })
        .collect();
    let people = entries.len();
    Ok(resource::answer(&Bundle::new(people, entries), people))
}

struct Searching<'a> {
    query: &'a Query,
    tracing: &'a Tracing<'a>,
    settings: &'a FhirSettings,
}

/// Nobody in an index was born before this year, so that a span without a beginning has one.
const FIRST_YEAR: u32 = 1800;

impl Searching<'_> {
    /// Who fits, and how well. Ends as soon as there are more than may be shown.
    fn found(&self) -> Result<BTreeMap<u32, Score>, Fault> {
        let too_many = || Fault::of(FhirOutcome::TooManyMatches);
        let (mut found, mut looked_at) = (BTreeMap::new(), 0usize);
        let mut look = |people: &mut dyn Iterator<Item = u32>| {
            for person in people {
                looked_at += 1;
                if looked_at > self.settings.search.most_candidates {
                    return Err(too_many());
                }
                let score = self.score(person);
                let score = score.filter(|score| !self.query.exact || *score == Score::FULL);
                if let Some(score) = score {
                    found.insert(person, score);
                    if found.len() > self.query.most {
                        return Err(too_many());
                    }
                }
            }
            Ok(())
        };
        let index = self.tracing.index;
        if self.query.family.is_some() {
            let dates = self.dates();
            for family in self.families() {
                for born in &dates {
                    look(&mut index.exactly(family, *born))?;
                }
            }
        } else {
            let mut any = false;
            for mut block in index.blocks(self.details()) {
                any = true;
                look(&mut block)?;
            }
            if !any {
                look(&mut index.all_who_may_be_found())?;
            }
        }
        Ok(found)
    }

    /// What to look family names up with: the day, or each year of the span.
    fn dates(&self) -> Vec<Day> {
        let span = self.query.born;
        if let Some(day) = span.day() {
            return vec![day];
        }
        let last = span
            .to
            .year()
            .min(Day::from(self.tracing.tracer.today()).year());
        let years = span.from.year().max(FIRST_YEAR)..=last;
        years.filter_map(|year| Day::new(year, 0, 0)).collect()
    }

    /// Digests of the family names that fit.
    fn families(&self) -> Vec<u64> {
        let (query, index) = (self.query, self.tracing.index);
        let Some(family) = &query.family else {
            return Vec::new();
        };
        if query.fuzzy {
            let sent = [family.whole(), query.given.first().and_then(Pattern::whole)];
            let sent = sent.map(|name| name.map(Sound::of));
            return index.names_like(|name| {
                let held = Sound::of(name);
                sent.iter().flatten().any(|sent| sent.is_like(&held))
            });
        }
        family.whole().map_or_else(
            || index.names_like(|name| family.fits(name)),
            |whole| vec![name_digest(whole)],
        )
    }

    fn details(&self) -> Details {
        let query = self.query;
        let given = query.given.first().and_then(Pattern::whole);
        let mut details = Details {
            given: given.map_or(0, name_digest),
            born: query.born.day().unwrap_or_default(),
            sex: query.gender.unwrap_or_default(),
            ..Details::default()
        };
        let postcode = query.postcode.as_ref().and_then(Pattern::whole);
        if let Some(place) = postcode.and_then(crate::clean::postcode_key) {
            details.set_place(&place);
        }
        details
    }

    /// How well a person fits; none where they do not.
    fn score(&self, at: u32) -> Option<Score> {
        let (query, index) = (self.query, self.tracing.index);
        let person = index.person(at)?;
        if !query.born.holds(person.born) {
            return None;
        }
        let by_place = query.postcode.is_some() || query.practice.is_some() || query.died.is_some();
        if by_place
            && !self.settings.search.sensitive_by_blanked_details
            && self.tracing.tracer.is_sensitive(at)
        {
            return None;
        }
        let mut points = vec![100];
        if let Some(gender) = query.gender {
            let held = if person.sex == 0 {
                None
            } else {
                Some(person.sex)
            };
            let unknown = self.settings.gender.unknown.bytes().next();
            if held.or(unknown) != Some(gender) {
                return None;
            }
            points.push(100);
        }
        if let Some(postcode) = &query.postcode {
            let fits = |history| {
                let mut places = index.postcodes(at, history);
                places.any(|place| postcode.fits(&place.replace(' ', "")))
            };
            points.push(self.points(postcode, fits)?);
        }
        points.extend(if query.fuzzy {
            self.names_that_sound_alike(at)?
        } else {
            self.names(at)?
        });
        // In a fuzzy search these two change the score and nothing else.
        let practice = query.practice.as_ref();
        let practice = practice.map(|code| index.practices(at, false).any(|held| held == code));
        let died = query.died.as_ref().map(|span| span.holds(person.died));
        for fits in [practice, died].into_iter().flatten() {
            if !fits && !query.fuzzy {
                return None;
            }
            points.push(if fits { 100 } else { 0 });
        }
        Some(mean(&points))
    }

    /// The points of names in a plain search.
    fn names(&self, at: u32) -> Option<Vec<u32>> {
        let (query, index) = (self.query, self.tracing.index);
        let mut points = Vec::new();
        if let Some(family) = &query.family {
            let fits = |history| index.families(at, history).any(|name| family.fits(name));
            points.push(self.points(family, fits)?);
        }
        let (first, others) = match query.given.split_first() {
            Some((first, others)) => (Some(first), others),
            None => (None, &[][..]),
        };
        if let Some(given) = first {
            let fits = |history| {
                let mut names = index.givens(at, history);
                names.any(|(whole, first)| given.fits(whole) || given.fits(first))
            };
            points.push(self.points(given, fits)?);
        }
        for given in others {
            points.push(self.points(given, |history| other_name(index, at, given, history))?);
        }
        Some(points)
    }

    /// The points of what is equal now, or was before, or is in part.
    fn points(&self, pattern: &Pattern, fits: impl Fn(bool) -> bool) -> Option<u32> {
        let scores = &self.settings.search.scores;
        let now = fits(false);
        let before = || self.query.history && fits(true);
        if !now && !before() {
            return None;
        }
        let wild = if pattern.is_wild() {
            scores.wildcard
        } else {
            100
        };
        Some(if now { wild } else { wild.min(scores.former) })
    }

    /// The points of names in a fuzzy search: as they are, or in each other's place, whichever is better. Of
    /// several given names the first counts.
    fn names_that_sound_alike(&self, at: u32) -> Option<Vec<u32>> {
        let (query, index) = (self.query, self.tracing.index);
        let scores = &self.settings.search.scores;
        let family = query.family.as_ref().and_then(Pattern::whole);
        let given = query.given.first().and_then(Pattern::whole);
        let held_as_family = |sent: Option<&str>| {
            let alike = |name: &str, history| {
                index
                    .families(at, history)
                    .filter_map(|held| alike(name, held, scores))
                    .max()
            };
            sent.map(|name| best(alike(name, false), alike(name, true), scores))
        };
        let held_as_given = |sent: Option<&str>| {
            let alike = |name: &str, history| {
                let held = index
                    .givens(at, history)
                    .flat_map(|(whole, first)| [whole, first]);
                held.filter_map(|held| alike(name, held, scores)).max()
            };
            sent.map(|name| best(alike(name, false), alike(name, true), scores))
        };
        let straight: Option<Vec<u32>> = [held_as_family(family), held_as_given(given)]
            .into_iter()
            .flatten()
            .collect();
        let exchanged: Option<Vec<u32>> = family.zip(given).and_then(|(family, given)| {
            let both = [held_as_family(Some(given)), held_as_given(Some(family))];
            let both = both.into_iter().flatten();
            both.map(|points| points.map(|points| points.min(scores.exchanged)))
                .collect()
        });
        better(straight, exchanged)
    }
}

/// The better of two ways in which names may fit.
fn better(straight: Option<Vec<u32>>, exchanged: Option<Vec<u32>>) -> Option<Vec<u32>> {
    let sum = |points: &Vec<u32>| points.iter().sum::<u32>();
    match (straight, exchanged) {
        (Some(a), Some(b)) => Some(if sum(&b) > sum(&a) { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// The points of a name that is held now, or was before.
fn best(now: Option<u32>, ever: Option<u32>, scores: &SearchScores) -> Option<u32> {
    now.max(ever.map(|points| points.min(scores.former)))
}

/// The points of two cleaned names.
fn alike(sent: &str, held: &str, scores: &SearchScores) -> Option<u32> {
    if sent == held {
        return Some(100);
    }
    Sound::of(sent)
        .is_like(&Sound::of(held))
        .then_some(scores.sound)
}

/// How a cleaned name sounds; a name without Latin letters sounds like itself alone.
#[derive(PartialEq)]
enum Sound<'a> {
    Code([u8; 4]),
    Letters(&'a str),
}

impl<'a> Sound<'a> {
    fn of(name: &'a str) -> Self {
        soundex(name).map_or(Self::Letters(name), Self::Code)
    }

    fn is_like(&self, other: &Sound<'_>) -> bool {
        match (self, other) {
            (Self::Code(a), Sound::Code(b)) => a == b,
            (Self::Letters(a), Sound::Letters(b)) => a == b,
            _ => false,
        }
    }
}

/// Whether a given name after the first is among those that a person has.
fn other_name(index: &Index, at: u32, pattern: &Pattern, history: bool) -> bool {
    let shown = index.shown(at, Day::NONE);
    let words = shown
        .into_iter()
        .flat_map(|shown| shown.other.split_whitespace());
    words.filter_map(name_key).any(|word| pattern.fits(&word))
        || index.others(at, history).any(|name| pattern.fits(name))
}

fn mean(points: &[u32]) -> Score {
    let count = u32::try_from(points.len()).unwrap_or(u32::MAX).max(1);
    let hundredths = points.iter().sum::<u32>() * 100;
    Score::hundredths_of((hundredths + count / 2) / count)
}
