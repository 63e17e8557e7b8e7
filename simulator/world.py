"""The planted parameters of world.yml, checked, and what the SQL templates are told about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from math import isclose
from pathlib import Path
from statistics import NormalDist
from typing import Any

import yaml

PARAMETERS = Path(__file__).with_name("world.yml")
RATES = frozenset(
    ("depth", "click", "closeup", "save", "hide", "report", "follow", "video_start", "product_click", "dwell")
)
ITEM_COLUMNS = ("module_id", "content_format", "is_shoppable")
FEWEST_DAYS = 14


class WorldError(ValueError):
    """A parameter the world cannot be built from."""


@dataclass(frozen=True)
class World:
    """One world: the parameters of world.yml at one size, length and seed."""

    parameters: dict[str, Any]
    people: int
    days: int
    seed: int
    clean: bool = False
    sessions_per_day: float = field(default=0.0)

    @classmethod
    def load(
        cls,
        *,
        people: int | None = None,
        days: int | None = None,
        seed: int | None = None,
        clean: bool = False,
        sessions_per_day: float | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> World:
        """Read world.yml; what is not given is taken from its demo."""
        parameters = yaml.safe_load(PARAMETERS.read_text()) if parameters is None else parameters
        world = cls(
            parameters=parameters,
            people=parameters["demo"]["users"] if people is None else people,
            days=parameters["calendar"]["days"] if days is None else days,
            seed=parameters["demo"]["seed"] if seed is None else seed,
            clean=clean,
            sessions_per_day=parameters["users"]["sessions_per_day"] if sessions_per_day is None else sessions_per_day,
        )
        world.check()
        return world

    def check(self) -> None:
        """Refuse what would otherwise fail deep inside the SQL, or silently mean something else."""
        if self.people < 1:
            raise WorldError(f"{self.people} users make no world: ask for at least 1.")
        if self.days < FEWEST_DAYS:
            raise WorldError(
                f"{self.days} days are too few for history and experiments: ask for {FEWEST_DAYS} or more."
            )
        for experiment_id, regimes in self.shares.items():
            for regime in regimes:
                total = sum(regime["shares"].values())
                if not isclose(total, 1):
                    raise WorldError(f"The shares of {experiment_id} add up to {total:g}, not to 1.")
        for effect in self.effects:
            if effect["rate"] not in RATES:
                raise WorldError(
                    f"{effect['experiment_id']} changes the rate '{effect['rate']}', which does not exist; "
                    f"there are {', '.join(sorted(RATES))}."
                )

    @property
    def experiments(self) -> dict[str, Any]:
        """The experiments of world.yml by id."""
        return self.parameters["experiments"]

    @property
    def starts_at(self) -> datetime:
        """The first instant of the world."""
        return datetime.combine(self.parameters["calendar"]["starts_on"], datetime.min.time(), tzinfo=UTC)

    @property
    def history_days(self) -> int:
        """Days before the experiments."""
        return self.days // self.parameters["calendar"]["history_share"]

    @property
    def bots(self) -> int:
        """Machines that pose as people."""
        return 0 if self.clean else -(-self.people // self.parameters["dirt"]["users_per_bot"])

    @property
    def crawlers(self) -> int:
        """Machines that say what they are."""
        return 0 if self.clean else -(-self.people // self.parameters["dirt"]["users_per_crawler"])

    @property
    def population(self) -> int:
        """People and machines: user indices run from 0 to here."""
        return self.people + self.bots + self.crawlers

    @cached_property
    def effects(self) -> list[dict[str, Any]]:
        """Every planted effect with its experiment and arm."""
        return [
            {
                "experiment_id": experiment_id,
                "arm": arm,
                "differs_by_item": any(column in effect.get("when", "") for column in ITEM_COLUMNS),
                **effect,
            }
            for experiment_id, experiment in self.experiments.items()
            for arm, traits in experiment["arms"].items()
            for effect in traits.get("effects", [])
        ]

    @cached_property
    def modules(self) -> list[dict[str, Any]]:
        """Every module an arm renders."""
        return [
            {"experiment_id": experiment_id, "arm": arm, **traits["module"]}
            for experiment_id, experiment in self.experiments.items()
            for arm, traits in experiment["arms"].items()
            if "module" in traits
        ]

    @cached_property
    def shares(self) -> dict[str, list[dict[str, Any]]]:
        """The shares of each experiment's arms from each second on."""
        start = self.history_days * 86400
        middle = start + (self.days - self.history_days) * 86400 // 2
        regimes: dict[str, list[dict[str, Any]]] = {}
        for experiment_id, experiment in self.experiments.items():
            arms = experiment["arms"]
            regimes[experiment_id] = [{"second": start, "shares": {arm: arms[arm]["share"] for arm in arms}}]
            if any("share_after_ramp" in traits for traits in arms.values()):
                ramped = {arm: traits["share_after_ramp"] for arm, traits in arms.items()}
                regimes[experiment_id].append({"second": middle, "shares": ramped})
        return regimes

    def instant(self, second: int) -> str:
        """Write a second of the world as the CSV files do."""
        return (self.starts_at + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S")

    def tag(self, purpose: str) -> int:
        """Return the 64-bit constant that separates the random numbers of one purpose (and seed) from all others."""
        seed = self.parameters["catalogue"]["seed"] if purpose.startswith("catalogue:") else self.seed
        return int.from_bytes(hashlib.blake2b(f"{seed}:{purpose}".encode(), digest_size=8).digest(), "big")

    def context(self) -> dict[str, Any]:
        """Return all that the templates may refer to."""
        catalogue = self.parameters["catalogue"]
        surfaces = self.parameters["sessions"]["surfaces"]
        window_start = self.history_days * 86400
        touched = {entry["experiment_id"] for entry in self.effects + self.modules}
        return {
            "world": self.parameters,
            "tag": self.tag,
            "merge": lambda *mappings: {key: value for mapping in mappings for key, value in mapping.items()},
            "clean": self.clean,
            "people": self.people,
            "bots": self.bots,
            "days": self.days,
            "history_days": self.history_days,
            "sessions_per_day": self.sessions_per_day,
            "start_epoch": int(self.starts_at.timestamp()),
            "window_start": window_start,
            "window_end": self.days * 86400,
            "evergreen_items": catalogue["lanes"] * catalogue["ranks"],
            "recent_gap_seconds": (self.days + catalogue["recent_before_days"]) * 86400 / catalogue["recent_items"],
            "surface_shares": {name: traits["share"] for name, traits in surfaces.items()},
            "shopper_surface_shares": {name: traits["shopper_share"] for name, traits in surfaces.items()},
            "effects": self.effects,
            # Depth is drawn per session, so its factor must be there even if nothing changes it.
            "varied_rates": sorted(
                {"depth"} | {effect["rate"] for effect in self.effects if not effect["differs_by_item"]}
            ),
            "modules": self.modules,
            "active_experiments": [experiment_id for experiment_id in self.experiments if experiment_id in touched],
            "shares": self.shares,
            "heavy_z": {
                experiment_id: NormalDist().inv_cdf(1 - experiment["logging_loss"]["heavy_user_share"])
                for experiment_id, experiment in self.experiments.items()
                if "logging_loss" in experiment
            },
            "forced": None,
            "from_second": 0,
            "text": False,
        }
