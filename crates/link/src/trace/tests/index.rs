//! The index in increments, its chains, and its size.

use super::{generate::*, *};
use crate::trace::index::Followed;
use proptest::prelude::*;

enum Event {
    Person(Box<PersonRow>),
    Past(HistoryRow),
    Superseded(SupersededRow),
}

/// Rows in the order in which a service would send them: people, changes, history and mergers, all mixed.
fn events(seed: u64) -> Vec<Event> {
    let mut chance = Chance(seed);
    let world = world(seed, 25);
    let mut events = Vec::new();
    for person in &world.people {
        events.push(Event::Person(Box::new(person.clone())));
    }
    events.extend(world.history.into_iter().map(Event::Past));
    events.extend(world.superseded.into_iter().map(Event::Superseded));
    for _ in 0..40 {
        let person = &world.people[chance.below(world.people.len())];
        events.push(Event::Person(Box::new(a_change(&mut chance, person))));
        // History may come before the person it is about.
        events.push(Event::Past(a_past(&mut chance, person.nhs_number)));
    }
    for at in (1..events.len()).rev() {
        events.swap(at, chance.below(at + 1));
    }
    events
}

fn take(builder: &mut IndexBuilder, events: &[Event]) {
    for event in events {
        match event {
            Event::Person(row) => builder.person(row),
            Event::Past(row) => builder.history(row),
            Event::Superseded(row) => builder.superseded(*row),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn increments_give_the_same_index_as_building_at_once(seed in 0u64..10_000, cuts in prop::collection::vec(0usize..120, 0..5)) {
        let settings = settings();
        let events = events(seed);
        let mut whole = IndexBuilder::new(&settings);
        take(&mut whole, &events);
        let whole = whole.finish(NonZero::new(3).unwrap());
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(events.len())).collect();
        cuts.extend([0, events.len()]);
        cuts.sort_unstable();
        let mut index = Index::default();
        for pair in cuts.windows(2) {
            let mut builder = index.update(&settings);
            take(&mut builder, &events[pair[0]..pair[1]]);
            index = builder.finish(NonZero::<usize>::MIN);
        }
        prop_assert!(index == whole);
        prop_assert_eq!(index.size().people, whole.size().people);
    }

    #[test]
    fn any_bytes_as_files_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), header in 0usize..4) {
        let settings = settings();
        let headers: [&[u8]; 4] = [
            b"nhs_number,given_name,sex,dob,status,valid_from\n",
            b"nhs_number,field,value,from,to\n",
            b"nhs_number,replaced_by\n",
            b"",
        ];
        let file = [headers[header], &bytes].concat();
        let mut builder = IndexBuilder::new(&settings);
        let _ = read_people(file.as_slice(), &mut builder);
        let _ = read_history(file.as_slice(), &mut builder);
        let _ = read_superseded(file.as_slice(), &mut builder);
        builder.finish(NonZero::<usize>::MIN);
    }
}

#[test]
fn a_change_makes_history_of_what_it_replaces() {
    let settings = settings();
    let columns = "nhs_number,given_name,family_name,dob,postcode,valid_from\n";
    let mut index = Index::default();
    for row in [
        "#0,ADA,THORNBY,1950-03-12,SS0 0AA,1950-03-12",
        "#0,ADA,OAKLEY,1950-03-12,SS0 0AA,1975-06-01",
        "#0,ADA,OAKLEY,1950-03-12,SS1 1AA,1990-01-01",
        // Nobody knows since when.
        "#0,ADA,QUILL,1950-03-12,SS1 1AA,",
    ] {
        let mut builder = index.update(&settings);
        read_people(
            numbered(&format!("{columns}{row}\n")).as_bytes(),
            &mut builder,
        )
        .unwrap();
        index = builder.finish(NonZero::<usize>::MIN);
    }
    let at = index.find(n(0).parse().unwrap()).unwrap();
    let families: Vec<&str> = index.families(at, true).collect();
    assert_eq!(families, ["QUILL", "THORNBY", "OAKLEY"]);
    for (day, family, postcode) in [
        ("1960-01-01", "THORNBY", "SS0 0AA"),
        ("1975-05-31", "THORNBY", "SS0 0AA"),
        ("1975-06-01", "OAKLEY", "SS0 0AA"),
        ("1990-01-01", "OAKLEY", "SS1 1AA"),
    ] {
        let shown = index.shown(at, Day::parse(day).unwrap()).unwrap();
        assert_eq!((shown.family, shown.postcode), (family, postcode), "{day}");
    }
    assert_eq!(index.shown(at, Day::NONE).unwrap().family, "QUILL");
}

#[test]
fn a_row_that_ends_what_was_open_takes_its_place() {
    let settings = settings();
    let people = "#0,ADA,,THORNBY,2,1950-03-12,SS0 0AA,,,,\n";
    let open = "#0,postcode,LN1 1AA,1990-01-01,\n";
    let ended = "#0,postcode,LN1 1AA,1990-01-01,2000-06-01\n";
    for history in [
        format!("{open}{ended}"),
        format!("{open}{open}{ended}{ended}"),
        format!("{ended}{open}"),
        ended.to_owned(),
    ] {
        let index = index_of(&settings, people, &history, "");
        assert_eq!(index.size().former_details, 1);
        let on = |day: &str| index.shown(0, Day::parse(day).unwrap()).unwrap().postcode;
        assert_eq!(on("1995-01-01"), "LN1 1AA");
        assert_eq!(on("2010-01-01"), "SS0 0AA");
    }
}

