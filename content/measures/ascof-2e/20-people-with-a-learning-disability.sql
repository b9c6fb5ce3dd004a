-- title: People aged 18 to 64 with a learning disability
-- why: Those whose latest known primary support reason is learning disability support.
-- source: section 13, rules 2 and 3
-- reads: ascof_2e_people
-- writes: ascof_2e_people_ld
-- publishes: 10_ascof_2e_ld_persons
-- columns: LA_Code, LA_Name, Der_NHS_LA_Combined_Person_ID, Accommodation_Status, Gender, Person_Age, Person_Working_Age_Band,
--   Accommodation_Status_Group
-- level: person
select *
from ascof_2e_people
where primary_support_reason = 'Learning disability support'
  and person_working_age_band = '18 to 64'
