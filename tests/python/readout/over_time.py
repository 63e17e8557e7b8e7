"""Effects by calendar day, by day since the start and by order of sessions, and the trend of an effect."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats
from statistics_reference import FEW_USERS_OF_A_RATIO, Sample, contrast, grade, worst

from readout.contrasts import MEANS, RATIOS
from readout.outcomes import LATENESS, data_through, sums

KEY = ["experiment_id", "population", "user_id"]
NOVELTY_DAYS = 14
DAYS = np.arange(1, NOVELTY_DAYS + 1)
DAY = timedelta(days=1)
METRICS = {metric: (measure, None) for metric, measure in MEANS.items()} | RATIOS
ALPHA = 0.05
FEWEST_ACTIVE = (20, 100)

Values = NDArray[np.float64]


def values(users: pl.DataFrame, measure: str | None) -> Values:
    """A measure of some users as doubles; ones where there is none."""
    return np.ones(len(users)) if measure is None else users[measure].cast(pl.Float64).to_numpy()


def sample(users: pl.DataFrame, numerator: Values, denominator: Values | None = None) -> Sample:
    """Values of some users without a covariate, by phase."""
    ones, nothing = np.ones(len(users)), np.zeros(len(users))
    denominator = ones if denominator is None else denominator
    return Sample(numerator, denominator, nothing, ones, users["phase"].to_numpy())


def pairs(
    users: pl.DataFrame, arms: pl.DataFrame
) -> Iterator[tuple[dict[str, str], tuple[pl.DataFrame, pl.DataFrame]]]:
    """Every treatment arm beside control, in which there must be somebody."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())
    for (experiment, population), of_population in users.group_by("experiment_id", "population"):
        by_arm = {arm: of_arm for (arm,), of_arm in of_population.group_by("arm")}
        control_arm = controls[experiment]
        for arm in sorted(by_arm.keys() - {control_arm}) if control_arm in by_arm else ():
            key = {"experiment_id": experiment, "population": population, "arm": arm, "control_arm": control_arm}
            yield key, (by_arm[arm], by_arm[control_arm])


def compared(users: pl.DataFrame, arms: pl.DataFrame, metrics: dict[str, Any], also: dict[str, Any]) -> pl.DataFrame:
    """Some metrics of every treatment arm against control, each row with some further columns."""
    rows = [
        key
        | {"metric": metric}
        | also
        | contrast(
            *(sample(side, values(side, numerator), values(side, denominator)) for side in sides),
            is_ratio=denominator is not None,
            is_adjusted=False,
        )
        for key, sides in pairs(users, arms)
        for metric, (numerator, denominator) in metrics.items()
    ]
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


def inside(users: pl.DataFrame, events: pl.DataFrame, starts_at: pl.Expr, ends_at: pl.Expr) -> pl.DataFrame:
    """The users with their measures of a part of their windows."""
    part = users.select(*KEY, "arm", "phase", starts_at=starts_at, ends_at=ends_at)
    return part.join(sums(part, events, ""), on=KEY)


def with_ends(unit_measures: pl.DataFrame, experiments: pl.DataFrame) -> pl.DataFrame:
    """The users in their populations, with the start and the end of their outcomes and nothing else."""
    users = unit_measures.select(*KEY, "arm", "phase", "starts_at")
    return users.join(experiments.select("experiment_id", "ends_at"), on="experiment_id")


def daily_effects(users: pl.DataFrame, events: pl.DataFrame, arms: pl.DataFrame, days: list[date]) -> pl.DataFrame:
    """The effects of some calendar days, on which everybody counts who has started by their end."""

    def effects() -> Iterator[pl.DataFrame]:
        for day in days:
            start, end = (datetime.combine(day + number * DAY, time()) for number in (0, 1))
            is_over = pl.col("ends_at").is_not_null() & (pl.col("ends_at") <= start)
            started = users.filter((pl.col("starts_at") < end) & ~is_over)
            part = inside(
                started,
                events,
                pl.max_horizontal("starts_at", pl.lit(start)),
                pl.min_horizontal("ends_at", pl.lit(end)),
            )
            yield compared(part, arms, METRICS, {"effect_date": day})

    return pl.concat(effects(), how="diagonal_relaxed")


