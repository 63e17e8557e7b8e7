{#-
  Q(z) = φ(z) · P(s) / (1 + z) for z >= 0, with P a polynomial in s = (z − 4.5)/(z + 4.5). One formula for the whole
  half-line, after Shepherd and Laframboise (1981), instead of the three rational branches of Cody (1969).
  exp() is held above the smallest double: Postgres raises on underflow, and a tail of 0 would have no logarithm.
-#}
{% macro normal_survival(z) %}
  {%- set z = feedlift._as_double(z) -%}
  {%- set magnitude = "least(abs(" ~ z ~ "), 4e1)" -%}
  {%- set centred = "((" ~ magnitude ~ " - 4.5e0) / (" ~ magnitude ~ " + 4.5e0))" -%}
  {%- set coefficients = [
    "4.6641865659290194e-01", "-9.4456758888186998e-02", "2.3842964769117268e-02", "1.8922656662723948e-02",
    "-3.0376890965734718e-02", "2.2616310447000267e-02", "-1.0591085337327704e-02", "2.7112461027165155e-03",
    "1.1925569358833483e-04", "-3.5300179518152835e-04", "7.0952123123482487e-05", "3.3835122444595333e-05",
    "-1.4896127841200148e-05", "-3.5861271559612827e-06", "2.5509120372987845e-06", "5.2665511810298248e-07",
    "-4.2784035895593738e-07", "-1.0850537842484966e-07", "6.8958609468683844e-08", "2.4652908113518591e-08",
    "-9.3285821468355183e-09", "-4.5994960541981175e-09", "7.5118329901084212e-10", "4.7320376572542675e-10",
  ] -%}
case
    when {{ z }} between -1.7976931348623157e308 and 1.7976931348623157e308 then
        case when {{ z }} < 0e0 then 1e0 else 0e0 end
        + case when {{ z }} < 0e0 then -1e0 else 1e0 end
        * exp(greatest(-5e-1 * {{ magnitude }} * {{ magnitude }}, -7.08e2)) / (1e0 + {{ magnitude }})
        * {{ feedlift._polynomial(coefficients, centred) }}
end
{%- endmacro %}
