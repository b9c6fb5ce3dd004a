//! What councils write about care: `care.toml` and `providers.csv`, typed, with every text kept once as a `Word`.

use super::{ByAge, Source, Texts, ground::Ground};
use crate::{SynthError, draw::Shares};
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
        self.texts.get(usize::from(word.0)).map_or("", String::as_str)
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Aged {
    value: String,
    working_age: f64,
    older: f64,
}

/// Texts that stand for fixed ideas.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsRow {
    male: String,
    female: String,
    service_user: String,
    carer: String,
    carer_by_association: String,
    request: String,
    assessment: String,
    service: String,
    review: String,
    yes: String,
    no: String,
    unknown: String,
    carer_reason: String,
    ethnicity_refused: String,
    ethnicity_unknown: String,
    continuing: String,
    died: String,
    moved: String,
    changed: String,
    ended: String,
    ended_as_planned: String,
    to_assessment: String,
    review_of_short_term: String,
    method_person: String,
    method_carer: String,
    method_both: String,
    long_assessment: String,
    short_assessment: String,
    care_home: String,
    nursing_home: String,
    label_request: Vec<String>,
    label_assessment: Vec<String>,
    label_review: Vec<String>,
    label_carer_assessment: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CareFile {
    words: WordsRow,
    caring_hours: Texts,
    short_assessment_share: f64,
    days: Spans,
    reason: Vec<ReasonRow>,
    people: PeopleRow,
    route: Vec<RouteRow>,
    decision: Vec<DecisionRow>,
    after_short_term: Vec<AfterRow>,
    finding: Vec<AfterRow>,
    review_reason: Vec<ReviewReasonRow>,
    review_outcome: Vec<ReviewOutcomeRow>,
    review: ReviewRow,
    package: Vec<PackageRow>,
    carer: CarerRow,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonRow {
    value: String,
    working_age: f64,
    older: f64,
    autism: f64,
    dementia: ByAge,
    #[serde(default)]
    employment: bool,
    #[serde(default)]
    sight: Texts,
    #[serde(default)]
    hearing: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleRow {
    homes: Vec<Aged>,
    carer_homes: Vec<Aged>,
    employment: Texts,
    funding: Texts,
    funding_without_reablement: Texts,
    sight: Texts,
    hearing: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteRow {
    value: String,
    kind: RouteKind,
    working_age: f64,
    older: f64,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionRow {
    value: String,
    next: Next,
    working_age: f64,
    older: f64,
    from_hospital: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterRow {
    value: String,
    next: Next,
    share: f64,
    #[serde(default)]
    eligible: String,
}

/// An outcome, what follows it, and whether it found eligible needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) value: Word,
    pub(crate) next: Next,
    pub(crate) eligible: Word,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewReasonRow {
    value: String,
    planned: bool,
    share: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewOutcomeRow {
    value: String,
    next: AfterReview,
    share: f64,
}

/// What a review leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AfterReview {
    Continue,
    Change,
    End,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewRow {
    results: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarerRow {
    finding_service: String,
    finding_none: String,
    given_service: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackageRow {
    stage: PackageStage,
    setting: Setting,
    service: String,
    component: String,
    label: String,
    mechanisms: Texts,
    #[serde(default)]
    cost: Option<Cost>,
    #[serde(default)]
    provider: String,
    working_age: f64,
    older: f64,
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

#[derive(Debug, Deserialize)]
struct ProviderRow {
    kind: String,
    council: String,
    key: String,
    name: String,
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

impl CareFacts {
    pub(crate) fn read(source: &Source<'_>, ground: &Ground) -> Result<Self, SynthError> {
        let file: CareFile = source.toml("care.toml")?;
        let groups: Vec<super::EthnicGroup> = source.rows("ethnic_groups.csv")?;
        let mut words = Words::new();
        let ethnic = groups.iter().map(|g| words.keep(&g.council_value)).collect();
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
        let councils = u8::try_from(ground.councils.len()).unwrap_or(u8::MAX);
        let mut packages = Vec::new();
        let mut weights: BTreeMap<PackageStage, Vec<(u16, f64, f64)>> = BTreeMap::new();
        let mut living_in: Vec<(u16, f64, f64)> = Vec::new();
        for (at, row) in (0u16..).zip(&file.package) {
            let mine = by_kind.get(&row.provider);
            if !row.provider.is_empty() && mine.is_none() {
                return Err(SynthError::facts(
                    "care.toml",
                    format!("provider kind `{}` is not in `providers.csv`", row.provider),
                ));
            }
            weights
                .entry(row.stage)
                .or_default()
                .push((at, row.working_age, row.older));
            if row.stage == PackageStage::LongTerm && row.setting != Setting::Home {
                living_in.push((at, row.working_age, row.older));
            }
            let of_council = |council: u8| {
                mine.into_iter()
                    .flatten()
                    .copied()
                    .filter(|p| {
                        providers
                            .get(usize::from(*p))
                            .is_some_and(|p| p.council == council)
                    })
                    .collect::<Vec<u16>>()
            };
            packages.push(Package {
                setting: row.setting,
                service: words.keep(&row.service),
                component: words.keep(&row.component),
                label: words.keep(&row.label),
                mechanisms: words.keep_shares(&row.mechanisms),
                cost_unit: words.keep(row.cost.as_ref().map_or("", |c| c.unit.as_str())),
                cost: row.cost.clone(),
                providers: (0..councils).map(of_council).collect(),
            });
        }
        let reasons = file
            .reason
            .iter()
            .map(|r| Reason {
                value: words.keep(&r.value),
                autism: r.autism,
                dementia: r.dementia,
                employment: r.employment,
                sight: words.keep_shares(&r.sight),
                hearing: words.keep_shares(&r.hearing),
            })
            .collect();
        let routes: Vec<(Route, f64, f64)> = file
            .route
            .iter()
            .map(|r| {
                let route = Route {
                    value: words.keep(&r.value),
                    kind: r.kind,
                };
                (route, r.working_age, r.older)
            })
            .collect();
        let decisions: Vec<(Outcome, &DecisionRow)> = file
            .decision
            .iter()
            .map(|d| {
                let outcome = Outcome {
                    value: words.keep(&d.value),
                    next: d.next,
                    eligible: Word::default(),
                };
                (outcome, d)
            })
            .collect();
        let mut after = |rows: &[AfterRow]| {
            Shares::new(rows.iter().map(|r| {
                let outcome = Outcome {
                    value: words.keep(&r.value),
                    next: r.next,
                    eligible: words.keep(&r.eligible),
                };
                (outcome, r.share)
            }))
        };
        let after_short_term = after(&file.after_short_term);
        let findings = after(&file.finding);
        let mut reasons_for_review = |planned| {
            Shares::new(
                file.review_reason
                    .iter()
                    .filter(|r| r.planned == planned)
                    .map(|r| (words.keep(&r.value), r.share)),
            )
        };
        let planned_reasons = reasons_for_review(true);
        let unplanned_reasons = reasons_for_review(false);
        let review_outcomes = Shares::new(
            file.review_outcome
                .iter()
                .map(|r| ((words.keep(&r.value), r.next), r.share)),
        );
        Ok(Self {
            fixed: Fixed::keep(&file.words, &mut words),
            spans: file.days,
            short_assessment_share: file.short_assessment_share,
            caring_hours: words.keep_shares(&file.caring_hours),
            reasons,
            reasons_by_age: ByStage::new(
                (0u8..)
                    .zip(&file.reason)
                    .map(|(at, r)| (at, r.working_age, r.older)),
            ),
            homes: words.keep_by_age(&file.people.homes),
            carer_homes: words.keep_by_age(&file.people.carer_homes),
            employment: words.keep_shares(&file.people.employment),
            funding: words.keep_shares(&file.people.funding),
            funding_without_reablement: words.keep_shares(&file.people.funding_without_reablement),
            sight: words.keep_shares(&file.people.sight),
            hearing: words.keep_shares(&file.people.hearing),
            route_list: routes.iter().map(|(r, _, _)| *r).collect(),
            routes: ByStage::new(routes),
            decisions_from_hospital: Shares::new(
                decisions.iter().map(|(o, d)| (*o, d.from_hospital)),
            ),
            decisions_without_care: Shares::new(
                decisions
                    .iter()
                    .filter(|(o, _)| o.next == Next::Nothing)
                    .map(|(o, d)| (*o, d.older)),
            ),
            decisions: ByStage::new(decisions.iter().map(|(o, d)| (*o, d.working_age, d.older))),
            after_short_term,
            findings,
            planned_reasons,
            unplanned_reasons,
            review_outcomes,
            review_results: words.keep_shares(&file.review.results),
            packages,
            by_stage: weights
                .into_iter()
                .map(|(stage, rows)| (stage, ByStage::new(rows)))
                .collect(),
            homes_with_care: ByStage::new(living_in),
            providers,
            carer_finding_service: words.keep(&file.carer.finding_service),
            carer_finding_none: words.keep(&file.carer.finding_none),
            carer_given_service: file.carer.given_service,
            ethnic,
            words,
        })
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
