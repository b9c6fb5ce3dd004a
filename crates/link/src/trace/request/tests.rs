//! Requests as strangers send them: every form, every fault, and any bytes at all.

use super::*;
use crate::trace::settings::tests::settings;
use proptest::prelude::*;

fn request_settings() -> RequestSettings {
    settings().request
}

/// What comes of a file: its rows, each with its code, or the code of the file.
fn read(file: &[u8], name: Option<&str>) -> Result<Vec<(String, Option<ResultCode>)>, ResultCode> {
    read_with(file, name, &request_settings())
}

fn read_with(
    file: &[u8],
    name: Option<&str>,
    settings: &RequestSettings,
) -> Result<Vec<(String, Option<ResultCode>)>, ResultCode> {
    let code = |fault| match fault {
        RequestError::Fault(fault) => fault.code,
        RequestError::Read(cause) => panic!("{cause}"),
    };
    let survey = survey(file, name, settings).map_err(code)?;
    let mut request = Request::open(file, name, settings).map_err(code)?;
    let mut rows = Vec::new();
    while let Some(row) = request.next_row().unwrap() {
        let repeated = survey
            .is_repeated(&row)
            .then_some(ResultCode::ReferenceMissingOrRepeated);
        rows.push((
            row.raw(Column::Reference).to_owned(),
            row.fault().or(repeated),
        ));
    }
    assert_eq!(rows.len() as u64, survey.rows);
    Ok(rows)
}

fn codes(file: &str) -> Vec<Option<u8>> {
    let rows = read(file.as_bytes(), None).unwrap();
    rows.iter()
        .map(|(_, code)| code.map(ResultCode::number))
        .collect()
}

#[test]
fn columns_may_stand_in_any_order_and_only_the_reference_must() {
    assert_eq!(codes("UNIQUE REFERENCE\n1\n2\n"), [None, None]);
    let file = "GENDER,unique_reference,DATE_OF_BIRTH\n2,a,19500302\n";
    let mut request = Request::open(file.as_bytes(), None, &request_settings()).unwrap();
    let row = request.next_row().unwrap().unwrap();
    assert_eq!(row.get(Column::Gender), "2");
    assert_eq!(row.get(Column::Reference), "a");
    assert_eq!(row.get(Column::DateOfBirth), "19500302");
    assert_eq!(row.get(Column::Postcode), "");
    assert_eq!(row.place(), 2);
    assert!(request.next_row().unwrap().is_none());
}

#[test]
fn each_fault_of_a_row_has_its_code() {
    let long = "x".repeat(256);
    let header = "UNIQUE REFERENCE,NHS_NO,GENDER,DATE_OF_BIRTH,AS_AT_DATE,FAMILY_NAME\n";
    for (row, code) in [
        ("a,,,,,\n", None),
        ("a,9990000018,1,1950,20200101,Ada\n", None),
        ("a,nonsense,,195003,,\n", None),
        (",,,,,\n", Some(8)),
        ("  ,,,,,\n", Some(8)),
        ("a,,3,,,\n", Some(12)),
        ("a,,F,,,\n", Some(12)),
        ("a,,,02031950,,\n", Some(13)),
        ("a,,,19500230,,\n", Some(13)),
        ("a,,,1950-03-02,,\n", Some(13)),
        ("a,,,,2020,\n", Some(13)),
        (&format!("a,,,,,{long}\n"), Some(11)),
        ("a,,,,\n", Some(16)),
        ("a\n", Some(16)),
        ("a,,,,,,\n", Some(17)),
    ] {
        assert_eq!(codes(&format!("{header}{row}")), [code], "{row}");
    }
    assert_eq!(codes(header), []);
}

#[test]
fn rows_that_share_a_reference_are_all_refused() {
    let file = "UNIQUE REFERENCE\na\nb\n a \nc\nb\n";
    assert_eq!(codes(file), [Some(8), Some(8), Some(8), None, Some(8)]);
}

#[test]
fn a_number_that_is_none_is_refused_where_the_settings_say_so() {
    let mut settings = request_settings();
    settings.malformed_number = crate::trace::MalformedNumber::Refuse;
    let file = b"UNIQUE REFERENCE,NHS_NO\na,9990000019\nb,9990000018\nc,\n";
    let rows = read_with(file, None, &settings).unwrap();
    let codes: Vec<_> = rows.into_iter().map(|row| row.1).collect();
    assert_eq!(codes, [Some(ResultCode::BadFormat), None, None]);
}

