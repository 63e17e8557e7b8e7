select experiments.experiment_id
from {{ ref('stg_experiments__experiments') }} as experiments
left join {{ ref('experiment_decisions') }} as decisions on experiments.experiment_id = decisions.experiment_id
where decisions.experiment_id is null
