{#-
  The columns a macro makes on its way, its results among them; a name may be a pattern, for names with numbers in them.
  A macro that returns all columns of its relation replaces those of these names (all_columns_but), and a key of one
  of these names is refused (_check_keys).
-#}
{% macro _made_columns(macro_name) %}
  {%- set made = {
    'contrast_tests': [
      'alternative', 'confidence_level', 'estimate_lower', 'estimate_se', 'estimate_upper', 'approximation_quality',
      'is_relative_lift_unbounded', 'p_value', 'relative_lift', 'relative_lift_lower', 'relative_lift_upper',
      't_critical', 't_statistic', 't_towards_alternative', 'upper_tail_probability', 'variance_reduction',
    ],
    'sequential_tests': [
      'planned_unit_count_of_sequence', 'sequential_lower', 'sequential_multiplier', 'sequential_null_reason',
      'sequential_p_value', 'sequential_relative_lift_lower', 'sequential_relative_lift_upper', 'sequential_unit_count',
      'sequential_upper', 'sequential_z',
    ],
    'effect_posteriors': [
      'chance_to_beat_control', 'credible_lower', 'credible_upper', 'expected_loss', 'posterior_benefit_sign',
      'posterior_mean', 'posterior_null_reason', 'posterior_sd', 'posterior_shrinkage', 'posterior_tail_probability',
      'posterior_z', 'posterior_z_critical',
    ],
    'non_inferiority_tests': [
      'benefit_sign', 'given_direction', 'given_margin', 'given_scale', 'is_non_inferior', 'non_inferiority_alpha',
      'non_inferiority_bound', 'non_inferiority_null_reason', 'non_inferiority_p_value', 'non_inferiority_problem',
      'non_inferiority_t_critical', 'non_inferiority_t_statistic', 'tolerated_ratio',
    ],
    'adjusted_p_values': [
      'benjamini_hochberg_multiplier', 'family_size', 'holm_multiplier', 'p_value_benjamini_hochberg',
      'p_value_bonferroni', 'p_value_holm',
    ],
    'power_analysis': [
      'critical_value', 'minimum_detectable_effect', 'needed_units', 'needed_units_0', 'needed_units_1',
      'needed_units_2', 'needed_units_3', 'power_at_effect', 'power_deficit', 'power_effect', 'power_information_1',
      'power_information_2', 'power_information_3', 'power_information_4', 'power_multiplier_1', 'power_multiplier_2',
      'power_multiplier_3', 'power_multiplier_4', 'power_noise', 'power_null_reason', 'power_planned_unit_count',
      'power_quantile', 'power_standard_error', 'power_tail_probability', 'power_unit_count', 'wanted_power',
    ],
    'sample_size_plan': [
      'assumed_arm_share', 'assumed_arm_variance', 'assumed_control_mean', 'assumed_control_variance',
      'assumed_planned_unit_count', 'needed_arm_units', 'needed_control_units', 'plan_null_reason', 'planned_effect',
    ],
    'unit_moments': [
      'is_ratio', 'metric', 'nonzero_unit_count', 'row_count', 'unit_count', '(numerator|denominator)_.*',
      '[ydxw]_?([0-9]+_)?[0-9]+(_(centre|count|cube|mean|nonzero|total|unknown|variance|weight))?',
      '[ydxw]_?[0-9_]*[ydxw][0-9_]+covariance',
    ],
    'unit_moments with segments': [
      'aggregation_bucket', 'is_everyone', 'merged_row', 'segment', 'segment_value', 'weight',
      '(segment|is_over_all)_.*',
    ],
    'winsorised_moments': ['(covariate_)?cap_[0-9]+'],
    'winsorisation_caps': [
      'cap', 'capped_covariate_unit_count', 'capped_unit_count', 'covariate_cap', 'metric', 'row_count', 'unit_count',
      '(y|known_x|x)[0-9]+(_.*)?',
    ],
    'cluster_totals': ['arm', 'cluster_id', 'cluster_problem', 'row_count', '(numerator|denominator)_.*'],
    'merged_moments': [
      'is_ratio', 'merged_row', 'nonzero_unit_count', 'unit_count', 'weight', '(numerator|denominator)_.*',
    ],
    'collapsed_strata': [
      'arm', 'arm_count', 'arms_of_two', 'collapsed_stratum', 'is_thin', 'size_rank', 'stratum', 'unit_count',
    ],
    'arm_estimates': [
      'adjusted_variance', 'arm', 'arm_value', 'arm_value_variance', 'arm_variance', 'control_arm', 'control_count',
      'control_nonzero_unit_count', 'control_skewness', 'control_unit_count', 'control_value', 'control_value_variance',
      'control_variance', 'covariance_of_arms', 'covariance_of_values', 'cuped_coefficient', 'degrees_of_freedom',
      'degrees_of_freedom_part', 'estimate', 'has_vanished', 'is_control_arm', 'is_ratio', 'is_repeated', 'method',
      'nonzero_unit_count', 'null_reason', 'outcome_covariance', 'outcome_variance', 'own_variance',
      'own_variance_of_value', 'pair_unit_count', 'ratio', 'ratio_indicator', 'row_of_arm', 'share_of_pair',
      'side_value', 'skewness', 'smallest_stratum_unit_count', 'stratum', 'sum_of_products', 'sum_of_squares',
      'unadjusted_variance', 'unadjusted_variance_of_mean', 'unit_count', 'variance_in_other_arm', 'variance_of_mean',
      'variance_of_other_value', 'variance_scale', 'variance_scale_of_pair', 'weight', '(numerator|denominator)_.*',
      '(pair_)?covariate_(ratio_)?[0-9]+', '(coefficient|outcome|outcome_covariance|variance|scale)_[0-9]+',
      '(covariance|pivot)_[0-9]+_[0-9]+', 'pair_(numerator|denominator)_.*',
    ],
    'arm_contrasts': [],
    'compare_arms': ['compared_arm', 'control_count'],
    'complier_contrasts': [
      'arm_receipt_count', 'arm_receipt_mean', 'arm_receipt_rate', 'arm_unit_count', 'complier_effect',
      'complier_effect_lower', 'complier_effect_se', 'complier_effect_upper', 'control_receipt_mean',
      'control_receipt_rate', 'covariance_with_receipt', 'is_complier_effect_unbounded', 'itt_estimate',
      'itt_estimate_lower', 'itt_estimate_se', 'itt_estimate_upper', 'outcome_receipt_covariance', 'receipt_difference',
      'receipt_mean', 'receipt_variance', 'variance_of_outcome', 'variance_of_receipt',
    ],
    'complier_effects': ['compared_arm', 'control_count'],
    'weighted_means': [
      'confidence_level', 'degrees_of_freedom', 'degrees_of_freedom_part', 'design_effect', 'effective_unit_count',
      'is_weighted', 'known_count', 'null_reason', 'out_of_population_count', 'share', 'smallest_stratum_count',
      'stratum_size', 'sum_of_squared_weights', 't_critical', 'total', 'unweighted_mean', 'upper_tail_probability',
      'variance_of_mean', 'weighted_mean', 'weighted_mean_lower', 'weighted_mean_se', 'weighted_mean_upper',
      'weighting_stratum',
    ],
    'quantile_estimates': [
      'arm', 'arm_value', 'arm_value_variance', 'arm_variance', 'contribution', 'control_arm', 'control_count',
      'control_nonzero_unit_count', 'control_skewness', 'control_unit_count', 'control_value', 'control_value_variance',
      'control_variance', 'count_above', 'count_at_or_below', 'covariance_of_values', 'cumulative_weight',
      'cuped_coefficient', 'degrees_of_freedom', 'degrees_of_freedom_part', 'estimate', 'has_share', 'is_beyond_data',
      'is_constant', 'is_control_arm', 'is_ratio', 'largest_value', 'lower_share', 'lower_value', 'method',
      'nonzero_unit_count', 'null_reason', 'observation_count', 'observation_weight', 'observations_per_unit',
      'pair_unit_count', 'quantile', 'quantile_value', 'rarer_unit_count', 'share', 'share_variance', 'side_arm',
      'skewness', 'smallest_stratum_unit_count', 'smallest_value', 'stratum', 'third_moment', 'total_weight',
      'unadjusted_variance', 'unit', 'unit_count', 'units_above', 'units_at_or_below', 'unknown_unit_count',
      'upper_share', 'upper_value', 'value', 'variance', 'variance_of_mean', 'weight', 'z',
    ],
    '_bootstrap': [
      'alternative', 'arm', 'arm_value', 'cell', 'confidence_level', 'control_arm', 'control_count',
      'control_nonzero_unit_count', 'control_unit_count', 'control_value', 'draw', 'estimate', 'estimate_count',
      'estimate_lower', 'estimate_range', 'estimate_rank', 'estimate_se', 'estimate_upper', 'is_control_arm',
      'is_defined', 'is_ratio', 'is_relative_lift_bounded', 'is_relative_lift_unbounded', 'known_count', 'method',
      'nonzero_unit_count', 'not_above_zero_count', 'not_below_zero_count', 'null_reason', 'number', 'p_value',
      'pair_unit_count', 'random_start', 'random_step', 'rarer_sign_count', 'relative_lift', 'relative_lift_count',
      'relative_lift_lower', 'relative_lift_rank', 'relative_lift_upper', 'replicate_count', 'replicate_number',
      'side_arm', 'side_value', 'smallest_stratum_unit_count', 'stratum', 'stratum_count', 'unit_count', 'unit_weight',
      'unknown_unit_count', 'weight', 'weight_total',
    ],
    'bootstrap_contrasts': [
      'metric', '(numerator|denominator)_.*',
      '[ydxw]_?([0-9]+_)?[0-9]+(_(centre|count|cube|first_power|mean|nonzero|square|total|unknown|variance|weight))?',
    ],
    'bootstrap_quantile_contrasts': [
      'cumulative_weight', 'observation_count', 'quantile', 'stratum_weight', 'total_weight', 'unit', 'value',
    ],
    'ratio_decomposition': [
      'arm', 'arm_share', 'arm_value', 'arm_value_variance', 'arm_variance', 'by_total', 'centred_[yd]', 'component',
      'control_arm', 'control_count', 'control_nonzero_unit_count', 'control_share', 'control_skewness',
      'control_unit_count', 'control_value', 'control_value_variance', 'control_variance', 'covariance_of_values', 'd',
      'dd', 'degrees_of_freedom', 'degrees_of_freedom_part', 'effect', 'estimate', 'first_power', 'is_control_arm',
      'is_empty', 'is_over_all', 'is_ratio', 'n', 'nonzero', 'nonzero_unit_count', 'null_reason', 'of_totals', 'own',
      'pair_unit_count', 'phase', 'scale', 'side_arm', 'skewness', 'square', 'stratum', 'unadjusted_variance',
      'unit_count', 'unit_key', 'variance_of_mean', 'weight', 'y', 'yd', 'yy',
      '(own_r|[nprd]|own_|total_|total_d|nonzero_|smallest_)[01]', 'by_(stratum_)?[ydpr](_?[01])?', 'y[01]',
    ],
    'heterogeneity_tests': [
      'anchor', 'cochran_q', 'compared_value', 'degrees_of_freedom', 'deviation', 'estimate_count', 'given_error',
      'given_estimate', 'greatest_estimate', 'highest_estimate', 'highest_value', 'i_squared', 'least_error',
      'least_estimate', 'lowest_estimate', 'lowest_value', 'null_reason', 'p_value', 'pooled_estimate',
      'pooled_from_anchor', 'rows_of_value', 'usable_error', 'usable_estimate', 'weight',
    ],
    'unit_slopes': [
      'centred_day', 'is_counted_day', 'row_count', '.*_(slope|daily_mean)',
      '[yd][0-9]+(_(by_day|by_squared_day|level|mean|middle|product|slope|spread|square|total))?',
    ],
    'concentration': [
      'amount_share', 'entity_amount', 'entity_count', 'entity_of_amount', 'gini', 'gini_score', 'given_amount',
      'given_entity_count', 'herfindahl_hirschman_index', 'nonzero_entity_count', 'null_reason', 'pair_count',
      'rank_from_top', 'tied_count', 'top_score', 'top_share', 'total_amount', 'unbiased_herfindahl_hirschman_index',
    ],
    'concentration_estimates': [
      'compared_arm', 'compared_control_arm', 'control_kept_count', 'control_kept_entity_count',
      'control_observation_count', 'control_shown_entity_count', 'entity', 'entity_count', 'gini_score', 'gini_sum',
      'is_kept', 'is_matched', 'kept_count', 'kept_entity_count', 'kept_share', 'matched_total', 'matched_unit_count',
      'measure', 'metric', 'observation_count', 'observation_number', 'pair_sum', 'pair_total', 'pair_unit_count',
      'random_start', 'random_step', 'rank_from_top', 'score_count', 'score_sum', 'shown_entity_count', 'side_arm',
      'side_count', 'side_index', 'side_stratum', 'tied_count', 'top_entity_count', 'top_score', 'top_sum', 'unit',
      'unit_rank', 'unit_weight', 'weighted_count', 'weighted_total',
    ],
    'chi_square_goodness_of_fit': [
      'category_count', 'chi_square', 'degrees_of_freedom', 'expected', 'null_reason', 'observed', 'p_value',
    ],
    'sequential_goodness_of_fit': [
      'concentration', 'has_impossible_count', 'has_unknown_count', 'largest_log_bayes_factor', 'log_bayes_factor',
      'log_term', 'look', 'null_reason', 'observed', 'p_value', 'posterior_count', 'prior_count', 'share', 'stratum',
      'total_count',
    ],
  } -%}
  {#- A macro makes what those make that it is made of. -#}
  {%- set parts = {
    'sample_size_plan': ['power_analysis'],
    'unit_moments with segments': ['unit_moments'],
    'winsorised_moments': ['unit_moments'],
    'arm_contrasts': ['arm_estimates', 'contrast_tests'],
    'compare_arms': ['unit_moments', 'cluster_totals', 'arm_estimates', 'contrast_tests'],
    'complier_contrasts': ['arm_estimates', 'contrast_tests'],
    'complier_effects': ['unit_moments', 'complier_contrasts'],
    'weighted_means': ['unit_moments'],
    'bootstrap_contrasts': ['_bootstrap'],
    'bootstrap_quantile_contrasts': ['_bootstrap'],
    'ratio_decomposition': ['contrast_tests'],
    'concentration_estimates': ['unit_moments', 'arm_estimates'],
  } -%}
  {%- set names = made[macro_name] | list -%}
  {%- for part in parts.get(macro_name, []) -%}
    {%- do names.extend(feedlift._made_columns(part)) -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}
