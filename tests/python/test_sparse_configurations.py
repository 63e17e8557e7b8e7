"""A project may remove what feedlift ships: without a kind of metric, or without segments, every model is valid SQL.

The models are compiled and explained against the built demo, which binds every name without computing anything.
"""

import json
import os
import re
import subprocess
import sys

import duckdb
import pytest
import yaml

# dbt parses once, and then compiles the models of each case. The demo's experiments name metrics that are removed,
# which would stop a build; what is asked here is whether the SQL is valid.
COMPILE_CASES = """
import json, sys
from dbt.cli.main import dbtRunner

cases = json.load(sys.stdin)
parsed = dbtRunner().invoke(["--quiet", "parse"])
compiled = {}
for name, (models, variables) in cases.items():
    arguments = ["--quiet", "compile", "--vars", json.dumps(variables), "--select", *models]
    outcome = dbtRunner(manifest=parsed.result).invoke(arguments)
    assert outcome.success, (name, outcome.exception, [node.message for node in outcome.result or []])
    # A model's name selects its tests too.
    nodes = [node.node for node in outcome.result if node.node.resource_type == "model"]
    compiled[name] = {node.name: node.compiled_code for node in nodes}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(compiled, file)
"""

MOMENTS = ["int_experiments__moments", "int_experiments__moments_by_day", "int_experiments__moment_estimates"]
CAPS = ["int_experiments__winsorisation_caps", "int_experiments__winsorised_estimates"]
QUANTILES = ["int_experiments__observations", "int_experiments__quantile_estimates"]
BOOTSTRAPS = ["int_experiments__bootstrap_contrasts", "int_experiments__bootstrap_quantile_contrasts"]
UNITS = ["int_experiments__retention", "int_experiments__unit_measures"]
SEVERAL = ["int_experiments__multivariate_estimates"]
SEGMENTS = ["int_experiments__post_stratified_estimates"]
TIME = ["int_experiments__novelty_units", "int_experiments__novelty", "int_experiments__effects_by_day_since_start"]
SHIPPED_SEGMENTS = ["shopping_intent", "platform", "country", "new_returning", "activity", "creators"]
EXPOSURE = ["int_experiments__rung_units", "int_experiments__exposure_ladder", "int_experiments__definition_contrasts"]
CONCENTRATION = ["int_experiments__concentration_metrics", "int_experiments__concentration_contrasts"]
AUDITS = [*CONCENTRATION, "int_experiments__guardrails", "int_experiments__clickbait_audit"]
CASES = (
    "no mean",
    "no quantile",
    "no concentration",
    "no bootstrap",
    "no retention",
    "no segment",
    "one metric",
    "only ratios",
)


@pytest.fixture(scope="module")
def cases(project_root):
    """Of every case the models that could break and the vars."""
    text = (project_root / "macros/configuration/default_metrics.sql").read_text(encoding="utf-8")
    shipped = yaml.safe_load(re.search(r"set metrics -%}\n(.*?){%- endset", text, re.DOTALL)[1])
    segments = {"segments": dict.fromkeys(SHIPPED_SEGMENTS), "post_stratification_segment": ""}

    def without(is_removed):
        metrics = {name: None for name, metric in shipped.items() if is_removed(name, metric)}
        assert 0 < len(metrics) < len(shipped)
        return {"metrics": metrics}

    return {
        "no mean": (CAPS + SEVERAL + TIME, without(lambda _, metric: metric["type"] == "mean")),
        "no quantile": (QUANTILES + BOOTSTRAPS, without(lambda _, metric: metric["type"] == "quantile")),
        "no concentration": (CONCENTRATION, without(lambda _, metric: metric["type"] == "concentration")),
        "no bootstrap": (BOOTSTRAPS, without(lambda _, metric: metric.get("bootstrap"))),
        "no retention": (UNITS + MOMENTS[:1], without(lambda _, metric: metric["type"] == "retention")),
        "no segment": (UNITS + MOMENTS[:1] + SEGMENTS, segments),
        "one metric": (
            MOMENTS + CAPS + BOOTSTRAPS + UNITS + SEVERAL + TIME + EXPOSURE + ["experiment_arm_metrics"],
            without(lambda name, _: name != "ctr") | segments,
        ),
        "only ratios": (
            MOMENTS + CAPS + QUANTILES + BOOTSTRAPS + UNITS + SEVERAL + AUDITS,
            without(lambda _, metric: metric["type"] != "ratio"),
        ),
    }


@pytest.fixture(scope="module")
def compiled(cases, demo_database, project_root, tmp_path_factory):
    """The SQL of every case's models."""
    target_path = tmp_path_factory.mktemp("target")
    completed = subprocess.run(
        [sys.executable, "-c", COMPILE_CASES, target_path / "compiled.json"],
        input=json.dumps(cases),
        cwd=project_root,
        env=os.environ
        | {
            "DBT_PROJECT_DIR": str(project_root),
            "DBT_PROFILES_DIR": str(project_root),
            "DBT_TARGET_PATH": str(target_path),
            "DBT_LOG_PATH": str(target_path / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "FEEDLIFT_DATABASE": str(demo_database),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout
    return json.loads((target_path / "compiled.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_every_model_is_valid_sql(cases, compiled, demo_database, name):
    assert set(compiled[name]) == set(cases[name][0])
    with duckdb.connect(str(demo_database), read_only=True) as connection:
        for model, sql in compiled[name].items():
            try:
                connection.execute(f"explain {sql}")
            except duckdb.Error as error:
                pytest.fail(f"{model}: {error}")
