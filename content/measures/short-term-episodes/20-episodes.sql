-- title: Episodes
-- why: ST-Max services of one person belong together unless more than 7 days lie between a start and the latest end before it.
-- source: section 10.2
-- reads: client_events
-- writes: short_term_episodes
with services as (
    select la_key, la_code, la_name, name_key, person, der_unique_record_id, event_start_date, end_date, event_outcome, h,
           max(end_date) over (
               partition by la_key, name_key, person
               order by event_start_date asc, end_date asc, h asc, der_unique_record_id desc
               rows between unbounded preceding and 1 preceding
           ) as end_before
    from client_events
    where event_key = 'service' and service_type = 'Short term support: ST-Max'
),
numbered as (
    select s.*,
           sum(case when end_before is null or days_between(end_before, event_start_date) > 7 then 1 else 0 end) over (
               partition by la_key, name_key, person
               order by event_start_date asc, end_date asc, h asc, der_unique_record_id desc
               rows between unbounded preceding and current row
           ) as episode
    from services as s
),
ranked as (
    select n.*,
           row_number() over (
               partition by la_key, name_key, person, episode
               order by end_date desc, h asc, der_unique_record_id desc
           ) as place
    from numbered as n
)
select la_key, name_key, person, episode,
       min(la_code) as la_code, min(la_name) as la_name,
       min(event_start_date) as episode_start, max(end_date) as episode_end,
       min(case when place = 1 then event_outcome end) as episode_outcome,
       min(case when place = 1 then h end) as episode_h
from ranked
group by la_key, name_key, person, episode
