-- title: Births, deaths and identifiers
-- why: One year and month of birth, one date of death (a death once told counts, even when later files no longer tell it), and all identifiers.
-- source: section 9.1
-- reads: unique_events_joined
-- writes: person_births_and_deaths
with births as (
    select la_key, der_nhs_la_combined_person_id as person, der_birth_year, der_birth_month,
           row_number() over (
               partition by la_key, der_nhs_la_combined_person_id
               order by case when der_birth_year is not null and der_birth_month is not null then 0 else 1 end asc,
                   ref_period_end_date desc nulls last, der_birth_year asc nulls first, der_birth_month asc nulls first
           ) as place
    from unique_events_joined
),
deaths as (
    select la_key, der_nhs_la_combined_person_id as person, date_of_death,
           row_number() over (
               partition by la_key, der_nhs_la_combined_person_id
               order by ref_period_end_date desc nulls last, date_of_death desc
           ) as place
    from unique_events_joined
    where date_of_death is not null
),
identifiers as (
    select la_key, der_nhs_la_combined_person_id as person, min(la_person_unique_identifier) as identifier
    from unique_events_joined
    where la_person_unique_identifier is not null
    group by la_key, der_nhs_la_combined_person_id, lower(la_person_unique_identifier)
),
all_identifiers as (
    select la_key, person, string_agg(identifier, ', ' order by identifier) as identifiers
    from identifiers
    group by la_key, person
)
select b.la_key, b.person, b.der_birth_year, b.der_birth_month, d.date_of_death, i.identifiers
from births as b
left join deaths as d on d.la_key = b.la_key and d.person = b.person and d.place = 1
left join all_identifiers as i on i.la_key = b.la_key and i.person = b.person
where b.place = 1
