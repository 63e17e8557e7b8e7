{#-
  Measures: what is counted for a user over a span of time.

  events    which events are counted: `impressions` (columns of int_impressions__ladder) or `engagements`
            (columns of int_engagements__attributed)
  where     SQL condition on one event
  value     SQL expression summed over the events that meet it; absent: the events are counted
  type      integer (default) or money, the type of the sum
  requires  raw columns (`table.column`) and engagement types (`engagement_type.save`) without which the measure
            cannot be known; where one is not logged, the measure is null instead of a false zero
-#}
{% macro default_measures() %}
  {%- set impression_columns = {
    'viewport': ['impressions.viewport_fraction', 'impressions.visible_ms'],
    'rendered': ['impressions.rendered_at'],
    'logged': [],
  }[feedlift.impression_definition()] -%}
  {%- set measures -%}
impressions:
  description: Impressions by the configured definition (viewport by default).
  events: impressions
  where: is_impression
  requires: {{ impression_columns }}
clicked_impressions:
  description: Impressions by the configured definition with at least one click, at the time of the impression.
  events: impressions
  where: is_impression and has_click
  requires: {{ impression_columns + ['engagement_type.click'] }}
clicks:
  description: Clicks, at the time of the click.
  events: engagements
  where: engagement_type = 'click'
  requires: [engagement_type.click]
long_clicks:
  description: Clicks with at least `long_click_seconds` of dwell.
  events: engagements
  where: is_long_click
  requires: [engagement_type.click, engagements.dwell_ms]
bounces:
  description: Clicks with less than `bounce_seconds` of dwell.
  events: engagements
  where: is_bounce
  requires: [engagement_type.click, engagements.dwell_ms]
organic_clicks:
  description: Clicks on items that are not shoppable.
  events: engagements
  where: engagement_type = 'click' and not item_is_shoppable
  requires: [engagement_type.click, items.is_shoppable]
closeups:
  description: Closeups.
  events: engagements
  where: engagement_type = 'closeup'
  requires: [engagement_type.closeup]
saves:
  description: Saves.
  events: engagements
  where: engagement_type = 'save'
  requires: [engagement_type.save]
hides:
  description: Items hidden.
  events: engagements
  where: engagement_type = 'hide'
  requires: [engagement_type.hide]
reports:
  description: Items reported.
  events: engagements
  where: engagement_type = 'report'
  requires: [engagement_type.report]
video_starts:
  description: Videos started.
  events: engagements
  where: engagement_type = 'video_start'
  requires: [engagement_type.video_start]
video_completes:
  description: Videos watched to the end.
  events: engagements
  where: engagement_type = 'video_complete'
  requires: [engagement_type.video_complete]
product_clicks:
  description: Clicks through to a product.
  events: engagements
  where: engagement_type = 'product_click'
  requires: [engagement_type.product_click]
purchases:
  description: Purchases.
  events: engagements
  where: engagement_type = 'purchase'
  requires: [engagement_type.purchase]
revenue:
  description: Money from purchases, in the currency of `value`.
  events: engagements
  where: engagement_type = 'purchase'
  value: value
  type: money
  requires: [engagement_type.purchase, engagements.value]
  {%- endset -%}
  {{ return(fromyaml(measures)) }}
{% endmacro %}
