//! From a linkage run and its evaluation to what the report page shows.

use chrono::{DateTime, Utc};
use link::{
    evaluate::{Evaluation, GroupTable, OperatingPoint},
    files::LinkRun,
    match_model::{Combine, MatchModel},
    pictures::{Example, Pictures},
    weigh::strangers_rate,
};
use pages::{
    BarKind, BlockRule, CalibrationBin, ColumnProfile, ComparisonLevels, CountedValue, Estimate,
    ExamplePair, GroupComparison, GroupRow, LevelShares, LinkageReportView, PairClass, PatternRow,
    QualityFigure, RunSetting, SourceProfile, ThresholdMeasures, ThresholdRow, TrainingHistory,
    UnlinkablePoint, ValueRarity, Waterfall, WaterfallBar, WeightColumn, WeightHistogram,
};

/// The report of a run.
pub(crate) fn of_run(
    model: &MatchModel,
    run: &LinkRun,
    title: &str,
    made_at: DateTime<Utc>,
) -> LinkageReportView {
    let mut view = LinkageReportView {
        title: title.to_owned(),
        model: model.title.clone(),
        made_at: Some(made_at),
        facts: facts(run),
        settings: settings(model),
        notes: run.notes.clone(),
        outcomes: run
            .outcomes
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect(),
        threshold: Some(bits_of(model.decision.probability)),
        classes: classes(model, run),
        comparisons: comparisons(model, run),
        blocks: blocks(model, run),
        ..LinkageReportView::default()
    };
    view.history = run.history.as_ref().map(|history| TrainingHistory {
        rates: history.rates.clone(),
        changes: history.changes.clone(),
        enough: model.training.enough,
        warnings: history.warnings.clone(),
    });
    if let Some(pictures) = &run.pictures {
        add_pictures(&mut view, pictures);
    }
    view
}

fn bits_of(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}

fn facts(run: &LinkRun) -> Vec<(String, String)> {
    use crate::output::thousands;
    let mut facts = vec![("Records".to_owned(), thousands(run.records.0 as u64))];
    if let Some(right) = run.records.1 {
        facts.push(("Held against".to_owned(), thousands(right as u64)));
    }
    facts.push(("Pairs compared".to_owned(), thousands(run.compared)));
    facts.push(("Rows written".to_owned(), thousands(run.written)));
    let mut learned = if run.history.is_some() {
        "in this run, without labels".to_owned()
    } else {
        "before".to_owned()
    };
    if let Some(labelled) = &run.labelled {
        learned = format!(
            "{learned}; those of one person are from {} judged pairs",
            thousands(labelled.same)
        );
    }
    facts.push(("Shares were trained".to_owned(), learned));
    facts
}

fn settings(model: &MatchModel) -> Vec<RunSetting> {
    let setting = |name: &str, value: String, means: &str| RunSetting {
        name: name.to_owned(),
        value,
        means: means.to_owned(),
    };
    let (decision, training) = (&model.decision, &model.training);
    vec![
        setting(
            "decision.probability",
            decision.probability.to_string(),
            "from this probability on a pair is a link",
        ),
        setting(
            "decision.margin",
            decision.margin.to_string(),
            "bits by which the best must be ahead of the next different person",
        ),
        setting(
            "decision.keep_from",
            decision.keep_from.to_string(),
            "lighter pairs are not written",
        ),
        setting(
            "decision.largest_block",
            decision.largest_block.to_string(),
            "blocks with more pairs are left out, counted and told",
        ),
        setting(
            "decision.candidates",
            decision.candidates.to_string(),
            "of a trace, so many people compete for each record",
        ),
        setting(
            "decision.one_to_one",
            decision.one_to_one.to_string(),
            "whether each record of two files has at most one link",
        ),
        setting(
            "training.records",
            training.records.to_string(),
            "as many records as would have the candidates that training looks at",
        ),
        setting(
            "training.random_pairs",
            training.random_pairs.to_string(),
            "random pairs for the shares among strangers",
        ),
        setting(
            "training.rounds",
            training.rounds.to_string(),
            "rounds of expectation and maximisation at most",
        ),
        setting(
            "training.enough",
            training.enough.to_string(),
            "training ends when no share changes by more",
        ),
        setting(
            "training.least",
            training.least.to_string(),
            "no share is smaller",
        ),
        setting(
            "training.fewest",
            training.fewest.to_string(),
            "with fewer pairs a share stays as the model has it",
        ),
        setting(
            "training.combine",
            match training.combine {
                Combine::Union => "union",
                Combine::Median => "median",
            }
            .to_owned(),
            "whether one person is learned from all candidates or is the middle of what training blocks say",
        ),
    ]
}

