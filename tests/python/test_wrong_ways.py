"""Ways of counting that many feeds use, computed on the demo beside the right one: each gives a wrong answer.

They are here so that nobody slips back into one of them because it looks simpler: each is wrong by much more than its
standard error, or claims a certainty that it does not have, where the truth is known because it was planted.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

ROLLED_OUT = ["aa_test", "clickbait_titles", "fresh_carousel", "ranker_depth", "shopping_module", "video_autoplay"]


@pytest.fixture(scope="module")
def truth(project_root):
    """The planted effects on everyone, by experiment, metric and arm."""
    planted = pd.read_csv(project_root / "seeds" / "truth" / "planted_truth.csv")
    return planted[planted["segment"] == "all"].set_index(["experiment_id", "metric", "arm"])


def test_impressions_are_not_independent(demo_database, query):
    """Binomial standard errors of CTR are too small by a fifth to a half: impressions of one user are alike."""
    errors = query(
        """
        with arms as (
            select
                experiment_id,
                arm,
                sum(impressions) as impressions,
                sum(clicked_impressions) / sum(impressions) as ctr
            from intermediate.int_experiments__unit_measures
            where population = 'assigned'
            group by experiment_id, arm
        )

        select
            results.experiment_id,
            results.estimate_se,
            sqrt(
                treated.ctr * (1 - treated.ctr) / treated.impressions
                + control.ctr * (1 - control.ctr) / control.impressions
            ) as wrong_se
        from marts.experiment_results as results
        inner join arms as treated
            on results.experiment_id = treated.experiment_id and results.arm = treated.arm
        inner join arms as control
            on results.experiment_id = control.experiment_id and results.control_arm = control.arm
        where
            results.metric = 'ctr'
            and results.segment = 'all'
            and results.population = 'assigned'
            and results.method = 'unadjusted'
        """,
        demo_database,
    )
    assert len(errors) == 9
    assert (errors["estimate_se"] / errors["wrong_se"]).between(1.2, 1.8).all()


def test_counting_impressions_finds_effects_where_there_are_none(demo_database, query):
    """The users of the A/A test, put into arms anew a thousand times: tests of nothing are significant too often."""
    users = query(
        """
        select impressions, clicked_impressions
        from intermediate.int_experiments__unit_measures
        where experiment_id = 'aa_test' and population = 'assigned'
        order by user_id
        """,
        demo_database,
    ).astype(float)
    d, y = users["impressions"].to_numpy(), users["clicked_impressions"].to_numpy()
    treated = np.random.default_rng(1).random((1000, len(d))) < 0.5
    rejected = {"by_impression": 0, "by_user": 0}
    for mask in treated:
        differences, binomial, delta = [], 0.0, 0.0
        for arm in (mask, ~mask):
            ctr = y[arm].sum() / d[arm].sum()
            differences.append(ctr)
            binomial += ctr * (1 - ctr) / d[arm].sum()
            delta += np.var(y[arm] - ctr * d[arm], ddof=1) / arm.sum() / d[arm].mean() ** 2
        z = abs(differences[0] - differences[1])
        rejected["by_impression"] += 2 * stats.norm.sf(z / np.sqrt(binomial)) < 0.05
        rejected["by_user"] += 2 * stats.norm.sf(z / np.sqrt(delta)) < 0.05
    assert rejected["by_user"] < 70
    assert rejected["by_impression"] > 110


GATED = """
    with units as (
        select * from intermediate.int_experiments__units
        where exclusion_reason is null
    ),

    users as (
        select
            units.experiment_id,
            units.arm,
            units.user_id,
            coalesce(sum(case when events.event_at >= units.assigned_at then events.clicks end), 0) as by_instant,
            coalesce(
                sum(case when events.event_date >= cast(units.assigned_at as date) then events.clicks end), 0
            ) as from_midnight,
            coalesce(
                sum(case when events.event_date > cast(units.assigned_at as date) then events.clicks end), 0
            ) as from_next_day
        from units
        left join intermediate.int_events__measures as events
            on units.user_id = events.user_id and events.event_at < units.experiment_ends_at
        group by units.experiment_id, units.arm, units.user_id
    )

    select
        experiment_id,
        arm,
        count(*) as user_count,
        avg(by_instant) as by_instant,
        stddev_samp(by_instant) / sqrt(count(*)) as by_instant_se,
        avg(from_midnight) as from_midnight,
        avg(from_next_day) as from_next_day
    from users
    group by experiment_id, arm
