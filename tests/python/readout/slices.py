"""Metrics of a slice of the product alone, over all users of an experiment."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from scipy import stats
from statistics_reference import Sample, contrast

from readout.ctr import OF_IMPRESSIONS, compared, dense

METRICS = {
    "ctr": ("clicked_impressions", "impressions"),
    "impressions_per_user": ("impressions", None),
    "clicks_per_user": ("clicks", None),
    "saves_per_user": ("saves", None),
}


def contrasts(strata: pl.DataFrame, unit_measures: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """One row per comparison, dimension, stratum and metric."""

    def rows() -> Iterator[dict[str, Any]]:
        for key, sides in compared(unit_measures, arms):
            scope = {name: key[name] for name in ("experiment_id", "population")}
            for (dimension, stratum), sums in strata.filter(**scope).group_by("dimension", "stratum"):
                if dimension not in OF_IMPRESSIONS:
                    continue
                for metric, measures in METRICS.items():
                    samples = []
                    for users in sides:
                        ones, nothing = np.ones(len(users)), np.zeros(len(users))
                        numerator, denominator = (
                            ones if measure is None else dense(users, sums, [stratum], measure)[:, 0]
                            for measure in measures
                        )
                        samples.append(Sample(numerator, denominator, nothing, ones, users["phase"].to_numpy()))
                    result = contrast(*samples, is_ratio=metric == "ctr", is_adjusted=False)
                    yield key | {"dimension": dimension, "stratum": stratum, "metric": metric} | result

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)


def corrected(compared_slices: pl.DataFrame) -> pl.DataFrame:
    """The p-values that are known, corrected by dimension and metric."""
    family = ["experiment_id", "population", "dimension", "metric"]
    return pl.concat(
        rows.with_columns(
            pl.Series("p_value_benjamini_hochberg", stats.false_discovery_control(rows["p_value"].to_numpy())),
            pl.lit(len(rows)).alias("family_size"),
        )
        for _, rows in compared_slices.drop_nulls("p_value").with_columns(pl.col("p_value").clip(0, 1)).group_by(family)
    )
