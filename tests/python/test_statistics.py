"""The statistics macros alone, on plain tables of a project that has nothing else of feedlift, against the reference.

Some hundred random data sets, among them every kind of degenerate one, go through each macro in one build.
"""

from itertools import chain

import numpy as np
import polars as pl
import pytest
from scipy import optimize, stats
from scratch_project import run_models
from statistics_reference import Sample, contrast, fieller

TOLERANCE = 1e-9
ALPHA = 0.05

METRICS = """{
    'mean': {'numerator': 'y'},
    'mean_adjusted': {'numerator': 'y', 'numerator_covariate': 'x'},
    'ratio': {'numerator': 'y', 'denominator': 'd'},
    'ratio_adjusted': {
        'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x', 'denominator_covariate': 'w'
    },
}"""

MODELS = {
    "compared": f"""
        {{{{ feedlift.compare_arms(
            'main.units', arm='arm', control='control', metrics={METRICS}, group_by=['data_set']
        ) }}}}
    """,
    "compared_at_eighty_percent": f"""
        {{{{ feedlift.compare_arms(
            '(select * from main.units where data_set < 50) as some_units', arm="lower('X') || substr(arm, 1)",
            control='xcontrol', metrics={METRICS}, group_by=['data_set'], confidence_level=0.8
        ) }}}}
    """,
    "moments": f"""
        {{{{ feedlift.unit_moments('main.units', ['data_set', 'arm', 'stratum'], {METRICS}, center_by=['data_set']) }}}}
    """,
    "post_stratified": """
        {{ feedlift.arm_contrasts(
            ref('moments'), keys=['data_set', 'metric'], is_control="arm = 'control'", stratum='stratum'
        ) }}
    """,
    "pairs_of_means": """
        select
            *,
            {{ feedlift.fieller_interval('lower', 'm1', 'v1', 'm0', 'v0', 't') }} as lower_end,
            {{ feedlift.fieller_interval('upper', 'm1', 'v1', 'm0', 'v0', 't') }} as upper_end,
            {{ feedlift.welch_satterthwaite_degrees_of_freedom('v1', 'n1', 'v0', 'n0') }} as degrees_of_freedom
        from main.means
    """,
    # Every argument unknown in turn, by its place, between intervals of which all is known.
    "intervals_of_the_unknown": """
        {% set known = ['1.1e0', '1e-2', '1e0', '1e-2', '2e0', '1e-3'] %}
        {% for unknown in range(-1, 6) %}
        {{ 'union all' if not loop.first }}
        {% set rest = known[:unknown] + ['cast(null as double)'] + known[unknown + 1:] %}
        {% set arguments = known if unknown < 0 else rest %}
        select
            {% for end in ['lower', 'upper'] %}
            {{ feedlift.ratio_interval(end, *arguments) }} as ratio_{{ end }},
            {{ feedlift.fieller_interval(end, *arguments) }} as lift_{{ end }},
            {% endfor %}
            {{ unknown }} as unknown
        {% endfor %}
    """,
    "goodness_of_fit": """
        {{ feedlift.chi_square_goodness_of_fit('main.counts', ['test'], 'observed', 'expected') }}
    """,
}


