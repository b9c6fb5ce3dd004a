-- title: People without any listed accommodation status
-- why: Counted apart as NULL/Invalid, so that nobody is lost from sight. Not a published file.
-- source: section 18.2
-- reads: lts004_rows, nhse_accommodation, lts004_t2
-- writes: lts004_t2_not_listed
-- level: person
with unlisted as (
    select r.la_code, min(r.gender) as gender, r.id
    from lts004_rows r
    left join nhse_accommodation l on lower(trim(r.accommodation_status)) = l.key
    where l.key is null
    group by r.la_code, lower(r.gender), r.id
),
counted as (
    select distinct id from lts004_t2
)
select u.la_code, u.gender, 'NULL/Invalid' as accommodation_status, u.id
from unlisted u
left join counted c on u.id = c.id
where c.id is null
