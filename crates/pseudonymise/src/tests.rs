//! The allow-lists in `content/`, the lists that are refused, and the crossing queries as text.
//! What the queries do is tested in `app`.

use crate::{Handover, KnownWords, Person, Treatment, account, steps};
use expect_test::expect;
use model::{Content, Dataset};
use std::path::Path;

fn content() -> Content {
    Content::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")).unwrap()
}

const DATASET: &str = r#"
name = "visits"
title = "Visits"
version = "1"
source = "invented"
table = "visit"
[[field]]
name = "Number"
column = "nhs_number"
kind = "text"
identifying = true
means = "who"
[[field]]
name = "Born"
column = "born"
kind = "date"
identifying = true
means = "when born"
[[field]]
name = "Place"
column = "postcode"
kind = "text"
identifying = true
means = "where"
[[field]]
name = "Visit"
column = "visit_id"
kind = "text"
means = "which visit"
[[field]]
name = "Day"
column = "visit_date"
kind = "date"
means = "when"
[[field]]
name = "Kind"
column = "visit_kind"
kind = "code"
codes = "kinds"
means = "what kind"
[[field]]
name = "Notes"
column = "notes"
kind = "text"
means = "what was said"
[[field]]
name = "Carer"
column = "carer_id"
kind = "text"
identifying = true
means = "another visit's person"
"#;