# What somebody without feedlift's models writes, one example per macro, on data whose answer is published or obvious.
EXAMPLES = {
    # Student's sleep data of 1908 by Welch's test, as R's manual has it: t = -1.8608, df = 17.776, p = 0.07939, and
    # the interval -3.3654832 to 0.2054832.
    "example_of_compare_arms": """
        with patients as (
            select 'first drug' as drug, unnest([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]) as extra_sleep
            union all
            select 'second drug' as drug, unnest([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]) as extra_sleep
        ),

        compared as (
            {{ feedlift.compare_arms(
                'patients', arm='drug', control='second drug', metrics={'sleep': {'numerator': 'extra_sleep'}}
            ) }}
        )

        select * from compared
    """,
    "example_of_unit_moments": """
        with users as (
            select * from (
                values ('a', 1, 2), ('a', 3, 4), ('b', 0, 0), ('b', 5, 6)
            ) as rows (arm, clicks, impressions)
        )

        select * from (
            {{ feedlift.unit_moments(
                'users', ['arm'], {'ctr': {'numerator': 'clicks', 'denominator': 'impressions'}}
            ) }}
        ) as moments
    """,
    # Shoppers buy more and are rarer in treatment: within each stratum the difference is 1, pooled it is negative.
    "example_of_arm_contrasts": """
        with users as (
            select 'treatment' as arm, 'shopper' as kind, unnest([10, 12]) as purchases union all
            select 'treatment' as arm, 'browser' as kind, unnest([1, 3, 1, 3, 1, 3, 1, 3]) as purchases union all
            select 'control' as arm, 'shopper' as kind, unnest([9, 11, 9, 11, 9, 11, 9, 11]) as purchases union all
            select 'control' as arm, 'browser' as kind, unnest([0, 2]) as purchases
        ),

        moments as (
            {{ feedlift.unit_moments('users', ['arm', 'kind'], {'purchases': {'numerator': 'purchases'}}) }}
        ),

        contrasts as (
            {{ feedlift.arm_contrasts(
                'moments', keys=['metric'], is_control="arm = 'control'", stratum='kind', confidence_level=0.9
            ) }}
        )

        select * from contrasts
    """,
    # The sample ratio mismatch of Kohavi, Tang and Xu 2020, chapter 21: p = 1.8e-6.
    "example_of_chi_square_goodness_of_fit": """
        with arms as (
            select * from (values ('control', 821588), ('treatment', 815482)) as rows (arm, users)
        ),

        planned as (
            select *, sum(users) over () / 2 as expected_users from arms
        ),

        tested as (
            {{ feedlift.chi_square_goodness_of_fit('planned', [], 'users', 'expected_users') }}
        )

        select * from tested
    """,
    "example_of_delta_method_variance": """
        select {{ feedlift.delta_method_variance('2.0', '8.0', '3.0', '0.5', '4.0') }} as variance
    """,
    # Welch's own degrees of freedom lie between the smaller arm's and those of both.
    "example_of_welch_satterthwaite_degrees_of_freedom": """
        select
            {{ feedlift.welch_satterthwaite_degrees_of_freedom('0.1', '10', '0.1', '10') }} as degrees_of_equal_arms,
            {{ feedlift.welch_satterthwaite_degrees_of_freedom('0.1', '10', '0e0', '500') }} as degrees_of_one_arm
    """,
    "example_of_fieller_interval": """
        select
            {{ feedlift.fieller_interval('lower', '11', '0.25', '10', '0.25', '1.96') }} as lower_end,
            {{ feedlift.fieller_interval('upper', '11', '0.25', '10', '0.25', '1.96') }} as upper_end,
            {{ feedlift.fieller_interval('upper', '11', '0.25', '0.9', '0.25', '1.96') }} as upper_end_of_unbounded
    """,
}
MODELS |= EXAMPLES


def arms(**sizes):
    """The arm of every user, given the arms' sizes."""
    return np.repeat(list(sizes), list(sizes.values()))


def feed(generator, arm, lift=0.1):
    """Counts of users most of whom do little and a few much, who differ in taste."""
    taste = generator.gamma(0.5, 2.0, len(arm))
    return {
        "arm": arm,
        "y": generator.poisson(taste * (1 + lift * (arm != "control"))),
        "d": generator.poisson(4 * taste),
        "x": generator.poisson(taste),
        "w": generator.poisson(3 * taste),
    }


def normal(generator, arm, mean=0.0, sd=1.0):
    """Normal outcomes that half depend on the past."""
    x = generator.normal(mean, sd, len(arm))
    return {
        "arm": arm,
        "y": x + generator.normal(0, sd, len(arm)) + 0.3 * sd * (arm != "control"),
        "d": generator.uniform(1, 3, len(arm)),
        "x": x,
        "w": generator.uniform(1, 3, len(arm)),
    }


def usual_data_sets(generator):
    """Data sets of all sizes and shapes: a name, and of every user the arm, y, d, x and w."""
    for _ in range(60):
        n1, n0 = generator.integers(2, 400, 2)
        sd = 10 ** generator.uniform(-3, 3)
        yield "feed", feed(generator, arms(control=n0, treatment=n1))
        yield "normal", normal(generator, arms(control=n0, treatment=n1), generator.normal(), sd)
    for n1, n0 in [(2, 2), (2, 3), (3, 2), (2, 1000), (1000, 2), (5, 5)] * 3:
        yield "few users", normal(generator, arms(control=n0, treatment=n1), mean=3)
        yield "few users in a feed", feed(generator, arms(control=n0, treatment=n1))
    yield "many users", feed(generator, arms(control=60_000, treatment=40_000))
    yield "many users, unequal arms", feed(generator, arms(control=95_000, treatment=5_000))
    for k in range(3, 7):
        yield f"{k} arms", feed(generator, arms(control=100, **{f"arm {i}": 50 * i for i in range(1, k)}))
    users = arms(control=300, treatment=200)
    for _ in range(10):
        yield "mean of a billion", normal(generator, users, mean=1e9)
        yield "mean of minus a thousand", normal(generator, users, mean=-1e3)
        yield "mean about zero", normal(generator, arms(control=30, treatment=20), mean=0.1)
        tails = {"y": generator.lognormal(0, 2.5, 500), "x": generator.lognormal(0, 2.5, 500)}
        yield "heavy tail", feed(generator, users) | tails
        small = feed(generator, users)
        yield "small denominators", small | {"d": small["d"] * 1e-9, "w": small["w"] * 1e-12}
        rare = {column: np.where(generator.random(500) < 0.02, 1.0, 0.0) for column in ("d", "w")}
        yield "rare denominators", feed(generator, users) | rare
    for scale in (1e-60, 1e-20, 1e20, 1e60):
        scaled = normal(generator, users, mean=1)
        yield f"values around {scale}", scaled | {"y": scaled["y"] * scale, "x": scaled["x"] * scale}


