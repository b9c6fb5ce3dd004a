//! What councils write about care: `care.toml` and `providers.csv`, typed, with every text kept once as a `Word`.

mod rows;

use super::{
    ByAge, Source, Texts,
    ground::{EthnicGroup, Ground},
};
use crate::{SynthError, draw::Shares};
use rows::{AfterRow, Aged, CareFile, DecisionRow, PackageRow, ProviderRow, ReasonRow, WordsRow};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A text that files repeat, as a place in a list. Rows by the hundred thousand then cost two bytes for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Word(u16);

/// The texts. The first is blank.
#[derive(Debug)]
pub(crate) struct Words {
    texts: Vec<String>,
    places: BTreeMap<String, Word>,
}

impl Words {
    fn new() -> Self {
        Self {
            texts: vec![String::new()],
            places: BTreeMap::from([(String::new(), Word(0))]),
        }
    }

    fn keep(&mut self, text: &str) -> Word {
        if let Some(word) = self.places.get(text) {
            return *word;
        }
        let word = Word(u16::try_from(self.texts.len()).unwrap_or(0));
        self.texts.push(text.to_owned());
        self.places.insert(text.to_owned(), word);
        word
    }

    fn keep_shares(&mut self, texts: &Texts) -> Shares<Word> {
        Shares::new(texts.iter().map(|(t, share)| (self.keep(t), *share)))
    }

    fn keep_by_age(&mut self, rows: &[Aged]) -> ByStage<Word> {
        ByStage::new(
            rows.iter()
                .map(|r| (self.keep(&r.value), r.working_age, r.older)),
        )
    }

    /// The text of a word.
    pub(crate) fn text(&self, word: Word) -> &str {
        self.texts
            .get(usize::from(word.0))
            .map_or("", String::as_str)
    }
}

/// Shares for people below 65 and for older ones.
#[derive(Debug)]
pub(crate) struct ByStage<T> {
    working_age: Shares<T>,
    older: Shares<T>,
}

impl<T: Clone> ByStage<T> {
    fn new(rows: impl IntoIterator<Item = (T, f64, f64)>) -> Self {
        let (young, old): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .map(|(item, young, old)| ((item.clone(), young), (item, old)))
            .unzip();
        Self {
            working_age: Shares::new(young),
            older: Shares::new(old),
        }
    }

    pub(crate) const fn at(&self, age: u32) -> &Shares<T> {
        if age < 65 {
            &self.working_age
        } else {
            &self.older
        }
    }
}

/// What lies behind a way of asking for support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RouteKind {
    /// Nothing that shows elsewhere.
    Ordinary,
    /// A stay in hospital that ends with the request.
    Hospital,
    /// Coming of age under children's services.
    Transition,
    /// A move from another council.
    Transfer,
}

/// A way of asking for support.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) value: Word,
    pub(crate) kind: RouteKind,
}

/// What follows an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Next {
    Nothing,
    Assessment,
    ShortTermMax,
    LowLevel,
    ShortStay,
    LongTerm,
}

/// An outcome, what follows it, and whether it found eligible needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) value: Word,
    pub(crate) next: Next,
    pub(crate) eligible: Word,
    /// Whether an event that ends so may have a review.
    pub(crate) reviewed: bool,
}

/// What a review leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AfterReview {
    Continue,
    Change,
    End,
}

/// Where in a journey a service comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PackageStage {
    LongTerm,
    Extra,
    ShortTermMax,
    LowLevel,
    ShortStay,
    Carer,
}

/// Where a person lives while a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Setting {
    Home,
    CareHome,
    NursingHome,
}

/// What a service costs: pounds, between the bounds; units in a week where the unit is shorter than a week.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost {
    pub(crate) unit: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    #[serde(default)]
    pub(crate) units_low: f64,
    #[serde(default)]
    pub(crate) units_high: f64,
}

/// A service that a council gives.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) setting: Setting,
    pub(crate) service: Word,
    pub(crate) component: Word,
    pub(crate) label: Word,
    pub(crate) mechanisms: Shares<Word>,
    pub(crate) cost: Option<Cost>,
    pub(crate) cost_unit: Word,
    /// For each council, its providers of this, as places in the list.
    pub(crate) providers: Vec<Vec<u16>>,
}

/// A reason for support, and what goes with it.
#[derive(Debug)]
pub(crate) struct Reason {
    pub(crate) value: Word,
    pub(crate) autism: f64,
    pub(crate) dementia: ByAge,
    /// Whether paid work is asked about.
    pub(crate) employment: bool,
    pub(crate) sight: Shares<Word>,
    pub(crate) hearing: Shares<Word>,
}

/// A provider of regulated care.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) council: u8,
    pub(crate) key: String,
    pub(crate) name: String,
}

