-- title: What followed each episode
-- why: Death, hospital, a service, the best outcome told by the episode, by what followed or by a review in its last fortnight, equipment; the first
--   that applies.
-- source: section 10.4
-- reads: ascof_2a_candidates
-- writes: ascof_2a_sequels
-- publishes: 07_ascof_2a_episodes
-- columns: LA_Code, Der_NHS_LA_Combined_Person_ID, ST_Max_Cluster_Start, ST_Max_Cluster_End, ST_Max_Cluster_Event_Outcome,
--   ST_Max_Cluster_Working_Age_Band, Sequel_Type, Final_Outcome
-- level: person
with services as (
    select episode_id, service_type, service_component,
           row_number() over (
               partition by episode_id
               order by case service_type
                       when 'Long term support: Nursing care' then 1
                       when 'Long term support: Residential care' then 2
                       when 'Long term support: Community' then 3
                       when 'Long term support: Prison' then 4
                       when 'Short term support: ST-Max' then 5
                       when 'Short term support: Ongoing low level' then 6
                       else 7
                   end asc,
                   case when service_component in ('Short term residential care', 'Short term nursing care') then 0 else 1 end asc
           ) as place
    from ascof_2a_candidates
    where in_window
      and service_type in ('Long term support: Nursing care', 'Long term support: Residential care', 'Long term support: Community',
                           'Long term support: Prison', 'Short term support: ST-Max', 'Short term support: Ongoing low level',
                           'Short term support: Other short term')
),
nested_outcomes as (
    select episode_id, h, event_outcome,
           row_number() over (partition by episode_id order by end_date desc, h asc, der_unique_record_id desc) as place
    from ascof_2a_candidates
    where nested and event_key in ('assessment', 'review') and days_between(end_date, episode_end) < 14 and h < 100
),
after_window as (
    select episode_id,
           min(case when h < 100 then h end) as h,
           count(*) as events
    from ascof_2a_candidates
    where in_window and event_key <> 'service' and event_outcome <> 'NFA: Support ended as planned'
      and (episode_h < 100 or h < 100)
    group by episode_id
),
window_outcomes as (
    select distinct episode_id, h, event_outcome
    from ascof_2a_candidates
    where in_window and event_key <> 'service' and event_outcome <> 'NFA: Support ended as planned' and h < 100
),
episodes as (
    select episode_id, min(la_key) as la_key, min(la_code) as la_code, min(la_name) as la_name, min(person) as person,
           min(episode_start) as episode_start, min(episode_end) as episode_end, min(episode_outcome) as episode_outcome,
           min(episode_h) as episode_h, min(date_of_death) as date_of_death, min(age_band) as age_band,
           bool_or(in_window) as has_window,
           bool_or(nested and event_key = 'service' and coalesce(service_component, '') = 'Equipment') as has_equipment
    from ascof_2a_candidates
    group by episode_id
),
outcomes as (
    select episode_id, episode_h as h, '4a' as source, episode_outcome as event_outcome
    from episodes
    where not has_window and episode_h < 100
    union all
    -- The episode's own outcome stands beside those that followed, usable or not.
    select e.episode_id, e.episode_h, '4a', e.episode_outcome
    from episodes as e
    join after_window as a on a.episode_id = e.episode_id
    union all
    select episode_id, h, '4b', event_outcome from window_outcomes
    union all
    select episode_id, h, '4c', event_outcome from nested_outcomes where place = 1
),
best as (
    select episode_id, source, event_outcome,
           row_number() over (partition by episode_id order by h asc, source asc) as place
    from outcomes
),
decided as (
    select e.*,
           case when e.date_of_death is not null and days_between(e.episode_end, e.date_of_death) <= 7 then '1'
                when e.episode_outcome = 'Admitted to hospital' then '2'
                when s.episode_id is not null then '3'
                when b.episode_id is not null then b.source
                when e.has_equipment then '5'
                else '6'
           end as sequel_type,
           s.service_type, s.service_component, b.event_outcome as best_outcome
    from episodes as e
    left join services as s on s.episode_id = e.episode_id and s.place = 1
    left join best as b on b.episode_id = e.episode_id and b.place = 1
)
select la_key, la_code, la_name, person as der_nhs_la_combined_person_id,
       episode_start as st_max_cluster_start, episode_end as st_max_cluster_end,
       episode_outcome as st_max_cluster_event_outcome, age_band as st_max_cluster_working_age_band, sequel_type,
       case sequel_type
           when '1' then 'NFA: Deceased'
           when '2' then episode_outcome
           when '3' then case when service_type = 'Short term support: Other short term'
                               and service_component in ('Short term residential care', 'Short term nursing care')
                              then 'Short term support: Residential or Nursing care' else service_type end
           when '5' then 'Short term support: Ongoing low level'
           when '6' then episode_outcome
           else best_outcome
       end as final_outcome
from decided
