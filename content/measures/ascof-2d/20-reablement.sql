-- title: Episodes of reablement
-- why: Reablement services of one person belong together unless more than 7 days lie between a start and the latest end before it.
-- source: section 12.1
-- reads: unique_events_joined, person_details
-- writes: ascof_2d_reablement
with services as (
    select u.la_key, u.la_code, u.la_name, u.name_key, u.der_nhs_la_combined_person_id as person, u.der_unique_record_id, u.event_start_date,
           coalesce(u.der_event_end_date, DATE '9999-01-01') as end_date, coalesce(u.event_outcome_hierarchy, 999) as h, p.date_of_death
    from unique_events_joined as u
    left join person_details as p
      on p.la_key = u.la_key and p.person = u.der_nhs_la_combined_person_id
    where u.client_type_cleaned = 'Service user'
      and u.event_key = 'service'
      and u.service_type_cleaned = 'Short term support: ST-Max'
      and u.service_component_cleaned = 'Reablement'
      and (p.date_of_death is null or p.date_of_death >= $year_start)
      and (u.der_event_end_date is null or u.der_event_end_date >= u.event_start_date)
),
ends_before as (
    select s.*,
           max(end_date) over (
               partition by la_key, name_key, person
               order by event_start_date asc, end_date asc, h asc, der_unique_record_id desc
               rows between unbounded preceding and 1 preceding
           ) as end_before
    from services as s
),
numbered as (
    select e.*,
           sum(case when end_before is null or days_between(end_before, event_start_date) > 7 then 1 else 0 end) over (
               partition by la_key, name_key, person
               order by event_start_date asc, end_date asc, h asc, der_unique_record_id desc
               rows between unbounded preceding and current row
           ) as episode
    from ends_before as e
),
episodes as (
    select la_key, name_key, person, episode, min(la_code) as la_code, min(la_name) as la_name,
           min(event_start_date) as episode_start, max(end_date) as episode_end, max(date_of_death) as date_of_death
    from numbered
    group by la_key, name_key, person, episode
)
select e.*, row_number() over (order by la_key, name_key, person, episode) as episode_id
from episodes as e
