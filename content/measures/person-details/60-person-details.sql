-- title: Person details
-- why: Everything about a person in one row; an age of 0 stands in the band Unknown.
-- source: section 9.4
-- reads: person_latest_known, person_births_and_deaths, person_accommodation_presumed, people_with_unpaid_carers, ref_settled_accommodation
-- writes: person_details
-- publishes: 06_person_details
-- columns: Reporting_Period_End_Date, LA_Code, Der_NHS_LA_Combined_Person_ID, LA_Person_Unique_Identifier_Latest,
--   LA_Person_Unique_Identifier_Concat, Accommodation_Status, Accommodation_Status_Group, Employment_Status, Gender, Ethnicity,
--   Der_Birth_Year, Der_Birth_Month, Der_Birth_Date, Der_Working_Age_Band_End_Of_Period, Date_of_Death, Has_Unpaid_Carer,
--   Primary_Support_Reason, Client_Funding_Status, Der_Age_End_Of_Period
-- level: person
with joined as (
    select k.la_key, k.la_code, k.person, k.la_person_unique_identifier_latest, b.identifiers,
           case when k.accommodation_status = 'Unknown' then coalesce(p.accommodation_status, 'Unknown')
                else k.accommodation_status end as accommodation_status,
           k.employment_status, k.gender, k.ethnicity, b.der_birth_year, b.der_birth_month, b.date_of_death,
           case when c.person is not null then 'Yes' else k.has_unpaid_carer end as has_unpaid_carer,
           k.primary_support_reason, k.client_funding_status,
           age_on(b.der_birth_year, b.der_birth_month, $latest_end) as age
    from person_latest_known as k
    join person_births_and_deaths as b on b.la_key = k.la_key and b.person = k.person
    left join person_accommodation_presumed as p on p.la_key = k.la_key and p.person = k.person
    left join people_with_unpaid_carers as c on c.la_key = k.la_key and c.person = k.person
)
select day_label($latest_end) as reporting_period_end_date, j.la_key, j.la_code, j.person, j.person as der_nhs_la_combined_person_id,
       j.la_person_unique_identifier_latest, j.identifiers as la_person_unique_identifier_concat,
       j.accommodation_status, s.settled as accommodation_status_group, j.employment_status, j.gender, j.ethnicity,
       j.der_birth_year, j.der_birth_month, make_day(j.der_birth_year, j.der_birth_month, 1) as der_birth_date,
       case when j.age between 1 and 17 then 'Under 18'
            when j.age between 18 and 64 then '18 to 64'
            when j.age >= 65 then '65 and above'
            else 'Unknown'
       end as der_working_age_band_end_of_period,
       j.date_of_death, j.has_unpaid_carer, j.primary_support_reason, j.client_funding_status,
       j.age as der_age_end_of_period
from joined as j
left join ref_settled_accommodation as s
  on lower(s.accommodation_status) = lower(j.accommodation_status)
