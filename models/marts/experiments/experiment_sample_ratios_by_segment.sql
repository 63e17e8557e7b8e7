with sample_ratios as (

    select * from {{ ref('int_experiments__sample_ratios_by_segment') }}

),

arms as (

    select * from {{ ref('int_experiments__sample_ratios') }}

),

validity as (

    select * from {{ ref('experiment_validity') }}

),

final as (

    select
        sample_ratios.experiment_id,
        sample_ratios.segment,
        sample_ratios.segment_value,
        sample_ratios.arm,
        arms.is_control,
        sample_ratios.user_count,
        sample_ratios.expected_users,
        sample_ratios.chi_square,
        sample_ratios.p_value,
        sample_ratios.test_family,
        sample_ratios.p_value_holm,
        sample_ratios.null_reason,
        validity.assigned_invalid_reason as invalid_reason,
        validity.assigned_invalid_reason is null as is_valid,
        cast(sample_ratios.family_size as {{ feedlift.data_type('integer') }}) as family_size
    from sample_ratios
    inner join arms on sample_ratios.experiment_id = arms.experiment_id and sample_ratios.arm = arms.arm
    inner join validity on sample_ratios.experiment_id = validity.experiment_id

)

select * from final
