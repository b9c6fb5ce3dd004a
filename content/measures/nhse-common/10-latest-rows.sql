-- title: Rows of the last submissions: long term support and unpaid carers
-- why: The only rows that the measures of one submission look at, with the setting of each.
-- source: sections 16.1, 17.1, 17.2, 18
-- reads: cld_raw, nhse_latest_files, nhse_service_types, nhse_settings
-- writes: nhse_latest_rows
-- level: row
select f.for_year, f.for_snapshot,
    upper(r.la_code) as la_code,
    lower(r.der_nhs_number_traced_pseudo) as traced, lower(r.la_person_unique_identifier) as la_person,
    lower(r.client_type) as client_type, lower(r.event_type) as event_type,
    coalesce(t.value, lower(r.service_type)) as service_type, coalesce(t.long_term, false) as long_term,
    lower(r.service_component) as service_component, lower(r.delivery_mechanism) as delivery_mechanism,
    -- A mechanism counts only where its pair is listed: all else is blank.
    s.delivery_mechanism as setting_mechanism, coalesce(s.place, t.blank_setting_place) as setting_place,
    r.primary_support_reason, r.has_unpaid_carer, r.ethnicity, r.gender, r.accommodation_status, r.employment_status,
    lower(r.event_outcome) as event_outcome,
    r.event_start_date, r.event_end_date, r.date_of_death, r.der_birth_year, r.der_birth_month
from nhse_latest_files f
join cld_raw r on f.la_name_key = lower(r.la_name) and f.importdate = r.importdate
left join nhse_service_types t on lower(r.service_type) = t.key
left join nhse_settings s
    on lower(r.service_type) = s.service_type_key and lower(trim(r.delivery_mechanism)) = s.delivery_mechanism_key
where (lower(r.client_type) = 'service user' and t.long_term)
    or lower(r.client_type) in ('carer', 'carer known by association')
