-- title: Numerator of ASCOF 2C, 2023/24: aged 65 and over
-- why: New admissions per authority. Population is not joined: as published.
-- source: section 21
-- reads: nhse_2b2c_persons
-- writes: nhse_2c_numerator
-- publishes: 20_nhse_ascof_2c_numerator
-- columns: LA_Code, Total
select la_code, count(*) as total
from nhse_2b2c_persons
where der_age_snapshot_date > 64
group by la_code
