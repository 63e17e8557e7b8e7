"""Seconds and memory of moments and results, beside two passes over the user table and beside tea-tasting.

    python -m benchmarks.statistics --users 1000000 --metrics 20 --segments 4 --output docs/benchmarks/statistics.md

Draws a table of users in DuckDB, the same every time, compiles feedlift's macros with dbt as somebody else's project
would, and runs every step in a process of its own, so that its peak memory is its own.
"""

import argparse
import importlib
import itertools
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

from studies import generated

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SEGMENT_VALUES = 4
EVERY_RATIO = 3


def metric_columns(count: int) -> dict[str, tuple[str, str | None]]:
    """Per metric the columns of its numerator and, for every third one, a ratio, of its denominator."""
    return {f"metric_{i}": (f"y{i}", f"y{i - 1}" if i % EVERY_RATIO == EVERY_RATIO - 1 else None) for i in range(count)}


def users_sql(users: int, metrics: int, segments: int) -> str:
    """The table of users: arms of 10 and 90 percent, counts that grow with a taste of the user, and their past."""

    # x^5 permutes the numbers below the prime 2^31 - 1 within 64 bits; hash() may change with DuckDB's version.
    def uniform(purpose: int) -> str:
        x = f"((i * 48271 + {(purpose + 1) * 69621 * 7919 % 2147483647}) % 2147483647)"
        square = f"({x} * {x} % 2147483647)"
        return f"(({square} * {square} % 2147483647 * {x} % 2147483647) / 2147483647.0)"

    columns = [f"'segment value ' || (i // {7 * s + 3}) % {SEGMENT_VALUES} as segment_s{s}" for s in range(segments)]
    for m in range(metrics):
        columns += [
            f"cast(floor(-ln(1 - {uniform(2 * m)}) * taste * {1 + m % 5}) as integer) as y{m}",
            f"cast(floor(-ln(1 - {uniform(2 * m + 1)}) * taste * {1 + m % 5}) as integer) as y{m}_before",
        ]
    return f"""
        create table users as
        with drawn as (
            select
                i,
                case when {uniform(901)} < 0.1 then 'treatment' else 'control' end as arm,
                1 / (0.1 + {uniform(902)}) as taste
            from range({users}) as numbers (i)
        )
        select 'user ' || i as user_id, 'experiment' as experiment_id, arm, {", ".join(columns)}
        from drawn
    """


