"""A small random log in which every time is a multiple of six hours, so that ties and boundaries are everywhere.

The demo data hardly ever has two events at one instant, an event at the very end of a window, or a user assigned at the
start of a phase. Here every rule that compares two times meets equality hundreds of times.
"""

import csv
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FIRST_DAY = datetime(2026, 1, 5)  # noqa: DTZ001 the project's times are plain UTC
STEP = timedelta(hours=6)
STEPS = 4 * 35
USERS = [f"u{number}" for number in range(150)]
ITEMS = [f"p{number}" for number in range(8)]
SURFACES = ["home_feed", "Home_Feed ", "related", None]
ENGAGEMENT_TYPES = [
    *("click", "click", "click", "save", "save", "closeup", "hide", "report", "video_start", "video_complete"),
    *("product_click", "purchase", "follow", "Click", " save"),
    *("board_add", "add_to_cart", "outbound_click", "not_interested", "Unfollow", "stare"),
]

Row = dict[str, Any]


def at(step: int) -> str:
    """The time of a step."""
    return f"{FIRST_DAY + step * STEP:%Y-%m-%d %H:%M:%S}"


def sessions_at(step: int) -> list[str | None]:
    """Sessions that an event of a step may name: of one instant, of a day, of days that overlap others, of all time."""
    return [f"s{step}", f"d{step // 4}", f"o{step // 7}", "always", None]


def experiments() -> dict[str, list[Row]]:
    """Experiments that differ in what ends, ramps and triggers them."""
    definitions = [
        {"experiment_id": "open_end", "starts_at": at(40), "trigger_surface": "home_feed"},
        {"experiment_id": "ramp", "starts_at": at(40), "ends_at": at(120), "trigger_module_id": "carousel"},
        {
            "experiment_id": "both_triggers",
            "starts_at": at(60),
            "ends_at": at(100),
            "trigger_surface": "related",
            "trigger_module_id": "carousel",
        },
        {"experiment_id": "exposure_log", "starts_at": at(50), "ends_at": at(110), "trigger_surface": "related"},
        {"experiment_id": "control_never_exposed", "starts_at": at(50), "ends_at": at(110)},
        {"experiment_id": "nobody", "starts_at": at(50), "ends_at": at(110)},
    ]
    shares = {
        "ramp": {
            40: {"control": 0.9, "a": 0.1},
            60: {"control": 0.5, "a": 0.3, "b": 0.2},
            90: {"control": 0.5, "a": 0.5},
        },
        "open_end": {30: {"control": 0.5, "a": 0.3, "b": 0.2}},
    }
    arms, arm_shares = [], []
    for definition in definitions:
        experiment = definition["experiment_id"]
        phases = shares.get(experiment) or {50: {"control": 0.4, "a": 0.6}}
        names = sorted({arm for of_phase in phases.values() for arm in of_phase})
        arms += [
            {"experiment_id": experiment, "arm": arm, "is_control": str(arm == "control").lower()} for arm in names
        ]
        arm_shares += [
            {"experiment_id": experiment, "arm": arm, "starts_at": at(step), "share": share}
            for step, of_phase in phases.items()
            for arm, share in of_phase.items()
        ]
    experiment = {"experiment_id": "ramp", "role": "guardrail"}
    metrics = [
        {"metric": "ctr", "role": "primary", "desired_direction": "increase", "smallest_effect_of_interest": 0.05},
        {"metric": "hide_rate", "desired_direction": "decrease", "non_inferiority_margin": 0.02},
        {"metric": "hides_per_user", "desired_direction": "decrease", "non_inferiority_margin": 0.9},
        {"metric": "saves_per_user", "desired_direction": "increase", "non_inferiority_margin": 0.6},
        {"metric": "clicks_per_user", "desired_direction": "increase", "non_inferiority_margin": 1.5},
    ]
    scales = {"hide_rate": "absolute", "clicks_per_user": "absolute", "saves_per_user": "relative"}
    scales |= {"hides_per_user": "relative"}
    open_end = {"experiment_id": "open_end", "metric": "ctr", "role": "primary", "desired_direction": "increase"}
    metrics = [experiment | metric | {"margin_scale": scales.get(metric["metric"])} for metric in metrics]
    metrics.append(open_end | {"smallest_effect_of_interest": 0.001})
    return {
        "experiments": definitions,
        "experiment_arms": arms,
        "experiment_arm_shares": arm_shares,
        "experiment_metrics": metrics,
    }


