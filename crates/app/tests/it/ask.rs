//! Questions as an analyst asks them: what agreements let through, and that nothing gets around them.

use crate::{
    demo::{IN_FORCE, demo},
    workspace::Ended,
};
use std::collections::{BTreeMap, BTreeSet};

/// The statuses with which a question may end: answered, stopped, not a question, not allowed.
const ORDERLY: [i32; 4] = [0, 1, 2, 4];

fn refused(ended: &Ended, words: &str) {
    assert_eq!(ended.code, Some(4), "{}{}", ended.out, ended.err);
    assert!(
        ended.err.contains(words),
        "`{words}` is not in: {}",
        ended.err
    );
    assert_eq!(ended.out, "");
}

#[test]
fn each_clause_refuses_what_is_outside_it_and_says_so() {
    let counting = "select count(*) from long_term_support";
    let visits = "select sum(hospital_spells) from person_quarter";
    let cases: [(&[&str], &str, &str); 9] = [
        (
            &[
                "--agreement",
                "DSA-0192",
                "--purpose",
                "service_evaluation",
                "--as",
                "ana",
            ],
            visits,
            "31 March 2025",
        ),
        (
            &[
                "--agreement",
                "DSA-0417",
                "--purpose",
                "research",
                "--as",
                "ana",
            ],
            counting,
            "purpose",
        ),
        (
            &[
                "--agreement",
                "DSA-0417",
                "--purpose",
                "commissioning",
                "--as",
                "ivy",
            ],
            counting,
            "ivy",
        ),
        (
            &[
                "--agreement",
                "DSA-0417",
                "--purpose",
                "commissioning",
                "--as",
                "nobody",
            ],
            counting,
            "there is no account `nobody`",
        ),
        (
            &[
                "--agreement",
                "DSA-0417",
                "--purpose",
                "commissioning",
                "--as",
                "sue",
            ],
            counting,
            "621",
        ),
        (
            &[
                "--agreement",
                "DSA-0999",
                "--purpose",
                "commissioning",
                "--as",
                "ana",
            ],
            counting,
            "DSA-0999",
        ),
        (&IN_FORCE, "select * from death", "death"),
        (
            &IN_FORCE,
            "select age_in_years from long_term_support",
            "age_in_years",
        ),
        (
            &IN_FORCE,
            "select count(*) from hospital_spell h join long_term_support l on h.person_pseudonym = l.person_pseudonym",
            "together",
        ),
    ];
    for (terms, sql, words) in cases {
        refused(
            &demo().with_question(&[&["ask"][..], terms].concat(), sql),
            words,
        );
    }
}

#[test]
fn a_star_stands_for_the_columns_of_the_agreement() {
    let ended = demo().with_question(
        &[&["ask", "--json"][..], &IN_FORCE].concat(),
        "select * from hospital_spell limit 1",
    );
    let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let columns: BTreeSet<String> = serde_json::from_value(document["columns"].clone()).unwrap();
    let opened = [
        "person_pseudonym",
        "admission_month",
        "discharge_month",
        "admission_method",
        "discharge_destination",
        "treatment_function_code",
        "age_band",
    ];
    assert_eq!(columns, opened.into_iter().map(str::to_owned).collect());
}

#[test]
fn columns_that_a_better_plan_does_without_may_still_be_named() {
    for sql in [
        "select count(*) from (select gender from long_term_support) as people",
        "select cast(gender as int) from long_term_support where false",
        "select count(*) from long_term_support as a where exists (select gender from long_term_support as b where b.lsoa21_code = a.lsoa21_code)",
    ] {
        demo().rows(sql);
    }
}

/// The rows of a table on the analysis side as the store has them, without an agreement, by column.
fn unseen(folder: &str, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let part = if folder == "handover" {
        "handover"
    } else {
        "own"
    };
    crate::demo::table(folder, part, table, columns)
}

