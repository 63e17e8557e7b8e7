"""Several covariates, strata and caps, on plain tables, against least squares and quantiles by NumPy.

Nearly a thousand random data sets, among them every kind of degenerate one, go through each macro in one build.
"""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scratch_project import run_models
from statistics_reference import Sample, contrast
from variance_reduction_reference import collapsed_strata, contrast_by_covariates

TOLERANCE = 1e-9
QUANTILE = 0.9

METRICS = """{
    'mean': {'numerator': 'y', 'numerator_covariate': 'x1', 'covariates': [
        {'numerator': 'x2'}, {'numerator': 'x3', 'denominator': 'w3'}
    ]},
    'ratio': {
        'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x1', 'denominator_covariate': 'w1',
        'covariates': [{'numerator': 'x2'}, {'numerator': 'x3', 'denominator': 'w3'}]
    },
    'mean_by_one': {'numerator': 'y', 'numerator_covariate': 'x1'},
    'mean_by_another': {'numerator': 'y', 'covariates': [{'numerator': 'x1'}]},
    'ratio_by_one': {
        'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x1', 'denominator_covariate': 'w1'
    },
    'ratio_by_another': {
        'numerator': 'y', 'denominator': 'd', 'covariates': [{'numerator': 'x1', 'denominator': 'w1'}]
    },
}"""
CAPPED = "{'mean': {'numerator': 'y', 'numerator_covariate': 'x1'}}"

