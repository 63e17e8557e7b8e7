"""Raw rows as typed rows, each with the reason for which it is refused."""

from pathlib import Path

import polars as pl

SECONDS_OF_TOLERATED_CLOCK_SKEW = 300
BOT_IMPRESSIONS_PER_HOUR = 200
BOT_PLATFORMS = ["bot", "crawler", "monitor"]

TABLES = [
    "impressions",
    "engagements",
    "assignments",
    "users",
    "items",
    "boards",
    "board_items",
    "exposures",
    "eligibility",
]

LABELS = {"surface", "platform", "content_format", "engagement_type", "entry_point"}
INTEGERS = {"position", "visible_ms", "latency_ms", "dwell_ms"}
DOUBLES = {"viewport_fraction", "score", "propensity"}

REQUIRED = {
    "impressions": ["event_id", "event_at", "received_at", "user_id", "item_id"],
    "engagements": ["event_id", "event_at", "received_at", "user_id", "item_id", "engagement_type"],
    "assignments": ["experiment_id", "user_id", "arm", "assigned_at"],
    "users": ["user_id"],
    "items": ["item_id"],
    "boards": ["board_id", "user_id"],
    "board_items": ["board_id", "item_id"],
    "exposures": ["experiment_id", "user_id", "exposed_at"],
    "eligibility": ["experiment_id", "user_id", "eligible_at"],
}

# Of the copies that share the key, the first by these times is kept.
KEYS = {
    "impressions": (["event_id"], ["received_at", "event_at"]),
    "engagements": (["event_id"], ["received_at", "event_at"]),
    "assignments": (["experiment_id", "user_id", "arm"], ["assigned_at"]),
    "users": (["user_id"], ["signed_up_at"]),
    "items": (["item_id"], ["created_at"]),
    "boards": (["board_id"], ["created_at"]),
    "board_items": (["board_id", "item_id"], ["saved_at"]),
    "exposures": (["experiment_id", "user_id", "exposed_at"], []),
    "eligibility": (["experiment_id", "user_id", "eligible_at"], []),
}


def parsed(column: str) -> pl.Expr:
    """The column `raw_<column>` in the type of the contract, null where the text is no such value."""
    text = pl.col(f"raw_{column}").str.strip_chars(" ")
    if column.endswith("_at"):
        return text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    if column in LABELS:
        return text.str.to_lowercase().replace("", None)
    if column in INTEGERS:
        number = text.cast(pl.Float64, strict=False)
        return pl.when(number == number.floor()).then(number).cast(pl.Int64, strict=False)
    if column in DOUBLES:
        number = text.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number)
    if column.startswith("is_"):
        return pl.when(text == "true").then(statement=True).when(text == "false").then(statement=False)
    if column == "value":
        return text.cast(pl.Decimal(18, 4), strict=False)
    return text.replace("", None)


def typed(table: str, raw: pl.DataFrame) -> pl.DataFrame:
    """The raw rows of one table, typed, with the reason for which the row's own values refuse it."""
    raw = raw.rename({column: f"raw_{column}" for column in raw.columns})
    columns = [column.removeprefix("raw_") for column in raw.columns]
    rows = raw.with_columns(parsed(column).alias(column) for column in columns)
    is_blank = {column: pl.col(f"raw_{column}").fill_null("").str.strip_chars(" ") == "" for column in columns}
    reasons = [pl.when(is_blank[column]).then(pl.lit(f"missing_{column}")) for column in REQUIRED[table]]
    reasons += [
        pl.when(pl.col(column).is_null() & ~is_blank[column]).then(pl.lit(f"unparseable_{column}"))
        for column in columns
        if rows.schema[column] != pl.String
    ]
    return rows.select(*columns, reason=pl.coalesce(reasons))


def refused_when(reason: str, condition: pl.Expr) -> pl.Expr:
    """The reason column, where a rule gives a reason to the rows that have none yet."""
    return pl.when(pl.col("reason").is_null() & condition).then(pl.lit(reason)).otherwise("reason").alias("reason")


