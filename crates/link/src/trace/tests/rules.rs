//! Every rule of the table of steps, each with a row that meets it and one that just does not.

use super::*;

const PEOPLE: &str = "\
#0,ADA,MARY,THORNBY,2,1950-03-12,SS0 0AA,F81144,,N,
#1,BERTRAM,,OAKLEY,1,1961-07-04,SS1 1AA,F81144,,S,
#2,CLARA,,QUILL,2,1972-11-30,SS2 2AA,F81001,2020-05-05,,
#3,DORIS,,VANE,2,1983-01-20,SS3 3AA,F81002,,,cancelled
#4,ELLA,,WINTERS,2,1990-06-15,SS4 4AA,F81003,,,
#5,EVIE,,WINTERS,2,1990-06-15,SS4 4AA,F81003,,,
#6,FRANK,,YARROW,1,1940-02-03,SS5 5AA,F81004,,,
#8,GRACE,,NEWHALL,2,1983-01-20,SS3 3AA,F81002,,,
";
const HISTORY: &str = "\
#2,family_name,ASHDOWN,1990-01-01,2000-01-01
#2,postcode,LN1 1AA,,
";
/// #10 to #11 to #6; #12 and #13 in a circle; #14 to the cancelled #3; #15 to a number that nobody has.
const SUPERSEDED: &str = "#10,#11\n#11,#6\n#12,#13\n#13,#12\n#14,#3\n#15,#16\n";
const HEADER: &str = "UNIQUE REFERENCE,NHS_NO,FAMILY_NAME,GIVEN_NAME,OTHER_GIVEN_NAME,GENDER,DATE_OF_BIRTH,POSTCODE,GP_PRACTICE_CODE,DATE_OF_DEATH\n";

/// One row: its cells after the reference; then code, indicator, confidence, matched number, last step tried,
/// successful step, score of the date of birth.
fn check(cells: &str, expected: [&str; 7]) {
    check_with(&settings(), cells, expected);
}

fn check_with(settings: &Settings, cells: &str, expected: [&str; 7]) {
    let index = index_of(settings, PEOPLE, HISTORY, SUPERSEDED);
    let request = format!("{HEADER}r,{cells}\n");
    let rows = traced(settings, &index, &mut Bucket::default(), &request);
    let columns = [
        "ERROR/SUCCESS_CODE",
        "MATCHED_ALGORITHM_INDICATOR",
        "MATCHED_CONFIDENCE_PERCENTAGE",
        "MATCHED_NHS_NO",
        "LAST_STEP_TRIED",
        "SUCCESSFUL_STEP",
        "ALGORITHMIC_TRACE_DOB_SCORE_PERC",
    ];
    let found = columns.map(|column| rows[0][column].as_str());
    assert_eq!(found, expected.map(numbered), "{cells}");
}

#[test]
fn a_date_that_stands_for_nothing_stops_everything() {
    for born in ["18000101", "19000101", "20270101"] {
        check(
            &format!("#0,THORNBY,ADA,,2,{born},SS0 0AA,,"),
            ["96", "0", "0", "0000000000", "0", "6", ""],
        );
    }
    let mut settings = settings();
    settings.quality.implausible_date_of_birth = ImplausibleDate::Missing;
    check_with(
        &settings,
        "#0,THORNBY,ADA,,2,18000101,SS0 0AA,,",
        ["00", "4", "80", "#0", "4", "4", "0.00"],
    );
}

#[test]
fn nothing_to_try_is_code_96_or_91_and_confidence_nought() {
    check(",,,,,,,,", ["96", "0", "0", "0000000000", "0", "6", ""]);
    check("#0,,,,,,,,", ["96", "0", "0", "0000000000", "0", "6", ""]);
    check(
        ",,,,2,19500312,,,",
        ["96", "0", "0", "0000000000", "0", "6", ""],
    );
    check(
        "1234567890,,,,,,,,",
        ["91", "0", "0", "0000000000", "0", "6", ""],
    );
    // Enough to be known again, though not enough to be looked up.
    check(
        ",,,,,19500312,SS9 9ZZ,,",
        ["96", "0", "0", "0000000000", "0", "5", ""],
    );
}

