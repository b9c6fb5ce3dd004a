//! Pictures of ugly data: one point, none, all equal, one giant, negative, long names, 150 categories,
//! all hidden, too many series.

use super::{hidden, outlines, shown};
use pages::{
    Markup,
    chart::{self, Chart, ChartKind, Series, SymbolNote, Value},
    drawing::Width,
    heat,
    map::{self, AreaMap, AreaValue, Outlines},
};

/// The name of each picture with the picture.
pub(crate) fn pictures() -> Vec<(String, Markup)> {
    let mut pictures = Vec::new();
    for (name, categories, series) in data() {
        for (kind, word) in [(ChartKind::Bars, "bars"), (ChartKind::Lines, "lines")] {
            for (width, size) in [(Width::Wide, "wide"), (Width::Narrow, "narrow")] {
                let id = format!("{word}-{name}");
                let chart = chart_of(&id, kind, &categories, &series);
                pictures.push((format!("{id}-{size}"), chart::picture(&chart, width)));
            }
        }
    }
    let outlines = outlines();
    let codes: Vec<&str> = outlines.areas.iter().map(|a| a.code.as_str()).collect();
    let empty = Outlines {
        areas: vec![],
        ..(*outlines).clone()
    };
    let maps: [(&str, &Outlines, Vec<Value>); 6] = [
        ("none", &outlines, vec![]),
        ("one", &outlines, vec![shown(5.0)]),
        ("equal", &outlines, vec![shown(10.0); codes.len()]),
        (
            "giant",
            &outlines,
            (0..codes.len())
                .map(|n| shown(if n == 3 { 12_345_678.9 } else { 5.0 }))
                .collect(),
        ),
        ("hidden", &outlines, vec![hidden(); codes.len()]),
        ("no-outlines", &empty, vec![shown(5.0)]),
    ];
    for (name, outlines, values) in maps {
        for (width, size) in [(Width::Wide, "wide"), (Width::Narrow, "narrow")] {
            let map = map_of(name, &codes, &values);
            pictures.push((
                format!("map-{name}-{size}"),
                map::picture(&map, outlines, width),
            ));
        }
    }
    let mixed: fn(usize) -> usize = |n| n % 5;
    let states = [
        ("mixed", mixed),
        ("one-state", |_| 4),
        ("nearly-none", |n| usize::from(n == 3)),
    ];
    for (name, state) in states {
        for (kind, letters, outlines) in [
            ("shapes", false, super::collection::shapes()),
            ("hexagons", true, super::collection::hexagons()),
        ] {
            for (width, size) in [(Width::Wide, "wide"), (Width::Narrow, "narrow")] {
                let map = super::collection::state_map(name, letters, state);
                pictures.push((
                    format!("states-{kind}-{name}-{size}"),
                    map::categories::picture(&map, &outlines, width),
                ));
            }
        }
    }
    for (councils, fields) in [(0, 50), (1, 1), (1, 50), (3, 7), (153, 50)] {
        let map = super::figures::heat_map(councils, fields);
        for (width, size) in [(Width::Wide, "wide"), (Width::Narrow, "narrow")] {
            pictures.push((format!("{}-{size}", map.id), heat::picture(&map, width)));
        }
    }
    pictures
}

