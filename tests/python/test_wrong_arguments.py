"""What a macro cannot make sense of is refused in a sentence, or gives nulls with a reason: never a quiet number."""

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scratch_project import refusals, run_models

MEANS = "metrics={'saves': {'numerator': 'saves'}}"
MEANS_AND_VIEWS = "metrics={'saves': {'numerator': 'saves'}, 'views': {'numerator': 'views'}}"
RECEIVED = "metrics={'saves': {'numerator': 'saves', 'denominator': 'views'}}"

# Per wrong call what it says, from its beginning.
REFUSED = {
    **{
        f"level_of_{macro}": (
            f"{{{{ feedlift.{macro}({arguments}, confidence_level=95) }}}}",
            f"{macro}: confidence_level is 95; write a number above 0 and below 1, 0.95 for 95 %.",
        )
        for macro, arguments in {
            "compare_arms": f"'users', 'arm', 'control', {MEANS}",
            "arm_contrasts": "'moments', ['metric'], 'is_control'",
            "contrast_tests": "'estimates'",
            "complier_effects": f"'users', 'arm', 'control', {MEANS}, received='taken'",
            "complier_contrasts": "'moments', ['metric'], 'is_control'",
            "ratio_decomposition": "'users', 'user_id', 'surface', [], 'is_control', 'clicks', 'views'",
            "bootstrap_contrasts": f"'users', 'user_id', [], 'is_control', {MEANS}, replicates=99, seed=1",
            "bootstrap_quantile_contrasts": "'users', 'user_id', [], 'is_control', 'saves', 0.5, replicates=99, seed=1",
            "quantile_estimates": "'users', 'user_id', [], 'is_control', 'saves', 0.5",
            "sequential_tests": "'contrasts', 1000",
            "confidence_sequence_multiplier": "'n', 1000",
            "always_valid_p_value": "'z', 'n', 1000",
            "effect_posteriors": "'contrasts'",
            "power_analysis": "'plans', 'effect', 'variance'",
            "sample_size_plan": "'plans', 0.1, 0.05",
            "weighted_means": "'users', 'age', {'saves': 'saves'}, 'census', 'age', 'people'",
        }.items()
    },
    **{
        f"level_{name}": (
            f"{{{{ feedlift.contrast_tests('estimates', confidence_level={level}) }}}}",
            f"contrast_tests: confidence_level is {level}; write a number above 0 and below 1",
        )
        for name, level in {"of_one": "1", "of_zero": "0", "in_quotes": "'0.95'", "below_zero": "-0.5"}.items()
    },
    "power_in_percent": (
        "{{ feedlift.power_analysis('plans', 'effect', 'variance', power=80) }}",
        "power_analysis: power is 80; write a number above 0 and below 1",
    ),
    "cap_in_percent": (
        f"{{{{ feedlift.winsorisation_caps('users', [], {MEANS}, quantile=99) }}}}",
        "winsorisation_caps: quantile is 99; write a number above 0 and below 1",
    ),
    "merged_over_metrics": (
        "{{ feedlift.merged_moments('moments', ['arm']) }}",
        "merged_moments: the keys lack 'metric', so that the moments of several metrics would be merged into one",
    ),
    "top_in_percent": (
        "{{ feedlift.concentration('creators', [], 'creator', 'impressions', top_share=1) }}",
        "concentration: top_share is 1; write a number above 0 and below 1",
    ),
    "compared_top_in_percent": (
        "{{ feedlift.concentration_estimates('seen', 'user_id', 'creator', [], 'is_control', top_share=5) }}",
        "concentration_estimates: top_share is 5; write a number above 0 and below 1",
    ),
    "quantile_in_percent": (
        "{{ feedlift.quantile_estimates('users', 'user_id', [], 'is_control', 'saves', 95) }}",
        "quantile_estimates: quantile is 95; write a number above 0 and below 1",
    ),
    "resampled_quantile_in_percent": (
        "{{ feedlift.bootstrap_quantile_contrasts('users', 'user_id', [], 'is_control', 'saves', 95, 99, seed=1) }}",
        "bootstrap_quantile_contrasts: quantile is 95; write a number above 0 and below 1",
    ),
    "alpha_in_quotes": (
        "{{ feedlift.non_inferiority_tests('contrasts', 'direction', 'margin', 'margin_scale', alpha='0.025') }}",
        "non_inferiority_tests: alpha is '0.025'; write a number above 0 and below 0.5.",
    ),
    "direction_without_quotes": (
        "{{ feedlift.effect_posteriors('contrasts', desired_direction='decrease') }}",
        (
            "effect_posteriors: desired_direction is an SQL expression, in which decrease is a column. Write the word"
            " in quotes, \"'decrease'\"."
        ),
    ),
    "direction_of_a_margin_without_quotes": (
        "{{ feedlift.non_inferiority_tests('contrasts', 'increase', 0.05, \"'relative'\") }}",
        "non_inferiority_tests: desired_direction is an SQL expression, in which increase is a column.",
    ),
    "scale_of_a_margin_without_quotes": (
        "{{ feedlift.non_inferiority_tests('contrasts', \"'increase'\", 0.05, 'relative') }}",
        "non_inferiority_tests: margin_scale is an SQL expression, in which relative is a column.",
    ),
}

