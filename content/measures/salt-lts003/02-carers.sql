-- title: Each unpaid carer once, by the most direct support
-- why: A carer with a direct payment is not counted again for advice. A row that says nothing of support is dropped.
-- source: section 18.1
-- reads: lts003_support
-- writes: lts003
-- publishes: 20_salt_lts003
-- columns: LA_Code, ID, Support_Provided
-- level: person
-- counts: LA_Code, Support_Provided
with best as (
    select la_code, id, min(support_place) as support_place
    from lts003_support
    where support_place is not null
    group by la_code, id
)
select la_code, id,
    case support_place
        when 1 then 'Direct Payment only'
        when 2 then 'CASSR Managed Personal Budget'
        when 3 then 'CASSR Commissioned Support only'
        when 4 then 'Support Direct to Carer: Unknown Delivery Mech'
        when 5 then 'Information, Advice and Other Universal Services / Signposting'
        when 6 then 'No Direct Support Provided to Carer'
    end as support_provided
from best