#[test]
fn each_fault_of_a_current_file_has_its_code() {
    for (file, code) in [
        ("", 1),
        ("\n\n", 1),
        ("\0\0\0", 1),
        ("Ada,Thornby,1950\n", 1),
        ("UNIQUE REFERENCE,UNIQUE_REFERENCE\n", 1),
        ("UNIQUE REFERENCE,NHS_NUM\n", 1),
        ("NHS_NO,GENDER\n", 10),
    ] {
        let fault = read(file.as_bytes(), Some("x.csv")).unwrap_err();
        assert_eq!(fault.number(), code, "{file}");
    }
    let fault = survey("Ada,Thornby\n".as_bytes(), None, &request_settings()).unwrap_err();
    assert!(!fault.to_string().contains("Thornby"));
    let fault = survey(
        "UNIQUE REFERENCE,NHS_N0".as_bytes(),
        None,
        &request_settings(),
    )
    .unwrap_err();
    assert_eq!(
        fault.to_string(),
        "column `NHS_N0` is none of a request's, nearest is `NHS_NO`"
    );
}

#[test]
fn unknown_columns_are_told_where_the_settings_say_so() {
    let mut settings = request_settings();
    settings.unknown_columns = UnknownColumns::Tell;
    let file = "UNIQUE REFERENCE,SHOE SIZE\na,9\n";
    let survey = survey(file.as_bytes(), None, &settings).unwrap();
    assert_eq!(survey.unknown_columns, ["SHOE SIZE"]);
}

#[test]
fn more_rows_than_allowed_are_refused_as_a_file() {
    let mut settings = request_settings();
    settings.maximum_records = 2;
    let rows = |n: usize| {
        let rows: Vec<String> = (0..n).map(|i| i.to_string()).collect();
        format!("UNIQUE REFERENCE\n{}\n", rows.join("\n"))
    };
    assert!(read_with(rows(2).as_bytes(), None, &settings).is_ok());
    assert_eq!(
        read_with(rows(3).as_bytes(), None, &settings),
        Err(ResultCode::TooManyRecords)
    );
}

#[test]
fn any_encoding_of_a_spreadsheet_is_read() {
    let text = "UNIQUE REFERENCE,FAMILY_NAME\r\na,Łukasz\r\n";
    let utf_16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let windows = b"UNIQUE REFERENCE,FAMILY_NAME\r\na,Zo\xEB\r\n";
    for (bytes, name, rows) in [(utf_16.as_slice(), "Łukasz", 0), (windows, "Zoë", 1)] {
        let mut request = Request::open(bytes, None, &request_settings()).unwrap();
        let row = request.next_row().unwrap().unwrap();
        assert_eq!(row.get(Column::FamilyName), name);
        let survey = survey(bytes, None, &request_settings()).unwrap();
        assert_eq!(survey.rows_in_windows_1252, rows);
    }
}

const REFERENCE: &str = "MPTREQ_20261122063157";

