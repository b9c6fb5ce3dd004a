//! What governing costs: the same aggregate questions of a governed table, of the raw table, and of the raw table with the
//! agreement's conditions and masks written into the question by hand. All three in turn, in one process.
//!
//! With the tests it looks only that governed and by hand give the same. `ROWS=3000000 FIGURES=FILE` makes it the
//! benchmark of `benches/governance`: the middle of five rounds of each, in CPU seconds of the whole process.

use crate::{
    Dice,
    place::{Place, Who, agreements, in_words, rows},
    sheet::{Kind, Sheet, Value},
    slow::{PREFERENCES, preference},
};
use hmac::{Hmac, KeyInit, Mac};
use model::{Date, Function, Sql};
use sha2::Sha256;
use std::io::Write;
use toml::Table;

/// The agreement: rows of three councils since a day, less those of people who opted out. `{APPLY}` says of two kinds
/// of preference whether they apply.
const OWN: &str = r#"
linkage = []
[minimisation]
all = [
    { council = { 621 = "Southend-on-Sea City Council", 991 = "Estuary Vale Council", 992 = "Crowstone Council" } },
    { period = { from = 2023-04-01 } },
]
[opt_outs]
national_data_opt_out = {APPLY}
local = {APPLY}
objection = false
[datasets.support.facts]
council = "council_code"
period = "period_end"
[datasets.support.fields]
person_pseudonym = { treatment = "pseudonym", why = "x" }
council_code = { treatment = "as_is", why = "x" }
period_end = { treatment = "as_is", why = "x" }
gender = { treatment = "as_is", why = "x" }
service = { treatment = "as_is", why = "x" }
area = { treatment = "as_is", why = "x" }
hours = { treatment = "as_is", why = "x" }
weekly_cost = { treatment = { rounded = { to = 5 } }, why = "x" }
age_band = { from = "age_in_years", treatment = { age_band = { bands = ["18 to 64", "65 to 74", "75 to 84", "85 and over"] } }, why = "x" }
"#;

const BAND: &str = "case when age_in_years >= 18 and age_in_years < 65 then '18 to 64' \
    when age_in_years >= 65 and age_in_years < 75 then '65 to 74' \
    when age_in_years >= 75 and age_in_years < 85 then '75 to 84' when age_in_years >= 85 then '85 and over' end";

/// What is asked: of the governed table, and of the raw one.
const SHAPES: [(&str, &str); 7] = [
    (
        "count of rows by council",
        "select council_code, count(*) as n from support group by council_code",
    ),
    (
        "sum of hours by service and gender",
        "select service, gender, sum(hours) as n from support group by service, gender",
    ),
    (
        "mean cost by service",
        "select service, avg(weekly_cost) as mean, count(*) as n from support group by service",
    ),
    (
        "count by age band and council",
        "select age_band, council_code, count(*) as n from support group by age_band, council_code",
    ),
    (
        "count of one area with a condition",
        "select gender, count(*) as n from support where area = 'E01000007' group by gender",
    ),
    (
        "people by council",
        "select council_code, count(distinct person_pseudonym) as people from support group by council_code",
    ),
    (
        "people by area",
        "select area, count(distinct person_pseudonym) as people from support group by area",
    ),
];

fn text(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok())
}

/// Part of the table: a row a person a quarter.
fn support(dice: &mut Dice, key: &str, rows: usize, people: usize) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("person_pseudonym", Kind::Text),
        ("council_code", Kind::Text),
        ("period_end", Kind::Day),
        ("gender", Kind::Text),
        ("service", Kind::Text),
        ("area", Kind::Text),
        ("hours", Kind::Number),
        ("weekly_cost", Kind::Real),
        ("age_in_years", Kind::Number),
    ]);
    let first: Date = "2022-12-31".parse().unwrap();
    for _ in 0..rows {
        let person = dice.below(people);
        let quarter = chrono::TimeDelta::days(91 * i64::try_from(dice.below(13)).unwrap());
        let number = |n: usize| Value::Number(i64::try_from(n).unwrap());
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let cost = (dice.below(200_000) as f64) / 100.0;
        sheet.rows.push(vec![
            Value::Text(pseudonym(key, person)),
            Value::text(["621", "991", "992", "714", "715"][(person % 20).saturating_sub(15)]),
            Value::Day(first + quarter),
            Value::text(["Male", "Female", "Unknown"][person % 3]),
            Value::text(["Home care", "Day care", "Nursing home", "Equipment"][dice.below(4)]),
            Value::Text(format!("E01{:06}", person % 400)),
            number(dice.below(40)),
            Value::Real(cost),
            number(18 + person % 80),
        ]);
    }
    sheet
}

