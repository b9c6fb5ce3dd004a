//! Files from end to end: responses round trip, faulty files are answered, threads make no difference.

use super::{generate::*, *};
use proptest::prelude::*;

fn respond(request: &[u8], run_of: &Run<'_>) -> (Vec<u8>, Vec<u8>, TraceReport) {
    let settings = settings();
    let world = world(3, 60);
    let index = built(&world, &settings);
    let (mut response, mut diagnostics) = (Vec::new(), Vec::new());
    let mut bucket = Bucket::default();
    let report = run(
        Cursor::new(request),
        run_of,
        &index,
        &settings,
        &mut bucket,
        &mut response,
        Some(&mut diagnostics),
    )
    .unwrap();
    (response, diagnostics, report)
}

fn request(rows: u64) -> Vec<u8> {
    let world = world(3, 60);
    let mut chance = Chance(77);
    let rows: Vec<Row> = (2..rows + 2)
        .map(|place| a_row(&mut chance, place, &world))
        .collect();
    let mut file = Vec::new();
    write_request(&rows, &mut file).unwrap();
    file
}

fn form(scores: bool, diagnostics: bool, older: bool) -> ResponseForm {
    ResponseForm {
        scores,
        diagnostics,
        older,
    }
}

/// Reads a response and writes it again.
fn again(response: &[u8], form: ResponseForm) -> Vec<u8> {
    let mut reader = Responses::open(response).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        rows.push(row);
    }
    let mut written = Vec::new();
    let none: Option<&mut Vec<u8>> = None;
    let mut writer =
        ResponseWriter::new(&mut written, none, form, reader.older(), rows.len() as u64).unwrap();
    for row in &rows {
        writer.row_alone(row).unwrap();
    }
    writer.finish().unwrap();
    written
}

#[test]
fn responses_come_back_as_they_were_written() {
    let request = request(300);
    for form in [form(true, false, false), form(false, false, false)] {
        let (response, _, report) = respond(&request, &Run { form, ..a_run(2) });
        assert_eq!(report.rows, 300);
        assert_eq!(again(&response, form), response);
    }
}

#[test]
fn the_header_has_the_columns_of_the_service_in_their_order() {
    let (response, ..) = respond(
        b"UNIQUE REFERENCE\n",
        &Run {
            form: form(true, false, false),
            ..a_run(1)
        },
    );
    let header = String::from_utf8(response).unwrap();
    assert_eq!(
        header,
        "UNIQUE REFERENCE,REQ_NHS_NUMBER,FAMILY_NAME,GIVEN_NAME,OTHER_GIVEN_NAME,GENDER,DATE_OF_BIRTH,DATE_OF_DEATH,\
         ADDRESS_LINE1,ADDRESS_LINE2,ADDRESS_LINE3,ADDRESS_LINE4,ADDRESS_LINE5,POSTCODE,GP_PRACTICE_CODE,\
         GP_REGISTRATION_DATE,NHAIS_POSTING_ID,AS_AT_DATE,LOCAL_PATIENT_ID,INTERNAL_ID,TELEPHONE_NUMBER,\
         MOBILE_NUMBER,EMAIL_ADDRESS,SENSITIVITY_FLAG,MPS_ID,ERROR/SUCCESS_CODE,MATCHED_NHS_NO,\
         MATCHED_ALGORITHM_INDICATOR,MATCHED_CONFIDENCE_PERCENTAGE,ALGORITHMIC_TRACE_FAMILY_NAME_SCORE_PERC,\
         ALGORITHMIC_TRACE_GIVEN_NAME_SCORE_PERC,ALGORITHMIC_TRACE_DOB_SCORE_PERC,\
         ALGORITHMIC_TRACE_GENDER_SCORE_PERC,ALGORITHMIC_TRACE_POSTCODE_SCORE_PERC\r\n"
    );
}

#[test]
fn the_misspelt_flag_and_the_codes_of_both_families_are_read() {
    let file = "unique_reference,SENSITIVTY_FLAG,ERROR_SUCCESS_CODE,MATCHED_NHS_NO\na,S,92,9990000018\nb,,33,9999999999\n";
    let mut rows = Responses::open(file.as_bytes()).unwrap();
    let row = rows.next_row().unwrap().unwrap();
    assert_eq!(row.get(ResponseColumn::Sensitivity), "S");
    assert_eq!(row.matched_number().as_deref(), Some("9990000018"));
    let row = rows.next_row().unwrap().unwrap();
    assert!(row.is_usable());
    assert_eq!(row.matched_number(), None);
    assert_eq!(row.code().unwrap().current(), ResultCode::Success);
    assert!(rows.next_row().unwrap().is_none());
}

