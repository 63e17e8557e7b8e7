"""Changes of the raw rows whose effect on the readout is known without computing it.

Changed copies of the demo data are written as files and built through the door for files.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from readout import screening
from readout.comparison import differences, table

# Sums of doubles differ in their last digits by the order of the rows.
# Sums are exact to 1e-12; the ends of a lift, which are roots of a quadratic, to somewhat less.
TOLERANCE = 1e-11

READOUT = ["experiment_results", "experiment_health", "experiment_arm_metrics", "user_days", "row_accounting"]
RESULT = ["experiment_id", "population", "metric", "segment", "segment_value", "arm", "control_arm", "method"]
SHARES = ["variance_reduction", "cuped_coefficient"]
# The difference of an estimate and a multiple of its standard error, to whose size they are held.
ENDS = [
    *("estimate", "estimate_lower", "estimate_upper", "sequential_lower", "sequential_upper"),
    *("posterior_mean", "credible_lower", "credible_upper", "non_inferiority_bound"),
]


@pytest.fixture(scope="module")
def build(new_project_elsewhere, project_root, run_dbt):
    """A function that builds the readout on changed seeds and returns the path of the database.

    Its arguments:
        changed_raw: Yields the query for a raw table's new rows from `seed`, its rows as text, given its name and
            columns.
        changed_definitions: The same for the seeds that define the experiments.
        extension: The format of the raw files.
    """

    def rewrite(source: Path, target: Path, query: Callable[[str, list[str]], str]) -> None:
        with duckdb.connect() as connection:
            connection.execute(f"create view seed as from read_csv('{source}', header = true, all_varchar = true)")
            columns = connection.table("seed").columns
            connection.execute(f"copy ({query(source.stem, columns)}) to '{target}'")

    def run(
        changed_raw: Callable[[str, list[str]], str],
        changed_definitions: Callable[[str, list[str]], str],
        extension: str,
    ) -> Path:
        project = new_project_elsewhere()
        shutil.copytree(project_root / "seeds" / "experiments", project / "seeds" / "experiments")
        for seed in (project / "seeds" / "experiments").glob("*.csv"):
            rewrite(project_root / "seeds" / "experiments" / seed.name, seed, changed_definitions)
        (project / "raw").mkdir()
        for name in screening.TABLES:
            seed = project_root / "seeds" / "feed" / f"raw_{name}.csv"
            rewrite(seed, project / "raw" / f"{seed.stem}.{extension}", changed_raw)

        run_dbt(
            *("build", "--select", *(f"+{model}" for model in READOUT)),
            *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
            project_dir=project,
            database=project / "feedlift.duckdb",
            vars={"raw_door": "files"},
        )
        return project / "feedlift.duckdb"

    return run


PREFIX = "a longer prefix/"
# Defined by the product and the experiments, not by the log.
NAMES = {"experiment_id", "module_id"}


def in_place(column: str, text: str) -> str:
    """A column whose text is changed within its blanks; null and blank stay as they are."""
    return f"case when trim({column}) <> '' then replace({column}, trim({column}), {text}) else {column} end"


def week_later(column: str) -> str:
    """A column of times a week later; what is no time stays as it is."""
    return in_place(column, f"coalesce(cast(try_cast({column} as timestamp) + interval 7 days as varchar), {column})")


def prefixed(column: str) -> str:
    """A column of ids with a prefix before each."""
    return in_place(column, f"'{PREFIX}' || trim({column})")


@pytest.fixture(scope="module")
def same_but_renamed(build):
    """The database built on raw rows that say the same: twice each, shuffled, under other ids, a week later."""

    def changed(column: str) -> str:
        if column.endswith("_at"):
            return f"{week_later(column)} as {column}"
        if column.endswith("_id") and column not in NAMES:
            return f"{prefixed(column)} as {column}"
        return column

    def raw(_: str, columns: list[str]) -> str:
        rows = f"select {', '.join(map(changed, columns))} from seed"
        return f"from ({rows} union all {rows}) order by hash(row_number() over ())"

    def definitions(_: str, columns: list[str]) -> str:
        times = [f"{week_later(column)} as {column}" for column in columns if column.endswith("_at")]
        return f"select * replace ({', '.join(times)}) from seed" if times else "from seed"

    return build(raw, definitions, "csv")


def test_rows_twice_are_accounted_for_as_duplicates(same_but_renamed, demo_database):
    query = """
        select raw_table, sum(row_count) filter (where outcome = 'accepted') as accepted,
            sum(row_count) filter (where outcome = 'duplicate') as duplicate
        from marts.row_accounting group by raw_table
    """
    before = table(demo_database, query).with_columns(pl.col("duplicate").fill_null(0))
    expected = before.with_columns(duplicate=pl.col("accepted") + 2 * pl.col("duplicate"))
    assert differences(expected, table(same_but_renamed, query), ["raw_table"]) == []

    # A row that is refused for itself is no duplicate of its copy.
    query = "select raw_table, reason, row_count from marts.row_accounting where outcome = 'rejected'"
    expected = table(demo_database, query).with_columns(row_count=2 * pl.col("row_count"))
    assert differences(expected, table(same_but_renamed, query), ["raw_table", "reason"]) == []


def test_user_days_do_not_depend_on_order_ids_and_dates(same_but_renamed, demo_database):
    key = ["user_id", "activity_date"]
    query = f"""
        select * replace (
            replace(user_id, '{PREFIX}', '') as user_id,
            cast(activity_date - interval 7 days as date) as activity_date,
            first_event_at - interval 7 days as first_event_at,
            last_event_at - interval 7 days as last_event_at
        )
        from marts.user_days
    """
    expected = table(demo_database, "from marts.user_days")
    assert differences(expected, table(same_but_renamed, query), key) == []


def results_that_differ(expected, actual):
    """The differences between two tables of results, sums of doubles aside."""
    assert set(RESULT) < set(expected.columns)
    # What cancels keeps the rounding of what it is made of: 1 here, and a standard error for an interval's end.
    differs = differences(expected.select(*RESULT, *SHARES), actual, RESULT, TOLERANCE, floor=1e-12)
    ends = [column for column in ENDS if column in expected.columns]
    size = pl.when(pl.col("estimate_se") > 0).then("estimate_se").otherwise(1.0)
    expected_ends, actual_ends = (
        frame.select(*RESULT, *(pl.col(column) / size for column in ends)) for frame in (expected, actual)
    )
    differs += differences(expected_ends, actual_ends, RESULT, TOLERANCE, floor=1e-11)
    return differs + differences(expected.drop(*SHARES, *ends), actual, RESULT, TOLERANCE, floor=1e-15)


def test_results_do_not_depend_on_order_ids_and_dates(same_but_renamed, demo_database):
    # Other ids draw other weights.
    query = "from marts.experiment_results where method <> 'poisson_bootstrap'"
    assert results_that_differ(table(demo_database, query), table(same_but_renamed, query)) == []


def test_arms_do_not_depend_on_order_ids_and_dates(same_but_renamed, demo_database):
    query = "from marts.experiment_arm_metrics"
    key = ["experiment_id", "population", "arm"]
    assert differences(table(demo_database, query), table(same_but_renamed, query), key, TOLERANCE) == []


def test_health_does_not_depend_on_order_ids_and_dates(same_but_renamed, demo_database):
    # Rows that are refused twice are more refused rows than accepted ones.
    query = r"""
        select * replace (regexp_replace(detail, '\d{4}-\d\d-\d\d', 'a day', 'g') as detail)
        from marts.experiment_health
        where check_name not in ('refused_rows', 'refused_assignments')
    """
    key = ["experiment_id", "check_name"]
    assert differences(table(demo_database, query), table(same_but_renamed, query), key, TOLERANCE) == []


# Users who save within a microsecond of where a window starts or ends, in two experiments that know their exposure
# from a log and from an impression. Nobody else is in them, and they are in no other experiment.
EDGE_USERS = """
    select
        concat_ws('/', experiment_id, arm, edge, distance) as user_id,
        experiment_id,
        arm,
        timestamp '2026-01-20 09:00:00' as assigned_at,
        timestamp '2026-01-26 12:00:00' as exposed_at,
        instant + to_microseconds(distance) as saved_at
    from
        (values ('edges_by_log'), ('edges_by_surface')) as experiments (experiment_id),
        (values ('control'), ('treatment')) as arms (arm),
        (values (-1), (0), (1)) as distances (distance),
        (
            values
                ('covariate', timestamp '2026-01-06 09:00:00'),
                ('assignment', timestamp '2026-01-20 09:00:00'),
                ('exposure', timestamp '2026-01-26 12:00:00'),
                ('end', timestamp '2026-02-02 00:00:00')
        ) as edges (edge, instant)