fn pseudonym(key: &str, person: usize) -> String {
    // Spread over all letters, as digests are, so that neither order nor a shared beginning helps.
    let mut dice = Dice(u64::try_from(person).unwrap());
    format!("{key}-{:016x}{:016x}", dice.roll(), dice.roll())
}

/// The work of the function that swaps pseudonyms: a key derived for the domain, and a digest under it.
fn recipients_own(domain: &str, pseudonym: &str) -> Option<String> {
    let digest = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(text.as_bytes());
        Some(mac.finalize().into_bytes())
    };
    let key = digest(&[7; 32], domain)?;
    let made = digest(&key, pseudonym)?;
    Some(format!("k1-{}", hex::encode(made.get(..16)?)))
}

/// What a few answers took, each: CPU seconds of the whole process, seconds on the clock, and the most memory that the
/// process had meanwhile, in MB.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    cpu: f64,
    wall: f64,
    peak: f64,
}

/// The CPU seconds of this process so far.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after = stat.rsplit(')').next().unwrap();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches("kB").trim();
    kilobytes.parse::<f64>().unwrap() / 1024.0
}

/// Does something so many times. The clock of CPU time ticks a hundred times a second, so that once is too few.
async fn taken<T>(times: u32, mut work: impl AsyncFnMut() -> T) -> (Taken, T) {
    // From here on the highest mark of memory counts anew.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (clock, begun) = (std::time::Instant::now(), cpu());
    let mut last = work().await;
    for _ in 1..times {
        last = work().await;
    }
    let each = f64::from(times);
    let taken = Taken {
        cpu: (cpu() - begun) / each,
        wall: clock.elapsed().as_secs_f64() / each,
        peak: peak(),
    };
    (taken, last)
}

