"""Non-inferiority, many comparisons, posteriors and power, against SciPy, statsmodels and mpmath.

Thousands of contrasts, families and plans go through the macros in one build of a project that has nothing else of
feedlift.
"""

import mpmath
import numpy as np
import polars as pl
import pytest
from scipy import optimize, stats
from scratch_project import run_models
from statistics_reference import fieller
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, normal_sample_size_one_tail
from statsmodels.stats.weightstats import ttost_ind

TOLERANCE = 1e-9

MODELS = {
    "non_inferiority": """
        {{ feedlift.non_inferiority_tests('main.contrasts', 'direction', 'margin', 'margin_scale') }}
    """,
    "non_inferiority_at_ten_percent": """
        {{ feedlift.non_inferiority_tests('main.contrasts', 'direction', 'margin', 'margin_scale', alpha=0.1) }}
    """,
    "adjusted": "{{ feedlift.adjusted_p_values('main.p_values', ['family'], 'p') }}",
    "posteriors": "{{ feedlift.effect_posteriors('main.contrasts', 'direction') }}",
    "posteriors_narrow": """
        {{ feedlift.effect_posteriors(
            'main.contrasts', "'decrease'", prior_lift_mean=-0.02, prior_lift_sd=0.05, confidence_level=0.8
        ) }}
    """,
    "posteriors_flat": "{{ feedlift.effect_posteriors('main.contrasts', 'direction', prior_lift_sd='flat') }}",
    "posteriors_without_standard_error": """
        with contrasts as (
            select 2e0 as estimate, unnest([0e0, null]) as estimate_se, 10e0 as control_value, null as null_reason
        ),

        posteriors as (
            {{ feedlift.effect_posteriors('contrasts') }}
        )

        select * from posteriors
    """,
    "losses": "select z, {{ feedlift.normal_loss('z') }} as loss from main.deviates",
    **{
        f"power_{name}": f"""
            {{{{ feedlift.power_analysis(
                'main.plans', 'effect', feedlift.variance_of_difference('v1', 'v0', 'share'), 'se', 'n', {arguments}
            ) }}}}
        """
        for name, arguments in {
            "two_sided": "power=0.8",
            "greater": "power=0.93, confidence_level=0.9, alternative='greater'",
            "unlikely": "power=0.2, confidence_level=0.99, alternative='less'",
            "always_valid": "test='always_valid', planned_unit_count='planned'",
            "always_valid_at_eighty": """
                test='always_valid', planned_unit_count='planned', confidence_level=0.8, power=0.9999
            """,
            "always_valid_unlikely": """
                test='always_valid', planned_unit_count='planned', confidence_level=0.9999, power=0.2
            """,
        }.items()
    },
    "planned_proportions": "{{ feedlift.sample_size_plan('main.proportions', 'p', 'lift', arm_share='share') }}",
    "planned_means": """
        {{ feedlift.sample_size_plan(
            'main.plans', 'abs(effect) * 10', 'sign(effect) * 0.1', control_variance='v0', arm_share='share', power=0.9
        ) }}
    """,
}

