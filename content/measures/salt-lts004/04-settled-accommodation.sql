-- title: Table 2a: settled accommodation
-- why: People who live at home or with family.
-- source: section 18.2
-- reads: lts004_t2
-- writes: lts004_t2a
-- publishes: 20_salt_lts004_t2a
-- columns: LA_Code, Gender, Accommodation_Status, ID
-- level: person
-- counts: LA_Code, Gender, Accommodation_Status
select la_code, gender, accommodation_status, id
from lts004_t2
where settled = 1
