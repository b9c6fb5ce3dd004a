-- title: Care of a person in a quarter
-- why: One row for each person, council and calendar quarter in which social care had to do with the person, with
--   the person's use of hospitals in that quarter.
-- version: 2
-- source: Client Level Data specification 2025 (Release 2): requests, assessments and reviews belong to the period
--   in which they end, services to every period they touch. Hospital use by day of admission or arrival.
-- reads: cld_event, hospital_spell, emergency_attendance
-- writes: person_quarter
--
-- Of several submissions for one period only the last counts. Rolling submissions repeat events, so an event
-- counts once: of the rows that agree in council, person, kind, start and what was done, the one from the
-- submission with the latest period counts.
with latest as (
    select sender, reporting_period_end_date, submission_id
    from (
        select sender, reporting_period_end_date, submission_id,
               row_number() over (
                   partition by sender, reporting_period_end_date
                   order by max(received_at) desc, submission_id desc
               ) as place
        from cld_event
        group by sender, reporting_period_end_date, submission_id
    ) as received
    where place = 1
),
events as (
    select *
    from (
        select e.*,
               row_number() over (
                   partition by e.la_code, e.person_pseudonym, e.client_type, e.event_type, e.event_start_date,
                                e.service_type, e.service_component, e.assessment_type, e.review_reason,
                                e.request_route_of_access,
                                case when e.event_type = 'Service' then null else e.event_end_date end
                   order by e.reporting_period_end_date desc, e.received_at desc, e.submission_id, e.row_number
               ) as place
        from cld_event as e
        join latest as l
          on l.sender = e.sender
         and l.reporting_period_end_date = e.reporting_period_end_date
         and l.submission_id = e.submission_id
        where e.event_type is not null
    ) as ranked
    where place = 1
),
covered as (
    select la_code, min(reporting_period_start_date) as first_day, max(reporting_period_end_date) as last_day
    from cld_event
    group by la_code
),
-- Every quarter from the first that is covered to the last, also one in which nothing ends.
quarters as (
    select cast(unnest(generate_series(
               cast(date_trunc('quarter', min(first_day)) as date), max(last_day), interval '3 months')) as date) as quarter_start
    from covered
),
spans as (
    select q.quarter_start,
           cast(q.quarter_start + interval '3 months' - interval '1 day' as date) as quarter_end,
           c.la_code
    from quarters as q
    cross join covered as c
    where q.quarter_start >= date_trunc('quarter', c.first_day) and q.quarter_start <= c.last_day
),
touched as (
    select e.person_pseudonym, e.la_code, s.quarter_start, s.quarter_end,
           e.gender, e.birth_month, e.lsoa21_code, e.reporting_period_end_date, e.event_start_date, e.row_number,
           case when e.event_type = 'Request' then 1 else 0 end as request,
           case when e.event_type = 'Assessment' then 1 else 0 end as assessment,
           case when e.event_type = 'Review' then 1 else 0 end as review,
           case when e.event_type = 'Service' and e.service_type like 'Long term support:%' then 1 else 0 end as long_term,
           case when e.event_type = 'Service' and e.service_type like 'Short term support:%' then 1 else 0 end as short_term
    from events as e
    join spans as s
      on s.la_code = e.la_code
     and case
             -- A service without an end is known to go on to the end of the last period that reports it, and ends
             -- with the life of the person.
             when e.event_type = 'Service'
                 then e.event_start_date <= s.quarter_end
                      and coalesce(e.event_end_date, e.reporting_period_end_date) >= s.quarter_start
                      and (e.date_of_death_month is null or e.date_of_death_month >= s.quarter_start)
             else e.event_end_date between s.quarter_start and s.quarter_end
         end
),
care as (
    select person_pseudonym, la_code, quarter_start, quarter_end,
           -- The newest event tells best where and who the person is.
           first_value(gender order by reporting_period_end_date desc, event_start_date desc, row_number) as gender,
           first_value(birth_month order by reporting_period_end_date desc, event_start_date desc, row_number) as birth_month,
           first_value(lsoa21_code order by reporting_period_end_date desc, event_start_date desc, row_number) as lsoa21_code,
           sum(request) as requests,
           sum(assessment) as assessments,
           sum(review) as reviews,
           sum(long_term) as long_term_services,
           sum(short_term) as short_term_services
    from touched
    group by person_pseudonym, la_code, quarter_start, quarter_end
),
-- A stay or an attendance that was sent again counts once, as it was sent last.
spells as (
    select *
    from (
        select h.*,
               row_number() over (
                   partition by coalesce(h.spell_token, h.submission_id || '|' || cast(h.row_number as text))
                   order by h.received_at desc, h.submission_id, h.row_number
               ) as place
        from hospital_spell as h
    ) as ranked
    where place = 1
),
stays as (
    select h.person_pseudonym,
           q.quarter_start,
           sum(case when h.admission_date >= q.quarter_start then 1 else 0 end) as hospital_spells,
           -- A night counts in the quarter in which it begins; a stay that has not ended fills the quarter.
           sum(greatest(0, least(coalesce(h.discharge_date, q.next_quarter), q.next_quarter)
                           - greatest(h.admission_date, q.quarter_start))) as bed_days
    from spells as h
    join (
        select quarter_start, cast(quarter_start + interval '3 months' as date) as next_quarter from quarters
    ) as q
      on h.admission_date < q.next_quarter
     and (h.discharge_date is null or h.discharge_date >= q.quarter_start)
    group by h.person_pseudonym, q.quarter_start
),
attendances as (
    select person_pseudonym, cast(date_trunc('quarter', arrival_date) as date) as quarter_start, count(*) as emergency_attendances
    from (
        select e.*,
               row_number() over (
                   partition by coalesce(e.attendance_token, e.submission_id || '|' || cast(e.row_number as text))
                   order by e.received_at desc, e.submission_id, e.row_number
               ) as place
        from emergency_attendance as e
    ) as ranked
    where place = 1
    group by person_pseudonym, cast(date_trunc('quarter', arrival_date) as date)
)
select
    c.person_pseudonym,
    c.la_code as council_code,
    c.quarter_start,
    c.quarter_end,
    cast(date_part('year', c.quarter_end) - date_part('year', c.birth_month)
        - case when date_part('month', c.quarter_end) < date_part('month', c.birth_month) then 1 else 0 end
        as bigint) as age_in_years,
    c.gender,
    c.lsoa21_code,
    c.requests,
    c.assessments,
    c.reviews,
    c.long_term_services,
    c.short_term_services,
    coalesce(s.hospital_spells, 0) as hospital_spells,
    coalesce(a.emergency_attendances, 0) as emergency_attendances,
    coalesce(s.bed_days, 0) as bed_days
from care as c
left join stays as s on s.person_pseudonym = c.person_pseudonym and s.quarter_start = c.quarter_start
left join attendances as a on a.person_pseudonym = c.person_pseudonym and a.quarter_start = c.quarter_start
order by c.la_code, c.quarter_start, c.person_pseudonym
