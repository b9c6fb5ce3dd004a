-- title: Accommodation told by services
-- why: Where nothing is known of where a person lives, their last service says what can be presumed.
-- source: section 9.2
-- reads: person_latest_known, unique_events_joined
-- writes: person_accommodation_presumed
with services as (
    select u.la_key, u.der_nhs_la_combined_person_id as person, u.service_type_cleaned as service_type,
           coalesce(u.der_event_end_date, DATE '9999-01-01') as end_date, u.event_start_date,
           case u.service_type_cleaned
               when 'Long term support: Nursing care' then 1
               when 'Long term support: Residential care' then 2
               when 'Long term support: Community' then 3
               when 'Long term support: Prison' then 4
               when 'Short term support: ST-Max' then 5
               when 'Short term support: Ongoing low level' then 6
               when 'Short term support: Other short term' then 7
               else 99
           end as type_order,
           case when u.service_component_cleaned in ('Shared Lives', 'Community supported living', 'Extra care housing', 'Home support or domiciliary care')
                then u.service_component_cleaned end as listed_component
    from unique_events_joined as u
    join person_latest_known as k
      on k.la_key = u.la_key and k.person = u.der_nhs_la_combined_person_id
    where k.accommodation_status = 'Unknown'
      and u.event_key = 'service'
),
placed as (
    select s.*,
           dense_rank() over (
               partition by s.la_key, s.person
               order by s.end_date desc nulls last, s.type_order asc,
                   case when s.listed_component is null then 1 else 0 end asc, s.event_start_date desc nulls last
           ) as place
    from services as s
),
single_values as (
    select la_key, person,
           case when count(distinct case when type_order < 99 then service_type end) = 1
                then min(case when type_order < 99 then service_type end) end as service_type,
           case when count(distinct listed_component) = 1 then min(listed_component) end as component
    from placed
    where place = 1
    group by la_key, person
)
select la_key, person,
       case when service_type = 'Long term support: Nursing care' then 'Registered nursing home'
            when service_type = 'Long term support: Residential care' then 'Registered care home'
            when component = 'Shared Lives' then 'Shared Lives scheme'
            when component = 'Extra care housing' then 'Sheltered housing, extra care housing or other sheltered housing'
            when component = 'Community supported living' then 'Supported accommodation, supported lodgings or supported group home'
            when service_type = 'Long term support: Community' and component = 'Home support or domiciliary care' then 'Unknown: Presumed at home'
            when service_type = 'Long term support: Community' and component is null then 'Unknown: Presumed in community'
            when service_type = 'Long term support: Prison' then 'Prison, young offenders institution or detention centre'
            else 'Unknown'
       end as accommodation_status
from single_values