# What somebody without feedlift's models writes, one example per macro, on data whose answer is published or obvious.
EXAMPLES = {
    # No more than an hour less sleep? Welch's test of Student's sleep data, shifted by one hour.
    "example_of_non_inferiority_tests": """
        with patients as (
            select 'first drug' as drug, unnest([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]) as extra_sleep
            union all
            select 'second drug' as drug, unnest([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]) as extra_sleep
        ),

        compared as (
            {{ feedlift.compare_arms(
                'patients', arm='drug', control='first drug', metrics={'sleep': {'numerator': 'extra_sleep'}}
            ) }}
        ),

        tested as (
            {{ feedlift.non_inferiority_tests('compared', "'increase'", 1, "'absolute'") }}
        )

        select * from tested
    """,
    # The fifteen p-values of Benjamini and Hochberg 1995, section 3.2: at .05 their procedure rejects four hypotheses,
    # Bonferroni's and Holm's three.
    "example_of_adjusted_p_values": """
        with tests as (
            select unnest([
                0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
                0.7590, 1.0000
            ]) as p_value
        ),

        adjusted as (
            {{ feedlift.adjusted_p_values('tests', []) }}
        )

        select * from adjusted
    """,
    # An estimate of 2 on a control of 10, a prior of 0 +/- 1, a standard error of 1: the posterior lies half way.
    "example_of_effect_posteriors": """
        with contrasts as (
            select 2.0 as estimate, 1.0 as estimate_se, 10.0 as control_value, cast(null as varchar) as null_reason
        ),

        posteriors as (
            {{ feedlift.effect_posteriors('contrasts', prior_lift_sd=0.1) }}
        )

        select * from posteriors
    """,
    "example_of_normal_loss": """
        select {{ feedlift.normal_loss('z') }} as loss from (select 0e0 as z) as deviates
    """,
    # The rule of thumb of van Belle 2008: 16 s^2 / d^2 users in each arm.
    "example_of_power_analysis": """
        with pilots as (
            select 10.0 as spread, 1.0 as effect, 0.5 as standard_error
        )

        select * from (
            {{ feedlift.power_analysis(
                'pilots', 'effect', feedlift.variance_of_difference('spread * spread', 'spread * spread'),
                'standard_error'
            ) }}
        ) as powers
    """,
    # From 10 % to 11 %: 14,749 users in each arm.
    "example_of_sample_size_plan": """
        with plans as (
            select 0.1 as conversion, 0.1 as lift
        ),

        sized as (
            {{ feedlift.sample_size_plan('plans', 'conversion', 'lift') }}
        )

        select * from sized
    """,
    "example_of_variance_of_difference": """
        select
            {{ feedlift.variance_of_difference('4', '9') }} as equal_arms,
            {{ feedlift.variance_of_difference('4', '9', '0.1') }} as unequal_arms
    """,
}


@pytest.fixture(scope="module")
def contrasts():
    """Contrasts of all magnitudes, margins on both sides of their effects, and of every kind that has no answer."""
    generator = np.random.default_rng(20261122)
    n = 6_000
    scale = 10.0 ** generator.choice([-60, -9, -3, 0, 0, 0, 3, 9, 60], n)
    control = scale * generator.choice([1.0, 1.0, 1.0, 1e3, 1e-2, -1.0, 0.0], n)
    # Standard errors of the two values that are a tiny to a large part of control.
    v1, v0 = (scale * 10 ** generator.uniform(-4, 0.5, n)) ** 2, (scale * 10 ** generator.uniform(-4, 0.5, n)) ** 2
    correlation = generator.choice([0.0, 0.0, 0.3, -0.2, 0.9], n)
    covariance = correlation * np.sqrt(v1 * v0)
    se = np.sqrt(v1 + v0 - 2 * covariance)
    estimate = generator.normal(0, 1, n) * 10 ** generator.uniform(-1, 1.6, n) * se
    is_relative = generator.random(n) < 0.6
    # Margins near the harmful end, where the answer turns.
    margin = np.abs(estimate + generator.choice([-1, 1], n) * se * generator.uniform(0, 4, n))
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = np.where(is_relative, np.where(control == 0, 0.1, margin / np.abs(control)), margin)
    table = pl.DataFrame(
        {
            "id": np.arange(n),
            "arm_value": control + estimate,
            "control_value": control,
            "estimate": estimate,
            "estimate_se": se,
            "arm_value_variance": v1,
            "control_value_variance": v0,
            "covariance_of_values": covariance,
            "degrees_of_freedom": 10 ** generator.uniform(0, 6, n),
            "null_reason": pl.Series([None] * n, dtype=pl.String),
            "direction": generator.choice(["increase", "decrease"], n),
            "margin": margin,
            "margin_scale": np.where(is_relative, "relative", "absolute"),
        }
    )
    kind = np.arange(n) % 20
    unknown = ["estimate_se", "arm_value_variance", "control_value_variance", "covariance_of_values"]
    return table.with_columns(
        pl.when(pl.Series(kind == 1))
        .then(pl.lit("fewer_than_two_units"))
        .otherwise("null_reason")
        .alias("null_reason"),
        *(
            pl.when(pl.Series(kind == 1)).then(None).otherwise(column).alias(column)
            for column in [*unknown, "degrees_of_freedom"]
            if column != "degrees_of_freedom"
        ),
        # A method without a t test, as the bootstrap is.
        pl.when(pl.Series((kind == 1) | (kind == 2)))
        .then(None)
        .otherwise("degrees_of_freedom")
        .alias("degrees_of_freedom"),
        # No margin, and what is none.
        pl.when(pl.Series(kind == 3))
        .then(pl.Series(generator.choice([np.nan, 0.0, -0.1], n)).fill_nan(None))
        .otherwise("margin")
        .alias("margin"),
        pl.when(pl.Series(kind == 4)).then(None).otherwise("direction").alias("direction"),
    )