/// The ugly data: a name, the categories and the series.
#[expect(clippy::too_many_lines, reason = "a list of samples")]
fn data() -> Vec<(&'static str, Vec<String>, Vec<Series>)> {
    let months = |count: usize| {
        (0..count)
            .map(|n| format!("{} {}", ["Jan", "Apr", "Jul", "Oct"][n % 4], 1990 + n / 4))
            .collect::<Vec<_>>()
    };
    let wave = |count: usize, step: usize| -> Vec<Value> {
        (0..count)
            .map(|n| shown(f64::from(u32::try_from((n * step) % 97).unwrap())))
            .collect()
    };
    let long = "Persons who have received a service of long-term community support including direct payments only";
    let unbroken = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch";
    vec![
        ("none", vec![], vec![series("People", vec![])]),
        ("no-series", vec!["A".into()], vec![]),
        (
            "one-point",
            vec!["Southend-on-Sea".into()],
            vec![series("People", vec![shown(42.0)])],
        ),
        (
            "all-equal",
            months(8),
            vec![series("People", vec![shown(7.0); 8])],
        ),
        (
            "all-zero",
            months(3),
            vec![series("People", vec![shown(0.0); 3])],
        ),
        (
            "one-giant",
            months(6),
            vec![series(
                "People",
                (0..6)
                    .map(|n| shown(if n == 2 { 98_765_432.0 } else { 3.0 }))
                    .collect(),
            )],
        ),
        (
            "negative",
            months(6),
            vec![series(
                "Change",
                [-40.0, 25.0, -3.5, 0.0, 60.0, -120.0].map(shown).into(),
            )],
        ),
        (
            "long-names",
            vec![
                long.into(),
                unbroken.into(),
                "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW".into(),
                "漢字".repeat(40),
            ],
            vec![series(long, wave(4, 31)), series(unbroken, wave(4, 17))],
        ),
        (
            "150-categories",
            (0..150).map(|n| format!("Council number {n}")).collect(),
            vec![series("People", wave(150, 29))],
        ),
        (
            "150-hidden",
            months(150),
            vec![series(
                "People",
                (0..150)
                    .map(|n| if n % 3 == 0 { hidden() } else { shown(5.0) })
                    .collect(),
            )],
        ),
        (
            "all-hidden",
            months(12),
            vec![series("People", vec![hidden(); 12])],
        ),
        (
            "symbols",
            months(5),
            vec![
                series(
                    "At home",
                    vec![
                        shown(5.0),
                        hidden(),
                        Value::Hidden("[low]".into()),
                        shown(2.0),
                        hidden(),
                    ],
                ),
                series(
                    "In a home",
                    vec![
                        Value::Hidden("[c]".into()),
                        hidden(),
                        shown(1.0),
                        shown(3.0),
                        shown(4.0),
                    ],
                ),
            ],
        ),
        (
            "four-series",
            months(12),
            (0..4)
                .map(|n| series(&format!("Series {n}"), wave(12, 13 + n)))
                .collect(),
        ),
        (
            "six-series",
            months(9),
            (0..6)
                .map(|n| series(&format!("Series {n}"), wave(9, 13 + n)))
                .collect(),
        ),
        (
            "ragged",
            months(6),
            vec![series("People", wave(3, 41)), series("Longer", wave(9, 41))],
        ),
        (
            "fractions",
            months(4),
            vec![series("Rate", [0.02, 0.055, 0.071, 0.08].map(shown).into())],
        ),
        (
            "not-a-number",
            months(3),
            vec![series(
                "Rate",
                [f64::NAN, f64::INFINITY, 2.0].map(shown).into(),
            )],
        ),
    ]
}

fn series(name: &str, values: Vec<Value>) -> Series {
    Series {
        name: name.into(),
        values,
    }
}

fn chart_of(id: &str, kind: ChartKind, categories: &[String], series: &[Series]) -> Chart {
    Chart {
        id: id.into(),
        kind,
        title: "More people live at home with support than a year ago, in every council but one, and by far the most in the oldest age group".into(),
        subtitle: "People with long-term support at the end of the quarter, three councils, January 2024 to March 2026".into(),
        category_name: "Quarter".into(),
        categories: categories.to_vec(),
        series: series.to_vec(),
        decimals: 1,
        notes: vec![SymbolNote { symbol: "*".into(), meaning: "hidden".into() }],
    }
}

fn map_of(id: &str, codes: &[&str], values: &[Value]) -> AreaMap {
    AreaMap {
        id: id.into(),
        title: "Long-term support is most common along the sea front and least common in the north"
            .into(),
        subtitle: "People with long-term support, Southend-on-Sea, March 2026".into(),
        area_name: "Neighbourhood".into(),
        value_name: "People".into(),
        values: codes
            .iter()
            .zip(values)
            .map(|(code, value)| AreaValue {
                code: (*code).into(),
                value: value.clone(),
            })
            .collect(),
        decimals: 1,
        notes: vec![],
        attribution: String::new(),
    }
}