MODELS = {
    "moments": f"""
        {{{{ feedlift.unit_moments('main.units', ['data_set', 'arm', 'stratum'], {METRICS}, center_by=['data_set']) }}}}
    """,
    "merged": "{{ feedlift.merged_moments(ref('moments'), ['data_set', 'arm', 'metric'], covariate_count=3) }}",
    "pooled": f"""
        {{{{ feedlift.unit_moments('main.units', ['data_set', 'arm'], {METRICS}, center_by=['data_set']) }}}}
    """,
    "by_covariates": """
        {{ feedlift.arm_contrasts(
            ref('pooled'), keys=['data_set', 'metric'], is_control="arm = 'control'", covariate_count=3
        ) }}
    """,
    "by_covariates_and_strata": """
        {{ feedlift.arm_contrasts(
            ref('moments'), keys=['data_set', 'metric'], is_control="arm = 'control'", stratum='stratum',
            covariate_count=3
        ) }}
    """,
    "collapsed": "{{ feedlift.collapsed_strata(ref('moments'), ['data_set', 'metric'], 'stratum') }}",
    "collapsed_moments": """
        {{ feedlift.merged_moments(
            ref('collapsed'), ['data_set', 'metric', 'collapsed_stratum', 'arm'], covariate_count=3
        ) }}
    """,
    "post_stratified": """
        {{ feedlift.arm_contrasts(
            ref('collapsed_moments'), keys=['data_set', 'metric'], is_control="arm = 'control'",
            stratum='collapsed_stratum'
        ) }}
    """,
    "caps": f"{{{{ feedlift.winsorisation_caps('main.units', ['data_set'], {CAPPED}, quantile={QUANTILE}) }}}}",
    "capped_moments": f"""
        {{{{ feedlift.winsorised_moments(
            'main.units', ref('caps'), ['data_set', 'arm', 'stratum'], {CAPPED}, cap_by=['data_set']
        ) }}}}
    """,
    # Of these caps, one metric has none, and the other none of its covariate.
    "without_caps": """
        with caps as (
            select 'capped' as metric, 0 as unit_count, 2e0 as cap, cast(null as double) as covariate_cap
        ),

        users as (
            select 'control' as arm, unnest([1, 2, 3]) as clicks, unnest([4, 5, 6]) as clicks_before
        ),

        moments as (
            {{ feedlift.winsorised_moments('users', 'caps', ['arm'], {
                'capped': {'numerator': 'clicks', 'numerator_covariate': 'clicks_before'},
                'uncapped': {'numerator': 'clicks'},
            }) }}
        )

        select * from moments
    """,
    # Metrics whose names differ in nothing but case, and a name that is no column's; then caps of two countries, that
    # are not told apart.
    "caps_by_any_name": """
        with caps as (
            select
                unnest(['y', 'Y', 'o''brien', 'twice', 'twice']) as metric,
                unnest([9e0, 2e0, 1e0, 1e0, 3e0]) as cap,
                cast(null as double) as covariate_cap,
                3 as unit_count
        ),

        users as (
            select 'control' as arm, unnest([1, 2, 3]) as clicks
        ),

        moments as (
            {{ feedlift.winsorised_moments('users', 'caps', ['arm'], {
                'y': {'numerator': 'clicks'}, 'Y': {'numerator': 'clicks'}, "o'brien": {'numerator': 'clicks'},
                'twice': {'numerator': 'clicks'},
            }) }}
        )

        select * from moments
    """,
    # Two arms in some strata, and the parts of an analysis in which a third arm has one unit, or one of two arms has,
    # or an arm is there without units, as it is where nobody's outcome is known yet.
    "strays": """
        with moments as (
            select * from (values
                ('stray', 'treatment', 'app', 50), ('stray', 'control', 'app', 60), ('stray', 'third', 'app', 1),
                ('stray', 'treatment', 'web', 20), ('stray', 'control', 'web', 30),
                ('single', 'treatment', 'app', 1), ('single', 'control', 'app', 60), ('single', 'control', 'web', 30),
                ('empty', 'treatment', 'app', 50), ('empty', 'control', 'app', 60),
                ('empty', 'treatment', 'web', 20), ('empty', 'control', 'web', 30),
                ('empty', 'treatment', 'television', 0), ('empty', 'control', 'television', 5),
                ('filled', 'treatment', 'app', 50), ('filled', 'control', 'app', 60),
                ('filled', 'treatment', 'television', 0), ('filled', 'control', 'television', 5),
                ('filled', 'treatment', 'tablet', 2), ('filled', 'control', 'tablet', 0)
            ) as rows (part, arm, platform, unit_count)
        ),

        strata as (
            {{ feedlift.collapsed_strata('moments', ['part'], 'platform') }}
        )

        select * from strata
    """,
    # A row whose users' past is unknown beside one whose is known.
    "half_known": """
        with users as (
            select 'web' as platform, unnest([1, 2, 3]) as clicks, unnest([4.0, 5.0, 7.0]) as clicks_before union all
            select 'app' as platform, unnest([10, 20]) as clicks, null as clicks_before
        ),

        moments as (
            {{ feedlift.unit_moments('users', ['platform'], {
                'clicks': {'numerator': 'clicks', 'numerator_covariate': 'clicks_before'}
            }, center_by=['platform']) }}
        ),

        merged as (
            {{ feedlift.merged_moments('moments', ['metric']) }}
        )

        select * from merged
    """,
    "winsorised": """
        {{ feedlift.arm_contrasts(
            ref('capped_moments'), keys=['data_set', 'metric'], is_control="arm = 'control'", stratum='stratum'
        ) }}
    """,
}
COMPARED = [
    *("by_covariates", "by_covariates_and_strata", "post_stratified", "winsorised", "caps", "merged", "pooled"),
    *("collapsed", "without_caps", "caps_by_any_name", "strays", "half_known"),
]