/// The fixed words.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) male: Word,
    pub(crate) female: Word,
    pub(crate) service_user: Word,
    pub(crate) carer: Word,
    pub(crate) carer_by_association: Word,
    pub(crate) request: Word,
    pub(crate) assessment: Word,
    pub(crate) service: Word,
    pub(crate) review: Word,
    pub(crate) yes: Word,
    pub(crate) no: Word,
    pub(crate) unknown: Word,
    pub(crate) carer_reason: Word,
    pub(crate) ethnicity_refused: Word,
    pub(crate) ethnicity_unknown: Word,
    pub(crate) continuing: Word,
    pub(crate) died: Word,
    pub(crate) moved: Word,
    pub(crate) changed: Word,
    pub(crate) ended: Word,
    pub(crate) ended_as_planned: Word,
    pub(crate) to_assessment: Word,
    pub(crate) review_of_short_term: Word,
    pub(crate) method_person: Word,
    pub(crate) method_carer: Word,
    pub(crate) method_both: Word,
    pub(crate) long_assessment: Word,
    pub(crate) short_assessment: Word,
    pub(crate) care_home: Word,
    pub(crate) nursing_home: Word,
    pub(crate) label_request: Vec<Word>,
    pub(crate) label_assessment: Vec<Word>,
    pub(crate) label_review: Vec<Word>,
    pub(crate) label_carer_assessment: Vec<Word>,
}

/// How long things take, in days, smallest and largest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spans {
    pub(crate) request: [i32; 2],
    pub(crate) assessment: [i32; 2],
    pub(crate) review: [i32; 2],
    pub(crate) wait_for_assessment: [i32; 2],
    pub(crate) wait_for_service: [i32; 2],
    pub(crate) short_term_max: [i32; 2],
    pub(crate) short_stay: [i32; 2],
    pub(crate) low_level: [i32; 2],
}

/// All of it.
#[derive(Debug)]
pub(crate) struct CareFacts {
    pub(crate) words: Words,
    pub(crate) fixed: Fixed,
    pub(crate) spans: Spans,
    pub(crate) short_assessment_share: f64,
    pub(crate) caring_hours: Shares<Word>,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) reasons_by_age: ByStage<u8>,
    pub(crate) homes: ByStage<Word>,
    pub(crate) carer_homes: ByStage<Word>,
    pub(crate) employment: Shares<Word>,
    pub(crate) funding: Shares<Word>,
    pub(crate) funding_without_reablement: Shares<Word>,
    pub(crate) sight: Shares<Word>,
    pub(crate) hearing: Shares<Word>,
    pub(crate) routes: ByStage<Route>,
    route_list: Vec<Route>,
    pub(crate) decisions: ByStage<Outcome>,
    pub(crate) decisions_from_hospital: Shares<Outcome>,
    pub(crate) decisions_without_care: Shares<Outcome>,
    pub(crate) after_short_term: Shares<Outcome>,
    pub(crate) findings: Shares<Outcome>,
    pub(crate) planned_reasons: Shares<Word>,
    pub(crate) unplanned_reasons: Shares<Word>,
    pub(crate) review_outcomes: Shares<(Word, AfterReview)>,
    pub(crate) review_results: Shares<Word>,
    pub(crate) packages: Vec<Package>,
    by_stage: BTreeMap<PackageStage, ByStage<u16>>,
    pub(crate) homes_with_care: ByStage<u16>,
    pub(crate) providers: Vec<Provider>,
    pub(crate) carer_finding_service: Word,
    pub(crate) carer_finding_none: Word,
    pub(crate) carer_given_service: f64,
    /// What councils call each ethnic group, in the order of the groups.
    pub(crate) ethnic: Vec<Word>,
}

/// Providers in order, and by kind their places in the list.
type Providers = (Vec<Provider>, BTreeMap<String, Vec<u16>>);

fn read_providers(source: &Source<'_>, ground: &Ground) -> Result<Providers, SynthError> {
    let mut providers = Vec::new();
    let mut by_kind: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    for (at, row) in (0u16..).zip(source.rows::<ProviderRow>("providers.csv")?) {
        let council = (0u8..)
            .zip(&ground.councils)
            .find(|(_, c)| c.code == row.council)
            .ok_or_else(|| {
                SynthError::facts(
                    "providers.csv",
                    format!("council `{}` is not in `place.toml`", row.council),
                )
            })?;
        by_kind.entry(row.kind).or_default().push(at);
        providers.push(Provider {
            council: council.0,
            key: row.key,
            name: row.name,
        });
    }
    Ok((providers, by_kind))
}

