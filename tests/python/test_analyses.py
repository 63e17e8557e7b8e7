"""The answers under analyses/ run, and say what a computation from the raw seeds says, or what was planted."""

import re
from datetime import timedelta

import duckdb
import numpy as np
import polars as pl
import pytest
from readout import outcomes, screening
from scipy import stats


@pytest.fixture(scope="module")
def answers(project_root, demo_database, run_dbt):
    """The result of every analysis by its name."""
    compiled = run_dbt("compile", "--select", "path:analyses", database=demo_database).target_path
    files = {file.stem: file for file in compiled.glob("compiled/feedlift/analyses/*.sql")}
    assert set(files) == {file.stem for file in (project_root / "analyses").glob("*.sql")}
    with duckdb.connect(str(demo_database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return {name: connection.execute(file.read_text(encoding="utf-8")).pl() for name, file in files.items()}


@pytest.fixture(scope="module")
def definitions(project_root):
    """The experiment definitions as the seeds have them, times parsed."""
    return {
        name: pl.read_csv(project_root / "seeds" / "experiments" / f"{name}.csv", infer_schema=False).with_columns(
            pl.col("^.*_at$").str.to_datetime("%Y-%m-%d %H:%M:%S")
        )
        for name in ("experiments", "experiment_arms", "experiment_arm_shares")
    }


@pytest.fixture(scope="module")
def accepted(project_root, definitions):
    """The accepted rows of the raw seeds."""
    screened = screening.screened(screening.read(project_root / "seeds" / "feed"), definitions["experiment_arms"])
    return {name: screening.accepted(rows) for name, rows in screened.items()}


@pytest.fixture(scope="module")
def engagements(accepted):
    """The accepted engagements, each with its impression."""
    return outcomes.attributed(accepted["engagements"], accepted["impressions"])


@pytest.fixture(scope="module")
def impressions(accepted, engagements):
    """The impressions that were seen, with their items and users."""
    seen = outcomes.seen(accepted["impressions"], engagements, accepted["items"]).filter(pl.col("impressions") == 1)
    items = accepted["items"].select("item_id", "created_at", "is_ad")
    users = accepted["users"].select("user_id", "country", "signed_up_at")
    return seen.join(items, on="item_id", how="left").join(users, on="user_id", how="left")


def by_user(impressions, *key):
    """CTR as a ratio of totals and as the mean of users, by key."""
    users = impressions.group_by(*key, "user_id").agg(n=pl.len(), clicked=pl.col("clicked_impressions").sum())
    return users.group_by(*key).agg(
        user_count=pl.len(),
        impression_count=pl.col("n").sum(),
        ctr_ratio_of_totals=pl.col("clicked").sum() / pl.col("n").sum(),
        ctr_user_mean=(pl.col("clicked") / pl.col("n")).mean(),
    )


def agree(expected, actual, key):
    """Whether two tables with one row per key have the same numbers in the columns of the first."""
    joined = expected.join(actual, on=key, how="full", suffix="_actual", coalesce=True)
    assert len(joined) == len(expected) == len(actual)
    for column in set(expected.columns) - {*key}:
        wanted, got = joined[column].cast(pl.Float64).to_numpy(), joined[f"{column}_actual"].cast(pl.Float64).to_numpy()
        np.testing.assert_allclose(got, wanted, rtol=1e-9, err_msg=column)


def test_every_analysis_has_an_answer(answers):
    assert {name: len(rows) for name, rows in answers.items() if rows.is_empty()} == {}


@pytest.fixture(scope="module")
def make_analysis(run_in_project, demo_database):
    """A function that runs `make analysis` with a name."""

    def run(name):
        return run_in_project(["make", "analysis", f"NAME={name}"], variables="{}", database=demo_database)

    return run


def test_an_analysis_is_run_by_its_name(make_analysis, answers):
    run = make_analysis("ctr_by_format_for_new_us_users")
    assert run.returncode == 0, run.output
    for row in answers["ctr_by_format_for_new_us_users"].to_dicts():
        printed = rf"│ {row['content_format']} +│ +{row['user_count']} │ .* {row['ctr_user_mean']:.5g} +│"
        assert re.search(printed, run.output)


def test_an_unknown_analysis_is_told_which_there_are(make_analysis, answers):
    run = make_analysis("diagnose")
    assert run.returncode != 0
    assert f"There is no analysis 'diagnose'; set NAME to one of: {' '.join(sorted(answers))}\n" in run.output


def test_ctr_by_format_for_new_us_users(answers, impressions):
    age = pl.col("event_at") - pl.col("signed_up_at")
    new = impressions.filter(
        (pl.col("country") == "US") & (age >= pl.duration(days=0)) & (age < pl.duration(days=28))
    ).with_columns(pl.col("content_format").fill_null("unknown"))
    agree(by_user(new, "content_format"), answers["ctr_by_format_for_new_us_users"], ["content_format"])


def test_fresh_and_video(answers, impressions):
    is_fresh = pl.col("event_at") - pl.col("created_at") <= pl.duration(hours=72)
    freshness = pl.when(is_fresh).then(pl.lit("fresh")).when(is_fresh.is_null()).then(pl.lit("unknown"))
    is_video = pl.col("content_format") == "video"
    form = pl.when(is_video).then(pl.lit("video")).when(is_video.is_null()).then(pl.lit("unknown"))
    labelled = impressions.with_columns(
        what=freshness.otherwise(pl.lit("evergreen")) + ", " + form.otherwise(pl.lit("other formats"))
    )
    answer = answers["evaluate_fresh_and_video"]
    content = answer.filter(pl.col("question") == "content as it is shown")
    expected = by_user(labelled, "what").join(
        labelled.group_by("what").agg(
            ctr_at_first_position=pl.col("clicked_impressions").filter(pl.col("position") == 1).mean(),
            visible_seconds_per_impression=pl.col("visible_ms").sum() / 1000 / pl.len(),
            impression_share=pl.len() / len(labelled),
        ),
        on="what",
    )
    agree(expected, content, ["what"])
    # Planted: both arms complete more videos, and only sound makes people hide them.
    lifts = {(row["question"].split(", ")[-1], row["what"]): row for row in answer.to_dicts()}
    assert lifts["muted", "video_completes_per_user"]["relative_lift_lower"] > 0
    assert lifts["sound", "video_completes_per_user"]["relative_lift_lower"] > 0
    assert lifts["sound", "hide_rate"]["relative_lift_lower"] > 0.5
    assert lifts["muted", "hide_rate"]["relative_lift_upper"] < 0.5


def test_ad_load(answers, impressions, engagements):
    ordered = (
        impressions.filter(pl.col("session_id").is_not_null() & pl.col("is_ad").is_not_null())
        .sort("user_id", "session_id", "event_at", "event_id")
        .with_columns(place=pl.int_range(pl.len()).over("user_id", "session_id"))
    )
    is_clicked = pl.col("clicked_impressions") == 1
    sessions = ordered.group_by("user_id", "session_id").agg(
        started_at=pl.col("event_at").min(),
        later_impressions=pl.len().cast(pl.Int64) - 1,
        starts_with_ad=pl.col("is_ad").filter(pl.col("place") == 0).first(),
        ad_clicks=(pl.col("is_ad") & is_clicked).sum(),
        organic_clicks=(~pl.col("is_ad") & is_clicked).sum(),
    )
    hides = (
        engagements.filter(pl.col("engagement_type") == "hide").group_by("user_id", "session_id").agg(hides=pl.len())
    )
    first = (
        sessions.join(hides, on=["user_id", "session_id"], how="left")
        .with_columns(pl.col("hides").fill_null(0))
        .sort("started_at", "session_id")
        .unique("user_id", keep="first", maintain_order=True)
    )
    loads = {"no ad first": first.filter(~pl.col("starts_with_ad")), "ad first": first.filter("starts_with_ad")}
    rows = {(row["ad_load"], row["metric"]): row for row in answers["ad_load"].to_dicts()}
    assert len(rows) == 4
    for (load, metric), row in rows.items():
        treated, control = (loads[name][metric].cast(pl.Float64).to_numpy() for name in (load, "no ad first"))
        test = stats.ttest_ind(treated, control, equal_var=False)
        interval = test.confidence_interval()
        expected = [
            len(treated),
            len(control),
            treated.mean() - control.mean(),
            interval.low,
            interval.high,
            test.pvalue,
        ]
        columns = ("unit_count", "control_unit_count", "estimate", "estimate_lower", "estimate_upper", "p_value")
        np.testing.assert_allclose([row[column] for column in columns], expected, rtol=1e-9, atol=1e-15)
        if metric == "organic_clicks":
            gained = loads[load]["ad_clicks"].mean() - loads["no ad first"]["ad_clicks"].mean()
            np.testing.assert_allclose(row["break_even_value"], (control.mean() - treated.mean()) / gained, rtol=1e-9)


def test_carousel(answers, accepted, definitions, engagements):
    units = outcomes.units(accepted["assignments"], definitions["experiments"], definitions["experiment_arm_shares"])
    units = units.filter((pl.col("experiment_id") == "fresh_carousel") & pl.col("exclusion_reason").is_null())
    seen = outcomes.seen(accepted["impressions"], engagements, accepted["items"]).drop("assigned_at", strict=False)
    inside = seen.join(units.select("user_id", "arm", "assigned_at", "ends_at"), on="user_id").filter(
        (pl.col("event_at") >= pl.col("assigned_at")) & (pl.col("event_at") < pl.col("ends_at"))
    )
    inside = outcomes.judged(inside, until=pl.col("ends_at"))
    sizes = dict(units.group_by("arm").len().iter_rows())
    rows = {(row["question"], row["what"]): row for row in answers["evaluate_carousel"].to_dicts()}
    is_inside = pl.col("module_id").eq_missing("fresh_carousel")
    for what, condition in {
        "inside the carousel": is_inside,
        "outside the carousel": ~is_inside,
        "everywhere": pl.lit(value=True),
    }.items():
        row = rows["clicked impressions per user", what]
        for arm, column in {"control": "control_value", "treatment": "arm_value"}.items():
            clicked = inside.filter((pl.col("arm") == arm) & condition)["clicked_impressions"].sum()
            np.testing.assert_allclose(row[column], clicked / sizes[arm], rtol=1e-9)
    # Planted: more clicks in all, though the carousel takes some from the feed around it.
    assert rows["clicked impressions per user", "outside the carousel"]["estimate"] < 0
    assert rows["effect on everyone", "clicks_per_user"]["estimate_lower"] > 0


def test_the_carousel_s_novelty(answers, accepted, definitions, engagements):
    """Planted: the surplus halves every week. Its trend is that of the users' own slopes over two weeks."""
    units = outcomes.units(accepted["assignments"], definitions["experiments"], definitions["experiment_arm_shares"])
    units = units.filter((pl.col("experiment_id") == "fresh_carousel") & pl.col("exclusion_reason").is_null())
    last_known = max(accepted["impressions"]["event_at"].max(), engagements["event_at"].max()) - timedelta(days=1)
    followed = units.filter(pl.col("assigned_at") + timedelta(days=15) <= pl.min_horizontal("ends_at", last_known))
    day = (pl.col("event_at") - pl.col("assigned_at")).dt.total_microseconds() / timedelta(days=1).total_seconds() / 1e6
    clicks = (
        engagements.filter(pl.col("engagement_type") == "click")
        .join(followed.select("user_id", "assigned_at"), on="user_id")
        .with_columns(day=day.floor())
        .filter(pl.col("day").is_between(1, 14))
    )
    # The least-squares line through the days 1 to 14.
    slopes = clicks.group_by("user_id").agg(slope=(pl.col("day") - 7.5).sum() / (14 * (14**2 - 1) / 12))
    slopes = followed.join(slopes, on="user_id", how="left").with_columns(pl.col("slope").fill_null(0))
    samples = [slopes.filter(pl.col("arm") == arm)["slope"].to_numpy() for arm in ("treatment", "control")]
    test = stats.ttest_ind(*samples, equal_var=False)
    interval = test.confidence_interval()
    rows = {(row["question"], row["what"]): row for row in answers["evaluate_carousel"].to_dicts()}
    row = rows["trend of the effect, fading", "clicks_per_user per day"]
    wanted = [samples[0].mean() - samples[1].mean(), interval.low, interval.high, test.pvalue]
    columns = ("estimate", "estimate_lower", "estimate_upper", "p_value")
    np.testing.assert_allclose([row[column] for column in columns], wanted, rtol=1e-9)
    assert rows["trend of the effect, fading", "ctr per day"]["estimate_upper"] < 0
    # It is in the first session that most is clicked.
    first, repeat = (rows[f"effect in {order} sessions", "clicks_per_session"] for order in ("first", "repeat"))
    assert first["estimate"] > repeat["estimate"] > 0


def test_shopping_launch(answers, project_root):
    """Every effect lies within 3.9 standard errors of what was planted, by intent too; who is better off shows."""
    planted = pl.read_csv(project_root / "seeds" / "truth" / "planted_truth.csv").filter(
        (pl.col("experiment_id") == "shopping_module") & (pl.col("population") == "assigned")
    )
    answer = answers["evaluate_shopping_launch"].filter(pl.col("population") == "assigned")
    joined = answer.join(planted.select("metric", "segment_value", true="estimate"), on=["metric", "segment_value"])
    assert len(joined) == len(answer) >= 12
    half_width = (joined["estimate_upper"] - joined["estimate_lower"]) / 2
    assert ((joined["estimate"] - joined["true"]).abs() < 2 * half_width).all()
    rows = {(row["metric"], row["segment_value"]): row for row in answer.to_dicts()}
    assert rows["product_clicks_per_user", "all"]["estimate_lower"] > 0
    assert rows["organic_clicks_per_user", "all"]["estimate_upper"] < 0
    shoppers, browsers = (rows["product_clicks_per_user", intent]["estimate"] for intent in ("shopper", "browser"))
    assert shoppers > 5 * browsers > 0
    differs = rows["product_clicks_per_user", "shopper"]["heterogeneity_p_value"]
    assert differs == rows["product_clicks_per_user", "browser"]["heterogeneity_p_value"] < 0.01
    assert rows["product_clicks_per_user", "all"]["heterogeneity_p_value"] is None
    assert set(answers["evaluate_shopping_launch"]["population"]) == {"assigned", "exposed"}


def test_the_steps_of_a_ctr_drop_come_in_their_order(answers):
    steps = answers["diagnose_ctr_drop"].select("step", "what").rows()
    assert [step for step, _ in steps] == sorted(step for step, _ in steps)
    assert [what.split(" over ")[0] for step, what in steps if step.startswith("02 ")] == [
        "assigned", "ranked", "rendered", "in_viewport", "engaged", "valued",
    ]  # fmt: skip
    assert [what.removeprefix("position ") for step, what in steps if step.startswith("08 ")] == [
        "1", "2", "3", "4-5", "6-10", "11+",
    ]  # fmt: skip


def test_ctr_drop(answers):
    """Planted: nothing but more items at low positions. The answer says so, and that CTR's fall is no loss."""
    rows = {(row["step"], row["what"]): row for row in answers["diagnose_ctr_drop"].to_dicts()}
    change = rows["04 did CTR change", "ctr"]
    assert change["estimate_upper"] < 0
    assert rows["05 did people do less", "clicks_per_user"]["estimate_lower"] > 0
    dimensions = {step for step, _ in rows if step.startswith("07 ")}
    assert len(dimensions) >= 6
    for step in dimensions:
        assert rows[step, "mix"]["estimate"] + rows[step, "rate"]["estimate"] == pytest.approx(
            change["estimate"], rel=1e-9
        )
        for part in ("mix", "rate"):
            share = 100 * rows[step, part]["estimate"] / change["estimate"]
            assert rows[step, part]["reading"].startswith(f"{round(share)} % of the change. ")
    explaining = [step for step in dimensions if rows[step, "mix"]["estimate"] < change["estimate"] / 2]
    assert explaining == ["07 rate or mix, by position"]
    position = "07 rate or mix, by position"
    assert rows[position, "mix"]["p_value"] < 1e-6
    assert rows[position, "rate"]["p_value"] > 0.05
    strata = [row for (step, _), row in rows.items() if step == "08 mix of positions"]
    assert sum(row["estimate"] for row in strata) == pytest.approx(rows[position, "mix"]["estimate"], rel=1e-9)
    assert ("11 do we ship", "ship") in rows
    assert ("01 can it be read", "valid") in rows
    definitions = [row for (step, _), row in rows.items() if step == "03 is it the definition"]
    assert len(definitions) == 3
    assert all(row["estimate_upper"] < 0 for row in definitions)
    assert rows["02 is it what is logged", "in_viewport over rendered"]["p_value"] > 0.05
    assert "inside the margin" in rows["06 is anything harmed", "hide_rate"]["reading"]
    assert rows["09 are the clicks worth as much", "satisfied_clicks_per_user"]["estimate"] > 0
    assert "not_found" in rows["10 does it last", "clicks_per_user"]["reading"]
