{#-
  Stops the build with the sentences found in `relation.problem`. Called by the models that hand out definitions, so
  that nothing downstream is computed from wrong ones.
-#}
{% macro stop_on_problems(relation) %}
  {#- In a unit test the relation is made of given rows, and stands nowhere. -#}
  {%- if execute and flags.WHICH in ['run', 'build'] and not relation.is_cte and load_relation(relation) is not none -%}
    {%- set problems = run_query('select problem from ' ~ relation ~ ' order by problem').columns[0].values() -%}
    {%- if problems | length > 0 -%}
      {{ exceptions.raise_compiler_error('The experiment definitions are wrong. ' ~ (problems | join(' '))) }}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
