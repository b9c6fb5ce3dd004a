-- title: People newly admitted and still there at the end of the year
-- why: Stays open on the snapshot day, without those that the latest submission has since closed. Somebody with a stay begun before the year, anywhere, is not new. No age is left out here.
-- source: section 21
-- reads: nhse_2b2c_rows
-- writes: nhse_2b2c_persons
-- publishes: 20_nhse_ascof_2bc_persons
-- columns: ID, LA_Code, Der_Age_Snapshot_Date
-- level: person
with keyed as (
    select coalesce(la_code, '') as la_key, la_code, id, age, service_type, service_component, delivery_mechanism, event_start_date, importdate,
        coalesce(cast(event_start_date as varchar), '') as start_key,
        event_end_date is null or event_end_date >= $nhse_2b2c_snapshot as open_then
    from nhse_2b2c_rows
),
editions as (
    select la_key, id, start_key, service_type, service_component, delivery_mechanism, importdate,
        bool_or(open_then) as open_then
    from keyed
    where importdate < cast($nhse_import_cutoff as timestamp)
    group by la_key, id, start_key, service_type, service_component, delivery_mechanism, importdate
),
placed as (
    select la_key, id, start_key, service_type, service_component, delivery_mechanism, open_then,
        row_number() over (partition by la_key, id, start_key, service_type, service_component, delivery_mechanism
            order by importdate desc nulls last) as place
    from editions
),
closed as (
    select la_key, id, start_key, service_type, service_component, delivery_mechanism
    from placed
    where place = 1 and not open_then
),
remaining as (
    select k.id, k.la_code, k.age, k.event_start_date
    from keyed k
    left join closed c
        on k.la_key = c.la_key and k.id = c.id and k.start_key = c.start_key and k.service_type = c.service_type
        and k.service_component = c.service_component and k.delivery_mechanism = c.delivery_mechanism
    where k.open_then and c.id is null
),
previous as (
    select distinct id from remaining where event_start_date < $nhse_2b2c_admissions_from
)
select distinct r.id, r.la_code, r.age as der_age_snapshot_date
from remaining r
left join previous p on r.id = p.id
where r.event_start_date >= $nhse_2b2c_admissions_from and r.event_start_date < $nhse_2b2c_snapshot
    and p.id is null