#[test]
fn step_1a_takes_number_and_whole_date() {
    check(
        "#0,,,,,19500312,,,",
        ["00", "1", "100", "#0", "1a", "1a", ""],
    );
    // What else was sent does not matter.
    check(
        "#0,NOBODY,NOONE,,1,19500312,LN9 9ZZ,,",
        ["00", "1", "100", "#0", "1a", "1a", ""],
    );
}

#[test]
fn step_1b_forgives_part_of_the_date_where_names_or_place_agree() {
    let found = ["00", "1", "100", "#0", "1b", "1b", "0.00"];
    // Three fields are enough for step 4 to be tried as well, and it finds nobody.
    let not = ["98", "4", "0", "0000000000", "4", "6", "0.00"];
    for (born, agrees) in [
        ("19500313", true),
        ("19500412", true),
        ("19510312", true),
        ("19501203", true),
        ("195003", true),
        ("1950", false),
        ("19510412", false),
        ("19511203", false),
    ] {
        let expected = if agrees { found } else { not };
        check(&format!("#0,THORP,ARTHUR,,,{born},,,"), expected);
    }
    // Three letters of the family name and one of the given name; or the outward part of the postcode.
    let two_fields = ["98", "1", "0", "0000000000", "1b", "6", "0.00"];
    let known_again = ["98", "1", "0", "0000000000", "1b", "5", "0.00"];
    for (rest, expected) in [
        ("THO,A,,,19500313,,,", found),
        ("TH,ADA,,,19500313,,,", not),
        ("THORNBY,BERTA,,,19500313,,,", not),
        ("THORNBY,,,,19500313,,,", two_fields),
        (",,,,19500313,SS0 9ZZ,,", found),
        ("BLACK,ZARA,,,19500313,SS0 9ZZ,,", found),
        (",,,,19500313,SS1 1AA,,", known_again),
        (",,,,19500313,,,", two_fields),
    ] {
        check(&format!("#0,{rest}"), expected);
    }
    // Former names and places count.
    check(
        "#2,ASHDOWN,C,,,19721101,,,",
        ["00", "1", "100", "#2", "1b", "1b", "0.00"],
    );
    check(
        "#2,,,,,19721101,LN1 9ZZ,,",
        ["00", "1", "100", "#2", "1b", "1b", "0.00"],
    );
}

#[test]
fn what_1b_forgives_is_a_setting() {
    // Where the cross-check fails, step 4 may find the person by points.
    let mut strict = settings();
    strict.cross_check.partial_date_parts = 3;
    check_with(
        &strict,
        "#0,THORNBY,ADA,,,19500313,,,",
        ["00", "4", "54", "#0", "4", "4", "70.00"],
    );
    let mut strict = settings();
    strict.cross_check.day_and_month_exchanged = false;
    check_with(
        &strict,
        "#0,THORNBY,ADA,,,19501203,,,",
        ["00", "4", "56", "#0", "4", "4", "80.00"],
    );
    let not = ["98", "4", "0", "0000000000", "4", "6", "0.00"];
    let mut strict = settings();
    strict.cross_check.given_name_letters = 3;
    check_with(&strict, "#0,THORNBY,ARTHUR,,,19500313,,,", not);
    let mut strict = settings();
    strict.cross_check.history = false;
    check_with(&strict, "#2,ASHDOWN,C,,,19721101,,,", not);
    let mut strict = settings();
    strict.cross_check.outward_postcode = false;
    check_with(
        &strict,
        "#0,,,,,19500313,SS0 9ZZ,,",
        ["98", "1", "0", "0000000000", "1b", "5", "0.00"],
    );
}

#[test]
fn step_1b_follows_replaced_numbers_to_the_one_that_holds() {
    let found = ["90", "1", "100", "#6", "1b", "1b", "0.00"];
    check("#11,,,,,19400203,,,", found);
    check("#10,,,,,19400203,,,", found);
    // The date may agree in part, and names need not.
    check("#10,,,,,194002,,,", found);
    check("#10,,,,,19400302,,,", found);
    check(
        "#10,,,,,1940,,,",
        ["98", "1", "0", "0000000000", "1b", "6", "0.00"],
    );
    // A circle and a number that nobody has lead to nobody, and end.
    for number in ["#12", "#13", "#15"] {
        check(
            &format!("{number},,,,,19400203,,,"),
            ["98", "1", "0", "0000000000", "1b", "6", "0.00"],
        );
    }
}