#[test]
fn threads_make_no_difference_and_diagnostics_stand_beside_or_behind() {
    let request = request(500);
    let (one, beside, report) = respond(&request, &a_run(1));
    for threads in [2, 3, 7] {
        let (response, diagnostics, again) = respond(&request, &a_run(threads));
        assert!((&response, &diagnostics, &again) == (&one, &beside, &report));
    }
    let (behind, beside) = (rows_of(&one), rows_of(&beside));
    assert_eq!(beside.len(), 500);
    for (behind, beside) in behind.iter().zip(&beside) {
        for column in Answer::DIAGNOSTICS {
            assert_eq!(behind[column], beside[column]);
        }
    }
}

/// What the public derivations say of a row must hold of every row that is written.
#[test]
fn the_published_derivations_hold_of_every_row() {
    let (response, ..) = respond(&request(2_000), &a_run(2));
    for row in rows_of(&response) {
        let code = ResultCode::parse(&row["ERROR/SUCCESS_CODE"]).unwrap();
        let indicator = row["MATCHED_ALGORITHM_INDICATOR"].as_str();
        let confidence = Score::parse(&row["MATCHED_CONFIDENCE_PERCENTAGE"]).unwrap();
        let score = Score::parse(&row["ALGORITHMIC_TRACE_DOB_SCORE_PERC"]);
        let successful = row["SUCCESSFUL_STEP"].as_str();
        assert!(code.is_usable());
        assert_eq!(
            indicator == "1" && confidence == Score::FULL && score.is_none(),
            successful == "1a"
        );
        assert_eq!(
            indicator == "1" && confidence == Score::FULL && score == Some(Score::ZERO),
            successful == "1b"
        );
        let matched = match indicator {
            "4" => confidence >= Score::points(50),
            _ => confidence == Score::FULL,
        };
        assert_eq!(matched, row["MATCHED_IN_INDEX"] == "1");
        assert_eq!(
            !matched && indicator == "0",
            ["0"].contains(&row["LAST_STEP_TRIED"].as_str())
        );
        assert_eq!(code == ResultCode::Several, row["SEVERAL_MATCHES"] == "1");
        assert_eq!(
            row["MATCHED_NHS_NO"] == "9999999999",
            code == ResultCode::Several
        );
    }
}

#[test]
fn a_faulty_file_is_answered_with_its_code() {
    for (file, name, code) in [
        ("", None, 1),
        ("NHS_NO\n9990000018\n", None, 10),
        ("UNIQUE REFERENCE,WHAT\na,b\n", None, 1),
        (
            "MPTREQ_20261122063157,SPINE_MPTPHASE4_TRACE,20261122063157,9\n",
            None,
            4,
        ),
        (
            "MPTREQ_20261122063157,SOMETHING,20261122063157,0\n",
            None,
            3,
        ),
    ] {
        for older in [false, true] {
            let run_of = Run {
                file_name: name,
                form: form(true, true, older),
                ..a_run(1)
            };
            let (response, _, report) = respond(file.as_bytes(), &run_of);
            assert_eq!(report.refused.unwrap().code.number(), code, "{file}");
            if older && !file.starts_with("MPT") {
                continue;
            }
            let fault = match Responses::open(response.as_slice()) {
                Ok(mut rows) => rows.next_row().unwrap_err(),
                Err(fault) => fault,
            };
            assert!(
                matches!(fault, ResponseError::Refused { code: found } if found.number() == code),
                "{fault}"
            );
        }
    }
}

#[test]
fn an_older_request_is_answered_in_either_form() {
    let head = "MPTREQ_20261122063157,SPINE_MPTPHASE4_TRACE,20261122063157,1";
    let file = format!("{head}\nr1,,,,,,{}\n", ",".repeat(17));
    let older = Run {
        form: form(true, true, true),
        ..a_run(1)
    };
    let (response, ..) = respond(file.as_bytes(), &older);
    let text = String::from_utf8(response.clone()).unwrap();
    assert!(text.starts_with(&format!("{head},00\r\nr1,")), "{text}");
    assert_eq!(text.lines().nth(1).unwrap().split(',').count(), 29);
    assert_eq!(again(&response, older.form), response);
    let (response, ..) = respond(file.as_bytes(), &a_run(1));
    assert_eq!(rows_of(&response)[0]["ERROR/SUCCESS_CODE"], "96");
}