/// The middle of each measure.
fn middle(all: &[Taken]) -> Taken {
    let of = |measure: fn(&Taken) -> f64| {
        let mut all: Vec<f64> = all.iter().map(measure).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    Taken {
        cpu: of(|t| t.cpu),
        wall: of(|t| t.wall),
        peak: of(|t| t.peak),
    }
}

#[test]
fn governed_answers_are_those_of_the_conditions_by_hand() {
    let total: usize = text("ROWS").map_or(20_000, |n| n.parse().unwrap());
    let kept: usize = text("KEPT_MB").map_or(256, |n| n.parse().unwrap());
    let (rounds, times) = if text("ROWS").is_some() {
        (5, 5)
    } else {
        (1, 1)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(all_shapes(total, rounds, times, kept << 20));
}

/// The place with its tables: rows, and the preferences of people.
async fn furnished(total: usize, kept: usize) -> Place {
    let key = "k1".to_owned();
    let place = Place::with(
        vec![Function::text_pair("recipient_pseudonym", recipients_own)],
        2,
        kept,
    );
    let (mut dice, people) = (Dice(1), total / 25);
    let mut writer = None;
    for begun in (0..total).step_by(100_000) {
        let sheet = support(&mut dice, &key, (total - begun).min(100_000), people);
        let writer =
            writer.get_or_insert_with(|| place.store.writer("support", &sheet.schema()).unwrap());
        writer.write(&sheet.batch()).await.unwrap();
    }
    writer.unwrap().replace("{}").await.unwrap();
    let mut opt_out = Sheet::new(&PREFERENCES);
    // About one person in twenty, as nationally.
    for person in (0..people).filter(|p| p % 19 == 0) {
        opt_out.rows.push(preference(
            &pseudonym(&key, person),
            "national_data_opt_out",
        ));
    }
    place.put("opt_out", &opt_out).await;
    place
}

/// A question of the governed table, of the raw one, and of the raw one with conditions and masks by hand.
fn three_ways(sql: &str, opted: &str) -> (String, String) {
    let raw = sql
        .replace("age_band,", &format!("{BAND} as age_band,"))
        .replace("group by age_band", &format!("group by {BAND}"))
        .replace(
            &format!("group by {BAND} as age_band,"),
            &format!("group by {BAND},"),
        );
    let conditions = "council_code in ('621', '991', '992') and period_end >= date '2023-04-01'";
    let held = format!("{conditions}{opted}");
    let masked = raw.replace("avg(weekly_cost)", "avg(round(weekly_cost / 5) * 5)");
    let by_hand = if masked.contains(" where ") {
        masked.replace(" where ", &format!(" where {held} and "))
    } else {
        masked.replace(" from support ", &format!(" from support where {held} "))
    };
    (raw, by_hand)
}

async fn all_shapes(total: usize, rounds: usize, times: u32, kept: usize) {
    let mut place = furnished(total, kept).await;
    for apply in [false, true] {
        let own: Table = OWN.replace("{APPLY}", &apply.to_string()).parse().unwrap();
        let under = agreements(&crate::agreement(&own)).unwrap_or_else(|e| panic!("{e}"));
        let opted = if apply {
            " and person_pseudonym is not null and not exists (select 1 from opt_out as o where o.person_pseudonym = support.person_pseudonym and o.kind in ('national_data_opt_out', 'local'))"
        } else {
            ""
        };
        for (name, sql) in SHAPES {
            let (raw, by_hand) = three_ways(sql, opted);
            let ask = async |place: &Place| {
                let answer = place.ask(&under, &Who::usual(), sql).await;
                answer.unwrap_or_else(|e| panic!("{sql}: {e:?}"))
            };
            let mut all: [Vec<Taken>; 6] = Default::default();
            for _ in 0..rounds {
                // As a process that was just begun: without keeping anything, keeping, and the raw table.
                let begun = place.begun(0);
                let usual = std::mem::replace(&mut place.engine, begun);
                let (unkept, without) = taken(1, || ask(&place)).await;
                place.engine = place.begun(kept);
                let (first, cold) = taken(1, || ask(&place)).await;
                place.engine = place.begun(0);
                let (raw_first, _) = taken(1, || look(&place, &raw)).await;
                place.engine = usual;
                // As one that has answered such a question before.
                ask(&place).await;
                let (governed, answer) = taken(times, || ask(&place)).await;
                let (plain, everything) = taken(times, || look(&place, &raw)).await;
                let (hand, held) = taken(times, || look(&place, &by_hand)).await;
                let measured = [governed, plain, hand, first, raw_first, unkept];
                for (all, one) in all.iter_mut().zip(measured) {
                    all.push(one);
                }
                for answer in [answer, cold, without] {
                    let (_, mut found) = rows(&answer);
                    found.sort();
                    assert_eq!(found, held, "{name}");
                }
                assert!(everything.len() >= held.len());
            }
            if let Some(path) = text("FIGURES") {
                let kept = place.kept.bytes() >> 20;
                let line = figures(&all.map(|taken| middle(&taken)), kept);
                let mut file = std::fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(path)
                    .unwrap();
                writeln!(file, "cost,{total},opt-outs {apply},{name},{line}").unwrap();
            }
        }
    }
}

/// CPU seconds of all, then the ratios, then time on the clock and memory.
fn figures(all: &[Taken; 6], kept: usize) -> String {
    let [governed, raw, hand, first, raw_first, unkept] = all;
    format!(
        "{:.3},{:.3},{:.3},{:.2},{:.2},{:.2},{:.2},{:.2},{:.2},{:.2},{:.3},{:.3},{:.2},{:.2},{:.0},{:.0},{:.0},{kept}",
        governed.cpu,
        raw.cpu,
        hand.cpu,
        first.cpu,
        raw_first.cpu,
        unkept.cpu,
        governed.cpu / raw.cpu,
        governed.cpu / hand.cpu,
        first.cpu / raw_first.cpu,
        unkept.cpu / raw_first.cpu,
        governed.wall,
        raw.wall,
        first.wall,
        raw_first.wall,
        governed.peak,
        raw.peak,
        first.peak,
    )
}

async fn look(place: &Place, sql: &str) -> Vec<Vec<String>> {
    let sql = Sql::content(sql);
    let batches = place
        .engine
        .look(&[&place.store], &["support", "opt_out"], &sql)
        .await
        .unwrap();
    let mut rows = in_words(&batches);
    rows.sort();
    rows
}