"""
EDGE_ROWS = {
    "raw_assignments": "select experiment_id, user_id, arm, assigned_at from edge_users",
    "raw_engagements": """
        select 'save/' || user_id as event_id, saved_at as event_at, saved_at as received_at, user_id,
            'saved' as item_id, 'save' as engagement_type
        from edge_users
    """,
    "raw_exposures": "select experiment_id, user_id, exposed_at from edge_users where experiment_id = 'edges_by_log'",
    "raw_impressions": """
        select 'impression/' || user_id as event_id, exposed_at as event_at, exposed_at as received_at, user_id,
            'shown' as item_id, 'edge' as surface, exposed_at as rendered_at
        from edge_users where experiment_id = 'edges_by_surface'
    """,
    "experiments": """
        select distinct experiment_id, '2026-01-19' as starts_at, '2026-02-02' as ends_at,
            case experiment_id when 'edges_by_surface' then 'edge' end as trigger_surface
        from edge_users
    """,
    "experiment_arms": "select distinct experiment_id, arm, arm = 'control' as is_control from edge_users",
    "experiment_arm_shares": """
        select distinct experiment_id, arm, '2026-01-19' as starts_at, 0.5 as share from edge_users
    """,
    "experiment_metrics": """
        select distinct experiment_id, 'saves_per_user' as metric, 'primary' as role, 'increase' as desired_direction
        from edge_users
    """,
}

# What each such user's save counts: before assignment, in the population assigned, in the population exposed.
EDGES = {
    ("covariate", -1): (0, 0, 0),
    ("covariate", 0): (1, 0, 0),
    ("covariate", 1): (1, 0, 0),
    ("assignment", -1): (1, 0, 0),
    ("assignment", 0): (0, 1, 0),
    ("assignment", 1): (0, 1, 0),
    ("exposure", -1): (0, 1, 0),
    ("exposure", 0): (0, 1, 1),
    ("exposure", 1): (0, 1, 1),
    ("end", -1): (0, 1, 1),
    ("end", 0): (0, 0, 0),
    ("end", 1): (0, 0, 0),
}


@pytest.fixture(scope="module")
def swapped(build):
    """The database built with control and one treatment under each other's name, and the users at the edges."""
    treatment = "case experiment_id when 'video_autoplay' then 'muted' else 'treatment' end"
    other_arm = f"case arm when 'control' then {treatment} when {treatment} then 'control' else arm end"

    def changed(name: str, columns: list[str]) -> str:
        is_about_arms = name in {"raw_assignments", "experiment_arm_shares"}
        rows = f"select * replace ({other_arm} as arm) from seed" if is_about_arms else "from seed"
        if name not in EDGE_ROWS:
            return rows
        texts = ", ".join(f"cast({column} as varchar) as {column}" for column in columns)
        edge_rows = f"with edge_users as ({EDGE_USERS}) {EDGE_ROWS[name]}"
        return f"select {texts} from (({rows}) union all by name ({edge_rows}))"

    return build(changed, changed, "parquet")


