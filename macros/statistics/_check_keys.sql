{#-
  Keys stand beside the columns that a macro makes, so that one of the same name would be averaged, pooled or read in
  the other's place, without an error.
-#}
{% macro _check_keys(macro_name, keys) %}
  {%- if keys is string or keys is mapping or keys is not sequence -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": the keys are " ~ feedlift._as_written(keys) ~ "; write a list of columns, ['country'] for one."
    ) }}
  {%- endif -%}
  {%- set made = feedlift._made_columns(macro_name) -%}
  {%- for key in keys -%}
    {%- if key is not string or not modules.re.match('^[A-Za-z_][A-Za-z0-9_]*$', key)
      or key | lower in feedlift._reserved_words() -%}
      {{ exceptions.raise_compiler_error(
        macro_name ~ ": the key " ~ feedlift._as_written(key) ~ " is no plain column name; give the relation a column "
        ~ "for it with a name of letters, digits and underscores."
      ) }}
    {%- elif keys[:loop.index0] | map('lower') | select('equalto', key | lower) | list -%}
      {{ exceptions.raise_compiler_error(macro_name ~ ": the key '" ~ key ~ "' stands in the list twice.") }}
    {%- endif -%}
    {%- if modules.re.match('^(' ~ made | join('|') ~ ')$', key | lower) -%}
      {{ exceptions.raise_compiler_error(
        macro_name ~ ": the key '" ~ key ~ "' is called like a column that the macro makes; give the column another "
        ~ "name in the relation."
      ) }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- What no warehouse reads as a column unless it is quoted. -#}
{% macro _reserved_words() %}
  {{ return([
    'all', 'analyse', 'analyze', 'and', 'any', 'array', 'as', 'asc', 'asymmetric', 'between', 'both', 'by', 'case',
    'cast', 'check', 'collate', 'column', 'constraint', 'create', 'cross', 'default', 'deferrable', 'desc', 'describe',
    'distinct', 'do', 'else', 'end', 'except', 'exists', 'false', 'fetch', 'for', 'foreign', 'from', 'full', 'group',
    'having', 'in', 'initially', 'inner', 'intersect', 'into', 'is', 'join', 'lambda', 'lateral', 'leading', 'left',
    'like', 'limit', 'not', 'null', 'offset', 'on', 'only', 'or', 'order', 'outer', 'pivot', 'pivot_longer',
    'pivot_wider', 'placing', 'primary', 'qualify', 'references', 'returning', 'right', 'select', 'show', 'some',
    'summarize', 'symmetric', 'table', 'then', 'to', 'trailing', 'true', 'union', 'unique', 'unpivot', 'user', 'using',
    'variadic', 'when', 'where', 'window', 'with',
  ]) }}
{% endmacro %}
