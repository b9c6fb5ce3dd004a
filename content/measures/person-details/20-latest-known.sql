-- title: Latest known values
-- why: The value of the best event of each attribute; where the best are several and disagree, it is unknown: no record number breaks ties.
-- source: section 9.1
-- reads: person_event_values
-- writes: person_latest_known
with best as (
    select v.*,
           max(v.accommodation_score) over (partition by v.la_key, v.person) as best_accommodation,
           max(v.employment_score) over (partition by v.la_key, v.person) as best_employment,
           max(v.gender_score) over (partition by v.la_key, v.person) as best_gender,
           max(v.ethnicity_score) over (partition by v.la_key, v.person) as best_ethnicity,
           max(v.funding_score) over (partition by v.la_key, v.person) as best_funding,
           max(v.carer_score) over (partition by v.la_key, v.person) as best_carer,
           max(v.reason_score) over (partition by v.la_key, v.person) as best_reason,
           max(v.identifier_score) over (partition by v.la_key, v.person) as best_identifier
    from person_event_values as v
),
most_rows as (
    select b.*,
           max(case when b.identifier_score = b.best_identifier then b.identifier_rows end)
               over (partition by b.la_key, b.person) as best_identifier_rows
    from best as b
),
ends as (
    select la_key, person, min(la_code) as la_code,
           min(case when accommodation_score = best_accommodation then accommodation_status end) as accommodation_low,
           max(case when accommodation_score = best_accommodation then accommodation_status end) as accommodation_high,
           min(case when employment_score = best_employment then employment_status end) as employment_low,
           max(case when employment_score = best_employment then employment_status end) as employment_high,
           min(case when gender_score = best_gender then gender end) as gender_low,
           max(case when gender_score = best_gender then gender end) as gender_high,
           min(case when ethnicity_score = best_ethnicity then ethnicity end) as ethnicity_low,
           max(case when ethnicity_score = best_ethnicity then ethnicity end) as ethnicity_high,
           min(case when funding_score = best_funding then client_funding_status end) as funding_low,
           max(case when funding_score = best_funding then client_funding_status end) as funding_high,
           min(case when carer_score = best_carer then has_unpaid_carer end) as carer_low,
           max(case when carer_score = best_carer then has_unpaid_carer end) as carer_high,
           min(case when reason_score = best_reason then primary_support_reason end) as reason_low,
           max(case when reason_score = best_reason then primary_support_reason end) as reason_high,
           min(case when identifier_score = best_identifier and identifier_rows = best_identifier_rows then identifier_key end) as identifier_low,
           max(case when identifier_score = best_identifier and identifier_rows = best_identifier_rows then identifier_key end) as identifier_high,
           max(case when identifier_score = best_identifier and identifier_rows = best_identifier_rows then identifier end) as identifier
    from most_rows
    group by la_key, person
)
select la_key, person, la_code,
       case when accommodation_low = accommodation_high then accommodation_low else 'Unknown' end as accommodation_status,
       case when employment_low = employment_high then employment_low else 'Unknown' end as employment_status,
       case when gender_low = gender_high then gender_low else 'Unknown' end as gender,
       case when ethnicity_low = ethnicity_high then ethnicity_low else 'No data: Undeclared or not known' end as ethnicity,
       case when funding_low = funding_high then funding_low else 'Unknown' end as client_funding_status,
       case when carer_low = carer_high then carer_low else 'Unknown' end as has_unpaid_carer,
       case when reason_low = reason_high then reason_low else 'Unknown' end as primary_support_reason,
       case when identifier_low = identifier_high then identifier else 'Unknown' end as la_person_unique_identifier_latest
from ends