def cohort(users: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The users whose days have passed by the end of the experiment and of the data."""
    known_until = pl.min_horizontal("ends_at", pl.lit(data_through(events) - LATENESS))
    return users.filter(pl.col("starts_at") + (NOVELTY_DAYS + 1) * DAY <= known_until)


def measures_by_day(followed: pl.DataFrame, events: pl.DataFrame) -> dict[int, pl.DataFrame]:
    """What the users of the cohort did on each of their days, in the same order of users."""
    start = pl.col("starts_at")
    return {
        day: inside(followed, events, start + day * DAY, start + (day + 1) * DAY).sort(KEY)
        for day in range(NOVELTY_DAYS + 1)
    }


def effects_by_day_since_start(by_day: dict[int, pl.DataFrame], arms: pl.DataFrame, days: list[int]) -> pl.DataFrame:
    """The effects of some days since the start."""
    return pl.concat(
        (compared(by_day[day], arms, METRICS, {"day_since_start": day}) for day in days), how="diagonal_relaxed"
    )


def line(numerators: Values, denominators: Values) -> Values:
    """The slope of the weighted least-squares line through the ratios of days, the last axis; it may be complex."""
    middle = (DAYS * denominators).sum(-1) / denominators.sum(-1)
    distance = DAYS - middle[..., None] if np.ndim(middle) else DAYS - middle
    return (distance * numerators).sum(-1) / (distance**2 * denominators).sum(-1)


def influences(numerators: Values, denominators: Values) -> Values:
    """Of every user, a row of days, the slope of all plus what the user's weight does to it (infinitesimal jackknife).

    The derivative is taken along the imaginary axis, where it loses no digits.
    """
    step = 1e-30j
    totals = numerators.sum(0), denominators.sum(0)
    moved = line(totals[0] + step * numerators, totals[1] + step * denominators)
    return line(*totals) + len(numerators) * np.imag(moved) / np.imag(step)


def slopes(users: pl.DataFrame, numerators: Values, denominators: Values | None) -> tuple[pl.DataFrame, Values]:
    """The users with a slope, and their slopes."""
    if denominators is None:
        return users, ((DAYS - DAYS.mean()) * numerators).sum(1) / ((DAYS - DAYS.mean()) ** 2).sum()
    phases, found = users["phase"].to_numpy(), np.full(len(users), np.nan)
    for phase in np.unique(phases):
        members = phases == phase
        if np.count_nonzero(denominators[members].sum(0)) > 1:
            found[members] = influences(numerators[members], denominators[members])
    return users.filter(pl.Series(~np.isnan(found))), found[~np.isnan(found)]


def mean_effect(sides: list[pl.DataFrame], numerators: list[Values], denominators: list[Values | None]) -> float | None:
    """The mean over days of the differences between the arms' post-stratified values, where they have one."""
    phases = [side["phase"].to_numpy() for side in sides]
    shared = np.intersect1d(*phases)
    sizes = {phase: sum(np.sum(of_side == phase) for of_side in phases) for phase in shared}

    def value(of_side: NDArray[Any], matrix: Values) -> Values:
        return sum(sizes[phase] * matrix[of_side == phase].mean(0) for phase in shared) / sum(sizes.values())

    if not len(shared):
        return None
    by_arm = [
        value(of_side, y) / (1 if d is None else np.where(value(of_side, d) == 0, np.nan, value(of_side, d)))
        for of_side, y, d in zip(phases, numerators, denominators, strict=True)
    ]
    differences = by_arm[0] - by_arm[1]
    return float(np.nanmean(differences)) if not np.isnan(differences).all() else None


def novelty(
    users: pl.DataFrame, by_day: dict[int, pl.DataFrame], arms: pl.DataFrame, roles: pl.DataFrame
) -> pl.DataFrame:
    """The trend of every effect over the days after day 0, tested and named."""
    role = {(experiment, metric): role for experiment, metric, role in roles.iter_rows()}

    def rows() -> Iterator[dict[str, Any]]:
        for key, everybody in pairs(users, arms):
            # In the order of the days' values.
            days = [
                [by_day[day].join(side, on=KEY, how="semi", maintain_order="left") for day in DAYS]
                for side in everybody
            ]
            sides = [of_side[0] for of_side in days]
            for metric, (numerator, denominator) in METRICS.items():
                ys = [np.array([values(day, numerator) for day in of_side]).T for of_side in days]
                ds = [
                    None if denominator is None else np.array([values(day, denominator) for day in of_side]).T
                    for of_side in days
                ]
                known = [slopes(*of_side) for of_side in zip(sides, ys, ds, strict=True)]
                active = [np.count_nonzero(y.sum(1)) for y in ys]
                totals = [
                    sample(side, y.sum(1), d if d is None else d.sum(1))
                    for side, y, d in zip(sides, ys, ds, strict=True)
                ]
                of_all_days = contrast(*totals, is_ratio=denominator is not None, is_adjusted=False)
                for scale in ("absolute",) if denominator else ("absolute", "relative"):
                    levels = [y.mean(1) if scale == "relative" else None for y in ys]
                    samples = [sample(*of_side, level) for of_side, level in zip(known, levels, strict=True)]
                    result = contrast(*samples, is_ratio=scale == "relative", is_adjusted=False)
                    if result["null_reason"] == "not_logged":
                        is_empty = any(not len(side) for side in sides)
                        result["null_reason"] = "no_mature_units" if is_empty else "fewer_than_two_days"
                    grades = [result["approximation_quality"], grade(min(active), FEWEST_ACTIVE)]
                    if denominator:
                        grades.append(grade(min(map(len, samples)), FEW_USERS_OF_A_RATIO))
                    result["approximation_quality"] = worst(*grades)
                    yield (
                        key
                        | result
                        | {
                            "metric": metric,
                            "scale": scale,
                            "metric_role": role.get((key["experiment_id"], metric), "diagnostic"),
                            "day_count": NOVELTY_DAYS,
                            "active_unit_count": active[0],
                            "control_active_unit_count": active[1],
                            "mean_daily_effect": mean_effect(sides, ys, ds),
                            "mean_daily_effect_p_value": of_all_days.get("p_value"),
                            "effect_of_all_days": of_all_days.get("estimate"),
                        }
                    )

    tested = pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)
    return named(tested)


