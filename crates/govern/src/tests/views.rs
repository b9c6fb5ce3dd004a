//! What the session sees: the queries that an agreement becomes.

use super::{NOON, changed, main_text, moment, question, read, shipped};
use crate::{Question, Terms, agreement::House, judge};
use expect_test::{Expect, expect};
use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

fn terms(text: &str, question: &Question) -> Terms {
    let agreement = read(text).unwrap_or_else(|e| panic!("{e}"));
    judge(&agreement, question, moment(NOON)).unwrap()
}

fn check(text: &str, question: &Question, expected: &Expect) {
    let mut shown = String::new();
    for view in terms(text, question).views() {
        shown.push_str(view.query().as_str());
        shown.push('\n');
        writeln!(shown, "-- looks into {:?}", view.reads).unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn treatments_and_filters_become_sql() {
    check(
        &main_text(),
        &question(&[
            (
                "cld_event",
                &["person_pseudonym", "age_band", "event_start_month"],
            ),
            ("hospital_spell", &["admission_month"]),
        ]),
        &expect![[r#"
            select case when ((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) >= 216 and ((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) < 780 then '18 to 64' when ((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) >= 780 and ((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) < 900 then '65 to 74' when ((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) >= 900 and ((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) < 1020 then '75 to 84' when ((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) >= 1020 then '85 and over' end as "age_band", cast(date_trunc('month', "cld_event"."event_start_date") as date) as "event_start_month", recipient_pseudonym('DSA-0417/1/EST-ICB/commissioning/linked:events', "cld_event"."person_pseudonym") as "person_pseudonym" from "cld_event" where ("cld_event"."la_code" in ('621', '991', '992') and ("cld_event"."event_start_date" >= DATE '2023-04-01')) and "cld_event"."person_pseudonym" is not null and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "cld_event"."person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'cld_event') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB')) and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "cld_event"."adult_1_person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'cld_event') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB')) and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "cld_event"."adult_2_person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'cld_event') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB')) and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "cld_event"."adult_3_person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'cld_event') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB'))
            -- looks into {"opt_out"}
            select cast(date_trunc('month', "hospital_spell"."admission_date") as date) as "admission_month" from "hospital_spell" where ("hospital_spell"."person_pseudonym" in (select "person_pseudonym" from "cld_event" where "cld_event"."la_code" in ('621', '991', '992')) and ("hospital_spell"."admission_date" >= DATE '2023-04-01')) and "hospital_spell"."person_pseudonym" is not null and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "hospital_spell"."person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'hospital_spell') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB'))
            -- looks into {"cld_event", "opt_out"}
        "#]],
    );
    check(
        &main_text(),
        &question(&[
            (
                "long_term_support",
                &["age_band", "lsoa21_code", "weekly_cost"],
            ),
            ("person_quarter", &[]),
        ]),
        &expect![[r#"
            select case when "long_term_support"."age_in_years" >= 18 and "long_term_support"."age_in_years" < 65 then '18 to 64' when "long_term_support"."age_in_years" >= 65 and "long_term_support"."age_in_years" < 75 then '65 to 74' when "long_term_support"."age_in_years" >= 75 and "long_term_support"."age_in_years" < 85 then '75 to 84' when "long_term_support"."age_in_years" >= 85 then '85 and over' end as "age_band", case when length("long_term_support"."lsoa21_code") = 9 and substr("long_term_support"."lsoa21_code", 1, 3) in ('E01', 'W01') then "long_term_support"."lsoa21_code" end as "lsoa21_code", round(cast("long_term_support"."weekly_cost" as double) / 5) * 5 as "weekly_cost" from "long_term_support" where ("long_term_support"."council_code" in ('621', '991', '992') and ("long_term_support"."period_end" >= DATE '2023-04-01')) and "long_term_support"."person_pseudonym" is not null and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "long_term_support"."person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'long_term_support') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB'))
            -- looks into {"opt_out"}
            select 1 as "row_present" from "person_quarter" where ("person_quarter"."council_code" in ('621', '991', '992') and ("person_quarter"."quarter_start" >= DATE '2023-04-01')) and "person_quarter"."person_pseudonym" is not null and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "person_quarter"."person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'person_quarter') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB'))
            -- looks into {"opt_out"}
        "#]],
    );
}

#[test]
fn every_treatment_and_predicate_becomes_sql() {
    let text = changed(
        "    { period = { from = 2023-04-01 } },",
        "    { any = [ { age = { from = 18, to = 64 } }, { resident_in = { E01000001 = \"O'Neill Ward\" } } ] },",
    )
    .replacen(
        "facts = { council = \"la_code\", period = \"event_start_date\" }",
        "facts = { council = \"la_code\", age = { born = \"birth_month\", on = \"event_start_date\" }, resident_in = \"lsoa21_code\" }",
        1,
    )
    .replace("period_end\" }", "period_end\", age = \"age_in_years\", resident_in = \"lsoa21_code\" }")
    .replace("period = \"quarter_start\" }", "age = \"age_in_years\", resident_in = \"lsoa21_code\" }")
    .replace("period = \"admission_date\"", "age = { born = \"birth_month\", on = \"admission_date\" }\nresident_in = \"lsoa21_code\"")
    .replacen(
        "[datasets.cld_event.fields]",
        "[datasets.cld_event.fields]\nq = { from = \"event_end_date\", treatment = \"quarter\", why = \"x\" }\ny = { from = \"event_end_date\", treatment = \"year\", why = \"x\" }\ns = { from = \"postcode_sector\", treatment = \"postcode_sector\", why = \"x\" }\nd = { from = \"postcode_sector\", treatment = \"postcode_district\", why = \"x\" }",
        1,
    );
    check(
        &text,
        &question(&[("cld_event", &["q", "y", "s", "d", "la_code"])]),
        &expect![[r#"
            select case when strpos("cld_event"."postcode_sector", ' ') between 3 and 5 then substr("cld_event"."postcode_sector", 1, strpos("cld_event"."postcode_sector", ' ') - 1) end as "d", "cld_event"."la_code" as "la_code", cast(date_trunc('quarter', "cld_event"."event_end_date") as date) as "q", case when strpos("cld_event"."postcode_sector", ' ') between 3 and 5 then substr("cld_event"."postcode_sector", 1, strpos("cld_event"."postcode_sector", ' ') + 1) end as "s", cast(date_trunc('year', "cld_event"."event_end_date") as date) as "y" from "cld_event" where ("cld_event"."la_code" in ('621', '991', '992') and ((((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) >= 216 and ((date_part('year', "cld_event"."event_start_date") - date_part('year', "cld_event"."birth_month")) * 12 + date_part('month', "cld_event"."event_start_date") - date_part('month', "cld_event"."birth_month")) < 780) or "cld_event"."lsoa21_code" in ('E01000001'))) and "cld_event"."person_pseudonym" is not null and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "cld_event"."person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'cld_event') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB')) and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "cld_event"."adult_1_person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'cld_event') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB')) and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "cld_event"."adult_2_person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'cld_event') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB')) and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "cld_event"."adult_3_person_pseudonym" and ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection')) and ("opt_out"."effective_from" is null or "opt_out"."effective_from" <= DATE '2026-05-01') and ("opt_out"."effective_to" is null or "opt_out"."effective_to" >= DATE '2026-05-01') and ("opt_out"."dataset" is null or "opt_out"."dataset" = 'cld_event') and ("opt_out"."purpose" is null or "opt_out"."purpose" = 'commissioning') and ("opt_out"."recipient" is null or "opt_out"."recipient" = 'EST-ICB'))
            -- looks into {"opt_out"}
        "#]],
    );
}

#[test]
fn without_conditions_and_opt_outs_every_row_passes() {
    let text = changed(
        "all = [\n    { council = { 621 = \"Southend-on-Sea City Council\", 991 = \"Estuary Vale Council\", 992 = \"Crowstone Council\" } },\n    { period = { from = 2023-04-01 } },\n]",
        "everyone = \"the tables hold nobody else\"",
    )
    .replace("apply = true", "apply = false");
    let mut asked = question(&[("cld_event", &["la_code"])]);
    asked.preference_snapshot = None;
    check(
        &text,
        &asked,
        &expect![[r#"
        select "cld_event"."la_code" as "la_code" from "cld_event" where true
        -- looks into {}
    "#]],
    );
}

#[test]
fn while_a_restriction_stands_its_people_leave_every_agreement() {
    let text = main_text().replace("apply = true", "apply = false");
    let house = House::read(&shipped()).unwrap();
    let agreement = read(&text).unwrap();
    let restricting = agreement
        .clone()
        .in_house(&Arc::new(house.while_restricting(true)));
    let asked = |snapshot: Option<&str>| {
        let mut asked = question(&[("long_term_support", &["lsoa21_code"])]);
        asked.preference_snapshot = snapshot.map(str::to_owned);
        asked
    };
    // One that applies no preference at all.
    assert!(judge(&agreement, &asked(None), moment(NOON)).is_ok());
    for unknown in [
        None,
        Some(""),
        Some("opt_out@3"),
        Some("opt_out@3 restriction=ab,2026-04-01T09:00:00Z,2026-04-01T09:00:00Z"),
    ] {
        let refused = judge(&restricting, &asked(unknown), moment(NOON)).unwrap_err();
        assert_eq!(refused.clause(), "opt_outs", "{unknown:?}");
        assert!(refused.next().contains("haven preferences apply"));
    }
    let known = "opt_out@3 restriction=ab,2026-04-01T09:00:00Z,2126-04-01T09:00:00Z";
    let terms = judge(&restricting, &asked(Some(known)), moment(NOON)).unwrap();
    let view = &terms.views()[0];
    let filter = view.filter.as_str();
    assert!(view.reads.contains("opt_out"));
    assert!(
        filter.ends_with(r#"and "long_term_support"."person_pseudonym" is not null and not exists (select 1 from "opt_out" where "opt_out"."person_pseudonym" = "long_term_support"."person_pseudonym" and "opt_out"."kind" = 'restriction')"#),
        "{filter}"
    );
    // Beside preferences that it applies, one no is enough.
    let agreement = read(&main_text()).unwrap();
    let house = House::read(&shipped()).unwrap().while_restricting(true);
    let terms = judge(
        &agreement.in_house(&Arc::new(house)),
        &asked(Some(known)),
        moment(NOON),
    )
    .unwrap();
    assert!(terms.views()[0].filter.as_str().contains(
        r#"and ("opt_out"."kind" = 'restriction' or ("opt_out"."kind" in ('national_data_opt_out', 'local', 'objection'))"#
    ));
}

#[test]
fn after_a_backup_was_put_back_nothing_is_open_until_letters_were_taken_in_again() {
    let text = main_text().replace("apply = true", "apply = false");
    let house = House::read(&shipped()).unwrap().while_put_back(true);
    let agreement = read(&text).unwrap().in_house(&Arc::new(house));
    for snapshot in [
        None,
        Some("opt_out@3 put_back=none,2026-04-01T09:00:00Z,2026-04-01T09:00:00Z"),
    ] {
        let mut asked = question(&[("long_term_support", &["lsoa21_code"])]);
        asked.preference_snapshot = snapshot.map(str::to_owned);
        let refused = judge(&agreement, &asked, moment(NOON)).unwrap_err();
        assert_eq!(refused.clause(), "opt_outs");
        let next = refused.next();
        assert!(next.contains("haven preferences taken-in-again"), "{next}");
    }
}

#[test]
fn pseudonyms_are_shared_only_where_linkage_is_listed() {
    let domain = |text: &str, table: &str, change: &dyn Fn(&mut Question)| {
        let mut asked = question(&[(table, &["person_pseudonym"])]);
        change(&mut asked);
        let terms = terms(text, &asked);
        let expression = terms.views()[0].columns[0].expression.as_str().to_owned();
        expression.split('\'').nth(1).unwrap().to_owned()
    };
    let same = |_: &mut Question| {};
    let text = main_text();
    let event = domain(&text, "cld_event", &same);
    assert_eq!(event, "DSA-0417/1/EST-ICB/commissioning/linked:events");
    assert_eq!(domain(&text, "hospital_spell", &same), event);
    assert_ne!(domain(&text, "long_term_support", &same), event);
    assert_ne!(
        domain(&text, "cld_event", &|q| q.purpose =
            "population_health".into()),
        event
    );
    assert_eq!(
        domain(
            &changed("version = \"1.0\"", "version = \"1.9\""),
            "cld_event",
            &same
        ),
        event
    );
    assert_ne!(
        domain(
            &changed("version = \"1.0\"", "version = \"2.0\""),
            "cld_event",
            &same
        ),
        event
    );
    let unlinked = changed(
        "[[linkage]]\nfrom = \"cld_event\"\nto = \"hospital_spell\"\nkey_domain = \"events\"\nperformed_by = \"EST-HAVEN\"\nwhy = \"To see what support came before and after a stay in hospital.\"\n",
        "",
    );
    assert_eq!(
        domain(&unlinked, "cld_event", &same),
        "DSA-0417/1/EST-ICB/commissioning/table:cld_event"
    );
}

#[test]
fn digests_change_with_what_they_are_of() {
    let asked = question(&[("cld_event", &["la_code", "age_band"])]);
    let base = terms(&main_text(), &asked);
    let rows = terms(&changed("from = 2023-04-01", "from = 2024-04-01"), &asked);
    assert_ne!(base.policy_digest(), rows.policy_digest());
    assert_ne!(base.row_filter_digest(), rows.row_filter_digest());
    assert_eq!(base.field_mask_digest(), rows.field_mask_digest());
    assert_ne!(base.digest(), rows.digest());

    let masks = terms(
        &main_text().replace(
            "\"65 to 74\", \"75 to 84\", \"85 and over\"] } }\nwhy",
            "\"65 and over\"] } }\nwhy",
        ),
        &asked,
    );
    assert_eq!(base.row_filter_digest(), masks.row_filter_digest());
    assert_ne!(base.field_mask_digest(), masks.field_mask_digest());

    let again = terms(&main_text(), &asked);
    assert_eq!(base, again);
}

#[test]
fn what_the_views_are_made_from_is_known() {
    let sources = read(&main_text()).unwrap().sources();
    let tables: Vec<&str> = sources.keys().map(String::as_str).collect();
    assert_eq!(
        tables,
        [
            "cld_event",
            "hospital_spell",
            "long_term_support",
            "opt_out",
            "person_quarter"
        ]
    );
    let columns = |table: &str| sources[table].iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        columns("opt_out"),
        "dataset effective_from effective_to kind person_pseudonym programme purpose recipient"
    );
    assert_eq!(
        columns("hospital_spell"),
        "admission_date admission_method birth_month discharge_date discharge_destination person_pseudonym treatment_function_code"
    );
}

#[test]
fn a_question_is_planned_over_the_columns_that_its_permit_could_open() {
    let agreement = read(&main_text()).unwrap();
    let tables = ["cld_event".to_owned(), "death".to_owned()].into();
    let planned = agreement.planning_views(&tables);
    assert_eq!(planned.len(), 1);
    let names = |view: &crate::GovernedView| -> BTreeSet<String> {
        let columns = view.columns.iter();
        columns.map(|c| c.name.as_str().to_owned()).collect()
    };
    assert_eq!(names(&planned[0]), agreement.columns("cld_event"));
}
