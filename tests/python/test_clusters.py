"""Experiments that put countries into arms are compared by country, and what that prevents."""

import csv
import random
import re

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from readout.comparison import differences, table
from statistics_reference import Sample, contrast

TOLERANCE = 1e-9
COUNTRIES = [f"c{number}" for number in range(24)]
PLATFORMS = ["ios", "android"]
REPLICATIONS = 25
START, BEFORE, DURING, END = (f"2026-01-{day:02} 00:00:00" for day in (12, 8, 13, 20))
METRICS = {"impressions_per_user": ("impressions", None), "ctr": ("clicks", "impressions")}


@pytest.fixture(scope="module")
def users():
    """Users of countries that differ much in size and habits, with what they saw and clicked before and after."""
    generator = np.random.default_rng(20)
    rows = []
    for country in COUNTRIES:
        habit, clicking = generator.gamma(2, 1.5), generator.beta(2, 4)
        for _ in range(generator.integers(4, 30)):
            before, during = generator.poisson(habit, 2)
            rows.append(
                {
                    "user_id": f"u{len(rows)}",
                    "country": country,
                    "platform": PLATFORMS[generator.integers(2)],
                    "impressions_before": before,
                    "impressions": during,
                    "clicks_before": generator.binomial(before, clicking),
                    "clicks": generator.binomial(during, clicking),
                }
            )
    return pl.DataFrame(rows)


@pytest.fixture(scope="module")
def arms():
    """Of every experiment, the arm of each country: as many in either, drawn anew for each, nothing being treated."""
    generator = random.Random(7)
    half = len(COUNTRIES) // 2
    experiments = ["shared", "unknown", *(f"null_{number}" for number in range(REPLICATIONS))]
    drawn = {experiment: set(generator.sample(COUNTRIES, half)) for experiment in experiments}
    drawn["shared"].discard("c0")
    return {
        experiment: {country: "treatment" if country in treated else "control" for country in COUNTRIES}
        for experiment, treated in drawn.items()
    }


def tables(users, arms):
    """The seeds. `by_user_<n>` has the users of `null_<n>` in the same arms, declared to be randomised by user."""
    feed = {name: [] for name in ("impressions", "engagements", "assignments", "users", "items")}
    for user in users.iter_rows(named=True):
        feed["users"].append({column: user[column] for column in ("user_id", "country", "platform")})
        for when, suffix in ((BEFORE, "_before"), (DURING, "")):
            for number in range(user[f"impressions{suffix}"]):
                event = f"{user['user_id']}{suffix}_{number}"
                seen = {"event_id": event, "event_at": when, "received_at": when, "user_id": user["user_id"]}
                seen |= {"session_id": event, "item_id": "p", "rendered_at": when, "surface": "home_feed"}
                feed["impressions"].append(seen | {"viewport_fraction": 1, "visible_ms": 3000})
                if number < user[f"clicks{suffix}"]:
                    click = seen | {"event_id": f"click {event}", "impression_event_id": event}
                    click.pop("rendered_at")
                    feed["engagements"].append(click | {"engagement_type": "click"})
    # The traveller of `shared`; the stranger of `unknown` has no row, so that nobody knows the country.
    feed["users"].append({"user_id": "traveller", "country": "c0"})
    experiments = dict.fromkeys(arms, "country") | {f"by_user_{number}": "" for number in range(REPLICATIONS)}
    for experiment in experiments:
        of_countries = arms[experiment.replace("by_user", "null")]
        in_arms = {user: of_countries[country] for user, country in users.select("user_id", "country").iter_rows()}
        in_arms |= {"shared": {"traveller": "treatment"}, "unknown": {"stranger": "control"}}.get(experiment, {})
        feed["assignments"] += [
            {"experiment_id": experiment, "user_id": user, "arm": arm, "assigned_at": START}
            for user, arm in in_arms.items()
        ]
    two_arms = [(experiment, arm) for experiment in experiments for arm in ("control", "treatment")]
    return {f"feed/raw_{name}": rows for name, rows in feed.items()} | {
        "experiments/experiments": [
            {"experiment_id": name, "starts_at": START, "ends_at": END, "randomisation_unit": unit}
            for name, unit in experiments.items()
        ],
        "experiments/experiment_arms": [
            {"experiment_id": experiment, "arm": arm, "is_control": arm == "control"} for experiment, arm in two_arms
        ],
        "experiments/experiment_arm_shares": [
            {"experiment_id": experiment, "arm": arm, "starts_at": START, "share": 0.5} for experiment, arm in two_arms
        ],
    }


