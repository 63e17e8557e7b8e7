"""The calibration: its assignments, moments and contrasts replication by replication, and how it sums them up."""

import shutil

import duckdb
import numpy as np
import polars as pl
import pytest
from randomisation_reference import MODULUS, draw
from scipy import stats
from scratch_project import run_models
from statistics_reference import Sample, contrast
from statsmodels.stats.proportion import proportion_confint

TOLERANCE = 1e-9
REPLICATIONS = 60
SHARE = 0.15
SEED = "a seed"
QUALITIES = ["good", "doubtful", "poor", "unknown"]
METRICS = """{
    'mean': {'numerator': 'y', 'numerator_covariate': 'x'},
    'ratio': {'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x', 'denominator_covariate': 'w'},
    'high': {'numerator': '1e6 + y'},
    'rate': {'numerator': 'case when y < d then y when y >= d then d end', 'denominator': 'd + 1'},
    'constant': {'numerator': '0.1'},
    'zero': {'numerator': '0 * d', 'denominator': 'd'},
    'unknown': {'numerator': 'y', 'numerator_covariate': 'cast(null as double)'},
}"""
RERANDOMISED = f"""
    {{{{ feedlift.rerandomised_moments(
        'main.users', unit='user_id', metrics={METRICS}, replications={REPLICATIONS}, treatment_share={SHARE},
        seed='{SEED}'
    ) }}}}
"""
# The same moments the plain way, from every user in every replication.
PLAIN = f"""
    with assigned as (
        select
            users.*, assignments.replicate, assignments.arm
        from main.users
        inner join main.assignments using (user_id)
    )

    select * from (
        {{{{ feedlift.unit_moments('assigned', ['replicate', 'arm'], {METRICS}) }}}}
    ) as moments
"""
PLAIN_BY_KIND = PLAIN.replace("['replicate', 'arm']", "['replicate', 'arm', 'kind']")

MODELS = {
    "rerandomised": RERANDOMISED,
    "rerandomised_by_kind": RERANDOMISED.replace("seed=", "group_by=['kind'], seed="),
    "plain": PLAIN,
    "plain_by_kind": PLAIN_BY_KIND,
    "few": RERANDOMISED.replace("'main.users'", "'(select * from main.users where user_id <= 5) as few'"),
    "contrasts": """
        {{ feedlift.arm_contrasts(ref('rerandomised'), ['replicate', 'metric'], "arm = 'control'") }}
    """,
    "wrong_contrasts": """
        with estimates as (
            {{ feedlift.impression_level_estimates(
                ref('rerandomised'), ['replicate', 'metric'], "arm = 'control'"
            ) }}
        )

        select * from (
            {{ feedlift.contrast_tests('estimates') }}
        ) as contrasts
    """,
    "rates": "{{ feedlift.false_positive_rates('main.outcomes', ['method']) }}",
    # A thousand divisions of forty people, whose scores are their numbers: a test of the difference rejects in 5 %.
    "example_of_false_positive_rates": """
        with people as (
            select number as person, number as score from {{ feedlift.number_series(40) }} as series
        ),

        moments as (
            {{ feedlift.rerandomised_moments('people', 'person', {'score': {'numerator': 'score'}}, 1000) }}
        ),

        contrasts as (
            {{ feedlift.arm_contrasts('moments', ['replicate', 'metric'], "arm = 'control'") }}
        ),

        rates as (
            {{ feedlift.false_positive_rates('contrasts', ['metric', 'method']) }}
        )

        select * from rates
    """,
    "example_of_wilson_interval": """
        select
            {{ feedlift.wilson_interval('lower', '5', '100', '1.959963984540054') }} as lower_end,
            {{ feedlift.wilson_interval('upper', '5', '100', '1.959963984540054') }} as upper_end
    """,
}


@pytest.fixture(scope="module")
def users():
    """Users of whom most do little and a few much, and of whom some outcomes and covariates are unknown."""
    generator = np.random.default_rng(20260117)
    taste = generator.gamma(0.5, 2.0, 300)
    return pl.DataFrame(
        {
            "user_id": np.arange(1, 301),
            "kind": np.where(generator.random(300) < 0.3, "creator", "browser"),
            "y": [None if generator.random() < 0.03 else float(v) for v in generator.lognormal(0, 1, 300) * taste],
            "d": generator.poisson(4 * taste).astype(float),
            "x": [None if generator.random() < 0.1 else float(v) for v in generator.poisson(taste)],
            "w": generator.poisson(3 * taste).astype(float),
        }
    )


