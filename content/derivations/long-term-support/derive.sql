-- title: Long-term support at period end
-- why: One row for each person whom a council gave long-term support on the last day of a reporting period.
-- version: 2
-- source: Client Level Data specification 2025 (Release 2), fields 25 to 50; ages from month of birth as DHSC
--   counts them. The unit cost is the planned gross price and not spending.
-- reads: cld_event
-- writes: long_term_support
--
-- A submission covers a rolling year, so the same service comes again in each quarter's file. Each
-- reporting period is taken from the submission that the council sent last for it, and from that alone.
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
open_services as (
    select
        e.person_pseudonym,
        e.la_code as council_code,
        e.reporting_period_end_date as period_end,
        e.gender,
        e.ethnicity,
        e.birth_month,
        e.primary_support_reason,
        e.service_type,
        e.service_component,
        e.delivery_mechanism,
        e.lsoa21_code,
        e.postcode_sector,
        e.event_start_date,
        -- Weeks in a year: 52 for periods of days and weeks, as the national method has it.
        cast(abs(e.unit_cost) * case e.cost_frequency_unit_type
            when 'Per session' then e.planned_units_per_week
            when 'Hourly' then e.planned_units_per_week
            when 'Daily' then coalesce(e.planned_units_per_week, 7)
            when 'Weekly' then 1
            when 'Fortnightly' then 0.5
            when '4-weekly' then 0.25
            when 'Monthly' then 12.0 / 52
            when 'Quarterly' then 4.0 / 52
            when 'Annually' then 1.0 / 52
        end as decimal(18, 2)) as weekly_cost,
        row_number() over (
            partition by e.sender, e.reporting_period_end_date, e.person_pseudonym
            -- Nursing before residential before community before prison, then the newest service.
            order by case e.service_type
                         when 'Long term support: Nursing care' then 1
                         when 'Long term support: Residential care' then 2
                         when 'Long term support: Community' then 3
                         else 4
                     end,
                     e.event_start_date desc, e.service_component, e.row_number
        ) as place
    from cld_event as e
    join latest as l
      on l.sender = e.sender
     and l.reporting_period_end_date = e.reporting_period_end_date
     and l.submission_id = e.submission_id
    where e.event_type = 'Service'
      and e.client_type = 'Service user'
      and e.service_type like 'Long term support:%'
      and e.event_start_date <= e.reporting_period_end_date
      and (e.event_end_date is null or e.event_end_date >= e.reporting_period_end_date)
      -- Of a death only the month is known. Who died in the last month counts where the service itself says
      -- that it lasted to the last day, and not where it was merely left open.
      and (e.date_of_death_month is null
           or e.date_of_death_month > date_trunc('month', e.reporting_period_end_date)
           or (e.date_of_death_month = date_trunc('month', e.reporting_period_end_date) and e.event_end_date is not null))
),
costs as (
    select person_pseudonym, council_code, period_end, sum(weekly_cost) as weekly_cost
    from open_services
    group by person_pseudonym, council_code, period_end
),
aged as (
    select s.*,
           cast(date_part('year', s.period_end) - date_part('year', s.birth_month)
               - case when date_part('month', s.period_end) < date_part('month', s.birth_month) then 1 else 0 end
               as bigint) as age_in_years
    from open_services as s
    where s.place = 1
)
select
    a.person_pseudonym,
    a.council_code,
    a.period_end,
    a.age_in_years,
    case
        when a.age_in_years < 18 then 'Under 18'
        when a.age_in_years < 65 then '18 to 64'
        when a.age_in_years < 75 then '65 to 74'
        when a.age_in_years < 85 then '75 to 84'
        when a.age_in_years >= 85 then '85 and over'
    end as age_band,
    a.gender,
    a.ethnicity,
    a.primary_support_reason,
    a.service_type,
    a.service_component,
    a.delivery_mechanism,
    a.lsoa21_code,
    a.postcode_sector,
    cast(c.weekly_cost as decimal(18, 2)) as weekly_cost
from aged as a
join costs as c
  on c.person_pseudonym = a.person_pseudonym
 and c.council_code = a.council_code
 and c.period_end = a.period_end
order by a.council_code, a.period_end, a.person_pseudonym
