with last_days as (

    select * from {{ ref('experiment_sample_ratios_by_day') }}
    where is_latest

),

sample_ratios as (

    select * from {{ ref('int_experiments__sample_ratios') }}
    where experiment_id in (select tested.experiment_id from {{ ref('experiment_sample_ratios_by_day') }} as tested)

)

select
    sample_ratios.experiment_id,
    sample_ratios.arm,
    sample_ratios.user_count,
    last_days.user_count as user_count_on_last_day,
    sample_ratios.expected_user_count,
    last_days.expected_users as expected_users_on_last_day
from sample_ratios
full outer join last_days
    on sample_ratios.experiment_id = last_days.experiment_id and sample_ratios.arm = last_days.arm
where
    coalesce(sample_ratios.user_count, -1) <> coalesce(last_days.user_count, -1)
    -- An arm without users is shown only where some are expected.
    and (sample_ratios.user_count > 0 or sample_ratios.expected_user_count > 0 or last_days.arm is not null)
    or abs(sample_ratios.expected_user_count - last_days.expected_users) > 1e-9 * last_days.expected_users