MODELS = {
    **{
        f"power_{alternative}": f"""
            {{{{ feedlift.power_analysis('main.plans', 'effect', 'variance', 'se', alternative='{alternative}') }}}}
        """
        for alternative in ("greater", "less")
    },
    "plan_against_the_alternative": """
        with plans as (select 1 as plan)

        select * from (
            {{ feedlift.sample_size_plan('plans', 0.1, -0.05, alternative='greater') }}
        ) as sized
    """,
    "wrong_plans": """
        with plans as (
            select *
            from (
                values
                ('share_not_between_0_and_1', 0.1, 0.05, 50),
                ('not_a_proportion', 10, 0.05, 0.5),
                ('no_effect', 0.1, 0, 0.5),
                ('no_control_mean', null, 0.05, 0.5),
                (null, 0.1, 0.05, 0.5)
            ) as plans (reason, conversion, lift, share)
        )

        select * from (
            {{ feedlift.sample_size_plan('plans', 'conversion', 'lift', arm_share='share') }}
        ) as sized
    """,
    "margins": """
        {{ feedlift.non_inferiority_tests('main.margins', 'direction', 'margin', 'margin_scale') }}
    """,
    "directions": """
        with contrasts as (
            select 1e0 as estimate, 1e0 as estimate_se, 10e0 as control_value, cast(null as varchar) as null_reason,
                unnest(['increase', 'decrease', 'Decrease', null]) as direction
        )

        select * from (
            {{ feedlift.effect_posteriors('contrasts', 'direction') }}
        ) as posteriors
    """,
    "adjusted": "{{ feedlift.adjusted_p_values('main.p_values', []) }}",
    "winsorised": f"""
        with caps as (
            {{{{ feedlift.winsorisation_caps('main.outliers', [], {MEANS}) }}}}
        ),

        moments as (
            {{{{ feedlift.winsorised_moments('main.outliers', 'caps', ['arm'], {MEANS}) }}}}
        )

        select * from (
            {{{{ feedlift.arm_contrasts('moments', ['metric'], "arm = 'control'") }}}}
        ) as contrasts
    """,
    # Control is misspelt for saves alone, and units whose arm is not known stand beside them.
    "misspelt_control_of_moments": f"""
        with moments as (
            {{{{ feedlift.unit_moments('main.units', ['arm', 'country'], {MEANS_AND_VIEWS}) }}}}
        )

        select * from (
            {{{{ feedlift.arm_contrasts(
                'moments', ['metric'], "arm = case metric when 'saves' then 'Control' else 'control' end", 'country'
            ) }}}}
        ) as contrasts
    """,
    "misspelt_control_of_compliers": f"""
        with moments as (
            {{{{ feedlift.unit_moments('main.units', ['arm'], {RECEIVED}) }}}}
        )

        select * from (
            {{{{ feedlift.complier_contrasts('moments', ['metric'], "arm = 'Control'") }}}}
        ) as contrasts
    """,
    "misspelt_control_of_quantiles": """
        select * from (
            {{ feedlift.quantile_estimates('main.units', 'unit', [], "arm = 'Control'", 'saves', 0.5) }}
        ) as estimates
    """,
    "misspelt_control_of_a_bootstrap": f"""
        select * from (
            {{{{ feedlift.bootstrap_contrasts(
                'main.units', 'unit', [], "arm = 'Control'", {MEANS}, replicates=99, seed=1
            ) }}}}
        ) as contrasts
    """,
    "misspelt_control_of_bootstrapped_quantiles": """
        select * from (
            {{ feedlift.bootstrap_quantile_contrasts(
                'main.units', 'unit', [], "arm = 'Control'", 'saves', 0.5, replicates=99, seed=1
            ) }}
        ) as contrasts
    """,
    "finer_moments": f"""
        with moments as (
            {{{{ feedlift.unit_moments('main.units', ['arm', 'country'], {MEANS}) }}}}
        )

        select * from (
            {{{{ feedlift.arm_contrasts('moments', ['metric'], "arm = 'control'") }}}}
        ) as contrasts
    """,
    "finer_moments_of_control": f"""
        with moments as (
            {{{{ feedlift.unit_moments('main.units', ['arm', 'country'], {MEANS}) }}}}
        ),

        usable_moments as (
            select * from moments where arm = 'control' or country = 'DE'
        )

        select * from (
            {{{{ feedlift.arm_contrasts('usable_moments', ['metric'], "arm = 'control'") }}}}
        ) as contrasts
    """,
    "finer_moments_of_compliers": f"""
        with moments as (
            {{{{ feedlift.unit_moments(
                'main.units', ['arm', 'country'], {RECEIVED}
            ) }}}}
        )

        select * from (
            {{{{ feedlift.complier_contrasts('moments', ['metric'], "arm = 'control'") }}}}
        ) as contrasts
    """,
    "resampled_without_units": f"""
        select * from (
            {{{{ feedlift.bootstrap_contrasts(
                'main.units', 'null', [], "arm = 'control'", {MEANS}, replicates=99, seed=1
            ) }}}}
        ) as contrasts
    """,
    "resampled_quantiles_without_units": """
        select * from (
            {{ feedlift.bootstrap_quantile_contrasts(
                'main.units', 'case when saves > 0 then unit end', [], "arm = 'control'", 'saves', 0.5, replicates=99,
                seed=1
            ) }}
        ) as contrasts
    """,
    "quantiles_in_percent": """
        with units as (select *, 95 as percentile from main.units)

        select * from (
            {{ feedlift.quantile_estimates('units', 'unit', [], "arm = 'control'", 'saves', 'percentile') }}
        ) as estimates
    """,
    "resampled_quantiles_in_percent": """
        with units as (select *, 95 as percentile from main.units)

        select * from (
            {{ feedlift.bootstrap_quantile_contrasts(
                'units', 'unit', [], "arm = 'control'", 'saves', 'percentile', replicates=99, seed=1
            ) }}
        ) as contrasts
    """,
}

