"""The same events give the same marts through every door, and what is not logged costs its own feature only."""

import csv
import os
import re
import shutil
import subprocess

import duckdb
import polars as pl
import pytest
from readout.comparison import differences, table

# What a warehouse would store; a column with a value that does not fit keeps its text.
STORED_TYPES = {
    r".*_at": "timestamp with time zone",
    "position|visible_ms|latency_ms|dwell_ms": "bigint",
    "viewport_fraction|score|propensity": "double",
    "value": "decimal(18, 4)",
    "is_.*": "boolean",
}

TABLES = [
    "impressions",
    "engagements",
    "assignments",
    "users",
    "items",
    "boards",
    "board_items",
    "exposures",
    "eligibility",
]

# Folders in which every format holds every third table, so that three folders show every table in every format.
FORMATS = ["parquet", "csv", "json"]
ROTATIONS = [{name: FORMATS[(i + shift) % 3] for i, name in enumerate(TABLES)} for shift in range(3)]

WITHOUT_TESTS = ["--exclude-resource-type", "test", "unit_test"]


@pytest.fixture(scope="module")
def demo(demo_database):
    """A connection that holds the demo's raw tables as `demo.raw.raw_…`, all of them text."""
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = 'UTC'; attach '{demo_database}' as demo (read_only)")
        yield connection


@pytest.fixture(scope="module")
def run_on_files(demo, project_root, new_project_elsewhere, run_dbt):
    """A function that writes the demo's raw tables to files and runs dbt on them.

    Its arguments:
        *args: The command of dbt and its options.
        formats: The tables to write and the format of each.
        without: Columns to leave out.
    """
    project = new_project_elsewhere()
    (project / "seeds").symlink_to(project_root / "seeds")
    folder = project / "raw"
    database = project / "feedlift.duckdb"

    def run(*args, formats, without=()):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        database.unlink(missing_ok=True)
        for name, file_format in formats.items():
            write_files(demo, folder, name, file_format, without)
        # The files are in the folder where they are looked for unless a project says otherwise.
        files = {"raw_door": "files"}
        return run_dbt(*args, *WITHOUT_TESTS, database=database, vars=files, project_dir=project), database

    return run


def stored_columns(connection, name):
    """The columns of a raw table as a warehouse would store them, for a select list."""
    expressions = []
    for column in connection.table(f"demo.raw.raw_{name}").columns:
        data_type = next((stored for pattern, stored in STORED_TYPES.items() if re.fullmatch(pattern, column)), "text")
        typed = f"try_cast(nullif(trim({column}), '') as {data_type})"
        misfits = f"from demo.raw.raw_{name} where trim({column}) <> '' and {typed} is null"
        keeps_text = data_type == "text" or connection.execute(f"select count(*) {misfits}").fetchone()[0] > 0
        expressions.append(f"{column if keeps_text else typed} as {column}")
    return ", ".join(expressions)


def write_files(connection, folder, name, file_format, without):
    """Write one raw table in a format, without some of its columns."""
    columns = [column for column in connection.table(f"demo.raw.raw_{name}").columns if column not in without]
    if file_format != "parquet":
        query = f"select {', '.join(columns)} from demo.raw.raw_{name}"
        connection.execute(f"copy ({query}) to '{folder}/raw_{name}.{file_format}'")
        return
    # As a warehouse unloads it: typed, in several files.
    (folder / f"raw_{name}").mkdir()
    stored = f"(select {stored_columns(connection, name)} from demo.raw.raw_{name})"
    for part in range(2):
        query = f"select {', '.join(columns)} from {stored} where hash({columns[0]}) % 2 = {part}"
        connection.execute(f"copy ({query}) to '{folder}/raw_{name}/{part}.parquet'")


def marts(database):
    """Every mart of a database."""
    names = table(database, "select table_name from information_schema.tables where table_schema = 'marts'")
    return {name: table(database, f"select * from marts.{name}") for name in names["table_name"]}


