"""The checks that compare what no treatment may change: crossovers, refusals, the past, who is exposed and when."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from statistics_reference import Sample, contrast

from readout.contrasts import FAILING
from readout.outcomes import MEASURES

# Of every check, the quantities it compares; the last one is a ratio with its denominator.
CHECKS = {
    "crossovers": ["is_crossover"],
    "pre_period_balance": [f"{measure}_before" for measure in MEASURES],
    "exposure_rate": ["is_exposed"],
    "time_to_exposure": ["hours_to_exposure"],
    "refused_rows": ["refused_rows"],
}
DENOMINATORS = {"refused_rows": "rows"}

# The same by the names they have in the readout, and the signals that have to agree: numerator and denominator.
QUANTITIES = {
    ("crossovers", "crossover"): ("is_crossover", None),
    ("exposure_rate", "exposure_rate"): ("is_exposed", None),
    ("time_to_exposure", "time_to_exposure"): ("hours_to_exposure", None),
    ("refused_rows", "refused_rows"): ("refused_rows", "rows"),
    ("signal_parity", "sessions_with_impression"): ("session_with_impression_count", "session_count"),
    ("signal_parity", "clicks_with_dwell"): ("click_with_dwell_count", "click_count"),
    ("signal_parity", "clicks_with_impression"): ("click_with_impression_count", "click_count"),
    **{("pre_period_balance", f"{measure}_before"): (f"{measure}_before", None) for measure in MEASURES},
}

# The checks of which a failure spoils everything, and those that spoil the analysis of the exposed alone. Users who
# cross over stay in the arm they were assigned to, and spoil nothing.
SPOILING = ["sample_ratio_mismatch", "pre_period_balance", "refused_rows", "attribute_balance", "ramp_timing"]
SPOILING_EXPOSED = ["exposure_rate", "time_to_exposure"]


def refusals(screened: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Of every user, the logged events that are no retry, and those of them that were refused."""
    events = pl.concat([screened["impressions"], screened["engagements"]], how="diagonal")
    return (
        events.filter(pl.col("user_id").is_not_null() & pl.col("reason").ne_missing("duplicate"))
        .group_by("user_id")
        .agg(rows=pl.len(), refused_rows=pl.col("reason").count())
    )


def validity_units(units: pl.DataFrame, unit_measures: pl.DataFrame, screened: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Every analysed user with what the checks compare; nobody is exposed or not where there is no trigger."""
    key = ["experiment_id", "user_id"]
    exposed = unit_measures.filter(population="exposed").select(*key, exposed_at="starts_at")
    has_trigger = pl.col("experiment_id").is_in(exposed["experiment_id"].unique().implode())
    return (
        unit_measures.filter(population="assigned")
        .join(units.select(*key, "is_crossover"), on=key)
        .join(exposed, on=key, how="left")
        .join(refusals(screened), on="user_id", how="left")
        .with_columns(
            pl.col("rows", "refused_rows").fill_null(0),
            is_exposed=pl.when(has_trigger).then(pl.col("exposed_at").is_not_null()),
            hours_to_exposure=(pl.col("exposed_at") - pl.col("assigned_at")).dt.total_microseconds() / 3.6e9,
        )
    )


def checks(units: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """Of every experiment and check, the comparison with the smallest p-value, corrected for their number."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())

    def tests(users: pl.DataFrame, control_arm: str, quantity: str) -> Iterator[tuple[float, float]]:
        known = users.drop_nulls(quantity)
        samples = {arm: sample(of_arm, quantity) for (arm,), of_arm in known.group_by("arm")}
        for arm in samples.keys() - {control_arm}:
            is_ratio = quantity in DENOMINATORS
            test = contrast(samples[arm], samples[control_arm], is_ratio=is_ratio, is_adjusted=False)
            if "p_value" in test:
                yield test["p_value"], test["estimate"] / test["estimate_se"]

    def rows() -> Iterator[dict[str, Any]]:
        for (experiment,), users in units.group_by("experiment_id"):
            for check, quantities in CHECKS.items():
                found = [test for quantity in quantities for test in tests(users, controls[experiment], quantity)]
                p_value, statistic = min(found, default=(None, None))
                yield {
                    "experiment_id": experiment,
                    "check_name": check,
                    "statistic": statistic,
                    "p_value": min(1.0, p_value * len(found)) if found else None,
                }

    return pl.DataFrame(list(rows()), infer_schema_length=None)


def check_contrasts(
    users: pl.DataFrame, arms: pl.DataFrame, quantities: dict[tuple[str, str], tuple[str, str | None]]
) -> Iterator[dict[str, Any]]:
    """Every comparison of every check, each arm against control.

    Args:
        users: Users of experiments, with their arm, phase and values.
        arms: The arms, with which of them is control.
        quantities: Of every check and what it compares, the columns of numerator and denominator.
    """
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())
    for (experiment,), of_experiment in users.group_by("experiment_id"):
        for (check, metric), (numerator, denominator) in quantities.items():
            known = of_experiment.drop_nulls(numerator).select(
                "arm",
                "phase",
                pl.col(numerator).alias("n"),
                (pl.col(denominator) if denominator else pl.lit(1)).alias("d"),
            )
            samples = {
                arm: Sample(
                    *(of_arm[column].cast(pl.Float64).to_numpy() for column in ("n", "d")),
                    np.zeros(len(of_arm)),
                    np.ones(len(of_arm)),
                    of_arm["phase"].to_numpy(),
                )
                for arm in of_experiment["arm"].unique()
                for of_arm in [known.filter(arm=arm)]
            }
            for arm in samples.keys() - {controls[experiment]}:
                test = contrast(
                    samples[arm], samples[controls[experiment]], is_ratio=denominator is not None, is_adjusted=False
                )
                yield {"experiment_id": experiment, "check_name": check, "metric": metric, "arm": arm} | test


def validities(sample_ratios: pl.DataFrame, checked: pl.DataFrame) -> pl.DataFrame:
    """Of every experiment and population whether its effects can be read, and the failed checks if not."""
    failed = {
        *sample_ratios.filter(status="fail").select("experiment_id", pl.lit("sample_ratio_mismatch")).iter_rows(),
        *checked.filter(pl.col("p_value") < FAILING).select("experiment_id", "check_name").iter_rows(),
    }
    rows = []
    for experiment in sample_ratios["experiment_id"]:
        for population, spoiling in {"assigned": SPOILING, "exposed": SPOILING + SPOILING_EXPOSED}.items():
            reasons = ", ".join(sorted(check for check in spoiling if (experiment, check) in failed))
            rows.append(
                {
                    "experiment_id": experiment,
                    "population": population,
                    "is_valid": not reasons,
                    "invalid_reason": reasons or None,
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def sample(users: pl.DataFrame, quantity: str) -> Sample:
    """The values of one quantity, without covariate."""
    ones = np.ones(len(users))
    denominator = users[DENOMINATORS[quantity]].cast(pl.Float64).to_numpy() if quantity in DENOMINATORS else ones
    numerator = users[quantity].cast(pl.Float64).to_numpy()
    return Sample(numerator, denominator, np.zeros(len(users)), ones, users["phase"].to_numpy())