fn classes(model: &MatchModel, run: &LinkRun) -> Vec<PairClass> {
    let right = run.records.1.unwrap_or(run.records.0);
    let strangers = strangers_rate(model.kind, run.records.0, right);
    let parameters = &run.parameters;
    let classes = parameters
        .names
        .iter()
        .zip(&parameters.same_person)
        .zip(&parameters.rates);
    classes
        .enumerate()
        .map(|(at, ((name, same_person), rate))| PairClass {
            name: name.clone(),
            same_person: *same_person,
            rate: if at == 0 { strangers } else { *rate },
        })
        .collect()
}

fn comparisons(model: &MatchModel, run: &LinkRun) -> Vec<ComparisonLevels> {
    let comparisons = model.comparisons.iter().enumerate();
    comparisons
        .map(|(at, comparison)| {
            let levels = model
                .level_names(at)
                .into_iter()
                .enumerate()
                .map(|(level, name)| LevelShares {
                    name: name.to_owned(),
                    shares: (0..run.parameters.classes())
                        .map(|class| {
                            run.parameters
                                .shares_of(class, at)
                                .get(level)
                                .copied()
                                .unwrap_or(0.0)
                        })
                        .collect(),
                });
            ComparisonLevels {
                name: comparison.name.get_ref().clone(),
                levels: levels.collect(),
            }
        })
        .collect()
}

fn blocks(model: &MatchModel, run: &LinkRun) -> Vec<BlockRule> {
    let rules = model.blocks.iter().zip(&run.blocks);
    rules
        .map(|(block, count)| BlockRule {
            rule: block.title(),
            pairs: count.pairs,
            same: None,
            left_out: count.left_out,
            pairs_left_out: count.pairs_left_out,
        })
        .collect()
}

fn add_pictures(view: &mut LinkageReportView, pictures: &Pictures) {
    let columns = pictures.histogram.iter();
    let columns = columns.map(|(from, to, pairs)| WeightColumn {
        from: *from,
        to: *to,
        pairs: *pairs,
    });
    view.histogram = Some(WeightHistogram {
        columns: columns.collect(),
    });
    let points = pictures.unlinkable.iter();
    view.unlinkable = points
        .map(|(bits, share)| UnlinkablePoint {
            bits: *bits,
            share: *share,
        })
        .collect();
    let patterns = pictures.patterns.iter();
    view.patterns = patterns
        .map(|pattern| PatternRow {
            levels: pattern.levels.clone(),
            pairs: pattern.pairs,
            bits: pattern.bits,
            probability: link::best::probability(pattern.bits),
            example: pattern
                .example
                .iter()
                .map(|(left, right)| ("records".to_owned(), left.clone(), right.clone()))
                .collect(),
        })
        .collect();
    let examples = pictures.examples.iter().enumerate();
    view.examples = examples.map(example).collect();
    let blocks = pictures.training_blocks.iter();
    view.training_runs = blocks.map(|(name, _)| name.clone()).collect();
    let spread = pictures.spread.iter();
    view.estimates = spread
        .map(|spread| Estimate {
            comparison: spread.comparison.clone(),
            level: spread.level.clone(),
            class: spread.class.clone(),
            runs: spread.blocks.clone(),
            used: spread.used,
        })
        .collect();
    let rarity = pictures.rarity.iter();
    view.rarity = rarity
        .map(|rarity| ValueRarity {
            comparison: rarity.comparison.clone(),
            distinct: rarity.distinct,
            values: rarity
                .values
                .iter()
                .map(|(value, records, bits)| CountedValue {
                    value: value.clone(),
                    records: *records,
                    bits: *bits,
                })
                .collect(),
        })
        .collect();
    let sources = pictures.sources.iter();
    view.sources = sources
        .map(|source| SourceProfile {
            name: source.name.clone(),
            records: source.records,
            columns: source
                .columns
                .iter()
                .map(|(name, filled, distinct, commonest)| ColumnProfile {
                    name: name.clone(),
                    filled: *filled,
                    distinct: *distinct,
                    commonest: *commonest,
                })
                .collect(),
        })
        .collect();
}

