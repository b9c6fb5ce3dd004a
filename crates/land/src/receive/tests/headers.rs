//! Names of a header against the fields of a dataset.

use super::{dataset, refusal};
use crate::receive::{HeaderMatch, MissingColumn, ReceiveSettings, open_seekable};
use std::io::Cursor;

fn header(line: &str) -> HeaderMatch {
    let bytes = Box::new(Cursor::new(line.to_owned().into_bytes()));
    let receiver = open_seekable(bytes, &dataset(), &ReceiveSettings::default()).unwrap();
    receiver.header().clone()
}

#[test]
fn an_exact_header_has_nothing_to_report() {
    assert_eq!(
        header("LA Code,Last Name,Visit Date\n"),
        HeaderMatch {
            columns: vec![Some(0), Some(1), Some(2)],
            names: ["LA Code", "Last Name", "Visit Date"]
                .map(str::to_owned)
                .to_vec(),
            in_order: true,
            width: 3,
            row: 1,
            ..HeaderMatch::default()
        }
    );
}

#[test]
fn case_spaces_underscores_and_hyphens_do_not_matter() {
    let found = header("visit-date, LA_CODE ,lastname\n");
    assert_eq!(found.columns, [Some(1), Some(2), Some(0)]);
    assert_eq!(
        found.inexact,
        [
            (2, "visit-date".to_owned()),
            (0, " LA_CODE ".to_owned()),
            (1, "lastname".to_owned())
        ]
    );
    assert!(!found.in_order);
    assert_eq!((found.missing, found.extra), (vec![], vec![]));
}

#[test]
fn missing_extra_and_repeated_columns_are_told() {
    let found = header("Last Names,LA Code,Notes,la code,Notes,,\n");
    assert_eq!(found.columns, [Some(1), None, None]);
    assert_eq!(
        found.missing,
        [
            MissingColumn {
                field: 1,
                nearest: Some(("Last Names".to_owned(), 0))
            },
            MissingColumn {
                field: 2,
                nearest: None
            }
        ]
    );
    assert_eq!(found.extra, ["Last Names", "Notes"]);
    assert_eq!(found.duplicated, ["la code", "Notes"]);
    assert_eq!((found.unnamed, found.width), (2, 7));
    assert!(found.in_order);
}

#[test]
fn the_header_is_the_first_row_in_which_something_stands() {
    assert_eq!(header("\n,,\n  ,\nLA Code,Last Name\n").row, 4);
}

#[test]
fn a_delimiter_within_names_does_not_mislead() {
    let found = header("LA Code|a,b,c,d,e,f|Last Name\n");
    assert_eq!(found.columns, [Some(0), Some(2), None]);
    assert_eq!(found.extra, ["a,b,c,d,e,f"]);
}

#[test]
fn a_first_row_without_a_known_name_is_counted_and_not_quoted() {
    assert_eq!(
        refusal(b"9995260182,Thornby,1941-03-14,x\n"),
        "no column of Invented visits is named in the first row, which has 4 cells: \
         put the names of the columns there, beginning `LA Code`, `Last Name`, `Visit Date`"
    );
}