#[test]
fn a_cancelled_number_is_never_followed_and_its_holder_never_found() {
    let invalid = ["91", "1", "0", "0000000000", "1b", "6", "0.00"];
    check("#3,,,,,19830120,,,", invalid);
    check("#14,,,,,19830120,,,", invalid);
    // Not by details either, though somebody there fits: the two may be one person, and must not be joined.
    check("#3,NEWHALL,GRACE,,2,19830120,SS3 3AA,,", invalid);
    check("#3,NEWHALL,GRACE,,2,,SS3 3AA,,", invalid);
    // Without the number the old details find nobody.
    check(
        ",VANE,DORIS,,2,19830120,,,",
        ["98", "4", "0", "0000000000", "4", "6", "0.00"],
    );
}

#[test]
fn step_3_takes_exactly_one_person_who_agrees_in_all_that_was_sent() {
    let found = ["00", "3", "100", "#0", "3", "3", "0.00"];
    for cells in [
        ",THORNBY,,,2,19500312,,,",
        ",Thornby,Ada,,2,19500312,ss00aa,f81144,",
        ",THORNBY,,Mary,2,195003,,,",
        ",THORNBY,,,2,1950,,,",
        // The number is not used: this one is somebody else's, this one is none.
        "#2,THORNBY,ADA,,2,19500312,,,",
        "1234567890,THORNBY,ADA,,2,19500312,,,",
    ] {
        check(cells, found);
    }
    // Whatever was sent and does not agree ends the step; the next one scores.
    for (cells, total, born) in [
        (",THORNBY,,JANE,2,19500312,,,", "60", "100.00"),
        (",THORNBY,ADA,,2,19500312,,F81001,", "80", "100.00"),
        (",THORNBY,ADA,,2,19500312,,,20200101", "80", "100.00"),
        (",THORNBY,ADA,,1,19500312,,,", "60", "100.00"),
    ] {
        check(cells, ["00", "4", total, "#0", "4", "4", born]);
    }
    check(
        ",QUILL,,,2,19721130,,,20200505",
        ["00", "3", "100", "#2", "3", "3", "0.00"],
    );
    // Former names and places count, each on its own.
    check(
        ",ASHDOWN,,,2,19721130,SS2 2AA,,",
        ["00", "3", "100", "#2", "3", "3", "0.00"],
    );
    // Twins of whom nothing was sent that tells them apart are not found, by this step or the next.
    check(
        ",WINTERS,,,2,19900615,SS4 4AA,,",
        ["97", "4", "0", "9999999999", "4", "6", "0.00"],
    );
    check(
        ",WINTERS,EVIE,,2,19900615,SS4 4AA,,",
        ["00", "3", "100", "#5", "3", "3", "0.00"],
    );
}

#[test]
fn what_step_3_compares_is_a_setting() {
    let mut loose = settings();
    loose.alphanumeric.also = vec![OtherDetail::GivenName];
    check_with(
        &loose,
        ",THORNBY,ADA,,2,19500312,LN9 9ZZ,,",
        ["00", "3", "100", "#0", "3", "3", "0.00"],
    );
    let mut now = settings();
    now.alphanumeric.history = false;
    now.algorithmic.history = false;
    check_with(
        &now,
        ",ASHDOWN,CLARA,,2,19721130,,,",
        ["00", "4", "60", "#2", "4", "4", "100.00"],
    );
    let mut none = settings();
    none.alphanumeric.maximum_candidates = 0;
    check_with(
        &none,
        ",THORNBY,ADA,,2,19500312,,,",
        ["00", "4", "80", "#0", "4", "4", "100.00"],
    );
}

#[test]
fn step_4_needs_three_fields_and_fifty_points() {
    check(
        ",THORNBY,ADA,,,,,,",
        ["96", "0", "0", "0000000000", "0", "6", ""],
    );
    check(
        ",THORNBY,ADA,,2,,,,",
        ["00", "4", "60", "#0", "4", "4", "0.00"],
    );
    check(
        ",THORNBY,ADA,,,,SS0 0AA,,",
        ["00", "4", "60", "#0", "4", "4", "0.00"],
    );
    // Two of three fields come to forty points.
    check(
        ",THORNBY,ADA,,1,,,,",
        ["98", "4", "0", "0000000000", "4", "6", "0.00"],
    );
    let mut strict = settings();
    strict.algorithmic.minimum_total = 61;
    check_with(
        &strict,
        ",THORNBY,ADA,,2,,,,",
        ["98", "4", "0", "0000000000", "4", "6", "0.00"],
    );
    let mut strict = settings();
    strict.algorithmic.minimum_fields = 4;
    check_with(
        &strict,
        ",THORNBY,ADA,,2,,,,",
        ["96", "0", "0", "0000000000", "0", "6", ""],
    );
}