fn read(handover: &str) -> Result<Handover, String> {
    let files = [
        ("datasets/visits/dataset.toml", DATASET),
        ("datasets/visits/handover.toml", handover),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    Handover::read(&Content::from_files(files), "visits").map_err(|error| error.to_string())
}

const LINKED: &str = "why = \"w\"\n[person.linked]\nsource_key = [\"visit_id\"]\n";

#[test]
fn a_list_that_would_let_a_person_through_is_refused() {
    let all = |lists: &str| {
        format!("why = \"w\"\n{lists}\n[person.linked]\nsource_key = [\"visit_id\"]\n")
    };
    for (handover, said) in [
        (all("as_is = [\"nhs_number\"]"), "`nhs_number` points at a person"),
        (all("as_is = [\"born\"]"), "`born` points at a person"),
        (all("codes = [\"postcode\"]"), "`postcode` points at a person"),
        (all("as_is = [\"notes\"]"), "`notes` is free text"),
        (all("as_is = [\"visit_dat\"]"), "no column `visit_dat`, nearest is `visit_date`"),
        (all("codes = [\"visit_date\"]"), "`visit_date` cannot be treated as `codes`, it is a date"),
        (all("as_is = [\"visit_date\", \"visit_date\"]"), "`visit_date` on the other side: the name is taken"),
        (format!("{LINKED}[month]\nborn = \"born\""), "it is the name of what points at a person"),
        (format!("{LINKED}[month]\nperson_pseudonym = \"born\""), "the name is taken"),
        (format!("{LINKED}[month]\nborn_month = \"postcode\""), "cannot be treated as `month`"),
        (format!("{LINKED}[month]\n\"Born Month\" = \"born\""), "lower-case letters"),
        ("why = \"w\"\nas_is = [\"visit_date\"]".to_owned(), "needs `person`"),
        (all("one_row_per = \"visit_date\""), "is for tables that are about no person"),
        (all("all = true"), "unknown field `all`"),
        ("why = \"w\"\n[person]\ncolumn = \"nhs_number\"\n[linked_person]\ncarer = [\"carer_id\"]".to_owned(), "needs a person that is known by linkage"),
    ] {
        let error = read(&handover).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn the_crossing_holds_what_is_listed_and_nothing_else() {
    let handover = read(
        r#"
        why = "visits without visitors"
        as_is = ["sender", "visit_date", "visit_kind"]
        codes = ["visit_id"]
        words = { notes = ["went well", "didn't go well"] }
        [person.linked]
        source_key = ["sender", "visit_id"]
        [month]
        birth_month = "born"
        [postcode_sector]
        postcode_sector = "postcode"
        [looked_up]
        area = { from = "postcode", table = "areas", by = "place", take = "area" }
        [linked_person]
        carer_pseudonym = ["sender", "carer_id"]
        [token]
        visit_token = ["sender", "visit_id"]
        "#,
    )
    .unwrap();
    let crossing = &steps(std::slice::from_ref(&handover), &["visit", "areas"])[0];
    assert_eq!(crossing.name, "pseudonymise.visit");
    assert_eq!(crossing.writes, "visit");
    assert_eq!(crossing.reads, ["areas", "person_link", "visit"]);
    expect![[r#"
        select
          p.pseudonym as person_pseudonym,
          p.grade as link_grade,
          p.weight_band as link_weight_band,
          p.model as link_model,
          t."sender" as "sender",
          t."visit_date" as "visit_date",
          listed('kinds', t."visit_kind") as "visit_kind",
          short_code(t."visit_id") as "visit_id",
          case when t."notes" in ('went well', 'didn''t go well') then t."notes" when t."notes" is not null then 'not on the list' end as "notes",
          make_date(cast(date_part('year', t."born") as integer), cast(date_part('month', t."born") as integer), 1) as "birth_month",
          postcode_sector(t."postcode") as "postcode_sector",
          a8.taken as "area",
          l9.pseudonym as "carer_pseudonym",
          record_token('visit' || '|' || '' || t."sender" || '|' || t."visit_id") as "visit_token"
        from "visit" as t
        join (select source_key, pseudonym(person_id) as pseudonym, grade, weight_band, model from person_link where source = 'visit') as p on p.source_key = coalesce('' || "t"."sender" || '|' || "t"."visit_id", 'row|' || "t"."submission_id" || '|' || "t"."row_number")
        left join (
          select place, taken from (
            select postcode_form("place") as place, "area" as taken,
              row_number() over (partition by postcode_form("place") order by received_at desc, submission_id, row_number) as turn
            from "areas"
          ) as every_version where turn = 1
        ) as a8 on a8.place = postcode_form(t."postcode")
        left join (select source_key, pseudonym(person_id) as pseudonym, grade, weight_band, model from person_link where source = 'visit') as l9 on l9.source_key = '' || t."sender" || '|' || t."carer_id""#]]
    .assert_eq(crossing.sql.as_str());
    expect![[r#"select count(*) as rows_in, count(p.source_key) as rows_out, count(*) - count(p.source_key) as rows_without_identity from "visit" as t left join (select source_key from person_link where source = 'visit') as p on p.source_key = coalesce('' || "t"."sender" || '|' || "t"."visit_id", 'row|' || "t"."submission_id" || '|' || "t"."row_number")"#]]
    .assert_eq(account(&handover).unwrap().as_str());
    // Without the other table the column is there and empty; without the table itself there is no step.
    let alone = &steps(std::slice::from_ref(&handover), &["visit"])[0];
    assert!(alone.sql.as_str().contains("nullif('', '') as \"area\""));
    assert_eq!(alone.reads, ["person_link", "visit"]);
    assert!(steps(&[handover], &["areas"]).is_empty());
}

#[test]
fn a_value_that_stands_for_a_person_is_swapped_too() {
    let handover =
        read("why = \"w\"\nas_is = [\"visit_date\"]\n[person]\ncolumn = \"nhs_number\"").unwrap();
    let crossing = &steps(&[handover], &["visit"])[0];
    expect![[r#"
        select
          pseudonym(t."nhs_number") as person_pseudonym,
          t."visit_date" as "visit_date"
        from "visit" as t
        where t."nhs_number" is not null"#]]
    .assert_eq(crossing.sql.as_str());
}

#[test]
fn no_identifying_field_of_any_dataset_crosses() {
    let content = content();
    let handovers = Handover::read_all(&content).unwrap();
    assert!(!handovers.is_empty());
    for handover in &handovers {
        let dataset = Dataset::read(&content, handover.dataset()).unwrap();
        let names = handover.columns();
        for field in dataset.fields.iter().filter(|f| f.identifying) {
            assert!(!names.contains(&field.column.as_str()), "{}", field.column);
            for (name, treatment) in handover.treatments() {
                let unchanged = match treatment {
                    Treatment::AsIs { from }
                    | Treatment::Listed { from, .. }
                    | Treatment::OneOf { from, .. }
                    | Treatment::ShortCode { from } => from.as_str() == field.column,
                    _ => false,
                };
                assert!(!unchanged, "{name} of {}", handover.table());
            }
        }
    }
}

/// Every mention of a column of the landed table in what is shown stands inside a treatment.
#[test]
fn the_queries_show_identifying_columns_only_through_a_treatment() {
    let content = content();
    let handovers = Handover::read_all(&content).unwrap();
    let landed: Vec<&str> = handovers.iter().map(Handover::table).collect();
    for (handover, step) in handovers.iter().zip(steps(&handovers, &landed)) {
        let dataset = Dataset::read(&content, handover.dataset()).unwrap();
        let text = step.sql.as_str();
        let shown = text.split("\nfrom ").next().unwrap();
        for line in shown.lines() {
            for field in dataset.fields.iter().filter(|f| f.identifying) {
                let mention = format!("t.\"{}\"", field.column);
                let treated = [
                    "pseudonym(",
                    "record_token(",
                    "postcode_sector(",
                    "make_date(cast(date_part('year', ",
                ];
                assert!(
                    !line.contains(&mention)
                        || treated.iter().any(|t| line.trim_start().starts_with(t)),
                    "{}: {line}",
                    handover.table()
                );
            }
        }
    }
}

/// The keys by which rows find their person are those that linkage writes.
#[test]
fn handing_over_and_linking_name_records_alike() {
    let content = content();
    let model: toml::Value =
        toml::from_str(content.text("linkage/deterministic.toml").unwrap()).unwrap();
    let sources = model["source"].as_array().unwrap();
    for handover in Handover::read_all(&content).unwrap() {
        let Some(Person::Linked { source_key }) = handover.person() else {
            continue;
        };
        let source = sources
            .iter()
            .find(|source| source["table"].as_str() == Some(handover.table()))
            .unwrap_or_else(|| panic!("`{}` is not linked", handover.table()));
        let theirs: Vec<&str> = source["source_key"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|k| k.as_str())
            .collect();
        let ours: Vec<&str> = source_key.iter().map(model::Ident::as_str).collect();
        assert_eq!(ours, theirs, "{}", handover.table());
    }
}

#[test]
fn coded_columns_of_all_lists_are_known() {
    let content = content();
    let words = KnownWords::read(&content).unwrap();
    for handover in Handover::read_all(&content).unwrap() {
        for (name, treatment) in handover.treatments() {
            if let Treatment::Listed { list, .. } = treatment {
                assert!(words.has(list), "{name}: no list `{list}`");
            }
        }
    }
}

#[test]
fn a_word_crosses_only_if_its_list_holds_it() {
    let files = [
        (
            "codes/kinds.csv",
            "value,confidence\nHome visit,certain\n\"By phone, or video\",likely\n",
        ),
        (
            "codes/kinds.toml",
            "title = \"Kinds\"\nwith = [\"more-kinds\"]\n[also]\n\"Visit at home\" = \"Home visit\"\n[earlier]\nrelease = \"1\"\nmapping = \"old\"\n",
        ),
        ("codes/more-kinds.csv", "value\nIn the garden\n"),
        (
            "codes/old.csv",
            "list,value,equivalent\nkinds,HOME VISIT,Home visit\nkinds,Telephone,\nothers,Elsewhere,\n",
        ),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let words = KnownWords::read(&Content::from_files(files)).unwrap();
    for (word, crosses) in [
        ("Home visit", "Home visit"),
        ("home visit ", "Home visit"),
        ("By phone, or video", "By phone, or video"),
        ("In the garden", "In the garden"),
        ("Telephone", "Telephone"),
        ("Visit at home", "Visit at home"),
        ("Elsewhere", "not on the list"),
        ("Ada Thornby, 1 Mill Lane", "not on the list"),
    ] {
        assert_eq!(words.listed("kinds", word), crosses);
    }
    assert_eq!(words.listed("nothing", "Home visit"), "not on the list");
}
