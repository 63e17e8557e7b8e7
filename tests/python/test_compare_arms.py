"""The comparison of arms against SciPy, statsmodels and tea-tasting, over thousands of data sets, levels and sides.

Every data set is drawn in a batch of its shape, so that the reference computes a batch at once.
"""

import itertools
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
import tea_tasting as tt
from scipy import stats
from scratch_project import run_models
from statsmodels.stats.proportion import test_proportions_2indep as proportions_2indep
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

TOLERANCE = 1e-9

ALTERNATIVES = ("two-sided", "greater", "less")
# One-sided, a level nearer to a half would ask of the quantile what it does not promise: tails above .45.
LEVELS = (0.6, 0.8, 0.95, 0.999)
PARAMETERS = list(itertools.product(ALTERNATIVES, LEVELS))

METRICS = """{
    'mean': {'numerator': 'y', 'numerator_covariate': 'x'},
    'ratio': {'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x', 'denominator_covariate': 'w'},
}"""

# Every data set is tested at one level and side.
MODELS = {
    f"compared_{number}": f"""
        {{{{ feedlift.compare_arms(
            '(select * from main.units where data_set % {len(PARAMETERS)} = {number}) as some_units', arm='arm',
            control='control', metrics={METRICS}, group_by=['data_set'], confidence_level={level},
            alternative='{alternative}'
        ) }}}}
    """
    for number, (alternative, level) in enumerate(PARAMETERS)
}

MODELS |= {
    "clustered": f"""
        {{{{ feedlift.compare_arms(
            'main.sessions', arm='arm', control='control', metrics={METRICS}, group_by=['data_set'], cluster='user_id'
        ) }}}}
    """,
    "not_clustered": f"""
        {{{{ feedlift.compare_arms(
            'main.sessions', arm='arm', control='control', metrics={METRICS}, group_by=['data_set']
        ) }}}}
    """,
    # The same clusters under names that are expressions.
    "clustered_by_expression": f"""
        {{{{ feedlift.compare_arms(
            '(select * from main.sessions where data_set < 10) as some_sessions', arm="upper(arm)", control='CONTROL',
            metrics={METRICS}, group_by=['data_set'], cluster="user_id || '!'"
        ) }}}}
    """,
    "without_its_control": f"""
        {{{{ feedlift.compare_arms('main.sessions', arm='arm', control='contrl', metrics={METRICS}) }}}}
    """,
    "without_its_control_in_clusters": f"""
        {{{{ feedlift.compare_arms(
            'main.sessions', arm='arm', control='contrl', metrics={METRICS}, cluster='user_id'
        ) }}}}
    """,
}

# Two countries see the new feed and two the old one: six sessions, but a sample of four.
MODELS["example_of_a_cluster"] = """
    with sessions as (
        select * from (
            values
            ('NZ', 'treatment', 4, 10), ('NZ', 'treatment', 2, 10), ('CA', 'treatment', 3, 10),
            ('FI', 'control', 1, 10), ('FI', 'control', 3, 10), ('PT', 'control', 2, 20)
        ) as rows (country, arm, clicks, impressions)
    ),

    compared as (
        {{ feedlift.compare_arms(
            'sessions', arm='arm', control='control', cluster='country',
            metrics={
                'clicks_per_session': {'numerator': 'clicks'},
                'ctr': {'numerator': 'clicks', 'denominator': 'impressions'},
            }
        ) }}
    )

    select * from compared
"""
# Creators of items were randomised and not the people who see them: everybody sees items of both arms, so a sample of
# creators, of whom one was shown once and another often.
MODELS["example_of_creators"] = """
    with impressions as (
        select * from (
            values
            ('ann', 1), ('ann', 1), ('ann', 0), ('bob', 1), ('cat', 0), ('cat', 0), ('dan', 1), ('dan', 0), ('eve', 0)
        ) as rows (item_creator_id, is_clicked)
    ),

    creator_arms as (
        select * from (
            values
            ('ann', 'treatment'), ('bob', 'treatment'), ('cat', 'control'), ('dan', 'control'), ('eve', 'control')
        ) as rows (creator_id, arm)
    ),

    impressions_of_arms as (
        select * from impressions inner join creator_arms on impressions.item_creator_id = creator_arms.creator_id
    ),

    compared as (
        {{ feedlift.compare_arms(
            'impressions_of_arms', arm='arm', control='control', cluster='creator_id',
            metrics={'ctr_per_impression': {'numerator': 'is_clicked'}}
        ) }}
    )

    select * from compared
"""
MODELS["example_of_cluster_totals"] = """
    with sessions as (
        select * from (
            values ('NZ', 'treatment', 4, 10), ('NZ', 'treatment', null, 10), ('CA', 'treatment', 3, 20)
        ) as rows (country, arm, clicks, impressions)
    ),

    {%- set metrics = {
        'clicks_per_session': {'numerator': 'clicks'}, 'ctr': {'numerator': 'clicks', 'denominator': 'impressions'}
    } %}

    totals as (
        {{ feedlift.cluster_totals('sessions', arm='arm', cluster='country', metrics=metrics) }}
    ),

    moments as (
        {{ feedlift.unit_moments('totals', ['arm'], feedlift.cluster_metrics(metrics)) }}
    )

    select * from moments
"""


