{#- Stops the build where there is nobody to divide again: a misspelt experiment would end in an empty table. -#}
{% macro stop_on_unknown_population(relation, experiment_id, population) %}
  {%- if execute and flags.WHICH in ['run', 'build'] and not relation.is_cte and load_relation(relation) is not none -%}
    {%- set known = run_query(
      "select distinct experiment_id || ', ' || population as name from " ~ relation ~ " order by name"
    ).columns[0].values() -%}
    {%- if experiment_id ~ ', ' ~ population not in known -%}
      {{ exceptions.raise_compiler_error(
        "calibration names the experiment '" ~ experiment_id ~ "' and the population '" ~ population
        ~ "', which has no users. Known pairs: " ~ (known | join('; ')) ~ "."
      ) }}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
