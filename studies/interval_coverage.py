"""How often do the readout's intervals cover the planted truth, over worlds that nobody picked?

Each world is a fresh draw of users, behaviour, assignments and dirt from the simulator, of the size of the demo. The
project is built on it through the folder door, and every interval is held against the planted truth.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import click
import duckdb
import pandas as pd
from scipy.stats import binomtest

from studies import generated

PROJECT = Path(__file__).resolve().parent.parent
TRUTH = PROJECT / "seeds" / "truth" / "planted_truth.csv"
REPORT = PROJECT / "docs" / "studies" / "interval_coverage.md"
DEMO_USERS = 3000
NOMINAL = 0.95
FAMILY_WISE_LEVEL = 0.05

RESULTS_AGAINST_TRUTH = """
    select
        results.*,
        truth.estimate as true_estimate,
        truth.relative_lift as true_relative_lift,
        truth.estimate between results.estimate_lower and results.estimate_upper as is_covered,
        truth.relative_lift between results.relative_lift_lower and results.relative_lift_upper as is_lift_covered,
        (results.estimate - truth.estimate) / results.estimate_se as standardised_error
    from marts.experiment_results as results
    inner join read_csv(?) as truth
        using (experiment_id, population, metric, segment, segment_value, arm, control_arm)
    where truth.is_recoverable
"""
SAMPLE_RATIO = """
    select experiment_id, status
    from marts.experiment_health
    where check_name = 'sample_ratio_mismatch'
"""


@dataclass(frozen=True)
class Builder:
    """Builds worlds in a scratch folder.

    Attributes:
        scratch: The folder; worlds and databases in it are removed as soon as they are read.
    """

    scratch: Path

    def run(self, *command: str, database: Path | None = None) -> None:
        """Run a command in the project; raise RuntimeError with its output if it fails."""
        environment = {
            **os.environ,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_TARGET_PATH": str(self.scratch / "target"),
            "DBT_LOG_PATH": str(self.scratch / "logs"),
            "FEEDLIFT_DATABASE": str(database or ""),
        }
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")

    def dbt(self, *arguments: str, database: Path, world: Path) -> None:
        """Run a dbt command on a world through the folder door."""
        variables = f"{{raw_door: files, raw_files_path: '{world}'}}"
        dbt = Path(sys.executable).with_name("dbt")
        self.run(str(dbt), "--quiet", *arguments, "--vars", variables, database=database)

    def results(self, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Simulate and build one world.

        Args:
            seed: The seed of the world.

        Returns:
            Every recoverable estimate beside its truth, and the status of the sample ratio of every experiment.
        """
        world = self.scratch / f"world_{seed}"
        database = self.scratch / f"world_{seed}.duckdb"
        self.run(
            sys.executable, "-m", "simulator", "parquet",
            "--users", str(DEMO_USERS), "--seed", str(seed), "--output", str(world),
        )  # fmt: skip
        selection = ("--select", "+experiment_results", "--exclude-resource-type", "test", "unit_test")
        self.dbt("build", *selection, database=database, world=world)
        with duckdb.connect(str(database), read_only=True) as connection:
            estimates = connection.execute(RESULTS_AGAINST_TRUTH, [str(TRUTH)]).df()
            ratios = connection.execute(SAMPLE_RATIO).df()
        shutil.rmtree(world)
        database.unlink()
        return estimates.assign(world=seed), ratios.assign(world=seed)


def share_with_interval(hits: int, trials: int) -> str:
    """Return a share in percent with its exact 95 % interval (Clopper and Pearson 1934)."""
    interval = binomtest(int(hits), int(trials)).proportion_ci(0.95, method="exact")
    return f"{hits / trials:.1%} ({interval.low:.1%} to {interval.high:.1%})"