# Every macro that compares arms, by the expression for control; each has a row per arm that nothing is compared with.
COMPARISONS = {
    "moments": f"""
        with moments as (
            {{{{ feedlift.unit_moments('{{relation}}', ['arm', 'country'], {MEANS}, center_by=['country']) }}}}
        )

        select * from (
            {{{{ feedlift.arm_contrasts('moments', ['metric'], "{{control}}", stratum='country') }}}}
        ) as contrasts
    """,
    "moments_by_one_centre": f"""
        with moments as (
            {{{{ feedlift.unit_moments('{{relation}}', ['arm', 'country'], {MEANS}) }}}}
        )

        select * from (
            {{{{ feedlift.arm_contrasts('moments', ['metric'], "{{control}}", stratum='country') }}}}
        ) as contrasts
    """,
    "compliers": """
        with moments as (
            {{ feedlift.unit_moments(
                '{relation}', ['arm', 'country'], {'saves': {'numerator': 'saves', 'denominator': 'received'}},
                center_by=['country']
            ) }}
        )

        select * from (
            {{ feedlift.complier_contrasts('moments', ['metric'], "{control}", stratum='country') }}
        ) as contrasts
    """,
    "a_bootstrap": f"""
        select * from (
            {{{{ feedlift.bootstrap_contrasts(
                '{{relation}}', 'unit', [], "{{control}}", {MEANS}, replicates=99, seed=1, stratum='country'
            ) }}}}
        ) as contrasts
    """,
    "quantiles": """
        select * from (
            {{ feedlift.quantile_estimates(
                '{relation}', 'unit', [], "{control}", 'saves', 0.5, stratum='country'
            ) }}
        ) as estimates
    """,
    "bootstrapped_quantiles": """
        select * from (
            {{ feedlift.bootstrap_quantile_contrasts(
                '{relation}', 'unit', [], "{control}", 'saves', 0.5, replicates=99, seed=1, stratum='country'
            ) }}
        ) as contrasts
    """,
    "a_concentration": """
        select * from (
            {{ feedlift.concentration_estimates('{relation}', 'unit', 'saves', [], "{control}", stratum='country') }}
        ) as estimates
        where measure = 'herfindahl_hirschman_index'
    """,
    "a_decomposition": """
        select * from (
            {{ feedlift.ratio_decomposition(
                '{relation}', 'unit', "'all'", [], "{control}", 'saves', 'views', phase='country'
            ) }}
        ) as effects
        where component = 'total'
    """,
}