#[test]
fn people_who_opted_out_are_in_no_answer() {
    let opted = crate::preferences::opted_out();
    let (mut kept, mut left_out) = (0u64, 0u64);
    for row in unseen(
        "analysis",
        "long_term_support",
        &["person_pseudonym", "council_code", "period_end"],
    ) {
        let within =
            ["621", "991", "992"].contains(&row[1].as_str()) && row[2].as_str() >= "2023-04-01";
        if opted.contains(&row[0]) {
            left_out += 1;
        } else if within {
            kept += 1;
        }
    }
    assert!(
        left_out > 0,
        "nobody with long-term support has opted out, so nothing is shown here"
    );
    let told = demo().rows("select count(*) from long_term_support");
    assert_eq!(told[0][0].as_deref(), Some(kept.to_string().as_str()));
}

#[test]
fn a_person_has_another_pseudonym_for_another_recipient_and_use() {
    let summaries: BTreeSet<_> = demo()
        .rows("select person_pseudonym from person_quarter")
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    let long_term: BTreeSet<_> = demo()
        .rows("select person_pseudonym from long_term_support")
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    let events: BTreeSet<_> = demo()
        .rows("select person_pseudonym from cld_event")
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    let own: BTreeSet<String> = unseen("analysis", "person_quarter", &["person_pseudonym"])
        .into_iter()
        .flatten()
        .collect();
    assert!(
        summaries.intersection(&long_term).count() > 0,
        "what may be linked has one pseudonym"
    );
    assert_eq!(
        events.intersection(&summaries).count(),
        0,
        "what may not be linked has others"
    );
    assert_eq!(
        own.intersection(&summaries).count(),
        0,
        "the zone's own pseudonyms are nobody's"
    );
}

#[test]
fn errors_and_times_tell_nothing_of_rows_that_are_left_out() {
    let columns = ["lsoa21_code", "primary_support_reason", "service_component"];
    let distinct = format!(
        "select distinct {} from long_term_support",
        columns.join(", ")
    );
    let shown: BTreeSet<Vec<String>> = demo()
        .rows(&distinct)
        .into_iter()
        .map(|row| row.into_iter().map(Option::unwrap_or_default).collect())
        .collect();
    let hidden: BTreeSet<Vec<String>> = unseen("analysis", "long_term_support", &columns)
        .into_iter()
        .filter(|row| !shown.contains(row) && row.iter().all(|cell| !cell.is_empty()))
        .collect();
    assert!(
        !hidden.is_empty(),
        "whoever is left out is like somebody who is not"
    );
    let nobody = columns.map(|_| "E01999999".to_owned()).to_vec();
    for row in hidden.iter().take(3).chain([&nobody]) {
        let is_it = |of: &str| {
            columns
                .iter()
                .zip(row)
                .map(|(column, cell)| format!("{of}{column} = '{cell}'"))
                .collect::<Vec<_>>()
                .join(" and ")
        };
        let area = is_it("");
        let trap = format!("case when {area} then 0 else 1 end");
        for sql in [
            format!("select count(*) from long_term_support where 10 / ({trap}) > 0"),
            format!("select sum(10 / ({trap})) from long_term_support"),
            format!("select gender from long_term_support order by 10 / ({trap}) limit 1"),
            format!(
                "select count(*) from long_term_support where {area} and cast(gender as int) > 0"
            ),
            format!(
                "select count(*) from long_term_support as a join long_term_support as b on a.person_pseudonym = b.person_pseudonym \
                 where 10 / (case when {} then 0 else 1 end) > 0",
                is_it("a.")
            ),
            format!(
                "select max(10 / ({trap})) over (partition by lsoa21_code) from long_term_support limit 1"
            ),
        ] {
            let ended = demo().ask(&sql);
            assert_eq!(ended.code, Some(0), "{sql}: {}", ended.err);
        }
        let none = demo().rows(&format!(
            "select count(*) from long_term_support where {area}"
        ));
        assert_eq!(none[0][0].as_deref(), Some("0"));
    }
}

#[test]
fn a_question_that_fails_for_a_row_says_so_without_the_row() {
    let ended = demo().ask("select cast(person_pseudonym as int) from long_term_support");
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("try_cast"), "{}", ended.err);
    assert!(!ended.err.contains("k1-"), "{}", ended.err);
    let ended = demo().ask("select 1 / (length(gender) - length(gender)) from long_term_support");
    assert!(ended.err.contains("divides by zero"), "{}", ended.err);
}

