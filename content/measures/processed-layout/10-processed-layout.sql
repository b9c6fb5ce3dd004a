-- title: The processed layout
-- why: Birth year and month, ages and the council's name from what the council sent. A file counts as imported on the as-of day, in the order of
--   the files; a digest stands for the NHS number, which is read no further.
-- source: section 2
-- reads: cld_submission, ref_ons_codes_la_region_lookup
-- writes: cld_raw
-- unknown: Der_Conversation, Der_Conversation_1, Der_Postcode_Sector, Der_Postcode_Constituency_Code,
--   Der_Postcode_District_Unitary_Authority, Der_Postcode_Electoral_Ward, Der_Postcode_Local_Authority, Der_Postcode_CCG_Code,
--   Der_Postcode_LSOA_Code, Der_Postcode_MSOA_Code, Der_Postcode_yr2011_LSOA, Der_Postcode_yr2011_MSOA, Der_NHS_Number_Traced_Pseudo,
--   Der_DBS_Check_Status
with people as (
    select s.*,
           cast(date_part('year', s."date of birth") as bigint) as birth_year,
           cast(date_part('month', s."date of birth") as bigint) as birth_month,
           cast(date_part('day', s."date of birth") as bigint) as birth_day
    from cld_submission as s
),
aged as (
    select p.*,
           cast(date_part('year', p."event start date") as bigint) - p.birth_year
           - case when date_part('month', p."event start date") * 100 + date_part('day', p."event start date")
                       < p.birth_month * 100 + p.birth_day then 1 else 0 end as age_at_start,
           cast(date_part('year', p."reporting period end date") as bigint) - p.birth_year
           - case when date_part('month', p."reporting period end date") * 100 + date_part('day', p."reporting period end date")
                       < p.birth_month * 100 + p.birth_day then 1 else 0 end as age_at_end
    from people as p
)
select a."la code" as la_code, coalesce(l.la_name, a."la code") as la_name,
       a."reporting period start date" as reporting_period_start_date, a."reporting period end date" as reporting_period_end_date,
       a."gp practice name" as gp_practice_name, a."gp practice code" as gp_practice_code,
       a.gender, a.ethnicity, a."date of death" as date_of_death, a."client type" as client_type,
       a."primary support reason" as primary_support_reason, a."accommodation status" as accommodation_status,
       a."employment status" as employment_status, a."has unpaid carer" as has_unpaid_carer,
       a."autism spectrum disorder (asd)" as autism_spectrum_disorder_asd, a."visual impairment" as visual_impairment,
       a."hearing impairment" as hearing_impairment, a.dementia, a."client funding status" as client_funding_status,
       a."event type" as event_type, a."event reference" as event_reference,
       a."event start date" as event_start_date, a."event end date" as event_end_date, a."event outcome" as event_outcome,
       a."request: route of access" as request_route_of_access,
       cast(null as bigint) as der_conversation, cast(null as bigint) as der_conversation_1,
       a."assessment type" as assessment_type, a."eligible needs identified" as eligible_needs_identified,
       a."method of assessment" as method_of_assessment, a."total hrs caring per week" as total_hrs_caring_per_week,
       a."no. of adults being cared for" as no_of_adults_being_cared_for,
       a."adult 1 linked person_id" as adult_1_linked_person_id, a."adult 2 linked person_id" as adult_2_linked_person_id,
       a."adult 3 linked person_id" as adult_3_linked_person_id,
       a."service type" as service_type, a."service component" as service_component, a."delivery mechanism" as delivery_mechanism,
       a."provider cqc location name" as provider_cqc_location_name, a."provider cqc location id" as provider_cqc_location_id,
       a."unit cost" as unit_cost, a."cost frequency (unit type)" as cost_frequency_unit_type,
       a."planned units per week" as planned_units_per_week, a."review reason" as review_reason,
       a."review outcomes achieved" as review_outcomes_achieved, a."method of review" as method_of_review,
       cast(null as varchar) as der_dbs_check_status,
       digest_of(replace(a."nhs number", ' ', '')) as der_nhs_number_pseudo,
       cast(null as varchar) as der_nhs_number_traced_pseudo,
       a."la person unique identifier" as la_person_unique_identifier,
       a.birth_year as der_birth_year, a.birth_month as der_birth_month,
       a.age_at_start as der_age_event_start_date, a.age_at_end as der_age_reporting_period_end_date,
       cast(null as varchar) as der_postcode_sector, cast(null as varchar) as der_postcode_constituency_code,
       cast(null as varchar) as der_postcode_district_unitary_authority, cast(null as varchar) as der_postcode_electoral_ward,
       cast(null as varchar) as der_postcode_local_authority, cast(null as varchar) as der_postcode_ccg_code,
       cast(null as varchar) as der_postcode_lsoa_code, cast(null as varchar) as der_postcode_msoa_code,
       cast(null as varchar) as der_postcode_yr2011_lsoa, cast(null as varchar) as der_postcode_yr2011_msoa,
       a.row_number as der_unique_record_id, cast(a.file_number as varchar) as importfileid,
       moment_on($as_of, a.file_number) as importdate
from aged as a
left join ref_ons_codes_la_region_lookup as l
  on lower(l.la_code) = lower(a."la code")