#[test]
fn chains_circles_and_cancelled_numbers_are_told() {
    let settings = settings();
    let superseded =
        "#1,#2\n#2,#3\n#4,#3\n#5,#6\n#6,#7\n#7,#5\n#8,#5\n#9,#9\n#10,#11\n#12,#10\n#13,#1\n";
    let people = "#3,ADA,,THORNBY,2,1950-03-12,,,,,\n#10,EVE,,OAKLEY,2,1950-03-12,,,,,cancelled\n";
    let index = index_of(&settings, people, "", superseded);
    let number = |place: usize| n(place).parse::<u64>().unwrap();
    for (from, expected) in [
        (1, Followed::By(number(3))),
        (2, Followed::By(number(3))),
        (13, Followed::By(number(3))),
        (3, Followed::Itself),
        (5, Followed::Loop),
        (6, Followed::Loop),
        (8, Followed::Loop),
        (9, Followed::Itself),
        (10, Followed::Cancelled),
        (12, Followed::Cancelled),
        (11, Followed::Itself),
        (20, Followed::Itself),
    ] {
        assert_eq!(index.follow(number(from)), expected, "{from}");
    }
    let mut earlier = vec![number(1), number(2), number(4), number(13)];
    earlier.sort_unstable();
    assert_eq!(index.earlier_numbers(number(3)), earlier);
    // Nothing leads from or past a cancelled number.
    assert_eq!(index.earlier_numbers(number(11)), Vec::<u64>::new());
    let size = index.size();
    assert_eq!(
        (
            size.people,
            size.cancelled,
            size.superseded,
            size.superseded_in_a_circle
        ),
        (2, 1, 10, 4)
    );
}

#[test]
fn rows_that_cannot_be_used_are_counted_by_reason() {
    let settings = settings();
    let mut builder = IndexBuilder::new(&settings);
    let file = numbered(
        "dob,nhs_number,status\n1950-03-12,#0,\n1950-13-12,#1,\n,12,\n,#2,gone\n,#3\n,#4,\n,34,\n",
    );
    let report = read_people(file.as_bytes(), &mut builder).unwrap();
    assert_eq!(report.rows, 2);
    let expected = [
        ("dob is no date", (1, 3)),
        ("nhs_number is no NHS number", (2, 4)),
        ("status is neither `cancelled` nor `active`", (1, 5)),
        ("the row has not as many fields as the header", (1, 6)),
    ];
    assert_eq!(report.left_out, BTreeMap::from(expected));
    for (file, says) in [
        (
            "given_name\n",
            "the file of people has no column `nhs_number`",
        ),
        (
            "nhs_number,nhs_number\n",
            "the file of people has a column `nhs_number` that is unknown or stands twice, nearest is `nhs_number`",
        ),
        (
            "nhs_number,familiy_name\n",
            "the file of people has a column `familiy_name` that is unknown or stands twice, nearest is `family_name`",
        ),
    ] {
        let fault = read_people(file.as_bytes(), &mut builder).unwrap_err();
        assert_eq!(fault.to_string(), says);
    }
}

#[test]
fn the_bulk_cross_check_agrees_with_step_1a_on_every_row() {
    let settings = settings();
    let world = world(5, 120);
    let index = built(&world, &settings);
    let (numbers, births, superseded) = index.cross_check_columns();
    let two = NonZero::new(2).unwrap();
    let divided = CrossCheckIndex::build(&numbers, &births, &superseded, two);
    let mut chance = Chance(9);
    let rows: Vec<Row> = (2..2_000)
        .map(|place| a_row(&mut chance, place, &world))
        .collect();
    let answers =
        Tracing::new(&index, &settings, today(), 1).trace(&rows, &mut Bucket::default(), two);
    let asked: Vec<u64> = rows
        .iter()
        .map(|r| r.get(Column::NhsNumber).parse().unwrap_or_default())
        .collect();
    let days: Vec<i32> = rows
        .iter()
        .map(|row| {
            let born = Day::parse_compact(row.get(Column::DateOfBirth)).and_then(Day::date);
            let placeholder = Date::from_ymd_opt(1900, 1, 1);
            let born = born.filter(|born| Some(*born) != placeholder);
            born.map_or(NO_DATE, |born| {
                born.signed_duration_since(Date::from_ymd_opt(1970, 1, 1).unwrap())
                    .num_days()
                    .try_into()
                    .unwrap()
            })
        })
        .collect();
    let mut found = 0;
    for (told, answer) in divided.check(&asked, &days, two).into_iter().zip(&answers) {
        let by_1a = answer.successful == Some(Step::CachedCrossCheck);
        assert_eq!(told == CrossCheck::Equal, by_1a);
        found += usize::from(by_1a);
    }
    assert!(found > 100, "{found}");
}