@pytest.fixture(scope="module")
def database(users, arms, project_root, tmp_path_factory, run_dbt):
    """The project built on that world, the tests of its own identities included."""
    project = tmp_path_factory.mktemp("clusters")
    linked = ["dbt_project.yml", "profiles.yml", "macros", "models", "tests/generic"]
    linked += [f"tests/singular/{path.name}" for path in (project_root / "tests/singular").glob("*.*")]
    linked += [f"seeds/{folder}/_{folder}.yml" for folder in ("feed", "experiments")]
    for path in linked:
        (project / path).parent.mkdir(exist_ok=True, parents=True)
        (project / path).symlink_to(project_root / path)
    rows_by_path = tables(users, arms)
    for header in [*project_root.glob("seeds/feed/*.csv"), *project_root.glob("seeds/experiments/*.csv")]:
        name = f"{header.parent.name}/{header.stem}"
        columns = header.read_text(encoding="utf-8").partition("\n")[0].split(",")
        with (project / "seeds" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows_by_path.get(name, []))
    database = project / "feedlift.duckdb"
    run_dbt(
        *("build", "--exclude", "test_type:generic", "--exclude-resource-type", "unit_test"),
        project_dir=project,
        database=database,
    )
    return database


def sample(users, metric):
    """The totals of countries."""
    numerator, denominator = METRICS[metric]
    totals = users.group_by("country").agg(pl.len().alias("users"), pl.col("^(impressions|clicks).*$").sum())
    y, x = totals[numerator], totals[f"{numerator}_before"]
    d, w = (totals[denominator], totals[f"{denominator}_before"]) if denominator else (totals["users"],) * 2
    return Sample(*(values.cast(pl.Float64).to_numpy() for values in (y, d, x, w)), np.zeros(len(totals)))


def test_results_compare_clusters(users, arms, database):
    expected = []
    for experiment in (name for name in arms if name.startswith("null")):
        assigned = users.with_columns(arm=pl.col("country").replace_strict(arms[experiment]))
        for segment, value in [("all", "all"), *(("platform", platform) for platform in PLATFORMS)]:
            of_segment = assigned if segment == "all" else assigned.filter(platform=value)
            for metric in METRICS:
                pair = [sample(of_segment.filter(arm=arm), metric) for arm in ("treatment", "control")]
                for method in ("unadjusted", "cuped"):
                    key = {"experiment_id": experiment, "metric": metric, "segment": segment, "segment_value": value}
                    figures = contrast(*pair, is_ratio=True, is_adjusted=method == "cuped")
                    figures = {name: figure for name, figure in figures.items() if not name.endswith("_scale")}
                    expected.append(key | {"method": method} | figures)
    key = ["experiment_id", "metric", "segment", "segment_value", "method"]
    actual = table(
        database,
        "select * from marts.experiment_results where experiment_id like 'null%' and segment in ('all', 'platform')"
        " and metric in ('impressions_per_user', 'ctr')",
    )
    expected = pl.DataFrame(expected, infer_schema_length=None)
    expected = expected.select(pl.selectors.by_name(actual.columns, require_all=False))
    assert {"estimate_se", "p_value", "degrees_of_freedom", "relative_lift_upper"} <= set(expected.columns)
    assert expected.filter(segment="all")["unit_count"].unique().to_list() == [12]
    assert differences(expected, actual, key, TOLERANCE, floor=1e-12) == []