# What somebody without feedlift's models writes, one example per macro.
EXAMPLES = {
    # One shop visit and one app visit are each half of what a user does: together they tell all but an effect of 1.
    "example_of_compare_arms": """
        with users as (
            select
                case when number % 2 = 0 then 'treatment' else 'control' end as arm,
                number % 5 + number % 7 + case when number % 2 = 0 then 1 else 0 end as visits,
                number % 5 as shop_visits_before,
                number % 7 as app_visits_before,
                (number * number) % 11 as visits_before
            from range(70) as numbers (number)
        ),

        compared as (
            {{ feedlift.compare_arms('users', arm='arm', control='control', metrics={'visits': {
                'numerator': 'visits',
                'numerator_covariate': 'visits_before',
                'covariates': [{'numerator': 'shop_visits_before'}, {'numerator': 'app_visits_before'}],
            }}) }}
        )

        select * from compared where method = 'cuped_multivariate'
    """,
    # The values 1, 2, 3 and 10, 20 had the moments of all five at once.
    "example_of_merged_moments": """
        with users as (
            select 'web' as platform, unnest([1, 2, 3]) as clicks union all
            select 'app' as platform, unnest([10, 20]) as clicks
        ),

        moments as (
            {{ feedlift.unit_moments('users', ['platform'], {'clicks': {'numerator': 'clicks'}}) }}
        ),

        merged as (
            {{ feedlift.merged_moments('moments', ['metric']) }}
        )

        select * from merged
    """,
    # Nobody in control watches on television, and one user of the treatment: they join the tablets.
    "example_of_collapsed_strata": """
        with moments as (
            select * from (
                values
                ('clicks', 'treatment', 'app', 100), ('clicks', 'control', 'app', 100),
                ('clicks', 'treatment', 'tablet', 1), ('clicks', 'control', 'tablet', 30),
                ('clicks', 'treatment', 'television', 1)
            ) as rows (metric, arm, platform, unit_count)
        ),

        strata as (
            {{ feedlift.collapsed_strata('moments', ['metric'], 'platform') }}
        )

        select * from strata
    """,
    # One user in a hundred spends 1,000: the cap is halfway between the two values around the 99th percentile.
    "example_of_winsorised_moments": """
        with users as (
            select
                case when number % 2 = 0 then 'treatment' else 'control' end as arm,
                case when number < 2 then 1000 else 10 end as spent
            from range(200) as numbers (number)
        ),

        caps as (
            {{ feedlift.winsorisation_caps('users', [], {'spent': {'numerator': 'spent'}}, quantile=0.99) }}
        ),

        moments as (
            {{ feedlift.winsorised_moments('users', 'caps', ['arm'], {'spent': {'numerator': 'spent'}}) }}
        ),

        estimates as (
            {{ feedlift.arm_estimates('moments', ['metric'], "arm = 'control'") }}
        )

        select
            caps.cap,
            caps.capped_unit_count,
            estimates.arm_value,
            estimates.control_value
        from estimates
        cross join caps
    """,
}


def arms_of(generator, kind):
    """The arm of every user."""
    n1, n0 = generator.integers(2, 60, 2)
    if "two users" in kind:
        n1 = n0 = 2
    elif "one user" in kind:
        n1 = 1
    elif "many" in kind:
        n1, n0 = 4000, 3000
    if "three arms" in kind:
        return generator.choice(["treatment", "control", "third"], n1 + n0, p=[0.4, 0.4, 0.2])
    return np.repeat(["treatment", "control"], [n1, n0])


def usual_values(generator, kind, arm):
    """Of every user y over d, and three covariates, the first and the third over w."""
    n = len(arm)
    if "counts" in kind:
        taste = generator.gamma(0.7, 2.0, n)
        outcome = generator.poisson(taste * (1 + 0.2 * (arm != "control"))).astype(float)
        x1, x2, x3 = (generator.poisson(taste * rate).astype(float) for rate in (1, 0.5, 2))
        d, w1, w3 = (generator.poisson(3 * taste).astype(float) for _ in range(3))
    else:
        mean = 1e9 if "billion" in kind else 3.0
        x1, x2, x3 = (mean + generator.normal(0, sd, n) for sd in (1, 2, 0.5))
        outcome = x1 + 0.5 * x2 - x3 + generator.normal(0, 1, n) + 0.3 * (arm != "control")
        d, w1, w3 = (generator.uniform(1, 3, n) for _ in range(3))
    return {"y": outcome, "d": d, "x1": x1, "x2": x2, "x3": x3, "w1": w1, "w3": w3}


