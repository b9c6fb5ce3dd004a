//! The worked examples through the plain second version, the queries as text, and the models that
//! are refused. What the queries do is tested in `app`, on the same examples.

use crate::{LinkError, LinkageModel, link_report, plain, steps, trace_report};
use expect_test::{Expect, expect};
use model::Content;
use std::{collections::BTreeMap, path::Path};

fn content() -> Content {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage");
    let files = Content::from_folder(&folder).unwrap();
    let paths = files.list("");
    let mut all = Vec::new();
    let mut waiting: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
    while let Some(path) = waiting.pop() {
        if files.has(&path) {
            all.push((
                format!("linkage/{path}"),
                files.bytes(&path).unwrap().to_vec(),
            ));
        } else {
            waiting.extend(
                files
                    .list(&path)
                    .iter()
                    .map(|below| format!("{path}/{below}")),
            );
        }
    }
    Content::from_files(all)
}

fn model() -> LinkageModel {
    LinkageModel::read(&content(), "deterministic").unwrap()
}

/// Rows of a file without quotes, which the examples are.
fn rows(text: &str) -> Vec<plain::Row> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), header.len(), "{line}");
            header
                .iter()
                .zip(cells)
                .map(|(name, cell)| ((*name).to_owned(), cell.to_owned()))
                .collect()
        })
        .collect()
}

#[test]
fn the_worked_examples_come_out_as_worked_out_by_hand() {
    let (content, model) = (content(), model());
    let cases: Vec<&str> = content
        .list("linkage/examples")
        .into_iter()
        .filter(|name| *name != "README.md")
        .collect();
    assert!(cases.len() >= 9, "{cases:?}");
    for case in cases {
        let folder = format!("linkage/examples/{case}");
        let read = |file: &str| rows(content.text(&format!("{folder}/{file}")).unwrap());
        let tables: plain::Tables = content
            .list(&folder)
            .into_iter()
            .filter(|file| *file != "expected_person_link.csv")
            .map(|file| (file.trim_end_matches(".csv").to_owned(), read(file)))
            .collect();
        let mut links = plain::link(&model, &tables);
        let mut people: BTreeMap<String, String> = BTreeMap::new();
        let mut identities: BTreeMap<String, String> = BTreeMap::new();
        for row in read("expected_person_link.csv") {
            let place = (row["source"].clone(), row["source_key"].clone());
            let (identity, pass) = links
                .remove(&place)
                .unwrap_or_else(|| panic!("{case}: {place:?} was lost"));
            assert_eq!(pass, row["pass"], "{case}: {place:?}");
            let person = row["person"].clone();
            let one = people.entry(person.clone()).or_insert(identity.clone());
            assert_eq!(*one, identity, "{case}: `{person}` has two identities");
            let one = identities.entry(identity).or_insert(person.clone());
            assert_eq!(*one, person, "{case}: two people have one identity");
        }
        assert!(links.is_empty(), "{case}: not expected: {:?}", links.keys());
    }
}

#[test]
fn every_step_names_what_it_reads() {
    let landed = [
        "demographic_index",
        "cld_event",
        "hospital_spell",
        "emergency_attendance",
        "death",
        "opt_out",
    ];
    let told: Vec<String> = steps(&model().for_tables(&landed))
        .iter()
        .map(|step| format!("{} <- {}", step.writes, step.reads.join(" ")))
        .collect();
    assert_eq!(
        told,
        [
            "link_index <- demographic_index",
            "link_record <- cld_event hospital_spell emergency_attendance death opt_out",
            "link_pass <- link_record link_index",
            "link_choice <- link_pass",
            "person_link <- link_record link_index link_choice demographic_index",
        ]
    );
}

#[test]
fn a_model_that_weighs_puts_weights_between_passes_and_choices() {
    let content = content();
    let model = LinkageModel::read(&content, "probabilistic").unwrap();
    let passes: Vec<&str> = model.passes.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        passes,
        ["number_and_birth_date", "full_details", "number_only"]
    );
    let told: Vec<String> = steps(&model.for_tables(&["demographic_index", "cld_event"]))
        .iter()
        .skip(2)
        .map(|step| format!("{}: {} <- {}", step.name, step.writes, step.reads.join(" ")))
        .collect();
    assert_eq!(
        told,
        [
            "link.passes: link_pass <- link_record link_index",
            "link.subjects: link_subject <- link_record",
            "link.weigh: link_weighed <- link_subject link_index link_decided",
            "link.pairs: link_pair <- link_weighed",
            "link.choices: link_choice <- link_record link_pass link_pair link_decided",
            "link.identities: person_link <- link_record link_index link_choice demographic_index",
        ]
    );
    for step in steps(&model) {
        let text = step.sql.as_str();
        assert_eq!(text.matches('(').count(), text.matches(')').count());
        assert!(!text.contains("{}"), "{text}");
    }
}

