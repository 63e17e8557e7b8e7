"""A throwaway dbt project that has installed feedlift's macros."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

PROJECT_ROOT = Path(__file__).resolve().parents[2]


def run_dbt(project: Path) -> subprocess.CompletedProcess[str]:
    """`dbt run` in the project."""
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--no-use-colors", "run"],
        cwd=project,
        env=os.environ
        | {
            "DBT_PROJECT_DIR": str(project),
            "DBT_PROFILES_DIR": str(project),
            "DBT_TARGET_PATH": str(project / "target"),
            "DBT_LOG_PATH": str(project / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def make_project(project: Path, models: Mapping[str, str]) -> Path:
    """Writes the project into its folder, and returns the path of its database."""
    (project / "models").mkdir()
    for name, sql in models.items():
        (project / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    # Installed by hand, and with nothing but its macros: dbt would parse feedlift's models and tests for each of these
    # projects, which takes four times as long as the rest. That the whole package installs is test_package's to prove.
    package = project / "dbt_packages" / "feedlift"
    package.mkdir(parents=True)
    for name in ("dbt_project.yml", "macros"):
        (package / name).symlink_to(PROJECT_ROOT / name)
    (project / "dbt_project.yml").write_text(
        "{name: scratch, version: 0.1.0, profile: scratch, models: {scratch: {+materialized: table}}}",
        encoding="utf-8",
    )
    database = project / "scratch.duckdb"
    (project / "profiles.yml").write_text(
        f"scratch: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{database}', threads: 2}}}}}}",
        encoding="utf-8",
    )
    return database


def run_models(
    project: Path,
    models: Mapping[str, str],
    tables: Mapping[str, pl.DataFrame] | None = None,
    wanted: Iterable[str] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """The rows of models, each row by its column names.

    Args:
        project: An empty folder for the project.
        models: The SQL of each model by its name.
        tables: Tables that the models read as `main.<name>`.
        wanted: The models whose rows are returned. Default, all.
    """
    database = make_project(project, models)
    with duckdb.connect(str(database)) as connection:
        for name, frame in (tables or {}).items():
            frame.write_parquet(project / f"{name}.parquet")
            connection.execute(f"create table {name} as from '{project / name}.parquet'")
    completed = run_dbt(project)
    assert completed.returncode == 0, completed.stdout
    with duckdb.connect(str(database), read_only=True) as connection:
        return {name: rows(connection, name) for name in wanted or models}


def refusals(project: Path, models: Mapping[str, str]) -> dict[str, str]:
    """What dbt says about each model that it cannot compile, by the model's name.

    Args:
        project: An empty folder for the project.
        models: The SQL of each model by its name.
    """
    # A macro that raises while dbt parses would keep the other models from being looked at.
    make_project(project, {name: f"{{% if execute %}}{sql}{{% endif %}}" for name, sql in models.items()})
    # Not `compile`, which stops at the first one.
    completed = run_dbt(project)
    assert (project / "target" / "run_results.json").exists(), completed.stdout
    run_results = json.loads((project / "target" / "run_results.json").read_text(encoding="utf-8"))
    return {
        result["unique_id"].split(".")[-1]: result["message"].partition("\n")[2].strip()
        for result in run_results["results"]
        if result["status"] == "error"
    }


def rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """The rows of a table, each by its column names."""
    result = connection.execute(f"select * from {name}")
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
