//! The whole decision a second time: every row against every person, written as the table of steps reads, without
//! the index, its blocks or its digests.

use super::{generate::*, *};
use crate::{
    clean::{name_key, nhs_number_key, postcode_key},
    compare::{jaro_winkler, soundex, within_one_edit},
};

/// A person with all that was ever known of them.
struct Known {
    number: u64,
    cancelled: bool,
    sensitive: bool,
    born: (u32, u32, u32),
    died: (u32, u32, u32),
    sex: Option<String>,
    families: Vec<String>,
    givens: Vec<String>,
    others: Vec<String>,
    postcodes: Vec<String>,
    practices: Vec<String>,
}

/// What a row says.
struct Asked {
    number: Option<u64>,
    number_is_none: bool,
    born: (u32, u32, u32),
    died: (u32, u32, u32),
    sex: Option<String>,
    family: Option<String>,
    given: Option<String>,
    other: Option<String>,
    postcode: Option<String>,
    practice: Option<String>,
}

/// Code, indicator, confidence, scores, number, last step, step that gave the id.
#[derive(Debug, PartialEq)]
struct Decided {
    code: u8,
    indicator: u8,
    confidence: u32,
    scores: Option<[u32; 5]>,
    number: Option<u64>,
    last: &'static str,
    id_by: &'static str,
    id: String,
    several_in_bucket: bool,
}

fn parts(day: Day) -> (u32, u32, u32) {
    (day.year(), day.month(), day.day())
}

fn name(text: &str, settings: &Settings) -> Option<String> {
    name_key(text).filter(|key| !settings.quality.not_names.contains(key))
}

/// The first word of a name. Both sides keep the spelling, so a key here is the words as they were written.
fn first_word(text: &str, settings: &Settings) -> Option<String> {
    name(text, settings)?;
    let mut words = text.split_whitespace().filter_map(name_key);
    words
        .next()
        .filter(|key| !settings.quality.not_names.contains(key))
}

fn place(text: &str) -> Option<String> {
    postcode_key(text).filter(|place| !place.starts_with("ZZ99 "))
}

fn known(world: &World) -> Vec<Known> {
    let mut all: Vec<Known> = Vec::new();
    for person in &world.people {
        let values = |field: HistoryField, now: &str| {
            let past = world.history.iter();
            let past = past.filter(|h| h.nhs_number == person.nhs_number && h.field == field);
            let mut values = vec![now.trim().to_owned()];
            values.extend(past.map(|h| h.value.trim().to_owned()));
            values
        };
        all.push(Known {
            number: person.nhs_number,
            cancelled: person.cancelled,
            sensitive: !matches!(person.confidentiality.as_str(), "" | "N" | "U"),
            born: parts(person.date_of_birth),
            died: parts(person.date_of_death),
            sex: Some(person.sex.clone()),
            families: values(HistoryField::FamilyName, &person.family_name),
            givens: values(HistoryField::GivenName, &person.given_name),
            others: values(HistoryField::OtherGivenName, &person.other_given_name),
            postcodes: values(HistoryField::Postcode, &person.postcode),
            practices: values(HistoryField::GpPractice, &person.gp_practice),
        });
    }
    all.sort_by_key(|known| known.number);
    all
}

/// The values of one field that count, as far as history does.
fn counting(values: &[String], history: bool) -> &[String] {
    if history { values } else { &values[..1] }
}

enum Leads {
    Nowhere,
    Cancelled,
    To(u64),
}

/// Follows a number step by step, noting where it has been.
fn leads(number: u64, people: &[Known], superseded: &[SupersededRow]) -> Leads {
    let mut been = vec![];
    let mut now = number;
    loop {
        if people.iter().any(|p| p.number == now && p.cancelled) {
            return Leads::Cancelled;
        }
        if been.contains(&now) {
            return Leads::Nowhere;
        }
        been.push(now);
        let told = |s: &&SupersededRow| s.nhs_number == now && s.nhs_number != s.replaced_by;
        match superseded.iter().rev().find(told) {
            Some(row) => now = row.replaced_by,
            None => return Leads::To(now),
        }
    }
}

