"""CTR by stratum and the parts of its change, from the events and the users' windows."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from decomposition_reference import decomposition, product_decomposition
from statistics_reference import Sample, contrast

from readout.outcomes import FRESH, seen

NEW = timedelta(days=28)
KEY = ["experiment_id", "population", "user_id"]
MEASURES = ["impressions", "clicked_impressions", "clicks", "saves", "hides"]
OF_IMPRESSIONS = ["position", "surface", "content_format", "platform", "module", "freshness"]
DIMENSIONS = [*OF_IMPRESSIONS, "country", "new_returning"]


def position_bucket(position: int | None) -> str | None:
    """The stratum of a position."""
    if position is None:
        return None
    for last, name in ((3, str(position)), (5, "4-5"), (10, "6-10")):
        if position <= last:
            return name
    return "11+"


def impressions_by_stratum(accepted: dict[str, pl.DataFrame], engagements: pl.DataFrame) -> pl.DataFrame:
    """Every impression with whether it was seen and clicked, and its stratum in every dimension."""
    items = accepted["items"].select("item_id", "created_at")
    impressions = seen(accepted["impressions"], engagements, accepted["items"]).join(items, on="item_id", how="left")
    is_fresh = pl.col("event_at") - pl.col("created_at") <= FRESH
    return impressions.with_columns(
        pl.col("position").cast(pl.Int64).map_elements(position_bucket, return_dtype=pl.String),
        pl.col("surface", "content_format", "platform"),
        pl.col("module_id").fill_null("none").alias("module"),
        pl.when(is_fresh).then(pl.lit("fresh")).when(~is_fresh).then(pl.lit("evergreen")).alias("freshness"),
    ).with_columns(pl.col(OF_IMPRESSIONS).fill_null("unknown"))


def events_by_stratum(accepted: dict[str, pl.DataFrame], engagements: pl.DataFrame) -> pl.DataFrame:
    """Every impression and engagement with its stratum in every dimension, and what it counts as."""
    impressions = impressions_by_stratum(accepted, engagements)
    of_impression = impressions.select(*OF_IMPRESSIONS, impression="event_id")
    types = {"clicks": "click", "saves": "save", "hides": "hide"}
    engaged = (
        engagements.select("user_id", "event_at", "impression", "engagement_type")
        .join(of_impression, on="impression", how="left")
        .with_columns(
            pl.col(OF_IMPRESSIONS).fill_null("unknown"),
            *((pl.col("engagement_type") == kind).alias(measure) for measure, kind in types.items()),
        )
    )
    kept = ["user_id", "event_at", *OF_IMPRESSIONS]
    clicked = pl.col("impressions") & pl.col("clicked_impressions")
    return pl.concat(
        [
            impressions.select(*kept, "impressions", "event_id", "session_id", "item_id", clicked_impressions=clicked),
            engaged.select(*kept, *types),
        ],
        how="diagonal",
    ).with_columns(pl.col(MEASURES).cast(pl.Int64).fill_null(0))


def inside_windows(events: pl.DataFrame, unit_measures: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """The events that are outcomes, once for each experiment and population of the user."""
    windows = unit_measures.select(*KEY, "starts_at").join(ends.select("experiment_id", "ends_at"), on="experiment_id")
    return windows.join(events, on="user_id").filter(
        (pl.col("event_at") >= pl.col("starts_at"))
        & (pl.col("ends_at").is_null() | (pl.col("event_at") < pl.col("ends_at")))
    )


def stratum_measures(inside: pl.DataFrame, unit_measures: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """The outcomes of every user by dimension and stratum; no rows of zeros."""
    age = pl.col("assigned_at") - pl.col("signed_up_at")
    of_users = unit_measures.join(users.select("user_id", "country", "signed_up_at"), on="user_id", how="left").select(
        *KEY,
        *MEASURES,
        pl.col("country").fill_null("unknown"),
        pl.when(age < NEW)
        .then(pl.lit("new"))
        .when(age.is_not_null())
        .then(pl.lit("returning"))
        .otherwise(pl.lit("unknown"))
        .alias("new_returning"),
    )
    return pl.concat(
        source.group_by(*KEY, pl.lit(dimension).alias("dimension"), pl.col(dimension).alias("stratum")).agg(
            pl.col(MEASURES).sum()
        )
        for dimension in DIMENSIONS
        for source in [inside if dimension in OF_IMPRESSIONS else of_users]
    ).filter(pl.any_horizontal(pl.col(MEASURES) != 0))


def compared(unit_measures: pl.DataFrame, arms: pl.DataFrame) -> Iterator[tuple[dict[str, str], list[pl.DataFrame]]]:
    """Every treatment arm beside control, with the users of both, numbered."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())
    for (experiment, population), users in unit_measures.group_by("experiment_id", "population"):
        by_arm = {arm: of_arm for (arm,), of_arm in users.group_by("arm")}
        control_arm = controls[experiment]
        for arm in by_arm.keys() - {control_arm} if control_arm in by_arm else ():
            if set(by_arm[arm]["phase"]) & set(by_arm[control_arm]["phase"]):
                key = {"experiment_id": experiment, "population": population, "arm": arm, "control_arm": control_arm}
                yield key, [by_arm[name].with_row_index("row") for name in (arm, control_arm)]


def dense(users: pl.DataFrame, sums: pl.DataFrame, labels: list[str], measure: str) -> Any:
    """A measure as a matrix of users by strata."""
    matrix = np.zeros((len(users), len(labels)))
    found = users.select("user_id", "row").join(sums, on="user_id")
    columns = found["stratum"].replace_strict(labels, range(len(labels)), return_dtype=pl.Int64)
    matrix[found["row"].to_numpy(), columns.to_numpy()] = found[measure].to_numpy()
    return matrix


