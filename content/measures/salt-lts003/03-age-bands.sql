-- title: Unpaid carers by age band and support
-- why: The optional breakdown of LTS003. Not a published file; a carer whose records give two ages is counted in both bands, as published.
-- source: section 18.1
-- reads: lts003_support
-- writes: lts003_age_bands
with placed as (
    select la_code, id, age, support_place, min(support_place) over (partition by la_code, id) as best
    from lts003_support
    where support_place is not null
),
banded as (
    select la_code, id,
        case
            when age is null then 'Unknown'
            when age < 18 then 'Carer aged under 18'
            when age <= 25 then 'Carer aged 18-25'
            when age <= 64 then 'Carer aged 26-64'
            when age <= 84 then 'Carer aged 65-84'
            else 'Carer aged 85+'
        end as age_band,
        case support_place
            when 1 then 'Direct Payment only'
            when 2 then 'CASSR Managed Personal Budget'
            when 3 then 'CASSR Commissioned Support only'
            when 4 then 'Support Direct to Carer: Unknown Delivery Mech'
            when 5 then 'Information, Advice and Other Universal Services / Signposting'
            when 6 then 'No Direct Support Provided to Carer'
        end as support_provided
    from placed
    where support_place = best
)
select la_code, age_band, support_provided, count(distinct id) as carers
from banded
group by la_code, age_band, support_provided
