"""Quantile metrics of every experiment, arm against control, in every population."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from quantile_reference import Observations, quantile_contrast

SHARES = {"impression_latency_p95": 0.95, "impressions_per_user_p90": 0.9}


def latencies(unit_measures: pl.DataFrame, impressions: pl.DataFrame, experiments: pl.DataFrame) -> pl.DataFrame:
    """The latency of every impression in a user's window; a user without any has a row without latency."""
    key = ["experiment_id", "population", "user_id"]
    users = unit_measures.select(*key, "arm", "phase", "starts_at").join(
        experiments.select("experiment_id", "ends_at"), on="experiment_id"
    )
    inside = users.join(impressions.select("user_id", "event_at", "latency_ms"), on="user_id").filter(
        (pl.col("event_at") >= pl.col("starts_at"))
        & (pl.col("ends_at").is_null() | (pl.col("event_at") < pl.col("ends_at")))
    )
    return users.join(inside.select(*key, "latency_ms"), on=key, how="left")


def contrasts(
    unit_measures: pl.DataFrame, impressions: pl.DataFrame, experiments: pl.DataFrame, arms: pl.DataFrame
) -> pl.DataFrame:
    """The results, one row per experiment, population, quantile metric and treatment arm."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())
    observed = {
        "impression_latency_p95": latencies(unit_measures, impressions, experiments).rename({"latency_ms": "value"}),
        "impressions_per_user_p90": unit_measures.rename({"impressions": "value"}),
    }

    def sample(rows: pl.DataFrame) -> Observations:
        value = rows["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return Observations(value, rows["user_id"].to_numpy(), rows["phase"].to_numpy())

    def rows() -> Iterator[dict[str, Any]]:
        for metric, values in observed.items():
            for (experiment, population), of_experiment in values.group_by("experiment_id", "population"):
                by_arm = {arm: sample(of_arm) for (arm,), of_arm in of_experiment.group_by("arm")}
                control_arm = controls[experiment]
                for arm in by_arm.keys() - {control_arm}:
                    yield {
                        "experiment_id": experiment,
                        "population": population,
                        "metric": metric,
                        "segment": "all",
                        "segment_value": "all",
                        "arm": arm,
                        "control_arm": control_arm,
                        "method": "unadjusted",
                        **quantile_contrast(by_arm[arm], by_arm[control_arm], SHARES[metric]),
                    }

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)