#[test]
fn another_match_model_is_another_version() {
    let version = |from: &str, to: &str| {
        let all = content();
        let files = ["linkage", "linkage/lists", "linkage/trained"]
            .into_iter()
            .flat_map(|folder| {
                let names = all
                    .list(folder)
                    .into_iter()
                    .map(move |name| format!("{folder}/{name}"));
                names.filter(|path| all.has(path)).collect::<Vec<_>>()
            });
        let changed = files.map(|path| {
            let text = all.text(&path).unwrap();
            let text = if path.ends_with("linkage/nhs-trace.toml") {
                text.replace(from, to)
            } else {
                text.to_owned()
            };
            (path, text.into_bytes())
        });
        let changed = Content::from_files(changed.collect::<Vec<_>>());
        let model = LinkageModel::read(&changed, "probabilistic").unwrap();
        model.weighing.unwrap().version()
    };
    let as_shipped = version("", "");
    assert!(as_shipped.starts_with("nhs-trace "), "{as_shipped}");
    assert_eq!(as_shipped, version("", ""));
    assert_ne!(
        as_shipped,
        version("probability = 0.9", "probability = 0.95")
    );
}

#[test]
fn mistakes_in_a_model_that_weighs_are_pointed_at() {
    for (from, to, said) in [
        (
            "\"full_details\"",
            "\"full_detail\"",
            "has no pass `full_detail`",
        ),
        (
            "based_on = \"deterministic\"",
            "based_on = \"probabilistic\"",
            "based on",
        ),
        (
            "from = 0.99\n",
            "from = 0.9999\n",
            "each with a lower `from`",
        ),
        ("from = 0.999\n", "from = 1.0\n", "between 0 and 1"),
        ("[5, 10,", "[10, 10,", "bands are bits that rise"),
        ("model = \"nhs-trace\"", "model = \"nobody\"", "nobody"),
        ("trained =", "train =", "train"),
    ] {
        let all = content();
        let text = all.text("linkage/probabilistic.toml").unwrap();
        assert!(text.contains(from), "{from}");
        let mut files: Vec<(String, Vec<u8>)> = vec![(
            "linkage/wrong.toml".to_owned(),
            text.replace(from, to).into_bytes(),
        )];
        for path in [
            "linkage/deterministic.toml",
            "linkage/probabilistic.toml",
            "linkage/nhs-trace.toml",
        ] {
            files.push((path.to_owned(), all.bytes(path).unwrap().to_vec()));
        }
        for list in all.list("linkage/lists") {
            let path = format!("linkage/lists/{list}");
            files.push((path.clone(), all.bytes(&path).unwrap().to_vec()));
        }
        let fault = LinkageModel::read(&Content::from_files(files), "wrong").unwrap_err();
        assert!(fault.to_string().contains(said), "{fault}");
    }
}

#[test]
fn sources_that_have_not_landed_are_left_out() {
    let model = model().for_tables(&["demographic_index", "cld_event"]);
    let all = steps(&model);
    assert_eq!(all[1].reads, ["cld_event"]);
    assert!(!all[1].sql.as_str().contains("hospital_spell"));
    let nothing = model.for_tables(&[]);
    assert_eq!(steps(&nothing)[1].reads, ["demographic_index"]);
    assert!(
        steps(&nothing)[1]
            .sql
            .as_str()
            .ends_with("as nobody where false")
    );
}

#[test]
fn parts_of_queries_are_closed() {
    let model = model();
    let mut texts: Vec<String> = steps(&model).iter().map(|s| s.sql.to_string()).collect();
    texts.push(link_report(&model).to_string());
    texts.push(trace_report().to_string());
    for text in texts {
        assert_eq!(text.matches('(').count(), text.matches(')').count());
        assert!(!text.contains("{}"), "{text}");
        assert_eq!(text.matches('\'').count() % 2, 0);
    }
}

fn check_pass(toml: &str, expected: &Expect) {
    let pass: crate::Pass = toml::from_str(toml).unwrap();
    expected.assert_eq(crate::passes::found(3, &pass).as_str());
}

