-- title: Clients on the last day, by how their support is arranged
-- why: Each person's highest setting; whoever lives in a care home is counted there and leaves the denominator, direct payment or not.
-- source: section 14.1, rules 1 to 3
-- reads: unique_events_joined, person_details
-- writes: ascof_3d_clients
-- publishes: 11_ascof_3d_client_persons
-- columns: LA_Code, LA_Name, Der_NHS_LA_Combined_Person_ID, Der_Age_Band_Reporting_End, Service_Type, Service_Component, Delivery_Mechanism
-- level: person
with services as (
    select u.la_key, u.la_code, u.la_name, u.der_nhs_la_combined_person_id as person,
           u.service_type_cleaned as service_type, u.service_component_cleaned as service_component,
           case when u.service_component_cleaned = 'Direct payment' then 'Direct payment' else u.delivery_mechanism_cleaned end as given_mechanism,
           age_on(p.der_birth_year, p.der_birth_month, $year_end) as age
    from unique_events_joined as u
    left join person_details as p
      on p.la_key = u.la_key and p.person = u.der_nhs_la_combined_person_id
    where u.service_type_cleaned in ('Long term support: Nursing care', 'Long term support: Residential care',
                                     'Long term support: Community', 'Long term support: Prison')
      and u.client_type_cleaned = 'Service user'
      and u.event_start_date <= $year_end
      and (u.der_event_end_date is null or (u.der_event_end_date >= $year_end and u.der_event_end_date >= u.event_start_date))
      and (p.date_of_death is null or p.date_of_death >= $year_end)
),
mechanisms as (
    select s.*,
           case when s.service_type = 'Long term support: Community'
                 and s.given_mechanism in ('Direct payment', 'CASSR managed personal budget', 'CASSR commissioned support') then s.given_mechanism
                when s.service_type = 'Long term support: Prison'
                 and s.given_mechanism in ('CASSR managed personal budget', 'CASSR commissioned support') then s.given_mechanism
           end as delivery_mechanism
    from services as s
),
ordered as (
    select m.*,
           case when m.service_type = 'Long term support: Nursing care' then 1
                when m.service_type = 'Long term support: Residential care' then 2
                when m.service_type = 'Long term support: Community' then
                    case m.delivery_mechanism when 'Direct payment' then 3 when 'CASSR managed personal budget' then 4
                                              when 'CASSR commissioned support' then 5 else 6 end
                else case m.delivery_mechanism when 'CASSR managed personal budget' then 7 when 'CASSR commissioned support' then 8 else 9 end
           end as setting
    from mechanisms as m
),
highest as (
    select o.*, min(o.setting) over (partition by o.la_key, o.person) as highest_setting,
           min(o.la_code) over (partition by o.la_key, o.person) as one_code, min(o.la_name) over (partition by o.la_key, o.person) as one_name
    from ordered as o
)
select distinct la_key, one_code as la_code, one_name as la_name, person, person as der_nhs_la_combined_person_id,
       case when age is null then 'Unknown' when age < 65 then '18 to 64' else '65 and above' end as der_age_band_reporting_end,
       service_type, service_component, delivery_mechanism
from highest
where setting = highest_setting
  and (age is null or age >= 18)
