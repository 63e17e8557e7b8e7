"""Command line of the simulator: python -m simulator <command>."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import click

from simulator.outputs import MANIFEST, write_manifest, write_parquet, write_seeds
from simulator.truth import planted_truth, write_truth
from simulator.world import World, WorldError

PROJECT = Path(__file__).resolve().parent.parent


class HelpfulGroup(click.Group):
    """Commands that report a wrong parameter in one sentence instead of a traceback."""

    def invoke(self, context: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(context)
        except WorldError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=HelpfulGroup)
def cli() -> None:
    """Simulate the feed product described in simulator/world.yml."""


@cli.command()
@click.option("--output", type=click.Path(path_type=Path), default=PROJECT / "seeds", help="Folder of the seeds.")
@click.option("--users", type=int, help="People in the world; the demo's number if not given.")
@click.option("--seed", type=int, help="Another world of the same kind; the demo's if not given.")
@click.option("--clean", is_flag=True, help="No dirt: no machines, retries, broken or late rows.")
def seeds(output: Path, users: int | None, seed: int | None, clean: bool) -> None:
    """Write the demo seeds (CSV) and count the dirt in them."""
    world = World.load(people=users, seed=seed, clean=clean)
    manifest = write_seeds(world, output)
    target = Path(__file__).with_name(MANIFEST) if output == PROJECT / "seeds" else output / MANIFEST
    write_manifest(manifest, target)
    size = sum(path.stat().st_size for path in output.rglob("*.csv"))
    for table, counts in manifest["tables"].items():
        dirt = ", ".join(f"{kind} {count}" for kind, count in counts["dirt"].items())
        click.echo(f"{table}: {counts['rows']:,} rows" + (f" ({dirt})" if dirt else ""))
    click.echo(f"{size / 1e6:.2f} MB of CSV in {output}, manifest in {target}")


@cli.command()
@click.option("--users", type=int, required=True, help="People in the world.")
@click.option("--days", type=int, help="Days; a third is history, the rest experiments. The demo's if not given.")
@click.option("--seed", type=int, help="Another world of the same kind; the demo's if not given.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder; gets one folder per raw table.")
@click.option("--clean", is_flag=True, help="No dirt: no machines, retries, broken or late rows.")
@click.option("--sessions-per-day", type=float, help="Mean visits per person and day; the demo's if not given.")
@click.option("--chunk-users", type=int, default=50_000, show_default=True, help="Users per file: what memory holds.")
@click.option("--workers", type=int, help="Chunks made at once; one per processor if not given.")
def parquet(
    users: int,
    days: int | None,
    seed: int | None,
    output: Path,
    clean: bool,
    sessions_per_day: float | None,
    chunk_users: int,
    workers: int | None,
) -> None:
    """Write a world of any size as Parquet, for the folder door."""
    world = World.load(people=users, days=days, seed=seed, clean=clean, sessions_per_day=sessions_per_day)
    started = perf_counter()
    impressions = write_parquet(
        world, output, chunk_users=chunk_users, workers=workers, report=lambda line: click.echo(line, err=True)
    )
    seconds = perf_counter() - started
    click.echo(f"{impressions:,} impressions in {seconds:.1f} s ({impressions / seconds:,.0f} a second) in {output}")


@cli.command()
@click.option("--users", type=int, help="People whose potential outcomes are summed; world.yml's number if not given.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=PROJECT / "seeds" / "truth" / "planted_truth.csv",
    help="The file.",
)
@click.option("--chunk-users", type=int, default=25_000, show_default=True, help="People simulated at once.")
def truth(users: int | None, output: Path, chunk_users: int) -> None:
    """Compute the planted truth from potential outcomes."""
    parameters = World.load().parameters["truth"]
    world = World.load(people=users or parameters["users"], seed=parameters["seed"], clean=True)
    rows = planted_truth(world, chunk_users=chunk_users, report=lambda line: click.echo(line, err=True))
    write_truth(rows, output)
    click.echo(f"{len(rows)} estimands in {output}")


if __name__ == "__main__":
    cli(prog_name="python -m simulator")