/// The five scores of a row, and its total; worked out by hand from the settings.
#[test]
fn each_field_is_scored_by_how_near_it_is() {
    let settings = settings();
    let index = index_of(&settings, PEOPLE, HISTORY, SUPERSEDED);
    for (cells, scores, total) in [
        // Family, given, date of birth, sex, postcode.
        (
            "THORNBY,ADA,,2,19500313,SS0 0AA",
            ["100.00", "100.00", "70.00", "100.00", "100.00"],
            "94",
        ),
        (
            "THORNBY,ADA,,2,19501203,SS0 0AA",
            ["100.00", "100.00", "80.00", "100.00", "100.00"],
            "96",
        ),
        (
            "THORNBY,ADA,,2,195003,SS0 0AB",
            ["100.00", "100.00", "70.00", "100.00", "75.00"],
            "89",
        ),
        (
            "THORNBY,ADA,,2,1950,SS0 0ZZ",
            ["100.00", "100.00", "0.00", "100.00", "70.00"],
            "74",
        ),
        (
            "THORNBY,A,,2,19500312,SS0 9ZZ",
            ["100.00", "60.00", "100.00", "100.00", "60.00"],
            "84",
        ),
        (
            "THORNBY,ADA JANE,,2,19500312,LN1 1AA",
            ["100.00", "80.00", "100.00", "100.00", "0.00"],
            "76",
        ),
        (
            "ADA,THORNBY,,2,19500312,SS0 0AA",
            ["70.00", "70.00", "100.00", "100.00", "100.00"],
            "88",
        ),
        (
            "THORNBY,ADA,,1,19500312,SS0 0AA",
            ["100.00", "100.00", "100.00", "0.00", "100.00"],
            "80",
        ),
        // Jaro of THORNBY and THRONBY is (1 + 1 + 6/7) / 3 = 0.952381, with two letters of a common beginning
        // 0.961905: 60 + 20 · (0.961905 - 0.88) / 0.12 = 73.65.
        (
            "THRONBY,ADA,,2,19500312,SS0 0AA",
            ["73.65", "100.00", "100.00", "100.00", "100.00"],
            "94.73",
        ),
    ] {
        let request = format!(
            "UNIQUE REFERENCE,FAMILY_NAME,GIVEN_NAME,OTHER_GIVEN_NAME,GENDER,DATE_OF_BIRTH,POSTCODE\nr,{cells}\n"
        );
        let rows = traced(&settings, &index, &mut Bucket::default(), &request);
        let row = &rows[0];
        assert_eq!(row["MATCHED_NHS_NO"], n(0), "{cells}");
        let columns = ["FAMILY_NAME", "GIVEN_NAME", "DOB", "GENDER", "POSTCODE"];
        let found = columns.map(|c| row[&format!("ALGORITHMIC_TRACE_{c}_SCORE_PERC")].clone());
        assert_eq!(found, scores, "{cells}");
        assert_eq!(row["MATCHED_CONFIDENCE_PERCENTAGE"], total, "{cells}");
    }
}

#[test]
fn one_digit_of_a_date_is_near() {
    // Two parts are equal as well, which scores more; so one digit shows only where it is all there is to say.
    let mut settings = settings();
    settings.algorithmic.near.two_date_parts = 0;
    check_with(
        &settings,
        ",THORNBY,ADA,,2,19500313,SS0 0AA,,",
        ["00", "4", "93", "#0", "4", "4", "65.00"],
    );
    check_with(
        &settings,
        ",THORNBY,ADA,,2,19500321,SS0 0AA,,",
        ["00", "4", "80", "#0", "4", "4", "0.00"],
    );
}