def draw(generator, kind):
    """One data set of a kind: of every user the arm, the stratum and the values."""
    arm = arms_of(generator, kind)
    n = len(arm)
    values = usual_values(generator, kind, arm)
    x1, ones, is_control = values["x1"], np.ones(n), arm == "control"
    changes = {
        "tiny denominators": {column: values[column] * 1e-9 for column in ("d", "w1", "w3")},
        "huge": {column: values[column] * 1e50 for column in ("y", "x2")},
        "explained": {"y": x1 + 2 * values["x2"], "d": ones, "w1": ones},
        "twice the same": {"x2": x1 * 3 + 1, "w1": ones},
        "three times the same": {"x2": x1, "x3": 3 * x1, "w1": ones, "w3": ones},
        "independent": {column: generator.gamma(1, 1, n) for column in ("x1", "x2", "x3", "w1", "w3")},
        "constant covariate": {"x1": 0.1 * ones, "x2": 7 * ones},
        "zeros": {"x3": 0 * ones, "w3": 0 * ones},
        "zero past in one arm": {column: np.where(is_control, 0, values[column]) for column in ("x3", "w3")},
        "constant outcome": {"y": 3 * ones, "d": 2 * ones},
        "heavy tail": {column: generator.lognormal(0, 2.5, n) for column in ("y", "x1")},
    }
    for name, change in changes.items():
        if name in kind:
            values |= change
    strata = generator.integers(1, 6)
    stratum = np.minimum(generator.geometric(np.where(is_control, 0.3, 0.6)), strata)
    frame = pl.DataFrame({"arm": arm, "stratum": [f"s{s}" for s in stratum], **values})
    unknown = {"past": ["x1", "x2", "x3", "w1", "w3"], "outcome": ["y"], "denominator": ["d"]}
    for name, hidden in unknown.items():
        if f"unknown {name}" in kind:
            share = 1.0 if "for all" in kind else 0.3
            frame = frame.with_columns(
                pl.when(pl.Series(generator.random(n) >= share)).then(column).alias(column) for column in hidden
            )
    return frame