def compared(macro, relation="main.units", control="arm = 'control'"):
    """The SQL of a comparison."""
    return COMPARISONS[macro].replace("{relation}", relation).replace("{control}", control)


MODELS |= {
    f"unknown_control_of_{macro}": compared(macro, control="case when arm <> 'other' then arm = 'control' end")
    for macro in COMPARISONS
}
# One unit of the treatment is infinite, and so nothing is known of its country.
STRANGERS_ARE_UNKNOWN = [macro for macro in COMPARISONS if "quantiles" not in macro and macro != "a_concentration"]
MODELS |= {f"infinite_in_{macro}": compared(macro, "main.strange_units") for macro in STRANGERS_ARE_UNKNOWN}
MODELS |= {
    "infinite_receipt": compared("compliers", "main.strange_receipts"),
    "infinite_in_a_survey": """
        {{ feedlift.weighted_means(
            'main.strange_units', 'country', {'saves': 'saves', 'views': 'views'}, 'main.census', 'country', 'people',
            group_by=['arm']
        ) }}
    """,
    "margins_of_expressions": """
        {{ feedlift.non_inferiority_tests(
            'main.margins', "direction || ''", 'margin * 2 - margin', "margin_scale || ''"
        ) }}
    """,
    "quantiles_of_unknown_units": """
        select * from (
            {{ feedlift.quantile_estimates('main.units', 'null', [], "arm = 'control'", 'saves', 0.5) }}
        ) as estimates
    """,
    "quantiles_of_units_of_whom_some_are_unknown": """
        select * from (
            {{ feedlift.quantile_estimates(
                'main.units', 'case when unit >= 4 then unit end', [], "arm = 'control'", 'saves', 0.5,
                stratum='country'
            ) }}
        ) as estimates
    """,
    # Two methods of each effect, which are keys of it.
    "heterogeneity_over_methods": """
        with effects as (
            select * from (
                values
                ('saves', 'unadjusted', 'DE', 1.0, 0.5), ('saves', 'cuped', 'DE', 1.1, 0.4),
                ('saves', 'unadjusted', 'US', 2.0, 0.5), ('saves', 'cuped', 'US', 1.8, 0.4),
                ('views', 'unadjusted', 'DE', 1.0, 0.5), ('views', 'unadjusted', 'US', 1.0, 0.5)
            ) as rows (metric, method, country, estimate, estimate_se)
        )

        select * from (
            {{ feedlift.heterogeneity_tests('effects', ['metric'], 'country') }}
        ) as tests
    """,
    "a_control_of_next_to_nothing": """
        with units as (
            select
                case when number % 2 = 0 then 'control' else 'treatment' end as arm,
                case when number % 2 = 0 then 1e-14 + 1e-17 * number else 1 + 1e-3 * number end as saves
            from range(200) as numbers (number)
        ),

        compared as (
            {{ feedlift.compare_arms('units', 'arm', 'control', {'saves': {'numerator': 'saves'}}) }}
        )

        select * from (
            {{ feedlift.sequential_tests('compared', 200) }}
        ) as contrasts
    """,
    **{
        f"caps_of_{name}": f"""
            {{{{ feedlift.winsorisation_caps(
                'main.flags', [], {{'flag': {{'numerator': '{flag}', 'numerator_covariate': 'x'}}}}, quantile=0.9
            ) }}}}
        """
        for name, flag in {"a_column": "c", "an_expression": "a or b"}.items()
    },
    "plans_of_columns": """
        {{ feedlift.power_analysis('main.plans', 'effect', 'variance', standard_error='se', unit_count='variance') }}
    """,
    "plans_of_expressions": """
        {{ feedlift.power_analysis(
            'main.plans', 'effect * 2 - effect', 'variance * 2 - variance', standard_error='se * 2 - se',
            unit_count='variance * 2 - variance'
        ) }}
    """,
    "sizes_of_columns": "{{ feedlift.sample_size_plan('main.scalars', 'a', 'b', 'c', 'd') }}",
    "sizes_of_expressions": """
        {{ feedlift.sample_size_plan('main.scalars', 'a * 2 - a', 'b * 2 - b', 'c * 2 - c', 'd * 2 - d') }}
    """,
}

