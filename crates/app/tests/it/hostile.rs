//! Questions that try to get around an agreement, or to bring the program down.

/// Questions that try to get around the agreement. Each either gives only what the agreement opens or ends in order.
#[expect(clippy::too_many_lines, reason = "a list")]
pub(crate) fn hostile() -> Vec<String> {
    let mut all: Vec<String> = HOSTILE
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    // One form for each table that nobody may read, or that this agreement does not open.
    for table in [
        "opt_out",
        "postcode_area",
        "person_link",
        "death",
        "emergency_attendance",
        "demographic_index",
        "link_index",
        "finding",
    ] {
        for form in [
            "select * from {t}",
            "select count(*) from {t}",
            "select person_pseudonym from long_term_support union all select person_pseudonym from {t}",
            "select * from long_term_support l where exists (select 1 from {t} x where x.person_pseudonym = l.person_pseudonym)",
            "select (select count(*) from {t}) from long_term_support",
            "with x as (select * from {t}) select * from x",
        ] {
            all.push(form.replace("{t}", table));
        }
    }
    let deep = 10_000;
    all.push(format!(
        "select {}1{} from long_term_support",
        "(".repeat(deep),
        ")".repeat(deep)
    ));
    all.push(format!(
        "select count(*) from {}long_term_support{}",
        "(select * from ".repeat(deep),
        ")".repeat(deep)
    ));
    all.push(format!(
        "select count({}) from long_term_support",
        vec!["1"; 20_000].join("+")
    ));
    all.push(format!(
        "select count({}) from long_term_support",
        vec!["1"; 900].join("+")
    ));
    all.push(format!(
        "select 1 from long_term_support where {}",
        vec!["gender = 'x'"; 20_000].join(" or ")
    ));
    all.push(format!(
        "select 1 from long_term_support where {}",
        vec!["gender = 'x'"; 240].join(" or ")
    ));
    all.push(vec!["select gender from long_term_support"; 3_000].join(" union all "));
    all.push(vec!["select gender from long_term_support"; 140].join(" union all "));
    all.push(format!(
        "select {}true from long_term_support",
        "not ".repeat(deep)
    ));
    all.push(format!(
        "select {}1 from long_term_support",
        "- ".repeat(deep)
    ));
    all.push(format!(
        "select 1{} from long_term_support",
        "::int".repeat(deep)
    ));
    all.push(format!(
        "select {}1{} from long_term_support",
        "abs(".repeat(deep),
        ")".repeat(deep)
    ));
    all.push(format!(
        "select {}1 {} from long_term_support",
        "case when true then ".repeat(deep),
        "end ".repeat(deep)
    ));
    all.push(format!(
        "select 1 from long_term_support {}",
        "cross join (select 1) as x ".repeat(deep)
    ));
    all.push(format!(
        "select count(*) from {}",
        (0..90)
            .map(|n| format!("long_term_support as t{n}"))
            .collect::<Vec<_>>()
            .join(", ")
    ));
    all.push(format!(
        "select '{}' from long_term_support limit 1",
        "x".repeat(10_000_000)
    ));
    all.push(format!(
        "select 1 from long_term_support where gender in ({})",
        vec!["'x'"; 20_000].join(", ")
    ));
    all.push(format!(
        "select 1 from long_term_support -- {}",
        "x".repeat(10_000_000)
    ));
    all.push("[".repeat(deep));
    all.push("select \u{0} from long_term_support".to_owned());
    all
}

