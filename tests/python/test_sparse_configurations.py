"""A project may remove what feedlift ships: without a kind of metric, or without segments, every model is valid SQL.

The models are compiled and explained against the built demo, which binds every name without computing anything.
"""

import re

import duckdb
import pytest
import yaml

MOMENTS = ["int_experiments__moments", "int_experiments__moments_by_day", "int_experiments__moment_estimates"]
CAPS = ["int_experiments__winsorisation_caps", "int_experiments__winsorised_estimates"]
QUANTILES = ["int_experiments__observations", "int_experiments__quantile_estimates"]
BOOTSTRAPS = ["int_experiments__bootstrap_contrasts", "int_experiments__bootstrap_quantile_contrasts"]
UNITS = ["int_experiments__retention", "int_experiments__unit_measures"]
SEVERAL = ["int_experiments__multivariate_estimates"]
SEGMENTS = ["int_experiments__post_stratified_estimates"]
CHECKS = ["int_experiments__assignment_checks", "experiment_health"]
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
        "no segment": (UNITS + MOMENTS[:1] + SEGMENTS + CHECKS, segments),
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
def compiled(cases, demo_database, compile_models):
    """The SQL of every case's models.

    The demo's experiments name metrics that are removed, which would stop a build; what is asked here is whether the
    SQL is valid.
    """
    compiled = compile_models(cases, demo_database)
    assert {name: case["message"] for name, case in compiled.items() if case["message"]} == {}
    return {name: case["sql"] for name, case in compiled.items()}


@pytest.mark.parametrize("name", CASES)
def test_every_model_is_valid_sql(cases, compiled, demo_database, name):
    assert set(compiled[name]) == set(cases[name][0])
    with duckdb.connect(str(demo_database), read_only=True) as connection:
        for model, sql in compiled[name].items():
            try:
                connection.execute(f"explain {sql}")
            except duckdb.Error as error:
                pytest.fail(f"{model}: {error}")
