-- title: The response to each request and its service
-- why: A conversation at the first contact counts as the response itself (requests before July 2025); a service that comes before any assessment is the response; a service after assessments that do not lead to one is not counted.
-- source: section 15.3
-- reads: waiting_times_next
-- writes: waiting_times_responses
-- level: person
with linked as (
    select r.la_code, r.person, r.der_unique_record_id, r.event_start_date, r.band, r.event_order,
        r.request_progresses, r.request_to_service, r.der_conversation,
        a.event_order as a_order, a.kind as a_kind, a.type_of_kind as a_type, a.event_start_date as a_start, a.band as a_band,
        a.assessment_to_service as a_to_service, a.block_to_service as a_block, a.der_unique_record_id as a_record,
        s.event_order as s_order, s.kind as s_kind, s.type_of_kind as s_type, s.event_start_date as s_start, s.band as s_band,
        s.der_unique_record_id as s_record,
        case when (a.event_start_date is null or r.event_start_date < a.event_start_date)
            and r.der_conversation = 1 and r.request_progresses = 1 then 1 else 0 end as conversation,
        case when r.event_start_date < DATE '2025-07-01' then 'R1' else 'R2' end as specification
    from waiting_times_next r
    left join waiting_times_next a on r.la_code = a.la_code and r.person = a.person and r.next_assessment_order = a.event_order
    left join waiting_times_next s on r.la_code = s.la_code and r.person = s.person and r.next_service_order = s.event_order
    where r.kind = 'Request'
),
-- t: the response before services are looked at.
first_response as (
    select l.*,
        case when conversation = 1 and specification = 'R1' then event_order else a_order end as t_order,
        case when conversation = 1 and specification = 'R1' then 'Request' else a_kind end as t_kind,
        case when conversation = 1 and specification = 'R1' then null else a_type end as t_type,
        case when conversation = 1 and specification = 'R1' then event_start_date else a_start end as t_start,
        case when conversation = 1 and specification = 'R1' then band else a_band end as t_band,
        case when conversation = 1 and specification = 'R1' then der_unique_record_id else a_record end as t_record,
        case when conversation = 1 and specification = 'R1' then null else a_to_service end as t_to_service,
        case when conversation = 1 and specification = 'R1' then null else a_block end as t_block
    from linked l
),
overridden as (
    select f.*,
        case when t_order > s_order or (t_order is null and s_order is not null) then 1 else 0 end as by_service,
        case when t_start > s_start then 1 else 0 end as by_service_date
    from first_response f
),
-- m: the response.
responded as (
    select o.*,
        case when by_service = 1 then s_order else t_order end as m_order,
        case when by_service = 1 then s_kind else t_kind end as m_kind,
        case when by_service = 1 then null else t_type end as m_type,
        case when by_service = 1 then s_start else t_start end as m_start,
        case when by_service = 1 then s_band else t_band end as m_band,
        case when by_service = 1 then s_record else t_record end as m_record,
        case when by_service = 1 then null else t_to_service end as m_to_service,
        case when by_service = 1 then null else t_block end as m_block
    from overridden o
)
select r.*,
    case when m_kind = 'Assessment' and m_block = 0 then 0 else 1 end as service_counts
from responded r