impl Package {
    /// From its row; `mine` are the providers of its kind.
    fn keep(
        row: &PackageRow,
        mine: &[u16],
        providers: &[Provider],
        councils: u8,
        words: &mut Words,
    ) -> Self {
        let of_council = |council: u8| {
            mine.iter()
                .copied()
                .filter(|p| {
                    providers
                        .get(usize::from(*p))
                        .is_some_and(|p| p.council == council)
                })
                .collect::<Vec<u16>>()
        };
        Self {
            setting: row.setting,
            service: words.keep(&row.service),
            component: words.keep(&row.component),
            label: words.keep(&row.label),
            mechanisms: words.keep_shares(&row.mechanisms),
            cost_unit: words.keep(row.cost.as_ref().map_or("", |c| c.unit.as_str())),
            cost: row.cost.clone(),
            providers: (0..councils).map(of_council).collect(),
        }
    }
}

impl Reason {
    fn keep(row: &ReasonRow, words: &mut Words) -> Self {
        Self {
            value: words.keep(&row.value),
            autism: row.autism,
            dementia: row.dementia,
            employment: row.employment,
            sight: words.keep_shares(&row.sight),
            hearing: words.keep_shares(&row.hearing),
        }
    }
}

fn keep_decision(row: &DecisionRow, words: &mut Words) -> Outcome {
    Outcome {
        value: words.keep(&row.value),
        next: row.next,
        eligible: Word::default(),
        reviewed: true,
    }
}

fn keep_after(rows: &[AfterRow], words: &mut Words) -> Shares<Outcome> {
    Shares::new(rows.iter().map(|r| {
        let outcome = Outcome {
            value: words.keep(&r.value),
            next: r.next,
            eligible: words.keep(&r.eligible),
            reviewed: !r.never_reviewed,
        };
        (outcome, r.share)
    }))
}

/// The packages, and their weights at each stage of a journey.
struct Packages {
    list: Vec<Package>,
    by_stage: BTreeMap<PackageStage, ByStage<u16>>,
    homes_with_care: ByStage<u16>,
}

impl Packages {
    fn keep(
        rows: &[PackageRow],
        (providers, by_kind): &Providers,
        councils: u8,
        words: &mut Words,
    ) -> Result<Self, SynthError> {
        let mut list = Vec::new();
        let mut weights: BTreeMap<PackageStage, Vec<(u16, f64, f64)>> = BTreeMap::new();
        let mut living_in = Vec::new();
        for (at, row) in (0u16..).zip(rows) {
            let mine = by_kind.get(&row.provider);
            if !row.provider.is_empty() && mine.is_none() {
                return Err(SynthError::facts(
                    "care.toml",
                    format!("provider kind `{}` is not in `providers.csv`", row.provider),
                ));
            }
            let weighed = (at, row.working_age, row.older);
            weights.entry(row.stage).or_default().push(weighed);
            if row.stage == PackageStage::LongTerm && row.setting != Setting::Home {
                living_in.push(weighed);
            }
            let mine = mine.map(Vec::as_slice).unwrap_or_default();
            list.push(Package::keep(row, mine, providers, councils, words));
        }
        Ok(Self {
            list,
            by_stage: weights
                .into_iter()
                .map(|(stage, rows)| (stage, ByStage::new(rows)))
                .collect(),
            homes_with_care: ByStage::new(living_in),
        })
    }
}

impl CareFacts {
    pub(crate) fn read(
        source: &Source<'_>,
        ground: &Ground,
        groups: &[EthnicGroup],
    ) -> Result<Self, SynthError> {
        let file: CareFile = source.toml("care.toml")?;
        let providers = read_providers(source, ground)?;
        let councils = u8::try_from(ground.councils.len()).unwrap_or(u8::MAX);
        let mut words = Words::new();
        let packages = Packages::keep(&file.package, &providers, councils, &mut words)?;
        Ok(Self::settle(file, groups, packages, providers.0, words))
    }

