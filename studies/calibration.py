"""Do the tests reject a true null as often as their level says, and do their intervals hold a planted effect?

Heavy-tailed users are simulated; everything else, from random assignment to p-value, is the macros of feedlift through
dbt, in a scratch project that installs it. Where samples are large, the users of one table are divided again and again;
where they are tiny, every replication has fresh users, because dividing a few again gives the rates of those few.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import click
import duckdb
import numpy as np
import pandas as pd
import polars as pl
from scipy import stats

from studies import generated

PROJECT = Path(__file__).resolve().parent.parent
REPORT = PROJECT / "docs" / "studies" / "calibration.md"
LEVEL = 0.05
# A gated rate must lie here.
LOWEST_RATE, HIGHEST_RATE = 0.045, 0.055
LOOKS = 28
BUYER_RATE = 0.6
USERS_IN_A_BLOCK = 2_000_000

Columns = dict[str, np.ndarray]
Metrics = dict[str, dict]

COUNTS: Metrics = {"counts": {"numerator": "counts", "numerator_covariate": "counts_before"}}
ADJUSTED_COUNTS: Metrics = {
    "counts": COUNTS["counts"] | {"covariates": [{"numerator": "tenure"}]},
}
REVENUE: Metrics = {"revenue": {"numerator": "revenue", "numerator_covariate": "revenue_before"}}
PROPORTION: Metrics = {"proportion": {"numerator": "saver", "numerator_covariate": "saver_before"}}
RATIO: Metrics = {
    "ratio": {
        "numerator": "clicks",
        "denominator": "impressions",
        "numerator_covariate": "clicks_before",
        "denominator_covariate": "impressions_before",
    }
}

# What follows the contrasts of every replication: one summary serves all cells.
SUMMARY = """,

rates as (
    {{ feedlift.false_positive_rates('contrasts', ['metric', 'method']) }}
),

sizes as (
    select
        metric, method, avg(unit_count) as unit_count, avg(control_unit_count) as control_unit_count,
        avg(least(nonzero_unit_count, control_nonzero_unit_count)) as event_count,
        median(greatest(abs(skewness), abs(control_skewness))) as skewness
    from contrasts
    group by metric, method
)

select * from rates inner join sizes using (metric, method)
"""
DIVIDED = (
    """
with moments as (
    {{ feedlift.rerandomised_moments(
        'main.TABLE', 'user_id', METRICS, replications=REPLICATIONS, treatment_share=SHARE, seed=SEED
    ) }}
),

right_estimates as (
    {{ feedlift.arm_estimates(
        'moments', ['replicate', 'metric'], "arm = 'control'", covariate_count=feedlift._covariate_count(METRICS)
    ) }}
),

wrong_estimates as (
    {{ feedlift.impression_level_estimates('moments', ['replicate', 'metric'], "arm = 'control'") }}
),

estimates as (
    select * from right_estimates
    union all by name
    select * from wrong_estimates
),

contrasts as (
    {{ feedlift.contrast_tests('estimates') }}
)"""
    + SUMMARY
)
POST_STRATIFIED = (
    """
with moments as (
    {{ feedlift.rerandomised_moments(
        'main.TABLE', 'user_id', METRICS, replications=REPLICATIONS, treatment_share=SHARE, seed=SEED,
        group_by=['activity']
    ) }}
),

post_stratified as (
    {{ feedlift.arm_contrasts('moments', ['replicate', 'metric'], "arm = 'control'", stratum='activity') }}
),

contrasts as (
    select * replace ('post-stratified, ' || method as method) from post_stratified
)"""
    + SUMMARY
)
WINSORISED = (
    """
with caps as (
    {{ feedlift.winsorisation_caps('main.TABLE', [], METRICS) }}
),

capped as (
    select user_id, least(revenue, cap) as revenue, least(revenue_before, covariate_cap) as revenue_before
    from main.TABLE
    cross join caps
),

