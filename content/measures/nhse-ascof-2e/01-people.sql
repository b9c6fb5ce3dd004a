-- title: People with long term support and where they live
-- why: The status of the latest start, known before unknown; two that are left over make Unknown. No age is needed, and prison is left out.
-- source: sections 16.2, 21
-- reads: nhse_latest_rows, nhse_accommodation
-- writes: nhse_ascof_2e_persons
-- publishes: 20_nhse_ascof_2e_persons
-- columns: LA_Code, Gender, Accommodation_Status, ID
-- level: person
with build as (
    select la_code, traced, la_person, gender, lower(accommodation_status) as status, event_start_date,
        case when accommodation_status is null or lower(accommodation_status) = 'unknown' then 0 else 1 end as known
    from nhse_latest_rows
    where for_year and client_type = 'service user'
        and service_type in ('Long Term Support: Nursing Care', 'Long Term Support: Residential Care', 'Long Term Support: Community')
        and event_start_date <= $nhse_period_end
        and (event_end_date is null or event_end_date >= $nhse_period_start)
        and (date_of_death is null or date_of_death >= $nhse_period_start)
),
beside_traced as (
    select distinct la_person from build where traced is not null and la_person is not null
),
people as (
    select b.la_code, coalesce(b.traced, b.la_person) as id, b.gender, b.status, b.known, b.event_start_date
    from beside_traced t
    right join build b on t.la_person = b.la_person
    where b.traced is not null or (b.la_person is not null and t.la_person is null)
),
started as (
    select la_code, id, gender, status, known, event_start_date,
        max(event_start_date) over (partition by la_code, id) as last_start
    from people
),
latest as (
    select la_code, id, gender, status, known, max(known) over (partition by la_code, id) as best_known
    from started
    where event_start_date = last_start
),
kept as (
    select la_code, id, min(gender) as gender, lower(gender) as gender_key, status
    from latest
    where known = best_known
    group by la_code, id, lower(gender), status
),
counted as (
    select la_code, id, gender_key, min(gender) as gender, min(status) as status, count(*) as statuses
    from kept
    group by la_code, id, gender_key
),
-- A missing gender never matches itself, so two statuses of such a person both stay: as published.
decided as (
    select la_code, id, gender, case when statuses > 1 then 'unknown' else status end as status
    from counted
    where gender is not null or statuses = 1 or $corrected
    union all
    select k.la_code, k.id, k.gender, k.status
    from kept k
    join counted c on k.la_code = c.la_code and k.id = c.id
    where k.gender is null and c.gender is null and c.statuses > 1 and not $corrected
)
select d.la_code, d.gender, coalesce(l.value, d.status) as accommodation_status, d.id, coalesce(l.settled, 0) as settled
from decided d
left join nhse_accommodation l on d.status = l.key
