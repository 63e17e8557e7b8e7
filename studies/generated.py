"""The part of a report that a command writes, between two marks; what stands around them is written by hand."""

from pathlib import Path

BEGIN = "<!-- A command writes what follows, up to the closing mark: do not edit it. -->"
END = "<!-- The command's part ends here. -->"


def around(report: Path) -> tuple[str, str]:
    """What is written by hand before and after the command's part; nothing where there is no report yet.

    Raises:
        ValueError: If the report does not have each mark once, in their order: all of it would be overwritten.
    """
    if not report.exists():
        return "", ""
    text = report.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise ValueError(
            f"{report} does not have each of these lines once, in this order, and all of it would be overwritten:\n"
            f"{BEGIN}\n{END}\nPut them around what the command is to replace, or choose another file with --output."
        )
    return before, after


def write(report: Path, generated: str) -> None:
    """Replace the command's part of a report."""
    before, after = around(report)
    text = "".join([before, BEGIN, "\n\n", generated.strip(), "\n\n", END, after or "\n"])
    report.write_text(text, encoding="utf-8")