moments as (
    {{ feedlift.rerandomised_moments(
        'capped', 'user_id', METRICS, replications=REPLICATIONS, treatment_share=SHARE, seed=SEED
    ) }}
),

winsorised as (
    {{ feedlift.arm_contrasts('moments', ['replicate', 'metric'], "arm = 'control'") }}
),

contrasts as (
    select * replace ('winsorised, ' || method as method) from winsorised
)"""
    + SUMMARY
)
FRESH = (
    """
with contrasts as (
    {{ feedlift.compare_arms(
        'main.TABLE', arm='arm', control='control', metrics=METRICS, group_by=['data_set']
    ) }}
)"""
    + SUMMARY
)
CLUSTERED = (
    """
with by_cluster as (
    {{ feedlift.compare_arms(
        'main.TABLE', arm='arm', control='control', metrics=METRICS, group_by=['data_set'], cluster='cluster_id'
    ) }}
),

by_user as (
    {{ feedlift.compare_arms(
        'main.TABLE', arm='arm', control='control', metrics=METRICS, group_by=['data_set']
    ) }}
),

contrasts as (
    select * replace ('by cluster' as method) from by_cluster
    union all by name
    select * replace ('clusters ignored' as method) from by_user
)"""
    + SUMMARY
)
QUANTILES = (
    """
with estimates as (
    {%- for quantile in [0.5, 0.9, 0.99] %}
    {{ 'union all' if not loop.first }}
    select *, 'p{{ (quantile * 100) | int }} of latency' as metric from (
        {{ feedlift.quantile_estimates(
            'main.TABLE', 'user_id', ['data_set'], "arm = 'control'", 'latency', quantile
        ) }}
    ) as estimates_{{ loop.index }}
    {%- endfor %}
),

contrasts as (
    {{ feedlift.contrast_tests('estimates') }}
)"""
    + SUMMARY
)
BOOTSTRAPPED = (
    """
with resampled as (
    {{ feedlift.bootstrap_contrasts(
        'main.TABLE', 'user_id', ['data_set'], "arm = 'control'", METRICS, replicates=499, seed=SEED
    ) }}
),

-- Whether the bootstrap is to be doubted, nobody says.
bootstrapped as (
    select
        *, cast(null as varchar) as approximation_quality, cast(null as double) as skewness,
        cast(null as double) as control_skewness
    from resampled
),

compared as (
    {{ feedlift.compare_arms(
        'main.TABLE', arm='arm', control='control', metrics=METRICS, group_by=['data_set']
    ) }}
),

contrasts as (
    select * from bootstrapped
    union all by name
    select * from compared
)"""
    + SUMMARY
)
COVERAGE = """
with contrasts as (
    {{ feedlift.compare_arms(
        'main.TABLE', arm='arm', control='control', metrics=METRICS, group_by=['data_set']
    ) }}
)

select
    metric,
    method,
    count(p_value) as computed_count,
    avg(estimate) as mean_estimate,
    any_value(truth.difference) as true_difference,
    any_value(truth.lift) as true_lift,
    count(case when truth.difference between estimate_lower and estimate_upper then 1 end) as covered_count,
    count(relative_lift_lower) as bounded_count,
    count(case when truth.lift between relative_lift_lower and relative_lift_upper then 1 end) as covered_lift_count,
    count(case when p_value < 1 - confidence_level then 1 end) as found_count,
    avg(case when approximation_quality <> 'good' then 1 else 0 end) as doubtful_share
from contrasts
inner join main.truth using (metric)
group by metric, method
"""
LOOKED_AT = """
with moments as (
    {{ feedlift.rerandomised_moments(
        'main.TABLE', 'user_id', METRICS, replications=REPLICATIONS, treatment_share=SHARE, seed=SEED
    ) }}
),

contrasts as (
    {{ feedlift.arm_contrasts('moments', ['replicate', 'metric'], "arm = 'control'") }}
),

looks as (
    {{ feedlift.sequential_tests('contrasts', USERS) }}
),