def test_the_variance_is_the_cluster_robust_one_of_a_regression(users, arms, database):
    actual = table(
        database,
        "select experiment_id, estimate, estimate_se from marts.experiment_results where experiment_id like 'null%'"
        " and metric = 'impressions_per_user' and segment = 'all' and method = 'unadjusted'",
    )
    half = len(COUNTRIES) // 2
    assert len(actual) == REPLICATIONS
    for experiment, estimate, standard_error in actual.iter_rows():
        is_treated = (users["country"].replace_strict(arms[experiment]) == "treatment").cast(pl.Float64).to_numpy()
        fit = sm.OLS(users["impressions"].to_numpy(), sm.add_constant(is_treated)).fit(
            cov_type="cluster",
            cov_kwds={"groups": users["country"].str.slice(1).cast(pl.Int64).to_numpy(), "use_correction": False},
        )
        assert estimate == pytest.approx(fit.params[1], rel=TOLERANCE, abs=1e-12)
        assert standard_error == pytest.approx(fit.bse[1] * np.sqrt(half / (half - 1)), rel=TOLERANCE)


def test_taken_for_independent_users_of_a_country_reject_a_true_null_far_too_often(database):
    rejected = table(
        database,
        "select regexp_extract(experiment_id, '(.*)_', 1) as design, avg((p_value < .05)::int) as share"
        " from marts.experiment_results where metric = 'impressions_per_user' and segment = 'all'"
        " and method = 'unadjusted' and experiment_id not in ('shared', 'unknown') group by design",
    )
    shares = dict(rejected.iter_rows())
    assert shares["by_user"] > 0.3
    assert shares["null"] <= 0.12


def test_only_methods_that_know_clusters_have_rows(database):
    methods = table(
        database,
        "select experiment_id = 'null_0' as is_clustered, string_agg(distinct method, ' ' order by method) as methods"
        " from marts.experiment_results where experiment_id in ('null_0', 'by_user_0') group by is_clustered",
    )
    methods = dict(methods.iter_rows())
    assert methods[True] == "cuped unadjusted"
    assert {"winsorised", "post_stratified"} <= set(methods[False].split())
    for mart in ("experiment_results_by_day", "experiment_complier_effects"):
        clustered = table(database, f"select count(*) from marts.{mart} where experiment_id not like 'by_user%'")
        assert clustered.item() == 0
    days = "select count(days_to_go), count(minimum_detectable_effect) from marts.experiment_power where"
    by_user, by_country = (
        table(database, f"{days} experiment_id = '{experiment}'").row(0) for experiment in ("by_user_0", "null_0")
    )
    assert by_country[0] == 0
    assert by_country[1] > 0
    assert by_user[1] > 0


@pytest.mark.parametrize(
    ("experiment", "reason"), [("shared", "cluster_in_several_arms"), ("unknown", "unknown_cluster")]
)
def test_a_broken_randomisation_of_clusters_gives_no_figures(database, experiment, reason):
    rows = table(database, f"select * from marts.experiment_results where experiment_id = '{experiment}'")
    assert set(rows["null_reason"]) == {reason}
    is_figure = re.compile("estimate|p_value|arm_value|control_value|relative_lift|sequential_p|posterior_mean").match
    figures = [column for column in rows.columns if is_figure(column)]
    assert len(figures) > 8
    assert all(rows[column].is_null().all() for column in figures)
    health = table(database, f"select * from marts.experiment_health where experiment_id = '{experiment}'")
    check = health.filter(check_name="clusters")
    assert check["status"].item() == "fail"
    sentence = {"shared": "1 clusters (by country)", "unknown": "and of 1 users the cluster is not known"}
    assert sentence[experiment] in check["detail"].item()


def test_the_sample_ratio_counts_clusters_and_other_checks_are_not_judged(database):
    health = table(database, "select * from marts.experiment_health where experiment_id = 'null_0'")
    statuses = dict(health.select("check_name", "status").iter_rows())
    details = dict(health.select("check_name", "detail").iter_rows())
    counts = "Clusters (by country) per arm: control 12 (expected 12), treatment 12 (expected 12)."
    assert details["sample_ratio_mismatch"].endswith(counts)
    assert [statuses[check] for check in ("sample_ratio_mismatch", "sequential_sample_ratio_mismatch")] == ["pass"] * 2
    assert details["clusters"] == "Every cluster (by country) is in one arm. Clusters: 24."
    for check in ("crossovers", "refused_rows", "pre_period_balance"):
        assert statuses[check] == "warn"
        assert details[check].startswith("Not judged: randomised by country")
    for check in ("exposure_rate", "time_to_exposure"):
        assert statuses[check] == "not_applicable"