def draws(generator, kind, shape, lift):
    """Outcome, denominator and the two before assignment, of `shape` many users."""
    if kind == "normal":
        x = generator.normal(3, 1, shape)
        return x + generator.normal(lift, 1, shape), generator.uniform(1, 3, shape), x, generator.uniform(1, 3, shape)
    if kind == "billion":
        x = generator.normal(0, 1, shape)
        return (
            1e9 + x + generator.normal(lift, 1, shape),
            generator.uniform(1, 3, shape),
            x,
            generator.uniform(1, 3, shape),
        )
    if kind == "binary":
        y = (generator.random(shape) < 0.3 + 0.1 * lift).astype(float)
        return y, np.ones(shape), (generator.random(shape) < 0.3 + 0.4 * y).astype(float), np.ones(shape)
    taste = generator.gamma(0.5, 2.0, shape)
    scale = 1e-9 if kind == "tiny denominators" else 1
    return (
        generator.poisson(taste * (1 + lift)).astype(float),
        scale * (1.0 + generator.poisson(4 * taste)),
        generator.poisson(taste).astype(float),
        1.0 + generator.poisson(3 * taste),
    )


@pytest.fixture(scope="module")
def batches():
    """Batches of data sets of one shape: the number of the first, and of every arm y, d, x and w, a data set a row."""
    generator = np.random.default_rng(20261122)
    kinds = ("normal", "feed", "binary", "billion", "tiny denominators")
    batches, first = [], 0
    for number in range(48):
        kind = kinds[number % len(kinds)]
        treatments = 1 + number % 3
        # From the smallest arms that can be tested at all to some hundred users.
        sizes = [2, 2] if number in {0, 1} else np.round(2 * 10 ** generator.uniform(0, 2, treatments + 1)).astype(int)
        count = 60
        arms = {"control": draws(generator, kind, (count, sizes[0]), 0)} | {
            f"treatment {arm}": draws(generator, kind, (count, size), generator.choice([0, 0.3]))
            for arm, size in enumerate(sizes[1:])
        }
        batches.append((kind, first, arms))
        first += count
    # One large data set per alternative.
    for _ in range(3):
        arms = {arm: draws(generator, "feed", (1, n), 0.02) for arm, n in (("control", 90_000), ("treatment", 10_000))}
        batches.append(("many users", first, arms))
        first += 1
    return batches


