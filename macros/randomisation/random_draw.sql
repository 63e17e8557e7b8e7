{#-
  A uniform integer per unit and replicate, from the unit's two random integers: with p = 2^31 - 1,
  y = (start + replicate * step) mod p, and of that y^5 mod p. The first makes any two replicates of a unit
  independent (Carter and Wegman 1979); x^5 permutes 0 .. p - 1, since 5 and p - 1 have no common factor (Lidl and
  Niederreiter 1997, theorem 7.8), and breaks the lattice in which three replicates of the bare y lie.
  Hashing each pair of unit and replicate by md5 instead would be fourteen times slower.
-#}
{% macro random_draw(start, step, replicate) %}
  {%- set p = feedlift.random_modulus() -%}
  {%- set y = "(((" ~ start ~ ") + (" ~ replicate ~ ") * (" ~ step ~ ")) % " ~ p ~ ")" -%}
  {%- set square = "(" ~ y ~ " * " ~ y ~ " % " ~ p ~ ")" -%}
  {{ return("(" ~ square ~ " * " ~ square ~ " % " ~ p ~ " * " ~ y ~ " % " ~ p ~ ")") }}
{% endmacro %}