def compiled_models(folder: Path, database: Path, metrics: int, segments: int) -> dict[str, str]:
    """The SQL that dbt makes of unit_moments and arm_contrasts."""
    expressions = {}
    for name, (numerator, denominator) in metric_columns(metrics).items():
        expressions[name] = {"numerator": numerator, "numerator_covariate": f"{numerator}_before"}
        if denominator:
            expressions[name] |= {"denominator": denominator, "denominator_covariate": f"{denominator}_before"}
    models = {
        "moments": f"""
            {{{{ feedlift.unit_moments(
                'main.users', ['experiment_id', 'arm'], {expressions}, center_by=['experiment_id'],
                segments={[f"s{s}" for s in range(segments)]}
            ) }}}}
        """,
        "results": f"""
            {{{{ feedlift.arm_contrasts(
                ref('moments'), ['experiment_id', 'metric', {"'segment', 'segment_value'" if segments else ""}],
                "arm = 'control'"
            ) }}}}
        """,
    }
    (folder / "models").mkdir()
    for name, sql in models.items():
        (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    (folder / "packages.yml").write_text(f"packages: [{{local: '{PROJECT_ROOT}'}}]", encoding="utf-8")
    (folder / "dbt_project.yml").write_text(
        "{name: bench, version: 0.1.0, profile: bench, models: {bench: {+materialized: table},"
        " feedlift: {+enabled: false}}, seeds: {feedlift: {+enabled: false}}}",
        encoding="utf-8",
    )
    (folder / "profiles.yml").write_text(
        f"bench: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{database}'}}}}}}", encoding="utf-8"
    )
    for command in ("deps", "compile"):
        completed = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "--no-use-colors", command],
            cwd=folder,
            env=os.environ
            | {
                "DBT_PROJECT_DIR": str(folder),
                "DBT_PROFILES_DIR": str(folder),
                "DBT_TARGET_PATH": str(folder / "target"),
                "DBT_LOG_PATH": str(folder / "logs"),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if completed.returncode:
            sys.exit(completed.stdout)
    compiled = folder / "target" / "compiled" / "bench" / "models"
    return {name: (compiled / f"{name}.sql").read_text(encoding="utf-8") for name in models}


def run_tea_tasting(
    tt: ModuleType, connection: duckdb.DuckDBPyConnection, metrics: int, segments: int, *, is_adjusted: bool
) -> dict[str, Any]:
    """Every metric for everyone and for every segment value: how many comparisons, and the estimates for everyone."""
    definitions = {}
    for name, (numerator, denominator) in metric_columns(metrics).items():
        past = [f"{column}_before" for column in (numerator, denominator) if column and is_adjusted]
        definitions[name] = tt.RatioOfMeans(numerator, denominator, *past) if denominator else tt.Mean(numerator, *past)
    experiment = tt.Experiment(definitions, variant="arm")
    users = connection.table("users")
    groups = [users] + [
        users.filter(f"segment_s{s} = 'segment value {value}'")
        for s in range(segments)
        for value in range(SEGMENT_VALUES)
    ]
    estimates = {}
    for number, group in enumerate(groups):
        result = experiment.analyze(group, control="control")
        if number == 0:
            estimates = {name: float(result[name].effect_size) for name in definitions}
    return {"comparisons": len(groups) * len(definitions), "estimates": estimates}


def sums_sql(columns: dict[str, str]) -> str:
    """The sum of every column once, of texts that of their lengths: the least that reading the table costs."""
    sums = [f"sum(length({name}))" if kind == "VARCHAR" else f"sum({name})" for name, kind in columns.items()]
    return f"select {', '.join(sums)} from users"


def sums_by_segment_sql(metrics: int, segments: int) -> str:
    """Per metric the count, sums, squares and products of its columns: the least that variances by segment ask for."""
    sums = []
    for pair in metric_columns(metrics).values():
        variables = [f"cast({name} as double)" for column in pair if column for name in (column, f"{column}_before")]
        sums += [f"count({pair[0]})", *(f"sum({variable})" for variable in variables)]
        sums += [f"sum({a} * {b})" for a, b in itertools.combinations_with_replacement(variables, 2)]
    sets = ["(experiment_id, arm)", *(f"(experiment_id, arm, segment_s{s})" for s in range(segments))]
    return f"select {', '.join(sums)} from users group by grouping sets ({', '.join(sets)})"


def run_step(arguments: argparse.Namespace) -> None:
    """Runs one step and prints its seconds, its peak memory and what it found."""
    step = arguments.step
    connection = duckdb.connect(arguments.database)
    if step == "users":
        connection.execute(users_sql(arguments.users, arguments.metrics, arguments.segments))
        return
    columns = {name: kind for name, kind, *_ in connection.execute("describe users").fetchall()}
    found = {}
    # Loading the library is no part of the comparison, and the other steps should not carry its memory.
    tea_tasting = importlib.import_module("tea_tasting") if step.startswith("tea_tasting") else None
    started, processor_started = time.perf_counter(), time.process_time()
    if step == "pass":
        connection.execute(sums_sql(columns)).fetchall()
    elif step == "sums":
        connection.execute(sums_by_segment_sql(arguments.metrics, arguments.segments)).fetchall()
    elif tea_tasting is None:
        connection.execute(f"create or replace table {step} as {Path(arguments.sql).read_text(encoding='utf-8')}")
    else:
        found = run_tea_tasting(
            tea_tasting,
            connection,
            arguments.metrics,
            arguments.segments if step == "tea_tasting_segments" else 0,
            is_adjusted=step != "tea_tasting",
        )
    seconds, processor_seconds = time.perf_counter() - started, time.process_time() - processor_started
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps({"seconds": seconds, "processor_seconds": processor_seconds, "bytes": peak, **found}))