@pytest.fixture(scope="module")
def p_values():
    """Families of all sizes: p-values of all magnitudes, with ties, zeros, ones and nulls."""
    generator = np.random.default_rng(5)
    rows = []
    for family in range(1_500):
        size = int(generator.choice([1, 2, 3, 5, 8, 20, 60]))
        p = generator.random(size) ** generator.choice([1, 1, 4, 40])
        if family % 3 == 0:
            p = np.round(p, 1)
        if family % 7 == 0:
            p[: size // 2] = p[0]
        is_null = generator.random(size) < (0.2 if family % 2 else 0)
        rows += [
            (f"family {family}" if family else None, i, None if unknown else float(value))
            for i, (value, unknown) in enumerate(zip(p, is_null, strict=True))
        ]
    return pl.DataFrame(rows, schema={"family": pl.String, "test": pl.Int64, "p": pl.Float64}, orient="row")


@pytest.fixture(scope="module")
def deviates():
    """Standard normal deviates, from the centre to where nothing is left of the tail."""
    generator = np.random.default_rng(6)
    z = [*generator.normal(0, 2, 300), *generator.uniform(-37, 37, 700), *np.linspace(-1.001, 1.001, 101)]
    z += [0.0, 1.0, -1.0, 1e-30, -1e-30, 30.0, 36.0, -1e6, 1e6, 1e200, -1e200]
    return pl.DataFrame({"z": [*z, None]})


@pytest.fixture(scope="module")
def plans():
    """Assumptions about effects, spreads, shares and present data, over many orders of magnitude."""
    generator = np.random.default_rng(8)
    n = 2_000
    scale = 10.0 ** generator.choice([-30, -3, 0, 0, 3, 30], n)
    v1, v0 = (scale * 10 ** generator.uniform(-2, 2, n)) ** 2, (scale * 10 ** generator.uniform(-2, 2, n)) ** 2
    share = generator.uniform(0.01, 0.99, n)
    count = np.round(10 ** generator.uniform(0.5, 9, n))
    effect = generator.choice([-1, 1], n) * scale * 10 ** generator.uniform(-5, 2, n)
    table = pl.DataFrame(
        {
            "id": np.arange(n),
            "v1": v1,
            "v0": v0,
            "share": share,
            "n": count,
            "se": np.sqrt((v1 / share + v0 / (1 - share)) / count),
            "effect": effect,
            "planned": np.round(10 ** generator.uniform(2, 7, n)),
        }
    )
    # Nothing to see, no variance, no data, no share.
    degenerate = table.head(5).with_columns(
        id=pl.lit(-1) - pl.col("id"),
        effect=pl.Series([0.0, *effect[1:5]]),
        v1=pl.Series([v1[0], None, v1[2], v1[3], v1[4]]),
        se=pl.Series([table["se"][0], table["se"][1], 0.0, None, table["se"][4]]),
        n=pl.Series([count[0], count[1], 0.0, None, count[4]]),
        share=pl.Series([share[0], share[1], share[2], share[3], 1.0]),
    )
    return pl.concat([table, degenerate])


@pytest.fixture(scope="module")
def proportions():
    """Conversion rates with lifts, among them such as leave no room."""
    generator = np.random.default_rng(9)
    n = 500
    return pl.DataFrame(
        {
            "p": np.append(10 ** generator.uniform(-5, -0.3, n), [0.9, 0.1, 0.0, 1.1]),
            "lift": np.append(generator.uniform(-0.9, 0.9, n), [0.2, 0.0, 0.1, 0.1]),
            "share": np.append(generator.uniform(0.05, 0.95, n), [0.5] * 4),
        }
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory, contrasts, p_values, deviates, plans, proportions):
    """The rows of every model."""
    tables = {
        "contrasts": contrasts,
        "p_values": p_values,
        "deviates": deviates,
        "plans": plans,
        "proportions": proportions,
    }
    return run_models(tmp_path_factory.mktemp("scratch"), MODELS | EXAMPLES, tables)


def is_near(wanted, got, tolerance=TOLERANCE, scale=0.0):
    """Whether a number agrees, a null only with a null or NaN."""
    if wanted is None or got is None or np.isnan(wanted):
        return (wanted is None or np.isnan(wanted)) and got is None
    return abs(wanted - got) <= tolerance * abs(wanted) + 1e-14 * scale


def test_no_figure_is_infinite_or_no_number(results):
    assert [
        (model, column, value)
        for model, rows in results.items()
        for row in rows
        for column, value in row.items()
        if isinstance(value, float) and not np.isfinite(value)
    ] == []


@pytest.mark.parametrize(("model", "alpha"), [("non_inferiority", 0.025), ("non_inferiority_at_ten_percent", 0.1)])
def test_non_inferiority(results, model, alpha):
    wrong, answers, unbounded = [], {True: 0, False: 0, None: 0}, 0
    for row in results[model]:
        answers[row["is_non_inferior"]] += 1
        margin, df = row["margin"], row["degrees_of_freedom"]
        if margin is None or margin <= 0 or (df is None and row["null_reason"] is None):
            figures = ["non_inferiority_p_value", "non_inferiority_bound", "is_non_inferior"]
            assert [row[figure] for figure in figures] == [None] * 3
            continue
        bound = p = None
        sign = {"increase": 1, "decrease": -1, None: None}[row["direction"]]
        # What is lost in the differences that the figures are made of.
        magnitude = abs(row["arm_value"]) + abs(row["control_value"])
        rounding = 1.0
        is_all = row["margin_scale"] == "relative" and margin >= 1
        if df is not None and sign is not None and not is_all:
            t = stats.t.isf(alpha, df)
            v1, v0, c = (row[k] for k in ("arm_value_variance", "control_value_variance", "covariance_of_values"))
            if row["margin_scale"] == "absolute":
                bound = row["estimate"] - sign * t * row["estimate_se"]
                p = stats.t.sf((sign * row["estimate"] + margin) / row["estimate_se"], df)
            else:
                ends = fieller(row["arm_value"], v1, row["control_value"], v0, t, c)
                bound = ends[0] if sign == 1 else ends[1]
                if np.isnan(bound):
                    unbounded += 1
                else:
                    r = 1 - sign * margin
                    se = np.sqrt(v1 + r**2 * v0 - 2 * r * c)
                    p = stats.t.sf(sign * (row["arm_value"] - r * row["control_value"]) / se, df)
                    rounding = magnitude / se
                    distance = row["control_value"] ** 2 / (row["control_value"] ** 2 - t**2 * v0)
                    rounding *= 1 + distance**2
        harm = None if bound is None or np.isnan(bound) else sign * bound
        expected = bool(harm is not None and harm > -margin)
        # p within rounding of alpha, or a bound within rounding of the margin, may fall to either side.
        is_close = p is not None and abs(p / alpha - 1) < 1e-9 * rounding
        if row["is_non_inferior"] is not expected and not is_close:
            wrong.append((row["id"], "is_non_inferior", expected, row["is_non_inferior"], p, harm, margin))
        p = p if p is None else max(p, 1e-300)
        if not is_near(p, row["non_inferiority_p_value"], TOLERANCE * (1 + 1e-5 * rounding)):
            wrong.append((row["id"], "p", p, row["non_inferiority_p_value"], rounding))
        scale = 0 if bound is None or row["margin_scale"] == "absolute" else rounding * (1 + abs(bound))
        if not is_near(bound, row["non_inferiority_bound"], scale=scale):
            wrong.append((row["id"], "bound", bound, row["non_inferiority_bound"], rounding))
    assert wrong == []
    assert min(answers.values()) > 300
    assert unbounded > 300


def test_a_bound_inside_the_margin_is_a_p_value_below_alpha(results):
    judged = [row for row in results["non_inferiority"] if row["non_inferiority_p_value"] is not None]
    assert len(judged) > 3_000
    for row in judged:
        sign = 1 if row["direction"] == "increase" else -1
        is_inside = sign * row["non_inferiority_bound"] > -row["margin"]
        if abs(row["non_inferiority_p_value"] / 0.025 - 1) > 1e-9:
            assert row["is_non_inferior"] == is_inside == (row["non_inferiority_p_value"] < 0.025), row


def test_adjusted_p_values(results, monkeypatch):
    # statsmodels collects garbage after every family, a minute in all.
    monkeypatch.setattr("gc.collect", lambda: 0)
    families = {}
    for row in results["adjusted"]:
        families.setdefault(row["family"], []).append(row)
    assert len(families) == 1_500
    methods = {"holm": "p_value_holm", "bonferroni": "p_value_bonferroni", "fdr_bh": "p_value_benjamini_hochberg"}
    for name, rows in families.items():
        known = [row for row in rows if row["p"] is not None]
        assert {row["family_size"] for row in rows} == {len(known)}
        assert all(row[column] is None for row in rows if row["p"] is None for column in methods.values())
        for method, column in methods.items():
            if known:
                wanted = multipletests([row["p"] for row in known], method=method)[1]
                got = np.array([row[column] for row in known])
                assert np.all(np.abs(got - wanted) <= 1e-13 * wanted), (name, method)


@pytest.mark.parametrize(
    ("model", "prior_mean", "prior_sd", "level"),
    [
        ("posteriors", 0.0, 0.3, 0.95),
        ("posteriors_narrow", -0.02, 0.05, 0.8),
        ("posteriors_flat", 0.0, np.inf, 0.95),
    ],
)
def test_posteriors(results, model, prior_mean, prior_sd, level):
    wrong, reasons = [], set()
    figures = ["chance_to_beat_control", "expected_loss", "credible_lower", "credible_upper"]
    for row in results[model]:
        reasons.add(row["posterior_null_reason"])
        if row["null_reason"] is not None:
            expected_reason = row["null_reason"]
        elif row["control_value"] <= 0 and prior_sd < np.inf:
            expected_reason = "control_not_positive"
        else:
            expected_reason = None
        assert row["posterior_null_reason"] == expected_reason
        if expected_reason is not None:
            assert [row[figure] for figure in figures] == [None] * 4
            continue
        # Precisions add up.
        estimate, control = row["estimate"], row["control_value"]
        precision, mean = 1 / row["estimate_se"] ** 2, estimate
        if prior_sd < np.inf:
            prior_precision = 1 / (prior_sd * control) ** 2
            mean = (estimate * precision + prior_mean * control * prior_precision) / (precision + prior_precision)
            precision += prior_precision
        sd = 1 / np.sqrt(precision)
        sign = -1 if model == "posteriors_narrow" or row["direction"] == "decrease" else 1
        half_width = stats.norm.isf((1 - level) / 2) * sd
        z = sign * mean / sd
        for figure, wanted, scale in (
            ("posterior_mean", mean, abs(mean)),
            ("credible_lower", mean - half_width, sd),
            ("credible_upper", mean + half_width, sd),
            ("chance_to_beat_control", max(stats.norm.cdf(z), 1e-300), 0),
        ):
            if not is_near(wanted, row[figure], TOLERANCE * (1 + 1e-5 * z**2), scale):
                wrong.append((row["id"], figure, wanted, row[figure], z))
        loss = stats.norm.pdf(z) - z * stats.norm.sf(z)
        if z < 3 and not is_near(sd * loss, row["expected_loss"], TOLERANCE):
            wrong.append((row["id"], "expected_loss", sd * loss, row["expected_loss"], z))
    assert wrong == []
    assert reasons == {None, "fewer_than_two_units"} | (set() if prior_sd == np.inf else {"control_not_positive"})


def test_without_a_standard_error_there_is_no_posterior(results):
    rows = results["posteriors_without_standard_error"]
    assert [row["posterior_null_reason"] for row in rows] == ["no_standard_error"] * 2
    assert [row["chance_to_beat_control"] for row in rows] == [None] * 2


def test_normal_loss_is_exact_in_both_tails(results):
    mpmath.mp.dps = 60
    checked = 0
    for row in results["losses"]:
        if row["z"] is None:
            assert row["loss"] is None
            continue
        if abs(row["z"]) > 1e5:
            assert row["loss"] == (1e-300 if row["z"] > 0 else -row["z"])
            continue
        z = mpmath.mpf(row["z"])
        wanted = mpmath.npdf(z) - z * mpmath.erfc(z / mpmath.sqrt(2)) / 2
        if wanted > 1e-290:
            checked += 1
            assert abs(row["loss"] / wanted - 1) < 1e-12, row
    assert checked > 1_000


def critical_value_of_sequence(units, planned, alpha):
    """Half the width of the confidence sequence in standard errors."""
    rho_squared = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / planned
    x = units * rho_squared
    return np.sqrt(units * 2 * (x + 1) / (units**2 * rho_squared) * np.log(np.sqrt(x + 1) / alpha))


@pytest.mark.parametrize(
    ("model", "alpha", "power", "alternative"),
    [
        ("power_two_sided", 0.05, 0.8, "two-sided"),
        ("power_greater", 0.1, 0.93, "larger"),
        ("power_unlikely", 0.01, 0.2, "smaller"),
    ],
)
def test_power_of_a_test_at_the_end(results, model, alpha, power, alternative):
    critical = stats.norm.isf(alpha / 2 if alternative == "two-sided" else alpha)
    tail = alpha / 2 if alternative == "two-sided" else alpha
    checked = 0
    for row in results[model]:
        if row["id"] < 0:
            continue
        effect = {"two-sided": abs(row["effect"]), "larger": row["effect"], "smaller": -row["effect"]}[alternative]
        share = row["share"]
        wanted = stats.norm.sf(critical - effect / row["se"])
        assert row["power_at_effect"] == pytest.approx(max(wanted, 1e-300), rel=TOLERANCE), row
        if effect < 0:
            assert row["needed_units"] is None
            continue
        # statsmodels takes standard deviations under the two hypotheses, for one unit of one arm.
        sd = np.sqrt(row["v1"] / share + row["v0"] / (1 - share))
        needed = normal_sample_size_one_tail(effect, power, tail, std_null=sd, std_alternative=sd)
        assert row["needed_units"] == pytest.approx(needed, rel=TOLERANCE), row
        assert row["minimum_detectable_effect"] == pytest.approx(
            (critical + stats.norm.ppf(power)) * row["se"], rel=TOLERANCE
        )
        if abs(effect / row["se"]) < 20 and np.isclose(row["v1"], row["v0"], rtol=1e9):
            checked += 1
    assert checked > 300


def test_power_agrees_with_statsmodels_where_arms_vary_alike(results):
    compared = 0
    for row in results["planned_means"]:
        if row["id"] < 0 or row["needed_units"] is None or not 10 < row["needed_units"] < 1e9:
            continue
        # One-sided at half the level, because statsmodels adds the tail on the wrong side.
        power = NormalIndPower().power(
            abs(row["effect"]) / np.sqrt(row["v0"]),
            nobs1=row["needed_units"] * row["share"],
            alpha=0.025,
            ratio=(1 - row["share"]) / row["share"],
            alternative="larger",
        )
        assert power == pytest.approx(0.9, rel=TOLERANCE)
        assert row["needed_arm_units"] == np.ceil(row["needed_units"] * row["share"])
        assert row["needed_control_units"] == np.ceil(row["needed_units"] * (1 - row["share"]))
        compared += 1
    assert compared > 500


@pytest.mark.parametrize(
    ("model", "alpha", "power"),
    [
        ("power_always_valid", 0.05, 0.8),
        ("power_always_valid_at_eighty", 0.2, 0.9999),
        ("power_always_valid_unlikely", 0.0001, 0.2),
    ],
)
def test_power_of_the_always_valid_test(results, model, alpha, power):
    quantile = stats.norm.ppf(power)
    for row in results[model]:
        if row["id"] < 0:
            continue
        effect, share = abs(row["effect"]), row["share"]
        critical = critical_value_of_sequence(row["n"], row["planned"], alpha)
        assert row["critical_value"] == pytest.approx(critical, rel=TOLERANCE)
        assert row["minimum_detectable_effect"] == pytest.approx((critical + quantile) * row["se"], rel=TOLERANCE)
        wanted = stats.norm.sf(critical - effect / row["se"])
        assert row["power_at_effect"] == pytest.approx(wanted, rel=1e-8, abs=1e-290)
        noise = np.sqrt(row["v1"] / share + row["v0"] / (1 - share)) / effect

        def gap(log_units, noise=noise, planned=row["planned"]):
            units = np.exp(log_units)
            return log_units - 2 * np.log((critical_value_of_sequence(units, planned, alpha) + quantile) * noise)

        needed = np.exp(optimize.brentq(gap, -60, 120, xtol=1e-13, rtol=1e-15))
        assert row["needed_units"] == pytest.approx(needed, rel=TOLERANCE), row


def test_nothing_is_planned_without_an_effect_a_variance_or_a_share(results):
    for model in ("power_two_sided", "power_always_valid"):
        rows = {row["id"]: row for row in results[model]}
        figures = ["minimum_detectable_effect", "power_at_effect", "needed_units"]
        nulls = {i: [figure for figure in figures if rows[i][figure] is None] for i in range(-5, 0)}
        assert nulls[-1] == ["needed_units"]  # no effect
        assert nulls[-2] == ["needed_units"]  # an unknown variance
        assert nulls[-3] == nulls[-4] == ["minimum_detectable_effect", "power_at_effect"]  # no data
        assert nulls[-5] == ["needed_units"]  # nobody in control


def test_planned_proportions(results):
    planned = 0
    for row in results["planned_proportions"]:
        p0, p1, share = row["p"], row["p"] * (1 + row["lift"]), row["share"]
        if row["lift"] == 0 or p0 in {0.0, 1.1} or p1 > 1:
            assert row["needed_units"] is None
            assert row["needed_arm_units"] is None
            continue
        z = stats.norm.isf(0.025) + stats.norm.ppf(0.8)
        needed = z**2 * (p1 * (1 - p1) / share + p0 * (1 - p0) / (1 - share)) / (p1 - p0) ** 2
        assert row["needed_units"] == pytest.approx(needed, rel=TOLERANCE)
        if abs(needed * share - round(needed * share)) > 1e-6:
            assert row["needed_arm_units"] == np.ceil(needed * share)
        planned += 1
    assert planned >= 450


def test_examples(results):
    (sleep,) = results["example_of_non_inferiority_tests"]
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    test = stats.ttest_ind(second + 1, first, equal_var=False, alternative="greater")
    assert sleep["non_inferiority_p_value"] == pytest.approx(test.pvalue, rel=TOLERANCE)
    assert sleep["non_inferiority_p_value"] == pytest.approx(
        ttost_ind(second, first, -1, 99, usevar="unequal")[1][1], rel=TOLERANCE
    )
    assert sleep["is_non_inferior"]

    adjusted = results["example_of_adjusted_p_values"]
    rejected = {
        method: sum(row[f"p_value_{method}"] <= 0.05 for row in adjusted)
        for method in ("bonferroni", "holm", "benjamini_hochberg")
    }
    assert rejected == {"bonferroni": 3, "holm": 3, "benjamini_hochberg": 4}

    (posterior,) = results["example_of_effect_posteriors"]
    assert posterior["posterior_mean"] == pytest.approx(1, rel=1e-12)
    assert posterior["posterior_sd"] == pytest.approx(np.sqrt(0.5), rel=1e-12)
    assert posterior["chance_to_beat_control"] == pytest.approx(stats.norm.cdf(np.sqrt(2)), rel=1e-12)

    (loss,) = results["example_of_normal_loss"]
    assert loss["loss"] == pytest.approx(1 / np.sqrt(2 * np.pi), rel=1e-14)

    (power,) = results["example_of_power_analysis"]
    assert power["needed_units"] / 2 == pytest.approx(16 * 100, rel=0.02)
    assert power["minimum_detectable_effect"] == pytest.approx(2.8 * 0.5, rel=0.001)

    (plan,) = results["example_of_sample_size_plan"]
    assert plan["needed_arm_units"] == plan["needed_control_units"] == 14_749

    (variance,) = results["example_of_variance_of_difference"]
    assert (variance["equal_arms"], variance["unequal_arms"]) == pytest.approx((26, 50))