#[test]
fn nobody_else_may_be_close_to_the_best() {
    // An initial that both twins have.
    check(
        ",WINTERS,E,,2,19900615,SS4 4AA,,",
        ["97", "4", "0", "9999999999", "4", "6", "0.00"],
    );
    // ELLA's first given name is equal, 96 points in all; EVIE's is nothing like it, 80 points.
    let row = ",WINTERS,ELLA ROSE,,2,19900615,SS4 4AA,,";
    let (found, several) = (
        ["00", "4", "96", "#4", "4", "4", "100.00"],
        ["97", "4", "0", "9999999999", "4", "6", "0.00"],
    );
    let mut settings = settings();
    for (gap, expected) in [(10, found), (15, found), (16, several), (17, several)] {
        settings.algorithmic.close_gap = gap;
        check_with(&settings, row, expected);
    }
}

#[test]
fn blocks_with_too_many_people_are_passed_over_and_counted() {
    let mut narrow = settings();
    narrow.algorithmic.maximum_candidates = 1;
    // Both twins share every block but the names, so only one of them is seen.
    check_with(
        &narrow,
        ",WINTERS,ELLA,,2,19900616,SS4 4AA,,",
        ["00", "4", "94", "#4", "4", "4", "70.00"],
    );
    let index = index_of(&narrow, PEOPLE, HISTORY, SUPERSEDED);
    let mut report = TraceReport::new(&narrow, index.size(), ResponseForm::default());
    let tracing = Tracing::new(&index, &narrow, today(), 1);
    let row = Row::new(
        1,
        &[
            (Column::Reference, "r"),
            (Column::FamilyName, "WINTERS"),
            (Column::Gender, "2"),
            (Column::DateOfBirth, "19900616"),
            (Column::Postcode, "SS4 4AA"),
        ],
    );
    for answer in tracing.trace(&[row], &mut Bucket::default(), NonZero::<usize>::MIN) {
        assert_eq!(answer.blocks_passed_over, 1);
        report.count(&answer);
    }
    assert_eq!(report.rows_with_a_block_passed_over, 1);
}

#[test]
fn a_sensitive_record_gives_its_number_and_little_else() {
    let settings = settings();
    let people = "#1,BERTRAM,,OAKLEY,1,1961-07-04,SS1 1AA,F81144,2020-01-01,S,\n#2,CLARA,,QUILL,2,1972-11-30,SS2 2AA,F81001,,N,\n";
    let index = index_of(&settings, people, "", "#10,#1\n");
    let request =
        "UNIQUE REFERENCE,NHS_NO,DATE_OF_BIRTH\na,#1,19610704\nb,#10,19610704\nc,#2,19721130\n";
    let rows = traced(&settings, &index, &mut Bucket::default(), request);
    for row in &rows[..2] {
        assert_eq!(row["ERROR/SUCCESS_CODE"], "92");
        assert_eq!(row["MATCHED_NHS_NO"], n(1));
        assert_eq!(row["SENSITIVITY_FLAG"], "S");
        assert_eq!(row["FAMILY_NAME"], "OAKLEY");
        assert_eq!(row["DATE_OF_BIRTH"], "19610704");
        for blank in [
            "POSTCODE",
            "GP_PRACTICE_CODE",
            "DATE_OF_DEATH",
            "GP_REGISTRATION_DATE",
            "ADDRESS_LINE1",
            "TELEPHONE_NUMBER",
            "MOBILE_NUMBER",
            "EMAIL_ADDRESS",
            "NHAIS_POSTING_ID",
        ] {
            assert_eq!(row[blank], "", "{blank}");
        }
    }
    // Sensitive goes before superseded; that it was superseded still stands in the diagnostics.
    assert_eq!(
        (
            rows[0]["SUPERSEDED"].as_str(),
            rows[1]["SUPERSEDED"].as_str()
        ),
        ("0", "1")
    );
    assert_eq!(rows[2]["ERROR/SUCCESS_CODE"], "00");
    assert_eq!(rows[2]["POSTCODE"], "SS2 2AA");
    assert_eq!(rows[2]["SENSITIVITY_FLAG"], "");
}

#[test]
fn i_s_y_and_every_unknown_code_is_sensitive() {
    let settings = settings();
    for (code, expected) in [
        ("I", "92"),
        ("S", "92"),
        ("Y", "92"),
        ("y", "92"),
        ("V", "92"),
        ("?", "92"),
        ("N", "00"),
        ("U", "00"),
        ("", "00"),
    ] {
        let people = format!("#1,BERTRAM,,OAKLEY,1,1961-07-04,SS1 1AA,F81144,,{code},\n");
        let index = index_of(&settings, &people, "", "");
        let request = "UNIQUE REFERENCE,NHS_NO,DATE_OF_BIRTH\na,#1,19610704\n";
        let rows = traced(&settings, &index, &mut Bucket::default(), request);
        assert_eq!(rows[0]["ERROR/SUCCESS_CODE"], expected, "{code}");
    }
}