def is_treated(user_id, replicate):
    """Whether a user is in treatment."""
    return draw(user_id, SEED, replicate) < round(SHARE * MODULUS)


@pytest.fixture(scope="module")
def outcomes():
    """Contrasts of three methods in 4,000 replications, some of them without a test."""
    generator = np.random.default_rng(3)
    frames = []
    for method, bias, claimed in [("sound", 0.0, 1.0), ("biased", 0.3, 1.0), ("bold", 0.0, 0.7)]:
        estimate = generator.normal(bias, 2, 4_000)
        se = 2 * claimed * generator.uniform(0.9, 1.1, 4_000)
        is_known = generator.random(4_000) > 0.1
        half = stats.norm.isf(0.025) * se
        columns = {
            "estimate": estimate,
            "estimate_se": se,
            "p_value": 2 * stats.norm.sf(np.abs(estimate / se)),
            "estimate_lower": estimate - half,
            "estimate_upper": estimate + half,
            "relative_lift_lower": np.where(generator.random(4_000) < 0.2, np.nan, (estimate - half) / 10),
            "relative_lift_upper": (estimate + half) / 10,
        }
        frames.append(
            pl.DataFrame(
                {name: np.where(is_known, values, np.nan) for name, values in columns.items()}
                | {"approximation_quality": generator.choice(QUALITIES, 4_000, p=[0.75, 0.1, 0.1, 0.05])}
            )
            .fill_nan(None)
            .with_columns(method=pl.lit(method), confidence_level=0.95, alternative=pl.lit("two-sided"))
        )
    for alternative, open_end, sign in [("greater", "upper", 1), ("less", "lower", -1)]:
        z = frames[0]["estimate"] / frames[0]["estimate_se"]
        half = stats.norm.isf(0.05) * frames[0]["estimate_se"]
        bound = frames[0]["estimate"] - sign * half
        known_end = "lower" if open_end == "upper" else "upper"
        is_bounded = frames[0]["relative_lift_lower"].is_not_null()
        frames.append(
            frames[0].with_columns(
                pl.Series("p_value", stats.norm.sf(sign * z.to_numpy())).fill_nan(None),
                bound.alias(f"estimate_{known_end}"),
                pl.when(is_bounded).then(bound / 10).alias(f"relative_lift_{known_end}"),
                pl.lit(None, pl.Float64).alias(f"estimate_{open_end}"),
                pl.lit(None, pl.Float64).alias(f"relative_lift_{open_end}"),
                method=pl.lit(alternative),
                alternative=pl.lit(alternative),
            )
        )
    # The rank-based p-values of a bootstrap fall on .05 itself, where nothing is rejected.
    on_the_edge = frames[0].drop_nulls().head(20)
    p_value = pl.Series([0.05] * 15 + [0.049] * 5)
    frames.append(
        on_the_edge.with_columns(
            p_value=p_value, estimate_lower=pl.lit(-1.0), estimate_upper=pl.lit(1.0), method=pl.lit("on the edge")
        )
    )
    nothing = (
        frames[0]
        .head(5)
        .with_columns(method=pl.lit("never computed"), **{name: pl.lit(None, pl.Float64) for name in columns})
    )
    return pl.concat([*frames, nothing])


@pytest.fixture(scope="module")
def results(tmp_path_factory, users, outcomes):
    """The models' rows."""
    assignments = pl.DataFrame(
        [
            (user_id, replicate, "treatment" if is_treated(user_id, replicate) else "control")
            for user_id in users["user_id"]
            for replicate in range(1, REPLICATIONS + 1)
        ],
        schema=["user_id", "replicate", "arm"],
        orient="row",
    )
    tables = {"users": users, "assignments": assignments, "outcomes": outcomes}
    return run_models(tmp_path_factory.mktemp("scratch"), MODELS, tables)


def parts_of(column):
    """The two variables of a covariance."""
    parts = ("numerator", "denominator", "numerator_covariate", "denominator_covariate")
    (pair,) = [(a, b) for a in parts for b in parts if column == f"{a}_{b}_covariance"]
    return pair


