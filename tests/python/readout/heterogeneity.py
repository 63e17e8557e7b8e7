"""Whether the effect on a metric differs between the values of a segment."""

import polars as pl
from heterogeneity_reference import cochran
from scipy import stats
from statistics_reference import worst

from readout.contrasts import MEANS, METRICS, PROPORTIONS, RATIOS, SEGMENTS

FEWEST_WITH_ANY = 20
FEWEST_OF_A_RATIO = 300
SAME_QUESTION_AS_CTR = ("ctr_logged", "ctr_rendered")
ALPHA = 0.05
KEY = ["experiment_id", "population", "metric", "segment", "arm", "method"]


def nonzero_counts(unit_measures: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """Of every comparison the users of either arm who have any of the metric, in phases that both arms have."""
    columns = {metric: MEANS.get(metric) or PROPORTIONS.get(metric) or metric for metric in METRICS}
    columns |= {metric: numerator for metric, (numerator, _) in RATIOS.items()}
    counted = [(pl.col(column) != 0).sum().alias(f"{metric}:nonzero") for metric, column in columns.items()]
    counted += [pl.col(column).count().alias(f"{metric}:users") for metric, column in columns.items()]
    is_control = arms.select("experiment_id", "arm", is_control=pl.col("is_control") == "true")
    groups = ["experiment_id", "population", "segment_value", "phase"]
    found = []
    for segment in SEGMENTS[1:]:
        by_phase = (
            unit_measures.rename({segment: "segment_value"})
            .group_by(*groups, "arm")
            .agg(counted)
            .unpivot(index=[*groups, "arm"])
            .with_columns(pl.col("variable").str.split_exact(":", 1).struct.rename_fields(["metric", "count"]))
            .unnest("variable")
            .pivot("count", index=[*groups, "arm", "metric"], values="value")
            .filter(pl.col("users") > 0)
            .join(is_control, on=["experiment_id", "arm"])
        )
        control = by_phase.filter("is_control").select(*groups, "metric", control_nonzero="nonzero")
        pairs = by_phase.filter(~pl.col("is_control")).join(control, on=[*groups, "metric"])
        found.append(
            pairs.group_by("experiment_id", "population", "metric", "segment_value", "arm").agg(
                pl.lit(segment).alias("segment"), pl.col("nonzero").sum(), pl.col("control_nonzero").sum()
            )
        )
    return pl.concat(found)


def by_segment(results: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """The test of every metric and segment, from the effects by segment value and the users who have any of it."""
    # Nobody is counted where no phase has known users in both arms.
    comparison = ["experiment_id", "population", "metric", "segment", "segment_value", "arm"]
    results = results.filter(~pl.col("metric").is_in(SAME_QUESTION_AS_CTR)).join(counts, on=comparison, how="left")
    results = results.with_columns(pl.col("nonzero", "control_nonzero").fill_null(0))
    rows = []
    for group, of_values in results.sort("segment_value").group_by(KEY, maintain_order=True):
        is_tested = pl.col("p_value").is_not_null() & (
            pl.min_horizontal("nonzero", "control_nonzero") >= FEWEST_WITH_ANY
        )
        if group[KEY.index("metric")] in RATIOS:
            is_tested &= pl.min_horizontal("unit_count", "control_unit_count") >= FEWEST_OF_A_RATIO
        tested = of_values.filter(is_tested)
        found = cochran(
            tested["estimate"].to_numpy(), tested["estimate_se"].to_numpy(), tested["segment_value"].to_list()
        )
        is_known = found["null_reason"] is None
        is_established = tested.filter(
            pl.col("p_value_benjamini_hochberg") < ALPHA, pl.col("approximation_quality").is_in(["good", "doubtful"])
        )["estimate"]
        rows.append(
            dict(zip(KEY, group, strict=True))
            | {
                column.replace("_value", "_segment_value"): found.pop(column)
                for column in ("lowest_value", "highest_value")
                if column in found
            }
            | {"tested_value_count": found.pop("estimate_count"), "segment_value_count": len(of_values)}
            | found
            | {
                "metric_role": of_values["metric_role"][0],
                "has_opposite_effects": bool((is_established < 0).any() and (is_established > 0).any()),
                "approximation_quality": worst(*tested["approximation_quality"]) if is_known else "unknown",
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def corrected(tests: pl.DataFrame) -> pl.DataFrame:
    """The tests that have a p-value with its correction for their family."""
    return pl.concat(
        of_family.with_columns(
            p_value_benjamini_hochberg=pl.Series(stats.false_discovery_control(of_family["p_value"].to_numpy())),
            family_size=pl.lit(len(of_family)),
        ).select(*KEY, "p_value_benjamini_hochberg", "family_size")
        for _, of_family in tests.drop_nulls("p_value").group_by("experiment_id", "population", "metric_role", "method")
    )
