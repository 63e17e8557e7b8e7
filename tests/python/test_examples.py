"""Every public macro works alone on anybody's table: the examples that no other test has, and that all are there."""

import re

import pytest
from scipy import stats
from scratch_project import PROJECT_ROOT, run_models

FOLDERS = ("statistics", "distributions", "randomisation", "decisions")
# Lists and constants that other macros' examples read, and no SQL of their own.
READ_BY = {
    "cluster_metrics": "example_of_cluster_totals",
    "estimate_columns": "example_of_contrast_tests",
    "random_modulus": "example_of_is_below_share",
}

EXAMPLES = {
    "example_of_normal_cdf": "select {{ feedlift.normal_cdf('-1.5') }} as p",
    "example_of_normal_survival": "select {{ feedlift.normal_survival('1.5') }} as p",
    "example_of_normal_quantile": "select {{ feedlift.normal_quantile('0.025') }} as z",
    "example_of_student_t_cdf": "select {{ feedlift.student_t_cdf('-2.1', '4.5') }} as p",
    "example_of_student_t_survival": "select {{ feedlift.student_t_survival('2.1', '4.5') }} as p",
    "example_of_chi_square_survival": "select {{ feedlift.chi_square_survival('7.8', '3') }} as p",
    "example_of_student_t_quantile": """
        with tails as (select 0.025 as tail, 4.5 as df),

        found as ({{ feedlift.student_t_quantile('tails', 'tail', 'df', 't') }})

        select * from found
    """,
    # What another method has found is tested like an estimate of feedlift's own.
    "example_of_contrast_tests": """
        with estimates as (
            select
                {%- set given = {
                    'is_ratio': 'false', 'unit_count': '400', 'control_unit_count': '300', 'arm_value': '11e0',
                    'control_value': '10e0', 'estimate': '1e0', 'arm_variance': '0.09', 'control_variance': '0.16',
                    'degrees_of_freedom': '500',
                } %}
                {%- for column in feedlift.estimate_columns() %}
                {{ given.get(column, 'null') }} as {{ column }},
                {%- endfor %}
                'mine' as method
        ),

        tested as ({{ feedlift.contrast_tests('estimates') }})

        select * from tested
    """,
    "example_of_arm_estimates": """
        with users as (
            select 'new' as variant, unnest([5, 6, 7, 8]) as orders, unnest([1, 2, 3, 5]) as orders_before
            union all
            select 'old' as variant, unnest([3, 4, 5, 6]) as orders, unnest([1, 2, 3, 4]) as orders_before
        ),

        moments as (
            {{ feedlift.unit_moments(
                'users', ['variant'],
                {'orders': {'numerator': 'orders', 'numerator_covariate': 'orders_before'}}
            ) }}
        ),

        arms as (select *, variant as arm from moments),

        estimates as ({{ feedlift.arm_estimates('arms', ['metric'], "arm = 'old'") }})

        select method, estimate, arm_variance + control_variance as variance from estimates
    """,
    # Half of those who were invited came. Nobody else could.
    "example_of_complier_contrasts": """
        with people as (
            select
                case when number % 2 = 0 then 'invited' else 'not invited' end as arm,
                case when number % 4 = 0 then 1 else 0 end as came,
                number % 7 + case when number % 4 = 0 then 3 else 0 end as score
            from generate_series(1, 280) as numbers (number)
        ),

        moments as (
            {{ feedlift.unit_moments(
                'people', ['arm'], {'score': {'numerator': 'score', 'denominator': 'came'}}
            ) }}
        ),

        contrasts as ({{ feedlift.complier_contrasts('moments', ['metric'], "arm = 'not invited'") }})

        select * from contrasts
    """,
    # One big spender among a hundred.
    "example_of_winsorisation_caps": """
        with users as (
            select case when number = 100 then 1000 else number end as spent
            from generate_series(1, 100) as numbers (number)
        ),

        caps as ({{ feedlift.winsorisation_caps('users', [], {'spent': {'numerator': 'spent'}}, quantile=0.9) }})

        select * from caps
    """,
    # Everybody's own random numbers, the same on every warehouse.
    "example_of_is_below_share": """
        with draws as (
            select
                {{ feedlift.random_draw(
                    feedlift.random_start('number', 1), feedlift.random_step('number', 1), '7'
                ) }} as draw
            from generate_series(1, 10000) as numbers (number)
        )

        select
            avg(case when {{ feedlift.is_below_share('draw', 0.3) }} then 1e0 else 0e0 end) as share,
            avg({{ feedlift.poisson_weight('draw') }} * 1e0) as mean_weight,
            min(draw) as least,
            max(draw) as greatest,
            {{ feedlift.random_modulus() }} as modulus
        from draws
    """,
    # An arm that is better and harms nobody, and one that harms a guardrail.
    "example_of_launch_rules": """
        with arms as (
            select * from (values ('blue', 'shown', 0, 0), ('green', 'shown', 1, 0))
                as rows (arm, primary_state, harmed_guardrail_count, open_guardrail_count)
        ),

        judged as (
            select
                *, true as is_valid, true as has_ended, cast(null as integer) as days_to_end,
                cast(null as integer) as days_needed
            from arms
        ),

        ruled as ({{ feedlift.launch_rules('judged') }})

        select arm, verdict from ruled
    """,
}
# What one example shows of several macros.
SHOWN = {
    "example_of_is_below_share": ["random_draw", "random_start", "random_step", "poisson_weight"],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The rows of every example."""
    return run_models(tmp_path_factory.mktemp("examples"), EXAMPLES)


def test_every_public_macro_has_an_example_that_is_run():
    tests = "".join(path.read_text(encoding="utf-8") for path in (PROJECT_ROOT / "tests" / "python").glob("test_*.py"))
    shown = set(re.findall(r"\"example_of_(\w+)\"", tests)) | {name for names in SHOWN.values() for name in names}
    public = {path.stem for folder in FOLDERS for path in (PROJECT_ROOT / "macros" / folder).glob("[!_]*.sql")}
    assert public - shown == set(READ_BY)
    assert all(f'"{example}"' in tests for example in READ_BY.values())


@pytest.mark.parametrize(
    ("example", "column", "expected"),
    [
        ("normal_cdf", "p", stats.norm.cdf(-1.5)),
        ("normal_survival", "p", stats.norm.sf(1.5)),
        ("normal_quantile", "z", stats.norm.ppf(0.025)),
        ("student_t_cdf", "p", stats.t.cdf(-2.1, 4.5)),
        ("student_t_survival", "p", stats.t.sf(2.1, 4.5)),
        ("chi_square_survival", "p", stats.chi2.sf(7.8, 3)),
        ("student_t_quantile", "t", stats.t.isf(0.025, 4.5)),
    ],
)
def test_distributions(results, example, column, expected):
    (row,) = results[f"example_of_{example}"]
    assert row[column] == pytest.approx(expected, rel=1e-12)


def test_estimates_and_their_tests(results):
    (tested,) = results["example_of_contrast_tests"]
    assert tested["p_value"] == pytest.approx(2 * stats.t.sf(2, 500), rel=1e-12)
    assert tested["method"] == "mine"
    estimates = {row["method"]: row for row in results["example_of_arm_estimates"]}
    assert estimates["unadjusted"]["estimate"] == 2
    # New buyers had bought 2.75 times before, old ones 2.5 times: a quarter more, by theta = sum of xy / sum of xx.
    theta = (6.5 + 5) / (8.75 + 5)
    assert estimates["cuped"]["estimate"] == pytest.approx(2 - theta * 0.25)
    assert estimates["cuped"]["variance"] < estimates["unadjusted"]["variance"]


def test_compliers_and_caps(results):
    (complier,) = results["example_of_complier_contrasts"]
    assert (complier["arm_receipt_rate"], complier["control_receipt_rate"]) == (0.5, 0)
    assert complier["complier_effect"] == pytest.approx(2 * complier["itt_estimate"])
    (cap,) = results["example_of_winsorisation_caps"]
    assert (cap["cap"], cap["capped_unit_count"]) == (pytest.approx(90.1), 10)


def test_random_numbers(results):
    (row,) = results["example_of_is_below_share"]
    assert 0 <= row["least"] < row["greatest"] < row["modulus"]
    assert row["share"] == pytest.approx(0.3, abs=0.02)
    assert row["mean_weight"] == pytest.approx(1, abs=0.05)


def test_launch_rules(results):
    assert {row["arm"]: row["verdict"] for row in results["example_of_launch_rules"]} == {
        "blue": "ship",
        "green": "do_not_ship",
    }