const HOSTILE: &str = "
create table stolen as select * from long_term_support
create view stolen as select * from long_term_support
create external table stolen stored as parquet location '/tmp/'
create external table stolen stored as csv location '../../keys/analysis.key'
create or replace table long_term_support as select 1
create function steal(text) returns text return $1
create schema stolen
create database stolen
drop table long_term_support
drop view long_term_support
drop function recipient_pseudonym
alter table long_term_support add column x int
truncate table long_term_support
insert into long_term_support select * from long_term_support
insert into long_term_support values ('x')
update long_term_support set gender = 'x'
delete from long_term_support
merge into long_term_support using cld_event on true when matched then delete
copy long_term_support to '/tmp/stolen.csv'
copy (select * from long_term_support) to '/tmp/stolen.parquet' stored as parquet
unload (select 1) to '/tmp/stolen'
set datafusion.catalog.information_schema = true
set datafusion.execution.parquet.pushdown_filters = false
reset datafusion.catalog.information_schema
begin
commit
rollback
prepare stolen as select * from long_term_support
execute stolen
deallocate stolen
explain select * from long_term_support
explain analyze select * from long_term_support
explain verbose select * from long_term_support
analyze long_term_support
describe long_term_support
desc opt_out
show tables
show columns from long_term_support
show all
show functions
show create table long_term_support
use information_schema
grant all on long_term_support to public
call stolen()
load 'stolen'
attach 'stolen' as x
kill 1
vacuum
select * from information_schema.tables
select * from information_schema.columns
select * from information_schema.df_settings
select * from pg_catalog.pg_tables
select * from pg_class
select * from sqlite_master
select * from datafusion.public.long_term_support
select * from public.long_term_support
select * from datafusion.information_schema.tables
select * from \"datafusion.public.opt_out\"
select * from \"Opt_Out\"
select * from OPT_OUT
select * from `opt_out`
select * from [opt_out]
select * from '/etc/passwd'
select * from '/tmp/x.parquet'
select * from \"/tmp/x.parquet\"
select * from 'keys/analysis.key'
select * from 'haven-analysis-own://tables/long_term_support/'
select * from \"haven-analysis-handover://tables/opt_out/part.parquet\"
select * from 'memory:///opt_out/'
select * from \"../identified/objects/person_link\"
select * from \"long_term_support@0\"
select * from \"\"
select * from \" \"
select * from read_parquet('/tmp/x.parquet')
select * from read_csv('/etc/passwd')
select * from parquet_metadata('/tmp/x.parquet')
select * from generate_series(1, 10)
select * from range(1, 10)
select * from long_term_support, generate_series(1, 1000000000)
select * from long_term_support cross join range(1, 1000000000) as r(n)
select * from unnest([1, 2, 3])
select unnest(generate_series(1, 1000000000)) from long_term_support
select * from long_term_support, lateral (select * from opt_out where opt_out.person_pseudonym = long_term_support.person_pseudonym) as x
select * from long_term_support tablesample (10)
select * from long_term_support for system_time as of '2020-01-01'
select * from long_term_support version as of 0
with opt_out as (select * from opt_out) select * from opt_out
with long_term_support as (select * from opt_out) select * from long_term_support
with long_term_support as (select * from cld_event) select primary_support_reason from long_term_support
with a as (with b as (select * from opt_out) select * from b) select * from a
select * from (with opt_out as (select 1 as x) select * from opt_out) as a, opt_out
with x as (delete from long_term_support returning *) select * from x
with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t
with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t, long_term_support
with recursive long_term_support as (select 1 as n union all select n + 1 from long_term_support) select count(*) from long_term_support
select 1; select 2
select gender from long_term_support; drop table long_term_support
select gender from long_term_support; select * from opt_out
select * from long_term_support -- where gender = 'x'
select * from /* opt_out */ long_term_support
select * from/**/opt_out
select/**/*/**/from/**/opt_out/**/
select * from long_term_support /* never closed
select * from long_term_support where gender = 'x' union select * from opt_out --'
select * from оpt_out
select * from ｏpt_out
select * from \"opt\u{200b}_out\"
select рerson_pseudonym from long_term_support
select nhs_number from cld_event
select nhs_number from hospital_spell
select date_of_birth from cld_event
select birth_month from cld_event
select birth_month from hospital_spell
select event_start_date from cld_event
select admission_date from hospital_spell
select primary_diagnosis from hospital_spell
select lsoa21_code from hospital_spell
select event_token from cld_event
select submission_id from cld_event
select adult_1_person_pseudonym from cld_event
select postcode_sector from long_term_support
select l.age_in_years from long_term_support as l
select 1 from long_term_support where age_in_years > 100
select count(*) from long_term_support group by age_in_years
select 1 from long_term_support order by age_in_years
select max(1) over (partition by age_in_years) from long_term_support
select 1 from long_term_support having max(age_in_years) > 1
select a.* from long_term_support as a join long_term_support as b on a.age_in_years = b.age_in_years
select * from long_term_support natural join person_quarter natural join cld_event
select * from long_term_support join person_quarter using (age_in_years)
select count(*) filter (where age_in_years > 1) from long_term_support
select (select age_in_years) from long_term_support
select row(long_term_support) from long_term_support
select long_term_support from long_term_support
select struct(long_term_support.*) from long_term_support
select * exclude (gender) from long_term_support
select * replace (age_in_years as gender) from long_term_support
select to_json(l) from long_term_support as l
select pseudonym('x') from long_term_support
select pseudonym('person', person_pseudonym) from long_term_support
select recipient_pseudonym('summaries', person_pseudonym) from cld_event
select recipient_pseudonym('DSA-0192', person_pseudonym) from long_term_support
select name_key('x') from long_term_support
select nhs_number_key('9991887199') from long_term_support
select internal_identity('index|9991887199') from long_term_support
select postcode_key('SS0 0AA') from long_term_support
select current_user from long_term_support
select current_database() from long_term_support
select pg_read_file('/etc/passwd') from long_term_support
select getenv('HOME') from long_term_support
select input_file_name() from long_term_support
select version() from long_term_support
select 1/0 from long_term_support
select cast('x' as int) from long_term_support
select repeat('x', 2000000000) from long_term_support
select lpad('x', 2000000000) from long_term_support
select rpad('x', 2000000000) from long_term_support
select array_repeat('x', 2000000000) from long_term_support
select array_resize([1], 2000000000, 1) from long_term_support
select array_agg(a.person_pseudonym || b.person_pseudonym) from long_term_support a, long_term_support b, long_term_support c
select count(*) from long_term_support a, long_term_support b, long_term_support c, long_term_support d, long_term_support e where a.gender < b.gender or c.gender < d.gender or e.gender < 'a'
select count(distinct a.person_pseudonym || b.person_pseudonym || c.person_pseudonym || d.gender) from long_term_support a, long_term_support b, long_term_support c, long_term_support d
select a.*, b.*, c.* from long_term_support a, long_term_support b, long_term_support c order by a.weekly_cost, b.weekly_cost, c.weekly_cost
select regexp_match(repeat('a', 10000), '(a*)*b') from long_term_support
select person_pseudonym from long_term_support intersect select person_pseudonym from opt_out
select person_pseudonym from long_term_support except select person_pseudonym from opt_out
select * from long_term_support where person_pseudonym in (select person_pseudonym from opt_out)
select * from long_term_support where person_pseudonym = any (select person_pseudonym from opt_out)
select * from long_term_support full join opt_out on true
select * into stolen from long_term_support
select * from long_term_support for update
select top 5 * from opt_out
table opt_out
values (1), (2)
from opt_out
pivot opt_out on kind
select
;
''
\\d opt_out
.tables
";
