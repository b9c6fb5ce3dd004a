//! The index of a workspace: rows of landed tables make what the same rows as files make.

use super::*;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use model::Content;
use std::{path::Path, sync::Arc};

fn written() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage/index.toml");
    std::fs::read_to_string(path).unwrap()
}

fn tables(text: &str) -> Result<IndexTables, String> {
    let file = ("linkage/index.toml".to_owned(), text.as_bytes().to_vec());
    IndexTables::read(&Content::from_files([file])).map_err(|fault| fault.to_string())
}

/// Rows of text under names; a dash is a null.
fn batch(names: &[&str], rows: &[&str]) -> RecordBatch {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| numbered(row).split(',').map(str::to_owned).collect())
        .collect();
    let column = |at: usize| -> ArrayRef {
        let cells = rows
            .iter()
            .map(|row| Some(row[at].as_str()).filter(|cell| *cell != "-"));
        Arc::new(cells.collect::<StringArray>())
    };
    RecordBatch::try_from_iter(
        names
            .iter()
            .enumerate()
            .map(|(at, name)| (*name, column(at))),
    )
    .unwrap()
}

/// A batch with every column that tracing knows of people, in its order, as the query gives them.
fn people(rows: &[&str]) -> RecordBatch {
    let known = [
        "nhs_number",
        "given_name",
        "other_given_name",
        "family_name",
        "sex",
        "dob",
        "postcode",
        "gp_practice",
        "date_of_death",
        "confidentiality",
        "status",
        "address_line1",
        "address_line2",
        "address_line3",
        "address_line4",
        "address_line5",
        "gp_registration_date",
        "posting_id",
        "telephone_number",
        "mobile_number",
        "email_address",
        "valid_from",
    ];
    let rows: Vec<String> = rows
        .iter()
        .map(|row| format!("{row}{}", ",-".repeat(21 - row.matches(',').count())))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    batch(&known, &rows)
}

#[test]
fn rows_of_tables_make_what_the_same_rows_as_files_make() {
    let settings = settings();
    let tables = tables(&written()).unwrap();
    let mut builder = IndexBuilder::new(&settings);
    let mut report = FilesReport::default();
    let [of_people, of_history, of_superseded] = tables.all() else {
        panic!("three tables");
    };
    // In two batches, as an engine gives them; the later row of a number is what holds.
    let first = people(&[
        "#0,ADA,MAY,THORNBY,2,1950-03-12,SS0 0AA,F81144,-,N,-",
        "#1,BERT,-,OAKLEY,1,1961-07-04,SS1 1AA,-,2020-05-05,S,-",
        "9990000019,NO,-,NUMBER,1,1961-07-04,-,-,-,-,-",
    ]);
    let second = people(&[
        "#0,ADA,MAY,OAKLEY,2,1950-03-12,SS0 0AA,F81144,-,N,-",
        "#2,CLARA,-,QUILL,2,1972-13-30,-,-,-,-,-",
    ]);
    of_people.take(&first, &mut builder, &mut report);
    of_people.take(&second, &mut builder, &mut report);
    assert_eq!(report.rows, 3);
    let left_out: Vec<_> = report.left_out.iter().collect();
    assert_eq!(
        left_out,
        [
            (&"dob is no date", &(1, 5)),
            (&"nhs_number is no NHS number", &(1, 3))
        ]
    );
    let past = ["nhs_number", "field", "value", "from", "to"];
    let past = batch(&past, &["#1,postcode,LN1 1AA,2001-01-01,-"]);
    of_history.take(&past, &mut builder, &mut report);
    let replaced = batch(&["nhs_number", "replaced_by"], &["#9,#0"]);
    of_superseded.take(&replaced, &mut builder, &mut report);
    assert_eq!(report.rows, 5);
    assert!(builder.bytes() > 0);
    let from_files = index_of(
        &settings,
        "#0,ADA,MAY,THORNBY,2,1950-03-12,SS0 0AA,F81144,,N,\n\
         #1,BERT,,OAKLEY,1,1961-07-04,SS1 1AA,,2020-05-05,S,\n\
         #0,ADA,MAY,OAKLEY,2,1950-03-12,SS0 0AA,F81144,,N,\n",
        "#1,postcode,LN1 1AA,2001-01-01,\n",
        "#9,#0\n",
    );
    assert!(builder.finish(NonZero::<usize>::MIN) == from_files);
}

#[test]
fn a_table_without_a_column_yet_gives_blanks_in_its_place() {
    let tables = tables(&written()).unwrap();
    let people = &tables.all()[0];
    let query = people.rows_of("abc", &["nhs_number", "family_name"]);
    let text = query.as_str();
    assert!(
        text.starts_with("select cast(\"demographic_index\".\"nhs_number\" as varchar) as \"nhs_number\", '' as \"given_name\", "),
        "{text}"
    );
    assert!(
        text.contains("cast(\"demographic_index\".\"family_name\" as varchar) as \"family_name\"")
    );
    assert!(
        text.ends_with("where \"demographic_index\".\"submission_id\" = 'abc'"),
        "{text}"
    );
    assert!(
        people
            .landings()
            .as_str()
            .ends_with("order by min(\"received_at\"), \"submission_id\"")
    );
}

#[test]
fn a_description_that_makes_no_sense_says_where() {
    let people = "title = \"x\"\n[people]\ntable = \"people\"\n[people.columns]\n";
    for (text, says) in [
        (
            format!("{people}nhs_number = \"n\"\ndobb = \"d\"\n"),
            "nearest is `dob`",
        ),
        (format!("{people}dob = \"d\"\n"), "must have `nhs_number`"),
        (format!("{people}nhs_number = \"a; drop\"\n"), "is no name"),
        (
            format!(
                "{people}nhs_number = \"n\"\n[history]\ntable = \"h\"\n[history.columns]\nnhs_number = \"n\"\n"
            ),
            "`[history.columns]` of content/linkage/index.toml must have `field`",
        ),
        ("title = \"x\"\n".to_owned(), "people"),
    ] {
        let fault = tables(&text).unwrap_err();
        assert!(fault.contains(says), "{fault}");
    }
}