@pytest.mark.parametrize("suffix", ["", "_by_kind"])
def test_moments_are_those_of_the_users_in_every_replication(results, suffix):
    keys = ("replicate", "arm", "kind", "metric")
    plain = {tuple(row.get(key) for key in keys): row for row in results[f"plain{suffix}"]}
    rerandomised = {tuple(row.get(key) for key in keys): row for row in results[f"rerandomised{suffix}"]}
    assert len(plain) == len(rerandomised) == REPLICATIONS * 2 * 7 * (2 if suffix else 1)
    assert set(plain) == set(rerandomised)
    deviations = []
    for key, wanted in plain.items():
        got = rerandomised[key]
        assert set(got) == set(wanted)
        for column in wanted.keys() - set(keys):
            if isinstance(wanted[column], float):
                scale = abs(wanted[column])
                if "covariance" in column:
                    # A covariance near nothing is good to the rounding of what cancels in it.
                    variances = [wanted[f"{part}_variance"] for part in parts_of(column)]
                    scale = np.sqrt(np.prod(variances)) if None not in variances else 0.0
                elif column == "numerator_third_moment":
                    scale = max(scale, wanted["numerator_variance"] ** 1.5)
                if not abs(got[column] - wanted[column]) <= TOLERANCE * scale:
                    deviations.append((key, column, wanted[column], got[column]))
            elif wanted[column] != got[column]:
                deviations.append((key, column, wanted[column], got[column]))
    assert deviations == []


def test_a_replication_without_anybody_treated_is_kept(results):
    rows = [row for row in results["few"] if row["metric"] == "mean" and row["arm"] == "treatment"]
    assert [row["replicate"] for row in sorted(rows, key=lambda row: row["replicate"])] == [*range(1, REPLICATIONS + 1)]
    empty = [row for row in rows if not any(is_treated(user_id, row["replicate"]) for user_id in range(1, 6))]
    assert 0 < len(empty) < REPLICATIONS
    assert {(row["unit_count"], row["numerator_mean"], row["numerator_variance"]) for row in empty} == {(0, None, None)}


def sample(users, metric):
    """The reference's sample of some users."""
    users = users.drop_nulls(["y", "d"] if metric == "ratio" else ["y"]).fill_null(0)
    ones = np.ones(len(users))
    y, d, x, w = (users[column].to_numpy() for column in "ydxw")
    return Sample(y, d if metric == "ratio" else ones, x, w if metric == "ratio" else ones, ones)


@pytest.mark.parametrize("metric", ["mean", "ratio"])
def test_contrasts_are_those_of_the_reference(results, users, metric):
    rows = {(row["replicate"], row["method"]): row for row in results["contrasts"] if row["metric"] == metric}
    assert len(rows) == REPLICATIONS * 2
    for (replicate, method), row in rows.items():
        treated = np.array([is_treated(user_id, replicate) for user_id in users["user_id"]])
        wanted = contrast(
            sample(users.filter(treated), metric),
            sample(users.filter(~treated), metric),
            is_ratio=metric == "ratio",
            is_adjusted=method == "cuped",
        )
        for column in ("estimate", "estimate_se", "p_value", "estimate_lower", "relative_lift_upper"):
            expected = None if np.isnan(wanted[column]) else pytest.approx(wanted[column], rel=1e-7)
            assert row[column] == expected, (replicate, method, column)


