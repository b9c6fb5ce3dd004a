//! What is counted of cells, against a count made cell by cell.

use super::{
    agreement::{Slow, batch, header, rows},
    check_batches, check_bytes, content, settings,
};
use crate::check::{
    Checker, Checks, InvalidKind, Quality, RowCounts, Specification, codes::records,
    expression::parser::parse,
};
use model::{Content, Dataset, FieldKind};
use std::collections::{BTreeMap, BTreeSet};

/// The counts of one field in the rows of one value of `by`.
type Counted = BTreeMap<(String, Option<String>), RowCounts>;

/// Each cell of each row on its own, straight from the conditions as they are written.
fn count_slowly(
    slow: &Slow<'_>,
    dataset: &Dataset,
    rows: &[(Vec<String>, u32)],
) -> (u64, Counted, BTreeMap<(String, InvalidKind), u64>) {
    let nothing = BTreeMap::new();
    let mut counted = Counted::new();
    let mut reasons = BTreeMap::new();
    let mut judged = 0;
    for row in rows {
        if !slow.in_row(row, 1, &mut BTreeSet::new()) {
            continue;
        }
        judged += 1;
        let group = ["Request", "Assessment", "Service", "Review"]
            .into_iter()
            .find(|kind| {
                let is_it = parse(&format!("event_type = '{kind}'")).unwrap();
                slow.holds(&is_it, row, None, &nothing)
            });
        for (at, field) in dataset.fields.iter().enumerate() {
            let holds = |when: &str| slow.holds(&parse(when).unwrap(), row, Some(at), &nothing);
            let stated = |when: &Option<String>| when.as_ref().is_some_and(|when| holds(when));
            let mut all = counted.remove(&(field.column.clone(), None));
            let mut own = counted.remove(&(field.column.clone(), group.map(str::to_owned)));
            let own_is_none = group.is_none();
            let bump = |counts: &mut Option<RowCounts>| {
                let counts = counts.get_or_insert_default();
                let checks: &mut Checks = if stated(&field.undetermined) {
                    &mut counts.undetermined
                } else if stated(&field.not_applicable) {
                    &mut counts.not_applicable
                } else if stated(&field.mandatory) {
                    &mut counts.mandatory
                } else {
                    &mut counts.applicable
                };
                let mut kinds: Vec<(InvalidKind, String)> = match field.kind {
                    FieldKind::Text => Vec::new(),
                    FieldKind::Date => vec![(InvalidKind::NotADate, "unreadable(cell)".into())],
                    FieldKind::Code => vec![
                        (InvalidKind::NotOnList, "unlisted(cell)".into()),
                        (InvalidKind::Withdrawn, "withdrawn(cell)".into()),
                    ],
                    _ => vec![(InvalidKind::NotANumber, "unreadable(cell)".into())],
                };
                kinds.extend(field.invalid.iter().map(|invalid| {
                    let named = InvalidKind::NAMED.iter();
                    let kind = named.clone().find(|(name, _)| *name == invalid.reason);
                    (kind.unwrap().1, invalid.when.clone())
                }));
                if row.0[at].trim().is_empty() {
                    checks.blank += 1;
                } else if field.kind == FieldKind::Code
                    && (holds("earlier(cell)") || holds("earlier_unsure(cell)"))
                {
                    checks.old_release += 1;
                } else if let Some((kind, _)) = kinds.iter().find(|(_, when)| holds(when)) {
                    checks.invalid += 1;
                    return Some(*kind);
                } else {
                    checks.valid += 1;
                }
                None
            };
            if own_is_none {
                // Rows of no group are kept under a name of their own.
                own = counted.remove(&(field.column.clone(), Some("none".to_owned())));
            }
            if let Some(kind) = bump(&mut all) {
                *reasons.entry((field.column.clone(), kind)).or_default() += 1;
            }
            bump(&mut own);
            counted.insert((field.column.clone(), None), all.unwrap());
            let name = group.unwrap_or("none").to_owned();
            counted.insert((field.column.clone(), Some(name)), own.unwrap());
        }
    }
    (judged, counted, reasons)
}

fn compare(quality: &Quality, slow: &Slow<'_>, dataset: &Dataset, rows: &[(Vec<String>, u32)]) {
    let (judged, counted, reasons) = count_slowly(slow, dataset, rows);
    assert_eq!(quality.rows, judged);
    let mut found = Counted::new();
    let mut why = BTreeMap::new();
    for field in &quality.fields {
        if judged > 0 {
            found.insert((field.column.clone(), None), field.rows);
        }
        for group in &field.by {
            let name = group.value.clone().unwrap_or("none".to_owned());
            found.insert((field.column.clone(), Some(name)), group.rows);
        }
        for (kind, count) in &field.invalid {
            why.insert((field.column.clone(), *kind), *count);
        }
        let cells = field.cells;
        let total = cells.valid
            + cells.blank_allowed
            + cells.blank_mandatory
            + cells.invalid
            + cells.old_release
            + cells.not_applicable;
        assert_eq!(total, judged, "{}", field.column);
    }
    assert_eq!(why, reasons);
    for (place, counts) in &counted {
        assert_eq!(found.get(place), Some(counts), "{place:?}");
    }
    assert_eq!(found.len(), counted.len());
}

fn specification(content: &Content) -> Specification {
    Specification::read(content, "cld-r2").unwrap_or_else(|fault| panic!("{fault}"))
}