def in_a_process(
    step: str, arguments: argparse.Namespace, database: Path, sql_file: str | Path = "", repeat: int = 1
) -> dict[str, Any]:
    """The best of several runs of a step, each in a process of its own."""
    options = {
        "--step": step,
        "--database": database,
        "--sql": sql_file,
        **{f"--{name}": getattr(arguments, name) for name in ("users", "metrics", "segments")},
    }
    runs = []
    for _ in range(repeat):
        completed = subprocess.run(
            [sys.executable, "-m", "benchmarks.statistics", *(str(word) for pair in options.items() for word in pair)],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if completed.returncode:
            sys.exit(completed.stderr)
        runs.append(json.loads(completed.stdout.splitlines()[-1]) if completed.stdout else {})
    return min(runs, key=lambda run: run.get("processor_seconds", 0))


def report(
    arguments: argparse.Namespace, steps: dict[str, dict[str, Any]], rows: int, largest_difference: float
) -> str:
    """The figures as Markdown."""
    one_pass, sums = steps["pass"]["processor_seconds"], steps["sums"]["processor_seconds"]
    names = {
        "pass": "one pass over the user table: the sum of every column",
        "sums": "one aggregate of counts, sums, squares and products by arm, for everyone and "
        f"{arguments.segments} segments (grouping sets)",
        "moments": f"`unit_moments`: {arguments.metrics} metrics, everyone and {arguments.segments} segments",
        "results": f"`arm_contrasts`: {rows:,} results, unadjusted and CUPED",
        "tea_tasting": f"tea-tasting, unadjusted, everyone: {arguments.metrics} comparisons",
        "tea_tasting_cuped": f"tea-tasting, CUPED, everyone: {arguments.metrics} comparisons",
        "tea_tasting_segments": (
            "tea-tasting, CUPED, everyone and each segment value: "
            f"{steps['tea_tasting_segments']['comparisons']} comparisons"
        ),
    }
    machine = (
        f"{arguments.users:,} users, {arguments.metrics} metrics (every third a ratio, all with a covariate), "
        f"{arguments.segments} segments of {SEGMENT_VALUES} values; {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, DuckDB {duckdb.__version__}; "
        f"best of {arguments.repeat}."
    )
    table = [
        f"| {name} | {steps[step]['seconds']:.2f} | {steps[step]['processor_seconds']:.2f} | "
        f"{steps[step]['processor_seconds'] / one_pass:.1f} | {steps[step]['processor_seconds'] / sums:.1f} | "
        f"{steps[step]['bytes'] / 1e6:,.0f} MB |"
        for step, name in names.items()
    ]
    total = steps["moments"]["processor_seconds"] + steps["results"]["processor_seconds"]
    summary = (
        f"Moments and all results together: {total:.2f} s of processor time, {total / one_pass:.1f} passes, "
        f"{total / sums:.1f} times the one aggregate of squares and products, "
        f"{total / steps['tea_tasting_cuped']['processor_seconds']:.2f} times what tea-tasting takes for everyone and "
        f"{total / steps['tea_tasting_segments']['processor_seconds']:.2f} times what it takes with segments. "
        f"Largest relative difference of an unadjusted estimate from tea-tasting's: {largest_difference:.0e}."
    )
    header = [
        "| step | seconds | processor seconds, all threads | times one pass | times one aggregate | peak memory |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    paragraphs = [textwrap.fill(text, 120, break_on_hyphens=False) for text in (machine, summary)]
    return "\n".join([paragraphs[0], "", *header, *table, "", paragraphs[1]])


def main() -> None:
    """Runs the benchmark, or, started by itself, one step of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--metrics", type=int, default=20)
    parser.add_argument("--segments", type=int, default=4)
    parser.add_argument("--repeat", type=int, default=3, help="runs of every step, of which the cheapest counts")
    parser.add_argument(
        "--output", type=Path, help="a report whose marked part is replaced; default: print the figures"
    )
    for internal in ("--step", "--database", "--sql"):
        parser.add_argument(internal, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        run_step(arguments)
        return
    if arguments.output:
        generated.around(arguments.output)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "bench.duckdb"
        # A process inherits the peak memory of the one that started it, so that this one must stay small.
        in_a_process("users", arguments, database)
        steps = {step: in_a_process(step, arguments, database, repeat=arguments.repeat) for step in ("pass", "sums")}
        for model, sql in compiled_models(folder, database, arguments.metrics, arguments.segments).items():
            file = folder / f"{model}.sql"
            file.write_text(sql, encoding="utf-8")
            steps[model] = in_a_process(model, arguments, database, file, repeat=arguments.repeat)
        for step in ("tea_tasting", "tea_tasting_cuped", "tea_tasting_segments"):
            steps[step] = in_a_process(step, arguments, database, repeat=arguments.repeat)
        with duckdb.connect(str(database), read_only=True) as connection:
            rows = connection.execute("select count(*) from results").fetchone()[0]
            everyone = "where method = 'unadjusted'" + (" and segment = 'all'" if arguments.segments else "")
            estimates = dict(connection.execute(f"select metric, estimate from results {everyone}").fetchall())
        # Adjusted, the two differ by definition: feedlift's theta is that of least variance for the pair of arms.
        differences = [abs(estimates[m] / e - 1) for m, e in steps["tea_tasting"]["estimates"].items()]
    text = report(arguments, steps, rows, max(differences))
    if arguments.output:
        generated.write(arguments.output, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
