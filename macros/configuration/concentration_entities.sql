{#- Over what impressions can be concentrated, with the column of int_impressions__ladder that says over which. -#}
{% macro concentration_entities() %}
  {{ return({'creator': 'item_creator_id', 'item': 'item_id'}) }}
{% endmacro %}
