"""What may be harmed: concentration of impressions, the worth of clicks, and guardrails with their states."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from concentration_reference import MEASURES, Side, concentration_contrasts
from quantile_reference import Observations, quantile_contrast
from statistics_reference import Sample, contrast, grade, worst

from readout import decisions
from readout.ctr import KEY, compared

TOP_SHARE = 0.01
ENTITIES = {"creator": "creator_id", "item": "item_id"}
INDICES = {"creator_hhi": "creator", "item_hhi": "item"}
IMPRESSIONS_PER_ENTITY = (2, 5)

LONGEST_DWELL_SECONDS = 600
ATTRIBUTION = timedelta(days=1)
SAVES = ["save", "board_add"]
CARTS = ["add_to_cart", "purchase"]
OF_RESULTS = ["ctr", "satisfied_ctr", "clicks_per_user", "satisfied_clicks_per_user", "long_click_rate", "bounce_rate"]
SHARES = {
    "satisfied_click_share": ("satisfied_clicked_impressions", "clicked_impressions"),
    "dwell_seconds_per_click": ("dwell_seconds", "timed_clicks"),
    "saved_click_share": ("saved_clicks", "counted_clicks"),
    "carted_click_share": ("carted_clicks", "counted_clicks"),
}
QUANTILES = {"dwell_seconds_p25": 0.25, "dwell_seconds_p50": 0.5, "dwell_seconds_p75": 0.75}

WATCHED = ["hide_rate", "report_rate", "early_exit_rate", "impression_latency_p95", "home_feed_engagements_per_user"]
WATCHED += ["organic_clicks_per_user", "opt_outs_per_user", "retention_d1", "retention_d7", "creator_hhi", "item_hhi"]

Row = dict[str, Any]


def concentrations(
    outcome_events: pl.DataFrame, unit_measures: pl.DataFrame, items: pl.DataFrame, arms: pl.DataFrame
) -> pl.DataFrame:
    """One row per comparison, type of entity and measure."""
    seen = outcome_events.filter(pl.col("impressions") == 1).join(
        items.select("item_id", "creator_id"), on="item_id", how="left"
    )

    def side(users: pl.DataFrame, impressions: pl.DataFrame) -> Side:
        observed = impressions.group_by("user_id").agg(pl.col("entity").sort())
        found = users.sort("user_id").join(observed, on="user_id", how="left", maintain_order="left")
        lists = [entities or [] for entities in found["entity"].to_list()]
        return Side(found["user_id"].to_list(), found["phase"].to_numpy(), lists)

    def rows() -> Iterator[Row]:
        for key, sides in compared(unit_measures, arms):
            inside = seen.filter(experiment_id=key["experiment_id"], population=key["population"])
            for entity_type, column in ENTITIES.items():
                impressions = inside.select("user_id", entity=column).drop_nulls()
                universe = sorted(impressions["entity"].unique())
                pair = [side(users, impressions) for users in sides]
                found = concentration_contrasts(*pair, universe, TOP_SHARE)
                for measure in MEASURES:
                    row = key | {"entity_type": entity_type, "measure": measure} | found[measure]
                    few = min(row["observation_count"], row["control_observation_count"])
                    if measure == "gini" and universe:
                        of_ranks = grade(few / len(universe), IMPRESSIONS_PER_ENTITY)
                        row["approximation_quality"] = worst(row["approximation_quality"], of_ranks)
                    yield row

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)


def indices(concentration: pl.DataFrame) -> pl.DataFrame:
    """The metrics of the results that are concentrations."""
    rows = [
        concentration.filter(entity_type=entity_type, measure="herfindahl_hirschman_index").with_columns(
            metric=pl.lit(metric), segment=pl.lit("all"), segment_value=pl.lit("all"), method=pl.lit("unadjusted")
        )
        for metric, entity_type in INDICES.items()
    ]
    counts = pl.selectors.ends_with("entity_count", "observation_count")
    return pl.concat(rows).drop("entity_type", "measure", counts)


def clicks_of_users(engagements: pl.DataFrame, unit_measures: pl.DataFrame, experiments: pl.DataFrame) -> pl.DataFrame:
    """Every click in a user's window, with what followed it."""
    rows = engagements.with_row_index("number")
    clicks = rows.filter(engagement_type="click").select("number", "user_id", "item_id", "event_at", "dwell_ms")
    later = rows.select("user_id", "item_id", "engagement_type", later_at="event_at")
    followed = clicks.join(later, on=["user_id", "item_id"]).filter(
        pl.col("later_at").is_between(pl.col("event_at"), pl.col("event_at") + ATTRIBUTION)
    )
    of_click = followed.group_by("number").agg(
        saved_clicks=pl.col("engagement_type").is_in(SAVES).any(),
        carted_clicks=pl.col("engagement_type").is_in(CARTS).any(),
    )
    windows = unit_measures.select(*KEY, "starts_at").join(
        experiments.select("experiment_id", "ends_at"), on="experiment_id"
    )
    return (
        windows.join(clicks.join(of_click, on="number", how="left"), on="user_id")
        .filter(
            (pl.col("event_at") >= pl.col("starts_at"))
            & (pl.col("ends_at").is_null() | (pl.col("event_at") < pl.col("ends_at")))
        )
        .with_columns(pl.col("saved_clicks", "carted_clicks").fill_null(value=False))
    )


