"""Every metric of every experiment, arm against control, in every population and segment."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from scipy import stats
from statistics_reference import Sample, contrast

from readout.outcomes import RETENTION_DAYS

SEGMENTS = ["all", "shopping_intent", "platform", "country", "new_returning", "activity", "creators"]

# What a metric counts; a proportion counts the users with at least one.
MEANS = {
    "impressions_per_user": "impressions",
    "clicks_per_user": "clicks",
    "long_clicks_per_user": "long_clicks",
    "organic_clicks_per_user": "organic_clicks",
    "home_feed_clicks_per_user": "home_feed_clicks",
    "home_feed_engagements_per_user": "home_feed_engagements",
    "satisfied_clicks_per_user": "satisfied_clicks",
    "outbound_clicks_per_user": "outbound_clicks",
    "closeups_per_user": "closeups",
    "saves_per_user": "saves",
    "board_adds_per_user": "board_adds",
    "follows_per_user": "follows",
    "hides_per_user": "hides",
    "reports_per_user": "reports",
    "opt_outs_per_user": "opt_outs",
    "video_starts_per_user": "video_starts",
    "video_completes_per_user": "video_completes",
    "video_visible_ms_per_user": "video_visible_ms",
    "product_clicks_per_user": "product_clicks",
    "add_to_carts_per_user": "add_to_carts",
    "purchases_per_user": "purchases",
    "revenue_per_user": "revenue",
    "sessions_per_user": "sessions",
    "return_visits_per_user": "return_visits",
}
PROPORTIONS = {"saver_rate": "saves"}
RATIOS = {
    "ctr": ("clicked_impressions", "impressions"),
    "ctr_logged": ("clicked_logged_impressions", "logged_impressions"),
    "ctr_rendered": ("clicked_rendered_impressions", "rendered_impressions"),
    "mean_position": ("impression_positions", "positioned_impressions"),
    "fresh_impression_share": ("fresh_impressions", "impressions"),
    "shoppable_impression_share": ("shoppable_impressions", "impressions"),
    "satisfied_ctr": ("satisfied_clicked_impressions", "impressions"),
    "long_click_rate": ("long_clicks", "clicks"),
    "bounce_rate": ("bounces", "clicks"),
    "save_rate": ("saves", "impressions"),
    "hide_rate": ("hides", "impressions"),
    "report_rate": ("reports", "impressions"),
    "session_length": ("session_seconds", "sessions"),
    "session_depth": ("session_impressions", "sessions"),
    "engaged_session_rate": ("engaged_sessions", "sessions"),
    "shopping_engaged_session_rate": ("shopping_engaged_sessions", "sessions"),
    "early_exit_rate": ("early_exits", "sessions"),
}
METRICS = [*MEANS, *PROPORTIONS, *RATIOS, *RETENTION_DAYS]

# The p-value below which a check fails.
FAILING = 1e-3


def sample(users: pl.DataFrame, metric: str) -> Sample:
    """The values of a metric and of its covariate for some users."""

    def values(column: str) -> np.ndarray:
        return users[column].cast(pl.Float64).to_numpy()

    # Of a retention, the users whose day has passed.
    if metric in RETENTION_DAYS:
        users = users.drop_nulls(metric)
    stratum = users["phase"].to_numpy()
    if metric in RATIOS:
        numerator, denominator = RATIOS[metric]
        before = values(f"{numerator}_before"), values(f"{denominator}_before")
        return Sample(values(numerator), values(denominator), *before, stratum)
    numerator = metric if metric in RETENTION_DAYS else MEANS.get(metric) or PROPORTIONS[metric]
    outcome, covariate = values(numerator), values(f"{numerator}_before")
    if metric in PROPORTIONS:
        outcome, covariate = np.minimum(outcome, 1), np.minimum(covariate, 1)
    ones = np.ones(len(users))
    return Sample(outcome, ones, covariate, ones, stratum)


def arm_values(unit_measures: pl.DataFrame) -> pl.DataFrame:
    """The metrics of every arm as it is, every user counted once."""
    key = ["experiment_id", "population", "arm"]
    return unit_measures.group_by(key).agg(
        pl.len().alias("user_count"),
        *(pl.col(measure).cast(pl.Float64).mean().alias(metric) for metric, measure in MEANS.items()),
        *((pl.col(measure) > 0).mean().alias(metric) for metric, measure in PROPORTIONS.items()),
        *(
            (pl.col(numerator).sum() / pl.col(denominator).sum()).fill_nan(None).alias(metric)
            for metric, (numerator, denominator) in RATIOS.items()
        ),
    )


def contrasts(unit_measures: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """The results, one row per experiment, population, metric, segment value, treatment arm and method."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())

    def rows() -> Iterator[dict[str, Any]]:
        for segment in SEGMENTS:
            keys = ["experiment_id", "population", segment]
            for (experiment, population, segment_value), users in unit_measures.group_by(keys):
                by_arm = {arm: of_arm for (arm,), of_arm in users.group_by("arm")}
                control_arm = controls[experiment]
                # Where control has nobody there is nothing to compare with.
                for arm in by_arm.keys() - {control_arm} if control_arm in by_arm else ():
                    for metric in METRICS:
                        samples = [sample(by_arm[name], metric) for name in (arm, control_arm)]
                        # CUPED needs somebody's past.
                        has_covariate = any(len(of_arm) for of_arm in samples)
                        for method in ("unadjusted", "cuped") if has_covariate else ("unadjusted",):
                            result = contrast(*samples, is_ratio=metric in RATIOS, is_adjusted=method == "cuped")
                            if metric in RETENTION_DAYS and result["null_reason"] == "not_logged":
                                result["null_reason"] = "no_mature_units"
                            yield {
                                "experiment_id": experiment,
                                "population": population,
                                "metric": metric,
                                "segment": segment,
                                "segment_value": segment_value,
                                "arm": arm,
                                "control_arm": control_arm,
                                "method": method,
                                **result,
                            }

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)


