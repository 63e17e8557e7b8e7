"""Fixtures shared by the Python tests: running dbt, the built demo database, and queries against a database."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class DbtRun:
    """One finished dbt command.

    Attributes:
        returncode: 0 when the command passed, 1 when a node failed, 2 when dbt itself could not go on.
        output: Standard output and standard error, as printed.
        target_path: The folder of this run's artifacts; no other run writes to it.
    """

    returncode: int
    output: str
    target_path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The project as dbt understood it (`manifest.json`)."""
        return json.loads((self.target_path / "manifest.json").read_text(encoding="utf-8"))

    @cached_property
    def statuses(self) -> dict[str, str]:
        """The status of each node that was run (success, pass, warn, fail, error, skipped), by unique id."""
        run_results = json.loads((self.target_path / "run_results.json").read_text(encoding="utf-8"))
        return {result["unique_id"]: result["status"] for result in run_results["results"]}


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder that holds `dbt_project.yml`."""
    return PROJECT_ROOT


@pytest.fixture(scope="session")
def run_dbt(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., DbtRun]:
    """A function that runs a dbt command in a process of its own and returns a `DbtRun`.

    Its arguments:
        *args: The command and its options, for instance `"build", "--select", "stg_feed__impressions"`.
        database: Path of the DuckDB file that the command reads and writes.
        vars: Variables of the project to set.
        project_dir: The dbt project, by default this one.
        expect_failure: Whether the command must fail. A command that does otherwise fails the test.
    """
    # dbt parses again from nothing when the variables or the database in the profile differ, so that only runs which
    # share them can share a parse.
    parses: dict[tuple[str, ...], Path] = {}

    def run(
        *args: str,
        database: Path,
        vars: dict[str, Any] | None = None,  # noqa: A002 the name of dbt's own option
        project_dir: Path | None = None,
        expect_failure: bool = False,
    ) -> DbtRun:
        project_dir = project_dir or PROJECT_ROOT
        variables = json.dumps(vars or {}, sort_keys=True)
        target_path = tmp_path_factory.mktemp("target")
        parse = (str(project_dir), variables, str(database))
        if parse in parses:
            shutil.copy(parses[parse], target_path)
        completed = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "--no-use-colors", *args, "--vars", variables],
            cwd=project_dir,
            env=os.environ
            | {
                "DBT_PROJECT_DIR": str(project_dir),
                "DBT_PROFILES_DIR": str(project_dir),
                "DBT_TARGET_PATH": str(target_path),
                "DBT_LOG_PATH": str(target_path / "logs"),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "FEEDLIFT_DATABASE": str(database),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if (target_path / "partial_parse.msgpack").exists():
            parses[parse] = target_path / "partial_parse.msgpack"
        if expect_failure != (completed.returncode != 0):
            outcome = "passed but should have failed" if expect_failure else f"failed ({completed.returncode})"
            news = re.sub(r"^.* of \d+ (START|OK|PASS) .*\n", "", completed.stdout, flags=re.MULTILINE)
            pytest.fail(f"dbt {' '.join(args)} {outcome}:\n{news}", pytrace=False)
        return DbtRun(completed.returncode, completed.stdout, target_path)

    return run


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory: pytest.TempPathFactory, run_dbt: Callable[..., DbtRun]) -> Path:
    """Path of a DuckDB file in which the whole project has been built on the seeds. Tests only read it.

    `make test` has just built that file and names it in `FEEDLIFT_TEST_DATABASE`; without it, the fixture builds one.
    """
    database = tmp_path_factory.mktemp("demo") / "feedlift.duckdb"
    if built := os.environ.get("FEEDLIFT_TEST_DATABASE"):
        # A copy, because a reader of the original would keep dbt from writing to it.
        shutil.copy(PROJECT_ROOT / built, database)
    else:
        run_dbt("build", database=database)
    return database


@pytest.fixture(scope="session")
def query() -> Callable[..., pd.DataFrame]:
    """A function that runs one query against a DuckDB file and returns a pandas data frame.

    Its arguments:
        sql: The query.
        database: Path of the file, opened for reading only.
        parameters: Values of the query's placeholders.
    """

    def run(sql: str, database: Path, parameters: list[Any] | None = None) -> pd.DataFrame:
        with duckdb.connect(str(database), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql, parameters).df()

    return run
