//! Filters held against a slow and plain second version, and against what must hold of them.

mod files;

use super::{assign::assign, *};
use model::Content;
use std::{collections::BTreeSet, path::PathBuf};

pub(super) const SECRET: &[u8] = b"a secret for tests, of enough bytes";
const PEOPLE: [[&str; 5]; 6] = [
    ["Margaret", "Thornbury", "1941-03-17", "AB1 3NS", "2"],
    ["Mohammed", "Siddiqui", "1963-07-17", "AB1 3SW", "1"],
    ["Zoë", "O'Brien-Müller", "2004-08-13", "AB2 8HD", "2"],
    ["Jo", "Li", "1999-12-31", "SS0 0AA", "1"],
    [
        "Wolfeschlegelstein",
        "Hausenbergerdorffwelche",
        "1958-09-02",
        "OX10 2AB",
        "1",
    ],
    ["Noah", "Ruth", "1966-08-29", "AB1 3DN", "1"],
];

fn content() -> Content {
    Content::from_folder(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../content")).unwrap()
}

fn scheme() -> Scheme {
    hardened("")
}

/// The shipped scheme with other hardening.
fn hardened(lines: &str) -> Scheme {
    let content = content();
    let text = content.text("linkage/clk.toml").unwrap();
    let (before, _) = text.split_once("[hardening]").unwrap();
    Scheme::from_text(
        &format!(
            "{before}[hardening]
{lines}
"
        ),
        "linkage/clk.toml",
    )
    .unwrap()
}

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

fn filter(scheme: &Scheme, person: &[&str]) -> Vec<u64> {
    filter_of(scheme, "1", person)
}

fn filter_of(scheme: &Scheme, id: &str, person: &[&str]) -> Vec<u64> {
    let values: Vec<Option<&str>> = person
        .iter()
        .map(|value| (!value.is_empty()).then_some(*value))
        .collect();
    Encoder::new(scheme, &secret(), "owner").encode(id, &values)
}

fn bits(words: &[u64]) -> BTreeSet<usize> {
    (0..words.len() * 64)
        .filter(|at| words[at / 64] >> (at % 64) & 1 == 1)
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of bits")]
fn plain_dice(left: &[u64], right: &[u64]) -> f64 {
    let (left, right) = (bits(left), bits(right));
    match left.len() + right.len() {
        0 => 0.0,
        both => 2.0 * left.intersection(&right).count() as f64 / both as f64,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of bits")]
fn fill(words: &[u64]) -> f64 {
    bits(words).len() as f64 / (words.len() * 64) as f64
}

/// Numbers that look random, the same every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

/// Invented people, some of whom stand on both sides with a mistake.
fn sides(count: usize, seed: u64) -> (Filters, Filters) {
    let scheme = scheme();
    let mut dice = Dice(seed);
    let mut encoder = Encoder::new(&scheme, &secret(), "owner");
    let syllables = [
        "MA", "RI", "TON", "BER", "LEY", "SMI", "TH", "OA", "KE", "WIN", "STO", "NA",
    ];
    let (mut left, mut right) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for person in 0..count {
        let mut name = |most: usize| -> String {
            (0..2 + dice.next(most))
                .map(|_| syllables[dice.next(syllables.len())])
                .collect()
        };
        let (given, family) = (name(2), name(3));
        let dob = format!(
            "{}-{:02}-{:02}",
            1930 + dice.next(80),
            1 + dice.next(12),
            1 + dice.next(28)
        );
        let postcode = format!("AB{} {}NS", dice.next(9), dice.next(9));
        let values = [
            given.clone(),
            family,
            dob,
            postcode,
            (1 + dice.next(2)).to_string(),
        ];
        let mut changed = values.clone();
        match dice.next(4) {
            0 => changed[0].push('E'),
            1 => changed[3].clear(),
            2 => changed[2] = changed[2].replace("19", "20"),
            _ => {}
        }
        for (side, values) in [(&mut left, &values), (&mut right, &changed)] {
            let values: Vec<Option<&str>> = values
                .iter()
                .map(|v| (!v.is_empty()).then_some(v.as_str()))
                .collect();
            side.0.push(format!("R{person:05}"));
            side.1.extend(encoder.encode(&side.0[person], &values));
        }
    }
    let made = |(ids, words): (Vec<String>, Vec<u64>)| {
        Filters::new(ids, vec!["filter".to_owned()], 16, &words)
    };
    (made(left), made(right))
}

fn search(threshold: f64, threads: usize) -> Search {
    Search {
        threshold,
        most: 1000,
        way: Way::Exact,
        threads,
    }
}

#[test]
fn between_a_third_and_half_of_the_bits_are_set() {
    let scheme = scheme();
    let mut total = 0.0;
    for person in &PEOPLE {
        let fill = fill(&filter(&scheme, person));
        assert!((0.30..0.53).contains(&fill), "{fill} for {person:?}");
        total += fill / 6.0;
    }
    // 720 bits at most fall on 1,024 places: 1 - (1 - 1/1024)^720 = 0.505 are hit.
    assert!((0.45..0.505).contains(&total), "{total}");
}

#[test]
fn one_record_has_one_filter_and_another_key_an_unrelated_one() {
    let scheme = scheme();
    let other = Secret::new(b"another secret, of enough bytes too").unwrap();
    for person in &PEOPLE {
        let values: Vec<Option<&str>> = person.iter().copied().map(Some).collect();
        let mine = filter(&scheme, person);
        assert_eq!(mine, filter_of(&scheme, "another id", person));
        let theirs = Encoder::new(&scheme, &other, "owner").encode("1", &values);
        let alike = plain_dice(&mine, &theirs);
        assert!((alike - fill(&mine)).abs() < 0.1, "{alike}");
    }
    let made_by = |secret: &Secret| Encoder::new(&scheme, secret, "").made_by().to_owned();
    assert_ne!(made_by(&other), made_by(&secret()));
}

#[test]
fn the_form_of_a_value_does_not_count() {
    let scheme = scheme();
    let plain = filter(
        &scheme,
        &["ZOE", "OBRIEN MULLER", "20040813", "AB28HD", "2"],
    );
    assert_eq!(
        plain,
        filter(
            &scheme,
            &["Zoë Ann", "O'Brien-Müller", "2004-08-13", "ab2 8hd", " 2 "]
        )
    );
    assert_eq!(
        plain,
        filter(
            &scheme,
            &["Miss Zoë", "O'Brien-Müller", "2004-08-13", "ab2 8hd", "2"]
        )
    );
    let unknown = filter(&scheme, &["Zoe", "Obrien Muller", "2004-08-13", "", ""]);
    assert_eq!(
        unknown,
        filter(
            &scheme,
            &["Zoe", "Obrien Muller", "2004-08-13", "ZZ99 3VZ", "9"]
        )
    );
}

#[test]
fn a_feature_sets_the_places_that_its_keyed_digest_says() {
    // The second version: HMAC by its definition, RFC 2104, over SHA-256.
    use sha2::{Digest as _, Sha256};
    let sha = |parts: &[&[u8]]| -> Vec<u8> { Sha256::digest(parts.concat()).to_vec() };
    let mac = |key: &[u8], message: &[u8]| {
        let pad = |with: u8| -> Vec<u8> {
            (0..64)
                .map(|at| key.get(at).copied().unwrap_or(0) ^ with)
                .collect()
        };
        sha(&[&pad(0x5c), &sha(&[&pad(0x36), message])])
    };
    let key = mac(&sha(&[SECRET]), b"haven clk 1\0field\0sex");
    let mut expected = BTreeSet::new();
    // No salt, no place, the value; then blocks of 16 numbers of two bytes.
    for block in 0u32..2 {
        let digest = mac(
            &key,
            &[[0, 0, 0, 0].as_slice(), b"2", &block.to_le_bytes()].concat(),
        );
        let numbers = digest
            .chunks(2)
            .map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
        expected.extend(
            numbers
                .take(20 - 16 * block as usize)
                .map(|number| number % 1024),
        );
    }
    let mut scheme = scheme();
    scheme.fewest_fields = 0;
    assert_eq!(bits(&filter(&scheme, &["", "", "", "", "2"])), expected);
}

#[test]
fn likeness_equals_that_of_plain_sets() {
    let (left, right) = sides(60, 7);
    for threshold in [0.3, 0.62, 0.8, 1.0] {
        let found = pairs(&left, &right, &search(threshold, 1));
        let mut expected = Vec::new();
        for a in 0..left.len() {
            for b in 0..right.len() {
                let similarity = plain_dice(left.of(a), right.of(b));
                if similarity >= threshold {
                    expected.push((a, b, similarity.to_bits()));
                }
            }
        }
        let mut found: Vec<(usize, usize, u64)> = found
            .pairs
            .iter()
            .map(|pair| {
                (
                    pair.left as usize,
                    pair.right as usize,
                    pair.similarity.to_bits(),
                )
            })
            .collect();
        found.sort_unstable();
        assert!(!expected.is_empty());
        assert_eq!(found, expected, "at {threshold}");
    }
}

#[test]
fn the_fewest_common_bits_are_those_that_reach_the_threshold() {
    for threshold in [0.05, 0.5, 0.7, 0.8, 0.85, 1.0 / 3.0, 1.0] {
        for both in 1..600 {
            let slow = (1..=both)
                .find(|common| dice(*common, both, 0) >= threshold)
                .unwrap();
            assert_eq!(needed(threshold, both), slow, "{threshold} of {both}");
        }
    }
}

#[test]
fn neither_threads_nor_the_order_of_rows_nor_of_sides_matter() {
    let (left, right) = sides(400, 3);
    let one = pairs(&left, &right, &search(0.7, 1));
    assert_eq!(one, pairs(&left, &right, &search(0.7, 5)));
    let turned = |filters: &Filters| {
        let ids: Vec<String> = filters.ids.iter().rev().cloned().collect();
        let words: Vec<u64> = (0..filters.len())
            .rev()
            .flat_map(|at| filters.of(at).to_vec())
            .collect();
        Filters::new(ids, filters.parts.clone(), filters.width(), &words)
    };
    assert_eq!(turned(&left), left);
    assert_eq!(one, pairs(&turned(&left), &turned(&right), &search(0.7, 2)));
    let key = |pair: &Pair| (pair.left, pair.right);
    let straight: BTreeSet<(u32, u32)> = one.pairs.iter().map(key).collect();
    let crossed = pairs(&right, &left, &search(0.7, 1));
    assert_eq!(
        straight,
        crossed
            .pairs
            .iter()
            .map(|pair| (pair.right, pair.left))
            .collect()
    );
}

#[test]
fn a_sample_of_bits_finds_what_is_alike_whatever_the_threads() {
    let (left, right) = sides(2000, 5);
    let sampled = |threads| {
        pairs(
            &left,
            &right,
            &Search {
                way: Way::Sampled,
                ..search(0.8, threads)
            },
        )
    };
    let (some, all) = (sampled(1), pairs(&left, &right, &search(0.8, 2)));
    assert_eq!((some.exact, all.exact), (false, true));
    assert_eq!(some, sampled(3));
    let key = |pair: &Pair| (pair.left, pair.right, pair.similarity.to_bits());
    let (some, all): (BTreeSet<_>, BTreeSet<_>) = (
        some.pairs.iter().map(key).collect(),
        all.pairs.iter().map(key).collect(),
    );
    assert!(some.is_subset(&all));
    assert!(
        some.len() * 20 >= all.len() * 19,
        "{} of {}",
        some.len(),
        all.len()
    );
    // Nothing can be sampled where all bits are the same for all.
    let equal = Filters::new(
        vec!["a".into(), "b".into()],
        vec!["filter".into()],
        16,
        &left.of(0).repeat(2),
    );
    assert_eq!(
        pairs(
            &equal,
            &equal,
            &Search {
                way: Way::Sampled,
                ..search(0.8, 2)
            }
        )
        .pairs
        .len(),
        4
    );
}

#[test]
fn a_record_keeps_its_best_pairs_and_the_others_are_counted() {
    let words = filter(&scheme(), &PEOPLE[0]);
    let same = |count: usize| {
        let ids = (0..count).map(|at| format!("{at:04}")).collect();
        Filters::new(ids, vec!["filter".to_owned()], 16, &words.repeat(count))
    };
    let found = pairs(
        &same(3),
        &same(1000),
        &Search {
            most: 5,
            ..search(0.8, 1)
        },
    );
    assert_eq!(found.pairs.len(), 15);
    assert_eq!(found.full, 3);
    assert_eq!(found.pairs.iter().map(|pair| pair.right).max(), Some(4));
}

#[test]
fn hardening_does_what_it_says() {
    let bare = scheme();
    let person = PEOPLE[0];
    let plain = filter(&bare, &person);
    // Half laid over half.
    let folded = filter(&hardened("fold = 1"), &person);
    let expected: BTreeSet<usize> = (0..512)
        .filter(|at| bits(&plain).contains(at) != bits(&plain).contains(&(at + 512)))
        .collect();
    assert_eq!((folded.len(), bits(&folded)), (8, expected));
    // Neighbours.
    let ruled = filter(&hardened("rule90 = true"), &person);
    let set = bits(&plain);
    let expected: BTreeSet<usize> = (0..1024)
        .filter(|at| set.contains(&((at + 1) % 1024)) != set.contains(&((at + 1023) % 1024)))
        .collect();
    assert_eq!(bits(&ruled), expected);
    // Every filter weighs the same, and likeness is that of equal and of both missing bits.
    let balanced = hardened("balance = true");
    let (a, b) = (filter(&balanced, &person), filter(&balanced, &PEOPLE[1]));
    assert_eq!((bits(&a).len(), bits(&b).len(), a.len()), (1024, 1024, 32));
    let differ = bits(&plain)
        .symmetric_difference(&bits(&filter(&bare, &PEOPLE[1])))
        .count();
    assert_eq!(bits(&a).intersection(&bits(&b)).count(), 1024 - differ);
    // Another year, other places.
    let salted = hardened("salt = { field = \"dob\", first = 4 }");
    let near = ["Margaret", "Thornbury", "1942-03-17", "AB1 3NS", "2"];
    assert!(plain_dice(&plain, &filter(&bare, &near)) > 0.9);
    assert!(plain_dice(&filter(&salted, &person), &filter(&salted, &near)) < 0.6);
    let same_year = ["Margaret", "Thornbury", "1941-03-19", "AB1 3NS", "2"];
    assert!(plain_dice(&filter(&salted, &person), &filter(&salted, &same_year)) > 0.85);
}

#[test]
fn flips_are_as_many_as_stated_and_each_record_has_its_own() {
    let flipped = hardened("flips = { epsilon = 3.0 }");
    let plain = filter(&scheme(), &PEOPLE[0]);
    let mut turned = 0;
    for id in 0..200 {
        let noisy = filter_of(&flipped, &id.to_string(), &PEOPLE[0]);
        turned += bits(&noisy).symmetric_difference(&bits(&plain)).count();
    }
    // 1 / (1 + e^3) of 204,800 bits is 9,713; five standard deviations are 481.
    assert!((9232..10194).contains(&turned), "{turned}");
    let one = filter_of(&flipped, "1", &PEOPLE[0]);
    assert_eq!(one, filter_of(&flipped, "1", &PEOPLE[0]));
    assert_ne!(one, filter_of(&flipped, "2", &PEOPLE[0]));
    let values: Vec<Option<&str>> = PEOPLE[0].iter().copied().map(Some).collect();
    assert_ne!(
        one,
        Encoder::new(&flipped, &secret(), "another owner").encode("1", &values)
    );
}

#[test]
fn nothing_known_is_like_nothing_however_it_is_hardened() {
    for lines in [
        "",
        "fold = 1",
        "rule90 = true",
        "balance = true",
        "flips = { epsilon = 1.0 }",
    ] {
        let scheme = hardened(lines);
        let empty = filter(&scheme, &["", "", "", "", ""]);
        assert!(empty.iter().all(|word| *word == 0), "{lines}");
        let little = filter(&scheme, &["", "", "", "AB1 3NS", "2"]);
        assert!(little.iter().all(|word| *word == 0), "{lines}");
        let width = empty.len();
        let filters = Filters::new(
            vec!["a".into(), "b".into()],
            vec!["filter".into()],
            width,
            &[empty.clone(), empty].concat(),
        );
        assert_eq!(pairs(&filters, &filters, &search(0.1, 1)).pairs, []);
    }
}

#[test]
fn hostile_values_make_filters_too() {
    let scheme = scheme();
    let long = "Ab".repeat(100);
    let longer = "é".repeat(3_000_000);
    let hostile: [[&str; 5]; 5] = [
        [&long, &long, "1999-02-31", "nowhere", "\0"],
        ["محمد", "김", "1963-07-17", "AB1 3SW", "男"],
        [&longer, "-", "0000-00-00", "AB1", "1"],
        [
            "'; drop table",
            "\u{202e}x\u{0}",
            "99999999",
            "🦀🦀🦀 🦀🦀🦀",
            "🦀",
        ],
        [" ", "\t", "1900-01-01", "ZZ99 9ZZ", "0"],
    ];
    for person in &hostile {
        let words = filter(&scheme, person);
        assert_eq!(words.len(), 16);
        assert!(fill(&words) < 0.75);
    }
    let other = filter(&scheme, &["محمد", "김", "1963-07-17", "AB1 3SW", "1"]);
    assert!(plain_dice(&other, &filter(&scheme, &hostile[1])) > 0.95);
}

#[test]
fn fields_have_filters_of_their_own() {
    let mut scheme = scheme();
    scheme.kind = Kind::Fields;
    scheme.length = 512;
    let words = filter(&scheme, &PEOPLE[0]);
    assert_eq!(words.len(), 5 * 8);
    let other = filter(
        &scheme,
        &["Margaret", "Unlike", "1941-03-17", "AB1 3NS", "2"],
    );
    let same: Vec<bool> = words
        .chunks(8)
        .zip(other.chunks(8))
        .map(|(a, b)| a == b)
        .collect();
    assert_eq!(same, [true, false, true, true, true]);
}

#[test]
fn a_scheme_with_a_mistake_is_refused_with_its_place() {
    let text = content().text("linkage/clk.toml").unwrap().to_owned();
    let refused = |from: &str, to: &str, says: &[&str]| {
        let fault = Scheme::from_text(&text.replacen(from, to, 1), "linkage/clk.toml")
            .unwrap_err()
            .to_string();
        for word in says {
            assert!(fault.contains(word), "`{fault}` for {to}");
        }
    };
    refused(
        "length = 1024",
        "lenght = 1024",
        &["line 12", "lenght", "content/linkage/clk.toml"],
    );
    refused("length = 1024", "length = 1000", &["power of two"]);
    refused("threshold = 0.8", "threshold = 0.0", &["threshold"]);
    refused("name = \"sex\"", "name = \"dob\"", &["`dob` stands twice"]);
    refused(
        "\nsalt = { field = \"dob\"",
        "\nsalt = { field = \"day\"",
        &["`day`"],
    );
    refused("bits = 20\n", "bits = 0\n", &["`sex`", "bits"]);
    refused(
        "[hardening]",
        "[hardening]\nflips = { epsilon = 11.0 }",
        &["epsilon"],
    );
    refused("[hardening]", "[hardening]\nfold = 9", &["fold"]);
    refused(
        "[hardening]",
        "[hardening]\nflips = { epsilon = 0.0 }",
        &["epsilon"],
    );
}

#[test]
fn a_secret_must_be_one_and_is_never_shown() {
    assert!(Secret::new(b"short").is_err());
    assert!(Secret::new(b"   \n").is_err());
    assert!(Secret::new(&[b'a'; 40]).is_err());
    assert_eq!(format!("{:?}", secret()), "Secret(kept)");
    let made_by = |bytes: &[u8]| {
        Encoder::new(&scheme(), &Secret::new(bytes).unwrap(), "")
            .made_by()
            .to_owned()
    };
    assert_eq!(made_by(SECRET), made_by(&[SECRET, b"\r\n"].concat()));
}

#[test]
fn one_to_one_is_greedy_or_the_highest_sum() {
    let pair = |left, right, similarity| Pair {
        left,
        right,
        similarity,
    };
    // The most alike pair first leaves 0.70; the highest sum is 0.88 + 0.89.
    let found = [
        pair(0, 0, 0.9),
        pair(0, 1, 0.88),
        pair(1, 0, 0.89),
        pair(2, 2, 0.8),
        pair(2, 3, 0.8),
    ];
    let links = |assignment| -> Vec<(u32, u32)> {
        assign(&found, assignment)
            .0
            .iter()
            .map(|pair| (pair.left, pair.right))
            .collect()
    };
    assert_eq!(links(Assignment::Greedy), [(0, 0), (2, 2)]);
    assert_eq!(links(Assignment::Optimal), [(0, 1), (1, 0), (2, 2)]);
    assert_eq!(links(Assignment::Best), [(0, 0), (1, 0), (2, 2)]);
    assert_eq!(links(Assignment::All).len(), 5);
}

/// The highest sum of any choice of pairs in which no record stands twice.
fn all(found: &[Pair], lefts: u32, rights: u32) -> f64 {
    let Some((first, rest)) = found.split_first() else {
        return 0.0;
    };
    let without = all(rest, lefts, rights);
    if lefts >> first.left & 1 == 1 || rights >> first.right & 1 == 1 {
        return without;
    }
    without.max(first.similarity + all(rest, lefts | 1 << first.left, rights | 1 << first.right))
}

#[test]
fn the_highest_sum_is_that_of_trying_all() {
    let mut dice = Dice(11);
    for _ in 0..200 {
        let (rows, columns) = (1 + dice.next(5), 1 + dice.next(5));
        let mut found = Vec::new();
        for left in 0..rows {
            for right in 0..columns {
                if dice.next(3) > 0 {
                    let similarity = 0.7 + f64::from(u8::try_from(dice.next(30)).unwrap()) / 100.0;
                    found.push(Pair {
                        left: u32::try_from(left).unwrap(),
                        right: u32::try_from(right).unwrap(),
                        similarity,
                    });
                }
            }
        }
        let sum: f64 = assign(&found, Assignment::Optimal)
            .0
            .iter()
            .map(|pair| pair.similarity)
            .sum();
        assert!((sum - all(&found, 0, 0)).abs() < 1e-9);
    }
}