#[test]
fn nothing_gets_around_the_agreement_and_nothing_brings_the_program_down() {
    // The person sees these columns and no others, whatever they are called in the answer.
    let known: BTreeMap<&str, BTreeSet<String>> = ["gender", "council_code"]
        .into_iter()
        .map(|column| {
            (
                column,
                demo()
                    .rows(&format!("select distinct {column} from long_term_support"))
                    .into_iter()
                    .flatten()
                    .flatten()
                    .collect(),
            )
        })
        .collect();
    let own: BTreeSet<String> = [
        "analysis/long_term_support",
        "analysis/person_quarter",
        "handover/opt_out",
        "handover/cld_event",
    ]
    .into_iter()
    .flat_map(|table| {
        let (folder, table) = table.split_once('/').unwrap();
        unseen(folder, table, &["person_pseudonym"])
            .into_iter()
            .flatten()
    })
    .filter(|pseudonym| !pseudonym.is_empty())
    .collect();
    assert!(!known["gender"].is_empty() && own.len() > 100);
    let finder = aho_corasick::AhoCorasick::new(&own).unwrap();
    let all = crate::hostile::hostile();
    assert!(all.len() >= 120, "{}", all.len());
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut faults = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(sql) =
                    all.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    let short: String = sql.chars().take(150).collect();
                    let started = std::time::Instant::now();
                    let ended = demo().ask(sql);
                    let complain = |what: &str| {
                        faults
                            .lock()
                            .unwrap()
                            .push(format!("{what}: {short}\n   {}", ended.err));
                    };
                    if !ended.code.is_some_and(|code| ORDERLY.contains(&code)) {
                        complain(&format!("ended with {:?}", ended.code));
                    }
                    // The limit is 5 seconds; a machine that does other work gets some more.
                    if started.elapsed().as_secs() > 60 {
                        complain(&format!("took {} s", started.elapsed().as_secs()));
                    }
                    if finder.is_match(&ended.out) || finder.is_match(&ended.err) {
                        complain("shows a pseudonym of the zone's own");
                    }
                    let answered = ended.code == Some(0);
                    let forbidden = [
                        "opt_out",
                        "postcode_area",
                        "person_link",
                        "age_in_years",
                        "birth_month",
                        "nhs_number",
                        "/etc/passwd",
                    ];
                    let bare = sql.replace("/* opt_out */", "");
                    if answered && forbidden.iter().any(|word| bare.contains(word)) {
                        complain("was answered");
                    }
                    if ended.err.contains("panicked") {
                        complain("panicked");
                    }
                }
            });
        }
    });
    let faults = faults.get_mut().unwrap();
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        all.len(),
        faults.join("\n")
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list")]
fn only_plain_counts_may_leave() {
    let cases = [
        ("select person_pseudonym from long_term_support", "person"),
        (
            "select person_pseudonym, count(*) from long_term_support group by person_pseudonym",
            "pseudonym",
        ),
        (
            "select count(*) from long_term_support group by person_pseudonym",
            "",
        ),
        (
            "select upper(person_pseudonym), count(*) from long_term_support group by upper(person_pseudonym)",
            "",
        ),
        (
            "select p, count(*) from (select person_pseudonym as p from long_term_support) as x group by p",
            "",
        ),
        (
            "select lsoa21_code, count(*) from long_term_support group by lsoa21_code having count(*) < 5",
            "having",
        ),
        (
            "select lsoa21_code, n from (select lsoa21_code, count(*) as n from long_term_support group by lsoa21_code) as x where n < 5",
            "",
        ),
        (
            "select lsoa21_code, count(*) from long_term_support group by lsoa21_code order by 2 desc limit 1",
            "limit",
        ),
        (
            "select lsoa21_code, count(*) from long_term_support group by lsoa21_code limit 1",
            "limit",
        ),
        (
            "select gender, sum(weekly_cost) from long_term_support group by gender",
            "sum",
        ),
        (
            "select gender, min(weekly_cost) from long_term_support group by gender",
            "min",
        ),
        (
            "select gender, max(weekly_cost) from long_term_support group by gender",
            "max",
        ),
        (
            "select gender, avg(weekly_cost) from long_term_support group by gender",
            "avg",
        ),
        (
            "select gender, array_agg(weekly_cost) from long_term_support group by gender",
            "",
        ),
        (
            "select gender, count(*) filter (where lsoa21_code = 'E01015886') from long_term_support group by gender",
            "condition",
        ),
        (
            "select gender, count(distinct lsoa21_code) from long_term_support group by gender",
            "different values",
        ),
        (
            "select gender, count(*) * 2 as n from long_term_support group by gender",
            "worked out from counts",
        ),
        (
            "select gender, count(*) + count(distinct person_pseudonym) as n from long_term_support group by gender",
            "",
        ),
        (
            "select gender, count(*) as n from long_term_support group by gender union all select gender, count(*) from long_term_support group by gender",
            "",
        ),
        (
            "select gender, row_number() over (order by gender) as n from long_term_support",
            "",
        ),
        ("select distinct lsoa21_code from long_term_support", ""),
        (
            "select gender, sum(n) as n from (select gender, count(*) as n from long_term_support group by gender) as x group by gender",
            "",
        ),
        (
            "select (select string_agg(gender || lsoa21_code, ' ') from long_term_support) as everything, count(*) as n from long_term_support group by 1",
            "several people's rows",
        ),
        (
            "select x.all_of_it, count(distinct l.person_pseudonym) as n from long_term_support as l cross join (select string_agg(gender || lsoa21_code, ' ') as all_of_it from long_term_support) as x group by x.all_of_it",
            "",
        ),
        (
            "select b.gender || b.lsoa21_code || b.ethnicity as one, count(distinct a.person_pseudonym) as n from long_term_support as a cross join long_term_support as b group by 1",
            "joined other than on the person",
        ),
        (
            "select d, count(*) as n from (select first_value(lsoa21_code) over (order by weekly_cost) as d from long_term_support) as x group by d",
            "several people's rows",
        ),
        (
            "select m, count(*) as n from (select lsoa21_code, max(weekly_cost) as m from long_term_support group by lsoa21_code) as x group by m",
            "several people's rows",
        ),
        (
            "select left(person_pseudonym, 8) as p, count(*) as n from long_term_support group by left(person_pseudonym, 8)",
            "pseudonym",
        ),
        (
            "select a.lsoa21_code, count(*) as n from long_term_support as a join person_quarter as b on a.person_pseudonym = b.person_pseudonym group by a.lsoa21_code",
            "repeat a row",
        ),
        (
            "select gender, count(distinct pseudonym) as n from (select gender, gender || cast(random() as text) as pseudonym from long_term_support) as x group by gender",
            "different values",
        ),
        (
            "select gender, count(*) as n from (select gender, unnest([1, 2, 3, 4, 5, 6, 7, 8, 9]) as u from long_term_support) as x group by gender",
            "",
        ),
        (
            "select gender, count(*) as n from (select gender from long_term_support union all select gender from long_term_support) as x group by gender",
            "",
        ),
        ("select 5 as people from long_term_support", ""),
        (
            "select a.gender, count(*) as n from long_term_support as a cross join (select 1 from long_term_support limit 3) as b group by a.gender",
            "",
        ),
    ];
    let mut faults = Vec::new();
    for (sql, words) in cases {
        let ended = demo().release(sql);
        if ended.code != Some(4) || !ended.err.contains(words) {
            faults.push(format!(
                "{:?} {sql}\n   {}{}",
                ended.code, ended.err, ended.out
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn counts_of_people_and_of_rows_may_leave() {
    for sql in [
        "select gender, count(distinct person_pseudonym) as people from long_term_support group by gender order by gender",
        "select count(*) as records from long_term_support",
        "with x as (select gender, person_pseudonym as p from long_term_support) select gender, count(distinct p) as people from x group by gender",
        "select n, count(*) as people from (select person_pseudonym, count(*) as n from long_term_support group by person_pseudonym) as x group by n",
        "select a.gender, count(distinct a.person_pseudonym) as people from long_term_support as a join person_quarter as b on a.person_pseudonym = b.person_pseudonym where b.bed_days > 0 group by a.gender",
    ] {
        let ended = demo().release(sql);
        assert_eq!(ended.code, Some(0), "{sql}: {}", ended.err);
    }
}

/// A copy of the place in which the council's own analyst has an account, and a question of theirs.
fn as_the_council(sql: &str) -> Ended {
    static COPY: std::sync::OnceLock<crate::workspace::Workspace> = std::sync::OnceLock::new();
    let place = COPY.get_or_init(|| {
        let place = crate::workspace::Workspace::like(&demo().workspace);
        let adding = place.command(&[
            "account",
            "add",
            "sol",
            "--name",
            "Sol Invented",
            "--organisation",
            "621",
            "--role",
            "analyst",
            "--invented",
            "--trained-until",
            "2027-10-30",
        ]);
        let added = crate::demo::with_input(adding, "invented-place-sol");
        assert_eq!(added.code, Some(0), "{}", added.err);
        place
    });
    let asking = place.command(&[
        "ask",
        "--json",
        "--agreement",
        "DSA-0418",
        "--purpose",
        "service_evaluation",
        "--as",
        "sol",
        "-",
    ]);
    crate::demo::with_input(asking, sql)
}

#[test]
fn an_agreement_for_aggregates_answers_with_protected_counts() {
    let opted: BTreeSet<String> = unseen("handover", "opt_out", &["person_pseudonym", "kind"])
        .into_iter()
        .filter(|row| row[1] == "local")
        .map(|row| row[0].clone())
        .collect();
    let columns = [
        "person_pseudonym",
        "council_code",
        "age_in_years",
        "service_component",
        "gender",
    ];
    let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in unseen("analysis", "long_term_support", &columns) {
        let adult = row[2].parse::<u16>().is_ok_and(|age| age >= 18);
        if row[1] == "621" && adult && !row[0].is_empty() && !opted.contains(&row[0]) {
            people
                .entry(format!("{}, {}", row[3], row[4]))
                .or_default()
                .insert(row[0].clone());
        }
    }
    // The rule set of the agreement: counts under 5 are withheld, others rounded to the nearest five.
    let expected: BTreeMap<String, String> = people
        .into_iter()
        .map(|(label, people)| {
            let shown = match people.len() {
                1..=4 => "c1".to_owned(),
                n => ((n + 2) / 5 * 5).to_string(),
            };
            (label, shown)
        })
        .collect();
    assert!(expected.values().any(|shown| shown == "c1"), "{expected:?}");
    let ended = as_the_council(
        "select concat(service_component, ', ', gender) as kind, count(distinct person_pseudonym) as people from long_term_support group by concat(service_component, ', ', gender)",
    );
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let rows: Vec<(String, String)> = serde_json::from_value(document["rows"].clone()).unwrap();
    assert_eq!(rows.into_iter().collect::<BTreeMap<_, _>>(), expected);
    assert!(document["notes"].to_string().contains("c1"), "{document}");
}

#[test]
fn an_agreement_for_aggregates_answers_with_nothing_else() {
    for sql in [
        "select * from long_term_support",
        "select person_pseudonym from long_term_support",
        "select gender, max(period_end) from long_term_support group by gender",
        "select gender, count(*) from long_term_support group by gender having count(*) < 3",
        "select gender, count(*) from long_term_support group by gender order by 2 limit 1",
        "select count(*) * 1 from long_term_support",
        "select distinct service_component from long_term_support",
        "select person_pseudonym, count(*) from long_term_support group by person_pseudonym",
    ] {
        let ended = as_the_council(sql);
        assert_eq!(ended.code, Some(4), "{sql}: {}{}", ended.out, ended.err);
        assert_eq!(ended.out, "", "{sql}");
    }
}
