{#-
  What can be wrong with any table of experiment definitions, one sentence per row, as a query over its base models:
  a required column left empty, a value that cannot be read, a key that stands twice, an experiment nobody defined.
-#}
{% macro column_problems(bases, keys) %}
  {%- set queries = [] -%}
  {%- for table, contract in feedlift.definition_contract().items() -%}
    {%- for column, contract_type in contract['columns'].items() -%}
      {%- set as_written = column if contract_type in ['text', 'label'] else column ~ '_as_written' -%}
      {%- if column in contract['required_columns'] -%}
        {%- do queries.append(
          "select 'A row of " ~ table ~ " for experiment ''' || coalesce(experiment_id, '(none)') || ''' has no "
          ~ column ~ "; fill it in.' as problem from " ~ bases[table] ~ " where " ~ as_written ~ " is null"
        ) -%}
      {%- endif -%}
      {%- if as_written != column -%}
        {%- do queries.append(
          "select 'Experiment ''' || experiment_id || ''' has " ~ column ~ " ''' || " ~ as_written ~ " || ''' in "
          ~ table ~ "; write a " ~ (contract_type | replace('integer', 'whole number')) ~ ".' as problem from "
          ~ bases[table] ~ " where " ~ column ~ " is null and " ~ as_written ~ " is not null"
        ) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- do queries.append(
      "select 'Experiment ''' || experiment_id || ''' has more than one row in " ~ table ~ " for ' || "
      ~ (keys[table] | join(" || ', ' || ")) ~ " || '; keep one.' as problem from " ~ bases[table] ~ " group by "
      ~ (keys[table] | join(', ')) ~ " having count(*) > 1"
    ) -%}
    {%- if table != 'experiments' -%}
      {%- do queries.append(
        "select 'Table " ~ table ~ " speaks of experiment ''' || experiment_id || ''', which experiments does not "
        ~ "define; add it there or remove the rows.' as problem from " ~ bases[table] ~ " where experiment_id not in "
        ~ "(select experiments.experiment_id from " ~ bases['experiments']
        ~ " as experiments where experiments.experiment_id is not null)"
      ) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(queries | join('\n    union all\n    ')) }}
{% endmacro %}
