-- title: Unpaid carers and what each row says of their support
-- why: Carers with support of their own, with support through the person they care for, or with an assessment, review or advice and no service.
-- source: sections 16.2, 18.1
-- reads: nhse_latest_rows
-- writes: lts003_support
-- level: row
with build as (
    select la_code, traced, la_person, event_type, event_outcome, service_type, delivery_mechanism,
        der_birth_year, der_birth_month
    from nhse_latest_rows
    where for_year and client_type in ('carer', 'carer known by association')
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
)
select b.la_code, coalesce(b.traced, b.la_person) as id,
    -- The mechanism alone decides here, not the component.
    case
        when service_type = 'Carer Support: Direct to Carer' and delivery_mechanism = 'direct payment' then 1
        when service_type = 'Carer Support: Direct to Carer' and delivery_mechanism = 'cassr managed personal budget' then 2
        when service_type = 'Carer Support: Direct to Carer' and delivery_mechanism = 'cassr commissioned support' then 3
        when service_type = 'Carer Support: Direct to Carer' then 4
        when service_type = 'Carer Support: Support involving the person cared-for' then 6
        when event_type in ('assessment', 'review') and event_outcome = 'nfa - information & advice / signposting only' then 5
        when event_type in ('assessment', 'review') then 6
        when event_type = 'request' then 5
    end as support_place,
    case when der_birth_year is null then null else age_on(der_birth_year, der_birth_month, $nhse_period_end) end as age
from beside_traced t
right join build b on t.la_person = b.la_person
where b.traced is not null or (b.la_person is not null and t.la_person is null)
