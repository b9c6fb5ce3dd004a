//! Files that were cut, damaged or half written: told with line and column, and the next run is clean.

use super::{
    Desk,
    bad_input::how,
    content,
    invented::{self, World},
    quick, shipped, untrained,
};
use crate::{
    block::{Keys, OwnBlocks},
    files::{FileError, Inputs, dictionary, run, writable},
    people::{Ids, People, Split},
};
use model::WholeFile;
use std::{fs, io::Write as _};

fn world() -> (String, String) {
    let world = World::new(41, 60, 10);
    (invented::csv(&world.clients), invented::csv(&world.index))
}

fn linked(
    left: &str,
    right: &str,
    superseded: Option<&str>,
) -> Result<(Vec<String>, String), FileError> {
    let model = quick(&shipped("nhs-trace"));
    let desk = Desk::new(left, Some(right), None, superseded);
    let (run, rows) = desk.link(&model, &untrained(&model), 2)?;
    Ok((run.notes, format!("{rows:?}")))
}

#[test]
fn a_quote_that_is_never_closed_stops_the_run_with_its_line_and_column() {
    let (left, right) = world();
    // Without quotes of their own the other cells close nothing.
    let left = left.replace('"', "");
    let mut lines: Vec<String> = left.lines().map(str::to_owned).collect();
    let cells: Vec<&str> = lines[3].split(',').collect();
    let broken: Vec<String> = cells
        .iter()
        .enumerate()
        .map(|(at, cell)| {
            if at == 4 {
                format!("\"{cell}")
            } else {
                (*cell).to_owned()
            }
        })
        .collect();
    let column = lines[0]
        .split(',')
        .nth(4)
        .unwrap()
        .trim_matches('"')
        .to_owned();
    lines[3] = broken.join(",");
    let error = linked(&lines.join("\n"), &right, None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&format!("line 4, column `{column}`")),
        "{error}"
    );
}

#[test]
fn rows_that_are_shorter_or_longer_than_the_header_are_noted() {
    let (left, right) = world();
    let (notes, _) = linked(
        &format!("{left}x,,Zoe\ny,,Zoe,,Whitfield,2,,,,,,\n"),
        &right,
        None,
    )
    .unwrap();
    for wanted in [
        "rows with fewer cells than the header",
        "rows with more cells than the header",
    ] {
        let note = notes.iter().find(|note| note.contains(wanted));
        assert!(
            note.is_some_and(|note| note.contains("(1, the first on line ")),
            "{notes:?}"
        );
    }
}

#[test]
fn of_two_replacements_of_one_number_the_least_counts_whichever_comes_first() {
    let (left, right) = world();
    let header = right.lines().next().unwrap();
    let at = header
        .split(',')
        .position(|name| name.contains("nhs_number"))
        .unwrap();
    let cells = right
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(at));
    let numbers: Vec<&str> = cells.map(|cell| cell.trim_matches('"')).collect();
    let old = invented::number(9_000);
    let (a, b) = (numbers[0].min(numbers[1]), numbers[0].max(numbers[1]));
    let file = |first: &str, second: &str| {
        format!("nhs_number,replaced_by\n{old},{first}\n{old},{second}\n")
    };
    let (notes, one) = linked(&left, &right, Some(&file(a, b))).unwrap();
    let (other_notes, other) = linked(&left, &right, Some(&file(b, a))).unwrap();
    assert_eq!(one, other);
    for notes in [notes, other_notes] {
        assert!(
            notes
                .iter()
                .any(|note| note.contains("1 numbers give way to several others; the least")),
            "{notes:?}"
        );
    }
}

#[test]
fn a_place_where_nothing_can_be_written_is_told_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let error = writable(&folder.path().join("no/out.csv"))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot write ") && error.ends_with("out.csv"),
        "{error}"
    );
    assert!(writable(folder.path()).is_err());
    let there = folder.path().join("out.csv");
    fs::write(&there, "before").unwrap();
    writable(&there).unwrap();
    assert_eq!(fs::read_to_string(&there).unwrap(), "before");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// What a run that is killed leaves has a name of its own; the next run neither reads it nor stumbles over it.
#[test]
fn after_a_run_that_was_killed_the_next_one_is_clean() {
    let model = quick(&shipped("nhs-trace"));
    let (left, right) = world();
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let inputs = Inputs {
        left: put("l.csv", &left),
        right: Some(put("r.csv", &right)),
        ..Inputs::default()
    };
    let out = folder.path().join("out.csv");
    let mut killed = WholeFile::new(&out).unwrap();
    killed.write_all(b"half a row,").unwrap();
    killed.flush().unwrap();
    // A kill gives nobody the time to tidy up.
    std::mem::forget(killed);
    let stray = || {
        let entries = fs::read_dir(folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names
            .filter(|name| name.starts_with(".out.csv.") && name.ends_with("-part"))
            .collect();
        names.sort();
        names
    };
    assert_eq!((stray().len(), out.exists()), (1, false));
    let before = stray();
    run(content(), &model, &inputs, &out, &how(&model), &mut |_| {}).unwrap();
    let text = fs::read_to_string(&out).unwrap();
    assert!(text.starts_with("left_id,") && text.ends_with('\n') && !text.contains("half a row"));
    assert_eq!(stray(), before);
}

/// 499,999,500,000 pairs by every rule, of which none may be compared.
#[test]
fn one_block_of_a_million_is_left_out_and_counted_and_the_others_stay() {
    let model = quick(&shipped("person-dedupe"));
    let mut dictionary = dictionary(content(), &model).unwrap();
    let values = [
        "",
        "Ada",
        "Mary",
        "Thornby",
        "2",
        "1980-01-01",
        "ZA1 1AA",
        "Z81009",
    ];
    let other = [
        "",
        "Grace",
        "",
        "Whitfield",
        "2",
        "1951-07-30",
        "ZA4 4QT",
        "Z81011",
    ];
    let mut row = |values: [&str; 8]| -> Vec<u32> {
        let columns = model.columns.iter().zip(values);
        columns
            .map(|(column, text)| dictionary.clean(column.clean, text, Split::Whole).code)
            .collect()
    };
    let (one, two) = (row(values), row(other));
    let million = 1_000_000_u32;
    let mut codes = one.repeat(million as usize);
    codes.extend(two.repeat(2));
    dictionary.describe();
    let people = People::new(
        model.columns.len(),
        codes,
        Ids::Numbers((1..=million + 2).collect()),
    );
    let keys = Keys::new(&model, &dictionary);
    let mut blocks = OwnBlocks::new(&keys, &dictionary, &people, model.decision.largest_block, 2);
    let found = blocks.pairs(2, Vec::new, |all: &mut Vec<(u32, u32)>, pairs| {
        all.extend(pairs);
    });
    assert_eq!(found.concat(), [(million, million + 1)]);
    let told: Vec<u64> = blocks
        .counts()
        .iter()
        .map(|count| count.pairs_left_out)
        .collect();
    assert!(told.contains(&499_999_500_000), "{told:?}");
    assert!(
        told.iter()
            .all(|pairs| [0, 499_999_500_000].contains(pairs)),
        "{told:?}"
    );
}