#[test]
fn diagnostics_say_how_each_row_was_answered() {
    let settings = settings();
    let index = index_of(&settings, PEOPLE, HISTORY, SUPERSEDED);
    let mut bucket = Bucket::default();
    let request = format!(
        "{HEADER}\
a,#0,,,,,19500312,,,
b,#10,,,,,19400203,,,
c,,NEWCOMER,,,1,19990909,SS9 9ZZ,,
d,,NEWCOMER,ZED,,1,19990909,SS9 9ZZ,,
e,,NEWCOMER,YAN,,1,19990909,SS9 9ZZ,,
f,,,,,,,,,
g,,,,,7,,,,
"
    );
    let rows = traced(&settings, &index, &mut bucket, &request);
    let expected = [
        // Person, kind, last step, successful step, in the index, superseded, earlier numbers, several, several in the bucket.
        ["#0", "nhs_number", "1a", "1a", "1", "0", "", "0", "0"],
        [
            "#6",
            "nhs_number",
            "1b",
            "1b",
            "1",
            "1",
            "#10;#11",
            "0",
            "0",
        ],
        ["A000000001", "mps_id", "4", "5", "0", "0", "", "0", "0"],
        // Nothing that both rows say contradicts.
        ["A000000001", "mps_id", "4", "5", "0", "0", "", "0", "0"],
        ["A000000001", "mps_id", "4", "5", "0", "0", "", "0", "0"],
        // Submission 7, row 7 of the file.
        [
            "U000700007",
            "one_time_id",
            "0",
            "6",
            "0",
            "0",
            "",
            "0",
            "0",
        ],
        ["", "none", "", "", "0", "0", "", "0", "0"],
    ];
    for (row, expected) in rows.iter().zip(expected) {
        let found: Vec<&str> = Answer::DIAGNOSTICS
            .iter()
            .take(9)
            .map(|c| row[*c].as_str())
            .collect();
        assert_eq!(found, expected.map(numbered), "{}", row["UNIQUE REFERENCE"]);
    }
    assert_eq!(rows[6]["ERROR/SUCCESS_CODE"], "12");
    assert_eq!(rows[6]["MATCHED_NHS_NO"], "");
    assert_eq!(rows[2]["MPS_ID"], "A000000001");
}

#[test]
fn several_of_the_unmatched_are_joined_and_the_first_is_used() {
    let settings = settings();
    let index = index_of(&settings, "", "", "");
    let mut bucket = Bucket::default();
    let request = "UNIQUE REFERENCE,FAMILY_NAME,GIVEN_NAME,GENDER,DATE_OF_BIRTH,POSTCODE\n\
a,NEWCOMER,ZED,1,19990909,SS9 9ZZ\nb,NEWCOMER,YAN,1,19990909,SS9 9ZZ\nc,NEWCOMER,,1,19990909,SS9 9ZZ\n";
    let rows = traced(&settings, &index, &mut bucket, request);
    assert_eq!(rows[2]["MPS_ID"], "A000000001~~~A000000002");
    assert_eq!(rows[2]["PERSON_ID"], "A000000001");
    assert_eq!(rows[2]["SEVERAL_BUCKET_MATCHES"], "1");
    // The bucket goes out with what it has learnt, and the next run gives the same ids.
    let again = traced(&settings, &index, &mut bucket, request);
    assert_eq!(again, rows);
    assert_eq!(bucket.len(), 2);
}

