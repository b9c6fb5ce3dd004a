-- title: Tables 2a and 2b: accommodation
-- why: The status of the latest start, known before unknown. The latest start is looked for by the person alone, whatever the authority: as published. A status outside the list is set aside first, and two that are left over make Unknown.
-- source: section 18.2
-- reads: lts004_rows, nhse_accommodation
-- writes: lts004_t2
-- level: person
with of_list as (
    select r.la_code, r.id, r.gender, lower(r.accommodation_status) as status, r.event_start_date,
        case when lower(r.accommodation_status) = 'unknown' then 0 else 1 end as known,
        max(r.event_start_date) over (partition by r.id) as last_start
    from lts004_rows r
    join nhse_accommodation l on lower(trim(r.accommodation_status)) = l.key
),
latest as (
    select la_code, id, gender, status, known, max(known) over (partition by la_code, id) as best_known
    from of_list
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
-- One spelling of each gender in the whole table.
select d.la_code,
    case lower(d.gender) when 'male' then 'Male' when 'female' then 'Female' else min(d.gender) over (partition by lower(d.gender)) end as gender,
    coalesce(l.value, d.status) as accommodation_status, d.id, l.settled
from decided d
left join nhse_accommodation l on d.status = l.key
