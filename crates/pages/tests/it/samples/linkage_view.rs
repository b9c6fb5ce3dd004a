//! A report of a linkage run, filled with invented figures. Used by the tests and by `examples/linkage_report.rs`.

use pages::*;

const CLASSES: [(&str, bool, f64); 6] = [
    ("strangers", false, 1_000_000.0),
    ("one person", true, 0.82),
    ("one person, moved", true, 0.11),
    ("relatives at one address", false, 1.13),
    ("namesakes", false, 0.42),
    ("neighbours", false, 31.5),
];

/// Comparison, level, and its share in each class.
const LEVELS: [(&str, &str, [f64; 6]); 18] = [
    (
        "given_name",
        "equal",
        [0.0061, 0.941, 0.939, 0.021, 0.9, 0.0061],
    ),
    (
        "given_name",
        "nickname",
        [0.0009, 0.018, 0.019, 0.003, 0.02, 0.0009],
    ),
    (
        "given_name",
        "one edit",
        [0.0011, 0.026, 0.026, 0.005, 0.05, 0.0011],
    ),
    (
        "given_name",
        "else",
        [0.9919, 0.015, 0.016, 0.971, 0.03, 0.9919],
    ),
    (
        "family_name",
        "equal",
        [0.0018, 0.92, 0.88, 0.76, 0.9, 0.0018],
    ),
    (
        "family_name",
        "equal to an earlier one",
        [0.0004, 0.035, 0.06, 0.03, 0.02, 0.0004],
    ),
    (
        "family_name",
        "else",
        [0.9978, 0.045, 0.06, 0.21, 0.08, 0.9978],
    ),
    (
        "dob",
        "equal",
        [0.000_031, 0.957, 0.955, 0.019, 0.000_031, 0.000_031],
    ),
    (
        "dob",
        "day and month exchanged",
        [0.000_028, 0.011, 0.012, 0.0005, 0.000_028, 0.000_028],
    ),
    (
        "dob",
        "two of three parts",
        [0.0041, 0.024, 0.025, 0.0125, 0.0041, 0.0041],
    ),
    (
        "dob",
        "else",
        [0.995_841, 0.008, 0.008, 0.968, 0.995_841, 0.995_841],
    ),
    (
        "postcode",
        "equal",
        [0.000_004, 0.93, 0.021, 0.94, 0.002, 0.31],
    ),
    (
        "postcode",
        "equal to an earlier one",
        [0.000_002, 0.03, 0.02, 0.03, 0.002, 0.03],
    ),
    (
        "postcode",
        "same district",
        [0.0052, 0.025, 0.239, 0.025, 0.1, 0.62],
    ),
    (
        "postcode",
        "else",
        [0.994_794, 0.015, 0.72, 0.005, 0.896, 0.04],
    ),
    ("sex", "equal", [0.501, 0.994, 0.993, 0.452, 0.99, 0.501]),
    ("sex", "else", [0.499, 0.006, 0.007, 0.548, 0.01, 0.499]),
    ("gp_practice", "equal", [0.0002, 0.92, 0.2, 0.9, 0.1, 0.7]),
];

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