@pytest.fixture(scope="module")
def sessions():
    """Sessions of users, of whom the arm was drawn; in a few data sets something is wrong with the users."""
    generator = np.random.default_rng(5)
    frames = []
    for data_set in range(90):
        users = 300 if data_set == 3 else int(generator.choice([2, 5, 40, 300])) + data_set % 2
        counts = np.ones(users, dtype=int) if data_set % 10 == 9 else 1 + generator.poisson(3, users)
        user = np.repeat(np.arange(users), counts)
        taste = generator.gamma(1, 1, users)
        y = generator.poisson(taste[user]).astype(float)
        d = y + generator.poisson(3.0, len(user))
        x = generator.poisson(taste[user]).astype(float)
        is_unknown = generator.random((3, len(user))) < (0.2 if data_set % 10 == 8 else 0)
        frames.append(
            pl.DataFrame(
                {
                    "data_set": data_set,
                    "user_id": [f"user {u}" for u in user],
                    "arm": np.where(user % 2 == 0, "control", np.where(user % 3 == 0, "other", "treatment")),
                    "y": pl.Series(y).set(pl.Series(is_unknown[0]), None),
                    "d": pl.Series(d).set(pl.Series(is_unknown[1]), None),
                    "x": pl.Series(x).set(pl.Series(is_unknown[2]), None),
                    "w": np.ones(len(user)),
                }
            )
        )
    frame = pl.concat(frames)
    first = pl.int_range(pl.len()).over("data_set") == 0
    user_ids = {
        # A user of control and of treatment, one of two treatments, sessions of nobody in control or in a treatment.
        90: pl.when(first).then(pl.lit("user 1")).otherwise("user_id"),
        91: pl.when(pl.col("user_id") == "user 3").then(pl.lit("user 1")).otherwise("user_id"),
        92: pl.when(first).then(None).otherwise("user_id"),
        93: pl.when(pl.col("user_id") == "user 1").then(None).otherwise("user_id"),
    }
    broken = [
        frame.filter(data_set=3).with_columns(data_set=pl.lit(number, dtype=pl.Int32), user_id=user_id)
        for number, user_id in user_ids.items()
    ]
    return pl.concat([frame.with_columns(pl.col("data_set").cast(pl.Int32)), *broken])


@pytest.fixture(scope="module")
def results(tmp_path_factory, batches, sessions):
    """The rows of every model."""
    units = pl.concat(
        pl.DataFrame(
            {
                "data_set": np.repeat(np.arange(first, first + len(y)), y.shape[1]),
                "arm": [arm] * y.size,
                "y": y.ravel(),
                "d": d.ravel(),
                "x": x.ravel(),
                "w": w.ravel(),
            }
        )
        for _, first, arms in batches
        for arm, (y, d, x, w) in arms.items()
    )
    return run_models(tmp_path_factory.mktemp("arms"), MODELS, {"units": units, "sessions": sessions})


@pytest.fixture(scope="module")
def compared(results):
    """Every row of the comparisons by data set, metric, arm and method."""
    rows = [row for name, of_model in results.items() if re.match(r"compared_\d", name) for row in of_model]
    by_key = {(row["data_set"], row["metric"], row["arm"], row["method"]): row for row in rows}
    assert len(by_key) == len(rows)
    return by_key


def assert_close(got, wanted, name, rtol=TOLERANCE, atol=0.0):
    """Numbers agree, and are absent in both or neither; an end that is not there is infinite for the libraries."""
    wanted = np.array(wanted, dtype=float)
    wanted[np.isinf(wanted)] = np.nan
    np.testing.assert_allclose(np.array(got, dtype=float), wanted, rtol=rtol, atol=atol, err_msg=str(name))


def linearised(numerator, denominator):
    """Of every data set its ratio of totals, and the users' contributions to it."""
    mean = denominator.mean(axis=1, keepdims=True)
    ratio = numerator.mean(axis=1, keepdims=True) / mean
    return ratio[:, 0], (numerator - ratio * denominator) / mean