# Macros that make an expression of expressions, with arguments for which none is null.
SCALARS = {
    "delta_method_variance": "abcde",
    "variance_of_difference": "cda",
    "welch_satterthwaite_degrees_of_freedom": "aibj",
    "always_valid_p_value": "eij",
    "confidence_sequence_multiplier": "ij",
    "normal_cdf": "e",
    "normal_survival": "e",
    "normal_quantile": "a",
    "normal_loss": "e",
    "student_t_cdf": "ei",
    "student_t_survival": "ei",
    "chi_square_survival": "ei",
    "log_gamma": "e",
    "random_draw": "ijk",
    "poisson_weight": "m",
}


def scalar_calls(argument):
    """Every scalar macro called with its columns, each as `argument` writes it."""
    calls = {macro: ", ".join(f"'{argument(column)}'" for column in columns) for macro, columns in SCALARS.items()}
    sql = {macro: f"feedlift.{macro}({arguments})" for macro, arguments in calls.items()}
    for macro in ("ratio_interval", "fieller_interval"):
        arguments = ", ".join(f"'{argument(column)}'" for column in "ecjaba")
        sql |= {f"{macro}_{end}": f"feedlift.{macro}('{end}', {arguments})" for end in ("lower", "upper")}
    return "select " + ", ".join(f"{{{{ {call} }}}} as {name}" for name, call in sql.items()) + " from main.scalars"