def named(tested: pl.DataFrame) -> pl.DataFrame:
    """The trends with their p-values corrected, and what they are called."""
    family = ["experiment_id", "population", "metric_role", "scale"]
    corrected = [
        rows.with_columns(
            p_value_benjamini_hochberg=pl.Series(stats.false_discovery_control(rows["p_value"].clip(0, 1).to_numpy())),
            family_size=pl.lit(len(rows)),
        )
        for _, rows in tested.drop_nulls("p_value").group_by(family)
    ]
    nothing = tested.filter(pl.col("p_value").is_null())
    is_enough = pl.min_horizontal("active_unit_count", "control_active_unit_count") >= FEWEST_ACTIVE[1]
    direction = pl.col("estimate") * pl.col("mean_daily_effect")
    is_same_sign = pl.col("effect_of_all_days").sign() == pl.col("mean_daily_effect").sign()
    is_effect = (pl.col("mean_daily_effect_p_value") < ALPHA) & is_same_sign
    named_trends = pl.concat([*corrected, nothing], how="diagonal_relaxed").with_columns(
        trend=pl.when(pl.col("p_value").is_null() | ~is_enough)
        .then(None)
        .when(pl.col("p_value_benjamini_hochberg") >= ALPHA)
        .then(pl.lit("not_found"))
        .when(~is_effect.fill_null(value=False))
        .then(pl.lit("changing"))
        .when(direction < 0)
        .then(pl.lit("fading"))
        .when(direction > 0)
        .then(pl.lit("growing"))
    )
    return named_trends.drop("effect_of_all_days")


SESSION_METRICS = {
    "ctr": ("clicked_impressions", "impressions"),
    "impressions_per_session": ("impressions", "sessions_seen"),
    "clicks_per_session": ("clicks", "sessions_seen"),
    "saves_per_session": ("saves", "sessions_seen"),
    "sessions_per_user": ("sessions_seen", None),
}


def session_order_effects(users: pl.DataFrame, events: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """The effects in the first session after the start and in those after it."""
    counted = ["clicked_impressions", "impressions", "clicks", "saves"]
    found = (
        users.select(*KEY, "starts_at", "ends_at")
        .join(events.drop_nulls("session_id"), on="user_id")
        .filter(pl.col("event_at") >= pl.col("starts_at"))
        .filter(pl.col("ends_at").is_null() | (pl.col("event_at") < pl.col("ends_at")))
        .group_by(*KEY, "session_id")
        .agg(pl.col("event_at").min(), *(pl.col(name).sum() for name in counted), sessions_seen=pl.lit(1))
        .sort("event_at", "session_id")
        .with_columns(number=pl.int_range(pl.len()).over(KEY))
    )

    def effects() -> Iterator[pl.DataFrame]:
        for order, is_in in {"first": pl.col("number") == 0, "repeat": pl.col("number") > 0}.items():
            totals = found.filter(is_in).group_by(KEY).agg(pl.col(name).sum() for name in [*counted, "sessions_seen"])
            dense = users.join(totals, on=KEY, how="left").with_columns(pl.col(*counted, "sessions_seen").fill_null(0))
            yield compared(dense, arms, SESSION_METRICS, {"session_order": order})

    return pl.concat(effects(), how="diagonal_relaxed")
