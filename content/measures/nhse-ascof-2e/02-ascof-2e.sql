-- title: ASCOF 2E, 2023/24
-- why: The share who live at home or with family. The total is men and women only, and nothing is rounded: as published. Blank where an authority has nobody to count.
-- source: section 21
-- reads: nhse_ascof_2e_persons
-- writes: nhse_ascof_2e
-- publishes: 20_nhse_ascof_2e
-- columns: LA_Code, Total_Denom, Male_Denom, Female_Denom, Total_Num, Male_Num, Female_Num, Total_Outcome, Male_Outcome, Female_Outcome
with counted as (
    select la_code,
        count(distinct id) as total_denom,
        count(distinct id) filter (where lower(gender) = 'male') as male_denom,
        count(distinct id) filter (where lower(gender) = 'female') as female_denom,
        count(distinct id) filter (where settled = 1) as total_num,
        count(distinct id) filter (where settled = 1 and lower(gender) = 'male') as male_num,
        count(distinct id) filter (where settled = 1 and lower(gender) = 'female') as female_num
    from nhse_ascof_2e_persons
    where lower(gender) in ('male', 'female')
    group by la_code
),
blanked as (
    select la_code, total_denom, nullif(male_denom, 0) as male_denom, nullif(female_denom, 0) as female_denom,
        nullif(total_num, 0) as total_num, nullif(male_num, 0) as male_num, nullif(female_num, 0) as female_num
    from counted
)
select la_code, total_denom, male_denom, female_denom, total_num, male_num, female_num,
    100.0 * cast(total_num as double) / cast(total_denom as double) as total_outcome,
    100.0 * cast(male_num as double) / cast(male_denom as double) as male_outcome,
    100.0 * cast(female_num as double) / cast(female_denom as double) as female_outcome
from blanked