fn same_parts(a: (u32, u32, u32), b: (u32, u32, u32)) -> u32 {
    u32::from(a.0 != 0 && a.0 == b.0)
        + u32::from(a.1 != 0 && a.1 == b.1)
        + u32::from(a.2 != 0 && a.2 == b.2)
}

fn exchanged(a: (u32, u32, u32), b: (u32, u32, u32)) -> bool {
    a.2 != 0 && b.2 != 0 && a.0 == b.0 && a.1 == b.2 && a.2 == b.1 && a != b
}

fn outward(place: &str) -> &str {
    place.split(' ').next().unwrap()
}

/// Scores of family name, given name, date, sex, postcode in hundredths.
#[expect(clippy::too_many_lines, reason = "it reads as the settings do")]
fn scored(person: &Known, asked: &Asked, asked_given: &str, settings: &Settings) -> [u32; 5] {
    let near = &settings.algorithmic.near;
    let history = settings.algorithmic.history;
    let alike = |a: &str, b: &str| {
        let similarity = jaro_winkler(a, b);
        if similarity < near.name_similarity {
            return 0;
        }
        let (low, high) = (f64::from(near.name_least), f64::from(near.name_most));
        let score =
            low + (high - low) * (similarity - near.name_similarity) / (1.0 - near.name_similarity);
        format!("{:.0}", score * 100.0).parse::<u32>().unwrap()
    };
    let families: Vec<String> = counting(&person.families, history)
        .iter()
        .filter_map(|f| name(f, settings))
        .collect();
    let givens: Vec<(String, Option<String>)> = counting(&person.givens, history)
        .iter()
        .filter_map(|g| Some((name(g, settings)?, first_word(g, settings))))
        .collect();
    let mut family_score = 0;
    let mut given_score = 0;
    if let Some(family) = &asked.family {
        for held in &families {
            let score = if held == family {
                10_000
            } else {
                alike(family, held)
            };
            family_score = family_score.max(score);
        }
    }
    if let Some(given) = &asked.given {
        let first = first_word(asked_given, settings);
        for (held, held_first) in &givens {
            let mut score = if held == given {
                10_000
            } else {
                alike(given, held)
            };
            if first.is_some() && first == *held_first {
                score = score.max(near.first_given_name * 100);
            }
            for (one, whole) in [(given, held), (held, given)] {
                if one.chars().count() == 1 && whole.starts_with(one.as_str()) {
                    score = score.max(near.initial * 100);
                }
            }
            given_score = given_score.max(score);
        }
    }
    if let (Some(family), Some(given)) = (&asked.family, &asked.given)
        && families.contains(given)
        && givens.iter().any(|(held, _)| held == family)
    {
        family_score = family_score.max(near.names_exchanged * 100);
        given_score = given_score.max(near.names_exchanged * 100);
    }
    let mut born_score = 0;
    if asked.born.0 != 0 && person.born.0 != 0 {
        let digits = |(y, m, d): (u32, u32, u32)| format!("{y:04}{m:02}{d:02}");
        let (a, b) = (digits(asked.born), digits(person.born));
        let differ = a.chars().zip(b.chars()).filter(|(a, b)| a != b).count();
        if asked.born.2 != 0 && asked.born == person.born {
            born_score = 10_000;
        } else {
            if exchanged(asked.born, person.born) {
                born_score = born_score.max(near.day_and_month_exchanged * 100);
            }
            if same_parts(asked.born, person.born) >= 2 {
                born_score = born_score.max(near.two_date_parts * 100);
            }
            if asked.born.2 != 0 && person.born.2 != 0 && differ == 1 {
                born_score = born_score.max(near.one_digit * 100);
            }
        }
    }
    let sex_score = if asked.sex.is_some() && asked.sex == person.sex {
        10_000
    } else {
        0
    };
    let mut place_score = 0;
    if let Some(postcode) = &asked.postcode {
        for held in counting(&person.postcodes, history)
            .iter()
            .filter_map(|p| place(p))
        {
            let score = if held == *postcode {
                100
            } else {
                let mut score = 0;
                if within_one_edit(&held, postcode) {
                    score = score.max(near.postcode_one_edit);
                }
                if held[..held.len() - 2] == postcode[..postcode.len() - 2] {
                    score = score.max(near.sector);
                }
                if outward(&held) == outward(postcode) {
                    score = score.max(near.outward);
                }
                score
            };
            place_score = place_score.max(score * 100);
        }
    }
    [
        family_score,
        given_score,
        born_score,
        sex_score,
        place_score,
    ]
}

