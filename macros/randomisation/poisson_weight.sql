{#-
  A Poisson number with mean 1 from a draw, by inversion: the count of the distribution's steps at or below the draw.
  Beyond 12 the probability is 6e-11, less than one of the 2^31 - 1 draws.
-#}
{% macro poisson_weight(draw) %}
  {%- set state = namespace(term=0.36787944117144233, total=0.0) -%}
  {%- set branches = [] -%}
  {%- for count in range(12) -%}
    {%- set state.total = state.total + state.term -%}
    {%- do branches.append(
      "when " ~ draw ~ " < " ~ ((state.total * feedlift.random_modulus()) | round | int) ~ " then " ~ count
    ) -%}
    {%- set state.term = state.term / (count + 1) -%}
  {%- endfor -%}
  {{ return("case " ~ (branches | join(' ')) ~ " when " ~ draw ~ " is not null then 12 end") }}
{% endmacro %}
