{#-
  What a macro writes in the place of its SQL where the project is only linted (the var `is_only_linted`, which
  .sqlfluff sets), and none otherwise. Written out, the constants of the special functions and the moments of every
  metric were most of the SQL that was linted, and nothing inside them is reported. The call names a function that no
  database has, so that a build with the var stops.
-#}
{% macro _lint_stand_in(name, arguments) %}
  {%- if var('is_only_linted', false) -%}
    {{ return("not_written_for_the_linter_" ~ name ~ "(" ~ (arguments | join(", ")) ~ ")") }}
  {%- endif -%}
  {{ return(none) }}
{% endmacro %}