fn pairs(texts: &[(&str, &str)]) -> Vec<(String, String)> {
    texts
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

/// The classes of pairs.
fn classes() -> Vec<PairClass> {
    CLASSES
        .iter()
        .map(|(name, same_person, rate)| PairClass {
            name: (*name).to_owned(),
            same_person: *same_person,
            rate: *rate,
        })
        .collect()
}

fn comparisons() -> Vec<ComparisonLevels> {
    let mut comparisons: Vec<ComparisonLevels> = Vec::new();
    for (name, level, shares) in LEVELS {
        if comparisons.last().is_none_or(|c| c.name != name) {
            comparisons.push(ComparisonLevels {
                name: name.to_owned(),
                levels: Vec::new(),
            });
        }
        let levels = &mut comparisons.last_mut().unwrap().levels;
        levels.push(LevelShares {
            name: level.to_owned(),
            shares: shares.into(),
        });
    }
    comparisons
}

fn history() -> TrainingHistory {
    let rounds: Vec<f64> = (0..12).map(f64::from).collect();
    let rate = |start: f64, end: f64, round: f64| end + (start - end) * 0.6_f64.powf(round);
    TrainingHistory {
        rates: rounds
            .iter()
            .map(|r| {
                let starts = [1_000_000.0, 0.8, 0.1, 1.0, 0.5, 30.0];
                let ends = CLASSES.iter().map(|c| c.2);
                starts
                    .iter()
                    .zip(ends)
                    .map(|(s, e)| rate(*s, e, *r))
                    .collect()
            })
            .collect(),
        changes: rounds.iter().map(|r| 0.08 * 0.5_f64.powf(*r)).collect(),
        enough: 0.0001,
        warnings: vec![],
    }
}

fn estimates() -> Vec<Estimate> {
    LEVELS
        .iter()
        .filter(|(name, _, _)| *name != "sex")
        .map(|(comparison, level, shares)| Estimate {
            comparison: (*comparison).to_owned(),
            level: (*level).to_owned(),
            class: "one person".to_owned(),
            runs: [0.97, 1.0, 1.02]
                .iter()
                .enumerate()
                .map(|(at, by)| {
                    (at != 1 || *comparison != "dob").then_some((shares[1] * by).min(1.0))
                })
                .collect(),
            used: shares[1],
        })
        .collect()
}

fn rarity() -> Vec<ValueRarity> {
    let value = |(value, records, bits): &(&str, u64, f64)| CountedValue {
        value: (*value).to_owned(),
        records: *records,
        bits: *bits,
    };
    vec![
        ValueRarity {
            comparison: "family_name".to_owned(),
            distinct: 48_210,
            values: [
                ("SMITH", 12_904, -2.84),
                ("JONES", 9_870, -2.45),
                ("KHAN", 4_120, -1.2),
                ("THORNBY", 131, 3.77),
                ("BRINDLE", 101, 4.15),
                // Never to be seen: too few records hold it.
                ("QUILLFEATHER", 3, 9.2),
            ]
            .iter()
            .map(value)
            .collect(),
        },
        ValueRarity {
            comparison: "given_name".to_owned(),
            distinct: 20_114,
            values: [
                ("MARY", 15_210, -1.31),
                ("AISHA", 1_980, 1.63),
                ("WILFRIDA", 104, 5.88),
            ]
            .iter()
            .map(value)
            .collect(),
        },
    ]
}

fn counted(value: f64) -> u64 {
    format!("{:.0}", value.max(0.0)).parse().unwrap()
}

fn histogram() -> WeightHistogram {
    let columns = (-20..40).map(|bits| {
        let bits = f64::from(bits);
        let strangers = 900_000.0 * (-((bits + 12.0) / 6.0).powi(2)).exp();
        let same = 14_000.0 * (-((bits - 27.0) / 5.0).powi(2)).exp();
        WeightColumn {
            from: bits,
            to: bits + 1.0,
            pairs: counted(strangers + same),
        }
    });
    WeightHistogram {
        columns: columns.collect(),
    }
}

fn thresholds() -> Vec<ThresholdRow> {
    (-5..31)
        .map(|bits| {
            let bits = f64::from(bits);
            let found = 94_000.0 / (1.0 + ((bits - 24.0) / 3.0).exp2());
            let wrong =
                30_000.0 / (1.0 + (bits + 4.0).exp2().min(1e12)) + 400.0 * (-bits / 6.0).exp2();
            ThresholdRow {
                bits,
                true_links: counted(found),
                false_links: counted(wrong),
                missed: 95_000 - counted(found),
                true_others: Some(8_000_000 - counted(wrong)),
                measures: None,
            }
        })
        .collect()
}

fn groups() -> Vec<GroupComparison> {
    let row = |(name, records, missed): &(&str, u64, [u64; 4])| GroupRow {
        name: (*name).to_owned(),
        records: *records,
        found: records - missed.iter().sum::<u64>(),
        links: records - missed[0] - missed[1] - missed[2],
        wrong_links: missed[3],
        blocked_out: missed[0],
        below_threshold: missed[1],
        margin: missed[2],
        veto: 0,
        wrong_best: missed[3],
    };
    vec![
        GroupComparison {
            column: "Ethnic group".to_owned(),
            groups: [
                ("White British", 71_204, [210, 431, 92, 18]),
                ("South Asian", 9_310, [88, 190, 61, 11]),
                ("Black African or Caribbean", 4_022, [31, 79, 18, 4]),
                ("Chinese", 812, [9, 21, 3, 1]),
                ("Any other group", 2_944, [19, 44, 12, 2]),
                // Never to be seen: too few records.
                ("Tiny group", 4, [1, 0, 0, 0]),
            ]
            .iter()
            .map(row)
            .collect(),
        },
        GroupComparison {
            column: "Age band".to_owned(),
            groups: [
                ("18 to 64", 30_100, [120, 260, 70, 12]),
                ("65 to 84", 41_000, [101, 240, 60, 11]),
                ("85 and over", 17_196, [137, 265, 56, 13]),
            ]
            .iter()
            .map(row)
            .collect(),
        },
    ]
}

fn sources() -> Vec<SourceProfile> {
    let source = |name: &str, records: u64, filled: [u64; 5]| SourceProfile {
        name: name.to_owned(),
        records,
        columns: ["nhs_number", "given_name", "family_name", "dob", "postcode"]
            .iter()
            .zip(filled)
            .map(|(name, filled)| ColumnProfile {
                name: (*name).to_owned(),
                filled,
                distinct: filled / 3,
                commonest: filled / 90,
            })
            .collect(),
    };
    vec![
        source("clients", 100_000, [81_200, 99_870, 99_990, 99_100, 94_400]),
        source(
            "index",
            1_000_000,
            [1_000_000, 999_800, 999_990, 999_970, 998_100],
        ),
    ]
}

fn blocks() -> Vec<BlockRule> {
    [
        ("nhs_number", 80_911, 80_640, 0, 0),
        ("dob, family_name soundex", 412_310, 11_870, 0, 0),
        ("dob, given_name prefix 3", 301_222, 1_103, 2, 1_804_000),
        ("postcode, given_name initial", 98_004, 912, 1, 610_000),
        ("given_name, family_name, dob year", 55_120, 210, 0, 0),
        (
            "dob month_day, given_name, family_name initial",
            20_331,
            41,
            0,
            0,
        ),
    ]
    .iter()
    .map(|(rule, pairs, same, left_out, pairs_left_out)| BlockRule {
        rule: (*rule).to_owned(),
        pairs: *pairs,
        same: Some(*same),
        left_out: *left_out,
        pairs_left_out: *pairs_left_out,
    })
    .collect()
}

fn patterns() -> Vec<PatternRow> {
    let pattern =
        |levels: [&str; 6], pairs, bits, probability, example: &[(&str, &str, &str)]| PatternRow {
            levels: words(&levels),
            pairs,
            bits,
            probability,
            example: example
                .iter()
                .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()))
                .collect(),
        };
    vec![
        pattern(
            ["else", "else", "else", "equal", "equal", "equal"],
            402_118,
            -9.8,
            0.001,
            &[],
        ),
        pattern(
            ["equal", "equal", "equal", "equal", "equal", "equal"],
            71_020,
            41.2,
            0.999_999,
            &[],
        ),
        pattern(
            ["else", "equal", "else", "equal", "else", "equal"],
            30_114,
            -4.1,
            0.055,
            &[],
        ),
        pattern(
            [
                "nickname",
                "equal",
                "equal",
                "same district",
                "equal",
                "else",
            ],
            1_204,
            16.9,
            0.9999,
            &[
                ("given_name", "KATE", "KATHERINE"),
                ("postcode", "ZZ1 1AA", "ZZ1 4BB"),
            ],
        ),
    ]
}