fn equal<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_some() && a == b
}

/// Whether a person is in the block of a row.
fn in_block(
    keys: &[BlockKey],
    person: &Known,
    asked: &Asked,
    asked_given: &str,
    settings: &Settings,
) -> bool {
    let history = settings.algorithmic.history;
    let asked_first = first_word(asked_given, settings);
    for family in counting(&person.families, history) {
        for given in counting(&person.givens, history) {
            for postcode in counting(&person.postcodes, history) {
                let held_family = name(family, settings);
                let held_first = first_word(given, settings);
                let held_place = place(postcode);
                let sound = |name: &Option<String>| name.as_deref().and_then(soundex);
                let both = |a: &Option<String>, b: &Option<String>| {
                    let mut names = vec![a.clone()?, b.clone()?];
                    names.sort();
                    Some(names)
                };
                let shares = |key: &BlockKey| match key {
                    BlockKey::FamilyName => equal(held_family.as_ref(), asked.family.as_ref()),
                    BlockKey::FamilySound => {
                        equal(sound(&held_family).as_ref(), sound(&asked.family).as_ref())
                    }
                    BlockKey::GivenName => equal(held_first.as_ref(), asked_first.as_ref()),
                    BlockKey::BothNames => equal(
                        both(&held_family, &held_first).as_ref(),
                        both(&asked.family, &asked_first).as_ref(),
                    ),
                    BlockKey::DateOfBirth => asked.born.2 != 0 && asked.born == person.born,
                    BlockKey::BirthYear => asked.born.0 != 0 && asked.born.0 == person.born.0,
                    BlockKey::Postcode => equal(held_place.as_ref(), asked.postcode.as_ref()),
                    BlockKey::Outward => {
                        let part = |p: &Option<String>| p.as_deref().map(|p| outward(p).to_owned());
                        equal(part(&held_place).as_ref(), part(&asked.postcode).as_ref())
                    }
                    BlockKey::Sex => asked.sex.is_some() && asked.sex == person.sex,
                };
                if keys.iter().all(shares) {
                    return true;
                }
            }
        }
    }
    false
}

fn exactly(person: &Known, asked: &Asked, settings: &Settings) -> bool {
    let alphanumeric = &settings.alphanumeric;
    let history = alphanumeric.history;
    let among = |values: &[String], asked: &Option<String>| {
        asked.is_none()
            || counting(values, history)
                .iter()
                .any(|v| name(v, settings) == *asked)
    };
    person.sex == asked.sex
        && asked.born.0 == person.born.0
        && (asked.born.1 == 0 || asked.born.1 == person.born.1)
        && (asked.born.2 == 0 || asked.born.2 == person.born.2)
        && among(&person.families, &asked.family)
        && alphanumeric.also.iter().all(|detail| match detail {
            OtherDetail::GivenName => among(&person.givens, &asked.given),
            OtherDetail::OtherGivenName => among(&person.others, &asked.other),
            OtherDetail::Postcode => {
                asked.postcode.is_none()
                    || counting(&person.postcodes, history)
                        .iter()
                        .any(|p| place(p) == asked.postcode)
            }
            OtherDetail::GpPractice => {
                asked.practice.is_none()
                    || counting(&person.practices, history)
                        .iter()
                        .any(|p| Some(p.to_uppercase()) == asked.practice)
            }
            OtherDetail::DateOfDeath => asked.died.0 == 0 || asked.died == person.died,
        })
}

/// People of the unmatched, in the order in which they came.
type PlainBucket = Vec<[Option<String>; 6]>;

/// All that a decision needs beside the row.
struct Told<'a> {
    people: &'a [Known],
    superseded: &'a [SupersededRow],
    settings: &'a Settings,
}

