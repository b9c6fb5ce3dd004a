-- title: Discharges from hospital
-- why: Spells of people aged 65 and over who went home alive from acute care, and did not live in a care home or a prison when admitted.
-- source: section 12.2; 1 April 2023 is the first day of client-level data
-- reads: sus_apc, ascof_2d_long_term, ref_ons_lsoa11_utla23_lookup
-- writes: ascof_2d_discharges
-- level: person
with spells as (
    select distinct lower(der_dhsc_pseudo_nhs_number) as person, admission_date, discharge_date, lower(apcs_ident) as apcs_ident,
           lower(der_postcode_lsoa_2011_code) as lsoa,
           age_on(year_of_birth_sus, month_of_birth_sus, discharge_date) as age,
           case sex when '1' then 'Male' when '2' then 'Female' when '9' then 'Not specified' when '0' then 'Not known' else sex end as gender
    from sus_apc
    where age_on(year_of_birth_sus, month_of_birth_sus, discharge_date) >= 65
      and admission_method not in ('31', '32', '82', '83')
      and discharge_method not in ('4', '5')
      and discharge_destination not in ('49', '50', '51', '52', '79', '87', '88')
      and treatment_function_code not in ('199', '223', '290', '291', '331', '344', '345', '346', '424', '499', '501', '504', '560',
                                          '660', '661', '662', '840', '920')
      and treatment_function_code not like '65%'
      and treatment_function_code not like '7%'
      and admission_date >= DATE '2023-04-01'
      and admission_date < discharge_date
      and discharge_date >= $year_start and discharge_date <= $year_end
      and apcs_last_ep_ind = 1
      and der_dhsc_pseudo_nhs_number is not null
),
supported as (
    select s.person, s.admission_date,
           bool_or(l.service_type = 'Long term support: Community') as in_community,
           bool_or(l.service_type in ('Long term support: Nursing care', 'Long term support: Residential care', 'Long term support: Prison')) as in_care
    from (select distinct person, admission_date from spells) as s
    join ascof_2d_long_term as l
      on l.person = s.person
    where l.event_start_date <= s.admission_date and s.admission_date <= l.end_date
    group by s.person, s.admission_date
)
select distinct s.person, s.admission_date, s.discharge_date, s.apcs_ident, s.lsoa, s.age, s.gender,
       case when s.age <= 74 then '65-74' when s.age <= 84 then '75-84' else '85+' end as age_group,
       u.utla_name_2023 as utla_name,
       case when coalesce(c.in_community, false) then 'Those in LT community support' else 'Those not in any LTS' end as client_type
from spells as s
join ref_ons_lsoa11_utla23_lookup as u
  on lower(u.lsoa_code_2011) = s.lsoa
left join supported as c
  on c.person = s.person and c.admission_date = s.admission_date
where upper(u.utla_code_2023) like 'E%'
  and not coalesce(c.in_care, false)
