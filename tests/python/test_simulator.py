"""The simulator: the committed seeds are what it writes, what it plants is there, and its dirt is what it counts."""

import copy
import filecmp
import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

from simulator.__main__ import cli
from simulator.engine import CHUNK_TABLES, WORLD_TABLES, Engine
from simulator.outputs import write_parquet, write_seeds
from simulator.truth import METRICS, planted_truth
from simulator.world import World, WorldError

TABLES = CHUNK_TABLES + WORLD_TABLES
TIMES = ["event_at", "received_at"]


def silent(_line):
    """Take the place of a progress report."""


@pytest.fixture(scope="module")
def seeds(project_root):
    return project_root / "seeds"


@pytest.fixture(scope="module")
def raw(seeds):
    """The committed raw tables as text, by name."""
    return {table: pd.read_csv(seeds / "feed" / f"{table}.csv", dtype=str, keep_default_na=False) for table in TABLES}


@pytest.fixture(scope="module")
def manifest(project_root):
    return json.loads((project_root / "simulator" / "seeds_manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def clean_engine():
    """The demo without dirt, as the simulator holds it."""
    world = World.load(clean=True)
    engine = Engine(world)
    engine.simulate(0, world.population)
    return engine


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The demo without dirt, as text, by name."""
    folder = tmp_path_factory.mktemp("clean")
    write_seeds(World.load(clean=True), folder)
    return {table: pd.read_csv(folder / "feed" / f"{table}.csv", dtype=str, keep_default_na=False) for table in TABLES}


@pytest.fixture(scope="module")
def truth(seeds):
    return pd.read_csv(seeds / "truth" / "planted_truth.csv")


def time(column):
    return pd.to_datetime(column, format="%Y-%m-%d %H:%M:%S", errors="coerce")


# The seeds


def test_the_committed_seeds_are_what_the_simulator_writes(seeds, manifest, tmp_path):
    assert write_seeds(World.load(), tmp_path, threads=1) == manifest
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.csv"))
    assert len(written) == len(TABLES) + 4
    assert [str(path) for path in written if not filecmp.cmp(tmp_path / path, seeds / path, shallow=False)] == []


def test_another_seed_is_another_world_of_the_same_catalogue(clean_engine):
    other = Engine(World.load(seed=clean_engine.world.seed + 1, clean=True))
    other.simulate(0, 500)
    users = "select country, platform, is_creator, signed_up_second from users where user_index < 500"
    differing = set(clean_engine.connection.execute(users).fetchall()) ^ set(other.connection.execute(users).fetchall())
    assert len(differing) > 900
    # One catalogue for all seeds, so that one truth holds for all.
    items = "select * from items order by item_index"
    assert clean_engine.connection.execute(items).fetchall() == other.connection.execute(items).fetchall()


def test_the_seeds_are_small_and_of_the_stated_size(seeds, raw, manifest):
    assert sum(path.stat().st_size for path in seeds.rglob("*.csv")) <= 8.5e6
    assert {table: len(rows) for table, rows in raw.items()} == {
        table: counts["rows"] for table, counts in manifest["tables"].items()
    }
    assert 40_000 <= len(raw["raw_impressions"]) <= 50_000


def test_undoing_the_dirt_gives_back_the_clean_world(raw, clean, manifest):
    machines = {*manifest["sound"]["bots"], *manifest["sound"]["crawlers"]}
    for table in ("raw_impressions", "raw_engagements"):
        dirty = raw[table].apply(lambda column: column.str.strip())
        dirty["surface"] = dirty["surface"].str.lower()
        # Late rows and clocks that are off cannot be told from the outside; everything else must be there as it was.
        columns = [column for column in dirty if column not in TIMES]
        sound = clean[table][columns].merge(dirty[columns].drop_duplicates(), how="left", indicator=True)
        assert set(sound["_merge"]) == {"both"}, table
        unknown = dirty[~dirty["event_id"].isin(clean[table]["event_id"]) & (dirty["event_id"] != "")]
        alone = unknown["event_id"].str.startswith("x")
        assert set(unknown.loc[~alone, "user_id"]) <= machines | {""}
        counted = manifest["tables"][table]["dirt"]
        kinds = ("orphan_click", "orphan_click_without_id", "unknown_engagement_type")
        assert alone.sum() == sum(counted.get(kind, 0) for kind in kinds)


# The manifest


def test_the_manifest_counts_the_broken_and_repeated_rows(raw, manifest):
    for table, kinds in {
        "raw_impressions": {
            "null_event_id": lambda rows: rows["event_id"] == "",
            "null_user_id": lambda rows: rows["user_id"] == "",
            "null_item_id": lambda rows: rows["item_id"] == "",
            "unparseable_event_at": lambda rows: time(rows["event_at"]).isna(),
            "unparseable_position": lambda rows: ~rows["position"].str.fullmatch(r"-?\d+"),
            "negative_position": lambda rows: rows["position"].str.startswith("-"),
            "viewport_fraction_above_one": lambda rows: pd.to_numeric(rows["viewport_fraction"]) > 1,
            "negative_visible_ms": lambda rows: rows["visible_ms"].str.startswith("-"),
            "padded_id": lambda rows: (rows["user_id"] + rows["item_id"]).str.contains(" "),
            "mixed_case_surface": lambda rows: rows["surface"] != rows["surface"].str.strip().str.lower(),
            "event_from_the_future": lambda rows: (
                time(rows["event_at"]) > time(rows["received_at"]) + pd.Timedelta(hours=1)
            ),
            "exact_retry": lambda rows: rows.duplicated(),
        },
        "raw_engagements": {
            "null_event_id": lambda rows: rows["event_id"] == "",
            "null_user_id": lambda rows: rows["user_id"] == "",
            "null_item_id": lambda rows: rows["item_id"] == "",
            "null_engagement_type": lambda rows: rows["engagement_type"] == "",
            "unparseable_event_at": lambda rows: time(rows["event_at"]).isna(),
            "unparseable_value": lambda rows: ~rows["value"].str.fullmatch(r"[\d.]*"),
            "negative_dwell": lambda rows: rows["dwell_ms"].str.startswith("-"),
            "unknown_engagement_type": lambda rows: rows["engagement_type"] == "not_interested",
            "orphan_click_without_id": lambda rows: (
                rows["event_id"].str.startswith("x")
                & (rows["engagement_type"] == "click")
                & (rows["impression_event_id"] == "")
            ),
            "exact_retry": lambda rows: rows.duplicated(),
        },
        "raw_assignments": {
            "null_user_id": lambda rows: rows["user_id"] == "",
            "null_arm": lambda rows: rows["arm"] == "",
            "unknown_arm": lambda rows: rows["arm"] == "treatmnt",
            "unknown_arm_only": lambda rows: rows["arm"] == "variant_b",
            "unknown_experiment": lambda rows: rows["experiment_id"] == "retired_test",
            "unparseable_assigned_at": lambda rows: time(rows["assigned_at"]).isna(),
            "padded_id": lambda rows: rows["user_id"].str.contains(" "),
            "exact_retry": lambda rows: rows.duplicated(),
        },
    }.items():
        counted = manifest["tables"][table]["dirt"]
        assert all(counted[kind] > 0 for kind in kinds)
        assert {kind: int(rule(raw[table]).sum()) for kind, rule in kinds.items()} == {
            kind: counted[kind] for kind in kinds
        }


def test_the_manifest_counts_orphans_late_rows_and_retries(raw, manifest):
    impressions, engagements = raw["raw_impressions"], raw["raw_engagements"]
    known = set(impressions["event_id"].str.strip())
    unknown = ~engagements["impression_event_id"].isin(known) & (engagements["impression_event_id"] != "")
    assert unknown.sum() == manifest["tables"]["raw_engagements"]["dirt"]["orphan_click"]
    for table in ("raw_impressions", "raw_engagements"):
        counted = manifest["tables"][table]["dirt"]
        rows = raw[table].assign(
            event=lambda rows: time(rows["event_at"]), received=lambda rows: time(rows["received_at"])
        )
        first = rows.groupby("event_id")["received"].transform("min")
        is_copy_across_midnight = (rows["received"].dt.date > first.dt.date) & (rows["event_id"] != "")
        delay = rows["received"] - rows["event"]
        assert is_copy_across_midnight.sum() >= counted["retry_across_midnight"] > 0
        late = (delay >= pd.Timedelta(hours=1)) & ~is_copy_across_midnight
        assert late.sum() == counted["late"]
        assert delay[late].max() <= pd.Timedelta(days=3)


def test_the_manifest_counts_crossovers_ties_and_lost_assignments(raw, manifest):
    counted = manifest["tables"]["raw_assignments"]["dirt"]
    rows = raw["raw_assignments"].assign(user_id=raw["raw_assignments"]["user_id"].str.strip())
    valid = rows[rows["arm"].isin(["control", "treatment", "muted", "sound"]) & (rows["user_id"] != "")]
    instants = valid.groupby(["experiment_id", "user_id"]).agg(
        arms=("arm", "nunique"), instants=("assigned_at", "nunique")
    )
    ties = instants[(instants["arms"] > 1) & (instants["instants"] == 1)]
    assert len(ties) * 2 == counted["tied_arms"] > 0
    assert ((instants["arms"] > 1) & (instants["instants"] > 1)).sum() == counted["crossover"] > 0
    eligible = set(raw["raw_eligibility"]["user_id"])
    assigned = set(valid.loc[valid["experiment_id"] == "closeup_redesign", "user_id"])
    assert len(eligible - assigned) == counted["lost"] > 0


def test_bots_show_themselves_before_assignment_and_people_never_look_like_them(raw, manifest):
    impressions = raw["raw_impressions"].assign(
        user_id=lambda rows: rows["user_id"].str.strip(), hour=lambda rows: time(rows["event_at"]).dt.floor("h")
    )
    by_hour = impressions.groupby(["user_id", "hour"])["event_id"].nunique().reset_index(name="impressions")
    first = time(raw["raw_assignments"]["assigned_at"]).groupby(raw["raw_assignments"]["user_id"].str.strip()).min()
    before = by_hour[~(by_hour["hour"] >= by_hour["user_id"].map(first))]
    bots = set(before.loc[before["impressions"] >= 250, "user_id"])
    assert bots == set(manifest["sound"]["bots"])
    crawlers = set(raw["raw_users"].loc[raw["raw_users"]["platform"] == "crawler", "user_id"])
    assert crawlers == set(manifest["sound"]["crawlers"])
    people = by_hour[~by_hour["user_id"].isin(bots | crawlers)]
    assert people["impressions"].max() < 100


# The world


def test_a_session_never_shows_an_item_twice_nor_before_it_exists(clean_engine):
    twice, too_early, unordered = clean_engine.connection.execute(
        """
        select
            (select count(*) - count(distinct (session_index, item_index)) from impressions),
            (select count(*) from impressions join items using (item_index) where created_second > session_second),
            (select count(*) from engagements where event_second <= impression_second),
        """
    ).fetchone()
    assert (twice, too_early, unordered) == (0, 0, 0)


def test_draws_are_uniform_and_unrelated_between_purposes_and_neighbours():
    engine = Engine(World.load())
    sql = engine.templates.from_string(
        """
        {% from 'random.jinja' import random_key, uniform %}
        with keyed as (select range as i, {{ random_key('range', 'test') }} as key from range(100000))
        select {{ uniform('key', 'one') }} as one, {{ uniform('key', 'two') }} as two from keyed order by i
        """
    ).render()
    draws = engine.connection.execute(sql).fetchnumpy()
    one, two = draws["one"], draws["two"]
    assert min(one.min(), two.min()) > 0
    assert max(one.max(), two.max()) < 1
    assert stats.kstest(one, "uniform").pvalue > 1e-3
    assert stats.kstest(two, "uniform").pvalue > 1e-3
    pairs = [(one, two), (one[1:], one[:-1]), (one[1:], two[:-1]), (one[42:], one[:-42])]
    assert all(abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(len(a)) for a, b in pairs)


@pytest.mark.parametrize("is_clean", [True, False])
def test_parquet_holds_the_same_rows_whatever_the_chunks_and_workers(tmp_path, is_clean):
    world = World.load(people=1_500, days=21, seed=5, clean=is_clean, sessions_per_day=0.3)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    rows = write_parquet(world, whole, chunk_users=2_000, workers=1, report=silent)
    assert rows == write_parquet(world, parts, chunk_users=400, workers=3, report=silent) > 10_000
    assert len(list((parts / "raw_impressions").iterdir())) == 4
    connection = duckdb.connect()
    for table in TABLES:
        one, other = (f"from read_parquet('{folder / table}/*.parquet')" for folder in (whole, parts))
        difference = f"select count(*) from ({one} except all {other})"
        assert connection.execute(f"select count(*) {one}").fetchone()[0] > 0
        assert (
            connection.execute(f"select count(*) {other}").fetchone()
            == connection.execute(f"select count(*) {one}").fetchone()
        )
        assert connection.execute(difference).fetchone()[0] == 0, table


def test_parquet_and_seeds_are_the_same_world(tmp_path, raw):
    write_parquet(World.load(), tmp_path, chunk_users=1_000, report=silent)
    written = duckdb.connect().execute(
        f"""
        select event_id, event_at, received_at, user_id, item_id, position, visible_ms, score
        from read_parquet('{tmp_path}/raw_impressions/*.parquet')
        where event_at is not null and position is not null
        """
    )
    parquet = written.df()
    csv = raw["raw_impressions"]
    csv = csv[time(csv["event_at"]).notna() & csv["position"].str.fullmatch(r"-?\d+")]
    assert len(parquet) == len(csv)
    columns = ["event_id", "received_at", "user_id", "item_id"]
    one, other = (
        rows[columns].fillna("").sort_values(columns).reset_index(drop=True)
        for rows in (parquet.assign(received_at=parquet["received_at"].dt.strftime("%Y-%m-%d %H:%M:%S")), csv)
    )
    pd.testing.assert_frame_equal(one, other, check_dtype=False)
    assert parquet["score"].sum() == pytest.approx(pd.to_numeric(csv["score"]).sum(), rel=1e-12)


# What is planted


@pytest.fixture(scope="module")
def outcomes(clean_engine):
    """What everybody assigned in the demo did, by experiment."""
    tables = {}
    for experiment_id in clean_engine.world.experiments:
        measures = clean_engine.render("user_measures", experiment_id=experiment_id)
        tables[experiment_id] = clean_engine.connection.execute(
            f"""
            select measures.*, user_arms.{experiment_id}_arm as arm, user_arms.{experiment_id}_second as second
            from ({measures}) as measures join user_arms using (user_index)
            """
        ).df()
    return tables


def contrast(rows, metric, arm):
    """Difference between an arm and control with its standard error, by the delta method for ratios."""
    numerator, denominator = METRICS[metric]
    values, variances = [], []
    for name in (arm, "control"):
        users = rows[rows["arm"] == name]
        y = users[numerator].astype(float)
        d = users[denominator].astype(float) if denominator else pd.Series(1.0, index=y.index)
        ratio = y.sum() / d.sum()
        values.append(ratio)
        variances.append(((y - ratio * d) / d.mean()).var() / len(users))
    return values[0] - values[1], np.sqrt(sum(variances))


def stratified_contrast(rows, metric, arm, middle):
    """The same within each phase of a ramp, weighted by the users of the phase."""
    parts = [
        (contrast(phase, metric, arm), len(phase) / len(rows)) for _, phase in rows.groupby(rows["second"] >= middle)
    ]
    return (
        sum(estimate * weight for (estimate, _), weight in parts),
        np.sqrt(sum((se * weight) ** 2 for (_, se), weight in parts)),
    )


def p_value(rows, metric, arm="treatment"):
    estimate, se = contrast(rows, metric, arm)
    return np.sign(estimate), 2 * stats.norm.sf(abs(estimate / se))


@pytest.mark.parametrize(
    ("experiment_id", "metric", "arm", "sign"),
    [
        ("ranker_depth", "ctr", "treatment", -1),
        ("ranker_depth", "saves_per_user", "treatment", 1),
        ("ranker_depth", "clicks_per_user", "treatment", 1),
        ("ranker_depth", "impressions_per_user", "treatment", 1),
        ("clickbait_titles", "ctr", "treatment", 1),
        ("clickbait_titles", "hide_rate", "treatment", 1),
        ("clickbait_titles", "report_rate", "treatment", 1),
        ("clickbait_titles", "long_clicks_per_user", "treatment", -1),
        ("fresh_carousel", "clicks_per_user", "treatment", 1),
        ("shopping_module", "product_clicks_per_user", "treatment", 1),
        ("shopping_module", "organic_clicks_per_user", "treatment", -1),
        ("video_autoplay", "video_completes_per_user", "muted", 1),
        ("video_autoplay", "video_completes_per_user", "sound", 1),
        ("video_autoplay", "hides_per_user", "sound", 1),
    ],
)
def test_the_demo_shows_the_planted_effect(outcomes, experiment_id, metric, arm, sign):
    direction, p = p_value(outcomes[experiment_id], metric, arm)
    assert direction == sign
    assert p < 0.005


def test_the_shopping_module_helps_shoppers_and_hurts_browsers(outcomes):
    rows = outcomes["shopping_module"]
    shoppers, browsers = (rows[rows["shopping_intent"] == value] for value in ("shopper", "browser"))
    direction, p = p_value(shoppers, "product_clicks_per_user")
    assert direction > 0
    assert p < 0.05
    for metric in ("clicks_per_user", "saves_per_user", "impressions_per_user"):
        direction, p = p_value(browsers, metric)
        assert direction < 0
        assert p < 0.05


def test_the_carousel_fades(clean_engine):
    rates = clean_engine.connection.execute(
        """
        select
            avg(has_click::int) filter (where week = 0) as first_week,
            avg(has_click::int) filter (where week >= 2) as later,
        from (
            select
                impressions.has_click,
                (impressions.event_second - user_arms.fresh_carousel_second) // 604800 as week,
            from impressions join user_arms using (user_index)
            where module_id = 'fresh_carousel' and is_viewport_impression
        )
        """
    ).fetchone()
    assert rates[0] > 1.5 * rates[1]


def test_the_pooled_ramp_has_the_wrong_sign(outcomes, clean_engine, truth):
    rows = outcomes["related_items_ramp"]
    planted = truth[(truth["experiment_id"] == "related_items_ramp") & (truth["metric"] == "clicks_per_user")]
    assert planted["estimate"].item() > 10 * planted["estimate_se"].item()
    pooled, pooled_se = contrast(rows, "clicks_per_user", "treatment")
    assert pooled < -1.96 * pooled_se
    middle = clean_engine.world.shares["related_items_ramp"][1]["second"]
    estimate, se = stratified_contrast(rows, "clicks_per_user", "treatment", middle)
    assert abs(estimate - planted["estimate"].item()) < 3.3 * se


def test_every_effect_of_the_demo_is_within_the_error_of_its_truth(outcomes, clean_engine, truth):
    middle = clean_engine.world.shares["related_items_ramp"][1]["second"]
    errors = {}
    for row in truth.itertuples():
        rows = outcomes[row.experiment_id]
        if row.segment_value != "all":
            rows = rows[rows["shopping_intent"] == row.segment_value]
        if row.experiment_id == "related_items_ramp":
            estimate, se = stratified_contrast(rows, row.metric, row.arm, middle)
        else:
            estimate, se = contrast(rows, row.metric, row.arm)
        errors[row.experiment_id, row.metric, row.segment_value, row.arm] = (estimate - row.estimate) / np.hypot(
            se, row.estimate_se
        )
    assert len(errors) == len(truth) == len(METRICS) * 11
    beyond = stats.norm.isf(0.0005)
    assert {key: error for key, error in errors.items() if abs(error) > beyond} == {}
    # Not only within wide margins: half of the errors are within the middle half of the normal curve, as they must be.
    assert np.mean([abs(error) < stats.norm.isf(0.25) for error in errors.values()]) == pytest.approx(0.5, abs=0.2)


def test_only_the_broken_experiment_has_a_sample_ratio_mismatch(raw, clean_engine):
    rows = raw["raw_assignments"].assign(user_id=raw["raw_assignments"]["user_id"].str.strip())
    rows = rows.assign(assigned=time(rows["assigned_at"])).dropna(subset="assigned").sort_values("assigned")
    p_values = {}
    for experiment_id, regimes in clean_engine.world.shares.items():
        arms = list(regimes[0]["shares"])
        users = rows[(rows["experiment_id"] == experiment_id) & rows["arm"].isin(arms)].groupby("user_id").first()
        starts = [pd.Timestamp(clean_engine.world.instant(regime["second"])) for regime in regimes]
        phase = np.searchsorted(starts, users["assigned"], side="right") - 1
        expected = [sum((phase == i).sum() * r["shares"][arm] for i, r in enumerate(regimes)) for arm in arms]
        p_values[experiment_id] = stats.chisquare([(users["arm"] == arm).sum() for arm in arms], expected).pvalue
    assert p_values.pop("closeup_redesign") < 1e-6
    assert min(p_values.values()) > 1e-3


def test_the_project_finds_the_clean_world_under_the_dirt(raw, outcomes, demo_database):
    with duckdb.connect(str(demo_database), read_only=True) as connection:
        units = connection.execute(
            "select * from intermediate.int_experiments__unit_measures where population = 'assigned'"
        ).df()
    measures = list(dict.fromkeys(measure for pair in METRICS.values() for measure in pair if measure))
    measures.remove("savers")
    # What a clock set before the impression is not set right, and these measures depend on the order of events.
    ordered = ["satisfied_clicks", "satisfied_clicked_impressions", "session_seconds"]
    shifted = raw["raw_engagements"].merge(
        raw["raw_impressions"], left_on="impression_event_id", right_on="event_id", suffixes=("", "_seen")
    )
    shifted = set(shifted.loc[time(shifted["event_at"]) < time(shifted["event_at_seen"]), "user_id"].str.strip())
    assert 0 < len(shifted) < 1000
    for experiment_id, people in outcomes.items():
        latent = people.set_index("u" + people["user_index"].astype(str)).sort_index()
        found = units[units["experiment_id"] == experiment_id].set_index("user_id").sort_index()
        if experiment_id == "closeup_redesign":
            # The lost assignments are lost; whoever is left must be right.
            latent = latent[latent.index.isin(found.index)]
            assert len(latent) < len(people)
        assert list(found.index) == list(latent.index)
        assert (found["arm"] == latent["arm"]).all()
        assert (found["segment_shopping_intent"] == latent["shopping_intent"]).all()
        difference = (found[measures].astype(float) - latent[measures].astype(float)).abs()
        difference.loc[difference.index.isin(shifted), ordered] = 0
        assert (difference.max() < 1e-9).all(), difference.max()


# The truth


def test_the_committed_truth_is_reproduced_by_other_people(truth):
    world = World.load(people=6_000, seed=77, clean=True)
    rows = pd.DataFrame(planted_truth(world, chunk_users=3_000, report=silent))
    keys = ["experiment_id", "metric", "segment_value", "arm"]
    both = truth.merge(rows, on=keys, suffixes=("", "_again"), validate="one_to_one")
    assert len(both) == len(truth)
    numbers = ["estimate_again", "estimate_se_again"]
    both[numbers] = both[numbers].astype(float)
    error = both["estimate_again"] - both["estimate"]
    # Where a small population happens to differ in no event, its own error is no measure; rare events need room.
    margin = 4.5 * np.hypot(both["estimate_se_again"], both["estimate_se"] * np.sqrt(50))
    assert both.loc[error.abs() > margin, [*keys, "estimate", "estimate_again"]].to_dict("records") == []


def test_nothing_is_planted_where_nothing_should_be(truth):
    for experiment_id in ("aa_test", "closeup_redesign"):
        rows = truth[truth["experiment_id"] == experiment_id]
        assert len(rows) == len(METRICS)
        assert (rows["estimate"] == 0).all()
    assert set(truth.loc[~truth["is_recoverable"], "experiment_id"]) == {"closeup_redesign"}
    saves = truth[
        (truth["experiment_id"] == "clickbait_titles") & truth["metric"].isin(["saves_per_user", "saver_rate"])
    ]
    assert (saves["estimate"] == 0).all()


@pytest.mark.parametrize(
    ("rate", "factor", "metric", "low", "high"),
    [
        # 1 - exp(-factor * rate) grows a little slower than the factor.
        ("save", 1.5, "saves_per_user", 0.42, 0.50),
        ("hide", 3.0, "hides_per_user", 1.80, 2.00),
        ("click", 0.5, "clicks_per_user", -0.50, -0.44),
        ("product_click", 0.0, "product_clicks_per_user", -1.0, -1.0),
    ],
)
def test_a_knob_moves_its_metric_by_its_factor_and_leaves_others_alone(rate, factor, metric, low, high):
    parameters = copy.deepcopy(World.load().parameters)
    parameters["experiments"] = {"aa_test": parameters["experiments"]["aa_test"]}
    parameters["experiments"]["aa_test"]["arms"]["treatment"]["effects"] = [{"rate": rate, "factor": factor}]
    parameters["experiments"]["aa_test"]["rollout_days"] = 0.01
    world = World.load(parameters=parameters, people=3_000, seed=3, clean=True)
    rows = {row["metric"]: row for row in planted_truth(world, chunk_users=3_000, report=silent)}
    assert low <= float(rows[metric]["relative_lift"]) <= high
    others = {"saves_per_user", "hides_per_user", "clicks_per_user", "product_clicks_per_user"} - {metric}
    assert [rows[other]["estimate"] for other in others] == ["0"] * 3


# Errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["parquet", "--users", "10", "--days", "5"], "5 days are too few"),
        (["parquet", "--users", "0"], "0 users make no world"),
    ],
)
def test_an_impossible_world_is_refused_in_a_sentence(tmp_path, arguments, sentence):
    result = CliRunner().invoke(cli, [*arguments, "--output", str(tmp_path / "world")])
    assert result.exit_code == 1
    assert sentence in result.output
    assert not (tmp_path / "world").exists()


def test_two_worlds_are_not_mixed_in_one_folder(tmp_path):
    arguments = ["parquet", "--users", "50", "--output", str(tmp_path)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 1
    assert "is not empty" in result.output


def test_a_wrong_knob_is_named():
    parameters = copy.deepcopy(World.load().parameters)
    arm = parameters["experiments"]["ranker_depth"]["arms"]["treatment"]
    arm["effects"] = [{"rate": "deepness", "factor": 2.0}]
    with pytest.raises(WorldError, match="ranker_depth changes the rate 'deepness'"):
        World.load(parameters=parameters)
    arm["effects"] = []
    arm["share"] = 0.6
    with pytest.raises(WorldError, match=r"shares of ranker_depth add up to 1\.1"):
        World.load(parameters=parameters)
