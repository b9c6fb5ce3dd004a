-- title: ASCOF 3D, 2023/24
-- why: The share with self-directed support (1) and with direct payments (2), of clients (a) and carers (b). One row for each authority with clients to count; blank where there is nobody.
-- source: sections 14, 21
-- reads: nhse_3d_clients, nhse_3d_carers
-- writes: nhse_ascof_3d
-- publishes: 20_nhse_ascof_3d
-- columns: LA_Code, Total_Client_Denom, 3D1a_Total_Num, 3D1a_Total_Outcome, 3D2a_Total_Num, 3D2a_Total_Outcome, 1864_Client_Denom, 3D1a_1864_Num, 3D1a_1864_Outcome, 3D2a_1864_Num, 3D2a_1864_Outcome, 65Over_Client_Denom, 3D1a_65Over_Num, 3D1a_65Over_Outcome, 3D2a_65Over_Num, 3D2a_65Over_Outcome, Total_Carer_Denom, 3D1b_Total_Num, 3D1b_Total_Outcome, 3D2b_Total_Num, 3D2b_Total_Outcome, 1864_Carer_Denom, 3D1b_1864_Num, 3D1b_1864_Outcome, 3D2b_1864_Num, 3D2b_1864_Outcome, 65Over_Carer_Denom, 3D1b_65Over_Num, 3D1b_65Over_Outcome, 3D2b_65Over_Num, 3D2b_65Over_Outcome
with clients as (
    select la_code,
        nullif(count(distinct id) filter (where age_group = 'total' and service_type = 'Long Term Support: Community'), 0) as "total_client_denom",
        nullif(count(distinct id) filter (where age_group = 'total' and service_type = 'Long Term Support: Community' and (direct_payment or managed_budget)), 0) as "3d1a_total_num",
        nullif(count(distinct id) filter (where age_group = 'total' and service_type = 'Long Term Support: Community' and direct_payment), 0) as "3d2a_total_num",
        nullif(count(distinct id) filter (where age_group = '1864' and service_type = 'Long Term Support: Community'), 0) as "1864_client_denom",
        nullif(count(distinct id) filter (where age_group = '1864' and service_type = 'Long Term Support: Community' and (direct_payment or managed_budget)), 0) as "3d1a_1864_num",
        nullif(count(distinct id) filter (where age_group = '1864' and service_type = 'Long Term Support: Community' and direct_payment), 0) as "3d2a_1864_num",
        nullif(count(distinct id) filter (where age_group = '65over' and service_type = 'Long Term Support: Community'), 0) as "65over_client_denom",
        nullif(count(distinct id) filter (where age_group = '65over' and service_type = 'Long Term Support: Community' and (direct_payment or managed_budget)), 0) as "3d1a_65over_num",
        nullif(count(distinct id) filter (where age_group = '65over' and service_type = 'Long Term Support: Community' and direct_payment), 0) as "3d2a_65over_num"
    from nhse_3d_clients
    group by la_code
),
carers as (
    select la_code,
        nullif(count(distinct id) filter (where age > 17 and place <= 3), 0) as "total_carer_denom",
        nullif(count(distinct id) filter (where age > 17 and place <= 2), 0) as "3d1b_total_num",
        nullif(count(distinct id) filter (where age > 17 and place = 1), 0) as "3d2b_total_num",
        nullif(count(distinct id) filter (where age between 18 and 64 and place <= 3), 0) as "1864_carer_denom",
        nullif(count(distinct id) filter (where age between 18 and 64 and place <= 2), 0) as "3d1b_1864_num",
        nullif(count(distinct id) filter (where age between 18 and 64 and place = 1), 0) as "3d2b_1864_num",
        nullif(count(distinct id) filter (where age between 65 and 200 and place <= 3), 0) as "65over_carer_denom",
        nullif(count(distinct id) filter (where age between 65 and 200 and place <= 2), 0) as "3d1b_65over_num",
        nullif(count(distinct id) filter (where age between 65 and 200 and place = 1), 0) as "3d2b_65over_num"
    from nhse_3d_carers
    group by la_code
)
select c.la_code,
    "total_client_denom",
    "3d1a_total_num",
    round(100.0 * cast("3d1a_total_num" as double) / cast("total_client_denom" as double), 1) as "3d1a_total_outcome",
    "3d2a_total_num",
    round(100.0 * cast("3d2a_total_num" as double) / cast("total_client_denom" as double), 1) as "3d2a_total_outcome",
    "1864_client_denom",
    "3d1a_1864_num",
    round(100.0 * cast("3d1a_1864_num" as double) / cast("1864_client_denom" as double), 1) as "3d1a_1864_outcome",
    "3d2a_1864_num",
    round(100.0 * cast("3d2a_1864_num" as double) / cast("1864_client_denom" as double), 1) as "3d2a_1864_outcome",
    "65over_client_denom",
    "3d1a_65over_num",
    round(100.0 * cast("3d1a_65over_num" as double) / cast("65over_client_denom" as double), 1) as "3d1a_65over_outcome",
    "3d2a_65over_num",
    round(100.0 * cast("3d2a_65over_num" as double) / cast("65over_client_denom" as double), 1) as "3d2a_65over_outcome",
    "total_carer_denom",
    "3d1b_total_num",
    round(100.0 * cast("3d1b_total_num" as double) / cast("total_carer_denom" as double), 1) as "3d1b_total_outcome",
    "3d2b_total_num",
    round(100.0 * cast("3d2b_total_num" as double) / cast("total_carer_denom" as double), 1) as "3d2b_total_outcome",
    "1864_carer_denom",
    "3d1b_1864_num",
    round(100.0 * cast("3d1b_1864_num" as double) / cast("1864_carer_denom" as double), 1) as "3d1b_1864_outcome",
    "3d2b_1864_num",
    round(100.0 * cast("3d2b_1864_num" as double) / cast("1864_carer_denom" as double), 1) as "3d2b_1864_outcome",
    "65over_carer_denom",
    "3d1b_65over_num",
    round(100.0 * cast("3d1b_65over_num" as double) / cast("65over_carer_denom" as double), 1) as "3d1b_65over_outcome",
    "3d2b_65over_num",
    round(100.0 * cast("3d2b_65over_num" as double) / cast("65over_carer_denom" as double), 1) as "3d2b_65over_outcome"
from clients c
left join carers d on c.la_code = d.la_code
where c."total_client_denom" is not null