#[test]
fn faulty_rows_are_answered_among_the_others() {
    let file =
        "UNIQUE REFERENCE,GENDER,LOCAL_PATIENT_ID\na,7,\"x, \"\"y\"\"\"\nb,,\nb,,\nc\nd,1,=2+2\n";
    let (response, _, report) = respond(file.as_bytes(), &a_run(1));
    let codes: Vec<String> = rows_of(&response)
        .iter()
        .map(|r| r["ERROR/SUCCESS_CODE"].clone())
        .collect();
    assert_eq!(codes, ["12", "08", "08", "16", "96"]);
    assert_eq!(rows_of(&response)[0]["LOCAL_PATIENT_ID"], "x, \"y\"");
    // A file for machines: what looks like a formula is handed on as it is.
    assert_eq!(rows_of(&response)[4]["LOCAL_PATIENT_ID"], "=2+2");
    assert_eq!(report.by_code[&ResultCode::BadGender], 1);
    assert_eq!(report.by_successful_step[&Step::OneTimeId], 1);
    assert_eq!(report.by_person_id_kind[&PersonIdKind::None], 4);
    assert_eq!(report.rows, 5);
    assert_eq!(report.settings, settings());
    // What is printed has the counts and every setting, and nothing of a row.
    let text = report.as_text();
    for line in [
        "           2  code 08, the unique reference is missing or repeated",
        "           1  settled by step 6",
        "           4  with an id of kind none",
        "close_gap = 10",
        "placeholder_dates_of_birth = [",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(!text.contains("2+2"));
}

proptest! {
    #[test]
    fn any_bytes_as_a_response_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), head in 0usize..3) {
        let heads: [&[u8]; 3] = [b"", b"UNIQUE REFERENCE,ERROR/SUCCESS_CODE\n", b"MPTREQ_20261122063157,a,b,1,00\n"];
        let file = [heads[head], &bytes].concat();
        if let Ok(mut rows) = Responses::open(file.as_slice()) {
            while let Ok(Some(_)) = rows.next_row() {}
        }
    }

    #[test]
    fn any_bytes_as_a_request_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), head in 0usize..3) {
        let heads: [&[u8]; 3] = [b"", b"UNIQUE REFERENCE,NHS_NO,DATE_OF_BIRTH\n", b"MPTREQ_20261122063157,SPINE_MPTPHASE4_TRACE,20261122063157,1\n"];
        let (response, ..) = respond(&[heads[head], &bytes].concat(), &a_run(1));
        prop_assert!(!response.is_empty());
    }
}

#[test]
fn an_index_of_people_who_are_all_the_same_is_passed_over_quickly() {
    let settings = settings();
    let mut builder = IndexBuilder::new(&settings);
    let numbers = (0..).filter_map(NhsNumber::test_number).take(12_000);
    for number in numbers {
        builder.person(&PersonRow {
            nhs_number: number.reveal().parse().unwrap(),
            given_name: "ADA".to_owned(),
            family_name: "THORNBY".to_owned(),
            sex: "2".to_owned(),
            date_of_birth: Day::parse("1950-03-12").unwrap(),
            postcode: "SS0 0AA".to_owned(),
            ..PersonRow::default()
        });
    }
    let index = builder.finish(NonZero::<usize>::MIN);
    let row = |i: usize| format!("{i},THORNBY,ADA,2,19500312,SS0 0AA\n");
    let rows: Vec<String> = (0..5_000).map(row).collect();
    let request = format!(
        "UNIQUE REFERENCE,FAMILY_NAME,GIVEN_NAME,GENDER,DATE_OF_BIRTH,POSTCODE\n{}",
        rows.concat()
    );
    let rows = traced(&settings, &index, &mut Bucket::default(), &request);
    // Nobody can be told from 12,000 others; all rows are about one person who is not told.
    assert!(rows.iter().all(|row| row["ERROR/SUCCESS_CODE"] == "98"));
    assert!(rows.iter().all(|row| row["PERSON_ID"] == "A000000001"));
}