"""


def test_gating_by_date_counts_what_came_before_or_loses_the_first_day(demo_database, query, truth):
    arms = query(GATED, demo_database).set_index(["experiment_id", "arm"])
    arm_metrics = query(
        "select experiment_id, arm, clicks_per_user from marts.experiment_arm_metrics where population = 'assigned'",
        demo_database,
    ).set_index(["experiment_id", "arm"])["clicks_per_user"]
    assert np.allclose(arms["by_instant"], arm_metrics.reindex(arms.index), rtol=1e-12)

    # From midnight of the first day: clicks of the morning before the treatment are counted as its outcomes.
    leaked = arms.loc[ROLLED_OUT]
    assert (leaked["from_midnight"] > leaked["by_instant"]).all()
    assert (leaked["from_midnight"] / leaked["by_instant"]).mean() > 1.01

    # From the next day on: who enrols by visiting loses the very visit, two clicks of five.
    control = arms.loc[("related_items_ramp", "control")]
    true_value = truth.loc[("related_items_ramp", "clicks_per_user", "treatment"), "control_value"]
    assert abs(control["by_instant"] - true_value) < 3 * control["by_instant_se"]
    assert control["from_next_day"] < 0.65 * true_value
    assert abs(control["from_next_day"] - true_value) > 8 * control["by_instant_se"]


def test_without_users_who_never_click_a_mean_per_user_is_another_one(demo_database, query, truth):
    """A row exists only for users with clicks, so that an inner join or `where clicks > 0` drops all others."""
    means = query(
        """
        select
            experiment_id,
            arm,
            avg(clicks) as mean,
            avg(case when clicks > 0 then clicks end) as wrong_mean,
            stddev_samp(clicks) / sqrt(count(*)) as mean_se
        from intermediate.int_experiments__unit_measures
        where population = 'assigned' and experiment_id in ('ranker_depth', 'clickbait_titles')
        group by experiment_id, arm
        """,
        demo_database,
    ).set_index(["experiment_id", "arm"])
    for experiment in ("ranker_depth", "clickbait_titles"):
        control, treated = means.loc[(experiment, "control")], means.loc[(experiment, "treatment")]
        true = truth.loc[(experiment, "clicks_per_user", "treatment")]
        error = np.hypot(control["mean_se"], treated["mean_se"])
        assert abs(treated["mean"] - control["mean"] - true["estimate"]) < 3 * error
        # The effect is half as large again at least, and of the value nothing is right.
        assert treated["wrong_mean"] - control["wrong_mean"] > 1.5 * true["estimate"]
        assert control["wrong_mean"] > 2 * true["control_value"]
    # More people click at all, which is lost: of a lift of a third, a fifth is left.
    lift = means.loc[("ranker_depth", "treatment"), "wrong_mean"] / means.loc[("ranker_depth", "control"), "wrong_mean"]
    assert lift - 1 < 0.75 * truth.loc[("ranker_depth", "clicks_per_user", "treatment"), "relative_lift"]


def test_by_its_age_today_nothing_was_fresh(demo_database, query):
    """Counted back from the end of the data, one impression in fourteen of fresh items is left; from today, none."""
    counts = query(
        """
        with impressions as (
            select
                impressions.is_fresh,
                items.created_at,
                (select max(event_at) from intermediate.int_impressions__ladder) as data_end_at
            from intermediate.int_impressions__ladder as impressions
            inner join staging.stg_feed__items as items on impressions.item_id = items.item_id
            where impressions.is_impression
        )

        select
            count(*) as impression_count,
            count(case when is_fresh then 1 end) as fresh_count,
            count(case when created_at >= data_end_at - interval 72 hour then 1 end) as fresh_at_end_count,
            count(case when created_at >= current_date - interval 72 hour then 1 end) as fresh_today_count
        from impressions
        """,
        demo_database,
    ).iloc[0]
    assert counts["fresh_count"] > 0.1 * counts["impression_count"]
    assert counts["fresh_at_end_count"] < 0.1 * counts["fresh_count"]
    assert counts["fresh_today_count"] == 0


def test_pooling_a_ramp_compares_users_of_different_days(demo_database, query, truth):
    """Whoever enrolled early is a frequent visitor, and went to control nine times out of ten."""
    values = query(
        """
        select
            avg(case when arm = 'treatment' then clicks end) - avg(case when arm = 'control' then clicks end) as pooled
        from intermediate.int_experiments__unit_measures
        where population = 'assigned' and experiment_id = 'related_items_ramp'
        """,
        demo_database,
    )["pooled"].iloc[0]
    result = query(
        """
        select estimate, estimate_se from marts.experiment_results
        where
            experiment_id = 'related_items_ramp'
            and metric = 'clicks_per_user'
            and method = 'unadjusted'
            and segment = 'all'
        """,
        demo_database,
    ).iloc[0]
    true = truth.loc[("related_items_ramp", "clicks_per_user", "treatment"), "estimate"]
    assert abs(result["estimate"] - true) < 2 * result["estimate_se"]
    # Of the wrong sign: better related items look as if they cost clicks.
    assert true > 0 > values
    assert abs(values - true) > 3 * result["estimate_se"]
