-- title: Requests with their waits
-- why: A request that starts before what followed an earlier one is over, or that leads to the same response or service, is not counted again. Earlier requests bear on it whether or not they count themselves.
-- source: sections 15.3, 15.4
-- reads: waiting_times_responses
-- writes: waiting_times_requests
-- publishes: 12_waiting_times_requests
-- columns: LA_Code, Der_NHS_LA_Combined_Person_ID, request_Der_Unique_Record_ID, request_start_date, request_Modified_Working_Age_Band, request_event_order, request_indicates_progress, request_indicates_progress_to_service, request_Der_Conversation, next_assessment_order, next_assessment_event_type, next_assessment_type, next_assessment_start_date, next_assessment_Modified_Working_Age_Band, next_assessment_indicates_progress_to_service, next_assessment_block_indicates_progress_to_service, next_assessment_Der_Unique_Record_ID, next_service_order, next_service_event_type, next_service_type, next_service_start_date, next_service_Modified_Working_Age_Band, next_service_Der_Unique_Record_ID, c1_request_override, request_spec, temp_next_assessment_indicates_progress_to_service, temp_next_assessment_block_indicates_progress_to_service, next_assessment_service_override, next_assessment_service_date_override, modified_next_assessment_order, modified_next_assessment_event_type, modified_next_assessment_type, modified_next_assessment_start_date, modified_next_assessment_Mod_Working_Age_Band, modified_next_assessment_Der_Unique_Record_ID, modified_next_assessment_indicates_progress_to_service, modified_next_assessment_block_indicates_progress_to_service, modified_next_service_order, modified_next_service_event_type, modified_next_service_type, modified_next_service_start_date, modified_next_service_Mod_Working_Age_Band, modified_next_service_Der_Unique_Record_ID, max_modified_next_assessment_order_prev, max_modified_next_service_order_prev, request_starts_before_previous_request_follow_up_ends, stat_reporting_period_start_request, stat_reporting_period_start_part1, stat_reporting_period_start_part2, stat_reporting_period_end_request, stat_reporting_period_end_part1, stat_reporting_period_end_part2, part1_wait_time, part2_wait_time
-- level: person
with served as (
    select r.*,
        case when service_counts = 1 then s_order end as p_order,
        case when service_counts = 1 then s_kind end as p_kind,
        case when service_counts = 1 then s_type end as p_type,
        case when service_counts = 1 then s_start end as p_start,
        case when service_counts = 1 then s_band end as p_band,
        case when service_counts = 1 then s_record end as p_record
    from waiting_times_responses r
),
-- The latest of what followed: of the request before, and of all before it.
before as (
    select s.*,
        lag(case when coalesce(m_order, 0) > coalesce(p_order, 0) then coalesce(m_order, 0) else coalesce(p_order, 0) end)
            over (partition by la_code, person order by event_order) as previous_order,
        coalesce(max(m_order) over (partition by la_code, person order by event_order
            rows between unbounded preceding and 1 preceding), 0) as m_order_before,
        coalesce(max(p_order) over (partition by la_code, person order by event_order
            rows between unbounded preceding and 1 preceding), 0) as p_order_before
    from served s
),
excluded as (
    select b.*,
        case when previous_order > event_order or m_order <= m_order_before or p_order <= p_order_before then 1 else 0 end as overlap_found
    from before b
),
-- Quarters as text: the year and the quarter in which the day lies.
quarters as (
    select e.*,
        case when overlap_found = 0 then substr(cast(event_start_date as varchar), 1, 4) end as request_year,
        case when overlap_found = 0 then substr(cast(event_start_date as varchar), 6, 2) end as request_month,
        case when overlap_found = 0 then substr(cast(m_start as varchar), 1, 4) end as m_year,
        case when overlap_found = 0 then substr(cast(m_start as varchar), 6, 2) end as m_month,
        case when overlap_found = 0 then substr(cast(p_start as varchar), 1, 4) end as p_year,
        case when overlap_found = 0 then substr(cast(p_start as varchar), 6, 2) end as p_month
    from excluded e
)
select la_code, person as der_nhs_la_combined_person_id, der_unique_record_id as request_der_unique_record_id,
    event_start_date as request_start_date, band as request_modified_working_age_band, event_order as request_event_order,
    request_progresses as request_indicates_progress, request_to_service as request_indicates_progress_to_service,
    der_conversation as request_der_conversation,
    a_order as next_assessment_order, a_kind as next_assessment_event_type, a_type as next_assessment_type,
    a_start as next_assessment_start_date, a_band as next_assessment_modified_working_age_band,
    a_to_service as next_assessment_indicates_progress_to_service,
    a_block as next_assessment_block_indicates_progress_to_service, a_record as next_assessment_der_unique_record_id,
    s_order as next_service_order, s_kind as next_service_event_type, s_type as next_service_type, s_start as next_service_start_date,
    s_band as next_service_modified_working_age_band, s_record as next_service_der_unique_record_id,
    conversation as c1_request_override, specification as request_spec,
    t_to_service as temp_next_assessment_indicates_progress_to_service,
    t_block as temp_next_assessment_block_indicates_progress_to_service,
    by_service as next_assessment_service_override, by_service_date as next_assessment_service_date_override,
    m_order as modified_next_assessment_order, m_kind as modified_next_assessment_event_type, m_type as modified_next_assessment_type,
    m_start as modified_next_assessment_start_date, m_band as modified_next_assessment_mod_working_age_band,
    m_record as modified_next_assessment_der_unique_record_id,
    m_to_service as modified_next_assessment_indicates_progress_to_service,
    m_block as modified_next_assessment_block_indicates_progress_to_service,
    p_order as modified_next_service_order, p_kind as modified_next_service_event_type, p_type as modified_next_service_type,
    p_start as modified_next_service_start_date, p_band as modified_next_service_mod_working_age_band,
    p_record as modified_next_service_der_unique_record_id,
    m_order_before as max_modified_next_assessment_order_prev, p_order_before as max_modified_next_service_order_prev,
    overlap_found as request_starts_before_previous_request_follow_up_ends,
    request_year || case when request_month <= '03' then '-01-01' when request_month <= '06' then '-04-01'
        when request_month <= '09' then '-07-01' else '-10-01' end as stat_reporting_period_start_request,
    m_year || case when m_month <= '03' then '-01-01' when m_month <= '06' then '-04-01'
        when m_month <= '09' then '-07-01' else '-10-01' end as stat_reporting_period_start_part1,
    p_year || case when p_month <= '03' then '-01-01' when p_month <= '06' then '-04-01'
        when p_month <= '09' then '-07-01' else '-10-01' end as stat_reporting_period_start_part2,
    request_year || case when request_month <= '03' then '-03-31' when request_month <= '06' then '-06-30'
        when request_month <= '09' then '-09-30' else '-12-31' end as stat_reporting_period_end_request,
    m_year || case when m_month <= '03' then '-03-31' when m_month <= '06' then '-06-30'
        when m_month <= '09' then '-09-30' else '-12-31' end as stat_reporting_period_end_part1,
    p_year || case when p_month <= '03' then '-03-31' when p_month <= '06' then '-06-30'
        when p_month <= '09' then '-09-30' else '-12-31' end as stat_reporting_period_end_part2,
    case when overlap_found = 0 then days_between(event_start_date, m_start) end as part1_wait_time,
    case when overlap_found = 0 then days_between(event_start_date, p_start) end as part2_wait_time
from quarters
