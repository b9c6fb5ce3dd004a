-- title: Carers in the year, by the support they had
-- why: Each carer's most direct support; as published, a service to the carer without a known component falls out.
-- source: section 14.2, rules 1 to 3
-- reads: unique_events_joined, person_details
-- writes: ascof_3d_carers
-- publishes: 11_ascof_3d_carer_persons
-- columns: LA_Code, LA_Name, Der_NHS_LA_Combined_Person_ID, Der_Age_Band_Reporting_End, Support_Provided
-- level: person
with events as (
    select u.la_key, u.la_code, u.la_name, u.der_nhs_la_combined_person_id as person, u.event_key,
           u.service_type_cleaned as service_type, u.service_component_cleaned as component, u.delivery_mechanism_cleaned as mechanism,
           coalesce(u.event_outcome_cleaned, 'Invalid and not mapped') as event_outcome,
           age_on(p.der_birth_year, p.der_birth_month, $year_end) as age
    from unique_events_joined as u
    left join person_details as p
      on p.la_key = u.la_key and p.person = u.der_nhs_la_combined_person_id
    where u.client_type_cleaned in ('Unpaid carer', 'Unpaid carer known by association', 'Carer', 'Carer known by association')
      and u.event_start_date <= $year_end
      and (u.der_event_end_date is null or (u.der_event_end_date >= $year_start and u.der_event_end_date >= u.event_start_date))
      and (p.date_of_death is null or p.date_of_death >= $year_start)
      and ((u.service_type_cleaned is null and u.event_outcome_cleaned = 'NFA: Information and advice or signposting')
           or u.service_type_cleaned in ('Unpaid carer support: Direct to unpaid carer', 'Unpaid carer support: Support involving the person cared-for')
           or (u.event_key in ('assessment', 'review') and u.service_type_cleaned is null))
),
supported as (
    select e.*,
           case when service_type = 'Unpaid carer support: Direct to unpaid carer'
                 and (mechanism = 'Direct payment' or component = 'Direct payment') then 1
                when service_type = 'Unpaid carer support: Direct to unpaid carer' and mechanism = 'CASSR managed personal budget'
                 and (component <> 'Direct payment' or ($corrected and component is null)) then 2
                when service_type = 'Unpaid carer support: Direct to unpaid carer' and mechanism = 'CASSR commissioned support'
                 and (component <> 'Direct payment' or ($corrected and component is null)) then 3
                when service_type = 'Unpaid carer support: Direct to unpaid carer'
                 and (mechanism is null or mechanism not in ('Direct payment', 'CASSR managed personal budget', 'CASSR commissioned support'))
                 and (component <> 'Direct payment' or ($corrected and component is null)) then 4
                when service_type = 'Unpaid carer support: Support involving the person cared-for' then 6
                when event_key in ('assessment', 'review') and event_outcome <> 'NFA: Information and advice or signposting' then 6
                when event_key in ('assessment', 'review') then 5
                when event_key = 'request' then 5
           end as support
    from events as e
),
ranked as (
    select s.*,
           min(s.support) over (partition by s.la_key, s.person) as best_support,
           min(s.age) over (partition by s.la_key, s.person) as person_age,
           min(s.la_code) over (partition by s.la_key, s.person) as one_code, min(s.la_name) over (partition by s.la_key, s.person) as one_name
    from supported as s
)
select distinct la_key, one_code as la_code, one_name as la_name, person, person as der_nhs_la_combined_person_id, support,
       case when person_age is null then 'Unknown' when person_age < 65 then '18 to 64' else '65 and above' end as der_age_band_reporting_end,
       case support
           when 1 then 'Direct Payment only'
           when 2 then 'CASSR Managed Personal Budget'
           when 3 then 'CASSR Commissioned Support only'
           when 4 then 'Support Direct to Carer: Unknown Delivery Mech'
           when 5 then 'Information, Advice and Other Universal Services / Signposting'
           else 'No Direct Support Provided to Carer'
       end as support_provided
from ranked
where support = best_support
  and (person_age is null or person_age >= 18)
