{#-
  The raw contract (v1): every raw table with its columns, in order, and the type staging casts to
  (a `label` is text in lower case, `money` a decimal).
  `required` tables and columns stop the build when they are missing; everything else degrades one feature, which
  `without` names: per column, and under `table` for the whole table. What is missing from `without` costs nothing but
  itself, or only measures (default_measures says which).
-#}
{% macro raw_contract() %}
  {%- set contract -%}
impressions:
  is_required: true
  required_columns: [event_id, event_at, received_at, user_id, item_id]
  without:
    session_id: the sessions of a user-day are counted from engagements alone, if at all
    surface: an experiment's trigger surface is never met, and viewability thresholds per surface do not hold
    module_id: an experiment's trigger module is never met
    rendered_at: impressions that were never drawn cannot be told from the others
    platform: machines that declare themselves on bot_platforms are not found
  columns:
    event_id: text
    event_at: timestamp
    received_at: timestamp
    user_id: text
    session_id: text
    request_id: text
    surface: label
    module_id: text
    item_id: text
    position: integer
    rendered_at: timestamp
    viewport_fraction: double
    visible_ms: integer
    platform: label
    app_version: text
    latency_ms: integer
    score: double
    propensity: double
    is_logged_in: boolean
    entry_point: label
    query: text
engagements:
  is_required: true
  required_columns: [event_id, event_at, received_at, user_id, item_id, engagement_type]
  without:
    session_id: the sessions of a user-day are counted from impressions alone, if at all
    impression_event_id: every engagement belongs to the latest earlier impression of that user and item
  columns:
    event_id: text
    event_at: timestamp
    received_at: timestamp
    user_id: text
    session_id: text
    impression_event_id: text
    item_id: text
    surface: label
    engagement_type: label
    dwell_ms: integer
    value: money
assignments:
  is_required: true
  required_columns: [experiment_id, user_id, arm, assigned_at]
  columns:
    experiment_id: text
    user_id: text
    arm: text
    assigned_at: timestamp
users:
  is_required: false
  required_columns: [user_id]
  without:
    table: "user attributes are null, and segments made of them are 'unknown'"
    platform: "the segment platform is 'unknown'"
  columns:
    user_id: text
    signed_up_at: timestamp
    country: text
    platform: label
    is_creator: boolean
items:
  is_required: false
  required_columns: [item_id]
  without:
    table: item attributes are null, and viewability thresholds per content format do not hold
    created_at: the age of items, and so freshness, is unknown
    creator_id: experiment_concentration has no figures of creators
    content_format: viewability thresholds per content format do not hold
  columns:
    item_id: text
    created_at: timestamp
    creator_id: text
    content_format: label
    topic: text
    is_shoppable: boolean
    is_ad: boolean
boards:
  is_required: false
  required_columns: [board_id, user_id]
  columns:
    board_id: text
    user_id: text
    created_at: timestamp
board_items:
  is_required: false
  required_columns: [board_id, item_id]
  columns:
    board_id: text
    item_id: text
    saved_at: timestamp
exposures:
  is_required: false
  required_columns: [experiment_id, user_id, exposed_at]
  without:
    table: users count as exposed from their first drawn impression on an experiment's trigger surface or module
  columns:
    experiment_id: text
    user_id: text
    exposed_at: timestamp
eligibility:
  is_required: false
  required_columns: [experiment_id, user_id, eligible_at]
  without:
    table: who was eligible and never assigned is not known, and experiment_exposure_ladder starts with the assigned
  columns:
    experiment_id: text
    user_id: text
    eligible_at: timestamp
  {%- endset -%}
  {{ return(fromyaml(contract)) }}
{% endmacro %}
