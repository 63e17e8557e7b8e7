"""Command line of the practice questions: python -m practice <command>."""

from practice.cli import cli

if __name__ == "__main__":
    cli(prog_name="python -m practice")
