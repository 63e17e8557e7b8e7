"""The checks of every experiment are those that an independent computation gets, on the demo and on random ramps."""

import json
import re
from datetime import datetime, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest
from readout import checks, exposure, outcomes, screening, validity
from readout.comparison import differences, table

TOLERANCE = 1e-9
LACKING = [f"{name}_without_{column}" for name, of_table in checks.MISSING.items() for column in of_table]
COUNTED = {"pass": "passed", "warn": "warned", "fail": "failed", "not_applicable": "not_applicable"}
CHANGE = datetime(2026, 1, 12)  # noqa: DTZ001 the project's times are plain UTC
MODELS = ["int_experiments__ramp_timing", "int_experiments__attribute_balance"]


@pytest.fixture(scope="module")
def definitions(project_root):
    """The experiment definitions as the seeds have them, times parsed."""
    return {
        name: pl.read_csv(project_root / "seeds/experiments" / f"{name}.csv", infer_schema=False).with_columns(
            pl.col("^.*_at$").str.to_datetime("%Y-%m-%d %H:%M:%S")
        )
        for name in ("experiments", "experiment_arms", "experiment_arm_shares")
    }


@pytest.fixture(scope="module")
def shares(definitions):
    """The planned shares by experiment, phase and arm."""
    planned = {}
    for experiment, starts_at, arm, share in (
        definitions["experiment_arm_shares"]
        .with_columns(phase=pl.col("starts_at").rank("dense").over("experiment_id"))
        .select("experiment_id", "phase", "arm", "share")
        .iter_rows()
    ):
        planned.setdefault(experiment, {}).setdefault(starts_at, {})[arm] = float(share)
    return planned


@pytest.fixture(scope="module")
def screened(project_root, definitions):
    """All rows, with the reason of those that are refused."""
    return screening.screened(screening.read(project_root / "seeds/feed"), definitions["experiment_arms"])


@pytest.fixture(scope="module")
def accepted(screened):
    """The rows that are accepted."""
    return {name: screening.accepted(rows) for name, rows in screened.items()}


@pytest.fixture(scope="module")
def units(accepted, definitions):
    """Every user of every experiment, those left out among them."""
    return outcomes.units(accepted["assignments"], definitions["experiments"], definitions["experiment_arm_shares"])


@pytest.fixture(scope="module")
def engagements(accepted):
    """Engagements with the impression that each belongs to."""
    return outcomes.attributed(accepted["engagements"], accepted["impressions"])


@pytest.fixture(scope="module")
def measured(accepted, engagements, units, definitions):
    """Everybody assigned, and again everybody exposed, with segments."""
    events = outcomes.counted_events(accepted, engagements)
    measures = outcomes.unit_measures(
        accepted, events, units, definitions["experiments"], definitions["experiment_arms"]
    )
    return measures.join(units.select("experiment_id", "user_id", "ends_at"), on=["experiment_id", "user_id"])


@pytest.fixture(scope="module")
def assigned(measured):
    """Everybody assigned, with segments."""
    return measured.filter(population="assigned")


@pytest.fixture(scope="module")
def roles(project_root):
    """The metrics that experiments name, with what for."""
    return pl.read_csv(project_root / "seeds/experiments/experiment_metrics.csv", infer_schema=False).select(
        "experiment_id", "metric", pl.col("role", "desired_direction")
    )


@pytest.fixture(scope="module")
def missing_values(assigned, accepted):
    """Of every assigned user, the rows that lack a value or came late."""
    return checks.missing_values(assigned, accepted)


def test_sample_ratios_by_segment(assigned, shares, demo_database):
    expected = checks.sample_ratios_by_segment(assigned, shares)
    assert expected["null_reason"].n_unique() == 2
    actual = table(demo_database, "select * from marts.experiment_sample_ratios_by_segment")
    assert differences(expected, actual, ["experiment_id", "segment", "segment_value", "arm"], TOLERANCE) == []


def test_attribute_balance(assigned, demo_database):
    expected = checks.attribute_balance(assigned)
    actual = table(demo_database, "select * from intermediate.int_experiments__attribute_balance")
    assert differences(expected, actual, ["experiment_id", "segment"], TOLERANCE) == []
    smallest = expected.group_by("experiment_id").agg(
        statistic=pl.col("chi_square").sort_by("p_value").first(),
        p_value=pl.min_horizontal(1.0, pl.col("p_value").min() * pl.col("p_value").count()),
    )
    health = table(demo_database, "select * from marts.experiment_health where check_name = 'attribute_balance'")
    assert differences(smallest, health, ["experiment_id"], TOLERANCE) == []