by_replicate as (
    select
        method,
        replicate,
        count(sequential_p_value) as look_count,
        coalesce(min(sequential_p_value) < 1 - max(confidence_level), false) as has_crossed,
        coalesce(min(p_value) < 1 - max(confidence_level), false) as has_peeked
    from looks
    group by method, replicate
)

select
    method,
    count(*) as replication_count,
    avg(look_count) as look_count,
    count(case when has_crossed then 1 end) as crossed_count,
    count(case when has_peeked then 1 end) as peeked_count
from by_replicate
group by method
"""


@dataclass(frozen=True)
class Cell:
    """One setting in which the tests are tried.

    Attributes:
        name: The name of its model.
        title: What the report calls it.
        table: The table of users it reads.
        sql: The model, with TABLE, METRICS, REPLICATIONS, SHARE, SEED and USERS for what follows.
        metrics: The metrics, as compare_arms takes them.
        replications: How often users are divided; 0 where the table holds the replications.
        share: The share of treatment.
        users: How many users the table has, for the confidence sequences.
        is_gated: Whether the theory promises the level here.
    """

    name: str
    title: str
    table: str
    sql: str
    metrics: Metrics
    replications: int = 0
    share: float = 0.5
    users: int = 0
    is_gated: bool = False

    def model(self, seed: int) -> str:
        """The SQL of the model; draws depend on the seed and on the cell."""
        values = {
            "TABLE": self.table,
            "METRICS": json.dumps(self.metrics),
            "REPLICATIONS": str(self.replications),
            "SHARE": str(self.share),
            "SEED": f"'{seed}, {self.name}'",
            "USERS": str(self.users),
        }
        sql = self.sql
        for name, value in values.items():
            sql = sql.replace(name, value)
        return sql


def people(generator: np.random.Generator, n: int, lift: np.ndarray | float = 0.0) -> Columns:
    """Users who differ in activity (chi-square with one degree of freedom), with outcomes and their past.

    Counts are gamma-Poisson; 60 % buy, for lognormal sums; 8 % save; impressions grow with activity and so does the
    rate of clicks.

    Args:
        generator: The source of randomness.
        n: How many.
        lift: By which fraction the treatment raises every rate, for each user.
    """
    activity = generator.chisquare(1, n)
    saver_rate = generator.beta(0.8, 9.2, n)
    # So narrow that half as much again, and the lift, stay below 1.
    click_rate = generator.beta(4, 36, n) * np.where(activity > 1, 1.5, 1.0)
    spending = generator.normal(0, np.sqrt(0.7), n)
    is_buyer = generator.binomial(1, BUYER_RATE, n)
    was_buyer = np.where(generator.binomial(1, 0.6, n), is_buyer, generator.binomial(1, BUYER_RATE, n))
    impressions, impressions_before = generator.poisson(8 * activity), generator.poisson(8 * activity)
    return {
        "activity": np.where(activity > 1, "high", "low"),
        "counts": generator.poisson(2 * activity * (1 + lift)),
        "counts_before": generator.poisson(2 * activity),
        "tenure": generator.poisson(3 * activity),
        "revenue": np.where(is_buyer, np.exp(spending + generator.normal(0, np.sqrt(0.3), n)), 0.0) * (1 + lift),
        "revenue_before": np.where(was_buyer, np.exp(spending + generator.normal(0, np.sqrt(0.3), n)), 0.0),
        "heavy_revenue": np.exp(2 * generator.normal(0, 1, n)),
        "saver": (generator.random(n) < saver_rate * (1 + lift)).astype(np.int8),
        "saver_before": (generator.random(n) < saver_rate).astype(np.int8),
        "impressions": impressions,
        "impressions_before": impressions_before,
        "clicks": generator.binomial(impressions, click_rate * (1 + lift)),
        "clicks_before": generator.binomial(impressions_before, click_rate),
    }


def true_values() -> dict[str, float]:
    """The metrics' expectations without treatment."""
    # Those with activity above 1, weighted by activity, click half as often again.
    return {
        "counts": 2.0,
        "revenue": BUYER_RATE * np.exp(0.5),
        "proportion": 0.08,
        "ratio": 0.1 * (1 + 0.5 * stats.gamma.sf(1, 1.5, scale=2)),
    }