def sample_ratios(units: pl.DataFrame, arm_shares: pl.DataFrame) -> pl.DataFrame:
    """The chi-square test of every experiment's arm sizes against the shares of the phases users came in.

    Users in an arm that had no share fail it without a test.
    """
    analysed = units.filter(pl.col("exclusion_reason").is_null())
    phases = arm_shares.with_columns(phase=pl.col("starts_at").rank("dense").over("experiment_id").cast(pl.Int64))
    expected = (
        analysed.group_by("experiment_id", "phase")
        .agg(users=pl.len())
        .join(phases, on=["experiment_id", "phase"])
        .group_by("experiment_id", "arm")
        .agg(expected=(pl.col("users") * pl.col("share").cast(pl.Float64)).sum())
    )
    observed = analysed.group_by("experiment_id", "arm").agg(observed=pl.len())
    # Of an arm that is not open yet nobody expects users, and it has none: it is no category.
    sizes = expected.join(observed, on=["experiment_id", "arm"], how="full", coalesce=True).fill_null(0)

    def rows() -> Iterator[dict[str, Any]]:
        for experiment in arm_shares["experiment_id"].unique():
            size = sizes.filter(experiment_id=experiment)
            row = {"experiment_id": experiment, "status": "warn", "statistic": None, "p_value": None}
            if len(size.filter((pl.col("observed") > 0) & (pl.col("expected") == 0))):
                row["status"] = "fail"
            elif len(size) > 1 and size["expected"].min() > 0:
                test = stats.chisquare(size["observed"].to_numpy(), size["expected"].to_numpy())
                status = "fail" if test.pvalue < FAILING else "pass"
                row |= {"status": status, "statistic": test.statistic, "p_value": test.pvalue}
            yield row

    return pl.DataFrame(list(rows()), infer_schema_length=None)
