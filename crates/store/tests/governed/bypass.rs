//! Hundreds of questions that try to get round an agreement, over tables full of what nobody may see.
//!
//! Each is asked twice: of the real tables under the agreement, and of tables from which everything that is not open
//! was taken away before, by the second implementation. Answers and errors must be the same, and no canary of what was
//! taken away may show in any answer, error, or line of the log. `bypass/questions.txt` holds the questions by class.

use crate::{
    place::{No, Place, Who, agreements, rows},
    sheet::{Kind, Sheet, Value},
    slow::{PREFERENCES, Recipient, Sheets, preference, shown},
};
use govern::Agreements;
use model::{Date, Function};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write,
    sync::{Arc, Mutex},
};
use toml::Table;

const QUESTIONS: &str = include_str!("bypass/questions.txt");

/// What stands in values that must not be seen: as text, as numbers, as the days and pence that masks cut off.
const CANARIES: [&str; 4] = ["CANARY", "77712345", "-06-17", ".4567"];

/// Whether a line of a log holds a canary; how long something took, such as 4.4567ms, is none.
fn holds(line: &str, canary: &str) -> bool {
    line.match_indices(canary).any(|(at, found)| {
        let rest = line[at + found.len()..].trim_start_matches(|c: char| c.is_ascii_digit());
        let a_time = ["s", "ms", "µs", "ns"]
            .iter()
            .any(|unit| rest.starts_with(unit));
        canary != ".4567" || !a_time
    })
}

/// The agreement over the tables of this suite.
const OWN: &str = r#"
[minimisation]
all = [
    { council = { 621 = "Southend-on-Sea City Council", 991 = "Estuary Vale Council" } },
    { any = [{ period = { from = 2023-04-01, to = 2026-03-31 } }, { resident_in = { area-9 = "Ninth area" } }] },
]
[opt_outs]
national_data_opt_out = true
type_1 = false
local = true
[[linkage]]
from = "care"
to = "stay"
key_domain = "both"
[datasets.care.facts]
council = "council_code"
period = "period_end"
resident_in = "area"
[datasets.care.fields]
person_pseudonym = { treatment = "pseudonym", why = "x" }
council_code = { treatment = "as_is", why = "x" }
period = { from = "period_end", treatment = "month", why = "x" }
gender = { treatment = "as_is", why = "x" }
area = { treatment = "as_is", why = "x" }
hours = { treatment = "as_is", why = "x" }
code = { treatment = "as_is", why = "x" }
weekly_cost = { treatment = { rounded = { to = 5 } }, why = "x" }
age_band = { from = "age_in_years", treatment = { age_band = { bands = ["18 to 64", "65 to 84", "85 and over"] } }, why = "x" }
[datasets.stay.facts]
council = { through = "care", matching = "person_pseudonym", column = "council_code" }
period = "admitted_on"
resident_in = { through = "care", matching = "person_pseudonym", column = "area" }
[datasets.stay.fields]
person_pseudonym = { treatment = "pseudonym", why = "x" }
admitted = { from = "admitted_on", treatment = "quarter", why = "x" }
method = { treatment = "as_is", why = "x" }
days = { treatment = "as_is", why = "x" }
[datasets.alone.facts]
council = "council_code"
period = "noted_on"
resident_in = "word"
[datasets.alone.fields]
person_pseudonym = { treatment = "pseudonym", why = "x" }
word = { treatment = "as_is", why = "x" }
"#;

fn text(text: &str) -> Value {
    Value::text(text)
}

fn day(text: &str) -> Value {
    Value::Day(text.parse::<Date>().unwrap())
}

/// Whose row it is: open, or why not.
#[derive(Clone, Copy, PartialEq)]
enum Row {
    Open,
    OtherCouncil,
    Early,
    OptedOut,
    Nobody,
}

