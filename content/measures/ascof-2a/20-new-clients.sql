-- title: Episodes of new clients, with the events that may have followed
-- why: Who had long-term support in the 91 days before is no new client; an event counts where it began by 7 days after the episode and outlives it.
-- source: sections 10.3 and 10.4
-- reads: ascof_2a_episode_events
-- writes: ascof_2a_candidates
with existing as (
    select distinct episode_id
    from ascof_2a_episode_events
    where service_type in ('Long term support: Nursing care', 'Long term support: Residential care',
                           'Long term support: Community', 'Long term support: Prison')
      and event_start_date < episode_start
      and days_between(end_date, episode_start) < 91
),
others as (
    select e.*,
           e.event_start_date >= e.episode_start and e.end_date > e.episode_end
               and days_between(e.episode_end, e.event_start_date) <= 7 as in_reach,
           coalesce(e.is_short_term, false) and e.event_start_date >= e.episode_start and e.event_start_date <= e.episode_end as is_itself
    from ascof_2a_episode_events as e
    left join existing as x on x.episode_id = e.episode_id
    where x.episode_id is null
),
first_short_term as (
    select episode_id, min(event_start_date) as first_start
    from others
    where in_reach and is_short_term and not is_itself
    group by episode_id
)
select o.*,
       not o.is_itself and o.in_reach and (f.first_start is null or o.event_start_date < f.first_start) as in_window,
       not o.is_itself and o.event_start_date >= o.episode_start and o.end_date > o.episode_start and o.end_date <= o.episode_end as nested
from others as o
left join first_short_term as f on f.episode_id = o.episode_id