def decompositions(strata: pl.DataFrame, unit_measures: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """The parts of the change in CTR, one row per comparison, dimension, stratum and component."""

    def rows() -> Iterator[dict[str, Any]]:
        for key, sides in compared(unit_measures, arms):
            of_experiment = strata.filter(experiment_id=key["experiment_id"], population=key["population"])
            for dimension in DIMENSIONS:
                sums = of_experiment.filter(dimension=dimension)
                labels = sorted(set(sums["stratum"])) or ["unknown"]
                samples = [
                    (
                        dense(users, sums, labels, "clicked_impressions"),
                        dense(users, sums, labels, "impressions"),
                        users["phase"].to_numpy(),
                    )
                    for users in sides
                ]
                for row in decomposition(*samples, labels):
                    yield key | {"dimension": dimension} | row

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)


def by_grain(
    inside: pl.DataFrame, strata: pl.DataFrame, unit_measures: pl.DataFrame, arms: pl.DataFrame
) -> pl.DataFrame:
    """CTR at every grain, one row per comparison, grain and stratum."""
    seen_of = inside.filter(pl.col("impressions") > 0)
    sessions = (
        seen_of.drop_nulls("session_id")
        .group_by(*KEY, "session_id")
        .agg(pl.col("clicked_impressions").mean().alias("ctr"))
        .group_by(KEY)
        .agg(session_ctrs=pl.col("ctr").sum(), seen_sessions=pl.len())
    )
    users_with_sessions = unit_measures.join(sessions, on=KEY, how="left").with_columns(
        pl.col("session_ctrs", "seen_sessions").fill_null(0),
        has_ctr=(pl.col("impressions") > 0).cast(pl.Float64),
        own_ctr=(pl.col("clicked_impressions") / pl.col("impressions")).fill_nan(0),
    )
    plain = {
        "ratio_of_totals": ("clicked_impressions", "impressions"),
        "user_mean": ("own_ctr", "has_ctr"),
        "session_mean": ("session_ctrs", "seen_sessions"),
    }

    def item_mean(users: pl.DataFrame, weights: dict[int, float], items: pl.DataFrame) -> float | None:
        sizes = dict(users.group_by("phase").len().iter_rows())
        per_user = {phase: weight / sizes[phase] for phase, weight in weights.items()}
        of_arm = users.filter(pl.col("phase").is_in(list(weights))).select("user_id", "phase").join(items, on="user_id")
        weight = pl.col("phase").replace_strict(per_user, return_dtype=pl.Float64)
        sums = of_arm.group_by("item_id").agg(
            ((pl.col("clicked_impressions") * weight).sum() / (pl.col("impressions") * weight).sum()).alias("ctr")
        )
        return sums["ctr"].mean()

    def rows() -> Iterator[dict[str, Any]]:
        for key, sides in compared(users_with_sessions, arms):
            scope = {name: key[name] for name in ("experiment_id", "population")}

            def sample(users: pl.DataFrame, numerator: Any, denominator: Any) -> Sample:
                values = (users[v].to_numpy() if isinstance(v, str) else v for v in (numerator, denominator))
                nothing, ones = np.zeros(len(users)), np.ones(len(users))
                y, d = (value.astype(float) for value in values)
                return Sample(y, d, nothing, ones, users["phase"].to_numpy())

            for grain, columns in plain.items():
                result = contrast(*(sample(users, *columns) for users in sides), is_ratio=True, is_adjusted=False)
                yield key | {"grain": grain, "stratum": "all"} | result
                if grain == "ratio_of_totals":
                    totals = result
            for grain in ("surface", "module", "position"):
                sums = strata.filter(dimension=grain, **scope)
                for stratum in set(sums.filter(pl.col("impressions") > 0)["stratum"]):
                    of_stratum = sums.filter(stratum=stratum)
                    samples = [
                        sample(
                            users,
                            *(
                                dense(users, of_stratum, [stratum], measure)[:, 0]
                                for measure in ("clicked_impressions", "impressions")
                            ),
                        )
                        for users in sides
                    ]
                    result = contrast(*samples, is_ratio=True, is_adjusted=False)
                    yield key | {"grain": grain, "stratum": stratum} | result
            phases = set(sides[0]["phase"]) & set(sides[1]["phase"])
            everyone = pl.concat(sides).filter(pl.col("phase").is_in(list(phases)))
            weights = {phase: count / len(everyone) for phase, count in everyone.group_by("phase").len().iter_rows()}
            items = seen_of.filter(**scope)
            means = [item_mean(users, weights, items) for users in sides]
            is_known = None not in means
            yield key | {
                "grain": "item_mean",
                "stratum": "all",
                **{name: totals[name] for name in ("unit_count", "control_unit_count")},
                "arm_value": means[0],
                "control_value": means[1],
                "estimate": means[0] - means[1] if is_known else None,
                "relative_lift": (means[0] - means[1]) / means[1] if is_known and means[1] else None,
                "is_relative_lift_unbounded": False,
                "approximation_quality": "unknown",
                "null_reason": "no_standard_error" if is_known else "zero_denominator",
            }

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)


def click_decompositions(unit_measures: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """The parts of the change in clicks per user, one row per comparison and component."""

    def rows() -> Iterator[dict[str, Any]]:
        for key, sides in compared(unit_measures, arms):
            columns = (pl.lit(1.0), *(pl.col(m).cast(pl.Float64) for m in ("impressions", "clicked_impressions")))
            samples = [
                (users.select(*columns, clicks=pl.col("clicks").cast(pl.Float64)).to_numpy(), users["phase"].to_numpy())
                for users in sides
            ]
            for row in product_decomposition(*samples, ["volume", "rate", "repetition"]):
                yield key | row

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)