/// Tables in which what is open is harmless, and what is not would show: canaries, and values that break whatever is
/// worked out from them.
#[expect(clippy::too_many_lines, reason = "a list")]
fn tables() -> Sheets {
    let mut care = Sheet::new(&[
        ("person_pseudonym", Kind::Text),
        ("council_code", Kind::Text),
        ("period_end", Kind::Day),
        ("gender", Kind::Text),
        ("area", Kind::Text),
        ("hours", Kind::Number),
        ("code", Kind::Text),
        ("weekly_cost", Kind::Real),
        ("age_in_years", Kind::Number),
        ("note", Kind::Text),
    ]);
    let mut stay = Sheet::new(&[
        ("person_pseudonym", Kind::Text),
        ("admitted_on", Kind::Day),
        ("method", Kind::Text),
        ("days", Kind::Number),
        ("diagnosis", Kind::Text),
    ]);
    let mut alone = Sheet::new(&[
        ("person_pseudonym", Kind::Text),
        ("council_code", Kind::Text),
        ("noted_on", Kind::Day),
        ("word", Kind::Text),
    ]);
    let mut opt_out = Sheet::new(&PREFERENCES);
    let hostile = [0, i64::MAX, i64::MIN + 1, 77_712_345, -1];
    for n in 0..90i64 {
        let which = match n % 9 {
            0 => Row::OtherCouncil,
            1 => Row::Early,
            2 => Row::OptedOut,
            3 if n % 2 == 0 => Row::Nobody,
            _ => Row::Open,
        };
        let open = which == Row::Open;
        let person = format!("CANARYp{n:03}");
        if which == Row::OptedOut {
            let kind = if n % 2 == 0 {
                "local"
            } else {
                "national_data_opt_out"
            };
            opt_out.rows.push(preference(&person, kind));
        }
        // A preference of a kind that this agreement does not apply leaves the person in.
        if n % 7 == 0 && open {
            opt_out.rows.push(preference(&person, "type_1"));
        }
        let person = if which == Row::Nobody {
            Value::Null
        } else {
            text(&person)
        };
        let council = match which {
            Row::OtherCouncil => "777",
            _ if n % 2 == 0 => "621",
            _ => "991",
        };
        for m in 0..3i64 {
            let bad = hostile[usize::try_from((n + m) % 5).unwrap()];
            care.rows.push(vec![
                person.clone(),
                text(council),
                if which == Row::Early {
                    day("2022-06-17")
                } else {
                    day("2024-06-17")
                },
                text(if open {
                    ["Male", "Female"][usize::try_from(n % 2).unwrap()]
                } else {
                    "CANARY-gender"
                }),
                if open {
                    text(&format!("area-{}", (n + m) % 5))
                } else {
                    text("CANARY-area")
                },
                Value::Number(if open { 1 + (n * 7 + m) % 9 } else { bad }),
                text(&if open {
                    (10 + (n + m) % 12).to_string()
                } else {
                    format!("CANARY({n}")
                }),
                Value::Real(if open {
                    100.4567 + f64::from(i32::try_from(n).unwrap())
                } else {
                    77_712_345.0
                }),
                Value::Number(if open { 20 + n } else { bad }),
                text(&format!("CANARY-note-{n}")),
            ]);
            stay.rows.push(vec![
                person.clone(),
                if which == Row::Early {
                    day("2022-06-17")
                } else {
                    day("2025-06-17")
                },
                text(if open {
                    ["Planned", "Emergency"][usize::try_from(m % 2).unwrap()]
                } else {
                    "CANARY-method"
                }),
                Value::Number(if open { 1 + (n + m) % 6 } else { bad }),
                text("CANARY-diagnosis"),
            ]);
        }
        alone.rows.push(vec![
            person,
            text(council),
            if which == Row::Early {
                day("2022-06-17")
            } else {
                day("2025-06-17")
            },
            text(if open { "word" } else { "CANARY-word" }),
        ]);
    }
    let mut death = Sheet::new(&[("person_pseudonym", Kind::Text), ("cause", Kind::Text)]);
    death
        .rows
        .push(vec![text("CANARYp004"), text("CANARY-cause")]);
    [
        ("care", care),
        ("stay", stay),
        ("alone", alone),
        ("opt_out", opt_out),
        ("death", death),
    ]
    .map(|(name, sheet)| (name.to_owned(), sheet))
    .into()
}

/// The agreement over tables that hold nothing but what is open: every row, every column as it is.
fn over_what_is_left(agreement: &Table) -> Table {
    let mut left = agreement.clone();
    left["minimisation"] = "everyone = \"for a test\"".parse::<Table>().unwrap().into();
    for (_, kind) in left["opt_outs"].as_table_mut().unwrap().iter_mut() {
        kind["apply"] = false.into();
    }
    for (_, dataset) in left["datasets"].as_table_mut().unwrap().iter_mut() {
        dataset["facts"] = Table::new().into();
        for (name, field) in dataset["fields"].as_table_mut().unwrap().iter_mut() {
            let treatment = if name == "person_pseudonym" {
                "pseudonym"
            } else {
                "as_is"
            };
            field.as_table_mut().unwrap().remove("from");
            field["treatment"] = treatment.into();
        }
    }
    left
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Answer(Vec<String>, Vec<Vec<String>>),
    Refused(String),
    Fault(String),
}

async fn outcome(place: &Place, agreements: &Agreements, sql: &str) -> Outcome {
    match place.ask(agreements, &Who::usual(), sql).await {
        Ok(answer) => {
            let (names, mut rows) = rows(&answer);
            rows.sort();
            Outcome::Answer(names, rows)
        }
        Err(No::Refused { words, .. }) => Outcome::Refused(words),
        Err(No::Fault(words)) => Outcome::Fault(words),
    }
}

