//! Reports of linkage runs with ugly figures: long names, no numbers at all, far too many of everything, one of each.

use super::linkage_view::report;
use pages::*;

const LONG: &str = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch 漢字漢字漢字漢字 & <b>persons</b> who have received a service of long-term community support";

/// Every name is far too long.
pub(crate) fn with_long_names() -> LinkageReportView {
    let mut view = report();
    let long = |name: &mut String| *name = format!("{name} {LONG}");
    view.outcomes.iter_mut().for_each(|o| long(&mut o.0));
    view.classes.iter_mut().for_each(|c| long(&mut c.name));
    for comparison in &mut view.comparisons {
        long(&mut comparison.name);
        comparison.levels.iter_mut().for_each(|l| long(&mut l.name));
    }
    for estimate in &mut view.estimates {
        long(&mut estimate.comparison);
        long(&mut estimate.level);
    }
    view.training_runs.iter_mut().for_each(long);
    for column in &mut view.rarity {
        long(&mut column.comparison);
        column.values.iter_mut().for_each(|v| long(&mut v.value));
    }
    view.blocks.iter_mut().for_each(|b| long(&mut b.rule));
    for column in &mut view.groups {
        long(&mut column.column);
        column.groups.iter_mut().for_each(|g| long(&mut g.name));
    }
    for source in &mut view.sources {
        long(&mut source.name);
        source.columns.iter_mut().for_each(|c| long(&mut c.name));
    }
    for cluster in &mut view.clusters {
        long(&mut cluster.name);
        cluster.records.iter_mut().for_each(|r| long(&mut r.0));
    }
    for example in &mut view.examples {
        example
            .waterfall
            .bars
            .iter_mut()
            .for_each(|b| long(&mut b.name));
    }
    view
}

/// Where a number should be, there is none; counts are nought or as large as they can be.
pub(crate) fn with_no_numbers() -> LinkageReportView {
    let mut view = report();
    let none = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        f64::MAX,
        f64::MIN_POSITIVE,
    ];
    let mut next = none.iter().cycle();
    let mut bad = |number: &mut f64| *number = *next.next().unwrap();
    view.classes.iter_mut().for_each(|c| bad(&mut c.rate));
    let levels = view.comparisons.iter_mut().flat_map(|c| &mut c.levels);
    levels.flat_map(|l| &mut l.shares).for_each(&mut bad);
    view.estimates
        .iter_mut()
        .flat_map(|e| e.runs.iter_mut().flatten())
        .for_each(&mut bad);
    let history = view.history.as_mut().unwrap();
    history.changes.iter_mut().for_each(&mut bad);
    history.rates.iter_mut().flatten().for_each(&mut bad);
    view.rarity
        .iter_mut()
        .flat_map(|r| &mut r.values)
        .for_each(|v| bad(&mut v.bits));
    for point in &mut view.unlinkable {
        bad(&mut point.bits);
        bad(&mut point.share);
    }
    for column in &mut view.histogram.as_mut().unwrap().columns {
        bad(&mut column.from);
        bad(&mut column.to);
        column.pairs = u64::MAX;
    }
    for pattern in &mut view.patterns {
        bad(&mut pattern.bits);
        pattern.pairs = 0;
    }
    for row in &mut view.thresholds {
        bad(&mut row.bits);
        row.true_links = u64::MAX;
        row.true_others = Some(u64::MAX);
    }
    for band in &mut view.sample {
        band.from = Some(f64::NAN);
        band.judged = u64::MAX;
    }
    view.calibration
        .iter_mut()
        .for_each(|b| bad(&mut b.predicted));
    view.clusters
        .iter_mut()
        .flat_map(|c| &mut c.links)
        .for_each(|l| bad(&mut l.bits));
    view.examples
        .iter_mut()
        .flat_map(|e| &mut e.waterfall.bars)
        .for_each(|b| bad(&mut b.bits));
    view.outcomes.iter_mut().for_each(|o| o.1 = u64::MAX);
    for group in view.groups.iter_mut().flat_map(|g| &mut g.groups) {
        group.records = u64::MAX;
        group.found = u64::MAX;
    }
    view.blocks.iter_mut().for_each(|b| b.pairs = u64::MAX);
    view.cluster_sizes
        .iter_mut()
        .for_each(|s| s.clusters = u64::MAX);
    view.threshold = Some(f64::NAN);
    view.clerical_band = Some((f64::NEG_INFINITY, f64::INFINITY));
    view
}

/// Far too many of everything.
pub(crate) fn with_many() -> LinkageReportView {
    let mut view = report();
    let many = |count: usize| (0..count).map(|at| format!("Number {at}"));
    view.classes = many(8)
        .enumerate()
        .map(|(at, name)| PairClass {
            name,
            same_person: at % 2 == 1,
            rate: 1.0,
        })
        .collect();
    let level = view.comparisons[0].levels[0].clone();
    view.comparisons[0].levels = vec![level; 31];
    view.groups[0].groups = many(150)
        .map(|name| GroupRow {
            name,
            ..view.groups[0].groups[0].clone()
        })
        .collect();
    view.training_runs = many(12).collect();
    let source = view.sources[0].clone();
    view.sources = vec![source; 9];
    view.clusters[0].records = many(40)
        .map(|name| (name.replace("Number ", ""), "care".to_owned()))
        .collect();
    view.clusters[0].links = (0..40)
        .flat_map(|from| (0..40).map(move |to| (from, to)))
        .map(|(from, to)| ClusterLink {
            from,
            to,
            bits: 12.5,
            bridge: false,
        })
        .collect();
    view.blocks = many(60)
        .map(|rule| BlockRule {
            rule,
            pairs: 1_000_000_007,
            ..BlockRule::default()
        })
        .collect();
    view
}

/// One of each, and of the rest nothing.
pub(crate) fn with_one() -> LinkageReportView {
    let mut view = report();
    view.outcomes.truncate(1);
    view.classes.truncate(2);
    view.comparisons.truncate(1);
    view.comparisons[0].levels.truncate(1);
    view.thresholds.truncate(1);
    view.unlinkable.truncate(1);
    view.calibration.truncate(1);
    view.groups.truncate(1);
    view.groups[0].groups.truncate(1);
    view.histogram.as_mut().unwrap().columns.truncate(1);
    view.blocks.truncate(1);
    view.patterns.truncate(1);
    view.cluster_sizes.truncate(1);
    view.clusters[0].records.truncate(1);
    view.clusters[0].links.clear();
    view.rarity[0].values.truncate(1);
    view.examples[0].waterfall.bars.clear();
    let history = view.history.as_mut().unwrap();
    history.changes.truncate(1);
    history.rates.truncate(1);
    view
}