MODELS |= {
    "scalars_of_columns": scalar_calls(lambda column: column),
    "scalars_of_expressions": scalar_calls(lambda column: f"{column} * 2 - {column}"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What dbt says about each wrong call."""
    return refusals(tmp_path_factory.mktemp("refused"), {name: sql for name, (sql, _) in REFUSED.items()})


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The rows of every model."""
    margin = {
        "arm_value": 10.0,
        "control_value": 10.0,
        "estimate": 0.0,
        "estimate_se": 0.1,
        "arm_value_variance": 0.005,
        "control_value_variance": 0.005,
        "covariance_of_values": 0.0,
        "degrees_of_freedom": 1000.0,
        "null_reason": None,
        "direction": "increase",
        "margin": 0.05,
        "margin_scale": "relative",
        "reason": None,
    }
    margins = [
        margin,
        margin | {"margin": 5.0, "reason": "relative_margin_not_below_one"},
        margin | {"margin": 5.0, "direction": "decrease", "reason": "relative_margin_not_below_one"},
        margin | {"margin": 5.0, "margin_scale": "absolute"},
        margin | {"direction": "up", "reason": "unknown_direction"},
        margin | {"direction": None, "reason": "unknown_direction"},
        margin | {"margin_scale": "percent", "reason": "unknown_scale"},
        margin | {"margin": None, "reason": "no_margin"},
        margin | {"degrees_of_freedom": None, "reason": "no_t_test"},
        margin | {"control_value_variance": 100.0, "reason": "unbounded_relative_lift"},
        margin | {"degrees_of_freedom": None, "null_reason": "zero_variance", "reason": "zero_variance"},
    ]
    units = pl.DataFrame(
        {
            "unit": np.arange(400),
            "arm": ["control", "treatment", "other", None] * 100,
            "country": ["DE"] * 200 + ["US"] * 200,
            "saves": np.random.default_rng(3).poisson(2, 400).astype(float),
            "views": 1.0,
        }
    ).with_columns(received=((pl.col("arm") != "control") & (pl.col("unit") % 3 == 0)).cast(pl.Float64))
    is_strange = pl.col("unit") == 1
    tables = {
        "strange_units": units.with_columns(saves=pl.when(is_strange).then(float("inf")).otherwise("saves")),
        "strange_receipts": units.with_columns(received=pl.when(is_strange).then(float("inf")).otherwise("received")),
        "census": pl.DataFrame({"country": ["DE", "US"], "people": [0.37, 0.63]}),
        "scalars": pl.DataFrame(
            {"a": 0.25, "b": 0.125, "c": 0.75, "d": 0.375, "e": 1.5, "i": 7, "j": 5, "k": 3, "m": 2_000_000_000}
        ),
        "flags": pl.DataFrame(
            {"a": [None, True, False, None, True, False], "b": [False, False, True, True, None, False]}
        ).with_columns(c=pl.col("a") | pl.col("b"), x=100.0 - pl.int_range(6)),
        "plans": pl.DataFrame(
            {"effect": [-0.2, 0.2, -30.0, 0.0, None], "variance": [4.0] * 5, "se": [0.1] * 5},
        ),
        "margins": pl.DataFrame(margins),
        "p_values": pl.DataFrame({"p_value": [0.01, 0.02, float("nan"), -0.5, 1.5, None]}),
        "units": units,
        "outliers": pl.DataFrame(
            {
                "arm": ["control", "treatment"] * 500,
                "saves": [1e100, *np.arange(999, dtype=float)],
            }
        ),
    }
    return run_models(tmp_path_factory.mktemp("scratch"), MODELS, tables)


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_argument_is_named_in_one_sentence(said, name):
    sentence = REFUSED[name][1]
    assert said[name][: len(sentence)] == sentence


@pytest.mark.parametrize(("alternative", "sign"), [("greater", 1), ("less", -1)])
def test_a_one_sided_test_sees_only_effects_on_its_side(results, alternative, sign):
    z = stats.norm.isf(0.05)
    for row in results[f"power_{alternative}"]:
        if row["effect"] is None:
            assert (row["power_at_effect"], row["needed_units"]) == (None, None)
            assert row["power_null_reason"] == "no_effect"
            continue
        effect = sign * row["effect"]
        assert row["power_at_effect"] == pytest.approx(stats.norm.sf(z - effect / 0.1), rel=1e-9, abs=1e-290)
        if effect > 0:
            assert row["needed_units"] == pytest.approx((z + stats.norm.ppf(0.8)) ** 2 * 4 / effect**2, rel=1e-9)
            assert row["power_null_reason"] is None
        else:
            assert row["needed_units"] is None
            assert row["power_null_reason"] == ("no_effect" if effect == 0 else "effect_against_alternative")


def test_no_number_of_users_shows_an_effect_against_the_alternative(results):
    (plan,) = results["plan_against_the_alternative"]
    assert (plan["needed_units"], plan["needed_arm_units"], plan["needed_control_units"]) == (None, None, None)
    assert plan["plan_null_reason"] == "effect_against_alternative"


def test_a_plan_that_cannot_be_made_says_why(results):
    assert len(results["wrong_plans"]) == 5
    for plan in results["wrong_plans"]:
        assert plan["plan_null_reason"] == plan["reason"]
        assert (plan["needed_arm_units"] is None) == (plan["reason"] is not None)


def test_a_margin_that_makes_no_sense_passes_nothing_and_says_why(results):
    assert len(results["margins"]) == 11
    for row in results["margins"]:
        assert row["non_inferiority_null_reason"] == row["reason"], row
        figures = (row["non_inferiority_p_value"], row["non_inferiority_bound"])
        if row["reason"] is None:
            assert row["is_non_inferior"] is True
            assert None not in figures
        else:
            assert not row["is_non_inferior"], row
            assert figures == (None, None), row


def test_an_unknown_direction_is_not_taken_for_an_increase(results):
    rows = {row["direction"]: row for row in results["directions"]}
    assert rows["Decrease"]["posterior_null_reason"] == "unknown_direction"
    assert rows["Decrease"]["chance_to_beat_control"] is None
    assert rows[None]["chance_to_beat_control"] == rows["increase"]["chance_to_beat_control"] > 0.5
    assert rows["decrease"]["chance_to_beat_control"] < 0.5


def test_what_is_no_probability_is_no_test(results):
    rows = {str(row["p_value"]): row for row in results["adjusted"]}
    assert len(rows) == 6
    for p_value, adjusted in {"0.01": (0.02, 0.02, 0.02), "0.02": (0.04, 0.02, 0.02)}.items():
        row = rows.pop(p_value)
        methods = ("bonferroni", "holm", "benjamini_hochberg")
        assert [row[f"p_value_{method}"] for method in methods] == pytest.approx(adjusted)
        assert row["family_size"] == 2
    for row in rows.values():
        assert row["p_value_bonferroni"] is row["p_value_holm"] is row["p_value_benjamini_hochberg"] is None


def test_one_value_out_of_range_leaves_the_others_counted(results):
    (row,) = results["winsorised"]
    assert (row["unit_count"], row["control_unit_count"]) == (500, 500)
    assert row["null_reason"] == "out_of_range"
    assert row["p_value"] is None


def assert_no_figures(row):
    figures = ("arm_value", "control_value", "estimate", "estimate_se", "p_value", "relative_lift", "complier_effect")
    assert [row.get(figure) for figure in figures] == [None] * len(figures), row


@pytest.mark.parametrize("name", [name for name in MODELS if name.startswith("misspelt_control")])
def test_a_control_that_does_not_exist_is_said_of_every_arm(results, name):
    rows = [row for row in results[name] if row.get("metric", "saves") == "saves"]
    reasons = {"control": "no_control", "treatment": "no_control", "other": "no_control", None: "unknown_arm"}
    assert {row["arm"]: row["null_reason"] for row in rows} == reasons
    assert len(rows) == 4
    for row in rows:
        assert_no_figures(row)
        assert row["unit_count"] == 100
        assert row["control_unit_count"] == (0 if row["arm"] else None)
        assert row["control_arm"] is None


def test_a_control_is_missed_key_by_key(results):
    rows = [row for row in results["misspelt_control_of_moments"] if row["metric"] == "views"]
    assert {row["arm"]: row["null_reason"] for row in rows} == {
        "treatment": "zero_variance",
        "other": "zero_variance",
        None: "unknown_arm",
    }
    assert len(rows) == 3


@pytest.mark.parametrize("name", [name for name in MODELS if name.startswith("finer_moments")])
def test_several_rows_of_an_arm_are_no_comparison(results, name):
    rows = [row for row in results[name] if row["arm"] is not None]
    assert sorted(row["arm"] for row in rows) == ["other", "treatment"]
    for row in rows:
        assert_no_figures(row)
        assert row["null_reason"] == "several_rows_of_an_arm"
        assert row["unit_count"] is row["control_unit_count"] is row.get("arm_receipt_rate") is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("resampled_without_units", "unknown_unit"),
        ("resampled_quantiles_without_units", "unknown_unit"),
        ("quantiles_of_unknown_units", "unknown_unit"),
        ("quantiles_of_units_of_whom_some_are_unknown", "unknown_unit"),
        ("quantiles_in_percent", "quantile_not_between_0_and_1"),
        ("resampled_quantiles_in_percent", "quantile_not_between_0_and_1"),
    ],
)
def test_what_cannot_be_resampled_or_ranked_says_why(results, name, reason):
    rows = [row for row in results[name] if row["arm"] is not None]
    assert [row["null_reason"] for row in rows] == [reason] * 2
    for row in rows:
        assert row["p_value" if "p_value" in row else "arm_variance"] is None
        if reason == "unknown_unit":
            assert_no_figures(row)