def degenerate_data_sets(generator):
    """Data sets in which something does not vary, is nothing but zeros, or has too few users."""
    for constant in (0.0, 0.1, 3.0, 1e9):
        same = feed(generator, arms(control=30, treatment=20))
        is_control = same["arm"] == "control"
        yield "constant outcome", same | {"y": np.full(50, constant)}
        yield "constant outcome, different by arm", same | {"y": np.where(is_control, constant, constant + 0.7)}
        yield "constant covariate", same | {"x": np.full(50, constant)}
        yield "constant denominator", same | {"d": np.full(50, constant + 0.1)}
        yield "outcome constant in one arm", same | {"y": np.where(is_control, min(constant, 30), same["y"])}
    for ratio in (0.1, 1 / 3, 7.0):
        exact = normal(generator, arms(control=300, treatment=200), mean=5)
        effect = ratio * (exact["arm"] != "control")
        noise = 1e-4 * generator.normal(0, 1, 500)
        yield "outcome proportional to denominator", exact | {"y": exact["d"] * ratio}
        yield "covariate proportional to its denominator", exact | {"x": exact["w"] * ratio}
        yield "covariate explains everything", exact | {"y": ratio * exact["x"], "d": exact["w"]}
        yield "covariate explains everything but an effect", exact | {"y": exact["x"] + effect, "d": exact["w"]}
        yield "covariate explains nearly everything", exact | {"y": exact["x"] + noise, "d": exact["w"]}
    for silent in (["control"], ["treatment"], ["control", "treatment"]):
        for columns in (["y"], ["y", "d"], ["d"], ["y", "d", "x", "w"], ["w"], ["x", "w"], ["x"]):
            zeros = feed(generator, arms(control=300, treatment=200))
            is_silent = np.isin(zeros["arm"], silent)
            yield f"zeros of {columns} in {silent}", zeros | {c: np.where(is_silent, 0, zeros[c]) for c in columns}
    yield "one user in treatment", feed(generator, arms(control=300, treatment=1))
    yield "one user in control", feed(generator, arms(control=1, treatment=300))
    yield "one user in each arm", normal(generator, arms(control=1, treatment=1), mean=3)
    yield "nobody in treatment", feed(generator, arms(control=100))
    yield "nobody in control", feed(generator, arms(treatment=100))


def unknown_data_sets(generator):
    """Data sets in which values are unknown: for some users, for all, or for one arm."""
    for columns in (["x"], ["w"], ["x", "w"], ["y"], ["d"], ["y", "x"], ["y", "d", "x", "w"]):
        users = feed(generator, arms(control=300, treatment=200))
        for name, is_unknown in {
            "for some": generator.random(500) < 0.2,
            "for all": np.full(500, fill_value=True),
            "in treatment": users["arm"] == "treatment",
        }.items():
            yield f"{columns} unknown {name}", users | {c: nullable(users[c], is_unknown) for c in columns}


def nullable(values, is_unknown):
    """Values of which some are unknown."""
    return [None if unknown else float(value) for value, unknown in zip(values, is_unknown, strict=True)]


@pytest.fixture(scope="module")
def units():
    """The data sets as one table, the name of each, and strata that are uneven over arms."""
    generator = np.random.default_rng(20260105)
    data_sets = chain(usual_data_sets(generator), degenerate_data_sets(generator), unknown_data_sets(generator))
    names, frames = [], []
    for number, (name, columns) in enumerate(data_sets):
        names.append(name)
        frame = pl.DataFrame(
            {c: v if c == "arm" else pl.Series(v, dtype=pl.Float64, strict=False) for c, v in columns.items()}
        )
        strata = generator.integers(1, 4)
        share = np.where(frame["arm"] == "control", 0.3, 0.6)
        stratum = np.minimum(generator.geometric(share), strata)
        frames.append(frame.with_columns(data_set=pl.lit(number), stratum=pl.Series([f"stratum {s}" for s in stratum])))
    return names, pl.concat(frames)


@pytest.fixture(scope="module")
def means():
    """Pairs of means with the variances of the means, the numbers of units and a quantile."""
    generator = np.random.default_rng(7)
    n = 2_000
    return pl.DataFrame(
        {
            "m1": generator.normal(1, 1, n),
            "m0": generator.normal(1, 1, n),
            "v1": generator.gamma(0.5, 0.2, n),
            "v0": generator.gamma(0.5, 0.2, n),
            "n1": generator.integers(2, 1000, n),
            "n0": generator.integers(2, 1000, n),
            "t": generator.uniform(1, 4, n),
        }
    )


