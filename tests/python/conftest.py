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
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# Where `make test` builds the demo, and what dbt calls its parse.
BUILT_BY_MAKE = Path("target/test/feedlift.duckdb")
PARSE = "partial_parse.msgpack"

# dbt parses once; a case then costs the compilation of its models instead of a parse of all of them.
COMPILE_CASES = """
import json, os, sys
from dbt.cli.main import dbtRunner

cases = json.load(sys.stdin)
manifest = dbtRunner().invoke(["--quiet", "parse", "--vars", sys.argv[1]]).result
# Most of the graph, which dbt goes through for every case.
manifest.nodes = {name: node for name, node in manifest.nodes.items() if node.resource_type != "test"}
manifest.unit_tests = {}
compiled = {}
for name, (models, variables) in cases.items():
    arguments = ["--quiet", "--no-write-json", "compile", "--vars", json.dumps(variables), "--select", *models]
    outcome = dbtRunner(manifest=manifest).invoke(arguments)
    results = outcome.result or []
    compiled[name] = {
        "message": str(outcome.exception or "") or "".join(result.message or "" for result in results),
        "sql": {result.node.name: result.node.compiled_code for result in results},
    }
with open(os.path.join(os.environ["DBT_TARGET_PATH"], "compiled.json"), "w", encoding="utf-8") as file:
    json.dump(compiled, file)
"""

# Nothing of ours may depend on the zone of the connection.
PROFILE_ELSEWHERE = """
feedlift:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: "{{ env_var('FEEDLIFT_DATABASE') }}"
      schema: main
      threads: 2
      settings:
        TimeZone: America/New_York
"""


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
def run_in_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., DbtRun]:
    """A function that runs a command in the folder of a dbt project and returns a `DbtRun`.

    Its arguments:
        command: The command and its options.
        variables: The variables of the project that it sets, as JSON.
        database: Path of the DuckDB file that it reads and writes.
        project_dir: The dbt project, by default this one.
        given: The text of the standard input.
    """
    # dbt parses from nothing, which takes longer than most of what is tested here, unless the variables and the profile
    # are those of an earlier parse. The path of the database belongs to the profile, so it is the same one in every
    # project, a link that is set for every command. This project gets it in a folder of links.
    home = tmp_path_factory.mktemp("home")
    for name in ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "tests", "analyses"):
        (home / name).symlink_to(PROJECT_ROOT / name)
    for name in ("Makefile", "requirements", ".venv"):
        (home / name).symlink_to(PROJECT_ROOT / name)
    # The workers of pytest-xdist share their parses, and that of `make test`.
    parses = tmp_path_factory.getbasetemp()
    parses = (parses.parent if "PYTEST_XDIST_WORKER" in os.environ else parses) / "parses"
    parses.mkdir(exist_ok=True)

    def keep(parse: Path, name: str) -> None:
        if parse.exists() and not (parses / name).exists():
            shutil.copy(parse, tmp_path_factory.mktemp("parse") / name).replace(parses / name)

    def parse_name(project_dir: Path, variables: str) -> str:
        texts = [(project_dir / name).read_bytes() for name in ("dbt_project.yml", "profiles.yml")]
        return sha256(b"".join([*texts, variables.encode()])).hexdigest()

    if os.environ.get("FEEDLIFT_TEST_DATABASE") == str(BUILT_BY_MAKE):
        keep(PROJECT_ROOT / BUILT_BY_MAKE.with_name(PARSE), parse_name(home, "{}"))

    def run(
        command: list[str | Path],
        *,
        variables: str,
        database: Path,
        project_dir: Path | None = None,
        given: str = "",
    ) -> DbtRun:
        project_dir = project_dir or home
        link = project_dir / BUILT_BY_MAKE.with_name(database.name)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(database.resolve())
        target_path = tmp_path_factory.mktemp("target")
        name = parse_name(project_dir, variables)
        if (parses / name).exists():
            shutil.copy(parses / name, target_path / PARSE)
        completed = subprocess.run(
            command,
            cwd=project_dir,
            env=os.environ
            | {
                "DBT_PROJECT_DIR": str(project_dir),
                "DBT_PROFILES_DIR": str(project_dir),
                "DBT_TARGET_PATH": str(target_path),
                "DBT_LOG_PATH": str(target_path / "logs"),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "FEEDLIFT_DATABASE": str(link.relative_to(project_dir)),
            },
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        keep(target_path / PARSE, name)
        return DbtRun(completed.returncode, completed.stdout, target_path)

    return run


@pytest.fixture(scope="session")
def run_dbt(run_in_project: Callable[..., DbtRun]) -> Callable[..., DbtRun]:
    """A function that runs a dbt command in a process of its own and returns a `DbtRun`.

    Its arguments:
        *args: The command and its options, for instance `"build", "--select", "stg_feed__impressions"`.
        database: Path of the DuckDB file that the command reads and writes.
        vars: Variables of the project to set. dbt parses once for each set of them.
        project_dir: The dbt project, by default this one.
        expect_failure: Whether the command must fail. A command that does otherwise fails the test.
    """

    def run(
        *args: str,
        database: Path,
        vars: dict[str, Any] | None = None,  # noqa: A002 the name of dbt's own option
        project_dir: Path | None = None,
        expect_failure: bool = False,
    ) -> DbtRun:
        variables = json.dumps(vars or {}, sort_keys=True)
        command = [Path(sys.executable).with_name("dbt"), "--no-use-colors", *args, "--vars", variables]
        completed = run_in_project(command, variables=variables, database=database, project_dir=project_dir)
        if expect_failure != (completed.returncode != 0):
            outcome = "passed but should have failed" if expect_failure else f"failed ({completed.returncode})"
            news = re.sub(r"^.* of \d+ (START|OK|PASS) .*\n", "", completed.output, flags=re.MULTILINE)
            pytest.fail(f"dbt {' '.join(args)} {outcome}:\n{news}", pytrace=False)
        return completed

    return run


@pytest.fixture(scope="session")
def new_project_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A function that makes a folder with this project, but for its seeds, over a connection in New York."""

    def make() -> Path:
        project = tmp_path_factory.mktemp("elsewhere")
        for name in ("dbt_project.yml", "macros", "models", "tests"):
            (project / name).symlink_to(PROJECT_ROOT / name)
        (project / "profiles.yml").write_text(PROFILE_ELSEWHERE, encoding="utf-8")
        return project

    return make


@pytest.fixture(scope="session")
def compile_models(run_in_project: Callable[..., DbtRun], calibration: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """A function that compiles models under many sets of variables, of which only the SQL depends and no reference.

    It returns by the name of each case dbt's `message`, empty if it has nothing against it, and the `sql` by model.

    Its arguments:
        cases: By name, the models of a case and its variables.
        database: Path of the DuckDB file that compiling may read.
    """

    def run(cases: dict[str, tuple[list[str], dict[str, Any]]], database: Path) -> dict[str, Any]:
        # Models that are built on demand must be there to be asked for.
        variables = json.dumps({"calibration": calibration}, sort_keys=True)
        completed = run_in_project(
            [sys.executable, "-c", COMPILE_CASES, variables], variables=variables, database=database,
            given=json.dumps(cases),
        )  # fmt: skip
        assert completed.returncode == 0, completed.output
        return json.loads((completed.target_path / "compiled.json").read_text(encoding="utf-8"))

    return run


@pytest.fixture(scope="session")
def calibration() -> dict[str, Any]:
    """What the variable `calibration` says wherever it is set, so that dbt parses once for all of these tests."""
    return {"experiment_id": "aa_test", "replications": 40, "treatment_share": 0.3, "seed": 5}


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