/// A pair with its bars.
fn example((at, example): (usize, &Example)) -> ExamplePair {
    let bars = example.bars.iter().map(|bar| WaterfallBar {
        name: bar.name.clone(),
        level: bar.level.clone(),
        bits: bar.bits,
        kind: match bar.kind {
            link::weigh::BarKind::Prior => BarKind::Prior,
            link::weigh::BarKind::Comparison => BarKind::Comparison,
            link::weigh::BarKind::Rarity => BarKind::Rarity,
            link::weigh::BarKind::LookAlikes => BarKind::LookAlikes,
            link::weigh::BarKind::OtherCandidates => BarKind::OtherCandidates,
        },
    });
    ExamplePair {
        why: example.why.clone(),
        waterfall: Waterfall {
            id: format!("example-{}", at + 1),
            bars: bars.collect(),
            probability: Some(example.probability),
        },
    }
}

/// Adds what the truth says.
pub(crate) fn add_evaluation(view: &mut LinkageReportView, evaluation: &Evaluation) {
    view.thresholds = evaluation.by_threshold.iter().map(threshold).collect();
    let found = evaluation.recall_at.iter();
    view.quality = found
        .map(|recall| QualityFigure {
            name: format!("Recall at a precision of {} %", recall.precision * 100.0),
            share: recall.at.as_ref().and_then(|at| at.measures.recall),
            interval: None,
            means: recall.at.as_ref().map_or_else(
                || "no threshold is so precise".to_owned(),
                |at| format!("from a match weight of {:.2}", at.threshold),
            ),
        })
        .collect();
    if let Some(best) = &evaluation.best_f1 {
        view.quality.push(QualityFigure {
            name: "Best F1".to_owned(),
            share: best.measures.f1,
            interval: None,
            means: format!("from a match weight of {:.2}", best.threshold),
        });
    }
    let bands = evaluation.calibration.bands.iter();
    view.calibration = bands
        .map(|band| CalibrationBin {
            predicted: band.said,
            pairs: band.is.of,
            same: band.is.count,
        })
        .collect();
    // The threshold that everybody shares comes before those that were asked for.
    let shared = evaluation
        .operating
        .iter()
        .find(|point| point.threshold.is_some());
    let decided = shared.or(evaluation.operating.first());
    view.groups = decided.map(groups).unwrap_or_default();
    let reasons = evaluation.false_links.iter();
    view.notes.extend(
        reasons
            .flat_map(|links| &links.reasons)
            .map(|reason| format!("False links explained: {}, {}", reason.count, reason.says)),
    );
    view.notes.extend(
        evaluation
            .notices
            .iter()
            .map(|notice| notice.message.clone()),
    );
}

fn threshold(at: &link::evaluate::AtThreshold) -> ThresholdRow {
    let measures = &at.measures;
    let tally = &measures.tally;
    ThresholdRow {
        bits: at.threshold,
        true_links: tally.right,
        false_links: tally.wrong + tally.falsely,
        missed: tally.positives.saturating_sub(tally.right),
        true_others: None,
        measures: Some(ThresholdMeasures {
            precision: measures.precision,
            recall: measures.recall,
            f1: measures.f1,
            f_half: measures.f_half,
            f2: measures.f2,
            mcc: measures.mcc,
            specificity: measures.specificity,
            npv: measures.npv,
        }),
    }
}

fn groups(point: &OperatingPoint) -> Vec<GroupComparison> {
    point.groups.iter().map(group).collect()
}

fn group(table: &GroupTable) -> GroupComparison {
    let rows = table.rows.iter();
    GroupComparison {
        column: table.column.clone(),
        groups: rows
            .map(|row| GroupRow {
                name: row.group.clone(),
                records: row.missed.of,
                found: row.missed.of.saturating_sub(row.missed.count),
                links: row.false_links.of,
                wrong_links: row.false_links.count,
                blocked_out: row.causes.blocked_out,
                below_threshold: row.causes.below_threshold,
                margin: row.causes.margin,
                veto: row.causes.veto,
                wrong_best: row.causes.wrong_best,
            })
            .collect(),
    }
}