def coverage_table(estimates: pd.DataFrame, by: list[str]) -> str:
    """Return coverage by group as a Markdown table.

    The interval of a group's coverage is over worlds (mean of each world's share, t over worlds), because estimates of
    one world share its users.

    Args:
        estimates: Rows of Builder.results of all worlds.
        by: Columns to group by.
    """
    header = [*by, "estimates", "coverage", "lift coverage", "mean error / SE", "SD of error / SE"]
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    for key, group in estimates.groupby(by, sort=True):
        by_world = group.groupby("world")["is_covered"].mean()
        margin = 1.96 * by_world.std() / len(by_world) ** 0.5
        lift = group["is_lift_covered"].dropna()
        cells = [
            *(str(part) for part in key),
            f"{len(group):,}",
            f"{by_world.mean():.1%} ± {margin:.1%}",
            f"{lift.mean():.1%}" if len(lift) else "",
            f"{group['standardised_error'].mean():+.2f}",
            f"{group['standardised_error'].std():.2f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def outlying_estimands(estimates: pd.DataFrame) -> str:
    """Return, as Markdown, the estimands whose coverage is improbable under the nominal one, Bonferroni-corrected."""
    keys = ["experiment_id", "metric", "segment_value", "arm", "method"]
    counts = estimates.groupby(keys)["is_covered"].agg(["sum", "count"]).reset_index()
    counts["p"] = [binomtest(int(row["sum"]), int(row["count"]), NOMINAL).pvalue for _, row in counts.iterrows()]
    outlying = counts[counts["p"] * len(counts) < FAMILY_WISE_LEVEL]
    lines = [f"Estimands: {len(counts)}. Coverage improbable at {NOMINAL:.0%} (Bonferroni, .05): {len(outlying)}.", ""]
    lines += [
        f"- {row['experiment_id']}, {row['metric']}, {row['segment_value']}, {row['arm']}, {row['method']}: "
        f"{row['sum']} of {row['count']}"
        for _, row in outlying.iterrows()
    ]
    return "\n".join(lines)


def report(estimates: pd.DataFrame, ratios: pd.DataFrame, first_seed: int, seconds: float) -> str:
    """Return the report as Markdown."""
    worlds = estimates["world"].nunique()
    computed = estimates[estimates["estimate_lower"].notna()].copy()
    computed["doubtful"] = (computed["approximation_quality"] != "good").map({True: "doubtful", False: "not doubtful"})
    broken = ratios["experiment_id"] == "closeup_redesign"
    flagged = ratios["status"] == "fail"
    everyone = computed.query("method == 'unadjusted' and segment == 'all'")
    return f"""# Coverage of the readout's intervals

{worlds} worlds (seeds {first_seed} to {first_seed + worlds - 1}) of {DEMO_USERS:,} people each, with dirt, built
through the folder door, and held against the planted truth. Nominal coverage 95 %.

```
python -m studies.interval_coverage --worlds {worlds} --first-seed {first_seed}
```

Run on {os.cpu_count()} cores in {seconds / 60:.0f} minutes. Estimates of one world share its users, so the margin of a
group's coverage (95 %) is over worlds. `closeup_redesign`, whose logging is broken, is left out: its truth cannot be
recovered, which is its point. Rows that could not be computed: {len(estimates) - len(computed)} of {len(estimates):,}.
A row is doubtful where its `approximation_quality` is not good.

## By method

{coverage_table(computed, ["method", "doubtful"])}

## By metric, unadjusted, everyone

{coverage_table(everyone, ["metric"])}

## By experiment, unadjusted, everyone

{coverage_table(everyone, ["experiment_id"])}

## Estimands that stand out

{outlying_estimands(computed)}

## Sample ratio mismatch

- The broken experiment was flagged in {share_with_interval((flagged & broken).sum(), broken.sum())} of the worlds.
- A sound experiment was flagged in {share_with_interval((flagged & ~broken).sum(), (~broken).sum())} of the cases;
  nominal 0.1 %.
"""


@click.command()
@click.option("--worlds", type=int, default=50, show_default=True, help="How many worlds.")
@click.option("--first-seed", type=int, default=1001, show_default=True, help="Seed of the first; the others follow.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=REPORT, help="The report; its marked part is replaced."
)
def main(worlds: int, first_seed: int, output: Path) -> None:
    """Build the project on fresh worlds and report how often its intervals cover the truth."""
    generated.around(output)
    started = perf_counter()
    estimates, ratios = [], []
    with tempfile.TemporaryDirectory() as scratch:
        builder = Builder(Path(scratch))
        for seed in range(first_seed, first_seed + worlds):
            world_estimates, world_ratios = builder.results(seed)
            estimates.append(world_estimates)
            ratios.append(world_ratios)
            click.echo(
                f"world {seed}: {world_estimates['is_covered'].mean():.1%} of {len(world_estimates)} covered", err=True
            )
    text = report(pd.concat(estimates), pd.concat(ratios), first_seed, perf_counter() - started)
    generated.write(output, text)
    click.echo(f"report in {output}")


if __name__ == "__main__":
    main()