@pytest.fixture(scope="module")
def counts():
    """Observed and expected counts of 200 tests, and of some that cannot be judged."""
    generator = np.random.default_rng(11)
    rows = []
    for test in range(200):
        shares = generator.dirichlet(np.full(generator.integers(2, 8), 5.0))
        total = int(10 ** generator.uniform(1, 8))
        observed = generator.multinomial(total, shares)
        rows += [(str(test), int(o), float(total * s)) for o, s in zip(observed, shares, strict=True)]
    rows += [
        ("fits exactly", 50, 50.0),
        ("fits exactly", 50, 50.0),
        ("far off", 10**9, 1e3),
        ("far off", 1000, 1e9),
        ("shares for counts", 10, 0.5),
        ("shares for counts", 10, 0.5),
        ("one left out", 500_000, 500_000.0),
        ("one left out", 500_000, 499_999.0),
        ("arm left out", 10, 10.0),
        ("arm left out", 10, 10.0),
        ("arm left out", 10, 20.0),
        ("total off by rounding", 1000, 500 * (1 + 1e-12)),
        ("total off by rounding", 0, 500.0),
        ("one category", 10, 10.0),
        ("nothing expected", 10, 0.0),
        ("nothing expected", 10, 20.0),
        ("expected count unknown", 10, None),
        ("expected count unknown", 10, 10.0),
        ("expected count unknown", 10, 10.0),
        ("observed count unknown", None, 10.0),
        ("observed count unknown", 10, 10.0),
        ("less than nothing observed", -10, 50.0),
        ("less than nothing observed", 110, 50.0),
        ("less than nothing expected", 10, -5.0),
        ("less than nothing expected", 10, 25.0),
    ]
    return pl.DataFrame(rows, schema={"test": pl.String, "observed": pl.Int64, "expected": pl.Float64}, orient="row")


@pytest.fixture(scope="module")
def results(tmp_path_factory, units, means, counts):
    """The models' rows, built in a project that has installed feedlift as a package and switched its models off."""
    tables = {"units": units[1], "means": means, "counts": counts}
    return run_models(tmp_path_factory.mktemp("scratch"), MODELS, tables)


def samples(frame, metric, *, is_stratified):
    """The users of every arm by a metric: without those whose outcome is unknown, an unknown past being zero."""
    frame = frame.drop_nulls(["y", "d"] if "ratio" in metric else ["y"])

    def sample(users):
        ones = np.ones(len(users))
        outcome, past = ("y", "d"), ("x", "w")
        values = [users[column].fill_null(0).to_numpy() for column in outcome + past]
        if "ratio" not in metric:
            values[1] = values[3] = ones
        return Sample(*values, users["stratum"].to_numpy() if is_stratified else ones)

    return {arm: sample(frame.filter(arm=arm)) for arm in frame["arm"].unique()}


def expected_contrasts(units, *, is_stratified, confidence_level=0.95):
    """The reference's result for every data set, metric, arm and method."""
    names, all_units = units
    nobody = Sample(*[np.empty(0)] * 5)
    expected = {}
    for number in range(len(names)):
        frame = all_units.filter(data_set=number)
        in_arm = {arm: set(frame.filter(arm=arm)["stratum"]) for arm in frame["arm"].unique()}
        for metric in ("mean", "mean_adjusted", "ratio", "ratio_adjusted"):
            by_arm = samples(frame, metric, is_stratified=is_stratified)
            known = frame.drop_nulls(["y", "d", "x"] if "ratio" in metric else ["y", "x"])
            has_past = "adjusted" in metric and not known.is_empty()
            for arm in in_arm.keys() - {"control"}:
                if "control" not in in_arm and not is_stratified:
                    expected[number, metric, arm, "unadjusted"] = {
                        "unit_count": len(by_arm.get(arm, nobody)),
                        "control_unit_count": 0,
                        "is_relative_lift_unbounded": False,
                        "approximation_quality": "unknown",
                        "null_reason": "no_control",
                    }
                if "control" not in in_arm or (is_stratified and not in_arm[arm] & in_arm["control"]):
                    continue
                for method in ("unadjusted", "cuped") if has_past else ("unadjusted",):
                    expected[number, metric, arm, method] = contrast(
                        by_arm.get(arm, nobody),
                        by_arm.get("control", nobody),
                        is_ratio="ratio" in metric,
                        is_adjusted=method == "cuped",
                        confidence_level=confidence_level,
                    )
    return expected


@pytest.fixture(scope="module", params=["compared", "post_stratified", "compared_at_eighty_percent"])
def contrasts(request, results, units):
    """Of every data set, metric, arm and method: a name, the reference's result, the macro's, and 1 - confidence."""
    names, all_units = units
    if request.param == "compared_at_eighty_percent":
        alpha, units = 0.2, (names[:50], all_units)
    else:
        alpha = 0.05
    expected = expected_contrasts(units, is_stratified=request.param == "post_stratified", confidence_level=1 - alpha)
    actual = {
        (row["data_set"], row["metric"], row["arm"].removeprefix("x"), row["method"]): row
        for row in results[request.param]
    }
    assert len(actual) == len(results[request.param])
    # A row that says that there is no control, and nothing else.
    uncompared = {key for key, row in actual.items() if row["null_reason"] == "no_control" and key not in expected}
    assert {names[number] for number, *_ in uncompared} <= {"nobody in control"}
    figures = ("arm_value", "control_value", "estimate", "estimate_se", "p_value", "relative_lift")
    assert {column for key in uncompared for column in figures if actual[key][column] is not None} == set()
    actual = {key: row for key, row in actual.items() if key not in uncompared}
    assert {(names[key[0]], *key) for key in actual.keys() ^ expected.keys()} == set()
    return [((names[key[0]], *key), expected[key], actual[key], alpha) for key in sorted(expected)]


