"""The readout of the demo data is the one that an independent computation gets from the same dirty seeds."""

import polars as pl
import pytest
from readout import contrasts, outcomes, screening, validity
from readout.comparison import differences, table

# Sums of doubles differ in their last digits by the order of the rows.
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def definitions(project_root):
    """The experiment definitions as the seeds have them, times parsed."""
    return {
        name: pl.read_csv(project_root / "seeds" / "experiments" / f"{name}.csv", infer_schema=False).with_columns(
            pl.col("^.*_at$").str.to_datetime("%Y-%m-%d %H:%M:%S")
        )
        for name in ("experiments", "experiment_arms", "experiment_arm_shares", "experiment_metrics")
    }


@pytest.fixture(scope="module")
def screened(project_root, definitions):
    """Every raw row with the reason for which it is refused."""
    return screening.screened(screening.read(project_root / "seeds" / "feed"), definitions["experiment_arms"])


@pytest.fixture(scope="module")
def accepted(screened):
    """The rows that were accepted."""
    return {name: screening.accepted(rows) for name, rows in screened.items()}


@pytest.fixture(scope="module")
def engagements(accepted):
    """The accepted engagements, each with its impression."""
    return outcomes.attributed(accepted["engagements"], accepted["impressions"])


@pytest.fixture(scope="module")
def events(accepted, engagements):
    """Every accepted event and what it adds to each measure."""
    return outcomes.counted_events(accepted, engagements)


@pytest.fixture(scope="module")
def units(accepted, definitions):
    """Every user of every experiment, the excluded ones too."""
    return outcomes.units(accepted["assignments"], definitions["experiments"], definitions["experiment_arm_shares"])


@pytest.fixture(scope="module")
def unit_measures(accepted, events, units, definitions):
    """Every analysed user in every population with outcomes, covariates and segments."""
    return outcomes.unit_measures(accepted, events, units, definitions["experiments"], definitions["experiment_arms"])


def test_row_accounting(screened, demo_database):
    expected = pl.concat(
        rows.select(raw_table=pl.lit(f"raw_{name}"), reason=pl.col("reason").fill_null("accepted"))
        for name, rows in screened.items()
    )
    expected = expected.group_by("raw_table", "reason").agg(row_count=pl.len())
    is_rejected = ~pl.col("reason").is_in(["accepted", "duplicate"])
    expected = expected.with_columns(outcome=pl.when(is_rejected).then(pl.lit("rejected")).otherwise("reason"))
    actual = table(demo_database, "select * from marts.row_accounting")
    assert differences(expected, actual, ["raw_table", "outcome", "reason"]) == []


def test_attribution(engagements, demo_database):
    expected = engagements.select("event_id", attributed_impression_event_id="impression", attribution_method="method")
    actual = table(demo_database, "select * from intermediate.int_engagements__attributed")
    assert set(expected["attribution_method"]) == {"impression_id", "latest_earlier_impression", "unattributed"}
    assert differences(expected, actual, ["event_id"]) == []


def test_user_days(events, demo_database):
    expected = outcomes.user_days(events).rename(
        {measure: f"{measure[:-1]}_count" for measure in outcomes.MEASURES if measure != "revenue"}
    )
    # No core measure: projects without an item table do not have it.
    expected = expected.drop("organic_click_count")
    actual = table(demo_database, "select * from marts.user_days")
    assert differences(expected, actual, ["user_id", "activity_date"]) == []


def test_experiment_units(units, demo_database):
    expected = units.rename({"ends_at": "experiment_ends_at"})
    actual = table(demo_database, "select * from intermediate.int_experiments__units")
    assert units["is_crossover"].any()
    assert units["exclusion_reason"].is_not_null().any()
    assert units["phase"].n_unique() > 1
    assert differences(expected, actual, ["experiment_id", "user_id"]) == []


def test_outcomes_and_covariates_of_every_user(unit_measures, demo_database):
    expected = unit_measures.drop("all").rename(
        {
            "starts_at": "outcome_starts_at",
            "platform": "segment_platform",
            "shopping_intent": "segment_shopping_intent",
        }
    )
    actual = table(demo_database, "select * from intermediate.int_experiments__unit_measures")
    assert set(expected["population"]) == {"assigned", "exposed"}
    assert differences(expected, actual, ["experiment_id", "population", "user_id"]) == []


def test_experiment_arm_metrics(unit_measures, demo_database):
    actual = table(demo_database, "select * from marts.experiment_arm_metrics")
    expected = contrasts.arm_values(unit_measures)
    expected = expected.select(column for column in expected.columns if column in actual.columns)
    assert len(expected.columns) == len(actual.columns) - 1  # is_control is a definition
    assert differences(expected, actual, ["experiment_id", "population", "arm"], TOLERANCE) == []


def test_experiment_results(unit_measures, definitions, demo_database):
    expected = contrasts.contrasts(unit_measures, definitions["experiment_arms"])
    expected = expected.drop("estimate_scale", "variance_scale", "coefficient_scale")
    roles = definitions["experiment_metrics"].select("experiment_id", "metric", metric_role="role")
    expected = expected.join(roles, on=["experiment_id", "metric"], how="left").with_columns(
        pl.col("metric_role").fill_null("diagnostic")
    )
    actual = table(demo_database, "select * from marts.experiment_results")
    key = ["experiment_id", "population", "metric", "segment", "segment_value", "arm", "control_arm", "method"]
    # A share of a variance has no digits below the rounding of 1.
    reduction = [*key, "variance_reduction"]
    assert differences(expected.select(reduction), actual, key, TOLERANCE, floor=1e-12) == []
    assert differences(expected.drop("variance_reduction"), actual, key, TOLERANCE) == []


def test_sample_ratio_mismatch(units, definitions, demo_database):
    expected = contrasts.sample_ratios(units, definitions["experiment_arm_shares"])
    actual = table(demo_database, "select * from marts.experiment_health where check_name = 'sample_ratio_mismatch'")
    assert differences(expected, actual, ["experiment_id"], TOLERANCE) == []


def test_validity_checks(units, unit_measures, screened, definitions, demo_database):
    checked = validity.validity_units(units, unit_measures, screened)
    expected = validity.checks(checked, definitions["experiment_arms"])
    names = ", ".join(f"'{check}'" for check in validity.CHECKS)
    actual = table(demo_database, f"select * from marts.experiment_health where check_name in ({names})")
    assert differences(expected, actual, ["experiment_id", "check_name"], TOLERANCE) == []