@pytest.mark.parametrize("macro", COMPARISONS)
def test_an_arm_of_which_nobody_knows_whether_it_is_control_is_named(results, macro):
    rows = {row["arm"]: row for row in results[f"unknown_control_of_{macro}"]}
    assert len(rows) == len(results[f"unknown_control_of_{macro}"])
    assert {arm: row["null_reason"] for arm, row in rows.items()} == {
        "treatment": None,
        "other": "unknown_control",
        None: "unknown_arm",
    }
    assert_no_figures(rows["other"])
    assert (rows["other"]["unit_count"], rows["other"]["control_unit_count"]) == (100, None)
    assert (rows["treatment"]["unit_count"], rows["treatment"]["control_unit_count"]) == (100, 100)


@pytest.mark.parametrize("macro", STRANGERS_ARE_UNKNOWN)
def test_a_stratum_of_which_nothing_is_known_is_not_left_out(results, macro):
    rows = {row["arm"]: row for row in results[f"infinite_in_{macro}"]}
    assert rows["treatment"]["null_reason"] == "out_of_range"
    assert_no_figures(rows["treatment"] | {"control_value": None})
    # Of the others only those are unknown that are centred with the strange unit.
    expected = "out_of_range" if macro in {"moments", "moments_by_one_centre", "compliers"} else None
    assert rows["other"]["null_reason"] == expected