def one_table(generator: np.random.Generator, users: int) -> Iterator[pl.DataFrame]:
    """Users to be divided again and again."""
    yield pl.DataFrame({"user_id": np.arange(users)} | people(generator, users))


def many_tables(
    generator: np.random.Generator, data_sets: int, treated: int, controls: int, lift: float = 0.0
) -> Iterator[pl.DataFrame]:
    """Users of many experiments, drawn afresh for each; a block of experiments at a time, for memory's sake."""
    users = treated + controls
    for block in np.array_split(np.arange(data_sets), -(-data_sets * users // USERS_IN_A_BLOCK)):
        is_treated = np.tile(np.arange(users) < treated, len(block))
        yield pl.DataFrame(
            {
                "data_set": np.repeat(block, users),
                "user_id": np.arange(block[0] * users, (block[-1] + 1) * users),
                "arm": np.where(is_treated, "treatment", "control"),
            }
            | people(generator, len(is_treated), lift * is_treated)
        )


def clusters(generator: np.random.Generator, data_sets: int, treated: int, controls: int) -> Iterator[pl.DataFrame]:
    """Experiments that randomise few clusters of ten to thirty users, who share a taste."""
    sizes = generator.integers(10, 31, data_sets * (treated + controls))
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    taste = generator.gamma(4, 0.25, len(sizes))
    yield pl.DataFrame(
        {
            "data_set": cluster // (treated + controls),
            "cluster_id": cluster,
            "arm": np.where(cluster % (treated + controls) < treated, "treatment", "control"),
            "counts": generator.poisson(2 * taste[cluster] * generator.chisquare(1, len(cluster))),
        }
    )


def requests(generator: np.random.Generator, data_sets: int, treated: int, controls: int) -> Iterator[pl.DataFrame]:
    """Requests, five or so to a user, whose latency depends on the user's device."""
    users = data_sets * (treated + controls)
    user = np.repeat(np.arange(users), 1 + generator.poisson(4, users))
    device = generator.normal(0, 0.6, users)
    yield pl.DataFrame(
        {
            "data_set": user // (treated + controls),
            "user_id": user,
            "arm": np.where(user % (treated + controls) < treated, "treatment", "control"),
            "latency": np.exp(5 + device[user] + generator.normal(0, 0.6, len(user))),
        }
    )


def days(generator: np.random.Generator, users: int, arrival_days: int) -> Iterator[pl.DataFrame]:
    """Users who arrive over the first days, and their counts until the end of every day; null before they arrive."""
    activity = generator.chisquare(1, users)
    arrival = generator.integers(1, arrival_days + 1, users)
    columns: Columns = {"user_id": np.arange(users), "before": generator.poisson(2 * activity)}
    total = np.zeros(users)
    for day in range(1, LOOKS + 1):
        total = total + np.where(arrival <= day, generator.poisson(0.3 * activity), 0)
        columns[f"day_{day}"] = np.where(arrival <= day, total, np.nan)
    yield pl.DataFrame(columns).fill_nan(None)


def looks() -> Metrics:
    """One metric for every day's look."""
    return {f"day_{day}": {"numerator": f"day_{day}", "numerator_covariate": "before"} for day in range(1, LOOKS + 1)}


@dataclass(frozen=True)
class Plan:
    """What is run: tables and cells.

    Attributes:
        seed: The seed of users and of draws.
        replications: Replications of the cells that cost least; others have a half, a quarter or fewer.
    """

    seed: int
    replications: int

    def tables(self) -> Iterable[tuple[str, Callable[[np.random.Generator], Iterator[pl.DataFrame]]]]:
        """The tables by name, each to be drawn from a generator of its own."""
        half, quarter, eighth = (self.replications // part for part in (2, 4, 8))
        return [
            ("users_of_10_percent", lambda g: one_table(g, 60_000)),
            ("users_of_50_percent", lambda g: one_table(g, 12_000)),
            ("buyers_of_10_percent", lambda g: one_table(g, 250_000)),
            ("buyers_of_50_percent", lambda g: one_table(g, 50_000)),
            ("capped_of_10_percent", lambda g: one_table(g, 80_000)),
            ("capped_of_50_percent", lambda g: one_table(g, 16_000)),
            ("few_savers", lambda g: one_table(g, 2_000)),
            *[(f"treated_{n}", lambda g, n=n: many_tables(g, half, n, 3 * n)) for n in (10, 30, 50)],
            ("resampled", lambda g: many_tables(g, self.replications // 20, 100, 300)),
            ("heavy", lambda g: many_tables(g, quarter, 500, 1_500)),
            ("few_clusters", lambda g: clusters(g, half, 5, 10)),
            ("more_clusters", lambda g: clusters(g, quarter, 20, 40)),
            ("requests", lambda g: requests(g, eighth, 100, 300)),
            ("planted", lambda g: many_tables(g, eighth, 1_000, 3_000, lift=0.1)),
            ("planted_in_many", lambda g: many_tables(g, self.replications // 20, 6_000, 9_000, lift=0.1)),
            ("arriving", lambda g: days(g, 20_000, LOOKS)),
            ("arrived", lambda g: days(g, 20_000, 7)),
        ]

    def cells(self) -> list[Cell]:
        """The cells."""
        many, half = self.replications, self.replications // 2
        everything = ADJUSTED_COUNTS | PROPORTION | RATIO
        small = COUNTS | REVENUE | PROPORTION | RATIO
        heavy = {"lognormal, sigma 2": {"numerator": "heavy_revenue"}}
        gated = [
            Cell(f"{name}_{share}", f"{share} % treated", f"{table}_of_{share}_percent", sql, metrics, replications,
                 share / 100, is_gated=True)
            for share in (10, 50)
            for name, table, sql, metrics, replications in [
                ("divided", "users", DIVIDED, everything, many),
                ("post_stratified", "users", POST_STRATIFIED, COUNTS, many),
                ("revenue", "buyers", DIVIDED, REVENUE, half),
                ("winsorised", "capped", WINSORISED, REVENUE, half),
            ]
        ]  # fmt: skip
        return [
            *gated,
            Cell("one_percent", "1 % treated of 60,000, divided again", "users_of_10_percent", DIVIDED,
                 everything | REVENUE, half, 0.01),
            Cell("few_events", "10 % treated of 2,000, 16 savers among them, divided again", "few_savers", DIVIDED,
                 PROPORTION, half, 0.1),
            *[Cell(f"fresh_{n}", f"{n} treated, {3 * n} controls, fresh", f"treated_{n}", FRESH, small)
              for n in (10, 30, 50)],
            Cell("bootstrap", "100 treated, 300 controls, fresh, 499 resamples", "resampled", BOOTSTRAPPED, small),
            Cell("heavy", "500 treated, 1,500 controls, fresh", "heavy", FRESH, heavy),
            Cell("few_clusters", "5 clusters treated, 10 not, fresh", "few_clusters", CLUSTERED,
                 {"counts": {"numerator": "counts"}}),
            Cell("more_clusters", "20 clusters treated, 40 not, fresh", "more_clusters", CLUSTERED,
                 {"counts": {"numerator": "counts"}}),
            Cell("quantiles", "100 treated, 300 controls, five requests each, fresh", "requests", QUANTILES, {}),
            Cell("coverage", "1,000 treated, 3,000 controls", "planted", COVERAGE, small),
            Cell("coverage_in_many", "6,000 treated, 9,000 controls", "planted_in_many", COVERAGE,
                 everything | REVENUE),
            Cell("arriving", "users arrive over all 28 days", "arriving", LOOKED_AT, looks(), half, 0.3, 20_000),
            Cell("arrived", "users arrive over 7 days", "arrived", LOOKED_AT, looks(), half, 0.3, 20_000),
        ]  # fmt: skip


def write_tables(plan: Plan, database: Path) -> None:
    """Simulate the tables into a database, one after the other."""
    with duckdb.connect(str(database)) as connection:
        for number, (name, simulate) in enumerate(plan.tables()):
            users = 0
            for frame in simulate(np.random.default_rng([plan.seed, number])):
                connection.register("simulated", frame)
                command = "insert into {} from simulated" if users else "create table {} as from simulated"
                connection.execute(command.format(name))
                users += frame.height
            click.echo(f"table {name}: {users:,} rows", err=True)
        truth = pl.DataFrame(
            [{"metric": name, "difference": 0.1 * value, "lift": 0.1} for name, value in true_values().items()]
        )
        connection.register("planted_truth", truth)
        connection.execute("create table truth as from planted_truth")


def build(plan: Plan, folder: Path) -> dict[str, pd.DataFrame]:
    """Build every cell in a project that installs feedlift.

    Args:
        plan: Tables and cells.
        folder: An empty folder for the project and its database.

    Returns:
        The rows of every cell, by its name.
    """
    database = folder / "calibration.duckdb"
    write_tables(plan, database)
    (folder / "models").mkdir()
    for cell in plan.cells():
        (folder / "models" / f"{cell.name}_rates.sql").write_text(cell.model(plan.seed), encoding="utf-8")
    files = {
        "packages.yml": {"packages": [{"local": str(PROJECT)}]},
        "dbt_project.yml": {
            "name": "calibration", "version": "0.1.0", "profile": "calibration",
            "models": {"calibration": {"+materialized": "table"}, "feedlift": {"+enabled": False}},
            "seeds": {"feedlift": {"+enabled": False}},
        },
        "profiles.yml": {
            "calibration": {
                "target": "dev",
                "outputs": {"dev": {"type": "duckdb", "path": str(database), "threads": 1}},
            }
        },
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    environment = {
        **os.environ,
        "DBT_PROJECT_DIR": str(folder),
        "DBT_PROFILES_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    for command in ("deps", "run"):
        done = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "--no-use-colors", command],
            cwd=folder, env=environment, stdout=subprocess.PIPE if command == "deps" else sys.stderr, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"dbt {command} failed.")
    with duckdb.connect(str(database), read_only=True) as connection:
        return {cell.name: connection.execute(f"from {cell.name}_rates").df() for cell in plan.cells()}


def exact_interval(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of Clopper and Pearson 1934."""
    interval = stats.binomtest(int(hits), int(trials)).proportion_ci(level, method="exact")
    return interval.low, interval.high


def percent(rate: float, digits: int = 2) -> str:
    """A rate in percent, or nothing where there is none."""
    return "" if pd.isna(rate) else f"{100 * rate:.{digits}f}"


def with_interval(rate: float, trials: float, level: float = 0.95) -> str:
    """A rate in percent with its exact interval."""
    if pd.isna(rate) or not trials:
        return ""
    low, high = exact_interval(round(rate * trials), round(trials), level)
    return f"{percent(rate)} ({percent(low)} to {percent(high)})"


def table(header: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows])


WRONG_METHODS = ("impressions_as_units", "denominator_as_fixed", "clusters ignored")
RATE_HEADER = [
    "cell", "replications", "metric", "method", "treated", "controls", "events", "skewness", "false positives, %",
    "upper tail, %", "lower tail, %", "SE / SD", "bias / SD", "doubtful, %", "null, %",
]  # fmt: skip

COVERAGE_HEADER = [
    "cell", "experiments", "metric", "method", "true difference", "mean estimate", "coverage of the difference, %",
    "of the lift, %", "found, %", "doubtful, %",
]  # fmt: skip
LOOK_HEADER = ["users", "method", "replications", "looks", "crossed, %", "peeked, %"]


def rate_rows(cells: list[Cell], rates: dict[str, pd.DataFrame], level: float) -> list[list[str]]:
    """A row of the report for every metric and method of some cells."""
    rows = []
    for cell in cells:
        for _, row in rates[cell.name].sort_values(["metric", "method"]).iterrows():
            trials = row["replication_count"] * (1 - row["null_share"])
            rows.append(
                [
                    cell.title,
                    f"{row['replication_count']:,}",
                    row["metric"],
                    row["method"],
                    f"{row['unit_count']:,.0f}",
                    f"{row['control_unit_count']:,.0f}",
                    f"{row['event_count']:,.0f}",
                    "" if pd.isna(row["skewness"]) else f"{row['skewness']:.1f}",
                    with_interval(row["false_positive_rate"], trials, level),
                    with_interval(row["upper_false_positive_rate"], trials, level),
                    with_interval(row["lower_false_positive_rate"], trials, level),
                    f"{row['se_ratio']:.3f}",
                    f"{row['standardised_bias']:+.3f}",
                    percent(row["doubtful_share"], 0),
                    percent(row["null_share"], 1),
                ]
            )
    return rows


@dataclass(frozen=True)
class Gate:
    """The gated rates and whether they pass.

    Attributes:
        rates: One row per gated cell, metric and method, without the methods that are there to fail.
    """

    rates: pd.DataFrame

    @property
    def level(self) -> float:
        """The level of each interval, so that all of them hold together (Bonferroni)."""
        return 1 - LEVEL / len(self.rates)

    def verdict(self) -> str:
        """What the report says of the gate."""
        rates = self.rates["false_positive_rate"]
        beyond = self.rates[(rates < LOWEST_RATE) | (rates > HIGHEST_RATE)]
        intervals = [
            exact_interval(round(row["false_positive_rate"] * row["replication_count"]), row["replication_count"],
                           self.level)
            for _, row in self.rates.iterrows()
        ]  # fmt: skip
        excluded = sum(low > LEVEL or high < LEVEL for low, high in intervals)
        named = "; ".join(f"{row['cell']}, {row['metric']}, {row['method']}" for _, row in beyond.iterrows())
        return (
            f"{len(self.rates)} rates, from {percent(rates.min())} % to {percent(rates.max())} %. Outside"
            f" {percent(LOWEST_RATE, 1)} to {percent(HIGHEST_RATE, 1)} %: {len(beyond)}{named and f' ({named})'}."
            f" Corrected intervals that exclude 5 %: {excluded}."
        )


def gate(plan: Plan, rates: dict[str, pd.DataFrame]) -> Gate:
    """The gated rates."""
    frames = [rates[cell.name].assign(cell=cell.title) for cell in plan.cells() if cell.is_gated]
    together = pd.concat(frames)
    return Gate(together[~together["method"].isin(WRONG_METHODS)])


def coverage_rows(cells: list[Cell], rates: dict[str, pd.DataFrame]) -> list[list[str]]:
    """A row of the report for the coverage of every metric and method."""
    return [
        [
            cell.title,
            f"{row['computed_count']:,}",
            row["metric"],
            row["method"],
            f"{row['true_difference']:.4f}",
            f"{row['mean_estimate']:.4f}",
            with_interval(row["covered_count"] / row["computed_count"], row["computed_count"]),
            with_interval(row["covered_lift_count"] / row["bounded_count"], row["bounded_count"]),
            percent(row["found_count"] / row["computed_count"], 0),
            percent(row["doubtful_share"], 0),
        ]
        for cell in cells
        for _, row in rates[cell.name].sort_values(["metric", "method"]).iterrows()
    ]


def look_rows(cells: list[Cell], rates: dict[str, pd.DataFrame]) -> list[list[str]]:
    """A row of the report for every way in which users arrive, and method."""
    return [
        [
            cell.title,
            row["method"],
            f"{row['replication_count']:,}",
            f"{row['look_count']:.1f}",
            with_interval(row["crossed_count"] / row["replication_count"], row["replication_count"]),
            with_interval(row["peeked_count"] / row["replication_count"], row["replication_count"]),
        ]
        for cell in cells
        for _, row in rates[cell.name].sort_values("method").iterrows()
    ]


def report(plan: Plan, rates: dict[str, pd.DataFrame], seconds: float) -> str:
    """The report as Markdown."""
    cells = plan.cells()
    gated = gate(plan, rates)
    others = [cell for cell in cells if not cell.is_gated and cell.sql not in (COVERAGE, LOOKED_AT)]
    gated_rates = table(RATE_HEADER, rate_rows([cell for cell in cells if cell.is_gated], rates, gated.level))
    other_rates = table(RATE_HEADER, rate_rows(others, rates, 0.95))
    looked_at = table(LOOK_HEADER, look_rows([cell for cell in cells if cell.sql == LOOKED_AT], rates))
    planted = table(COVERAGE_HEADER, coverage_rows([cell for cell in cells if cell.sql == COVERAGE], rates))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    promise = textwrap.fill(
        "Where theory promises the level: 10 % and 50 % treated, at least 100 events in an arm, at least 355 skewness²"
        f" users in an arm, ratios with at least 5,000; all divided again. Intervals at"
        f" {percent(gated.level)} %, so that all hold together (Bonferroni). {gated.verdict()} The two wrong methods,"
        " `impressions_as_units` and `denominator_as_fixed`, stand below the right ones on the same assignments and are"
        " no part of the gate.",
        120,
        break_on_hyphens=False,
    )
    return f"""# Calibration of the tests

Do the tests reject a true null in 5 % of the cases, and do their intervals hold a planted effect in 95 %? Users are
simulated: counts are gamma-Poisson, revenue is lognormal (sigma 1) with 40 % zeros, 8 % save, and clicks over
impressions is a ratio whose denominator varies with the numerator; each has a covariate. Assignment, moments, tests and
intervals are the macros of feedlift, in SQL. All tests are two-sided at 95 %.

```
python -m studies.calibration --replications {plan.replications} --seed {plan.seed}
```

Run on {os.cpu_count()} cores and {memory:.0f} GiB in {seconds / 60:.0f} minutes.

Divided again: the same users are put into arms anew in every replication, so that rates are conditional on these
users. Fresh: every replication has users of its own. Events are the users with a non-zero value, in the arm that has
fewer; skewness is the larger of the arms', the median over replications. SE / SD is the mean standard error over the
standard deviation of the estimates. A replication is doubtful where its `approximation_quality` is not good. Intervals
of rates are exact (Clopper and Pearson 1934).

## Gated

{promise}

{gated_rates}

## Where theory promises nothing

Published so that a reader knows what a doubtful row is worth. Intervals at 95 %.

{other_rates}

## Looking every day

{LOOKS} daily looks at 20,000 users, 30 % treated, whose outcomes accrue from the day they arrive. `crossed`: the
always-valid p-value fell below .05 at any look (planned users: all of them). `peeked`: Welch's p-value did. When users
arrive over 7 days only, outcomes go on growing without new users, of which the theory says nothing.

{looked_at}

## Coverage of planted effects

Every experiment has fresh users; the treatment raises every rate by 10 %. `found` is the share of the experiments in
which the test rejects.

{planted}
"""


@click.command()
@click.option("--replications", type=int, default=20_000, show_default=True, help="Replications of most gated cells.")
@click.option("--seed", type=int, default=20260105, show_default=True, help="Seed of users and of assignments.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=REPORT, help="The report; its marked part is replaced."
)
def main(replications: int, seed: int, output: Path) -> None:
    """Try the tests on simulated users and report how often they are wrong."""
    generated.around(output)
    started = perf_counter()
    plan = Plan(seed, replications)
    with tempfile.TemporaryDirectory() as folder:
        rates = build(plan, Path(folder))
    generated.write(output, report(plan, rates, perf_counter() - started))
    click.echo(gate(plan, rates).verdict())
    click.echo(f"report in {output}")


if __name__ == "__main__":
    main()