def mart_differences(expected, actual):
    """What differs between the marts of two databases."""
    expected, actual = marts(expected), marts(actual)
    assert expected
    assert actual.keys() == expected.keys()
    found = []
    for name, rows in expected.items():
        # Floating sums depend on the order in which threads deliver their parts.
        keyed_by_number = {"relative_effect"}
        key = [name for name, data_type in rows.schema.items() if not data_type.is_float() or name in keyed_by_number]
        found += differences(rows, actual[name].cast(dict(rows.schema)), key, tolerance=1e-9, floor=1e-12)
    return found


def screening_differences(demo_database, database):
    """The raw tables of which screening makes something else than in the demo, with the number of rows."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{demo_database}' as demo (read_only); attach '{database}' as other (read_only)")
        for name in TABLES:
            expected, actual = (
                f"(select columns(c -> c <> 'raw_record') from {side}.staging.stg_feed__{name}_screened)"
                for side in ("demo", "other")
            )
            rows = connection.execute(
                f"select (select count(*) from ({expected} except all {actual})),"
                f" (select count(*) from ({actual} except all {expected}))"
            ).fetchone()
            if any(rows):
                found[name] = rows
    return found


def test_files_of_every_format_give_the_marts_of_the_seeds(demo_database, run_on_files):
    run, database = run_on_files("build", formats=ROTATIONS[0])
    assert mart_differences(demo_database, database) == []
    # Nothing is missing, so nothing is said to be.
    assert "feedlift: without" not in run.output


@pytest.mark.parametrize("formats", ROTATIONS[1:], ids=lambda formats: formats["impressions"])
def test_every_table_is_screened_alike_in_every_format(demo_database, run_on_files, formats):
    _, database = run_on_files("build", "--select", "+stg_feed__*_screened", formats=formats)
    assert screening_differences(demo_database, database) == {}


def test_tables_of_another_shape_are_screened_like_the_seeds(demo_database, run_dbt, tmp_path):
    database = tmp_path / "feedlift.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"set TimeZone = 'UTC'; attach '{demo_database}' as demo (read_only); create schema lake")
        for name in TABLES:
            connection.execute(
                f"create table lake.raw_{name} as select {stored_columns(connection, name)} from demo.raw.raw_{name}"
            )
        # Renamed columns, a column that changed its name midway, and rows that are none of ours.
        connection.execute("""
            alter table lake.raw_impressions rename to "View Log";
            alter table lake."View Log" rename column event_id to id;
            alter table lake."View Log" rename column user_id to "User";
            alter table lake."View Log" rename column surface to place;
            alter table lake."View Log" add column surface_name text;
            alter table lake."View Log" add column environment text;
            update lake."View Log" set
                surface_name = case when hash(id) % 2 = 0 then place end,
                place = case when hash(id) % 2 = 1 then place end,
                environment = 'production';
            insert into lake."View Log" select * replace ('test' as environment) from lake."View Log" limit 100;
            create view lake.people as select user_id as person, * exclude (user_id) from lake.raw_users;
            alter table lake.raw_boards rename to pinboards;
        """)
    raw_tables = {
        "impressions": {
            "identifier": "View Log",
            "where": "environment = 'production'",
            "columns": {"event_id": "id", "user_id": "user", "surface": "coalesce(surface_name, place)"},
        },
        "users": {"identifier": "people", "columns": {"user_id": "person"}},
        "boards": {"identifier": "pinboards"},
    }
    warehouse = {"raw_door": "warehouse", "raw_schema": "lake", "raw_tables": raw_tables}
    # Every other model reads what was screened and which columns there are, and knows no door.
    selected = ["--select", "+stg_feed__*_screened", "+stg_feed__logged_columns"]
    run_dbt("build", *selected, *WITHOUT_TESTS, database=database, vars=warehouse)
    assert screening_differences(demo_database, database) == {}
    columns = "from staging.stg_feed__logged_columns order by all"
    assert table(database, columns).rows() == table(demo_database, columns).rows()


def test_what_is_not_logged_costs_its_own_feature_only(demo_database, run_on_files):
    run, database = run_on_files(
        "build",
        formats=dict.fromkeys(["impressions", "engagements", "assignments"], "csv"),
        without=["viewport_fraction", "visible_ms", "session_id", "dwell_ms", "value", "latency_ms"],
    )

    said = {line.partition("feedlift: ")[2] for line in run.output.splitlines() if "feedlift: without" in line}
    of_sessions = (
        "if at all; null measures: sessions, return_visits, session_seconds, session_impressions, engaged_sessions,"
        " shopping_engaged_sessions, early_exits."
    )
    assert said == {
        "without raw_impressions.session_id, the sessions of a user-day are counted from engagements alone, "
        + of_sessions,
        (
            "without raw_impressions.viewport_fraction, null measures: impressions, clicked_impressions,"
            " satisfied_clicked_impressions, viewport_impressions, clicked_viewport_impressions,"
            " positioned_impressions, impression_positions, fresh_impressions, shoppable_impressions,"
            " session_impressions; null metrics: creator_hhi, item_hhi."
        ),
        (
            "without raw_impressions.visible_ms, null measures: impressions, clicked_impressions,"
            " satisfied_clicked_impressions, viewport_impressions, clicked_viewport_impressions,"
            " positioned_impressions, impression_positions, fresh_impressions, shoppable_impressions,"
            " video_visible_ms, session_impressions; null metrics: creator_hhi, item_hhi."
        ),
        "without raw_impressions.latency_ms, null metrics: impression_latency_p95.",
        "without raw_engagements.session_id, the sessions of a user-day are counted from impressions alone, "
        + of_sessions,
        (
            "without raw_engagements.dwell_ms, null measures: satisfied_clicked_impressions, long_clicks, bounces,"
            " satisfied_clicks."
        ),
        "without raw_engagements.value, null measures: revenue.",
        "without raw_users, user attributes are null, and segments made of them are 'unknown'.",
        (
            "without raw_items, item attributes are null, and viewability thresholds per content format do not hold;"
            " null measures: fresh_impressions, shoppable_impressions, video_visible_ms, organic_clicks;"
            " null metrics: creator_hhi."
        ),
        (
            "without raw_exposures, users count as exposed from their first drawn impression on an experiment's trigger"
            " surface or module."
        ),
        (
            "without raw_eligibility, who was eligible and never assigned is not known, and experiment_exposure_ladder"
            " starts with the assigned."
        ),
    }

    sql = """
        select experiment_id, metric, arm, method, estimate, estimate_se, p_value, null_reason
        from marts.experiment_results
        where population = 'assigned' and segment = 'all' and method = 'unadjusted'
    """
    lost = (
        table(database, sql)
        .filter(pl.col("null_reason") == "not_logged")
        .filter(pl.col("estimate").is_null() & pl.col("p_value").is_null())
    )
    impressions = {
        *("impressions_per_user", "ctr", "save_rate", "hide_rate", "report_rate"),
        *("mean_position", "fresh_impression_share", "shoppable_impression_share"),
    }
    sessions = {
        *("sessions_per_user", "return_visits_per_user", "session_length", "session_depth", "early_exit_rate"),
        *("engaged_session_rate", "shopping_engaged_session_rate"),
    }
    others = sessions | {
        *("satisfied_clicks_per_user", "satisfied_ctr", "bounce_rate", "video_visible_ms_per_user"),
        "long_clicks_per_user",
        "long_click_rate",
        "organic_clicks_per_user",
        "revenue_per_user",
        "impressions_per_user_p90",
        "impression_latency_p95",
        *("creator_hhi", "item_hhi"),
    }
    assert set(lost["metric"]) == impressions | others

    kept = ~pl.col("metric").is_in(list(impressions | others))
    expected, actual = table(demo_database, sql).filter(kept), table(database, sql).filter(kept)
    assert {"clicks_per_user", "saves_per_user", "reports_per_user"} <= set(expected["metric"])
    assert (
        differences(expected, actual, ["experiment_id", "metric", "arm", "method"], tolerance=1e-9, floor=1e-12) == []
    )

    days = table(database, "select * from marts.user_days")
    assert {name for name in days.columns if days[name].is_null().all()} == {
        "session_count",
        "impression_count",
        "clicked_impression_count",
        "long_click_count",
        "bounce_count",
        "satisfied_click_count",
        "video_visible_ms",
        "revenue",
        *("started_session_count", "session_seconds", "engaged_session_count", "shopping_engaged_session_count"),
        *("early_exit_count", "return_visit_count"),
    }
    segments = "select distinct segment, segment_value from marts.experiment_results where segment = 'platform'"
    assert table(database, segments).rows() == [("platform", "unknown")]


def test_the_cost_of_unknown_creators_is_said(run_on_files):
    formats = dict.fromkeys(["impressions", "engagements", "assignments", "items"], "csv")
    run, _ = run_on_files("build", "--select", "base_feed__columns", formats=formats, without=["creator_id"])
    said = (
        "without raw_items.creator_id, experiment_concentration has no figures of creators; null metrics: creator_hhi."
    )
    assert said in run.output


def test_without_a_rendering_log_viewports_are_still_judged(demo_database, run_on_files):
    formats = dict.fromkeys(["impressions", "engagements", "assignments", "users", "items"], "csv")
    _, database = run_on_files(
        "build", "--select", "+int_impressions__ladder", formats=formats, without=["rendered_at"]
    )
    sql = """
        select is_rendered, count(*) as row_count, count_if(is_viewport_impression) as viewport_count
        from intermediate.int_impressions__ladder
        group by is_rendered
    """
    [(is_rendered, row_count, viewport_count)] = table(database, sql).rows()
    logged = table(demo_database, sql)
    assert is_rendered is None
    assert set(logged["is_rendered"]) == {True, False}
    # What was never drawn has no viewport either, so the same impressions were seen.
    assert (row_count, viewport_count) == (logged["row_count"].sum(), logged["viewport_count"].sum())


def test_real_logs_give_the_click_through_rates_of_their_files(project_root):
    # `make test` exports where the demo is built; the example has a place of its own.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "FEEDLIFT_", "MAKE"))
    }
    made = subprocess.run(
        ["make", "real"], cwd=project_root, env=environment, capture_output=True, text=True, check=False
    )
    if "download: failed" in made.stdout:
        pytest.skip(f"the package registry cannot be reached: {made.stdout.splitlines()[-3:]}")
    assert made.returncode == 0, made.stdout + made.stderr

    logs = project_root / "examples" / "open_bandit" / "data" / "obp" / "dataset" / "obd"
    rates = []
    for campaign in ["all", "men", "women"]:
        for policy in ["random", "bts"]:
            with (logs / policy / campaign / f"{campaign}.csv").open(encoding="utf-8", newline="") as file:
                clicks = [int(row["click"]) for row in csv.DictReader(file)]
            rates.append([campaign, policy, f"{len(clicks):,}", str(sum(clicks)), f"{sum(clicks) / len(clicks):.4f}"])
    printed = [line.split() for line in made.stdout.splitlines()]
    header = printed.index(["campaign", "policy", "rounds", "clicks", "CTR"])
    assert printed[header + 1 : header + 7] == rates
    # The rates the publishers of the data give.
    assert [rate for *_, rate in rates[:4]] == ["0.0038", "0.0042", "0.0046", "0.0069"]
    for campaign in ["all", "men", "women"]:
        assert f"{campaign}: warn. The sample ratio cannot be judged" in made.stdout
    assert "feedlift: without engagements of the types " in made.stdout
    assert "saves_per_user" in made.stdout.partition("null in the marts, never zero")[2]
