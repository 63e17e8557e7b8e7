"""A command that is run again replaces its own part of a report and nothing else."""

import pytest

from studies import generated


def test_a_rerun_keeps_what_is_written_by_hand(tmp_path):
    report = tmp_path / "report.md"
    generated.write(report, "# Title\n\nfirst figures\n")
    assert report.read_text() == f"{generated.BEGIN}\n\n# Title\n\nfirst figures\n\n{generated.END}\n"

    report.write_text(f"Before.\n\n{report.read_text()}\n## What it shows\n\nNothing.\n")
    generated.write(report, "second figures")
    assert report.read_text() == (
        f"Before.\n\n{generated.BEGIN}\n\nsecond figures\n\n{generated.END}\n\n## What it shows\n\nNothing.\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Only prose.",
        f"{generated.BEGIN}\nno end",
        f"{generated.END}\n{generated.BEGIN}\n",
        f"{generated.BEGIN}\n{generated.END}\n{generated.BEGIN}\n{generated.END}\n",
    ],
)
def test_a_report_without_marks_is_left_alone(tmp_path, text):
    report = tmp_path / "report.md"
    report.write_text(text)
    with pytest.raises(ValueError, match="all of it would be overwritten"):
        generated.write(report, "figures")
    assert report.read_text() == text