/// A waterfall of a pair that could be twins.
pub(crate) fn twins(id: &str) -> Waterfall {
    let bar = |name: &str, level: &str, bits, kind| WaterfallBar {
        name: name.to_owned(),
        level: level.to_owned(),
        bits,
        kind,
    };
    Waterfall {
        id: id.to_owned(),
        bars: vec![
            bar("Before anything is compared", "", -20.1, BarKind::Prior),
            bar("given_name", "else", -5.9, BarKind::Comparison),
            bar("family_name", "equal", 9.1, BarKind::Comparison),
            bar("family_name: how rare", "equal", -2.8, BarKind::Rarity),
            bar("dob", "equal", 14.9, BarKind::Comparison),
            bar("postcode", "equal", 17.8, BarKind::Comparison),
            bar("postcode: how rare", "equal", 1.9, BarKind::Rarity),
            bar("sex", "equal", 1.0, BarKind::Comparison),
            bar(
                "Relatives and neighbours look alike too",
                "",
                -17.6,
                BarKind::LookAlikes,
            ),
            bar("Other candidates", "", -0.9, BarKind::OtherCandidates),
        ],
        probability: None,
    }
}

fn clusters() -> (Vec<ClusterSize>, Vec<ClusterGraph>) {
    let sizes = [(1, 81_004), (2, 7_410), (3, 902), (4, 61), (5, 4), (9, 1)];
    let link = |(from, to, bits, bridge): &(usize, usize, f64, bool)| ClusterLink {
        from: *from,
        to: *to,
        bits: *bits,
        bridge: *bridge,
    };
    let links = [
        (0, 1, 24.1, false),
        (0, 2, 21.7, false),
        (1, 2, 19.4, false),
        (2, 3, 3.1, true),
        (3, 4, 17.7, false),
        (3, 5, 22.0, false),
        (4, 5, 18.8, false),
        (4, 6, 12.3, false),
        (5, 6, 14.0, false),
        (6, 7, 9.9, false),
        (6, 8, 9.1, false),
        (7, 8, 20.2, false),
    ];
    let records = ["A", "B", "C", "D", "E", "F", "G", "H", "I"]
        .iter()
        .enumerate();
    let sources = ["care", "hospital"];
    let graph = ClusterGraph {
        name: "4".to_owned(),
        why: "The largest, held together by a bridge of 3.1 bits".to_owned(),
        records: records
            .map(|(at, label)| ((*label).to_owned(), sources[at % 2].to_owned()))
            .collect(),
        links: links.iter().map(link).collect(),
    };
    let sizes = sizes.iter().map(|(records, clusters)| ClusterSize {
        records: *records,
        clusters: *clusters,
    });
    (sizes.collect(), vec![graph])
}