KINDS = {
    "counts": 160, "normal": 160, "counts, two users": 16, "normal, two users": 24, "normal, one user": 10,
    "counts, many": 4, "normal, many": 2, "counts, three arms": 24, "normal around a billion": 16,
    "counts, tiny denominators": 24, "normal, tiny denominators": 24, "normal, huge": 16, "normal, explained": 16,
    "normal, twice the same": 24, "counts, twice the same": 24, "normal, three times the same": 24,
    "counts, constant covariate": 16, "normal, zeros": 16, "counts, zeros": 16, "normal, zero past in one arm": 16,
    "counts, constant outcome": 10, "counts, heavy tail": 24, "counts, unknown past": 24, "normal, unknown past": 24,
    "counts, unknown past for all": 10, "counts, unknown outcome": 16, "counts, unknown denominator": 16,
    "counts, unknown outcome for all": 10, "independent, counts, many": 4, "independent, normal, many": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def data_sets():
    """The data sets by their numbers: the kind of each, and its users."""
    generator = np.random.default_rng(20260302)
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    return [(kind, draw(generator, kind)) for kind in kinds]


@pytest.fixture(scope="module")
def results(tmp_path_factory, data_sets):
    """The rows of every model."""
    units = pl.concat(frame.with_columns(data_set=pl.lit(number)) for number, (_, frame) in enumerate(data_sets))
    project = tmp_path_factory.mktemp("scratch")
    return run_models(project, MODELS | EXAMPLES, {"units": units}, wanted=[*COMPARED, *EXAMPLES])


def known_users(frame, metric):
    """The users whose outcome is known, by arm; an unknown past is zero, one that nobody has unknown."""
    parts = ["y", "d"] if metric.startswith("ratio") else ["y"]
    pasts = ["x1", "w1", "x2", "x3", "w3"]
    has_past = {past: frame[past].is_not_null().any() for past in pasts}
    known = frame.drop_nulls(parts).with_columns(
        pl.col(past).fill_null(0.0 if has_past[past] else float("nan")) for past in pasts
    )
    return {arm: of_arm for (arm,), of_arm in known.group_by("arm")}


def sample(users, metric, stratum):
    """The outcome, and the metric's own past, of some users."""
    ones = np.ones(len(users))
    values = [users[column].to_numpy() for column in ("y", "d", "x1", "w1")]
    if not metric.startswith("ratio"):
        values[1] = values[3] = ones
    return Sample(*values, users[stratum].to_numpy() if stratum else ones)


def covariates(users, metric):
    """The covariates of some users, each a numerator and a denominator."""
    ones = np.ones(len(users))
    x1, w1, x2, x3, w3 = (users[column].to_numpy() for column in ("x1", "w1", "x2", "x3", "w3"))
    return [(x1, w1 if metric.startswith("ratio") else ones), (x2, ones), (x3, w3)]


NOBODY = pl.DataFrame(
    schema={"arm": pl.String, "stratum": pl.String}
    | dict.fromkeys(("y", "d", "x1", "x2", "x3", "w1", "w3"), pl.Float64)
)

FIGURES = [
    *("arm_value", "control_value", "estimate", "estimate_se", "degrees_of_freedom", "p_value", "estimate_lower"),
    *("estimate_upper", "relative_lift", "relative_lift_lower", "relative_lift_upper", "variance_reduction"),
]


def differences(name, expected, actual):
    """What a row of the macro differs in from the reference, up to the rounding of what is added and subtracted."""
    exact = ("unit_count", "control_unit_count", "null_reason", "is_relative_lift_unbounded")
    exact += ("approximation_quality",)
    found = [
        (name, key, expected[key], actual[key]) for key in exact if key in expected and expected[key] != actual[key]
    ]
    condition = max(expected.get("condition", 1.0), 1.0)
    scale = expected.get("estimate_scale", 0.0)
    se = expected.get("estimate_se") or 0.0
    for figure in FIGURES:
        wanted, got = expected.get(figure), actual[figure]
        wanted = None if wanted is None or np.isnan(wanted) else wanted
        if figure == "variance_reduction" and not se:
            continue
        if wanted is None or got is None:
            found += [(name, figure, wanted, got)] if wanted is not got else []
            continue
        allowed = TOLERANCE * abs(wanted)
        if figure in ("arm_value", "control_value", "estimate"):
            allowed += 1e-14 * scale * condition
        elif figure in ("estimate_lower", "estimate_upper"):
            allowed += 1e-14 * scale * condition + 1e-13 * condition * (abs(wanted) + abs(expected["estimate"]))
        elif figure == "p_value":
            t = abs(expected["estimate"]) / se
            allowed += wanted * (1 + t) * (1e-14 * scale / se * condition + 1e-13 * condition * (1 + t))
        elif figure.startswith("relative_lift"):
            control = expected["control_value"]
            allowed += 1e-14 * scale / control * (1 + abs(wanted)) * condition
            if figure != "relative_lift":
                width = expected["relative_lift_upper"] - expected["relative_lift_lower"]
                allowed += 1e-13 * width * condition * (1 + (width * control / se) ** 2) * (1 + scale / control)
        else:
            allowed += 1e-13 * condition * (abs(wanted) + (figure == "variance_reduction"))
        if not abs(wanted - got) <= allowed:
            found.append((name, figure, wanted, got))
    return found


@pytest.mark.parametrize("model", ["by_covariates", "by_covariates_and_strata"])
def test_several_covariates_are_a_regression(model, results, data_sets):
    actual = {(r["data_set"], r["metric"], r["arm"]): r for r in results[model] if r["method"] == "cuped_multivariate"}
    stratum = "stratum" if model.endswith("strata") else None
    compared, wrong, reasons = 0, [], set()
    for number, (kind, frame) in enumerate(data_sets):
        for metric in ("mean", "ratio"):
            users = known_users(frame, metric)
            for arm in set(frame["arm"]) - {"control"}:
                row = actual.pop((number, metric, arm), None)
                if "unknown past for all" in kind or "outcome for all" in kind:
                    assert row is None or row["null_reason"]
                    continue
                pair = [users.get(side, NOBODY) for side in (arm, "control")]
                shared = set(pair[0]["stratum"]) & set(pair[1]["stratum"])
                if stratum and not shared:
                    assert row is None or row["null_reason"]
                    continue
                expected = contrast_by_covariates(
                    *(sample(side, metric, stratum) for side in pair),
                    tuple(covariates(side, metric) for side in pair),
                    is_ratio=metric == "ratio",
                )
                if expected["condition"] > 1e7 and not expected["null_reason"]:
                    continue
                compared += 1
                reasons.add(expected["null_reason"])
                assert row["cuped_coefficient"] is None
                wrong += differences((number, kind, metric, arm), expected, row)
    assert wrong[:10] == []
    assert compared > 1_200
    assert reasons >= {None, "zero_variance", "fewer_than_two_units", "zero_denominator"}
    assert not {key for key in actual if key[1] in ("mean", "ratio")}


def test_one_covariate_is_cuped(results):
    # Whether it stands first or among the others.
    rows = {(r["data_set"], r["metric"], r["arm"], r["method"]): r for r in results["by_covariates"]}
    compared = 0
    for (number, metric, arm, method), row in rows.items():
        if not metric.endswith("by_another") or method != "cuped_multivariate":
            continue
        other = rows[number, metric.replace("another", "one"), arm, "cuped"]
        scale = max(1.0, (row["unadjusted_variance"] or 0) / (row["estimate_se"] or 1) ** 2)
        for figure in (*FIGURES, "arm_value_variance", "control_value_variance", "covariance_of_values"):
            assert (row[figure] is None) == (other[figure] is None)
            if row[figure] is not None:
                allowed = 1e-12 * scale * max(abs(other[figure]), 1e-3 * abs(other["arm_value_variance"] or 0))
                assert abs(row[figure] - other[figure]) <= allowed, (number, metric, figure)
        compared += row["null_reason"] is None
    assert compared > 600


def test_independent_covariates_reduce_no_variance(results, data_sets):
    reductions = [
        row["variance_reduction"]
        for row in results["by_covariates"]
        if "independent" in data_sets[row["data_set"]][0]
        and row["method"] == "cuped_multivariate"
        and row["metric"] in ("mean", "ratio")
    ]
    assert len(reductions) == 2 * sum("independent" in kind for kind, _ in data_sets)
    # Three coefficients fitted to 7,000 users explain three in 7,000 of the variance by chance.
    assert 0 < np.mean(reductions) < 10 / 7_000
    assert max(reductions) < 30 / 7_000


def test_merged_moments_are_those_of_all_users(results):
    pooled = {(r["data_set"], r["arm"], r["metric"]): r for r in results["pooled"]}
    merged = {(r["data_set"], r["arm"], r["metric"]): r for r in results["merged"]}
    assert pooled.keys() == merged.keys()
    means = {}
    for (number, _, metric), row in pooled.items():
        means.setdefault((number, metric), []).append(row["numerator_mean"] or 0.0)
    wrong = []
    for key, wanted in pooled.items():
        row = merged[key]
        assert row.keys() - wanted.keys() == set()
        for column, got in row.items():
            value = wanted[column]
            if not isinstance(value, float):
                # A covariance with what is unknown is written as 0 by one and null by the other.
                if value != got:
                    wrong.append((key, column, value, got))
                continue
            parts = [part for part in row if part.endswith("_mean") and column.startswith(part.removesuffix("_mean"))]
            first = max(parts, key=len).removesuffix("_mean")
            rest = column.removeprefix(first + "_")
            second = rest.removesuffix("_covariance") if rest.endswith("_covariance") else first
            if got is None:
                if (
                    wanted["unit_count"] > 1
                    and wanted[f"{first}_mean"] is not None
                    and wanted[f"{second}_mean"] is not None
                ):
                    wrong.append((key, column, value, got))
                continue
            spread = [np.sqrt(wanted[f"{part}_variance"] or 0) for part in (first, second)]
            size = [abs(wanted[f"{part}_mean"] or 0) for part in (first, second)]
            if rest == "mean":
                allowed = 1e-15 * size[0] * 4
            elif rest == "third_moment":
                # The macro that reads the users takes cubes around the mean of both arms.
                distance = np.ptp(means[key[0], key[2]])
                allowed = 1e-12 * wanted["unit_count"] * (spread[0] + 1e-4 * size[0] + distance) ** 3
            else:
                # The means of the rows are rounded where they are large against the spread.
                allowed = 1e-12 * spread[0] * spread[1] + 1e-15 * (spread[0] * size[1] + spread[1] * size[0])
                allowed += 1e-31 * size[0] * size[1]
            if not abs(got - value) <= allowed:
                wrong.append((key, column, value, got))
    assert wrong[:10] == []


def test_post_stratification_compares_the_same_users_within_strata(results, data_sets):
    actual = {
        (r["data_set"], r["metric"], r["arm"]): r for r in results["post_stratified"] if r["method"] == "unadjusted"
    }
    collapsed, wrong, compared = 0, [], 0
    for number, (kind, frame) in enumerate(data_sets):
        for metric in ("mean", "ratio"):
            users = known_users(frame, metric)
            if "control" not in users:
                continue
            users = {arm: of_arm.fill_nan(0) for arm, of_arm in users.items()}
            everyone = pl.concat(users.values())
            arms, strata = (everyone[column].to_numpy() for column in ("arm", "stratum"))
            labels = collapsed_strata(arms, np.full(len(arms), "all"), strata)
            collapsed += "all collapsed" in labels
            for arm in users.keys() - {"control"}:
                pair = [replace(sample(users[a], metric, None), stratum=labels[arms == a]) for a in (arm, "control")]
                expected = contrast(*pair, is_ratio=metric == "ratio", is_adjusted=False)
                se = expected.get("estimate_se") or 1.0
                # Strata differ by their means, which are rounded where they are large against the spread.
                rounding = expected.get("estimate_scale", 0) / (se * np.sqrt(len(everyone)))
                expected |= {"condition": expected.get("variance_scale", 0) / se**2 + 1e-2 * rounding}
                expected.pop("variance_reduction", None)
                row = actual[number, metric, arm] | {"variance_reduction": None}
                assert (row["unit_count"], row["control_unit_count"]) == tuple(map(len, pair))
                wrong += differences((number, kind, metric, arm), expected, row)
                compared += expected["null_reason"] is None
    assert wrong[:10] == []
    assert collapsed > 200
    assert compared > 900


def test_caps_are_quantiles_of_all_arms_and_capped_means_are_compared(results, data_sets):
    caps = {row["data_set"]: row for row in results["caps"]}
    actual = {(row["data_set"], row["arm"], row["method"]): row for row in results["winsorised"]}
    wrong, compared, is_capped = [], 0, 0
    for number, (kind, frame) in enumerate(data_sets):
        users = known_users(frame, "mean")
        row = caps[number]
        if not users:
            assert (row["unit_count"], row["cap"], row["capped_unit_count"]) == (0, None, 0)
            continue
        everyone = pl.concat(users.values())
        y, x = (everyone[column].to_numpy() for column in ("y", "x1"))
        has_past = not np.isnan(x).any()
        cap, covariate_cap = np.quantile(y, QUANTILE), np.quantile(x, QUANTILE) if has_past else None
        wanted = {
            "cap": cap,
            "covariate_cap": covariate_cap,
            "unit_count": len(y),
            "capped_unit_count": np.sum(y > row["cap"]),
            "capped_covariate_unit_count": np.sum(x > row["covariate_cap"]) if has_past else 0,
        }
        for column, value in wanted.items():
            assert row[column] == (None if value is None else pytest.approx(value, rel=1e-15)), (kind, column)
        is_capped += row["capped_unit_count"] > 0
        for arm in users.keys() - {"control"}:
            if "control" not in users:
                continue
            pair = [sample(users[name], "mean", "stratum") for name in (arm, "control")]
            if not set(pair[0].stratum) & set(pair[1].stratum):
                continue
            pair = [
                replace(
                    of_arm,
                    numerator=np.minimum(of_arm.numerator, row["cap"]),
                    numerator_covariate=np.minimum(of_arm.numerator_covariate, row["covariate_cap"])
                    if has_past
                    else np.zeros(len(of_arm)),
                )
                for of_arm in pair
            ]
            for method in ("unadjusted", "cuped") if has_past else ("unadjusted",):
                expected = contrast(*pair, is_ratio=False, is_adjusted=method == "cuped")
                se = expected.get("estimate_se") or 0
                condition = expected.get("variance_scale", 0) / se**2 if se else 1.0
                if condition > 1e7:
                    continue
                expected["condition"] = condition
                wrong += differences((number, kind, arm, method), expected, actual[number, arm, method])
                compared += expected["null_reason"] is None
    assert wrong[:10] == []
    assert compared > 900
    assert is_capped > 500


def test_a_value_without_a_cap_is_unknown_rather_than_uncapped(results):
    moments = {row["metric"]: row for row in results["without_caps"]}
    assert moments["capped"]["numerator_mean"] == pytest.approx(5 / 3)
    assert moments["capped"]["numerator_covariate_mean"] is None
    assert (moments["uncapped"]["unit_count"], moments["uncapped"]["numerator_mean"]) == (0, None)


def test_every_metric_has_its_own_cap_and_no_one_elses(results):
    means = {row["metric"]: row["numerator_mean"] for row in results["caps_by_any_name"]}
    assert means == {"y": 2, "Y": pytest.approx(5 / 3), "o'brien": 1, "twice": None}


def test_arms_without_two_units_in_a_stratum_collapse_it_and_strays_of_other_arms_do_not(results):
    labels = {(row["part"], row["platform"]): row["collapsed_stratum"] for row in results["strays"]}
    assert labels == {
        ("stray", "app"): "stratum app",
        ("stray", "web"): "stratum web",
        ("single", "app"): "collapsed",
        ("single", "web"): "collapsed",
        ("empty", "app"): "collapsed",
        ("empty", "web"): "stratum web",
        ("empty", "television"): "collapsed",
        ("filled", "app"): "stratum app",
        ("filled", "television"): "collapsed",
        ("filled", "tablet"): "collapsed",
    }


def test_what_one_of_the_merged_rows_does_not_know_is_unknown(results):
    (row,) = results["half_known"]
    assert (row["unit_count"], row["numerator_mean"]) == (5, pytest.approx(36 / 5))
    unknown = {column: row[column] for column in row if column.startswith("numerator_covariate")}
    assert len(unknown) > 1
    assert unknown["numerator_covariate_mean"] is None
    assert unknown["numerator_covariate_variance"] is None


def test_examples(results):
    (visits,) = results["example_of_compare_arms"]
    assert visits["estimate"] == pytest.approx(1)
    assert (visits["null_reason"], visits["variance_reduction"]) == ("zero_variance", 1)

    (clicks,) = results["example_of_merged_moments"]
    values = np.array([1, 2, 3, 10, 20])
    assert (clicks["unit_count"], clicks["numerator_mean"]) == (5, pytest.approx(values.mean()))
    assert clicks["numerator_variance"] == pytest.approx(np.var(values, ddof=1))
    assert clicks["numerator_third_moment"] == pytest.approx(stats.moment(values, 3))

    assert {(row["platform"], row["collapsed_stratum"]) for row in results["example_of_collapsed_strata"]} == {
        ("app", "stratum app"),
        ("tablet", "collapsed"),
        ("television", "collapsed"),
    }

    (spent,) = results["example_of_winsorised_moments"]
    assert (spent["cap"], spent["capped_unit_count"]) == (pytest.approx(np.quantile([10] * 198 + [1000] * 2, 0.99)), 2)
    assert spent["arm_value"] == pytest.approx((99 * 10 + spent["cap"]) / 100)
    assert spent["control_value"] == spent["arm_value"]
