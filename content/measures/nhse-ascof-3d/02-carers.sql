-- title: Unpaid carers in the year by their most direct support
-- why: Support of each carer as in LTS003, but a direct payment named by the component counts as well. A direct service without a component says nothing and is dropped: as published. A carer without a year or month of birth is in the total only.
-- source: sections 14.2, 16.2, 21
-- reads: nhse_latest_rows
-- writes: nhse_3d_carers
-- level: person
with build as (
    select la_code, traced, la_person, event_type, event_outcome, service_type, service_component, delivery_mechanism,
        coalesce(age_on(der_birth_year, der_birth_month, $nhse_period_end), age_on(1800, 1, $nhse_period_end)) as age
    from nhse_latest_rows
    where for_snapshot and client_type in ('carer', 'carer known by association')
        and event_type in ('request', 'assessment', 'service', 'review')
        and event_start_date <= $nhse_period_end
        and (event_end_date is null or event_end_date >= $nhse_period_start)
        and (date_of_death is null or date_of_death >= $nhse_period_start)
        and ((service_type is null and event_outcome = 'nfa - information & advice / signposting only')
            or service_type in ('Carer Support: Direct to Carer', 'Carer Support: Support involving the person cared-for')
            or (service_type is null and event_type in ('assessment', 'review')))
),
beside_traced as (
    select distinct la_person from build where traced is not null and la_person is not null
),
carers as (
    select b.la_code, coalesce(b.traced, b.la_person) as id, b.age,
        case
            when service_type = 'Carer Support: Direct to Carer'
                and (delivery_mechanism = 'direct payment' or service_component = 'direct payment') then 1
            when service_type = 'Carer Support: Direct to Carer'
                and (service_component <> 'direct payment' or (service_component is null and $corrected)) then
                case delivery_mechanism when 'cassr managed personal budget' then 2 when 'cassr commissioned support' then 3 else 4 end
            when service_type = 'Carer Support: Support involving the person cared-for' then 6
            when event_type in ('assessment', 'review') and event_outcome = 'nfa - information & advice / signposting only' then 5
            when event_type in ('assessment', 'review') then 6
            when event_type = 'request' then 5
        end as place
    from beside_traced t
    right join build b on t.la_person = b.la_person
    where b.traced is not null or (b.la_person is not null and t.la_person is null)
),
placed as (
    select la_code, id, age, place, min(place) over (partition by la_code, id) as best
    from carers
    where place is not null
)
select distinct la_code, id, age, place
from placed
where place = best
