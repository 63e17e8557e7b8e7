"""The methods for everyone only: several covariates, strata by platform, and capped means."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from statistics_reference import Sample, contrast
from variance_reduction_reference import collapsed_strata, contrast_by_covariates, with_variance_reduction

from readout.contrasts import MEANS, METRICS, RATIOS, RETENTION_DAYS, sample

COVARIATES = {
    "ctr": ["impressions", "clicks"],
    "saves_per_user": ["impressions", "clicks"],
    "revenue_per_user": ["purchases", "product_clicks", "impressions"],
}
QUANTILE = 0.999

Result = tuple[str, str, dict[str, Any]]


def by_covariates(users: tuple[pl.DataFrame, pl.DataFrame]) -> Iterator[Result]:
    """The metrics that name covariates."""
    for metric, others in COVARIATES.items():
        samples = [sample(of_arm, metric) for of_arm in users]
        covariates = tuple(
            [
                (own.numerator_covariate, own.denominator_covariate),
                *((of_arm[f"{other}_before"].cast(pl.Float64).to_numpy(), np.ones(len(of_arm))) for other in others),
            ]
            for own, of_arm in zip(samples, users, strict=True)
        )
        result = contrast_by_covariates(*samples, covariates, is_ratio=metric in RATIOS)
        yield metric, "cuped_multivariate", {k: v for k, v in result.items() if k != "condition"}


def by_platform(everyone: pl.DataFrame, arm: str, control_arm: str) -> Iterator[Result]:
    """All metrics, compared within the platforms of a phase."""
    for metric in METRICS:
        known = everyone.drop_nulls(metric) if metric in RETENTION_DAYS else everyone
        labels = collapsed_strata(*(known[column].to_numpy() for column in ("arm", "phase", "platform")))
        arms = known["arm"].to_numpy()
        plain = [sample(known.filter(arm=name), metric) for name in (arm, control_arm)]
        stratified = [
            replace(of_arm, stratum=labels[arms == name])
            for name, of_arm in zip((arm, control_arm), plain, strict=True)
        ]
        unadjusted, result = (
            contrast(*pair, is_ratio=metric in RATIOS, is_adjusted=False) for pair in (plain, stratified)
        )
        if metric in RETENTION_DAYS and result["null_reason"] == "not_logged":
            result["null_reason"] = "no_mature_units"
        yield metric, "post_stratified", with_variance_reduction(result, unadjusted)


def capped(everyone: pl.DataFrame, arm: str, control_arm: str) -> Iterator[Result]:
    """The means of values cut off at a quantile of all users."""
    for metric in MEANS:
        whole = sample(everyone, metric)
        cap, covariate_cap = (np.quantile(v, QUANTILE) for v in (whole.numerator, whole.numerator_covariate))

        def cut(of_arm: Sample, cap: float = cap, covariate_cap: float = covariate_cap) -> Sample:
            return replace(
                of_arm,
                numerator=np.minimum(of_arm.numerator, cap),
                numerator_covariate=np.minimum(of_arm.numerator_covariate, covariate_cap),
            )

        samples = [cut(sample(everyone.filter(arm=name), metric)) for name in (arm, control_arm)]
        raw = contrast(*samples, is_ratio=False, is_adjusted=False)
        adjusted = contrast(*samples, is_ratio=False, is_adjusted=True)
        results = {
            "winsorised": {k: v for k, v in raw.items() if k != "variance_reduction"},
            "winsorised_cuped": with_variance_reduction(adjusted, raw),
        }
        for method, result in results.items():
            told = result
            if cap <= 0 and result["null_reason"] != "not_logged":
                counts = {k: result[k] for k in ("unit_count", "control_unit_count", "is_relative_lift_unbounded")}
                told = counts | {
                    "cuped_coefficient": 0.0,
                    "approximation_quality": "unknown",
                    "null_reason": "cap_is_zero",
                }
            yield metric, method, told | {"winsorisation_cap": cap}


def contrasts(unit_measures: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """The results of these methods, one row per experiment, population, metric, treatment arm and method."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())
    rows = []
    for (experiment, population), everyone in unit_measures.group_by("experiment_id", "population"):
        control_arm = controls[experiment]
        for arm in set(everyone["arm"]) - {control_arm} if control_arm in everyone["arm"] else ():
            users = everyone.filter(arm=arm), everyone.filter(arm=control_arm)
            shared = everyone.filter(pl.col("phase").is_in(set(users[0]["phase"]) & set(users[1]["phase"])))
            # Without a phase in common there is nothing to compare, by any method.
            if shared.is_empty():
                continue
            for metric, method, result in (
                *by_covariates(users),
                *by_platform(everyone, arm, control_arm),
                *capped(everyone, arm, control_arm),
            ):
                rows.append(
                    {
                        "experiment_id": experiment,
                        "population": population,
                        "metric": metric,
                        "segment": "all",
                        "segment_value": "all",
                        "arm": arm,
                        "control_arm": control_arm,
                        "method": method,
                        **result,
                    }
                )
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)