def test_missing_values(missing_values, demo_database):
    actual = table(demo_database, "select * from intermediate.int_experiments__missing_values")
    counts = {column: f"{column}_count" for column in LACKING} | {"late_rows": "late_row_count"}
    expected = missing_values.rename(counts)
    expected = expected.drop("late_impressions", "late_engagements")
    assert expected["engagements_without_impression_event_id_count"].sum() > 0
    assert expected["late_row_count"].sum() > 0
    assert differences(expected, actual, ["experiment_id", "user_id"]) == []


def test_verdicts(definitions, demo_database):
    health = table(demo_database, "select * from marts.experiment_health")
    expected = {
        experiment: checks.verdict(
            health.filter(experiment_id=experiment).to_dicts(),
            deciding_population or "assigned",
        )
        for experiment, deciding_population in definitions["experiments"]
        .select("experiment_id", "deciding_population")
        .iter_rows()
    }
    actual = table(demo_database, "select * from marts.experiment_validity")
    assert dict(actual.select("experiment_id", "verdict").iter_rows()) == expected
    counts = health.group_by("experiment_id").agg(
        *((pl.col("status") == status).sum().alias(f"{name}_check_count") for status, name in COUNTED.items())
    )
    assert differences(counts, actual, ["experiment_id"]) == []
    for experiment, passed, applying, others, reasons in (
        counts.join(actual.filter(verdict="valid").select("experiment_id", "reasons"), on="experiment_id")
        .select(
            "experiment_id",
            "passed_check_count",
            pl.sum_horizontal("passed_check_count", "warned_check_count", "failed_check_count").alias("applying"),
            "not_applicable_check_count",
            "reasons",
        )
        .iter_rows()
    ):
        # In the demo every check that applies can be judged.
        sentence = f": {passed} of {applying} checks that could be judged pass, {others} do not apply."
        assert sentence in reasons, experiment
    assert {experiment for experiment, verdict in expected.items() if verdict != "valid"} == {"closeup_redesign"}


def test_checks_that_have_nothing_to_test_do_not_apply(measured, accepted, definitions, shares, roles, demo_database):
    """No trigger, or none that was met in every arm; shares that never change; no metric of the role that is needed."""
    declared = definitions["experiments"].filter(
        pl.any_horizontal(pl.col("trigger_surface", "trigger_module_id").is_not_null())
    )
    experiments = set(definitions["experiments"]["experiment_id"])
    of_check = {
        "trigger": set(declared["experiment_id"]) | set(accepted["exposures"]["experiment_id"]),
        "ramp_timing": {experiment for experiment, by_phase in shares.items() if len(by_phase) > 1},
        "placebo_metric": set(roles.filter(role="placebo")["experiment_id"]),
        "manipulation_check": set(roles.filter(role="manipulation")["experiment_id"]),
    }
    for check in ("exposure_rate", "time_to_exposure"):
        of_check[check] = set(measured.filter(population="exposed")["experiment_id"])
    expected = {(experiment, check) for check, having in of_check.items() for experiment in experiments - having}
    actual = table(
        demo_database, "select experiment_id, check_name from marts.experiment_health where status = 'not_applicable'"
    )
    assert set(actual.iter_rows()) == expected
    assert {check for _, check in expected} == set(of_check)


@pytest.fixture(scope="module")
def compiled(run_dbt, demo_database):
    """The SQL of some models, with the tables they read by their names alone."""
    run = run_dbt("compile", "--select", *MODELS, database=demo_database)
    manifest = json.loads((run.target_path / "manifest.json").read_text(encoding="utf-8"))
    return {
        model: re.sub(
            r'"[^"]+"\."[^"]+"\."([^"]+)"', r"\1", manifest["nodes"][f"model.feedlift.{model}"]["compiled_code"]
        )
        for model in MODELS
    }


def random_ramps(generator: np.random.Generator, count: int, delay: int) -> list[dict]:
    """Ramps whose shares change so many hours after they were to, users at random times around the planned change."""
    ramps = []
    for number in range(count):
        arms = ["control", "a", "b"][: 2 + number % 2]
        earlier, later = (dict(zip(arms, generator.dirichlet(np.full(len(arms), 4.0)), strict=True)) for _ in range(2))
        hours = np.round(generator.uniform(-48, 48, generator.integers(1, 120)), 3)
        if number % 6 == 1:
            # An arm that opens with the change rules out that the change came late.
            earlier["control"] += earlier.pop("b")
        users = []
        for hour in hours:
            in_force = earlier if hour < delay else later
            users.append((hour, str(generator.choice(list(in_force), p=list(in_force.values())))))
        ramps.append({"experiment_id": f"e{number}", "earlier": earlier, "later": later, "users": users})
    return ramps