/// Lines of the program's own log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Question {
    class: &'static str,
    refused: bool,
    tries: &'static str,
    sql: &'static str,
}

fn questions() -> Vec<Question> {
    let mut class = "";
    let mut all = Vec::new();
    for line in QUESTIONS
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
    {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            class = name;
            continue;
        }
        let mut parts = line.splitn(3, " | ");
        let mut part = || parts.next().unwrap_or_else(|| panic!("{line}"));
        all.push(Question {
            class,
            refused: match part() {
                "refused" => true,
                "same" => false,
                other => panic!("{other}"),
            },
            tries: part(),
            sql: part(),
        });
    }
    all
}

#[test]
fn no_question_gets_round_the_agreement() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    // One thread, so that every line of the log is written under this subscriber.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tracing::subscriber::with_default(subscriber, || runtime.block_on(all_of_them(&lines)));
}

async fn all_of_them(lines: &Lines) {
    let agreement = crate::agreement(&OWN.parse().unwrap());
    let sheets = tables();
    let to = Recipient {
        organisation: "EST-ICB",
        purpose: "commissioning",
        on: "2026-05-01".parse().unwrap(),
    };
    // As a site asks, which keeps what it worked out, and as one that keeps nothing.
    let [real, unkept] = [64 << 20, 0].map(|kept| {
        let swapped = Function::text_pair("recipient_pseudonym", |domain, p| {
            Some(crate::slow::swapped(domain, p))
        });
        Place::with(vec![swapped], 1, kept)
    });
    for (name, sheet) in &sheets {
        real.put(name, sheet).await;
        unkept.put(name, sheet).await;
    }
    let left = Place::new(vec![Function::text_pair("recipient_pseudonym", |_, p| {
        Some(p.to_owned())
    })]);
    let mut open = 0;
    for table in ["care", "stay", "alone"] {
        let sheet = shown(&agreement, &sheets, table, &to);
        assert!(
            sheet.rows.len() * 3 > sheets[table].rows.len()
                && sheet.rows.len() < sheets[table].rows.len()
        );
        open += sheet.rows.len();
        left.put(table, &sheet).await;
    }
    assert!(open > 200, "{open}");
    let under = agreements(&agreement).unwrap_or_else(|e| panic!("{e}"));
    let over = agreements(&over_what_is_left(&agreement)).unwrap_or_else(|e| panic!("{e}"));

    let all = questions();
    assert!(all.len() >= 300, "{}", all.len());
    let mut faults = Vec::new();
    let mut answered: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (question, place) in all.iter().flat_map(|q| [(q, &real), (q, &unkept)]) {
        let found = outcome(place, &under, question.sql).await;
        let complain = |what: String| {
            format!(
                "{}: {}\n   {}\n   {what}",
                question.class, question.tries, question.sql
            )
        };
        let told = format!("{found:?}");
        for canary in CANARIES {
            // What the person typed may be told back to them.
            if told.contains(canary) && !question.sql.contains(canary) {
                faults.push(complain(format!("shows {canary}: {told:.300}")));
            }
        }
        let once = usize::from(std::ptr::eq(place, &raw const real));
        let count = answered.entry(question.class).or_default();
        if question.refused {
            count.0 += once;
            if matches!(found, Outcome::Answer(..)) {
                faults.push(complain(format!("was answered: {told:.300}")));
            }
            continue;
        }
        count.1 += once;
        let expected = outcome(&left, &over, question.sql).await;
        if found != expected {
            faults.push(complain(format!(
                "gave {told:.600}\n   and not {:.600}",
                format!("{expected:?}")
            )));
        }
    }
    let log = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned()
        + &real.log.text()
        + &unkept.log.text();
    for line in log.lines() {
        for canary in CANARIES {
            if holds(line, canary)
                && !all
                    .iter()
                    .any(|q| q.sql.contains(canary) && line.contains(q.sql))
            {
                faults.push(format!("the log has {canary}: {line:.300}"));
            }
        }
    }
    if let Some(path) = std::env::var_os("BYPASS_LOG") {
        let mut text = String::from("class,refused,compared\n");
        for (class, (refused, same)) in &answered {
            let _ = writeln!(text, "{class},{refused},{same}");
        }
        std::fs::write(path, text).unwrap();
    }
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        all.len(),
        faults.join("\n")
    );
}

#[test]
fn every_class_of_attempts_is_there() {
    let all = questions();
    let classes: BTreeSet<&str> = all.iter().map(|q| q.class).collect();
    assert!(classes.len() >= 20, "{classes:?}");
    let compared = all.iter().filter(|q| !q.refused).count();
    assert!(compared >= 200 && all.len() - compared >= 200, "{compared}");
}