#[test]
fn details_are_shown_as_they_were_on_the_day_that_was_asked() {
    let settings = settings();
    let people = "#2,CLARA,,QUILL,2,1972-11-30,SS2 2AA,F81001,,,\n";
    let history = "\
#2,family_name,ASHDOWN,1972-11-30,2000-01-01
#2,family_name,QUILL,2000-01-01,
#2,postcode,LN1 1AA,1990-01-01,2000-06-01
#2,postcode,SS2 2AA,2001-01-01,
#2,gp_practice,F81009,,1999-01-01
#2,sex,1,1972-11-30,1972-12-24
#2,given_name,KLARA,,
";
    let index = index_of(&settings, people, history, "");
    // Day; family name, given name, postcode, practice, sex.
    for (day, expected) in [
        ("", ["QUILL", "CLARA", "SS2 2AA", "F81001", "2"]),
        ("20200101", ["QUILL", "CLARA", "SS2 2AA", "F81001", "2"]),
        ("20000101", ["QUILL", "CLARA", "LN1 1AA", "F81001", "2"]),
        ("19991231", ["ASHDOWN", "CLARA", "LN1 1AA", "F81001", "2"]),
        ("19981231", ["ASHDOWN", "CLARA", "LN1 1AA", "F81009", "2"]),
        // The day on which a home is left, between two homes, and before the first that is known.
        ("20000531", ["QUILL", "CLARA", "LN1 1AA", "F81001", "2"]),
        ("20000601", ["QUILL", "CLARA", "", "F81001", "2"]),
        ("20000701", ["QUILL", "CLARA", "", "F81001", "2"]),
        ("19800101", ["ASHDOWN", "CLARA", "", "F81009", "2"]),
        ("19721201", ["ASHDOWN", "CLARA", "", "F81009", "1"]),
        ("19600101", ["", "CLARA", "", "F81009", "2"]),
    ] {
        let request =
            format!("UNIQUE REFERENCE,NHS_NO,DATE_OF_BIRTH,AS_AT_DATE\na,#2,19721130,{day}\n");
        let rows = traced(&settings, &index, &mut Bucket::default(), &request);
        let columns = [
            "FAMILY_NAME",
            "GIVEN_NAME",
            "POSTCODE",
            "GP_PRACTICE_CODE",
            "GENDER",
        ];
        assert_eq!(columns.map(|c| rows[0][c].as_str()), expected, "{day}");
        assert_eq!(rows[0]["AS_AT_DATE"], day);
    }
}

#[test]
fn address_practice_and_contacts_come_back_as_they_are_or_were() {
    let settings = settings();
    let people = numbered(
        "nhs_number,dob,postcode,gp_practice,gp_registration_date,posting_id,telephone_number,mobile_number,email_address,address_line1,address_line2,address_line5\n\
#2,1972-11-30,SS2 2AA,F81001,2001-02-03,EXA,01632 960001,07700 900001,clara@example.org,\"1, High Street\",Estuary Falls,Essex\n",
    );
    let history = numbered(
        "nhs_number,field,value,from,to\n\
#2,address,7 Low Road||Lincoln,1990-01-01,2001-02-03\n\
#2,gp_practice,F81009,1990-01-01,2001-02-03\n",
    );
    let mut builder = IndexBuilder::new(&settings);
    read_people(people.as_bytes(), &mut builder).unwrap();
    read_history(history.as_bytes(), &mut builder).unwrap();
    let index = builder.finish(NonZero::<usize>::MIN);
    let columns = [
        "ADDRESS_LINE1",
        "ADDRESS_LINE2",
        "ADDRESS_LINE3",
        "ADDRESS_LINE5",
        "GP_PRACTICE_CODE",
        "GP_REGISTRATION_DATE",
        "NHAIS_POSTING_ID",
        "TELEPHONE_NUMBER",
        "MOBILE_NUMBER",
        "EMAIL_ADDRESS",
    ];
    for (day, expected) in [
        (
            "",
            [
                "1, High Street",
                "Estuary Falls",
                "",
                "Essex",
                "F81001",
                "20010203",
                "EXA",
                "01632 960001",
                "07700 900001",
                "clara@example.org",
            ],
        ),
        // The day of registration is that of the practice of now, and is not given for another.
        (
            "20010202",
            [
                "7 Low Road",
                "",
                "Lincoln",
                "",
                "F81009",
                "",
                "EXA",
                "01632 960001",
                "07700 900001",
                "clara@example.org",
            ],
        ),
    ] {
        let request =
            format!("UNIQUE REFERENCE,NHS_NO,DATE_OF_BIRTH,AS_AT_DATE\na,#2,19721130,{day}\n");
        let rows = traced(&settings, &index, &mut Bucket::default(), &request);
        assert_eq!(columns.map(|c| rows[0][c].as_str()), expected, "{day}");
    }
}