def is_near(wanted, got, scale):
    """Whether a number agrees, up to the rounding of what it is the difference of."""
    return abs(got - wanted) <= TOLERANCE * abs(wanted) + 1e-14 * scale


def known(value):
    """A number of the reference, None where there is none."""
    return None if value is None or np.isnan(value) else value


def test_figures_are_null_where_they_cannot_be_computed_and_the_reason_says_why(contrasts):
    figures = (
        *("arm_value", "control_value", "estimate", "estimate_se", "degrees_of_freedom", "p_value", "estimate_lower"),
        *("estimate_upper", "relative_lift", "relative_lift_lower", "relative_lift_upper"),
    )
    wrong = [
        (name, figure, expected.get(figure), actual[figure])
        for name, expected, actual, _ in contrasts
        for figure in figures
        if (known(expected.get(figure)) is None) != (actual[figure] is None)
    ]
    wrong += [
        (name, column, expected[column], actual[column])
        for name, expected, actual, _ in contrasts
        for column in ("null_reason", "unit_count", "control_unit_count")
        if expected[column] != actual[column]
    ]
    assert wrong == []


def test_no_figure_is_infinite_or_no_number(contrasts):
    assert [
        (name, column, value)
        for name, _, actual, _ in contrasts
        for column, value in actual.items()
        if isinstance(value, float) and not np.isfinite(value)
    ] == []


def test_values_and_estimates(contrasts):
    wrong = [
        (name, figure, expected[figure], actual[figure])
        for name, expected, actual, _ in contrasts
        for figure in ("arm_value", "control_value", "estimate")
        if known(expected.get(figure)) is not None
        and not is_near(expected[figure], actual[figure], expected["estimate_scale"])
    ]
    assert wrong == []


def test_standard_errors_and_degrees_of_freedom(contrasts):
    wrong = []
    for name, expected, actual, _ in contrasts:
        if "estimate_se" not in expected:
            continue
        variance, scale = expected["estimate_se"] ** 2, expected["variance_scale"]
        if not is_near(variance, actual["estimate_se"] ** 2, scale):
            wrong.append((name, "estimate_se", expected["estimate_se"], actual["estimate_se"]))
        if "degrees_of_freedom" in expected and not is_near(
            expected["degrees_of_freedom"],
            actual["degrees_of_freedom"],
            expected["degrees_of_freedom"] * scale / variance,
        ):
            wrong.append((name, "degrees_of_freedom", expected["degrees_of_freedom"], actual["degrees_of_freedom"]))
    assert wrong == []


def test_p_values_and_intervals_follow_from_the_standard_errors(contrasts):
    wrong = []
    for name, expected, actual, alpha in contrasts:
        if expected["null_reason"]:
            continue
        estimate, se, degrees = actual["estimate"], actual["estimate_se"], actual["degrees_of_freedom"]
        half_width = stats.t.isf(alpha / 2, degrees) * se
        for figure, wanted, scale in (
            ("t_statistic", estimate / se, 0),
            ("p_value", 2 * stats.t.sf(abs(estimate / se), degrees), 0),
            ("estimate_lower", estimate - half_width, half_width),
            ("estimate_upper", estimate + half_width, half_width),
            ("confidence_level", 1 - alpha, 0),
        ):
            if not is_near(wanted, actual[figure], scale):
                wrong.append((name, figure, wanted, actual[figure]))
    assert wrong == []


def test_p_values_of_the_reference(contrasts):
    # Where nothing cancels, the p-value is right to the last digits and not only consistent.
    compared = 0
    wrong = []
    for name, expected, actual, _ in contrasts:
        if expected["null_reason"] or expected["p_value"] < 1e-200:
            continue
        t = abs(expected["estimate"]) / expected["estimate_se"]
        rounding = expected["estimate_scale"] / expected["estimate_se"] * (1 + t)
        rounding += expected["variance_scale"] / expected["estimate_se"] ** 2 * (1 + t**2)
        compared += rounding < 1e4
        if not is_near(expected["p_value"], actual["p_value"], expected["p_value"] * rounding):
            wrong.append((name, expected["p_value"], actual["p_value"], rounding))
    assert wrong == []
    assert compared > len(contrasts) / 2


