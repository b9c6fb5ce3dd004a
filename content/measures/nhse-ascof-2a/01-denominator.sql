-- title: ASCOF 2A, 2023/24: denominator
-- why: Reablement of new clients, less what ended early, was declined or paid for by the person, and what cannot be told. Labels with a prefix or with a hyphen are in neither count: as published.
-- source: section 21
-- reads: sts002a_outcomes
-- writes: nhse_ascof_2a_denominator
-- publishes: 21_nhse_ascof_2a_denominator
-- columns: tie_variant, LA_Code, ASCOF_2A_DENOMINATOR
select tie_variant, la_code, count(*) as ascof_2a_denominator
from sts002a_outcomes
where final_outcome_mapped in (
        'Long Term Support (any setting)',
        'Ongoing Low Level Support',
        'Short Term Support (other)',
        'No Services Provided – Universal Services / signposted to other services',
        'No services provided – other')
group by tie_variant, la_code
