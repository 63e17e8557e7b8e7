"""Command line of the simulator: python -m simulator <command>."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.outputs import MANIFEST, write_manifest, write_seeds
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


if __name__ == "__main__":
    cli(prog_name="python -m simulator")
