"""The Poisson bootstrap of the metrics that ask for it, arm against control, in every population."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from bootstrap_reference import Units, bootstrap_contrast

from readout.contrasts import sample

METRICS = ["ctr", "revenue_per_user"]
SEED = 1
REPLICATES = 999


def contrasts(unit_measures: pl.DataFrame, arms: pl.DataFrame, unadjusted: pl.DataFrame) -> pl.DataFrame:
    """The results, one row per experiment, population, metric and treatment arm; as good as the unadjusted ones."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())

    def units(users: pl.DataFrame, metric: str) -> Units:
        values = sample(users, metric)
        return Units(users["user_id"].to_numpy(), values.numerator, values.denominator, values.stratum)

    def rows() -> Iterator[dict[str, Any]]:
        for (experiment, population), users in unit_measures.group_by("experiment_id", "population"):
            by_arm = {arm: of_arm for (arm,), of_arm in users.group_by("arm")}
            control_arm = controls[experiment]
            for arm in by_arm.keys() - {control_arm}:
                for metric in METRICS:
                    samples = [units(by_arm[name], metric) for name in (arm, control_arm)]
                    yield {
                        "experiment_id": experiment,
                        "population": population,
                        "metric": metric,
                        "segment": "all",
                        "segment_value": "all",
                        "arm": arm,
                        "control_arm": control_arm,
                        "method": "poisson_bootstrap",
                        "cuped_coefficient": 0.0,
                        **bootstrap_contrast(*samples, SEED, REPLICATES),
                    }

    key = ["experiment_id", "population", "metric", "segment", "segment_value", "arm"]
    quality = unadjusted.filter(method="unadjusted").select(*key, "approximation_quality")
    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None).join(quality, on=key, how="left")
