//! The worked examples of content through the real engine, and every step of content over an empty workspace.

use crate::demo::{cells, demo, engine_with, open, wait};
use analyse::Derivation;
use govern::Agreements;
use link::{LinkageModel, plain};
use model::{Content, Identifiable, Pseudonymous, Sql, Zone};
use pseudonymise::{Handover, KnownWords, Maker};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};
use store::{
    Engine, Store, WritePoints, ZoneKey,
    arrow::{
        array::RecordBatch,
        compute::cast,
        datatypes::{DataType, Field, Schema},
    },
};
use tempfile::TempDir;

pub(crate) fn content() -> Content {
    Content::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")).unwrap()
}

fn empty<Z: Zone>(folder: &TempDir) -> Store<Z> {
    Store::open(
        &folder.path().join(Z::NAME),
        "own",
        ZoneKey::generate().unwrap(),
        Arc::new(WritePoints::default()),
    )
    .unwrap()
}

fn put<Z: Zone>(store: &Store<Z>, table: &str, batch: &RecordBatch) {
    wait(async {
        let mut writer = store.writer(table, &batch.schema()).unwrap();
        writer.write(batch).await.unwrap();
        writer.replace("an example").await.unwrap();
    });
}

#[test]
fn derivations_come_out_as_worked_out_by_hand() {
    let content = content();
    for derivation in Derivation::all(&content).unwrap() {
        let folder = TempDir::new().unwrap();
        let store = empty::<Pseudonymous>(&folder);
        let engine = engine_with(&folder.path().join("spill"), Vec::new());
        let read = |table: &str| {
            let path = format!("derivations/{}/example/{table}.csv", derivation.name);
            analyse::example::batch(content.text(&path).unwrap())
                .unwrap_or_else(|e| panic!("{path}: {e}"))
        };
        for table in &derivation.reads {
            put(&store, table, &read(table));
        }
        wait(engine.run(&[&store], &store, &derivation.step())).unwrap();
        let expected = read("expected");
        let names: Vec<String> = expected
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        let sql = Sql::content(format!(
            "select {} from {}",
            names.join(", "),
            derivation.writes
        ));
        let got = wait(engine.look(&[&store], &[&derivation.writes], &sql)).unwrap();
        let columns: BTreeSet<String> = wait(store.schema(&derivation.writes))
            .unwrap()
            .unwrap()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        assert_eq!(
            columns,
            names.iter().cloned().collect(),
            "{}: the example has every column",
            derivation.name
        );
        let sorted = |batches: &[RecordBatch]| {
            let mut rows = cells(batches);
            rows.sort();
            rows.into_iter()
                .map(|row| row.join(" | "))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let types: Vec<_> = got
            .first()
            .map(|b| {
                b.schema()
                    .fields()
                    .iter()
                    .map(|f| f.data_type().clone())
                    .collect()
            })
            .unwrap_or_default();
        let alike: Vec<_> = expected
            .columns()
            .iter()
            .zip(&types)
            .map(|(column, to)| cast(column, to).unwrap())
            .collect();
        let fields: Vec<_> = names
            .iter()
            .zip(&types)
            .map(|(name, to)| Field::new(name, to.clone(), true))
            .collect();
        let expected = RecordBatch::try_new(Arc::new(Schema::new(fields)), alike).unwrap();
        let (expected, got) = (sorted(&[expected]), sorted(&got));
        assert!(
            expected == got,
            "{}\nby hand:\n{expected}\n\nby the program:\n{got}",
            derivation.name
        );
    }
}

/// A table of linkage, typed by the names of its columns.
fn linkage_table(rows: &[BTreeMap<String, String>], header: &[String]) -> RecordBatch {
    let kind = |name: &str| match name {
        "row_number" => "integer",
        "received_at" => "moment",
        _ if name.starts_with("date_") || name.ends_with("_date") || name == "effective_from" => {
            "date"
        }
        _ => "text",
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(header.iter().map(|name| format!("{name}:{}", kind(name))))
        .unwrap();
    for row in rows {
        let cell = |name: &String| {
            row.get(name).map_or("", |cell| {
                if kind(name) == "moment" {
                    cell.trim_end_matches('Z')
                } else {
                    cell
                }
            })
        };
        writer.write_record(header.iter().map(cell)).unwrap();
    }
    let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    analyse::example::batch(&text).unwrap()
}

type Rows = Vec<BTreeMap<String, String>>;

fn csv_rows(text: &str) -> (Vec<String>, Rows) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader
        .records()
        .map(|record| {
            header
                .iter()
                .cloned()
                .zip(record.unwrap().iter().map(str::to_owned))
                .collect()
        })
        .collect();
    (header, rows)
}

/// The identity and the pass of each record, by the queries and the engine.
fn by_the_engine(
    model: &LinkageModel,
    tables: &BTreeMap<String, (Vec<String>, Rows)>,
) -> plain::Links {
    let folder = TempDir::new().unwrap();
    let store = empty::<Identifiable>(&folder);
    let engine = engine_with(&folder.path().join("spill"), link::functions());
    let used = columns_of(model);
    for (name, (header, rows)) in tables {
        // Columns that an example leaves out are blank.
        let mut header = header.clone();
        header.extend(
            used.get(name.as_str())
                .into_iter()
                .flatten()
                .filter(|c| !header.contains(c))
                .cloned()
                .collect::<Vec<_>>(),
        );
        put(&store, name, &linkage_table(rows, &header));
    }
    let here: Vec<&str> = tables.keys().map(String::as_str).collect();
    for step in link::steps(&model.for_tables(&here)) {
        wait(engine.run(&[&store], &store, &step))
            .unwrap_or_else(|e| panic!("{}: {e:?}", step.name));
    }
    let sql = Sql::fixed("select source, source_key, person_id, pass from person_link");
    let mut links = plain::Links::new();
    for row in cells(&wait(engine.look(&[&store], &[link::LINKS], &sql)).unwrap()) {
        let [source, key, person, pass] = row.try_into().unwrap();
        assert!(
            links.insert((source, key), (person, pass)).is_none(),
            "one row for each record"
        );
    }
    links
}

/// The columns of the landed tables, from their datasets.
fn columns_of(model: &LinkageModel) -> BTreeMap<String, Vec<String>> {
    let content = content();
    let mut all = BTreeMap::new();
    for name in content.list("datasets") {
        let dataset = model::Dataset::read(&content, name).unwrap();
        all.insert(
            dataset.table.clone(),
            dataset
                .schema()
                .fields()
                .iter()
                .map(|f| f.name().clone())
                .collect(),
        );
    }
    assert!(
        model
            .sources
            .iter()
            .all(|source| all.contains_key(source.name()))
    );
    all
}

#[test]
fn linkage_examples_come_out_of_the_engine_as_worked_out_by_hand() {
    let content = content();
    let model = LinkageModel::read(&content, "deterministic").unwrap();
    for case in content
        .list("linkage/examples")
        .into_iter()
        .filter(|name| *name != "README.md")
    {
        let folder = format!("linkage/examples/{case}");
        let mut tables: BTreeMap<String, (Vec<String>, Rows)> = content
            .list(&folder)
            .into_iter()
            .map(|file| {
                (
                    file.trim_end_matches(".csv").to_owned(),
                    csv_rows(content.text(&format!("{folder}/{file}")).unwrap()),
                )
            })
            .collect();
        let (_, expected) = tables.remove("expected_person_link").unwrap();
        let mut links = by_the_engine(&model, &tables);
        let (mut people, mut identities) = (BTreeMap::new(), BTreeMap::new());
        for row in expected {
            let place = (row["source"].clone(), row["source_key"].clone());
            let (identity, pass) = links
                .remove(&place)
                .unwrap_or_else(|| panic!("{case}: {place:?} was lost"));
            assert_eq!(pass, row["pass"], "{case}: {place:?}");
            let person = row["person"].clone();
            let one = people
                .entry(person.clone())
                .or_insert_with(|| identity.clone());
            assert_eq!(*one, identity, "{case}: `{person}` has two identities");
            let one = identities.entry(identity).or_insert_with(|| person.clone());
            assert_eq!(*one, person, "{case}: two people have one identity");
        }
        assert!(links.is_empty(), "{case}: not expected: {:?}", links.keys());
    }
}

#[test]
fn queries_and_the_plain_second_version_link_the_invented_place_alike() {
    let content = content();
    let model = LinkageModel::read(&content, "deterministic").unwrap();
    let home = demo().workspace.home();
    let store = open::<Identifiable>(&home, "identified", "own");
    let engine = engine_with(&home.join("look"), Vec::new());
    // The invented place sends no files of some sources.
    let sources: Vec<&str> = model.sources.iter().map(link::Source::name).collect();
    let landed: Vec<&str> = sources
        .into_iter()
        .chain([model.index.name()])
        .filter(|name| wait(store.schema(name)).unwrap().is_some())
        .collect();
    assert!(landed.len() > 5, "{landed:?}");
    let model = model.for_tables(&landed);
    let mut tables = plain::Tables::new();
    let mut with_headers = BTreeMap::new();
    for name in model
        .sources
        .iter()
        .map(link::Source::name)
        .chain([model.index.name()])
    {
        let header: Vec<String> = wait(store.schema(name))
            .unwrap()
            .unwrap()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        let rows = cells(
            &wait(engine.look(
                &[&store],
                &[name],
                &Sql::content(format!("select * from {name}")),
            ))
            .unwrap(),
        );
        let rows: Rows = rows
            .into_iter()
            .map(|row| header.iter().cloned().zip(row).collect())
            .collect();
        tables.insert(name.to_owned(), rows.clone());
        with_headers.insert(name.to_owned(), (header, rows));
    }
    let slow = plain::link(&model, &tables);
    let rows = by_the_engine(&model, &with_headers);
    assert_eq!(rows.len(), slow.len());
    let mut pairs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut differ = Vec::new();
    for ((source, key), (person, pass)) in rows {
        let (other, other_pass) = &slow[&(source.clone(), key)];
        pairs.entry(person).or_default().insert(other.clone());
        if *other_pass != pass {
            differ.push(format!("{source}: {pass} and {other_pass}"));
        }
    }
    assert!(differ.is_empty(), "{differ:?}");
    assert!(
        pairs.values().all(|others| others.len() == 1),
        "the same records are one person"
    );
    let both: BTreeSet<&String> = pairs.values().flatten().collect();
    assert_eq!(both.len(), pairs.len(), "and no two people are one");
}

#[test]
fn every_step_plans_where_nothing_has_landed_and_agreements_find_their_columns() {
    let content = content();
    let folder = TempDir::new().unwrap();
    let (identified, analysis) = (
        empty::<Identifiable>(&folder),
        empty::<Pseudonymous>(&folder),
    );
    let maker: Maker = Arc::new(|_, _, values| Ok(vec!["k1-00".to_owned(); values.len()]));
    let mut functions = link::functions();
    functions.extend(pseudonymise::functions(
        &maker,
        "analysis",
        KnownWords::read(&content).unwrap(),
    ));
    let engine = engine_with(&folder.path().join("spill"), functions);
    let mut landed = Vec::new();
    for name in content.list("datasets") {
        let dataset = model::Dataset::read(&content, name).unwrap();
        put(
            &identified,
            &dataset.table,
            &RecordBatch::new_empty(dataset.schema()),
        );
        landed.push(dataset.table);
    }
    let here: Vec<&str> = landed.iter().map(String::as_str).collect();
    for name in ["deterministic", "probabilistic"] {
        let model = LinkageModel::read(&content, name).unwrap();
        put(&identified, link::DECIDED, &nothing_decided());
        for step in link::steps(&model.for_tables(&here)) {
            let ran = if step.name == link::WEIGH {
                let others = [link::people(), link::apart()];
                let content = content.clone();
                let weighing = model.weighing.clone().unwrap();
                let work = move |incoming| Ok(weigh_nobody(&content, &weighing, incoming));
                wait(engine.run_work(&identified, &step, &others, work))
            } else {
                wait(engine.run(&[&identified], &identified, &step))
            };
            let ran = ran.unwrap_or_else(|e| panic!("{name}, {}: {e:?}", step.name));
            assert_eq!(ran.rows, 0, "{name}, {}", step.name);
        }
    }
    for step in pseudonymise::steps(&Handover::read_all(&content).unwrap(), &here) {
        wait(engine.run(&[&identified], &analysis, &step))
            .unwrap_or_else(|e| panic!("{}: {e:?}", step.name));
    }
    preferences_plan(&content, &engine, &identified, &analysis);
    for step in analyse::steps(&Derivation::all(&content).unwrap()).unwrap() {
        wait(engine.run(&[&analysis], &analysis, &step))
            .unwrap_or_else(|e| panic!("{}: {e:?}", step.name));
    }
    let agreements = Agreements::read(&content).unwrap();
    let mut looked = 0;
    for agreement in agreements.iter() {
        for (table, columns) in agreement.sources() {
            let schema = wait(analysis.schema(&table)).unwrap();
            let schema = schema
                .unwrap_or_else(|| panic!("{}: there is no table `{table}`", agreement.reference));
            for column in columns {
                assert!(
                    schema.field_with_name(&column).is_ok(),
                    "{}: `{table}` has no `{column}`",
                    agreement.reference
                );
                looked += 1;
            }
        }
    }
    assert!(looked > 20);
}

/// No decision, in the form in which they are kept.
fn nothing_decided() -> RecordBatch {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let columns = ["pair", "subject", "person_number", "decision"].map(text);
    RecordBatch::new_empty(Arc::new(Schema::new(columns.to_vec())))
}

/// Preferences cross from every place where they can stand.
fn preferences_plan(
    content: &Content,
    engine: &Engine,
    identified: &Store<Identifiable>,
    analysis: &Store<Pseudonymous>,
) {
    use pseudonymise::preferences::{CHECKED, ENTRIES, LISTS, Recorded};
    let recorded = Recorded::read(content).unwrap();
    let handovers = Handover::read_all(content).unwrap();
    put(identified, CHECKED, &nothing_checked());
    put(identified, ENTRIES, &nothing_said());
    put(identified, LISTS, &no_lists());
    let names = || wait(identified.names()).unwrap();
    let here = names();
    let here: Vec<&str> = here.iter().map(String::as_str).collect();
    let people = recorded.people(&handovers, &here).unwrap();
    wait(engine.run(&[identified], identified, &people)).unwrap();
    let here = names();
    let here: Vec<&str> = here.iter().map(String::as_str).collect();
    let crossings = recorded.steps(&handovers, &here);
    let parts = |step: usize| crossings[step].sql.as_str().matches("union all").count() + 1;
    // Preferences (restrictions among them), lists, and who agreed to take part.
    assert_eq!((crossings.len(), parts(0), parts(1)), (3, 5, 1));
    for step in crossings {
        wait(engine.run(&[identified], analysis, &step))
            .unwrap_or_else(|e| panic!("{}: {e:?}", step.name));
    }
}

/// A cleaned list that nobody was on.
fn nothing_checked() -> RecordBatch {
    let number = Field::new("nhs_number", DataType::Utf8, true);
    let clear = Field::new("clear", DataType::Boolean, true);
    RecordBatch::new_empty(Arc::new(Schema::new(vec![number, clear])))
}

/// The table of what single people said, while nobody has.
fn nothing_said() -> RecordBatch {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let day = |name: &str| Field::new(name, DataType::Date32, true);
    let columns = vec![
        text("nhs_number"),
        text("kind"),
        text("programme"),
        day("effective_from"),
        day("effective_to"),
    ];
    RecordBatch::new_empty(Arc::new(Schema::new(columns)))
}

/// What is known about cleaned lists, while there is none.
fn no_lists() -> RecordBatch {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let moment = |name: &str| Field::new(name, DataType::Int64, true);
    let columns = vec![
        text("kind"),
        text("digest"),
        moment("requested_at"),
        moment("expires_at"),
    ];
    RecordBatch::new_empty(Arc::new(Schema::new(columns)))
}

/// What the match model weighs where there is nobody: no rows, under the columns that later steps read.
fn weigh_nobody(
    content: &Content,
    weighing: &link::weighing::Weighing,
    incoming: Vec<store::Incoming>,
) -> store::Worked {
    let [left, right, apart] = <[store::Incoming; 3]>::try_from(incoming).unwrap();
    assert_eq!(
        apart.map(|batch| batch.unwrap().num_rows()).sum::<usize>(),
        0
    );
    let model = weighing.match_model(content).unwrap();
    let how = link::files::How {
        learn: weighing.learn(content, &model).unwrap(),
        threads: 1,
        pictures: true,
        today: None,
        apart: Vec::new(),
    };
    let rows = |rows: store::Incoming| link::files::Batches {
        name: "a table".to_owned(),
        columns: rows.columns.clone(),
        rows: Box::new(rows),
    };
    let done =
        link::files::link_batches(content, &model, rows(left), rows(right), &how, &mut |_| {});
    store::Worked {
        batches: done.unwrap().1.into_batches().unwrap(),
        told: serde_json::Value::Null,
    }
}