def click_quality(clicks: pl.DataFrame, unit_measures: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """One row per comparison and aspect that is no metric of the results."""
    seconds = pl.col("dwell_ms") / 1000
    sums = clicks.group_by(KEY).agg(
        counted_clicks=pl.len(),
        timed_clicks=pl.col("dwell_ms").count(),
        dwell_seconds=seconds.clip(upper_bound=LONGEST_DWELL_SECONDS).sum(),
        saved_clicks=pl.col("saved_clicks").sum(),
        carted_clicks=pl.col("carted_clicks").sum(),
    )
    counted = ["counted_clicks", "timed_clicks", "dwell_seconds", "saved_clicks", "carted_clicks"]
    users = unit_measures.join(sums, on=KEY, how="left").with_columns(pl.col(counted).fill_null(0))

    def sample(side: pl.DataFrame, numerator: str, denominator: str) -> Sample:
        values = [side[column].cast(pl.Float64).to_numpy() for column in (numerator, denominator)]
        return Sample(*values, np.zeros(len(side)), np.ones(len(side)), side["phase"].to_numpy())

    def times(side: pl.DataFrame, of_experiment: pl.DataFrame) -> Observations:
        found = side.select("user_id", "phase").join(
            of_experiment.select("user_id", value=pl.col("dwell_ms") / 1e3), on="user_id", how="left"
        )
        value = found["value"].fill_null(float("nan")).to_numpy()
        return Observations(value, found["user_id"].to_numpy(), found["phase"].to_numpy())

    def rows() -> Iterator[Row]:
        for key, sides in compared(users, arms):
            for aspect, columns in SHARES.items():
                pair = [sample(side, *columns) for side in sides]
                yield key | {"aspect": aspect} | contrast(*pair, is_ratio=True, is_adjusted=False)
            of_experiment = clicks.filter(experiment_id=key["experiment_id"], population=key["population"])
            for aspect, share in QUANTILES.items():
                pair = [times(side, of_experiment) for side in sides]
                yield key | {"aspect": aspect} | quantile_contrast(*pair, share)

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)


def clickbait_verdict(rows: dict[str, Row]) -> str:
    """What the lift of CTR is worth, from the rows of one arm by aspect."""

    def moves(aspect: str) -> int | None:
        row = rows.get(aspect)
        if row is None or row["p_value"] is None:
            return None
        return int(np.sign(row["estimate"])) if row["p_value"] < decisions.ALPHA else 0

    clicks, satisfied, share = moves("ctr"), moves("satisfied_ctr"), moves("satisfied_click_share")
    if clicks is None or (clicks > 0 and None in (satisfied, share)):
        return "not_computed"
    if clicks < 1:
        return "no_lift"
    return {
        (1, 1): "lift_is_satisfied",
        (1, 0): "lift_is_satisfied",
        (1, -1): "lift_is_diluted",
        (0, 1): "lift_is_unclear",
        (0, 0): "lift_is_unclear",
    }.get((satisfied, share), "lift_is_clickbait")


def guardrail_states(
    rows: dict[tuple[str, str, str], Row], arms: list[tuple[str, str]], metrics: list[Row], has_ended: dict[str, bool]
) -> Iterator[Row]:
    """The state of every guardrail and of the metrics in which harm usually shows, from rows of the results.

    Args:
        rows: Results of everyone, in the population and by the method that decide, by experiment, arm and metric.
        arms: Every treatment arm, of experiments without any user too.
        metrics: The metrics of experiment_metrics, with `margin` and `margin_scale`.
        has_ended: Of every experiment whether its planned end has come.
    """
    roles = {(metric["experiment_id"], metric["metric"]): metric for metric in metrics}
    never = ("not_logged", "unknown_cluster", "cluster_in_several_arms")
    for experiment, arm in arms:
        named = [name for of_experiment, name in roles if of_experiment == experiment]
        for name in {*WATCHED, *named}:
            metric = roles.get((experiment, name), {"role": "diagnostic"})
            row = rows.get((experiment, arm, name))
            key = {"experiment_id": experiment, "arm": arm, "metric": name}
            if metric["role"] == "guardrail":
                state = decisions.guardrail_state(row, metric, has_ended[experiment])
                reason = decisions.reason_for_nulls(row, has_ended[experiment])
                if reason is not None:
                    state = "not_computable" if reason in never else "not_computed"
                yield key | {"state": state, "is_non_inferior": state == "passed", "is_exploratory": False}
            elif name in WATCHED and metric["role"] != "primary":
                yield key | {"state": "not_judged", "is_non_inferior": None, "is_exploratory": True}