#[expect(clippy::too_many_lines, reason = "it reads as the table of steps does")]
fn decide(row: &Row, world: &Told<'_>, bucket: &mut PlainBucket) -> Decided {
    let settings = world.settings;
    let blank = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let born = Day::parse_compact(row.get(Column::DateOfBirth)).map_or((0, 0, 0), parts);
    let number = nhs_number_key(row.get(Column::NhsNumber)).map(|n| n.parse().unwrap());
    let asked_given = row.get(Column::GivenName);
    let asked = Asked {
        number,
        number_is_none: number.is_none() && !row.get(Column::NhsNumber).is_empty(),
        born,
        died: Day::parse_compact(row.get(Column::DateOfDeath)).map_or((0, 0, 0), parts),
        sex: blank(row.get(Column::Gender)).filter(|s| s == "1" || s == "2"),
        family: name(row.get(Column::FamilyName), settings),
        given: name(asked_given, settings),
        other: name(row.get(Column::OtherGivenName), settings),
        postcode: place(row.get(Column::Postcode)),
        practice: blank(&row.get(Column::GpPractice).to_uppercase()),
    };
    let nobody = |code, indicator, last, id_by: &'static str| Decided {
        code,
        indicator,
        confidence: 0,
        scores: (last != "0").then_some([0; 5]),
        number: None,
        last,
        id_by,
        id: String::new(),
        several_in_bucket: false,
    };
    // Step 0. Every day of the generated worlds is between 1895 and now but the placeholder.
    if born == (1900, 1, 1) {
        return nobody(96, 0, "0", "6");
    }
    let found = |person: &Known, indicator, confidence, scores, last| {
        let by_chain = asked.number.is_some_and(|sent| {
            sent != person.number && matches!(leads(sent, world.people, world.superseded), Leads::To(to) if to == person.number)
        });
        Decided {
            code: if person.sensitive {
                92
            } else if by_chain {
                90
            } else {
                0
            },
            indicator,
            confidence,
            scores,
            number: Some(person.number),
            last,
            id_by: last,
            id: format!("{:010}", person.number),
            several_in_bucket: false,
        }
    };
    let mut last = "0";
    let mut indicator = 0;
    // Step 1.
    if let Some(number) = asked.number {
        let to = match leads(number, world.people, world.superseded) {
            Leads::Cancelled => return nobody(91, 1, "1b", "6"),
            Leads::Nowhere => None,
            Leads::To(to) => world.people.iter().find(|p| p.number == to),
        };
        if asked.born.0 != 0 {
            (last, indicator) = ("1b", 1);
            if let Some(person) = to {
                let check = &settings.cross_check;
                let partly = asked.born == person.born
                    || same_parts(asked.born, person.born) >= u32::from(check.partial_date_parts)
                    || (check.day_and_month_exchanged && exchanged(asked.born, person.born));
                if person.number != number {
                    if partly {
                        return found(person, 1, 10_000, Some([0; 5]), "1b");
                    }
                } else if asked.born.2 != 0 && asked.born == person.born {
                    return found(person, 1, 10_000, None, "1a");
                } else if partly {
                    let begins = |a: &Option<String>, values: &[String], letters: usize| {
                        let start = |t: &str| t.chars().take(letters).collect::<String>();
                        a.as_ref().is_some_and(|a| {
                            let held = counting(values, check.history).iter();
                            held.filter_map(|v| name(v, settings))
                                .any(|v| start(&v) == start(a))
                        })
                    };
                    let names = begins(&asked.family, &person.families, check.family_name_letters)
                        && begins(&asked.given, &person.givens, check.given_name_letters);
                    let near = check.outward_postcode
                        && asked.postcode.as_ref().is_some_and(|a| {
                            let held = counting(&person.postcodes, check.history).iter();
                            held.filter_map(|p| place(p))
                                .any(|p| outward(&p) == outward(a))
                        });
                    if names || near {
                        return found(person, 1, 10_000, Some([0; 5]), "1b");
                    }
                }
            }
        }
    }
    let findable: Vec<&Known> = world
        .people
        .iter()
        .filter(|p| !p.cancelled)
        .filter(|p| {
            !world
                .superseded
                .iter()
                .any(|s| s.nhs_number == p.number && s.replaced_by != p.number)
        })
        .collect();
    // Step 3.
    if asked.family.is_some() && asked.sex.is_some() && asked.born.0 != 0 {
        (last, indicator) = ("3", 3);
        let named: Vec<&&Known> = findable
            .iter()
            .filter(|p| p.families.iter().any(|f| name(f, settings) == asked.family))
            .filter(|p| p.born.0 == asked.born.0)
            .filter(|p| asked.born.1 == 0 || p.born.1 == asked.born.1)
            .filter(|p| asked.born.2 == 0 || p.born.2 == asked.born.2)
            .collect();
        if named.len() <= settings.alphanumeric.maximum_candidates {
            let fitting: Vec<_> = named
                .into_iter()
                .filter(|p| exactly(p, &asked, settings))
                .collect();
            if let [one] = fitting.as_slice() {
                return found(one, 3, 10_000, Some([0; 5]), "3");
            }
        }
    }
    // Step 4.
    let fields = [
        asked.family.is_some(),
        asked.given.is_some(),
        asked.sex.is_some(),
        asked.born.0 != 0,
        asked.postcode.is_some(),
    ];
    if fields.into_iter().filter(|f| *f).count() >= settings.algorithmic.minimum_fields {
        (last, indicator) = ("4", 4);
        let algorithmic = &settings.algorithmic;
        let mut candidates: BTreeMap<u64, &Known> = BTreeMap::new();
        for keys in &algorithmic.blocks {
            let block: Vec<&&Known> = findable
                .iter()
                .filter(|p| in_block(keys, p, &asked, asked_given, settings))
                .collect();
            if block.len() <= algorithmic.maximum_candidates {
                candidates.extend(block.into_iter().map(|p| (p.number, *p)));
            }
        }
        let weights = &algorithmic.weights;
        let weights = [
            weights.family_name,
            weights.given_name,
            weights.date_of_birth,
            weights.sex,
            weights.postcode,
        ];
        let mut totals: Vec<(u32, &Known, [u32; 5])> = candidates
            .values()
            .map(|person| {
                let scores = scored(person, &asked, asked_given, settings);
                let sum: u32 = scores.iter().zip(weights).map(|(s, w)| s * w).sum();
                ((sum + 50) / 100, *person, scores)
            })
            .collect();
        totals.sort_by_key(|(total, person, _)| (10_000 - total, person.number));
        if let Some((best, person, scores)) = totals
            .first()
            .filter(|t| t.0 >= algorithmic.minimum_total * 100)
        {
            let close = totals
                .iter()
                .skip(1)
                .any(|(other, ..)| best - other <= algorithmic.close_gap * 100);
            if close {
                return nobody(97, 4, "4", "6");
            }
            return found(person, 4, *best, Some(*scores), "4");
        }
    }
    let code = match last {
        "0" if asked.number_is_none => 91,
        "0" => 96,
        _ => 98,
    };
    // Step 5.
    if asked.born.2 != 0 && asked.postcode.is_some() {
        let mine = [
            Some(format!("{:?}", asked.born)),
            asked.postcode.clone(),
            asked.number.map(|n| n.to_string()),
            asked.family.clone(),
            asked.given.clone(),
            asked.sex.clone(),
        ];
        let fits = |other: &[Option<String>; 6]| {
            mine[..2] == other[..2]
                && mine
                    .iter()
                    .zip(other)
                    .all(|(a, b)| a.is_none() || b.is_none() || a == b)
        };
        let mut fitting: Vec<usize> = (0..bucket.len()).filter(|at| fits(&bucket[*at])).collect();
        if fitting.is_empty() {
            fitting.push(bucket.len());
            bucket.push(mine);
        }
        return Decided {
            id: format!("A{:09}", fitting[0] + 1),
            several_in_bucket: fitting.len() > 1,
            ..nobody(code, indicator, last, "5")
        };
    }
    nobody(code, indicator, last, "6")
}

