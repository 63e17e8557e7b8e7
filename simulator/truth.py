"""The planted truth: potential outcomes of one large population under every arm, summed as the readout sums them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from simulator.engine import Engine, for_each_chunk
from simulator.world import World

# Numerator and denominator; without denominator the value is the mean over all assigned users.
METRICS: dict[str, tuple[str, str | None]] = {
    "impressions_per_user": ("impressions", None),
    "clicks_per_user": ("clicks", None),
    "organic_clicks_per_user": ("organic_clicks", None),
    "long_clicks_per_user": ("long_clicks", None),
    "satisfied_clicks_per_user": ("satisfied_clicks", None),
    "home_feed_clicks_per_user": ("home_feed_clicks", None),
    "home_feed_engagements_per_user": ("home_feed_engagements", None),
    "outbound_clicks_per_user": ("outbound_clicks", None),
    "closeups_per_user": ("closeups", None),
    "saves_per_user": ("saves", None),
    "board_adds_per_user": ("board_adds", None),
    "follows_per_user": ("follows", None),
    "product_clicks_per_user": ("product_clicks", None),
    "add_to_carts_per_user": ("add_to_carts", None),
    "purchases_per_user": ("purchases", None),
    "revenue_per_user": ("revenue", None),
    "video_starts_per_user": ("video_starts", None),
    "video_completes_per_user": ("video_completes", None),
    "video_visible_ms_per_user": ("video_visible_ms", None),
    "hides_per_user": ("hides", None),
    "reports_per_user": ("reports", None),
    "sessions_per_user": ("sessions", None),
    "saver_rate": ("savers", None),
    "ctr": ("clicked_impressions", "impressions"),
    "ctr_logged": ("clicked_impressions", "logged_impressions"),
    "ctr_rendered": ("clicked_impressions", "rendered_impressions"),
    "satisfied_ctr": ("satisfied_clicked_impressions", "impressions"),
    "save_rate": ("saves", "impressions"),
    "hide_rate": ("hides", "impressions"),
    "report_rate": ("reports", "impressions"),
    "long_click_rate": ("long_clicks", "clicks"),
    "bounce_rate": ("bounces", "clicks"),
    "session_length": ("session_seconds", "sessions"),
    "session_depth": ("session_impressions", "sessions"),
    "engaged_session_rate": ("engaged_sessions", "sessions"),
    "shopping_engaged_session_rate": ("shopping_engaged_sessions", "sessions"),
    "early_exit_rate": ("early_exits", "sessions"),
}
MEASURES = tuple(dict.fromkeys(measure for pair in METRICS.values() for measure in pair if measure))
# Sessions are minutes long and a purchase follows within the hour: nothing earlier can reach into the experiments.
REACH_SECONDS = 7200


def write_outcomes(engine: Engine, first: int, last: int, folder: Path) -> None:
    """Write every assigned person's measures under every arm of every experiment."""
    world = engine.world
    engine.people(first, last)
    for experiment_id, experiment in world.experiments.items():
        # Only segments look at what was done before.
        start = 0 if experiment.get("has_segments") else world.history_days * 86400 - REACH_SECONDS
        for arm in experiment["arms"]:
            engine.run("assignments", forced={"experiment_id": experiment_id, "arm": arm})
            engine.behaviour(from_second=start)
            measures = engine.render("user_measures", experiment_id=experiment_id)
            file = folder / f"{experiment_id}.{arm}.{first:09d}.parquet"
            engine.connection.execute(f"copy ({measures}) to '{file}'")


def planted_truth(world: World, *, chunk_users: int, report: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return one row per experiment, metric, segment value and treatment arm."""
    with TemporaryDirectory() as folder:
        outcomes = Path(folder)

        def task(engine: Engine, first: int, last: int) -> None:
            write_outcomes(engine, first, last, outcomes)

        for users, _ in for_each_chunk(world, task, chunk_users=chunk_users):
            report(f"{users:,} of {world.population:,} people")
        return contrasts(Engine(world), outcomes)


def contrasts(engine: Engine, outcomes: Path) -> list[dict[str, Any]]:
    """Compare the outcomes of every treatment arm with those of its control."""
    rows = []
    for experiment_id, experiment in engine.world.experiments.items():
        control_arm, *arms = experiment["arms"]
        segment_values = ("all", "shopper", "browser") if experiment.get("has_segments") else ("all",)
        for arm in arms:
            engine.run(
                "paired_outcomes",
                arm_files=outcomes / f"{experiment_id}.{arm}.*.parquet",
                control_files=outcomes / f"{experiment_id}.{control_arm}.*.parquet",
                measures=MEASURES,
            )
            for segment_value in segment_values:
                for name, metric in METRICS.items():
                    sql = engine.render("planted_truth", metric=metric, segment_value=segment_value)
                    values = engine.connection.execute(sql).fetchone()
                    columns = ("arm_value", "control_value", "estimate", "estimate_se", "relative_lift")
                    rows.append(
                        {
                            "experiment_id": experiment_id,
                            "population": "assigned",
                            "metric": name,
                            "segment": "all" if segment_value == "all" else "shopping_intent",
                            "segment_value": segment_value,
                            "arm": arm,
                            "control_arm": control_arm,
                            **{
                                column: None if value is None else f"{value:.7g}"
                                for column, value in zip(columns, values, strict=True)
                            },
                            "is_recoverable": "false" if "logging_loss" in experiment else "true",
                        }
                    )
    return rows


def write_truth(rows: list[dict[str, Any]], path: Path) -> None:
    """Write the truth as a seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