def test_relative_lifts(contrasts):
    wrong = []
    for name, expected, actual, alpha in contrasts:
        if expected["is_relative_lift_unbounded"] != actual["is_relative_lift_unbounded"]:
            wrong.append((name, "is_relative_lift_unbounded", actual["is_relative_lift_unbounded"]))
        for figure in ("relative_lift", "relative_lift_lower", "relative_lift_upper"):
            if known(expected.get(figure)) is None:
                continue
            control = expected["control_value"]
            scale = expected["estimate_scale"] / control * (1 + abs(expected["relative_lift"]))
            if figure != "relative_lift":
                # The nearer the control value is to t standard errors, the less is left of the denominator.
                width = expected["relative_lift_upper"] - expected["relative_lift_lower"]
                narrow = 2 * stats.t.isf(alpha / 2, expected["degrees_of_freedom"]) * expected["estimate_se"] / control
                scale *= 1 + (width / narrow) ** 2
                scale += width * (1 + expected["variance_scale"] / expected["estimate_se"] ** 2)
            if not is_near(expected[figure], actual[figure], scale):
                wrong.append((name, figure, expected[figure], actual[figure]))
    assert wrong == []


def test_cuped_coefficients_and_variance_reductions(contrasts):
    wrong = []
    for name, expected, actual, _ in contrasts:
        if expected["null_reason"] in {"no_control", "not_logged", "zero_variance"}:
            continue
        wanted, got = expected["cuped_coefficient"], actual["cuped_coefficient"]
        scale = expected["variance_scale"] / expected["estimate_se"] ** 2 if "estimate_se" in expected else 1
        if not is_near(wanted, got, expected["coefficient_scale"] * scale):
            wrong.append((name, "cuped_coefficient", wanted, got))
        if "variance_reduction" in expected and not is_near(
            expected["variance_reduction"], actual["variance_reduction"], scale
        ):
            wrong.append((name, "variance_reduction", expected["variance_reduction"], actual["variance_reduction"]))
    assert wrong == []


def test_the_quality_of_the_approximation(contrasts):
    assert [
        (name, actual["approximation_quality"])
        for name, expected, actual, _ in contrasts
        if "approximation_quality" in expected and expected["approximation_quality"] != actual["approximation_quality"]
    ] == []
    assert {actual["approximation_quality"] for _, _, actual, _ in contrasts} >= {"good", "doubtful", "poor"}


def test_an_interval_excludes_zero_exactly_when_p_is_below_alpha(contrasts):
    judged = [(name, actual, alpha) for name, _, actual, alpha in contrasts if actual["p_value"] is not None]
    is_significant = {actual["p_value"] < alpha for _, actual, alpha in judged}
    assert is_significant == {True, False}
    assert [
        (name, actual["p_value"], actual["estimate_lower"], actual["estimate_upper"])
        for name, actual, alpha in judged
        if (actual["p_value"] < alpha) == (actual["estimate_lower"] <= 0 <= actual["estimate_upper"])
    ] == []


def test_the_interval_of_a_lift_excludes_zero_exactly_when_the_absolute_test_rejects(contrasts):
    judged = [
        (name, actual, alpha)
        for name, _, actual, alpha in contrasts
        if actual["p_value"] is not None and actual["relative_lift_lower"] is not None
    ]
    assert {actual["p_value"] < alpha for _, actual, alpha in judged} == {True, False}
    assert [
        (name, actual["p_value"], actual["relative_lift_lower"], actual["relative_lift_upper"])
        for name, actual, alpha in judged
        if (actual["p_value"] < alpha) == (actual["relative_lift_lower"] <= 0 <= actual["relative_lift_upper"])
    ] == []


def test_every_reason_occurs(results):
    reasons = {"no_control", "not_logged", "zero_denominator", "fewer_than_two_units", "zero_variance"}
    assert {row["null_reason"] for row in results["compared"]} == {None, *reasons}


def test_a_mean_is_compared_by_welchs_t_test(results, units):
    names, all_units = units
    compared = 0
    for row in results["compared"]:
        name = names[row["data_set"]]
        if row["metric"] == "mean" and name in {"feed", "normal", "few users", "heavy tail"}:
            frame = all_units.filter(data_set=row["data_set"])
            arm, control = (frame.filter(arm=name)["y"].to_numpy() for name in ("treatment", "control"))
            test = stats.ttest_ind(arm, control, equal_var=False)
            if np.isnan(test.pvalue):
                continue
            interval = test.confidence_interval(0.95)
            wanted = [test.statistic, test.df, test.pvalue, interval.low, interval.high]
            figures = ["t_statistic", "degrees_of_freedom", "p_value", "estimate_lower", "estimate_upper"]
            assert [row[figure] for figure in figures] == pytest.approx(wanted, rel=TOLERANCE), name
            compared += 1
    assert compared > 100


