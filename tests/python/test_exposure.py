"""A change of the logging in one arm is caught by signals that no longer agree."""

import json
import re
import shutil

import duckdb
import polars as pl
import pytest
from readout import exposure, outcomes, screening
from readout.comparison import differences, table

TOLERANCE = 1e-9
TAMPERED = "ranker_depth"
MODELS = {
    "int_experiments__signals": "intermediate",
    "int_experiments__validity_units": "intermediate",
    "int_experiments__validity_contrasts": "intermediate",
    "experiment_health": "marts",
    "experiment_validity": "marts",
}
CLICKS = "intermediate.int_engagements__attributed"
SESSIONS = "intermediate.int_feed__sessions"
OF_TREATED = f"""
    user_id in (
        select user_id from intermediate.int_experiments__units
        where experiment_id = '{TAMPERED}' and arm = 'treatment'
    )
"""
CLICK_DRAW, SESSION_DRAW = (f"md5_number_lower('1' || {key})" for key in ("event_id", "session_id"))
# Every one of them leaves effects as they were, or changes them for no reason that is the treatment's.
LOST = {
    "every dwell": f"update {CLICKS} set dwell_ms = null where {OF_TREATED}",
    "the impressions of one click of twenty": f"""
        update {CLICKS} set attributed_impression_event_id = null where {CLICK_DRAW} % 20 = 0 and {OF_TREATED}
    """,
    "the impressions of one session of twenty": f"""
        update {SESSIONS} set first_impression_at = null where {SESSION_DRAW} % 20 = 0 and {OF_TREATED}
    """,
    "nothing, and one click of ten is logged twice": f"""
        insert into {CLICKS}
        select * replace (event_id || ' again' as event_id, cast(null as bigint) as dwell_ms) from {CLICKS}
        where {CLICK_DRAW} % 10 = 0 and {OF_TREATED}
    """,
}
# Drawn once: of a hundred draws, about one would fail some experiment by chance.
IN_BOTH_ARMS = [
    f"update {CLICKS} set dwell_ms = null where {CLICK_DRAW} % 5 = 0",
    f"update {SESSIONS} set first_impression_at = null where {SESSION_DRAW} % 5 = 0",
]


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
def signals(project_root, definitions):
    """What the signals of every assigned user say, from the accepted rows."""
    screened = screening.screened(screening.read(project_root / "seeds/feed"), definitions["experiment_arms"])
    accepted = {name: screening.accepted(rows) for name, rows in screened.items()}
    units = outcomes.units(accepted["assignments"], definitions["experiments"], definitions["experiment_arm_shares"])
    engagements = outcomes.attributed(accepted["engagements"], accepted["impressions"])
    return exposure.signals(accepted["impressions"], engagements, units.filter(pl.col("exclusion_reason").is_null()))


@pytest.fixture(scope="module")
def compiled(run_dbt, demo_database):
    """The SQL of the models that compare signals, for whatever database it is run in."""
    run = run_dbt("compile", "--select", *MODELS, database=demo_database)
    manifest = json.loads((run.target_path / "manifest.json").read_text(encoding="utf-8"))
    return {
        model: re.sub(
            r'"[^"]+"\.("[^"]+"\."[^"]+")', r"\1", manifest["nodes"][f"model.feedlift.{model}"]["compiled_code"]
        )
        for model in MODELS
    }


@pytest.fixture
def checked(compiled, demo_database, tmp_path):
    """A function that runs statements in a copy of the demo and returns the check and the users' signals."""

    def run(*statements: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        # Views name the database they are in by the name of its file.
        copy = tmp_path / demo_database.name
        shutil.copy(demo_database, copy)
        with duckdb.connect(str(copy)) as connection:
            for statement in statements:
                connection.execute(statement)
            for model, schema in MODELS.items():
                connection.execute(f"create or replace table {schema}.{model} as {compiled[model]}")
        return (
            table(
                copy,
                """
                select experiment_id, status, statistic, p_value, verdict, assigned_invalid_reason
                from marts.experiment_health inner join marts.experiment_validity using (experiment_id)
                where check_name = 'signal_parity'
                """,
            ),
            table(
                copy,
                """
                select signals.*, arm, phase from intermediate.int_experiments__signals as signals
                inner join intermediate.int_experiments__units using (experiment_id, user_id)
                """,
            ),
        )

    return run


def test_signals(signals, demo_database):
    actual = table(demo_database, "select * from intermediate.int_experiments__signals")
    assert signals["click_count"].sum() > signals["session_count"].sum() / 2
    assert differences(signals, actual, ["experiment_id", "user_id"]) == []


def test_the_demo_is_logged_alike_in_all_arms(demo_database):
    statuses = table(demo_database, "select status from marts.experiment_health where check_name = 'signal_parity'")
    assert statuses["status"].to_list() == ["pass"] * 8


@pytest.mark.parametrize("statement", LOST.values(), ids=LOST)
def test_a_logging_that_changed_in_one_arm_is_caught(checked, definitions, statement):
    health, users = checked(statement)
    found = health.filter(experiment_id=TAMPERED).row(0, named=True)
    assert (found["status"], found["verdict"]) == ("fail", "invalid")
    assert found["assigned_invalid_reason"] == "signal_parity"
    # Users are in other experiments, too, where the loss is spread over the arms.
    assert (health.filter(pl.col("experiment_id") != TAMPERED)["status"] == "fail").sum() == 0

    expected = exposure.parities(users, definitions["experiment_arms"])
    assert differences(expected, health, ["experiment_id"], TOLERANCE) == []


def test_a_logging_that_is_as_bad_in_every_arm_passes(checked, definitions):
    health, users = checked(*IN_BOTH_ARMS)
    expected = exposure.parities(users, definitions["experiment_arms"])
    assert expected["p_value"].null_count() == 0
    assert differences(expected, health, ["experiment_id"], TOLERANCE) == []
    assert set(health["status"]) == {"pass"}