def test_an_unknown_receipt_leaves_the_effect_of_assignment(results):
    (row,) = (row for row in results["infinite_receipt"] if row["arm"] == "treatment")
    assert row["null_reason"] == "out_of_range"
    assert (row["arm_receipt_rate"], row["complier_effect"], row["complier_effect_se"]) == (None, None, None)
    assert None not in (row["control_receipt_rate"], row["itt_estimate"], row["p_value"])


def test_a_survey_with_an_unknown_stratum_has_no_mean(results):
    rows = {(row["arm"], row["metric"]): row for row in results["infinite_in_a_survey"]}
    strange = rows.pop(("treatment", "saves"))
    assert strange["null_reason"] == "out_of_range"
    figures = ("unweighted_mean", "weighted_mean", "weighted_mean_se", "design_effect", "effective_unit_count")
    assert [strange[figure] for figure in figures] == [None] * 5
    assert rows["treatment", "views"]["weighted_mean"] == 1


def test_rows_finer_than_a_test_of_heterogeneity_are_no_groups(results):
    rows = {row["metric"]: row for row in results["heterogeneity_over_methods"]}
    assert rows["saves"].pop("null_reason") == "several_rows_of_a_value"
    assert set(rows["saves"].values()) == {"saves", None}
    assert (rows["views"]["null_reason"], rows["views"]["estimate_count"]) == (None, 2)


def test_a_lift_and_its_ends_are_known_together(results):
    (row,) = results["a_control_of_next_to_nothing"]
    assert row["null_reason"] is None
    lifts = [f"{prefix}relative_lift{end}" for prefix in ("", "sequential_") for end in ("", "_lower", "_upper")]
    assert {lift: row[lift] for lift in lifts if lift in row} == {lift: None for lift in lifts if lift in row}
    assert not row["is_relative_lift_unbounded"]


@pytest.mark.parametrize("kind", ["margins", "caps", "plans", "sizes", "scalars"])
def test_an_expression_is_read_as_a_whole(results, kind):
    plain = results["margins" if kind == "margins" else f"{kind}_of_columns" if kind != "caps" else "caps_of_a_column"]
    pasted = results["caps_of_an_expression" if kind == "caps" else f"{kind}_of_expressions"]
    assert pasted == plain
    if kind == "scalars":
        assert None not in plain[0].values()