def raw_tables(generator: random.Random) -> dict[str, list[Row]]:
    """The raw tables: sound rows, for dirt has its own tests, but with everything missing that may be missing."""
    choose = generator.choice
    impressions = [
        {
            "event_id": f"i{choose('abc')}{number}",
            "event_at": at(step),
            "received_at": at(STEPS + number),
            "user_id": choose(USERS),
            "session_id": choose(sessions_at(step)),
            "surface": choose(SURFACES),
            "module_id": choose(["carousel", "other", None]),
            "item_id": choose(ITEMS),
            "position": [None, *range(1, 13)][number % 13],
            "rendered_at": choose([at(0), at(STEPS), at(7), None]),
            "viewport_fraction": choose(["0.5", "1", "0.4999999", "0", None]),
            "visible_ms": choose([1000, 2000, 1999, 999, 0, None]),
            "platform": choose(["ios", "Android"]),
        }
        for number, step in enumerate(generator.choices(range(STEPS), k=9_000))
    ]
    # A wrong clock of somebody in no experiment.
    stray = {"event_id": "stray", "event_at": at(10 * STEPS), "received_at": at(10 * STEPS), "user_id": "somebody else"}
    engagements = []
    for number in range(6_000):
        shown = choose(impressions)
        step = generator.randrange(-1, 6)
        event_at = datetime.fromisoformat(shown["event_at"]) + step * STEP
        engagements.append(
            {
                "event_id": f"e{number}",
                # From before the impression to beyond the 24 hours in which it can be the cause.
                "event_at": f"{event_at:%Y-%m-%d %H:%M:%S}",
                "received_at": at(2 * STEPS + number),
                "user_id": choose([shown["user_id"]] * 9 + USERS[:1]),
                "session_id": choose([shown["session_id"], *sessions_at((event_at - FIRST_DAY) // STEP)]),
                "impression_event_id": choose([shown["event_id"], choose(impressions)["event_id"], "lost", None, None]),
                "item_id": choose([shown["item_id"]] * 9 + ["p with no row"]),
                "surface": choose(SURFACES),
                "engagement_type": choose(ENGAGEMENT_TYPES),
                "dwell_ms": choose([0, 4_999, 5_000, 29_999, 30_000, None]),
                "value": choose(["12.3456", "0.0001", "7", None]),
            }
        )
    return {
        "impressions": [*impressions, stray | {"item_id": ITEMS[1]}],
        "engagements": engagements,
        "assignments": list(assignments(generator)),
        "users": [
            {
                "user_id": user,
                "platform": choose(["ios", "android", None]),
                "country": ["US", "br", None][number % 3],
                "is_creator": ["true", None, "false"][number // 3 % 3],
                # On either side of 28 days before the first assignment, and on the instant.
                "signed_up_at": [None, at(-82), at(-72), at(-51), at(8)][number % 5],
            }
            for number, user in enumerate(USERS)
            if choose([True] * 9 + [False])
        ],
        "items": [
            {
                "item_id": item,
                "content_format": choose(["video", "static", None]),
                "is_shoppable": choose(["true", "false", None]),
                # On either side of 72 hours before impressions, and on the instant.
                "created_at": [None, at(0), at(20), at(45), at(90)][number % 5],
            }
            for number, item in enumerate(ITEMS[1:])
        ],
        "boards": [],
        "board_items": [],
        "exposures": [
            {"experiment_id": experiment, "user_id": choose(users), "exposed_at": at(generator.randrange(STEPS))}
            for experiment, users in {"exposure_log": USERS, "control_never_exposed": USERS[::2]}.items()
            for _ in range(300)
        ],
        "eligibility": [],
    }


def assignments(generator: random.Random) -> Iterator[Row]:
    """Assignments around the starts, ends and phases; some users change arms, some are in two at one instant."""
    arms = {"open_end": "cab", "ramp": "cab", "both_triggers": "ca", "exposure_log": "ca"}
    names = {"c": "control", "a": "a", "b": "b"}
    steps = [30, 39, 40, 41, 50, 59, 60, 61, 62, 89, 90, 91, 100, 109, 110, 120]
    for experiment, of_experiment in arms.items():
        for user in USERS:
            for _ in range(generator.choice([1, 1, 1, 2, 3])):
                step = generator.choice(steps)
                arm = names[generator.choice(of_experiment)]
                yield {"experiment_id": experiment, "user_id": user, "arm": arm, "assigned_at": at(step)}
    for number, user in enumerate(USERS):
        arm = "a" if number % 2 == 0 else "control"
        yield {"experiment_id": "control_never_exposed", "user_id": user, "arm": arm, "assigned_at": at(55)}


def write(folder: Path, headers: Path) -> None:
    """Write the world as seeds, with the columns that the seeds of the same names have."""
    tables = {f"feed/raw_{name}": rows for name, rows in raw_tables(random.Random(6)).items()}
    tables |= {f"experiments/{name}": rows for name, rows in experiments().items()}
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        with (headers / f"{name}.csv").open(encoding="utf-8") as file:
            columns = next(csv.reader(file))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval=None)
            writer.writeheader()
            writer.writerows(rows)