#[test]
fn a_pass_is_a_join_on_what_must_be_equal() {
    check_pass(
        r#"
        name = "example"
        why = "an example"
        equal = ["given_name = family_name", "family_name = given_name", "postcode"]
        birth_date = "equal"
        may_not_disagree = ["sex"]
        not_born_on = ["01-01"]
        sources = ["visits"]
        "#,
        &expect![[r#"
            select 3 as place, r.source, r.source_key, r.numbers, i.nhs_number as person_number
              from "link_record" as r join "link_index" as i on r.given_name = i.family_name and r.family_name = i.given_name and r.postcode = i.postcode and r.date_of_birth = i.date_of_birth
              where (r.sex is null or i.sex is null or r.sex = i.sex)
                and not (r.birth_month = 1 and r.birth_day = 1)
                and r.source in ('visits')"#]],
    );
}

#[test]
fn a_date_of_birth_may_agree_in_part_under_one_number() {
    check_pass(
        r#"
        name = "example"
        why = "an example"
        equal = ["nhs_number"]
        birth_date = "partly"
        any_of = [["family_start", "given_initial"], ["outward"]]
        "#,
        &expect![[r#"
            select 3 as place, r.source, r.source_key, r.numbers, i.nhs_number as person_number
              from "link_record" as r join "link_index" as i on r.nhs_number = i.nhs_number
              where (case when r.birth_year = i.birth_year then 1 else 0 end + case when r.birth_month = i.birth_month then 1 else 0 end + case when r.birth_day = i.birth_day then 1 else 0 end >= 2 or (r.birth_year = i.birth_year and r.birth_month = i.birth_day and r.birth_day = i.birth_month and r.birth_month <> r.birth_day))
                and ((r.family_start = i.family_start and r.given_initial = i.given_initial) or (r.outward = i.outward))"#]],
    );
}

const HEAD: &str = r#"
title = "a model"
earliest_birth_date = "1895-01-01"
[index]
table = "people"
source_key = ["number"]
columns = { nhs_number = "number" }
[[source]]
table = "visits"
source_key = ["visit"]
columns = { nhs_number = "number" }
"#;

fn refused(passes: &str) -> String {
    let text = format!("{HEAD}\n{passes}");
    let content = Content::from_files([("linkage/m.toml".to_owned(), text.into_bytes())]);
    LinkageModel::read(&content, "m").map_or_else(
        |error: LinkError| error.to_string(),
        |_| "accepted".to_owned(),
    )
}

#[test]
fn a_pass_that_could_take_relatives_for_one_person_is_refused() {
    let pass = |equal: &str, birth: &str| {
        refused(&format!(
            "[[pass]]\nname = \"p\"\nwhy = \"w\"\nequal = [{equal}]\nbirth_date = \"{birth}\""
        ))
    };
    for (equal, birth, needs) in [
        (
            r#""family_name", "postcode""#,
            "equal",
            "needs the NHS number, or both names",
        ),
        (
            r#""family_name", "given_name", "postcode""#,
            "not_supplied",
            "needs the NHS number",
        ),
        (
            r#""family_name", "given_name", "postcode""#,
            "partly",
            "needs the NHS number",
        ),
        (
            r#""family_name", "postcode""#,
            "exchanged",
            "needs both names and the postcode",
        ),
        (
            r#""family_name", "given_name""#,
            "exchanged",
            "needs both names and the postcode",
        ),
        (
            r#""sex", "outward""#,
            "equal",
            "needs the NHS number, or both names",
        ),
    ] {
        let said = pass(equal, birth);
        assert!(said.contains("pass `p`") && said.contains(needs), "{said}");
    }
    for (equal, birth) in [
        (r#""nhs_number""#, "not_supplied"),
        (r#""family_name", "first_name""#, "equal"),
        (r#""sex", "postcode""#, "equal"),
        (r#""family_name", "given_name", "postcode""#, "exchanged"),
    ] {
        assert_eq!(pass(equal, birth), "accepted", "{equal} {birth}");
    }
}

#[test]
fn mistakes_in_a_model_are_pointed_at() {
    let pass = |name: &str, more: &str| {
        format!(
            "[[pass]]\nname = \"{name}\"\nwhy = \"w\"\nequal = [\"nhs_number\"]\nbirth_date = \"equal\"\n{more}\n"
        )
    };
    for (passes, said) in [
        (
            pass("a", "") + &pass("a", ""),
            "pass `a` of content/linkage/m.toml has a name that is taken",
        ),
        (pass("several", ""), "has a name that is taken"),
        (pass("a", "sources = [\"elsewhere\"]"), "is for `elsewhere`"),
        (pass("a", "may_not_disagree = [\"shoe_size\"]"), "shoe_size"),
        (
            pass("a", "not_born_on = [\"13-01\"]"),
            "`13-01` is no birthday",
        ),
        (pass("a", "weight = 3"), "weight"),
        (
            "[[source]]\ntable = \"people\"\nsource_key = [\"x\"]\ncolumns = {}\n".to_owned()
                + &pass("a", ""),
            "table `people` stands twice",
        ),
        (
            "[[source]]\ntable = \"p; drop\"\nsource_key = [\"x\"]\ncolumns = {}\n".to_owned()
                + &pass("a", ""),
            "`p; drop` is no table",
        ),
        (
            "[[source]]\ntable = \"q\"\nsource_key = []\ncolumns = {}\n".to_owned()
                + &pass("a", ""),
            "`q` has no source_key",
        ),
    ] {
        let error = refused(&passes);
        assert!(error.contains(said), "{error}");
    }
}
