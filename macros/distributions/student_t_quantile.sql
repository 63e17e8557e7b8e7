{#-
  Every column of `relation` plus the t that leaves the given upper tail. The work is done once per distinct pair of
  tail and degrees of freedom, and joined back, so that no working column can clash with a column of the relation.

  Start: Wallace (1959), z·(8ν + 3)/(8ν + 1) = √(ν·ln(1 + t²/ν)) with the normal quantile z. Hill's expansion (CACM
  396, 1970) would start closer for large ν, but at ν = 1.01 it needs five steps or more. Then two steps of Halley's
  method in (ln t, ln p), where the tail is nearly a straight line: with h = t·f(t)/P(X > t), the slope, and
  g = ln P(X > t) − ln p, the gap, ln t grows by g / (h + g·(1 + h − (ν + 1)·t²/(ν + t²))/2). From anywhere in the
  domain the first step comes within 6e-5, the second within 1e-13.
  Within 1e-4 of the median ln p is flat, and two terms of the series of t in (1/2 − p)/f(0) are exact to a double.
-#}
{% macro student_t_quantile(relation, upper_tail_probability, degrees_of_freedom, column_name) %}
  {%- set stand_in = feedlift._lint_stand_in('student_t_quantile', [upper_tail_probability, degrees_of_freedom]) -%}
  {%- if stand_in -%}
    {{ return("select *, " ~ stand_in ~ " as " ~ column_name ~ " from " ~ relation ~ " as feedlift_relation") }}
  {%- endif -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set probability = "cast(" ~ upper_tail_probability ~ " as " ~ double ~ ")" -%}
  {%- set df = "cast(" ~ degrees_of_freedom ~ " as " ~ double ~ ")" -%}
  {#-
    Without barriers, the relation could be evaluated twice, and sums of doubles that differ in the last digit would
    lose their t in the join; and Postgres would paste each step into the next, forty times a step.
  -#}
  {%- set as_barrier = "as " ~ feedlift.materialized() -%}
with feedlift_source {{ as_barrier }} (
    select {{ feedlift.all_columns_but([column_name]) }} from {{ relation }} as feedlift_relation
),

feedlift_pairs {{ as_barrier }} (
    select distinct
        {{ probability }} as feedlift_p,
        {{ df }} as feedlift_df
    from feedlift_source
    where
        {{ probability }} >= 1e-290
        and {{ probability }} < 1e0
        and {{ df }} between 1e0 and 1e20
),

feedlift_tails {{ as_barrier }} (
    select
        feedlift_p,
        feedlift_df,
        least(feedlift_p, 1e0 - feedlift_p) as feedlift_tail,
        5e-1 - feedlift_p as feedlift_centre,
        {{ feedlift._half_step_gamma_ratio('feedlift_df') }}
        * 5.6418958354775629e-1 / sqrt(feedlift_df) as feedlift_peak
    from feedlift_pairs
),

feedlift_normal {{ as_barrier }} (
    select
        *,
        least(
            -({{ feedlift.normal_quantile('feedlift_tail') }}) * (8e0 * feedlift_df + 3e0) / (8e0 * feedlift_df + 1e0),
            3.6e1
        ) as feedlift_z
    from feedlift_tails
),

feedlift_start {{ as_barrier }} (
    select
        *,
        sqrt(2e0 * feedlift_df * sinh(5e-1 * feedlift_z * feedlift_z / feedlift_df))
        * exp(2.5e-1 * feedlift_z * feedlift_z / feedlift_df) as feedlift_t0
    from feedlift_normal
    where abs(feedlift_centre) >= 1e-4
),
{% for step in [1, 2] %}
{%- set t = "feedlift_t" ~ (step - 1) %}
feedlift_survival_{{ step }} {{ as_barrier }} (
    select
        *,
        {{ feedlift.student_t_survival(t, 'feedlift_df') }} as feedlift_survival{{ step }},
        {{ feedlift._student_t_log_power(t, 'feedlift_df') }} as feedlift_power{{ step }}
    from feedlift_{{ 'start' if step == 1 else 'step_1' }}
),

feedlift_slope_{{ step }} {{ as_barrier }} (
    select
        *,
        ln(feedlift_survival{{ step }} / feedlift_tail) as feedlift_gap{{ step }},
        exp(
            ln({{ t }}) - ln(feedlift_survival{{ step }}) + ln(feedlift_peak)
            + (1e0 + 1e0 / feedlift_df) * feedlift_power{{ step }}
        ) as feedlift_slope{{ step }}
    from feedlift_survival_{{ step }}
),

feedlift_step_{{ step }} {{ as_barrier }} (
    select
        *,
        {{ t }} * exp(
            feedlift_gap{{ step }} / (
                feedlift_slope{{ step }} + 5e-1 * feedlift_gap{{ step }} * (
                    1e0 + feedlift_slope{{ step }}
                    - (feedlift_df + 1e0) / (1e0 + feedlift_df / {{ feedlift._student_t_square(t) }})
                )
            )
        ) as feedlift_t{{ step }}
    from feedlift_slope_{{ step }}
),
{% endfor %}
feedlift_quantiles as (
    select
        feedlift_p,
        feedlift_df,
        sign(feedlift_centre) * feedlift_t2 as feedlift_t
    from feedlift_step_2
    union all
    select
        feedlift_p,
        feedlift_df,
        feedlift_centre / feedlift_peak * (
            1e0 + (feedlift_df + 1e0) / feedlift_df / 6e0
            * (feedlift_centre / feedlift_peak) * (feedlift_centre / feedlift_peak)
        ) as feedlift_t
    from feedlift_tails
    where abs(feedlift_centre) < 1e-4
)

select
    feedlift_source.*,
    feedlift_quantiles.feedlift_t as {{ column_name }}
from feedlift_source
left join feedlift_quantiles
    on
        {{ probability }} = feedlift_quantiles.feedlift_p
        and {{ df }} = feedlift_quantiles.feedlift_df
{%- endmacro %}
