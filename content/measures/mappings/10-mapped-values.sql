-- title: Mapped values
-- why: Each value that was ever sent, with the value of Release 2 that stands for it and its group. A mapping's own spelling gives way
--   to the specification's where only case or trailing blanks differ, so that later steps compare text as it is.
-- source: section 3.1
-- reads: ref_accommodation_status_mapping, ref_assessment_type_mapping, ref_client_funding_status_mapping,
--   ref_client_type_mapping, ref_cost_frequency_unit_type_mapping, ref_delivery_mechanism_mapping,
--   ref_employment_status_mapping, ref_ethnicity_mapping, ref_event_outcome_mapping, ref_gender_mapping,
--   ref_has_unpaid_carer_mapping, ref_hearing_impairment_mapping, ref_method_of_assessment_mapping,
--   ref_method_of_review_mapping, ref_primary_support_reason_mapping, ref_request_route_of_access_mapping,
--   ref_review_outcomes_achieved_mapping, ref_review_reason_mapping, ref_service_component_mapping,
--   ref_service_type_mapping, ref_total_hrs_caring_per_week_mapping, ref_visual_impairment_mapping, ref_spelling
-- writes: mapped_values
-- functions: cleaned(field, raw) = cleaned, grouping_of(field, raw) = grouped
with all_mappings as (
    select 'accommodation_status' as field, accommodation_status_raw as raw, accommodation_status_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_accommodation_status_mapping
    union all
    select 'assessment_type' as field, assessment_type_raw as raw, assessment_type_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_assessment_type_mapping
    union all
    select 'client_funding_status' as field, client_funding_status_raw as raw, client_funding_status_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_client_funding_status_mapping
    union all
    select 'client_type' as field, client_type_raw as raw, client_type_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_client_type_mapping
    union all
    select 'cost_frequency_unit_type' as field, cost_frequency_unit_type_raw as raw, cost_frequency_unit_type_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_cost_frequency_unit_type_mapping
    union all
    select 'delivery_mechanism' as field, delivery_mechanism_raw as raw, delivery_mechanism_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_delivery_mechanism_mapping
    union all
    select 'employment_status' as field, employment_status_raw as raw, employment_status_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_employment_status_mapping
    union all
    select 'ethnicity' as field, ethnicity_raw as raw, ethnicity_cleaned_r2 as cleaned, ethnicity_grouped_r2 as grouped from ref_ethnicity_mapping
    union all
    select 'event_outcome' as field, event_outcome_raw as raw, event_outcome_cleaned_r2 as cleaned, event_outcome_grouped_r2 as grouped from ref_event_outcome_mapping
    union all
    select 'gender' as field, gender_raw as raw, gender_cleaned as cleaned, cast(null as varchar) as grouped from ref_gender_mapping
    union all
    select 'has_unpaid_carer' as field, has_unpaid_carer_raw as raw, has_unpaid_carer_cleaned as cleaned, cast(null as varchar) as grouped from ref_has_unpaid_carer_mapping
    union all
    select 'hearing_impairment' as field, hearing_impairment_raw as raw, hearing_impairment_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_hearing_impairment_mapping
    union all
    select 'method_of_assessment' as field, method_of_assessment_raw as raw, method_of_assessment_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_method_of_assessment_mapping
    union all
    select 'method_of_review' as field, method_of_review_raw as raw, method_of_review_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_method_of_review_mapping
    union all
    select 'primary_support_reason' as field, primary_support_reason_raw as raw, primary_support_reason_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_primary_support_reason_mapping
    union all
    select 'request_route_of_access' as field, request_route_of_access_raw as raw, request_route_of_access_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_request_route_of_access_mapping
    union all
    select 'review_outcomes_achieved' as field, review_outcomes_achieved_raw as raw, review_outcomes_achieved_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_review_outcomes_achieved_mapping
    union all
    select 'review_reason' as field, review_reason_raw as raw, review_reason_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_review_reason_mapping
    union all
    select 'service_component' as field, service_component_raw as raw, service_component_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_service_component_mapping
    union all
    select 'service_type' as field, service_type_raw as raw, service_type_cleaned_r2 as cleaned, service_type_grouped_r2 as grouped from ref_service_type_mapping
    union all
    select 'total_hrs_caring_per_week' as field, total_hrs_caring_per_week_raw as raw, total_hrs_caring_per_week_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_total_hrs_caring_per_week_mapping
    union all
    select 'visual_impairment' as field, visual_impairment_raw as raw, visual_impairment_cleaned_r2 as cleaned, cast(null as varchar) as grouped from ref_visual_impairment_mapping
),
one_for_each as (
    select field, lower(raw) as raw, min(cleaned) as cleaned, min(grouped) as grouped
    from all_mappings
    where raw is not null
    group by field, lower(raw)
)
select m.field, m.raw, coalesce(c.value, m.cleaned) as cleaned, coalesce(g.value, m.grouped) as grouped
from one_for_each as m
left join ref_spelling as c on lower(c.value) = lower(m.cleaned)
left join ref_spelling as g on lower(g.value) = lower(m.grouped)