fn quality() -> Vec<QualityFigure> {
    let figure = |name: &str, share, interval, means: &str| QualityFigure {
        name: name.to_owned(),
        share: Some(share),
        interval,
        means: means.to_owned(),
    };
    vec![
        figure(
            "Recall at precision 99.9%",
            0.9671,
            None,
            "The share of people found when one link in a thousand may be wrong.",
        ),
        figure(
            "Recall at precision 99%",
            0.9888,
            None,
            "The same when one in a hundred may be wrong.",
        ),
        figure(
            "Precision, from a clerical sample",
            0.9982,
            Some((0.9951, 0.9993)),
            "Pairs that two people judged, weighted back.",
        ),
        figure(
            "Pairs that blocking kept",
            0.9974,
            None,
            "Of all pairs of one person, those that were compared.",
        ),
    ]
}

fn unlinkable() -> Vec<UnlinkablePoint> {
    (-10..45)
        .map(f64::from)
        .map(|bits| UnlinkablePoint {
            bits,
            share: 1.0 / (1.0 + ((32.0 - bits) / 2.0).exp2())
                + if bits > 5.0 { 0.004 } else { 0.0 },
        })
        .map(|p| UnlinkablePoint {
            share: p.share.min(1.0),
            ..p
        })
        .collect()
}