def test_impression_level_tests_take_impressions_for_users(results, users):
    rows = {(row["replicate"], row["method"]): row for row in results["wrong_contrasts"] if row["metric"] == "rate"}
    assert len(rows) == REPLICATIONS * 2
    known = users.drop_nulls("y")
    y, d = np.minimum(known["y"], known["d"]).to_numpy(), known["d"].to_numpy() + 1
    for replicate in range(1, REPLICATIONS + 1):
        treated = np.array([is_treated(user_id, replicate) for user_id in known["user_id"]])
        sides = [(y[treated], d[treated]), (y[~treated], d[~treated])]
        rates = [sum(a) / sum(b) for a, b in sides]
        wanted = {
            "impressions_as_units": (
                sum(rate * (1 - rate) / sum(b) for rate, (_, b) in zip(rates, sides, strict=True)),
                sum(sum(b) - 1 for _, b in sides),
            ),
            "denominator_as_fixed": (
                sum(np.var(a, ddof=1) / len(a) / np.mean(b) ** 2 for a, b in sides),
                len(known) - 2,
            ),
        }
        for method, (variance, degrees) in wanted.items():
            row = rows[replicate, method]
            assert row["estimate"] == pytest.approx(rates[0] - rates[1], rel=1e-7)
            assert row["estimate_se"] ** 2 == pytest.approx(variance, rel=1e-7)
            p_value = 2 * stats.t.sf(abs(row["estimate"]) / np.sqrt(variance), degrees)
            assert row["p_value"] == pytest.approx(p_value, rel=1e-7)
    reasons = {
        (row["metric"], row["method"]): row["null_reason"]
        for row in results["wrong_contrasts"]
        if row["replicate"] == 1
    }
    assert reasons == {
        ("rate", "impressions_as_units"): None,
        ("rate", "denominator_as_fixed"): None,
        ("ratio", "impressions_as_units"): None,
        ("ratio", "denominator_as_fixed"): None,
        ("zero", "impressions_as_units"): "zero_variance",
        ("zero", "denominator_as_fixed"): "zero_variance",
    }


def test_rates_sum_up_the_replications(results, outcomes):
    rates = {row["method"]: row for row in results["rates"]}
    methods = ("sound", "biased", "bold", "greater", "less")
    assert set(rates) == {*methods, "on the edge", "never computed"}
    assert rates["on the edge"]["false_positive_rate"] == 5 / 20
    for method in methods:
        frame = outcomes.filter(method=method)
        known = frame.drop_nulls("p_value")
        row = rates[method]
        assert row["replication_count"] == 4_000
        assert row["null_share"] == pytest.approx(1 - len(known) / 4_000)
        is_rejected = known["p_value"] < 0.05
        for prefix, hits in [
            ("", is_rejected),
            ("upper_", is_rejected & (known["estimate"] > 0)),
            ("lower_", is_rejected & (known["estimate"] < 0)),
        ]:
            rate = f"{prefix}false_positive_rate"
            assert row[rate] == pytest.approx(hits.mean())
            ends = proportion_confint(hits.sum(), len(known), method="wilson")
            assert (row[f"{rate}_lower"], row[f"{rate}_upper"]) == pytest.approx(ends)
        estimate = known["estimate"].to_numpy()
        assert row["mean_estimate"] == pytest.approx(np.mean(estimate))
        assert row["mean_estimate_monte_carlo_se"] == pytest.approx(stats.sem(estimate))
        assert row["standardised_bias"] == pytest.approx(np.mean(estimate) / np.std(estimate, ddof=1))
        ratio = known["estimate_se"].mean() / np.std(estimate, ddof=1)
        assert row["se_ratio"] == pytest.approx(ratio)
        kurtosis = np.mean((estimate - np.mean(estimate)) ** 4) / np.var(estimate, ddof=1) ** 2
        assert row["se_ratio_monte_carlo_se"] == pytest.approx(ratio * np.sqrt((kurtosis - 1) / 4 / len(known)))
        assert row["coverage_rate"] == pytest.approx(1 - is_rejected.mean())
        lifts = known.drop_nulls("relative_lift_upper" if method == "less" else "relative_lift_lower")
        lower, upper = (lifts[f"relative_lift_{end}"].to_numpy() for end in ("lower", "upper"))
        holds_zero = ((lower <= 0) | (method == "less")) & ((upper >= 0) | (method == "greater"))
        assert row["lift_coverage_rate"] == pytest.approx(holds_zero.mean())
        assert row["doubtful_share"] == pytest.approx((known["approximation_quality"] != "good").mean())
        trusted = known.filter(approximation_quality="good")
        assert row["trusted_false_positive_rate"] == pytest.approx((trusted["p_value"] < 0.05).mean())
    assert rates["sound"]["false_positive_rate_lower"] < 0.05 < rates["sound"]["false_positive_rate_upper"]
    assert rates["bold"]["false_positive_rate_lower"] > 0.05
    never = rates["never computed"]
    assert (never.pop("replication_count"), never.pop("null_share"), never.pop("confidence_level")) == (5, 1, 0.95)
    assert never.pop("method") == "never computed"
    assert set(never.values()) == {None}


