"""The readout is the one that an independent computation gets from the same seeds.

The seeds are those of the demo, with all their dirt, and a world made of ties and boundaries.
"""

import polars as pl
import pytest
from readout import (
    adjustments,
    bootstraps,
    checks,
    coarse_world,
    compliers,
    contrasts,
    ctr,
    exposure,
    guardrails,
    heterogeneity,
    inference,
    outcomes,
    over_time,
    quantiles,
    screening,
    sequential,
    slices,
    validity,
)
from readout.comparison import differences, table

# Sums of doubles differ in their last digits by the order of the rows.
TOLERANCE = 1e-9

COUNTS = ["unit_count", "control_unit_count", "null_reason"]
DIFFERENCES = [
    *("arm_value", "control_value", "estimate", "estimate_lower", "estimate_upper"),
    *("relative_lift", "relative_lift_lower", "relative_lift_upper", "cuped_coefficient", "variance_reduction"),
    *("non_inferiority_bound", "posterior_mean", "credible_lower", "credible_upper"),
]


@pytest.fixture(scope="module", params=["demo", "coarse"])
def world(request, project_root, tmp_path_factory, run_dbt):
    """The folder of some seeds and the database that was built on them: the demo data, or the coarse world."""
    if request.param == "demo":
        return project_root / "seeds", request.getfixturevalue("demo_database")
    project = tmp_path_factory.mktemp("coarse")
    for path in ("dbt_project.yml", "profiles.yml", "macros", "models", "tests/generic"):
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).symlink_to(project_root / path)
    for folder in ("feed", "experiments"):
        (project / "seeds" / folder).mkdir(parents=True)
        properties = f"seeds/{folder}/_{folder}.yml"
        (project / properties).symlink_to(project_root / properties)
    coarse_world.write(project / "seeds", headers=project_root / "seeds")
    database = project / "feedlift.duckdb"
    run_dbt(
        *("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        project_dir=project,
        database=database,
    )
    return project / "seeds", database


@pytest.fixture(scope="module")
def definitions(world):
    """The experiment definitions as the seeds have them, times parsed."""
    return {
        name: pl.read_csv(world[0] / "experiments" / f"{name}.csv", infer_schema=False).with_columns(
            pl.col("^.*_at$").str.to_datetime("%Y-%m-%d %H:%M:%S")
        )
        for name in ("experiments", "experiment_arms", "experiment_arm_shares", "experiment_metrics")
    }


@pytest.fixture(scope="module")
def database(world):
    """The database that was built on the seeds."""
    return world[1]


@pytest.fixture(scope="module")
def screened(world, definitions):
    """Every raw row with the reason for which it is refused."""
    return screening.screened(screening.read(world[0] / "feed"), definitions["experiment_arms"])


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


def test_row_accounting(screened, database):
    expected = pl.concat(
        rows.select(raw_table=pl.lit(f"raw_{name}"), reason=pl.col("reason").fill_null("accepted"))
        for name, rows in screened.items()
    )
    expected = expected.group_by("raw_table", "reason").agg(row_count=pl.len())
    is_rejected = ~pl.col("reason").is_in(["accepted", "duplicate"])
    expected = expected.with_columns(outcome=pl.when(is_rejected).then(pl.lit("rejected")).otherwise("reason"))
    actual = table(database, "select * from marts.row_accounting")
    assert differences(expected, actual, ["raw_table", "outcome", "reason"]) == []


def test_attribution(engagements, database):
    expected = engagements.select("event_id", attributed_impression_event_id="impression", attribution_method="method")
    actual = table(database, "select * from intermediate.int_engagements__attributed")
    assert set(expected["attribution_method"]) == {"impression_id", "latest_earlier_impression", "unattributed"}
    assert differences(expected, actual, ["event_id"]) == []


def test_user_days(events, database):
    expected = outcomes.user_days(events)
    # Parts, and the same by other definitions, are no core measures.
    kinds = "logged|rendered|viewport|session|positioned|fresh|shoppable"
    parts = f"home_feed|organic|satisfied_clicked|({kinds})_impressions|impression_positions"
    expected = expected.select(~pl.selectors.matches(parts))
    kept = ["revenue", "video_visible_ms", "session_seconds"]
    expected = expected.rename(
        {name: f"{name[:-1]}_count" for name in outcomes.MEASURES if name in expected.columns and name not in kept}
        | {"sessions": "started_session_count"}
    )
    actual = table(database, "select * from marts.user_days")
    assert differences(expected, actual, ["user_id", "activity_date"]) == []


def test_experiment_units(units, database):
    expected = units.rename({"ends_at": "experiment_ends_at"})
    actual = table(database, "select * from intermediate.int_experiments__units")
    assert units["is_crossover"].any()
    assert units["exclusion_reason"].is_not_null().any()
    assert units["phase"].n_unique() > 1
    assert differences(expected, actual, ["experiment_id", "user_id"]) == []


def test_outcomes_and_covariates_of_every_user(unit_measures, database):
    expected = unit_measures.drop("all").rename(
        {
            "starts_at": "outcome_starts_at",
            **{segment: f"segment_{segment}" for segment in contrasts.SEGMENTS[1:]},
        }
    )
    actual = table(database, "select * from intermediate.int_experiments__unit_measures")
    assert set(expected["population"]) == {"assigned", "exposed"}
    assert differences(expected, actual, ["experiment_id", "population", "user_id"]) == []


def test_experiment_arm_metrics(unit_measures, database):
    actual = table(database, "select * from marts.experiment_arm_metrics")
    expected = contrasts.arm_values(unit_measures)
    expected = expected.select(column for column in expected.columns if column in actual.columns)
    # test_validity_of_results compares two of the others, and is_control is a definition.
    assert set(actual.columns) - set(expected.columns) == {"is_control", "is_valid", "invalid_reason"}
    assert differences(expected, actual, ["experiment_id", "population", "arm"], TOLERANCE) == []


def test_experiment_results(unit_measures, accepted, concentrations, definitions, database):
    arms = definitions["experiment_arms"]
    of_quantiles = quantiles.contrasts(unit_measures, accepted["impressions"], definitions["experiments"], arms)
    from_moments = contrasts.contrasts(unit_measures, arms)
    bootstrapped = bootstraps.contrasts(unit_measures, arms, from_moments)
    expected = pl.concat(
        [
            from_moments,
            adjustments.contrasts(unit_measures, arms),
            of_quantiles,
            bootstrapped,
            guardrails.indices(concentrations),
        ],
        how="diagonal_relaxed",
    )
    roles = definitions["experiment_metrics"].select("experiment_id", "metric", metric_role="role")
    expected = expected.join(roles, on=["experiment_id", "metric"], how="left").with_columns(
        pl.col("metric_role").fill_null("diagnostic")
    )
    expected = inference.with_conclusions(expected, definitions["experiment_metrics"])
    actual = table(database, "select * from marts.experiment_results")
    key = ["experiment_id", "population", "metric", "segment", "segment_value", "arm", "control_arm", "method"]
    assert expected["null_reason"].is_null().any()

    # Where the covariate explains a handful of users nearly whole, what is left of the variance is mostly rounding.
    is_vanishing = (pl.col("variance_scale") > 1e4 * pl.col("estimate_se") ** 2).fill_null(value=False)
    # Whether control's adjusted value is above zero, and with it every lift, can be a matter of rounding, too.
    is_near_zero = pl.col("control_value").abs() < 1e-12 * pl.col("estimate_scale")
    is_vanishing |= (is_near_zero & (pl.col("coefficient_scale") > 0)).fill_null(value=False)
    vanishing = expected.filter(is_vanishing).select(*key, *COUNTS)
    assert len(vanishing) < len(expected) / 50
    expected = expected.filter(~is_vanishing).drop("variance_scale", "estimate_scale", "coefficient_scale")
    wrong = differences(vanishing, actual.join(vanishing, on=key, how="semi"), key) if len(vanishing) else []
    actual = actual.join(vanishing, on=key, how="anti")
    # Differences keep the rounding of what they are differences of.
    wrong += differences(expected.select(*key, *DIFFERENCES), actual, key, TOLERANCE, floor=1e-12)
    wrong += differences(expected.drop(DIFFERENCES), actual, key, TOLERANCE)
    assert wrong == []


def test_corrected_p_values(definitions, database):
    actual = table(database, "select * from marts.experiment_results")
    metrics = definitions["experiment_metrics"]
    key = ["experiment_id", "population", "metric", "segment", "segment_value", "arm", "method"]
    results = actual.select(*key, "p_value")
    assert differences(inference.corrected(results, metrics).drop("p_value"), actual, key, 1e-13) == []


def test_experiment_power(accepted, unit_measures, events, definitions, database):
    contrasts_with_variances = table(
        database,
        "select contrasts.*, tests.sequential_null_reason from intermediate.int_experiments__contrasts as contrasts"
        " inner join intermediate.int_experiments__sequential_tests as tests using"
        " (experiment_id, population, metric, segment, segment_value, arm, method)",
    )
    shares = definitions["experiment_arm_shares"]
    last_day, complete = outcomes.data_through(events).date(), outcomes.complete_through(accepted, events)
    enrolled = inference.enrolment(unit_measures, last_day, complete, definitions["experiments"], shares)
    expected, curves = inference.powers(contrasts_with_variances, definitions["experiment_metrics"], enrolled)
    key = ["experiment_id", "population", "metric", "arm", "control_arm", "method", "test"]
    actual = table(database, "select * from marts.experiment_power")
    is_running = not all(of_population["has_ended"] for of_population in enrolled.values())
    assert (expected["days_to_go"].cast(pl.Float64) > 0).any() == is_running
    # Days are a difference of two numbers of users.
    assert differences(expected.drop("days_to_go"), actual, key, TOLERANCE) == []
    assert differences(expected.select(*key, "days_to_go"), actual, key, TOLERANCE, floor=1e-6) == []
    actual = table(database, "select * from marts.experiment_power_curves")
    assert differences(curves, actual, [*key, "relative_effect"], TOLERANCE) == []


def test_always_valid_results(database):
    # From the estimates and variances, which test_experiment_results recomputes.
    tested = table(database, "select * from intermediate.int_experiments__contrasts").to_dicts()
    expected = pl.DataFrame(
        [{column: row[column] for column in sequential.KEY} | sequential.always_valid(row) for row in tested],
        infer_schema_length=None,
    )
    assert expected["sequential_null_reason"].n_unique() > 2
    actual = table(database, "select * from marts.experiment_results")
    assert differences(expected, actual, sequential.KEY, TOLERANCE, floor=1e-13) == []


def test_experiment_results_by_day(unit_measures, events, definitions, database):
    days = sequential.looks(unit_measures, events, definitions["experiments"])
    actual = table(database, "select * from marts.experiment_results_by_day")
    assert {
        experiment: sorted(set(rows["look_date"])) for (experiment,), rows in actual.group_by("experiment_id")
    } == days

    # The first days, on which most users have just come, and one in the middle; the last is in experiment_results.
    shown = {experiment: [*of_it[:2], of_it[len(of_it) // 2]] for experiment, of_it in days.items()}
    expected = sequential.path(unit_measures, events, definitions["experiments"], definitions["experiment_arms"], shown)
    key = ["experiment_id", "population", "metric", "arm", "control_arm", "method", "look_date"]
    actual = actual.join(expected.select("experiment_id", "look_date").unique(), on=["experiment_id", "look_date"])
    # With a handful of users the covariate can explain a variance, or a value, all but for rounding.
    is_vanishing = (pl.col("variance_scale") > 1e4 * pl.col("estimate_se") ** 2).fill_null(value=False)
    is_vanishing |= pl.col("control_value").abs() < 1e-12 * pl.col("arm_value").abs()
    vanishing = expected.filter(is_vanishing).select(key)
    assert len(vanishing) < len(expected) / 10
    expected = expected.filter(~is_vanishing.fill_null(value=False)).select(
        pl.selectors.by_name(actual.columns, require_all=False)
    )
    actual = actual.join(vanishing, on=key, how="anti")
    assert expected["p_value"].count() > len(expected) / 2
    differing = [column for column in DIFFERENCES if column in expected.columns]
    wrong = differences(expected.select(*key, *differing), actual, key, TOLERANCE, floor=1e-12)
    wrong += differences(expected.drop(differing), actual, key, TOLERANCE)
    assert wrong == []


def test_the_smallest_always_valid_p_value_so_far(database):
    path = table(database, "select * from marts.experiment_results_by_day").sort("look_date")
    key = ["experiment_id", "population", "metric", "arm", "method"]
    so_far = pl.col("sequential_p_value").cast(pl.Float64).cum_min().forward_fill().over(key)
    assert path.select(pl.col("smallest_sequential_p_value").eq_missing(so_far).all()).item()


def test_sample_ratios_by_day(unit_measures, units, events, definitions, database):
    days = sequential.looks(unit_measures, events, definitions["experiments"])
    expected = sequential.sample_ratio_path(units, definitions["experiment_arm_shares"], days)
    actual = table(database, "select * from marts.experiment_sample_ratios_by_day")
    key = ["experiment_id", "look_date", "arm"]
    assert differences(expected, actual, key, TOLERANCE, floor=1e-9) == []


def test_complier_effects(units, unit_measures, accepted, definitions, database):
    analysed = units.filter(pl.col("exclusion_reason").is_null())
    arms = definitions["experiment_arms"]
    received = compliers.receipts(analysed, accepted, definitions["experiments"], arms)
    expected = compliers.effects(unit_measures, received, arms)
    roles = definitions["experiment_metrics"].select("experiment_id", "metric", metric_role="role")
    expected = expected.join(roles, on=["experiment_id", "metric"], how="left").with_columns(
        pl.col("metric_role").fill_null("diagnostic")
    )
    actual = table(database, "select * from marts.experiment_complier_effects")
    # The two columns left are compared by test_validity_of_results.
    assert set(actual.columns) - set(expected.columns) == {"is_valid", "invalid_reason"}
    assert expected["complier_effect_lower"].is_not_null().any()
    key = ["experiment_id", "metric", "arm", "control_arm"]
    assert differences(expected, actual, key, TOLERANCE, floor=1e-13) == []


@pytest.fixture(scope="module")
def sample_ratios(units, definitions):
    """The test of every experiment's sample ratio."""
    return contrasts.sample_ratios(units, definitions["experiment_arm_shares"])


@pytest.fixture(scope="module")
def checked(units, unit_measures, screened, definitions):
    """The other checks of every experiment."""
    return validity.checks(validity.validity_units(units, unit_measures, screened), definitions["experiment_arms"])


def test_sample_ratio_mismatch(sample_ratios, database):
    actual = table(database, "select * from marts.experiment_health where check_name = 'sample_ratio_mismatch'")
    assert differences(sample_ratios, actual, ["experiment_id"], TOLERANCE) == []


def test_validity_checks(checked, database):
    names = ", ".join(f"'{check}'" for check in validity.CHECKS)
    actual = table(database, f"select * from marts.experiment_health where check_name in ({names})")
    assert differences(checked, actual, ["experiment_id", "check_name"], TOLERANCE) == []


@pytest.mark.parametrize(
    "mart",
    [
        "experiment_results",
        "experiment_results_by_day",
        "experiment_power",
        "experiment_power_curves",
        "experiment_complier_effects",
        "experiment_heterogeneity",
        "experiment_metric_slices",
        "experiment_ctr_decomposition",
        "experiment_ctr_by_grain",
        "experiment_click_decomposition",
        "experiment_exposure_ladder",
        "experiment_exposure_definitions",
        "experiment_concentration",
        "experiment_guardrails",
        "experiment_clickbait_audit",
        "experiment_daily_effects",
        "experiment_effects_by_day_since_start",
        "experiment_session_order_effects",
        "experiment_novelty",
    ],
)
def test_validity_of_results(sample_ratios, checked, unit_measures, units, definitions, database, mart):
    spoiling = checks.spoiling(unit_measures.filter(population="assigned"), units, definitions["experiment_arm_shares"])
    expected = validity.validities(sample_ratios, pl.concat([checked, spoiling], how="diagonal"))
    assert expected["is_valid"].n_unique() == 2
    key = ["experiment_id", "population"]
    of_the_assigned = ["experiment_complier_effects", "experiment_sample_ratios_by_day"]
    population = "'assigned'" if mart in of_the_assigned else "population"
    columns = f"experiment_id, {population} as population, is_valid, invalid_reason"
    actual = table(database, f"select distinct {columns} from marts.{mart}")
    # Every row of a mart says the same of an experiment and population, and not every one is in every mart.
    expected = expected.join(actual.select(key).unique(), on=key, how="semi")
    assert differences(expected, actual, key) == []


@pytest.fixture(scope="module")
def outcome_events(accepted, engagements, unit_measures, definitions):
    """The events that are outcomes of an experiment, each with its stratum in every dimension."""
    events_by_stratum = ctr.events_by_stratum(accepted, engagements)
    return ctr.inside_windows(events_by_stratum, unit_measures, definitions["experiments"])


@pytest.fixture(scope="module")
def strata(outcome_events, accepted, unit_measures):
    """The outcomes of every user by dimension and stratum."""
    return ctr.stratum_measures(outcome_events, unit_measures, accepted["users"])


def test_outcomes_by_stratum(strata, database):
    actual = table(database, "select * from intermediate.int_experiments__stratum_measures")
    assert strata["stratum"].n_unique() > len(ctr.DIMENSIONS)
    assert differences(strata, actual, [*ctr.KEY, "dimension", "stratum"]) == []


def test_experiment_ctr_decomposition(strata, unit_measures, definitions, database):
    expected = ctr.decompositions(strata, unit_measures, definitions["experiment_arms"])
    expected = expected.rename({"arm_share": "impression_share", "control_share": "control_impression_share"})
    actual = table(database, "select * from marts.experiment_ctr_decomposition")
    key = ["experiment_id", "population", "arm", "control_arm", "dimension", "is_over_all", "stratum", "component"]
    assert set(expected["null_reason"]) >= {None, "empty_stratum"}
    ends = ["estimate", "estimate_lower", "estimate_upper"]
    wrong = differences(expected.select(*key, *ends), actual, key, TOLERANCE, floor=1e-15)
    wrong += differences(expected.drop("scale", *ends), actual, key, TOLERANCE)
    assert wrong == []


def test_experiment_ctr_by_grain(outcome_events, strata, unit_measures, definitions, database):
    expected = ctr.by_grain(outcome_events, strata, unit_measures, definitions["experiment_arms"])
    actual = table(database, "select * from marts.experiment_ctr_by_grain")
    expected = expected.select(pl.selectors.by_name(actual.columns, require_all=False))
    # What is left are definitions, and the two columns that test_validity_of_results compares.
    left = {"confidence_level", "is_exploratory", "is_valid", "invalid_reason"}
    assert set(actual.columns) - set(expected.columns) == left
    key = ["experiment_id", "population", "arm", "control_arm", "grain", "stratum"]
    differing = [column for column in DIFFERENCES if column in expected.columns]
    wrong = differences(expected.select(*key, *differing), actual, key, TOLERANCE, floor=1e-15)
    wrong += differences(expected.drop(differing), actual, key, TOLERANCE)
    assert wrong == []


def test_experiment_metric_slices(strata, unit_measures, definitions, database):
    expected = slices.contrasts(strata, unit_measures, definitions["experiment_arms"])
    actual = table(database, "select * from marts.experiment_metric_slices")
    expected = expected.select(pl.selectors.by_name(actual.columns, require_all=False))
    # What is left are definitions, the correction, and the two columns that test_validity_of_results compares.
    left = {"confidence_level", "is_exploratory", "is_valid", "invalid_reason", "test_family"}
    assert set(actual.columns) - set(expected.columns) == left | {"family_size", "p_value_benjamini_hochberg"}
    key = ["experiment_id", "population", "arm", "control_arm", "dimension", "stratum", "metric"]
    differing = [column for column in DIFFERENCES if column in expected.columns]
    wrong = differences(expected.select(*key, *differing), actual, key, TOLERANCE, floor=1e-13)
    wrong += differences(expected.drop(differing), actual, key, TOLERANCE)
    correction = slices.corrected(expected).select(*key, "family_size", "p_value_benjamini_hochberg")
    wrong += differences(correction, actual.drop_nulls("p_value"), key, TOLERANCE)
    assert wrong == []


def test_experiment_click_decomposition(unit_measures, definitions, database):
    expected = ctr.click_decompositions(unit_measures, definitions["experiment_arms"])
    actual = table(database, "select * from marts.experiment_click_decomposition")
    key = ["experiment_id", "population", "arm", "control_arm", "component"]
    differing = [column for column in DIFFERENCES if column in expected.columns]
    wrong = differences(expected.select(*key, *differing), actual, key, TOLERANCE, floor=1e-13)
    wrong += differences(expected.drop(differing), actual, key, TOLERANCE)
    assert wrong == []


@pytest.fixture(scope="module")
def concentrations(outcome_events, unit_measures, accepted, definitions):
    """How concentrated impressions are in every arm."""
    return guardrails.concentrations(outcome_events, unit_measures, accepted["items"], definitions["experiment_arms"])


def test_experiment_concentration(concentrations, database):
    sizes = {"observation_count": "impression_count", "control_observation_count": "control_impression_count"}
    of_top = pl.when(measure="top_share").then("top_entity_count").alias("top_entity_count")
    expected = concentrations.rename(sizes).with_columns(of_top)
    actual = table(database, "select * from marts.experiment_concentration")
    expected = expected.select(pl.selectors.by_name(actual.columns, require_all=False))
    # What is left is as in experiment_results, or compared by test_validity_of_results.
    of_roles = {"metric", "metric_role", "non_inferiority_margin", "margin_scale", "is_non_inferior"}
    of_roles |= {"non_inferiority_bound", "is_exploratory"}
    left = {"confidence_level", "is_valid", "invalid_reason"}
    assert set(actual.columns) - set(expected.columns) == of_roles | left
    key = ["experiment_id", "population", "arm", "control_arm", "entity_type", "measure"]
    differing = [column for column in DIFFERENCES if column in expected.columns]
    wrong = differences(expected.select(*key, *differing), actual, key, TOLERANCE, floor=1e-13)
    wrong += differences(expected.drop(differing), actual, key, TOLERANCE)
    assert wrong == []
    results = table(database, "select * from marts.experiment_results where method = 'unadjusted' and segment = 'all'")
    named = actual.drop_nulls("metric")
    assert set(named["metric"]) == set(guardrails.INDICES)
    key = ["experiment_id", "population", "arm", "metric"]
    as_in_results = named.select(*key, *of_roles - {"metric", "is_exploratory"})
    assert differences(as_in_results, results.join(named.select(key), on=key, how="semi"), key) == []
    decides = named.select(*key, is_exploratory=~pl.col("metric_role").is_in(["primary", "guardrail"]))
    assert differences(decides, named, key) == []
    assert actual.filter(pl.col("metric").is_null())["is_exploratory"].all()


def test_experiment_clickbait_audit(engagements, unit_measures, definitions, database):
    clicks = guardrails.clicks_of_users(engagements, unit_measures, definitions["experiments"])
    expected = guardrails.click_quality(clicks, unit_measures, definitions["experiment_arms"])
    actual = table(database, "select * from marts.experiment_clickbait_audit")
    results = table(database, "select * from marts.experiment_results where method = 'unadjusted' and segment = 'all'")
    of_results = results.filter(pl.col("metric").is_in(guardrails.OF_RESULTS)).rename({"metric": "aspect"})
    key = ["experiment_id", "population", "arm", "control_arm", "aspect"]
    expected = expected.select(pl.selectors.by_name(actual.columns, require_all=False))
    differing = [column for column in DIFFERENCES if column in expected.columns]
    quality = actual.filter(~pl.col("aspect").is_in(guardrails.OF_RESULTS))
    wrong = differences(expected.select(*key, *differing), quality, key, TOLERANCE, floor=1e-12)
    wrong += differences(expected.drop(differing), quality, key, TOLERANCE)
    of_results = of_results.select(expected.columns)
    wrong += differences(of_results, actual.filter(pl.col("aspect").is_in(guardrails.OF_RESULTS)), key)
    assert wrong == []

    arm = ["experiment_id", "population", "arm"]
    verdicts = []
    for group, rows in pl.concat([expected, of_results], how="vertical_relaxed").group_by(arm):
        by_aspect = {row["aspect"]: row for row in rows.to_dicts()}
        lifts = {f"{aspect}_lift": by_aspect[aspect]["relative_lift"] for aspect in ("ctr", "satisfied_ctr")}
        verdicts.append(
            dict(zip(arm, group, strict=True)) | {"verdict": guardrails.clickbait_verdict(by_aspect)} | lifts
        )
    per_arm = actual.select(*arm, "verdict", "ctr_lift", "satisfied_ctr_lift", "sentence").unique()
    assert differences(pl.DataFrame(verdicts, infer_schema_length=None), per_arm, arm, TOLERANCE) == []


def test_experiment_guardrails(accepted, events, definitions, database):
    is_over = (pl.col("ends_at") <= outcomes.complete_through(accepted, events)).fill_null(value=False)
    has_ended = dict(definitions["experiments"].select("experiment_id", is_over).iter_rows())
    metrics = definitions["experiment_metrics"].with_columns(margin=pl.col("non_inferiority_margin").cast(pl.Float64))
    deciding = definitions["experiments"].select(
        "experiment_id", population=pl.col("deciding_population").fill_null("assigned")
    )
    arms = definitions["experiment_arms"].filter(is_control="false").select("experiment_id", "arm").rows()
    results = table(
        database,
        "select * from marts.experiment_results where segment = 'all' and method in ('cuped', 'unadjusted')",
    )
    # The adjusted row where there is one.
    key = ["experiment_id", "arm", "metric"]
    results = results.join(deciding, on=["experiment_id", "population"], how="semi")
    results = results.sort("method").unique(key, keep="first", maintain_order=True)
    rows = {tuple(row[column] for column in key): row for row in results.to_dicts()}
    states = guardrails.guardrail_states(rows, arms, metrics.to_dicts(), has_ended)
    expected = pl.DataFrame(list(states), infer_schema_length=None)
    actual = table(database, "select * from marts.experiment_guardrails")
    assert differences(expected, actual, key) == []
    shown = results.join(expected, on=key, how="semi")
    is_over = pl.col("experiment_id").replace_strict(has_ended, return_dtype=pl.Boolean)
    reasons_by_look = pl.coalesce("null_reason", "sequential_null_reason")
    shown = shown.with_columns(null_reason=pl.when(is_over).then("null_reason").otherwise(reasons_by_look))
    unseen = actual.join(shown.select(key), on=key, how="anti")
    assert set(unseen["null_reason"]) <= {"no_users"}
    actual = actual.join(shown.select(key), on=key, how="semi")
    columns = ["population", "control_arm", "arm_value", "control_value", "estimate", "relative_lift", "null_reason"]
    columns += ["approximation_quality", "confidence_level", "method", "metric_role"]
    assert differences(shown.select(*key, *columns), actual, key) == []
    ends = ["estimate_lower", "estimate_upper", "relative_lift_lower", "relative_lift_upper", "p_value"]
    in_sequence = [f"sequential_{name.removeprefix('estimate_')}" for name in ends]
    shown = shown.with_columns(
        pl.when(is_over).then(name).otherwise(other).alias(name) for name, other in zip(ends, in_sequence, strict=True)
    )
    assert differences(shown.select(*key, *ends), actual, key) == []
    # What the margin is held against is on its side of the margin exactly where the guardrail passes.
    judged = actual.filter(pl.col("is_non_inferior").is_not_null() & pl.col("harmful_end").is_not_null())
    harm = pl.when(harm_direction="increase").then(pl.col("harmful_end")).otherwise(-pl.col("harmful_end"))
    assert judged.select(((harm < pl.col("non_inferiority_margin")) == pl.col("is_non_inferior")).all()).item()
    assert set(actual["harm_direction"]) == {"increase", "decrease"}


@pytest.fixture(scope="module")
def populations(unit_measures, definitions):
    """The users of every population with the ends of their windows."""
    return over_time.with_ends(unit_measures, definitions["experiments"])


@pytest.fixture(scope="module")
def measures_by_day(populations, events):
    """What the users of the cohorts did on each day since their start."""
    return over_time.measures_by_day(over_time.cohort(populations, events), events)


def compare_over_time(expected, actual, key, left):
    """Whether a mart of effects over time holds what is expected, and what columns are not compared."""
    expected = expected.select(pl.selectors.by_name(actual.columns, require_all=False))
    kept = ["confidence_level", "is_valid", "invalid_reason"]
    assert set(actual.columns) - set(expected.columns) == {*kept, *left}
    key = ["experiment_id", "population", "metric", "arm", "control_arm", *key]
    differing = [column for column in [*DIFFERENCES, "mean_daily_effect"] if column in expected.columns]
    return differences(expected.select(*key, *differing), actual, key, TOLERANCE, floor=1e-13) + differences(
        expected.drop(differing), actual, key, TOLERANCE
    )


def test_experiment_daily_effects(populations, unit_measures, events, definitions, database):
    actual = table(database, "select * from marts.experiment_daily_effects")
    path = table(database, "select * from marts.experiment_results_by_day where method = 'unadjusted'")
    looks = sequential.looks(unit_measures, events, definitions["experiments"])
    for (experiment,), rows in actual.group_by("experiment_id"):
        assert set(rows["effect_date"]) <= set(looks[experiment])
        assert rows["effect_date"].max() == looks[experiment][-1]
    # The first days, one in between and the last in full.
    days = sorted({day for of_experiment in looks.values() for day in of_experiment})
    chosen = [days[0], days[1], days[len(days) // 2], days[-1]]
    expected = over_time.daily_effects(populations, events, definitions["experiment_arms"], chosen)
    is_look = [day in looks[experiment] for experiment, day in expected["experiment_id", "effect_date"].iter_rows()]
    expected = expected.filter(pl.Series(is_look))
    cumulative = path.select(
        *("experiment_id", "population", "metric", "arm"),
        effect_date="look_date",
        cumulative_estimate="estimate",
        cumulative_estimate_lower="estimate_lower",
        cumulative_estimate_upper="estimate_upper",
    )
    key = ["experiment_id", "population", "metric", "arm", "effect_date"]
    expected = expected.join(cumulative, on=key, how="left")
    of_days = actual.filter(pl.col("effect_date").is_in(chosen))
    assert compare_over_time(expected, of_days, ["effect_date"], ["is_exploratory"]) == []


def test_experiment_effects_by_day_since_start(measures_by_day, definitions, database):
    actual = table(database, "select * from marts.experiment_effects_by_day_since_start")
    assert set(actual["day_since_start"]) == set(range(over_time.NOVELTY_DAYS + 1))
    days = [0, 1, 8, 14]
    expected = over_time.effects_by_day_since_start(measures_by_day, definitions["experiment_arms"], days)
    of_days = actual.filter(pl.col("day_since_start").is_in(days))
    assert compare_over_time(expected, of_days, ["day_since_start"], ["is_exploratory"]) == []


def test_experiment_session_order_effects(populations, events, definitions, database):
    actual = table(database, "select * from marts.experiment_session_order_effects")
    expected = over_time.session_order_effects(populations, events, definitions["experiment_arms"])
    assert compare_over_time(expected, actual, ["session_order"], ["is_exploratory"]) == []


def test_experiment_novelty(populations, measures_by_day, definitions, database):
    actual = table(database, "select * from marts.experiment_novelty")
    roles = definitions["experiment_metrics"].select("experiment_id", "metric", "role")
    expected = over_time.novelty(populations, measures_by_day, definitions["experiment_arms"], roles)
    actual = actual.with_columns(
        pl.when(pl.col("p_value").is_not_null()).then("family_size").alias("family_size"),
    )
    assert compare_over_time(expected, actual, ["scale"], ["test_family"]) == []


def test_experiment_exposure_ladder(accepted, engagements, unit_measures, units, definitions, database):
    reached = exposure.reached(accepted, engagements)
    inside = ctr.inside_windows(reached, unit_measures, definitions["experiments"])
    shares = definitions["experiment_arm_shares"]
    eligible = exposure.eligible_users(accepted["eligibility"], units, definitions["experiments"], shares)
    planned = {}
    phase = pl.col("starts_at").rank("dense").over("experiment_id")
    for experiment, number, arm, share in (
        shares.with_columns(phase=phase).select("experiment_id", "phase", "arm", "share").iter_rows()
    ):
        planned.setdefault(experiment, {}).setdefault(number, {})[arm] = float(share)
    expected = exposure.ladder(inside, unit_measures, eligible, planned, definitions["experiment_arms"])
    actual = table(database, "select * from marts.experiment_exposure_ladder")
    expected = expected.select(pl.selectors.by_name(actual.columns, require_all=False))
    # What is left are definitions, and the two columns that test_validity_of_results compares.
    left = {"confidence_level", "is_exploratory", "is_valid", "invalid_reason", "test_family"}
    assert set(actual.columns) - set(expected.columns) == left
    key = ["experiment_id", "population", "arm", "control_arm", "surface", "module", "rung"]
    differing = ["estimate", "estimate_lower", "estimate_upper"]
    wrong = differences(expected.select(*key, *differing), actual, key, TOLERANCE, floor=1e-13)
    wrong += differences(expected.drop(differing), actual, key, TOLERANCE)
    assert wrong == []


def test_experiment_exposure_definitions(unit_measures, definitions, database):
    expected = exposure.by_definition(unit_measures, definitions["experiment_arms"])
    actual = table(database, "select * from marts.experiment_exposure_definitions")
    expected = expected.select(pl.selectors.by_name(actual.columns, require_all=False))
    # What is left are definitions, and the two columns that test_validity_of_results compares.
    left = {"confidence_level", "is_exploratory", "is_valid", "invalid_reason"}
    assert set(actual.columns) - set(expected.columns) == left
    key = ["experiment_id", "population", "arm", "control_arm", "metric", "definition"]
    differing = [column for column in DIFFERENCES if column in expected.columns]
    wrong = differences(expected.select(*key, *differing), actual, key, TOLERANCE, floor=1e-13)
    wrong += differences(expected.drop(differing), actual, key, TOLERANCE)
    assert wrong == []


def test_experiment_heterogeneity(unit_measures, definitions, database):
    # From the effects by segment, which test_experiment_results compares.
    results = table(
        database,
        "select * from marts.experiment_results where segment <> 'all' and method in ('unadjusted', 'cuped')"
        " and segment_value <> 'unknown'",
    )
    counts = heterogeneity.nonzero_counts(unit_measures, definitions["experiment_arms"])
    expected = heterogeneity.by_segment(results, counts)
    actual = table(database, "select * from marts.experiment_heterogeneity")
    assert differences(expected, actual, heterogeneity.KEY, TOLERANCE, floor=1e-11) == []
    corrected = heterogeneity.corrected(expected)
    assert differences(corrected, actual.drop_nulls("p_value"), heterogeneity.KEY, TOLERANCE) == []