fn sample() -> Vec<SampleBand> {
    let band = |(from, to, linked, pairs, judged, same, unsure)| SampleBand {
        from,
        to,
        linked,
        pairs,
        judged,
        same,
        unsure,
    };
    vec![
        band((None, Some(0.0), false, 811_020, 40, 0, 0)),
        band((Some(0.0), Some(6.0), false, 4_120, 60, 9, 3)),
        band((Some(6.0), Some(12.0), false, 1_210, 80, 51, 7)),
        band((Some(12.0), Some(20.0), true, 20_101, 60, 58, 1)),
        band((Some(20.0), None, true, 72_900, 40, 40, 0)),
    ]
}

fn calibration() -> Vec<CalibrationBin> {
    [
        (0.05, 900, 40),
        (0.15, 310, 51),
        (0.35, 200, 66),
        (0.5, 120, 61),
        (0.75, 180, 140),
        (0.95, 2_200, 2_105),
        (0.999, 80_000, 79_940),
    ]
    .iter()
    .map(|(predicted, pairs, same)| CalibrationBin {
        predicted: *predicted,
        pairs: *pairs,
        same: *same,
    })
    .collect()
}

/// The whole report, with the truth.
pub(crate) fn report() -> LinkageReportView {
    let (cluster_sizes, clusters) = clusters();
    LinkageReportView {
        title: "Clients against the demographic index".to_owned(),
        reference: "L-2026-11-22".to_owned(),
        made_at: Some("2026-11-22T07:30:00Z".parse().unwrap()),
        model: "Trace against a demographic index, version 1, trained on these files".to_owned(),
        facts: pairs(&[
            ("Records on the left", "100,000"),
            ("Records on the right", "1,000,000"),
            ("Pairs compared", "967,898"),
        ]),
        settings: vec![RunSetting {
            name: "decision.probability".to_owned(),
            value: "0.98".to_owned(),
            means: "A candidate is linked from this probability on. Ours.".to_owned(),
        }],
        notes: vec!["2 blocks were left out.".to_owned()],
        outcomes: vec![
            ("link".to_owned(), 93_120),
            ("close".to_owned(), 410),
            ("weak".to_owned(), 6_430),
            ("veto".to_owned(), 40),
        ],
        threshold: Some(12.0),
        clerical_band: Some((6.0, 12.0)),
        classes: classes(),
        comparisons: comparisons(),
        training_runs: words(&["blocks on dob", "blocks on names", "blocks on postcode"]),
        estimates: estimates(),
        history: Some(history()),
        rarity: rarity(),
        unlinkable: unlinkable(),
        histogram: Some(histogram()),
        blocks: blocks(),
        patterns: patterns(),
        examples: vec![ExamplePair {
            why: "Twins: all agrees but the given name".to_owned(),
            waterfall: twins("twins"),
        }],
        cluster_sizes,
        clusters,
        sources: sources(),
        quality: quality(),
        thresholds: thresholds(),
        sample: sample(),
        kappas: vec![ReviewerKappa {
            one: "Jo Example".to_owned(),
            other: "Sue Example".to_owned(),
            pairs: 120,
            agreed: 113,
            kappa: Some(0.87),
            interval: Some((0.79, 0.95)),
        }],
        calibration: calibration(),
        groups: groups(),
        truth: Some(truth()),
        downloads: vec![Link::new(
            "The report as one file",
            "/linkage/L-2026-11-22/report.html",
        )],
    }
}

/// The same run without the truth.
pub(crate) fn without_truth() -> LinkageReportView {
    LinkageReportView {
        quality: vec![],
        thresholds: vec![],
        sample: vec![],
        kappas: vec![],
        calibration: vec![],
        groups: vec![],
        reference: "L-2026-11-23".to_owned(),
        ..report()
    }
}

fn truth() -> TruthView {
    TruthView {
        sources: vec![TruthSource {
            source: "cld_event".into(),
            right: 436,
            wrong: 1,
            missed: 2,
            rightly_alone: 9,
        }],
        wrong: vec![WrongLink {
            source: "cld_event".into(),
            pass: "weighed".into(),
            grade: "possible".into(),
            bits: Some(4.2),
            person_in_index: false,
            why: "the same: family name, dob, postcode; different: given name".into(),
            records: 1,
        }],
    }
}
