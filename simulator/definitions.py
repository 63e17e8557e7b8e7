"""The experiment definitions of world.yml as the CSV files the project reads."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from simulator.world import World


def experiment_definitions(world: World) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every definition table."""
    start, end = world.history_days * 86400, world.days * 86400
    experiments, arms, shares, metrics = [], [], [], []
    for experiment_id, experiment in world.experiments.items():
        experiments.append(
            {
                "experiment_id": experiment_id,
                "description": experiment["description"],
                "starts_at": world.instant(start),
                "ends_at": world.instant(end),
                "trigger_surface": experiment.get("trigger_surface"),
                "trigger_module_id": experiment.get("trigger_module_id"),
                "deciding_population": "assigned",
                "planned_user_count": experiment.get("planned_user_count"),
                "randomisation_unit": experiment.get("randomisation_unit"),
            }
        )
        for arm, traits in experiment["arms"].items():
            arms.append(
                {
                    "experiment_id": experiment_id,
                    "arm": arm,
                    "is_control": "true" if arm == "control" else "false",
                    "description": traits["description"],
                }
            )
        for regime in world.shares[experiment_id]:
            for arm, share in regime["shares"].items():
                shares.append(
                    {
                        "experiment_id": experiment_id,
                        "arm": arm,
                        "starts_at": world.instant(regime["second"]),
                        "share": share,
                    }
                )
        for metric, traits in experiment["metrics"].items():
            metrics.append(
                {
                    "experiment_id": experiment_id,
                    "metric": metric,
                    "role": traits["role"],
                    "desired_direction": traits["desired_direction"],
                    "non_inferiority_margin": traits.get("margin"),
                    "margin_scale": traits.get("margin_scale"),
                    "smallest_effect_of_interest": traits.get("smallest_effect_of_interest"),
                }
            )
    return {
        "experiments": experiments,
        "experiment_arms": arms,
        "experiment_arm_shares": shares,
        "experiment_metrics": metrics,
    }


def write_definitions(world: World, folder: Path) -> None:
    """Write the definition tables into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in experiment_definitions(world).items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
