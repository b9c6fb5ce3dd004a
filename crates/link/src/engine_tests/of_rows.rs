//! Linkage of rows that are no files: the same as of files, and pairs that people set apart never compete.

use super::{
    Cells, Desk, content,
    invented::{World, csv},
    quick, shipped, untrained,
};
use crate::{
    files::{Batches, How, link_batches},
    match_model::MatchModel,
};
use arrow_array::{Array as _, ArrayRef, RecordBatch, StringArray, cast::AsArray as _};
use std::sync::Arc;

/// The text of a file as rows, seven to a batch.
fn batches(text: &str) -> Batches {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let named = columns.clone();
    let rows = records.chunks(7).map(|rows| {
        let column = |at: usize| -> ArrayRef {
            let cells = rows
                .iter()
                .map(|row| row.get(at).filter(|cell| !cell.is_empty()));
            Arc::new(cells.collect::<StringArray>())
        };
        let columns = named
            .iter()
            .enumerate()
            .map(|(at, name)| (name, column(at)));
        Ok(RecordBatch::try_from_iter(columns).unwrap())
    });
    let rows: Vec<_> = rows.collect();
    Batches {
        name: "a table".to_owned(),
        columns,
        rows: Box::new(rows.into_iter()),
    }
}

fn weighed(model: &MatchModel, world: &World, apart: Vec<(String, String)>) -> Vec<Cells> {
    let how = How {
        learn: untrained(model),
        threads: 2,
        pictures: false,
        today: None,
        apart,
    };
    let (left, right) = (batches(&csv(&world.clients)), batches(&csv(&world.index)));
    let (_, weighed) = link_batches(content(), model, left, right, &how, &mut |_| {}).unwrap();
    let mut rows = Vec::new();
    for batch in weighed.into_batches().unwrap() {
        for row in 0..batch.num_rows() {
            let cells = batch.schema();
            let cells = cells
                .fields()
                .iter()
                .zip(batch.columns())
                .map(|(field, column)| {
                    let cell = column.as_string_opt::<i32>().map_or_else(
                        || {
                            let numbers = column.as_primitive::<arrow_array::types::Float64Type>();
                            numbers.value(row).to_string()
                        },
                        |texts| {
                            assert!(texts.is_valid(row));
                            texts.value(row).to_owned()
                        },
                    );
                    (field.name().clone(), cell)
                });
            rows.push(cells.collect());
        }
    }
    rows
}

#[test]
fn rows_of_tables_are_linked_as_rows_of_files_are() {
    let model = quick(&shipped("nhs-trace"));
    let world = World::new(5, 300, 120);
    let desk = Desk::new(&csv(&world.clients), Some(&csv(&world.index)), None, None);
    let (_, of_files) = desk.link(&model, &untrained(&model), 2).unwrap();
    let of_rows = weighed(&model, &world, Vec::new());
    assert!(of_files.len() > 60);
    assert_eq!(of_rows.len(), of_files.len());
    for (row, line) in of_rows.iter().zip(&of_files) {
        assert_eq!(row["subject"], line["left_id"]);
        assert_eq!(row["person_number"], line["right_id"]);
        assert_eq!(row["outcome"], line["decision"]);
        for same in [
            "match_weight",
            "probability",
            "margin",
            "dob_level",
            "given_name_level",
        ] {
            assert_eq!(row[same], line[same], "{same}");
        }
    }
}

#[test]
fn a_pair_that_was_set_apart_is_never_found_again() {
    let model = quick(&shipped("nhs-trace"));
    let world = World::new(6, 300, 120);
    let before = weighed(&model, &world, Vec::new());
    let linked: Vec<&Cells> = before
        .iter()
        .filter(|row| row["outcome"] == "link")
        .collect();
    assert!(linked.len() > 60);
    let pair = |row: &Cells| (row["subject"].clone(), row["person_number"].clone());
    let apart: Vec<_> = linked.iter().step_by(2).map(|row| pair(row)).collect();
    let after = weighed(&model, &world, apart.clone());
    for (subject, person) in &apart {
        assert!(
            !after
                .iter()
                .any(|row| pair(row) == (subject.clone(), person.clone()))
        );
    }
    // Nothing changes for anybody else.
    let others = |rows: &[Cells]| -> Vec<Cells> {
        let set_apart = |row: &&Cells| !apart.iter().any(|(subject, _)| *subject == row["subject"]);
        rows.iter().filter(set_apart).cloned().collect()
    };
    assert_eq!(others(&before), others(&after));
}

#[test]
fn a_table_that_cannot_be_read_to_its_end_is_an_error() {
    let model = quick(&shipped("nhs-trace"));
    let world = World::new(7, 40, 10);
    let mut left = batches(&csv(&world.clients));
    left.rows = Box::new(
        left.rows
            .take(1)
            .chain([Err("the disk is gone".to_owned())]),
    );
    let how = How {
        learn: untrained(&model),
        threads: 1,
        pictures: false,
        today: None,
        apart: Vec::new(),
    };
    let right = batches(&csv(&world.index));
    let fault = link_batches(content(), &model, left, right, &how, &mut |_| {}).unwrap_err();
    assert!(fault.to_string().contains("the disk is gone"), "{fault}");
}
