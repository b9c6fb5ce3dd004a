-- title: Table 2b: unsettled accommodation
-- why: People who do not live at home or with family, with those whose home is not known.
-- source: section 18.2
-- reads: lts004_t2
-- writes: lts004_t2b
-- publishes: 20_salt_lts004_t2b
-- columns: LA_Code, Gender, Accommodation_Status, ID
-- level: person
-- counts: LA_Code, Gender, Accommodation_Status
select la_code, gender, accommodation_status, id
from lts004_t2
where settled = 0
