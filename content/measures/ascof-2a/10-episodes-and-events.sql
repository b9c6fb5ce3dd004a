-- title: Episodes of adults that ended in the year, and all that happened to them
-- why: Each episode beside every event of its person; the episode's own services are not something that followed it.
-- source: section 10.3
-- reads: short_term_episodes, client_events, person_details
-- writes: ascof_2a_episode_events
with adults as (
    select e.*, p.date_of_death,
           age_on(p.der_birth_year, p.der_birth_month, e.episode_end) as age,
           row_number() over (order by e.la_key, e.name_key, e.person, e.episode) as episode_id
    from short_term_episodes as e
    join person_details as p
      on p.la_key = e.la_key and p.person = e.person
    where e.episode_end >= $year_start and e.episode_end <= $year_end
      and (p.date_of_death is null or p.date_of_death >= e.episode_start)
),
grown as (
    select * from adults where age >= 18 or age is null
)
select g.episode_id, g.la_key, g.la_code, g.la_name, g.person, g.episode_start, g.episode_end, g.episode_outcome, g.episode_h, g.date_of_death,
       case when g.age is null then 'Unknown' when g.age < 65 then '18 to 64' else '65 and above' end as age_band,
       v.der_unique_record_id, v.event_key, v.event_start_date, v.end_date, v.service_type, v.service_component, v.event_outcome, v.h,
       v.event_key = 'service' and v.service_type = 'Short term support: ST-Max' as is_short_term
from grown as g
join client_events as v
  on v.la_key = g.la_key and v.person = g.person