def reference(arms, arm, metric, method):
    """Welch's test of a batch: the values, their difference, its variance, its degrees of freedom, and a matrix.

    The matrix is the covariance of the two values, which Fieller's interval takes.
    """
    sides = []
    for y, d, x, w in (arms[arm], arms["control"]):
        ones = np.ones_like(y)
        outcome = (y, ones) if metric == "mean" else (y, d)
        past = (x, ones) if metric == "mean" else (x, w)
        sides.append((*linearised(*outcome), *linearised(*past), past[0].sum(axis=1), past[1].sum(axis=1)))
    sizes = [side[1].shape[1] for side in sides]
    values = [side[0] for side in sides]
    coefficient = np.zeros(len(values[0]))
    if method == "cuped":
        covariance = sum(
            ((side[1] - side[1].mean(axis=1, keepdims=True)) * side[3]).sum(axis=1) / (n - 1) / n
            for side, n in zip(sides, sizes, strict=True)
        )
        variance = sum(side[3].var(axis=1, ddof=1) / n for side, n in zip(sides, sizes, strict=True))
        with np.errstate(invalid="ignore", divide="ignore"):
            coefficient = np.where(variance > 0, covariance / variance, 0)
        centre = sum(side[4] for side in sides) / sum(side[5] for side in sides)
        values = [
            value - coefficient * np.nan_to_num(side[2] - centre) for value, side in zip(values, sides, strict=True)
        ]
    terms = [
        (side[1] - coefficient[:, None] * np.nan_to_num(side[3])).var(axis=1, ddof=1) / n
        for side, n in zip(sides, sizes, strict=True)
    ]
    # The pair's mean covariate stands in both values, so that they covary and differ from the terms above.
    matrix = np.zeros((2, 2, len(values[0])))
    for position, (side, n) in enumerate(zip(sides, sizes, strict=True)):
        share = n / sum(sizes)
        covariate = coefficient[:, None] * np.nan_to_num(side[3])
        parts = [share * covariate, share * covariate]
        parts[position] = side[1] - (1 - share) * covariate
        centred = [part - part.mean(axis=1, keepdims=True) for part in parts]
        matrix += np.array([[(a * b).sum(axis=1) / (n - 1) / n for b in centred] for a in centred])
    total = terms[0] + terms[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        degrees = total**2 / sum(term**2 / (n - 1) for term, n in zip(terms, sizes, strict=True))
    return values[0], values[1], values[0] - values[1], total, degrees, matrix


def test_thousands_of_data_sets_at_every_level_and_side(batches, compared):
    wrong, judged, seen = [], 0, set()
    for (kind, first, arms), metric, method in itertools.product(batches, ("mean", "ratio"), ("unadjusted", "cuped")):
        for arm in arms.keys() - {"control"}:
            value, control, estimate, variance, degrees, matrix = reference(arms, arm, metric, method)
            rows = [compared[first + i, metric, arm, method] for i in range(len(value))]
            seen.update((row["data_set"], metric, arm, method) for row in rows)
            parameters = [PARAMETERS[(first + i) % len(PARAMETERS)] for i in range(len(value))]
            alternative = np.array([side for side, _ in parameters])
            alpha = np.array([1 - level for _, level in parameters])
            is_testable = variance > 1e-26 * (value**2 + control**2)
            assert [row["null_reason"] for row in rows] == [None if ok else "zero_variance" for ok in is_testable]
            with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
                se = np.sqrt(variance)
                t = estimate / se
                p = np.select(
                    [alternative == "two-sided", alternative == "greater"],
                    [2 * stats.t.sf(np.abs(t), degrees), stats.t.sf(t, degrees)],
                    stats.t.cdf(t, degrees),
                )
                critical = stats.t.isf(np.where(alternative == "two-sided", alpha / 2, alpha), degrees)
                # The lifts r with (difference - r m0)^2 = t^2 var(m1 - (1 + r) m0), the larger root first: it adds
                # two numbers of one sign and keeps its digits; the other follows from their product.
                a = control**2 - critical**2 * matrix[1, 1]
                b = estimate * control + critical**2 * (matrix[1, 1] - matrix[0, 1])
                c = estimate**2 - critical**2 * (matrix[0, 0] - 2 * matrix[0, 1] + matrix[1, 1])
                root = np.sqrt(np.maximum(b**2 - a * c, 0))
                far = b + np.copysign(root, b)
                ends = np.sort([far / a, c / far], axis=0)
                is_bounded = is_testable & (control > 0) & (a > 0)
                figures = {
                    "arm_value": (value, True),
                    "control_value": (control, True),
                    "estimate": (estimate, True),
                    "estimate_se": (se, True),
                    "degrees_of_freedom": (degrees, is_testable),
                    "t_statistic": (t, is_testable),
                    "p_value": (p, is_testable),
                    "estimate_lower": (estimate - critical * se, is_testable & (alternative != "less")),
                    "estimate_upper": (estimate + critical * se, is_testable & (alternative != "greater")),
                    "relative_lift": (estimate / control, control > 0),
                    "relative_lift_lower": (ends[0], is_bounded & (alternative != "less")),
                    "relative_lift_upper": (ends[1], is_bounded & (alternative != "greater")),
                }
                # What no computation with doubles can do better than: the difference of two values of a billion, an
                # adjusted variance that nearly vanishes, an end whose denominator does.
                noise = 1e-15 * (np.abs(value) + np.abs(control))
                cancelled = 1e-15 * (matrix[0, 0] + matrix[1, 1]) / np.where(variance > 0, variance, 1)
                spread = np.where(is_testable, noise / se * (1 + np.abs(t)) * (1 + degrees), 0) + cancelled
                end_noise = noise / control + 1e-15 * control**2 / np.abs(a) * (np.abs(far) + b**2 / root) / np.abs(a)
                allowed = {
                    "arm_value": noise,
                    "control_value": noise,
                    "estimate": noise,
                    "estimate_se": 1e-15,
                    "p_value": np.abs(p) * spread * (1 + t**2),
                    "t_statistic": np.abs(t) * cancelled + noise / se,
                    "estimate_lower": noise + 1e-12 * np.abs(critical) * se,
                    "estimate_upper": noise + 1e-12 * np.abs(critical) * se,
                    "relative_lift": noise / control,
                    "relative_lift_lower": end_noise,
                    "relative_lift_upper": end_noise,
                }
            for figure, (wanted, is_known) in figures.items():
                got = np.array([row[figure] for row in rows], dtype=float)
                known = np.broadcast_to(is_known, got.shape)
                if figure.startswith("relative_lift"):
                    # Adjusted, an arm of zeros keeps the rounding of its covariate, of either sign.
                    is_nothing = np.abs(control) < 1e-13
                    known, got = known & ~is_nothing, np.where(is_nothing, np.nan, got)
                assert (~np.isnan(got) == known).all(), (kind, metric, method, figure)
                distance = np.abs(got - wanted) - TOLERANCE * np.abs(wanted) - allowed.get(figure, 0)
                wrong += [
                    (kind, first + i, metric, method, figure, wanted[i], got[i])
                    for i in np.flatnonzero(known & ~(distance <= 0))
                ]
                judged += known.sum()
    assert wrong == []
    assert judged > 100_000
    assert compared.keys() == seen


@pytest.mark.filterwarnings("ignore:Precision loss")
def test_scipy(batches, compared):
    judged = 0
    for kind, first, arms in batches:
        if kind == "billion":
            # SciPy's own variance is no better than to 1e-8 there.
            continue
        for arm, i in itertools.product(arms.keys() - {"control"}, range(0, len(arms["control"][0]), 7)):
            alternative, level = PARAMETERS[(first + i) % len(PARAMETERS)]
            row = compared[first + i, "mean", arm, "unadjusted"]
            if row["null_reason"]:
                continue
            test = stats.ttest_ind(arms[arm][0][i], arms["control"][0][i], equal_var=False, alternative=alternative)
            interval = test.confidence_interval(level)
            wanted = [test.statistic, test.df, test.pvalue, interval.low, interval.high]
            got = [
                row[figure]
                for figure in ("t_statistic", "degrees_of_freedom", "p_value", "estimate_lower", "estimate_upper")
            ]
            assert_close(got, wanted, (kind, first + i), atol=1e-13)
            judged += 1
    assert judged > 500


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_statsmodels(batches, compared):
    judged = 0
    sides = {"two-sided": "two-sided", "greater": "larger", "less": "smaller"}
    for kind, first, arms in batches:
        if kind == "billion":
            continue
        for arm, i in itertools.product(arms.keys() - {"control"}, range(3, len(arms["control"][0]), 11)):
            alternative, level = PARAMETERS[(first + i) % len(PARAMETERS)]
            row = compared[first + i, "mean", arm, "unadjusted"]
            if row["null_reason"]:
                continue
            y, control = arms[arm][0][i], arms["control"][0][i]
            means = CompareMeans(DescrStatsW(y), DescrStatsW(control))
            t, p, degrees = means.ttest_ind(alternative=sides[alternative], usevar="unequal")
            ends = means.tconfint_diff(1 - level, alternative=sides[alternative], usevar="unequal")
            wanted = [t, p, degrees, *ends]
            got = [
                row[figure]
                for figure in ("t_statistic", "p_value", "degrees_of_freedom", "estimate_lower", "estimate_upper")
            ]
            assert_close(got, wanted, (kind, first + i), atol=1e-13)
            if kind == "binary":
                # Wald's statistic divides by n where a sample variance divides by n - 1.
                wald = proportions_2indep(
                    y.sum(), len(y), control.sum(), len(control), method="wald", compare="diff", correction=False
                )
                p1, p0 = y.mean(), control.mean()
                by_n = p1 * (1 - p1) / len(y) + p0 * (1 - p0) / len(control)
                by_n_less_one = p1 * (1 - p1) / (len(y) - 1) + p0 * (1 - p0) / (len(control) - 1)
                assert row["t_statistic"] * np.sqrt(by_n_less_one / by_n) == pytest.approx(
                    wald.statistic, rel=TOLERANCE, abs=1e-13
                )
            judged += 1
    assert judged > 300


def test_tea_tasting(batches, compared):
    judged = 0
    for kind, first, arms in batches:
        if kind == "billion":
            # Its moments are sums of squares, which have no digit left of the variance there.
            continue
        for i in range(5, len(arms["control"][0]), 30):
            alternative, level = PARAMETERS[(first + i) % len(PARAMETERS)]
            users = pd.concat(
                pd.DataFrame({"variant": arm, "y": values[0][i], "d": values[1][i]}) for arm, values in arms.items()
            )
            options = {"alternative": alternative, "confidence_level": level, "equal_var": False, "use_t": True}
            experiment = tt.Experiment(mean=tt.Mean("y", **options), ratio=tt.RatioOfMeans("y", "d", **options))
            for arm in arms.keys() - {"control"}:
                if any(compared[first + i, metric, arm, "unadjusted"]["null_reason"] for metric in ("mean", "ratio")):
                    continue
                result = experiment.analyze(users[users["variant"].isin(["control", arm])], control="control")
                for metric in ("mean", "ratio"):
                    row, wanted = compared[first + i, metric, arm, "unadjusted"], result[metric]
                    got = [
                        row[figure]
                        for figure in (
                            *("arm_value", "control_value", "estimate", "t_statistic", "p_value"),
                            *("estimate_lower", "estimate_upper"),
                        )
                    ]
                    wanted = [
                        *(wanted.treatment, wanted.control, wanted.effect_size, wanted.statistic, wanted.pvalue),
                        *(wanted.effect_size_ci_lower, wanted.effect_size_ci_upper),
                    ]
                    assert_close(got, wanted, (kind, first + i, metric), atol=1e-12 * max(abs(float(wanted[0])), 1))
                    judged += 1
    assert judged > 100


def test_ends_exclude_zero_exactly_when_p_is_below_alpha(compared):
    outcomes = set()
    for key, row in compared.items():
        if row["p_value"] is None:
            continue
        is_significant = row["p_value"] < 1 - row["confidence_level"]
        for figure in ("estimate", "relative_lift"):
            lower, upper = row[f"{figure}_lower"], row[f"{figure}_upper"]
            if lower is None and upper is None:
                assert figure == "relative_lift"
                continue
            excludes = (lower is not None and lower > 0) or (upper is not None and upper < 0)
            # With two users an arm, a p-value of exactly one half does occur: the end is then zero but for rounding.
            is_tie = abs(row["p_value"] - 1 + row["confidence_level"]) < 1e-12
            assert excludes == is_significant or is_tie, (key, figure, row["p_value"])
            outcomes.add((figure, row["alternative"], row["confidence_level"], is_significant))
    # Both answers occurred for every side and level, but a one-sided test at a half or more always may.
    assert len(outcomes) == 2 * len(PARAMETERS) * 2


def test_a_control_that_does_not_exist_is_said_in_every_row(results):
    for name in ("without_its_control", "without_its_control_in_clusters"):
        rows = results[name]
        assert {(row["arm"], row["metric"]) for row in rows} == set(
            itertools.product(("control", "treatment", "other"), ("mean", "ratio"))
        )
        for row in rows:
            assert (row["control_arm"], row["null_reason"], row["control_unit_count"]) == ("contrl", "no_control", 0)
            assert row["unit_count"] > 0
            assert [row[figure] for figure in ("estimate", "p_value", "estimate_lower", "relative_lift")] == [None] * 4


def of_clusters(sessions, columns):
    """The totals of every user whose outcome is known, an unknown past being zero."""
    return (
        sessions.drop_nulls(columns[:2])
        .with_columns(pl.col(columns[2:]).fill_null(0))
        .group_by("user_id", maintain_order=True)
        .agg(pl.col("arm").first(), *(pl.col(column).sum() for column in columns))
    )


def test_clusters_are_compared_by_their_totals(results, sessions):
    by_key = {(row["data_set"], row["metric"], row["arm"], row["method"]): row for row in results["clustered"]}
    judged = 0
    for (data_set, metric, arm, method), row in by_key.items():
        if data_set >= 90 or row["null_reason"]:
            continue
        frame = sessions.filter(data_set=data_set).with_columns(one=pl.lit(1.0))
        columns = ["y", "one", "x", "one"] if metric == "mean" else ["y", "d", "x", "w"]
        if metric == "mean":
            frame = frame.with_columns(past=pl.lit(1.0))
            columns[3] = "past"
        totals = of_clusters(frame, columns)
        arms = {
            name: tuple(totals.filter(arm=name)[column].to_numpy()[None, :] for column in columns)
            for name in (arm, "control")
        }
        value, control, estimate, variance, degrees, _ = reference(arms, arm, "ratio", method)
        assert [
            row[figure]
            for figure in (
                *("unit_count", "control_unit_count", "arm_value", "control_value", "estimate"),
                *("estimate_se", "degrees_of_freedom"),
            )
        ] == pytest.approx(
            [
                *(arms[arm][0].size, arms["control"][0].size, value[0], control[0], estimate[0]),
                *(np.sqrt(variance[0]), degrees[0]),
            ],
            rel=TOLERANCE,
            abs=1e-14,
        ), (data_set, metric, arm, method)
        assert row["approximation_quality"] != "good"
        judged += 1
    assert judged > 300


def test_clusters_as_statsmodels_has_them(results, sessions):
    # Its sandwich divides by n where ours, a sample variance between clusters, divides by n - 1: per arm a factor of
    # n / (n - 1), known exactly because each arm has its own coefficient in the regression on arms.
    judged = 0
    for row in results["clustered"]:
        if row["data_set"] >= 90 or row["metric"] != "mean" or row["method"] != "unadjusted" or row["null_reason"]:
            continue
        frame = (
            sessions.filter(data_set=row["data_set"])
            .drop_nulls("y")
            .filter(pl.col("arm").is_in([row["arm"], "control"]))
        )
        arms = np.column_stack([frame["arm"] == "control", frame["arm"] == row["arm"]]).astype(float)
        users = frame["user_id"].rank("dense").to_numpy()
        fit = sm.OLS(frame["y"].to_numpy(), arms).fit(
            cov_type="cluster", cov_kwds={"groups": users, "use_correction": False}
        )
        n = np.array([row["control_unit_count"], row["unit_count"]])
        assert row["estimate"] == pytest.approx(fit.params[1] - fit.params[0], rel=TOLERANCE, abs=1e-14)
        assert row["estimate_se"] == pytest.approx(np.sqrt((fit.bse**2 * n / (n - 1)).sum()), rel=TOLERANCE)
        judged += 1
    assert judged > 100


def test_clusters_of_one_are_the_units_themselves(results):
    plain = {(row["data_set"], row["metric"], row["arm"], row["method"]): row for row in results["not_clustered"]}
    judged = 0
    for row in results["clustered"]:
        if row["data_set"] % 10 != 9 or row["data_set"] >= 90:
            continue
        other = plain[row["data_set"], row["metric"], row["arm"], row["method"]]
        figures = ("estimate", "estimate_se", "degrees_of_freedom", "p_value", "unit_count")
        assert row["null_reason"] == other["null_reason"]
        assert_close([row[f] for f in figures], [other[f] for f in figures], row["data_set"], 1e-12, 1e-15)
        judged += 1
    assert judged > 50


def test_sessions_alone_claim_more_than_users_know(results):
    # The users of a data set differ in taste, so that their sessions are alike.
    ratios = [
        clustered["estimate_se"] / plain["estimate_se"]
        for clustered, plain in zip(
            *(
                sorted(
                    (row for row in results[name] if row["metric"] == "mean" and row["method"] == "unadjusted"),
                    key=lambda row: (row["data_set"], row["arm"]),
                )
                for name in ("clustered", "not_clustered")
            ),
            strict=True,
        )
        if clustered["unit_count"] > 50 and not clustered["null_reason"] and clustered["data_set"] % 10 != 9
    ]
    assert len(ratios) > 20
    assert 1.2 < np.median(ratios) < 2


def test_clusters_by_any_expression(results):
    plain = {(row["data_set"], row["metric"], row["arm"], row["method"]): row for row in results["clustered"]}
    assert results["clustered_by_expression"]
    for row in results["clustered_by_expression"]:
        other = plain[row["data_set"], row["metric"], row["arm"].lower(), row["method"]]
        assert {k: v for k, v in row.items() if k not in {"arm", "control_arm"}} == pytest.approx(
            {k: v for k, v in other.items() if k not in {"arm", "control_arm"}}
        )


def test_a_cluster_in_several_arms_is_never_a_quiet_number(results):
    reasons = {
        data_set: {row["arm"]: row["null_reason"] for row in results["clustered"] if row["data_set"] == data_set}
        for data_set in (3, 90, 91, 92, 93)
    }
    several, unknown = "cluster_in_several_arms", "unknown_cluster"
    assert reasons == {
        3: {"treatment": None, "other": None},
        90: {"treatment": several, "other": several},
        91: {"treatment": several, "other": several},
        92: {"treatment": unknown, "other": unknown},
        93: {"treatment": unknown, "other": None},
    }
    for row in results["clustered"]:
        if row["null_reason"] in {several, unknown}:
            figures = ("arm_value", "control_value", "estimate", "estimate_se", "p_value", "relative_lift")
            assert [row[figure] for figure in figures] == [None] * len(figures)
            assert row["unit_count"] > 0


def test_examples(results):
    by_metric = {row["metric"]: row for row in results["example_of_a_cluster"]}
    assert {name: (row["unit_count"], row["control_unit_count"]) for name, row in by_metric.items()} == {
        "clicks_per_session": (2, 2),
        "ctr": (2, 2),
    }
    assert by_metric["clicks_per_session"]["estimate"] == pytest.approx(3 - 2)
    assert by_metric["ctr"]["estimate"] == pytest.approx(9 / 30 - 6 / 40)
    (of_creators,) = results["example_of_creators"]
    assert (of_creators["unit_count"], of_creators["control_unit_count"]) == (2, 3)
    assert of_creators["estimate"] == pytest.approx(3 / 4 - 1 / 5)
    # Clicks less CTR times impressions of each creator: -1/4 and 1/4; -2/5, 3/5 and -1/5.
    variances = 2 * (1 / 4) ** 2 / 1 / (2 * 2**2), ((2 / 5) ** 2 + (3 / 5) ** 2 + (1 / 5) ** 2) / 2 / (3 * (5 / 3) ** 2)
    assert of_creators["estimate_se"] == pytest.approx(sum(variances) ** 0.5)
    (totals,) = {(row["unit_count"], row["is_ratio"]) for row in results["example_of_cluster_totals"]}
    assert totals == (2, True)
    means = {
        row["metric"]: (row["numerator_mean"], row["denominator_mean"]) for row in results["example_of_cluster_totals"]
    }
    assert means == {"clicks_per_session": (3.5, 1), "ctr": (3.5, 15)}