fn older(head: &str, rows: usize) -> String {
    let row = |i: usize| {
        format!(
            "r{i},9990000018,THORNBY,ADA,,2,19500302{}\n",
            ",".repeat(17)
        )
    };
    format!("{head}\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn an_older_file_is_read_by_its_fixed_order() {
    let head = format!("{REFERENCE},SPINE_MPTPHASE4_TRACE,20261122063157,2");
    for name in [
        None,
        Some("MPTREQ_20261122063157.csv"),
        Some("in/MPTREQ_20261122063157.csv"),
    ] {
        let rows = read(older(&head, 2).as_bytes(), name).unwrap();
        assert_eq!(rows, [("r0".to_owned(), None), ("r1".to_owned(), None)]);
    }
    let file = older(&head, 2);
    let mut request = Request::open(file.as_bytes(), None, &request_settings()).unwrap();
    assert!(matches!(request.form(), Form::Older(head) if head.reference == REFERENCE));
    let row = request.next_row().unwrap().unwrap();
    assert_eq!(row.get(Column::FamilyName), "THORNBY");
    assert_eq!(row.get(Column::DateOfBirth), "19500302");
    // Some writers put the names of columns after the first line all the same.
    let named = format!("{head}\nDATE_OF_BIRTH,UNIQUE REFERENCE\n19500302,a\n1950,b\n");
    assert_eq!(read(named.as_bytes(), None).unwrap().len(), 2);
}

#[test]
fn each_fault_of_an_older_file_has_its_code() {
    let good = "SPINE_MPTPHASE4_TRACE,20261122063157,1";
    let named = Some("MPTREQ_20261122063157.csv");
    for (head, name, code) in [
        (format!("{REFERENCE},{good}"), named, None),
        (format!("MPTREQ_2026112206315,{good}"), None, Some(2)),
        (format!("MPTREQ_20261322063157,{good}"), None, Some(2)),
        (format!("mptreq_20261122063157,{good}"), None, Some(2)),
        (format!("nonsense,{good}"), None, Some(2)),
        (format!("nonsense,{good}"), named, Some(2)),
        (
            format!("{REFERENCE},SOME_OTHER,20261122063157,1"),
            None,
            Some(3),
        ),
        (
            format!("{REFERENCE},SPINE_MPTPHASE4_TRACE,20261122063157,2"),
            None,
            Some(4),
        ),
        (
            format!("{REFERENCE},SPINE_MPTPHASE4_TRACE,20261122063157,one"),
            None,
            Some(4),
        ),
        (
            format!("{REFERENCE},SPINE_MPTPHASE4_TRACE,20261122063157,-1"),
            None,
            Some(4),
        ),
        (
            format!("{REFERENCE},{good}"),
            Some("MPTREQ_20261122063158.csv"),
            Some(7),
        ),
        (format!("{REFERENCE},{good}"), Some("other.csv"), Some(7)),
        (
            format!("{REFERENCE},SPINE_MPTPHASE4_TRACE,20261122,1"),
            None,
            Some(9),
        ),
        (
            format!("{REFERENCE},SPINE_MPTPHASE4_TRACE,20261122246060,1"),
            None,
            Some(9),
        ),
        (
            format!("{REFERENCE},SPINE_MPTPHASE4_TRACE,,1"),
            None,
            Some(10),
        ),
        (
            format!("{REFERENCE},SPINE_MPTPHASE4_TRACE,20261122063157"),
            None,
            Some(16),
        ),
        (format!("{REFERENCE},{good},extra"), None, Some(17)),
    ] {
        let found = read(older(&head, 1).as_bytes(), name).err();
        assert_eq!(found.map(ResultCode::number), code, "{head} {name:?}");
    }
}

#[test]
fn a_request_that_was_written_reads_the_same() {
    let rows = [
        Row::new(
            2,
            &[
                (Column::Reference, "a"),
                (Column::FamilyName, "O'Brien, \"Zoë\""),
            ],
        ),
        Row::new(
            3,
            &[
                (Column::Reference, " b"),
                (Column::AddressLine1, "one\ntwo"),
                (Column::Gender, "7"),
            ],
        ),
    ];
    let mut file = Vec::new();
    write_request(&rows, &mut file).unwrap();
    let mut request = Request::open(file.as_slice(), None, &request_settings()).unwrap();
    for row in &rows {
        assert!(request.next_row().unwrap().as_ref() == Some(row));
    }
    assert!(request.next_row().unwrap().is_none());
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "UNIQUE REFERENCE",
            "NHS_NO",
            "GENDER",
            "MPTREQ_20261122063157",
            "SPINE_MPTPHASE4_TRACE",
            "20261122063157",
            "1",
            "2",
            "19500302",
            ",",
            ",",
            ",",
            "\n",
            "\n",
            "\"",
            "",
            "é",
            "\0",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,3}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, Some("MPTREQ_20261122063157.csv"));
        let _ = read(&bytes, None);
    }

    #[test]
    fn pieces_of_requests_in_any_order_are_read_or_refused(text in pieces()) {
        let _ = read(text.as_bytes(), None);
        let _ = read(format!("UNIQUE REFERENCE,NHS_NO\n{text}").as_bytes(), None);
    }
}