def timed(compiled: dict[str, str], ramps: list[dict]) -> pl.DataFrame:
    """What the project says of ramps."""
    arm_shares = pl.DataFrame(
        [
            {"experiment_id": ramp["experiment_id"], "phase": phase, "arm": arm, "share": share, "starts_at": starts_at}
            for ramp in ramps
            for phase, name, starts_at in ((1, "earlier", CHANGE - timedelta(days=7)), (2, "later", CHANGE))
            for arm, share in ramp[name].items()
        ]
    )
    users = pl.DataFrame(
        [
            {
                "experiment_id": ramp["experiment_id"],
                "phase": 1 + (hours >= 0),
                "arm": arm,
                "assigned_at": CHANGE + timedelta(seconds=round(hours * 3600, 1)),
            }
            for ramp in ramps
            for hours, arm in ramp["users"]
        ]
    )
    with duckdb.connect() as connection:
        connection.register("stg_experiments__arm_shares", arm_shares)
        connection.register("int_experiments__randomised_units", users)
        return connection.execute(compiled["int_experiments__ramp_timing"]).pl()


def test_the_evidence_for_another_instant_of_change(compiled):
    generator = np.random.default_rng(1)
    ramps = random_ramps(generator, 150, delay=0) + random_ramps(generator, 50, delay=7)
    for number, ramp in enumerate(ramps):
        ramp["experiment_id"] = f"e{number}"
    evidence = [checks.ramp_evidence(ramp["users"], ramp["earlier"], ramp["later"]) for ramp in ramps]
    expected = pl.DataFrame(
        [
            {"experiment_id": ramp["experiment_id"], "log_bayes_factor": log, "likeliest_offset_hours": offset}
            for ramp, (log, offset) in zip(ramps, evidence, strict=True)
        ]
    )
    assert differences(expected, timed(compiled, ramps), ["experiment_id"], TOLERANCE, floor=1e-11) == []


def test_a_sound_ramp_is_hardly_ever_found_late_and_a_late_one_is(compiled):
    generator = np.random.default_rng(2)
    sound = timed(compiled, random_ramps(generator, 800, delay=0))
    # At most one of 20 by Markov's inequality; the ramps that were delayed are another matter.
    assert (sound["p_value"] < 0.05).mean() <= 0.05
    late = random_ramps(generator, 200, delay=24)
    for ramp in late:
        ramp["earlier"], ramp["later"] = {"control": 0.9, "a": 0.1}, {"control": 0.5, "a": 0.5}
        hours = generator.uniform(-48, 48, 400)
        ramp["users"] = [
            (h, str(generator.choice(["control", "a"], p=[0.9, 0.1] if h < 24 else [0.5, 0.5]))) for h in hours
        ]
    found = timed(compiled, late)
    assert (found["p_value"] < 0.001).mean() > 0.99
    assert (found["likeliest_offset_hours"] - 24).abs().median() <= 1


def test_placebos_and_manipulations_follow_from_the_results(roles, demo_database):
    """The rows of experiment_results are recomputed elsewhere; here the rules that turn them into checks."""
    rows = table(
        demo_database,
        "select * from marts.experiment_results"
        " where population = 'assigned' and segment = 'all' and method = 'unadjusted'",
    ).join(roles, on=["experiment_id", "metric"], suffix="_meant")
    health = table(demo_database, "select * from marts.experiment_health")

    placebos = (
        rows.filter(role="placebo")
        .group_by("experiment_id")
        .agg(p_value=pl.min_horizontal(1.0, pl.col("p_value").min() * pl.col("p_value").count()))
        .with_columns(status=pl.when(pl.col("p_value") < 1e-3).then(pl.lit("fail")).otherwise(pl.lit("pass")))
    )
    found = health.filter(check_name="placebo_metric").filter(pl.col("status") != "not_applicable")
    assert differences(placebos, found, ["experiment_id"], TOLERANCE) == []

    sign = pl.when(desired_direction_meant="decrease").then(-1).otherwise(1)
    manipulations = (
        rows.filter(role="manipulation")
        .with_columns(towards=sign * pl.col("estimate") / pl.col("estimate_se"))
        .group_by("experiment_id")
        .agg(
            statistic=pl.col("towards").min(),
            has_moved=((pl.col("towards") > 0) & (pl.col("p_value") < 1 - pl.col("confidence_level"))).all(),
        )
        .select(
            "experiment_id",
            "statistic",
            status=pl.when("has_moved").then(pl.lit("pass")).otherwise(pl.lit("warn")),
        )
    )
    found = health.filter(check_name="manipulation_check").filter(pl.col("status") != "not_applicable")
    assert differences(manipulations, found, ["experiment_id"], TOLERANCE) == []
    assert len(placebos) > 0
    assert len(manipulations) > 0


