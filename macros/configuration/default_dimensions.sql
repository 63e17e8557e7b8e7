{#-
  Dimensions: what impressions, and the engagements they lead to, are broken down by. Unlike a segment, a dimension may
  be something a treatment changes: the position of an impression, its surface. The strata of a dimension are disjoint
  and whole, so that a user's sums over them are the user's totals.

  describes  impression: the expression is over columns of int_impressions__ladder, and an engagement is in the stratum
             of its impression; user: it is over columns of int_experiments__unit_measures, made only from what was
             known before assignment
  value      SQL expression for the stratum; an unknown value, and an engagement without a known impression, is the
             stratum `unknown`
-#}
{% macro default_dimensions() %}
  {%- set dimensions -%}
position:
  description: The position at which the item was shown, deep ones together.
  describes: impression
  value: >-
    case when position <= 3 then cast(position as {{ feedlift.data_type('text') }}) when position <= 5 then '4-5'
    when position <= 10 then '6-10' when position > 10 then '11+' end
surface:
  description: The surface of the impression.
  describes: impression
  value: surface
content_format:
  description: The format of the item shown.
  describes: impression
  value: item_content_format
platform:
  description: The platform of the impression.
  describes: impression
  value: platform
module:
  description: The module of the impression; `none` outside of modules.
  describes: impression
  value: coalesce(module_id, 'none')
freshness:
  description: Whether the item was fresh at the time of the impression, or evergreen.
  describes: impression
  value: case when is_fresh then 'fresh' when not is_fresh then 'evergreen' end
country:
  description: The user's country.
  describes: user
  value: user_country
new_returning:
  description: Signed up less than `new_user_days` before assignment (new), or earlier (returning).
  describes: user
  value: >-
    case when user_signed_up_at > {{ dbt.dateadd('day', -1 * feedlift.setting('new_user_days'), 'assigned_at') }}
    then 'new' when user_signed_up_at is not null then 'returning' end
  {%- endset -%}
  {{ return(fromyaml(dimensions)) }}
{% endmacro %}