def test_moments(results, units):
    names, all_units = units
    columns = {"numerator": "y", "denominator": "d", "numerator_covariate": "x", "denominator_covariate": "w"}
    groups = all_units.drop_nulls().partition_by(["data_set", "arm", "stratum"], as_dict=True)
    centres = dict(all_units.group_by("data_set").agg(pl.col("y").mean()).iter_rows())
    judged, wrong = set(), []
    for row in results["moments"]:
        key = (row["data_set"], row["arm"], row["stratum"])
        is_known = "unknown" not in names[row["data_set"]]
        if row["metric"] != "ratio_adjusted" or not is_known:
            continue
        judged.add(key)
        users = {part: groups[key][column].to_numpy() for part, column in columns.items()}
        assert row["unit_count"] == len(groups[key])
        assert row["nonzero_unit_count"] == np.count_nonzero(users["numerator"])
        spread = {part: np.std(values) for part, values in users.items()}
        for part, values in users.items():
            scale = np.abs(values).mean()
            if abs(row[f"{part}_mean"] - values.mean()) > 1e-15 * scale:
                wrong.append((names[key[0]], *key, part, values.mean(), row[f"{part}_mean"]))
        for number, first in enumerate(columns):
            for second in [*columns][number:]:
                column = f"{first}_{second}_covariance" if first != second else f"{first}_variance"
                wanted = np.cov(users[first], users[second])[0, 1] if len(groups[key]) > 1 else None
                if wanted is None or row[column] is None:
                    assert wanted is row[column]
                elif abs(row[column] - wanted) > 1e-12 * spread[first] * spread[second] + 1e-30 * abs(
                    users[first].mean() * users[second].mean()
                ):
                    wrong.append((names[key[0]], *key, column, wanted, row[column]))
        # Around the arms' common mean, as the macro has it; numpy's mean alone is off by 1e-7 at a billion.
        y = users["numerator"] - centres[row["data_set"]]
        third = np.mean((y - y.mean()) ** 3)
        if abs(row["numerator_third_moment"] - third) > 1e-13 * np.max(np.abs(y)) ** 3:
            wrong.append((names[key[0]], *key, "third moment", third, row["numerator_third_moment"]))
    assert wrong == []
    assert judged == {key for key in groups if "unknown" not in names[key[0]]}


def test_fieller_intervals_hold_the_lifts_that_are_not_rejected(results):
    unbounded = 0
    for row in results["pairs_of_means"]:
        m1, v1, m0, v0, t = (row[column] for column in ("m1", "v1", "m0", "v0", "t"))
        is_bounded = m0 > 0 and m0**2 > t**2 * v0
        unbounded += not is_bounded
        assert (row["lower_end"] is not None) == (row["upper_end"] is not None) == is_bounded
        if is_bounded:
            assert (row["lower_end"], row["upper_end"]) == pytest.approx(fieller(m1, v1, m0, v0, t), rel=TOLERANCE)
            # At an end of the interval the test of that lift just rejects.
            for lift in (row["lower_end"], row["upper_end"]):
                scale = m1**2 + ((1 + lift) * m0) ** 2
                distance = (m1 - (1 + lift) * m0) ** 2 - t**2 * (v1 + (1 + lift) ** 2 * v0)
                assert abs(distance) <= TOLERANCE * scale
    assert 0 < unbounded < len(results["pairs_of_means"])


def test_the_interval_of_a_ratio_of_anything_unknown_is_unknown(results):
    for row in results["intervals_of_the_unknown"]:
        place = row.pop("unknown")
        ends = fieller(1.1, 1e-2, 1.0, 1e-2, 2.0, 1e-3)
        known = {f"lift_{end}": value for end, value in zip(("lower", "upper"), ends, strict=True)}
        known |= {f"ratio_{end}": value + 1 for end, value in zip(("lower", "upper"), ends, strict=True)}
        assert row == (pytest.approx(known) if place < 0 else dict.fromkeys(known)), place


def test_degrees_of_freedom_are_welchs(results):
    for row in results["pairs_of_means"]:
        v1, n1, v0, n0 = (row[column] for column in ("v1", "n1", "v0", "n0"))
        wanted = stats.ttest_ind_from_stats(0, np.sqrt(v1 * n1), n1, 1, np.sqrt(v0 * n0), n0, equal_var=False)
        degrees = row["degrees_of_freedom"]
        assert degrees == pytest.approx((v1 + v0) ** 2 / (v1**2 / (n1 - 1) + v0**2 / (n0 - 1)), rel=TOLERANCE)
        assert 2 * stats.t.sf(1 / np.sqrt(v1 + v0), degrees) == pytest.approx(wanted.pvalue, rel=TOLERANCE)