fn as_decided(answer: &Answer) -> Decided {
    Decided {
        code: answer.code.number(),
        indicator: answer.indicator,
        confidence: answer.confidence.hundredths(),
        scores: answer.scores.map(|s| s.in_order().map(Score::hundredths)),
        number: answer.matched_number,
        last: answer.last_tried.unwrap().name(),
        id_by: answer.successful.unwrap().name(),
        id: match answer.person_id_kind {
            PersonIdKind::OneTimeId => String::new(),
            _ => answer.person_id.clone(),
        },
        several_in_bucket: answer.several_bucket_matches,
    }
}

/// Settings that are looser or stricter than those shipped.
fn varied(variant: u64) -> Settings {
    let mut settings = settings();
    match variant % 6 {
        1 => {
            settings.algorithmic.maximum_candidates = 4;
            settings.alphanumeric.maximum_candidates = 2;
            settings.algorithmic.close_gap = 0;
        }
        2 => {
            settings.cross_check.history = false;
            settings.alphanumeric.history = false;
            settings.algorithmic.history = false;
            settings.cross_check.partial_date_parts = 1;
        }
        3 => {
            settings.algorithmic.blocks = vec![
                vec![BlockKey::FamilyName, BlockKey::Outward, BlockKey::Sex],
                vec![BlockKey::GivenName, BlockKey::BirthYear],
            ];
            settings.algorithmic.minimum_fields = 2;
            settings.algorithmic.minimum_total = 30;
            settings.cross_check.day_and_month_exchanged = false;
        }
        4 => {
            settings.alphanumeric.also = vec![OtherDetail::Postcode];
            settings.algorithmic.near.two_date_parts = 10;
            settings.algorithmic.near.name_similarity = 0.7;
            settings.algorithmic.weights.family_name = 40;
            settings.algorithmic.weights.sex = 0;
            settings.cross_check.outward_postcode = false;
        }
        _ => {}
    }
    settings
}