#[test]
fn the_fast_count_agrees_with_the_slow_one_on_generated_rows() {
    let content = content();
    let specification = specification(&content);
    let dataset = specification.dataset();
    let slow = Slow::new(&content, &specification, "2026-01-15".parse().unwrap());
    for (seed, length) in [(1, 1), (2, 63), (3, 65), (4, 200)] {
        let rows = rows(&specification, length, seed);
        let width = u32::try_from(dataset.fields.len()).unwrap();
        let widths = vec![width; rows.len()];
        let checker = Checker::new(
            &specification,
            &header(dataset.fields.len()),
            settings("2026-01-15", Some("503")),
        );
        let (_, facts) = check_batches(
            &checker,
            rows.chunks(50)
                .map(|part| batch(part, &widths[..part.len()], 2))
                .collect(),
        );
        let rows: Vec<_> = rows.into_iter().map(|row| (row, width)).collect();
        compare(&checker.quality(&facts), &slow, dataset, &rows);
    }
}

#[test]
fn the_example_with_faults_is_counted_as_it_was_spoilt() {
    let content = content();
    let specification = specification(&content);
    let dataset = specification.dataset();
    let path = "datasets/cld-r2/examples/example_with_errors.csv";
    let found = check_bytes(
        &specification,
        content.bytes(path).unwrap(),
        settings("2026-01-15", None),
        20,
        2,
    );
    let quality = &found.outcome.quality;
    let slow = Slow::new(&content, &specification, "2026-01-15".parse().unwrap());
    let width = u32::try_from(dataset.fields.len()).unwrap();
    let rows: Vec<_> = records(content.text(path).unwrap())
        .into_iter()
        .skip(1)
        .map(|row| (row, width))
        .collect();
    compare(quality, &slow, dataset, &rows);
    let field = |column: &str| quality.fields.iter().find(|f| f.column == column).unwrap();
    // From example_with_errors.expected.csv: gender "F"; NHS numbers short of a digit and with a wrong one;
    // a value of Release 1 in the outcome; a date of birth that can be read; a request without its route.
    assert_eq!(field("gender").invalid[&InvalidKind::NotOnList], 1);
    assert_eq!(field("nhs_number").invalid[&InvalidKind::Shape], 1);
    assert_eq!(field("nhs_number").invalid[&InvalidKind::CheckDigit], 1);
    assert_eq!(field("event_outcome").cells.old_release, 1);
    assert_eq!(field("event_outcome").cells.invalid, 2);
    assert_eq!(field("request_route_of_access").cells.blank_mandatory, 1);
    assert_eq!(field("first_name").rows.undetermined.total(), 62);
    let review = field("service_type").by.iter();
    let mut review = review.filter(|g| g.value.as_deref() == Some("Review"));
    // The service type filled on a review, the one that rule CLD-V005 finds, is no cell that counts.
    assert!(review.all(|g| g.cells.valid == 0 && g.cells.not_applicable > 0));
}

#[test]
fn a_column_that_the_file_has_not_is_blank_and_said_to_be_absent() {
    let content = content();
    let specification = specification(&content);
    let text = content
        .text("datasets/cld-r2/examples/example.csv")
        .unwrap()
        .replacen("Gender", "Gendre", 1);
    let found = check_bytes(
        &specification,
        text.as_bytes(),
        settings("2026-01-15", None),
        8192,
        1,
    );
    let quality = &found.outcome.quality;
    let gender = quality
        .fields
        .iter()
        .find(|f| f.column == "gender")
        .unwrap();
    assert!(!gender.in_file);
    assert_eq!(gender.cells.blank_mandatory, 61);
    assert!(quality.fields.iter().filter(|f| !f.in_file).count() == 1);
    let json = serde_json::to_string(quality).unwrap();
    assert_eq!(&serde_json::from_str::<Quality>(&json).unwrap(), quality);
}

#[test]
fn a_mistake_in_a_status_points_at_its_place() {
    let read = |line: &str| {
        let dataset = format!(
            "name = \"visits\"\ntitle = \"Visits\"\nversion = \"1\"\nsource = \"nobody\"\ntable = \"visit\"\n[[field]]\nname = \"Visit\"\ncolumn = \"visit\"\nkind = \"date\"\nmeans = \"When.\"\n{line}\n"
        );
        let file = ("datasets/visits/dataset.toml".to_owned(), dataset.into());
        let content = Content::from_files([file]);
        Specification::read(&content, "visits")
            .unwrap_err()
            .to_string()
    };
    expect_test::expect![[r#"
        unknown column `vist`
           |
        11 | mandatory = "filled(vist)"
           |                     ^^^^ did you mean `visit`?
           content/datasets/visits/dataset.toml"#]]
    .assert_eq(&read("mandatory = \"filled(vist)\""));
    expect_test::expect![[r#"
        `odd` is no reason that is counted
           |
        11 | invalid = [{ reason = "odd", when = "cell > today" }]
           |                       ^^^^^ use one of not_on_list, withdrawn, not_a_date, not_a_number, shape, length, check_digit, range
           content/datasets/visits/dataset.toml"#]]
    .assert_eq(&read("invalid = [{ reason = \"odd\", when = \"cell > today\" }]"));
    expect_test::expect![[r#"
        quality is counted without knowing the sender or earlier files
           |
        11 | not_applicable = "sender = 'X'"
           |                  ^^^^^^^^^^^^^^
           content/datasets/visits/dataset.toml"#]]
    .assert_eq(&read("not_applicable = \"sender = 'X'\""));
}