def test_examples(results):
    (row,) = results["example_of_false_positive_rates"]
    assert (row["metric"], row["method"], row["replication_count"]) == ("score", "unadjusted", 1000)
    assert row["false_positive_rate_lower"] < 0.05 < row["false_positive_rate_upper"]
    (ends,) = results["example_of_wilson_interval"]
    assert (ends["lower_end"], ends["upper_end"]) == pytest.approx(proportion_confint(5, 100, method="wilson"))


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory, run_dbt, demo_database, calibration):
    """A copy of the demo in which the calibration has been built."""
    database = tmp_path_factory.mktemp("calibration") / "feedlift.duckdb"
    shutil.copy(demo_database, database)
    run_dbt("build", "--select", "tag:calibration", database=database, vars={"calibration": calibration})
    return database


def test_nothing_of_a_calibration_is_built_unless_it_is_asked_for(demo_database, query):
    assert query("select * from information_schema.schemata where schema_name = 'aa'", demo_database).empty


def test_the_demos_users_are_divided_by_their_draws(calibrated, query, calibration):
    threshold = round(calibration["treatment_share"] * MODULUS)
    users = query(
        "select user_id, saves from intermediate.int_experiments__unit_measures"
        " where experiment_id = 'aa_test' and population = 'assigned'",
        calibrated,
    )
    contrasts = query(
        "select * from aa.rerandomised_contrasts where metric = 'saves_per_user' and method = 'unadjusted'", calibrated
    ).set_index("replicate")
    assert list(contrasts.index.sort_values()) == list(range(1, 41))
    for replicate in (1, 17, 40):
        draws = [draw(user, calibration["seed"], replicate) for user in users["user_id"]]
        is_in_treatment = np.array(draws) < threshold
        arms = users.loc[is_in_treatment, "saves"], users.loc[~is_in_treatment, "saves"]
        wanted = stats.ttest_ind(*(arm.astype(float) for arm in arms), equal_var=False)
        row = contrasts.loc[replicate]
        assert (row["unit_count"], row["control_unit_count"]) == tuple(map(len, arms))
        assert row["p_value"] == pytest.approx(wanted.pvalue, rel=TOLERANCE)


def test_the_summary_adds_up(calibrated, query):
    wanted = query(
        "select metric, method, count(*) as replication_count,"
        " avg((p_value < 0.05)::int) as false_positive_rate, avg((p_value is null)::int) as null_share"
        " from aa.rerandomised_contrasts group by all order by all",
        calibrated,
    )
    rates = query("select * from aa.false_positive_rates order by metric, method", calibrated)
    assert len(rates) > 40
    assert {"unadjusted", "cuped", "impressions_as_units", "denominator_as_fixed"} <= set(rates["method"])
    for column in ("metric", "method", "replication_count"):
        assert list(rates[column]) == list(wanted[column])
    for column in ("false_positive_rate", "null_share"):
        assert rates[column].tolist() == pytest.approx(wanted[column].tolist(), nan_ok=True)
    assert (rates["replication_count"] == 40).all()
    computed = rates["false_positive_rate"].notna()
    parts = rates["upper_false_positive_rate"] + rates["lower_false_positive_rate"]
    assert rates.loc[computed, "false_positive_rate"].tolist() == pytest.approx(parts[computed].tolist())
    assert {*rates["experiment_id"], *rates["population"]} == {"aa_test", "assigned"}


def rename_experiment(database, old, new):
    """Give the users of an experiment to another."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update intermediate.int_experiments__unit_measures set experiment_id = ? where experiment_id = ?",
            [new, old],
        )


def test_an_experiment_without_users_is_named(calibrated, run_dbt, calibration):
    # The build's own database and variables.
    rename_experiment(calibrated, "aa_test", "another_test")
    run = run_dbt(
        "run", "--select", "rerandomised_moments", database=calibrated, vars={"calibration": calibration},
        expect_failure=True,
    )  # fmt: skip
    rename_experiment(calibrated, "another_test", "aa_test")
    assert (
        "calibration names the experiment 'aa_test' and the population 'assigned', which has no users. Known pairs: "
        "another_test, assigned; "
    ) in run.output