@pytest.fixture(scope="module")
def check_contrasts(units, measured, screened, accepted, engagements, missing_values, definitions):
    """Every comparison of arms that a check makes, but for those of metrics that the experiment names."""
    analysed = units.filter(pl.col("exclusion_reason").is_null())
    users = validity.validity_units(units, measured, screened).join(
        exposure.signals(accepted["impressions"], engagements, analysed), on=["experiment_id", "user_id"]
    )
    lacking = {("missing_data", column): (column, f"{column.split('_')[0]}_count") for column in LACKING}
    lacking["missing_data", "late_rows"] = ("late_rows", "row_count")
    arms = definitions["experiment_arms"]
    compared = [
        *validity.check_contrasts(users, arms, validity.QUANTITIES),
        *validity.check_contrasts(missing_values, arms, lacking),
    ]
    return pl.DataFrame(compared, infer_schema_length=None)


def test_the_figures_behind_the_checks(check_contrasts, roles, demo_database):
    key = ["experiment_id", "check_name", "metric", "arm"]
    figures = ["arm_value", "control_value", "estimate", "estimate_se", "p_value", "null_reason"]
    # Recomputed elsewhere; here is what becomes of them.
    named = (
        table(
            demo_database,
            "select * from marts.experiment_results"
            " where population = 'assigned' and segment = 'all' and method = 'unadjusted'",
        )
        .join(roles.select("experiment_id", "metric", "role"), on=["experiment_id", "metric"])
        .filter(pl.col("role").is_in(["placebo", "manipulation"]))
        .select(
            pl.col("role")
            .replace_strict({"placebo": "placebo_metric", "manipulation": "manipulation_check"})
            .alias("check_name"),
            "experiment_id",
            "metric",
            "arm",
            "unit_count",
            "control_unit_count",
            *figures,
        )
    )
    is_corrected = pl.col("check_name") != "manipulation_check"
    family_size = pl.col("p_value").count().over("experiment_id", "check_name")
    bonferroni = pl.min_horizontal(1.0, pl.col("p_value") * family_size)
    # It is a matter of its own which reasons there are.
    reasons = table(demo_database, "select experiment_id, assigned_invalid_reason from marts.experiment_validity")
    expected = (
        pl.concat([check_contrasts, named], how="diagonal_relaxed")
        .fill_nan(None)
        .with_columns(
            family_size=family_size,
            t_statistic=pl.when(pl.col("p_value").is_not_null()).then(pl.col("estimate") / pl.col("estimate_se")),
            p_value_bonferroni=pl.when(is_corrected & pl.col("p_value").is_not_null()).then(bonferroni),
            tolerance=pl.when(check_name="signal_parity").then(0.01),
        )
        .join(reasons.rename({"assigned_invalid_reason": "invalid_reason"}), on="experiment_id")
        .with_columns(is_valid=pl.col("invalid_reason").is_null())
    )
    assert set(expected["check_name"]) == {*validity.CHECKS, "signal_parity", "missing_data", *named["check_name"]}
    actual = table(demo_database, "select * from marts.experiment_check_contrasts")
    shown = ["unit_count", "control_unit_count", *figures, "t_statistic", "family_size", "p_value_bonferroni"]
    expected = expected.select(*key, *shown, "tolerance", "is_valid", "invalid_reason")
    assert differences(expected, actual, key, TOLERANCE, floor=1e-11) == []


def test_days_without_data(accepted, definitions, demo_database):
    """No day of the demo is lost, and the check counts the days that there are, and those that lack to whole weeks."""

    def lacking(of_experiment: pl.Series) -> int:
        by_weekday = of_experiment.dt.weekday().value_counts()["count"]
        return 7 * (by_weekday.max() or 0) - by_weekday.sum()

    users = (
        pl.concat(accepted[name].select("user_id", "event_at") for name in ("impressions", "engagements"))
        .group_by(day=pl.col("event_at").dt.date())
        .agg(pl.col("user_id").n_unique())
    )
    days = users.filter(pl.col("user_id") * 10 >= users["user_id"].median())["day"]
    last = days.max()
    expected = pl.DataFrame(
        [
            {
                "experiment_id": experiment,
                "day_count": (
                    min(ends - timedelta(seconds=1), datetime.combine(last, datetime.min.time())).date() - starts.date()
                ).days
                + 1,
                "day_with_data_count": len(of_experiment),
                "day_to_whole_weeks_count": lacking(of_experiment),
            }
            for experiment, starts, ends in definitions["experiments"]
            .select("experiment_id", "starts_at", "ends_at")
            .iter_rows()
            for of_experiment in [days.filter(days.is_between(starts.date(), (ends - timedelta(seconds=1)).date()))]
        ]
    )
    actual = table(demo_database, "select * from intermediate.int_experiments__day_coverage")
    assert differences(expected, actual, ["experiment_id"]) == []