def bots(impressions: pl.DataFrame, assignments: pl.DataFrame) -> pl.Series:
    """The users who call themselves machines, or were too fast for a person before they were assigned to anything."""
    declared = impressions.filter(pl.col("platform").is_in(BOT_PLATFORMS))["user_id"]
    first_assignments = assignments.group_by("user_id").agg(first_assigned_at=pl.col("assigned_at").min())
    too_fast = (
        impressions.drop_nulls(["user_id", "event_at"])
        .join(first_assignments, on="user_id", how="left")
        .filter(pl.col("first_assigned_at").is_null() | (pl.col("event_at") < pl.col("first_assigned_at")))
        .group_by("user_id", pl.col("event_at").dt.truncate("1h"))
        .agg(ids=pl.col("event_id").drop_nulls().n_unique())
        .filter(pl.col("ids") >= BOT_IMPRESSIONS_PER_HOUR)
    )["user_id"]
    return pl.concat([declared, too_fast]).drop_nulls().unique()


def screened(raw: dict[str, pl.DataFrame], arms: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Every raw row of every table, typed, with its reason: null when accepted, `duplicate`, or why it is refused.

    Args:
        raw: The raw tables as text, by name without `raw_`.
        arms: The arms that are defined (`experiment_id`, `arm`).
    """
    tables = {table: typed(table, raw[table]) for table in TABLES}
    machines = bots(tables["impressions"], tables["assignments"])

    is_from_the_future = pl.col("event_at") > pl.col("received_at") + pl.duration(
        seconds=SECONDS_OF_TOLERATED_CLOCK_SKEW
    )
    is_known_arm = pl.concat_str("experiment_id", pl.lit("|"), "arm").is_in(
        arms.select(pl.concat_str("experiment_id", pl.lit("|"), "arm")).to_series().implode()
    )
    is_bot = pl.col("user_id").is_in(machines.implode())
    rules = {
        "impressions": {
            "event_from_the_future": is_from_the_future,
            "invalid_position": pl.col("position") < 1,
            "invalid_viewport_fraction": ~pl.col("viewport_fraction").is_between(0, 1),
            "invalid_visible_ms": pl.col("visible_ms") < 0,
            "invalid_latency_ms": pl.col("latency_ms") < 0,
            "invalid_score": ~pl.col("score").is_between(0, 1),
            "invalid_propensity": ~pl.col("propensity").is_between(0, 1, closed="right"),
            "bot": is_bot,
        },
        "engagements": {
            "event_from_the_future": is_from_the_future,
            "invalid_dwell_ms": pl.col("dwell_ms") < 0,
            "invalid_value": pl.col("value") < 0,
            "bot": is_bot,
        },
        "assignments": {
            "unknown_experiment": ~pl.col("experiment_id").is_in(arms["experiment_id"].unique().implode()),
            "unknown_arm": ~is_known_arm,
            "bot": is_bot,
        },
        "exposures": {"bot": is_bot},
        "eligibility": {"bot": is_bot},
    }
    for table, rows in tables.items():
        judged = rows
        for reason, condition in rules.get(table, {}).items():
            judged = judged.with_columns(refused_when(reason, condition))
        key, times = KEYS[table]
        copy_number = pl.int_range(pl.len()).over([*key, pl.col("reason").is_null()])
        tables[table] = judged.sort([*times, *key], nulls_last=True, maintain_order=True).with_columns(
            refused_when("duplicate", copy_number > 0)
        )
    return tables


def read(folder: Path) -> dict[str, pl.DataFrame]:
    """The raw tables in a folder of seeds, every column as text."""
    return {table: pl.read_csv(folder / f"raw_{table}.csv", infer_schema=False) for table in TABLES}


def accepted(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that were accepted."""
    return rows.filter(pl.col("reason").is_null()).drop("reason")