def test_goodness_of_fit(results, counts):
    tests = {row["test"]: row for row in results["goodness_of_fit"]}
    assert set(tests) == set(counts["test"])
    for (name,), rows_of_test in counts.group_by("test"):
        test = tests[name]
        if not name.isdigit():
            continue
        observed, expected = rows_of_test["observed"].to_numpy(), rows_of_test["expected"].to_numpy()
        wanted = stats.chisquare(observed, expected)
        assert test["degrees_of_freedom"] == len(observed) - 1
        assert test["chi_square"] == pytest.approx(wanted.statistic, rel=TOLERANCE)
        # The terms of a huge table cancel to their last digits before they are squared.
        survival = stats.chi2.sf(test["chi_square"], len(observed) - 1)
        assert test["p_value"] == pytest.approx(survival, rel=TOLERANCE, abs=0)
        assert test["null_reason"] is None
    assert (tests["fits exactly"]["chi_square"], tests["fits exactly"]["p_value"]) == (0, 1)
    assert 0 < tests["far off"]["p_value"] <= 1e-290
    assert tests["total off by rounding"]["chi_square"] == pytest.approx(1000)
    reasons = {
        "shares for counts": "expected_total_differs",
        "arm left out": "expected_total_differs",
        "one left out": "expected_total_differs",
        "one category": "fewer_than_two_categories",
        "nothing expected": "expected_count_not_positive",
        "less than nothing expected": "expected_count_not_positive",
        "expected count unknown": "unknown_count",
        "observed count unknown": "unknown_count",
        "less than nothing observed": "unknown_count",
    }
    for name, reason in reasons.items():
        assert [tests[name][column] for column in ("chi_square", "degrees_of_freedom", "p_value", "null_reason")] == [
            *[None] * 3,
            reason,
        ]


def test_cuped_leaves_the_least_variance(units):
    # The reference's coefficient, against a search.
    names, all_units = units
    for number in [number for number, name in enumerate(names) if name == "heavy tail"]:
        by_arm = samples(all_units.filter(data_set=number), "ratio_adjusted", is_stratified=True)
        arm, control = by_arm["treatment"], by_arm["control"]
        found = contrast(arm, control, is_ratio=True, is_adjusted=True)
        pair = [sample.within(np.intersect1d(arm.stratum, control.stratum)) for sample in (arm, control)]

        def variance(coefficient, pair=pair):
            total = 0.0
            for side in pair:
                shares = {s: np.mean(np.concatenate([p.stratum for p in pair]) == s) for s in np.unique(side.stratum)}
                weight = np.array([shares[s] / np.sum(side.stratum == s) for s in side.stratum])
                y, d, x, w = (
                    np.sum(weight * values)
                    for values in (
                        side.numerator,
                        side.denominator,
                        side.numerator_covariate,
                        side.denominator_covariate,
                    )
                )
                outcome = (side.numerator - y / d * side.denominator) / d
                past = (side.numerator_covariate - x / w * side.denominator_covariate) / w
                adjusted = outcome - coefficient * past
                for s, share in shares.items():
                    members = adjusted[side.stratum == s]
                    total += share**2 * np.var(members, ddof=1) / len(members)
            return total

        best = optimize.minimize_scalar(variance)
        assert found["cuped_coefficient"] == pytest.approx(best.x, rel=1e-5)
        assert found["estimate_se"] ** 2 == pytest.approx(best.fun, rel=TOLERANCE)


def test_examples(results):
    (welch,) = results["example_of_compare_arms"]
    assert [round(welch[column], 5) for column in ("t_statistic", "degrees_of_freedom", "p_value")] == pytest.approx(
        [-1.8608, 17.776, 0.07939], rel=5e-5
    )
    assert [round(welch[column], 7) for column in ("estimate_lower", "estimate_upper")] == [-3.3654832, 0.2054832]

    clicks = {row["arm"]: row for row in results["example_of_unit_moments"]}
    assert {arm: row["numerator_mean"] / row["denominator_mean"] for arm, row in clicks.items()} == {
        "a": pytest.approx(2 / 3),
        "b": pytest.approx(5 / 6),
    }
    assert [clicks["b"][column] for column in ("unit_count", "nonzero_unit_count")] == [2, 1]
    assert clicks["b"]["numerator_denominator_covariance"] == pytest.approx(15)

    (ramp,) = results["example_of_arm_contrasts"]
    assert ramp["estimate"] == pytest.approx(1)
    assert (ramp["unit_count"], ramp["control_unit_count"], ramp["confidence_level"]) == (10, 10, 0.9)

    (mismatch,) = results["example_of_chi_square_goodness_of_fit"]
    assert (mismatch["degrees_of_freedom"], float(f"{mismatch['p_value']:.1e}")) == (1, 1.8e-6)

    (delta,) = results["example_of_delta_method_variance"]
    assert delta["variance"] == pytest.approx((2 - 2 * 0.5 * 3 + 0.5**2 * 8) / 4**2)

    (degrees,) = results["example_of_welch_satterthwaite_degrees_of_freedom"]
    assert degrees["degrees_of_equal_arms"] == pytest.approx(18)
    assert degrees["degrees_of_one_arm"] == pytest.approx(9)

    (lift,) = results["example_of_fieller_interval"]
    assert (lift["lower_end"], lift["upper_end"]) == pytest.approx(fieller(11, 0.25, 10, 0.25, 1.96))
    assert lift["upper_end_of_unbounded"] is None