#[test]
fn the_slow_second_implementation_decides_the_same_on_thousands_of_rows() {
    let mut seen: BTreeMap<(u8, &str, &str), usize> = BTreeMap::new();
    let mut several_in_bucket = 0;
    for variant in 0..18 {
        let settings = varied(variant);
        let world = world(variant, 30 + usize::try_from(variant).unwrap() * 5);
        let index = built(&world, &settings);
        let people = known(&world);
        let plain = Told {
            people: &people,
            superseded: &world.superseded,
            settings: &settings,
        };
        let mut chance = Chance(1_000 + variant);
        let rows: Vec<Row> = (2..502)
            .map(|place| a_row(&mut chance, place, &world))
            .collect();
        let threads = NonZero::new(1 + usize::try_from(variant % 3).unwrap()).unwrap();
        let answers = Tracing::new(&index, &settings, today(), 1).trace(
            &rows,
            &mut Bucket::default(),
            threads,
        );
        let mut bucket = PlainBucket::new();
        for (row, answer) in rows.iter().zip(&answers) {
            let expected = decide(row, &plain, &mut bucket);
            let found = as_decided(answer);
            assert_eq!(
                found,
                expected,
                "variant {variant}, {:?}",
                Column::ALL.map(|c| row.get(c))
            );
            *seen
                .entry((found.code, found.last, found.id_by))
                .or_default() += 1;
            several_in_bucket += usize::from(found.several_in_bucket);
        }
    }
    // Every way in which a row can be answered was met, and more than once.
    for way in [
        (0, "1a", "1a"),
        (0, "1b", "1b"),
        (0, "3", "3"),
        (0, "4", "4"),
        (90, "1b", "1b"),
        (91, "1b", "6"),
        (91, "0", "6"),
        (92, "1a", "1a"),
        (92, "1b", "1b"),
        (92, "3", "3"),
        (92, "4", "4"),
        (96, "0", "5"),
        (96, "0", "6"),
        (97, "4", "6"),
        (98, "1b", "5"),
        (98, "1b", "6"),
        (98, "4", "5"),
        (98, "4", "6"),
    ] {
        assert!(
            seen.get(&way).is_some_and(|n| *n > 1),
            "{way:?} of {seen:?}"
        );
    }
    assert!(several_in_bucket > 1);
}
