-- title: ASCOF 2A, 2023/24: numerator
-- why: The denominator less those for whom long term support followed.
-- source: section 21
-- reads: sts002a_outcomes
-- writes: nhse_ascof_2a_numerator
-- publishes: 21_nhse_ascof_2a_numerator
-- columns: tie_variant, LA_Code, ASCOF_2A_NUMERATOR
select tie_variant, la_code, count(*) as ascof_2a_numerator
from sts002a_outcomes
where final_outcome_mapped in (
        'Ongoing Low Level Support',
        'Short Term Support (other)',
        'No Services Provided – Universal Services / signposted to other services',
        'No services provided – other')
group by tie_variant, la_code
