{#-
  Measures: what is counted for a user over a span of time.

  events    which events are counted: `impressions` (columns of int_impressions__ladder), `engagements`
            (columns of int_engagements__attributed) or `sessions` (columns of int_feed__sessions; a session belongs
            to the instant it started)
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
  } -%}
  {%- set configured_columns = impression_columns[feedlift.impression_definition()] -%}
  {%- set session_columns = ['impressions.session_id', 'engagements.session_id'] -%}
  {%- set measures -%}
impressions:
  description: Impressions by the configured definition (viewport by default).
  events: impressions
  where: is_impression
  requires: {{ configured_columns }}
clicked_impressions:
  description: Impressions by the configured definition with at least one click, at the time of the impression.
  events: impressions
  where: is_impression and has_click
  requires: {{ configured_columns + ['engagement_type.click'] }}
satisfied_clicked_impressions:
  description: >
    Impressions by the configured definition with at least one satisfied click, at the time of the impression.
  events: impressions
  where: is_impression and has_satisfied_click
  requires: {{ configured_columns + ['engagement_type.click', 'engagements.dwell_ms'] }}
logged_impressions:
  description: All impressions that were logged, drawn or not.
  events: impressions
  where: 'true'
clicked_logged_impressions:
  description: All impressions that were logged, with at least one click, at the time of the impression.
  events: impressions
  where: has_click
  requires: [engagement_type.click]
rendered_impressions:
  description: Impressions that were drawn (or engaged with).
  events: impressions
  where: {{ feedlift.is_impression('has_engagement', 'rendered') }}
  requires: {{ impression_columns['rendered'] }}
clicked_rendered_impressions:
  description: Impressions that were drawn (or engaged with), with at least one click, at the time of the impression.
  events: impressions
  where: {{ feedlift.is_impression('has_engagement', 'rendered') }} and has_click
  requires: {{ impression_columns['rendered'] + ['engagement_type.click'] }}
viewport_impressions:
  description: Impressions that were far and long enough in view (or engaged with).
  events: impressions
  where: is_viewport_impression
  requires: {{ impression_columns['viewport'] }}
clicked_viewport_impressions:
  description: >
    Impressions that were far and long enough in view (or engaged with), with at least one click, at the time of the
    impression.
  events: impressions
  where: is_viewport_impression and has_click
  requires: {{ impression_columns['viewport'] + ['engagement_type.click'] }}
positioned_impressions:
  description: Impressions by the configured definition whose position is known.
  events: impressions
  where: is_impression and position is not null
  requires: {{ configured_columns + ['impressions.position'] }}
impression_positions:
  description: Positions of impressions by the configured definition, added up.
  events: impressions
  where: is_impression
  value: coalesce(position, 0)
  requires: {{ configured_columns + ['impressions.position'] }}
fresh_impressions:
  description: >
    Impressions by the configured definition of items that were at most `fresh_item_hours` old at that time.
  events: impressions
  where: is_impression and is_fresh
  requires: {{ configured_columns + ['items.created_at'] }}
shoppable_impressions:
  description: Impressions by the configured definition of shoppable items.
  events: impressions
  where: is_impression and item_is_shoppable
  requires: {{ configured_columns + ['items.is_shoppable'] }}
video_visible_ms:
  description: >
    Time that videos were in view, in milliseconds, of every impression the longest without a break. It is no playing
    time, which is not logged.
  events: impressions
  where: item_content_format = 'video'
  value: visible_ms
  requires: [impressions.visible_ms, items.content_format]
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
satisfied_clicks:
  description: >
    Clicks with at least `long_click_seconds` of dwell, or followed by one of `satisfying_engagement_types` of the same
    user with the same item within the attribution window, at the time of the click.
  events: engagements
  where: satisfied_at is not null
  requires: [engagement_type.click, engagements.dwell_ms]
organic_clicks:
  description: Clicks on items that are not shoppable.
  events: engagements
  where: engagement_type = 'click' and not item_is_shoppable
  requires: [engagement_type.click, items.is_shoppable]
home_feed_clicks:
  description: Clicks on the home feed.
  events: engagements
  where: engagement_type = 'click' and surface = 'home_feed'
  requires: [engagement_type.click, engagements.surface]
home_feed_engagements:
  description: Engagements of `positive_engagement_types` on the home feed.
  events: engagements
  where: {{ feedlift.is_engagement_of('positive_engagement_types') }} and surface = 'home_feed'
  requires: {{ feedlift._required_engagements('positive_engagement_types') + ['engagements.surface'] }}
outbound_clicks:
  description: Clicks that left for another site.
  events: engagements
  where: engagement_type = 'outbound_click'
  requires: [engagement_type.outbound_click]
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
board_adds:
  description: Items put on a board.
  events: engagements
  where: engagement_type = 'board_add'
  requires: [engagement_type.board_add]
follows:
  description: Follows.
  events: engagements
  where: engagement_type = 'follow'
  requires: [engagement_type.follow]
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
opt_outs:
  description: Engagements of `opt_out_engagement_types`, by which a user asks for less.
  events: engagements
  where: {{ feedlift.is_engagement_of('opt_out_engagement_types') }}
  requires: {{ feedlift._required_engagements('opt_out_engagement_types') }}
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
add_to_carts:
  description: Products put into a cart.
  events: engagements
  where: engagement_type = 'add_to_cart'
  requires: [engagement_type.add_to_cart]
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
sessions:
  description: Sessions, at the time they started.
  events: sessions
  where: 'true'
  requires: {{ session_columns }}
return_visits:
  description: Sessions with which a user came back on a later day (UTC) than that of everything before.
  events: sessions
  where: is_return_visit
  requires: {{ session_columns }}
session_seconds:
  description: Seconds from the first to the last event of a session, at the time it started.
  events: sessions
  where: 'true'
  value: session_seconds
  requires: {{ session_columns }}
session_impressions:
  description: Impressions (by the configured definition) in a session, at the time it started.
  events: sessions
  where: 'true'
  value: impression_count
  requires: {{ session_columns + configured_columns }}
engaged_sessions:
  description: Sessions with at least one of `positive_engagement_types`, at the time they started.
  events: sessions
  where: is_engaged
  requires: {{ session_columns + feedlift._required_engagements('positive_engagement_types') }}
shopping_engaged_sessions:
  description: Sessions with at least one of `shopping_engagement_types`, at the time they started.
  events: sessions
  where: is_shopping_engaged
  requires: {{ session_columns + feedlift._required_engagements('shopping_engagement_types') }}
early_exits:
  description: Sessions shorter than `early_exit_seconds` without any of `positive_engagement_types`.
  events: sessions
  where: is_early_exit
  requires: {{ session_columns + feedlift._required_engagements('positive_engagement_types') }}
  {%- endset -%}
  {{ return(fromyaml(measures)) }}
{% endmacro %}


{#-
  What a measure of several engagement types requires: those that are logged, because it counts them whatever else there
  is. Where none is, all of them, which makes it null.
-#}
{% macro _required_engagements(setting) %}
  {%- set logged = feedlift.setting('logged_engagement_types') | map('lower') | list -%}
  {%- set types = feedlift.setting(setting) | map('lower') | list -%}
  {%- set known = types | select('in', logged) | list -%}
  {%- set required = [] -%}
  {%- for engagement_type in known or types -%}
    {%- do required.append('engagement_type.' ~ engagement_type) -%}
  {%- endfor -%}
  {{ return(required) }}
{% endmacro %}