    fn settle(
        file: CareFile,
        groups: &[EthnicGroup],
        packages: Packages,
        providers: Vec<Provider>,
        mut words: Words,
    ) -> Self {
        let w = &mut words;
        let people = &file.people;
        let routes: Vec<(Route, f64, f64)> = file
            .route
            .iter()
            .map(|r| {
                (
                    Route {
                        value: w.keep(&r.value),
                        kind: r.kind,
                    },
                    r.working_age,
                    r.older,
                )
            })
            .collect();
        let decisions: Vec<(Outcome, &DecisionRow)> = file
            .decision
            .iter()
            .map(|d| (keep_decision(d, w), d))
            .collect();
        let refusals = decisions.iter().filter(|(o, _)| o.next == Next::Nothing);
        let reasons_by_age = (0u8..).zip(&file.reason);
        let mut reasons_for_review = |planned| {
            let rows = file.review_reason.iter().filter(|r| r.planned == planned);
            Shares::new(rows.map(|r| (w.keep(&r.value), r.share)))
        };
        let planned_reasons = reasons_for_review(true);
        let unplanned_reasons = reasons_for_review(false);
        let outcomes = file.review_outcome.iter();
        Self {
            fixed: Fixed::keep(&file.words, w),
            spans: file.days,
            short_assessment_share: file.short_assessment_share,
            caring_hours: w.keep_shares(&file.caring_hours),
            reasons: file.reason.iter().map(|r| Reason::keep(r, w)).collect(),
            reasons_by_age: ByStage::new(
                reasons_by_age.map(|(at, r)| (at, r.working_age, r.older)),
            ),
            homes: w.keep_by_age(&people.homes),
            carer_homes: w.keep_by_age(&people.carer_homes),
            employment: w.keep_shares(&people.employment),
            funding: w.keep_shares(&people.funding),
            funding_without_reablement: w.keep_shares(&people.funding_without_reablement),
            sight: w.keep_shares(&people.sight),
            hearing: w.keep_shares(&people.hearing),
            route_list: routes.iter().map(|(r, _, _)| *r).collect(),
            routes: ByStage::new(routes),
            decisions_from_hospital: Shares::new(
                decisions.iter().map(|(o, d)| (*o, d.from_hospital)),
            ),
            decisions_without_care: Shares::new(refusals.map(|(o, d)| (*o, d.older))),
            decisions: ByStage::new(decisions.iter().map(|(o, d)| (*o, d.working_age, d.older))),
            after_short_term: keep_after(&file.after_short_term, w),
            findings: keep_after(&file.finding, w),
            planned_reasons,
            unplanned_reasons,
            review_outcomes: Shares::new(outcomes.map(|r| ((w.keep(&r.value), r.next), r.share))),
            review_results: w.keep_shares(&file.review.results),
            packages: packages.list,
            by_stage: packages.by_stage,
            homes_with_care: packages.homes_with_care,
            providers,
            carer_finding_service: w.keep(&file.carer.finding_service),
            carer_finding_none: w.keep(&file.carer.finding_none),
            carer_given_service: file.carer.given_service,
            ethnic: groups.iter().map(|g| w.keep(&g.council_value)).collect(),
            words,
        }
    }

    /// The packages of a stage, for a person of this age.
    pub(crate) fn stage(&self, stage: PackageStage, age: u32) -> Option<&Shares<u16>> {
        self.by_stage.get(&stage).map(|s| s.at(age))
    }

    /// The first route of a kind.
    pub(crate) fn route(&self, kind: RouteKind) -> Option<Route> {
        self.route_list.iter().find(|r| r.kind == kind).copied()
    }

    /// A package by its place in the list.
    pub(crate) fn package(&self, at: u16) -> Option<&Package> {
        self.packages.get(usize::from(at))
    }
}

impl Fixed {
    fn keep(row: &WordsRow, words: &mut Words) -> Self {
        let mut all = |texts: &[String]| texts.iter().map(|t| words.keep(t)).collect();
        let label_request = all(&row.label_request);
        let label_assessment = all(&row.label_assessment);
        let label_review = all(&row.label_review);
        let label_carer_assessment = all(&row.label_carer_assessment);
        Self {
            male: words.keep(&row.male),
            female: words.keep(&row.female),
            service_user: words.keep(&row.service_user),
            carer: words.keep(&row.carer),
            carer_by_association: words.keep(&row.carer_by_association),
            request: words.keep(&row.request),
            assessment: words.keep(&row.assessment),
            service: words.keep(&row.service),
            review: words.keep(&row.review),
            yes: words.keep(&row.yes),
            no: words.keep(&row.no),
            unknown: words.keep(&row.unknown),
            carer_reason: words.keep(&row.carer_reason),
            ethnicity_refused: words.keep(&row.ethnicity_refused),
            ethnicity_unknown: words.keep(&row.ethnicity_unknown),
            continuing: words.keep(&row.continuing),
            died: words.keep(&row.died),
            moved: words.keep(&row.moved),
            changed: words.keep(&row.changed),
            ended: words.keep(&row.ended),
            ended_as_planned: words.keep(&row.ended_as_planned),
            to_assessment: words.keep(&row.to_assessment),
            review_of_short_term: words.keep(&row.review_of_short_term),
            method_person: words.keep(&row.method_person),
            method_carer: words.keep(&row.method_carer),
            method_both: words.keep(&row.method_both),
            long_assessment: words.keep(&row.long_assessment),
            short_assessment: words.keep(&row.short_assessment),
            care_home: words.keep(&row.care_home),
            nursing_home: words.keep(&row.nursing_home),
            label_request,
            label_assessment,
            label_review,
            label_carer_assessment,
        }
    }
}