def test_swapping_the_arms_negates_the_estimates(swapped, demo_database):
    # The third arm of a test of three has another control now.
    is_of_the_pair = pl.col("arm") != "sound"
    is_of_the_demo = ~pl.col("experiment_id").str.starts_with("edges_")
    # What is made of these follows; what has a direction of its own does not negate.
    query = """
        select experiment_id, population, metric, segment, segment_value, arm, control_arm, method, unit_count,
            control_unit_count, arm_value, control_value, estimate, estimate_se, degrees_of_freedom, estimate_lower,
            estimate_upper, p_value, relative_lift, relative_lift_lower, relative_lift_upper,
            is_relative_lift_unbounded, cuped_coefficient, variance_reduction, approximation_quality, null_reason
        from marts.experiment_results where method <> 'poisson_bootstrap'
    """
    expected = (
        table(demo_database, query)
        .filter(is_of_the_pair)
        .with_columns(
            unit_count="control_unit_count",
            control_unit_count="unit_count",
            arm_value="control_value",
            control_value="arm_value",
            estimate=-pl.col("estimate"),
            estimate_lower=-pl.col("estimate_upper"),
            estimate_upper=-pl.col("estimate_lower"),
            relative_lift=pl.when(pl.col("arm_value") > 0).then(pl.col("control_value") / pl.col("arm_value") - 1),
        )
        # Their interval has another denominator now.
        .drop("relative_lift_lower", "relative_lift_upper", "is_relative_lift_unbounded")
    )
    actual = table(swapped, query).filter(is_of_the_pair, is_of_the_demo)
    assert results_that_differ(expected, actual) == []


def test_swapping_the_arms_keeps_the_health(swapped, demo_database):
    query = """
        select experiment_id, check_name, status, abs(statistic) as statistic, p_value from marts.experiment_health
        where experiment_id not like 'edges_%' and experiment_id <> 'video_autoplay'
            -- Swapped, a treatment moves a metric in the undesired direction.
            and check_name <> 'manipulation_check'
    """
    key = ["experiment_id", "check_name"]
    assert differences(table(demo_database, query), table(swapped, query), key, TOLERANCE) == []


@pytest.mark.parametrize("arm", ["control", "treatment"])
@pytest.mark.parametrize("experiment", ["edges_by_log", "edges_by_surface"])
def test_a_save_counts_from_the_first_instant_of_a_window_to_before_its_end(swapped, experiment, arm):
    query = """
        select
            split_part(user_id, '/', 3) as edge,
            cast(split_part(user_id, '/', 4) as integer) as distance,
            population,
            saves_before,
            saves
        from intermediate.int_experiments__unit_measures
    """
    users = table(swapped, f"{query} where starts_with(user_id, '{experiment}/{arm}/')")
    expected = pl.DataFrame(
        [
            (edge, distance, population, before, saves)
            for (edge, distance), (before, assigned, exposed) in EDGES.items()
            for population, saves in (("assigned", assigned), ("exposed", exposed))
        ],
        schema=["edge", "distance", "population", "saves_before", "saves"],
        orient="row",
    )
    assert differences(expected, users, ["edge", "distance", "population"]) == []
