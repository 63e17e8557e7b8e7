{#- Means only: see the macro winsorisation_caps for why neither ratios nor shares are capped. There may be none. -#}
{%- set metrics = feedlift.mean_expressions() -%}
{%- if metrics -%}
{{ feedlift.winsorisation_caps(ref('int_experiments__unit_measures'), ['experiment_id', 'population'], metrics) }}
{%- else -%}
{%- set double, integer = feedlift.data_type('double'), feedlift.data_type('integer') -%}
select
    experiment_id,
    population,
    'none' as metric,
    cast(null as {{ double }}) as cap,
    cast(null as {{ double }}) as covariate_cap,
    cast(null as {{ integer }}) as unit_count,
    cast(null as {{ integer }}) as capped_unit_count,
    cast(null as {{ integer }}) as capped_covariate_unit_count
from {{ ref('int_experiments__unit_measures') }}
where 1 = 0
{%- endif %}
