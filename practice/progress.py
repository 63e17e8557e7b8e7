"""What a person has tried, passed and looked up, in a file that is not under version control."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from practice.tables import PracticeError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Record:
    """One person's history with one question.

    Attributes:
        attempts: Number of different answers that were checked.
        hint_count: Number of hints shown since the last reset.
        last_answer: The answer that was checked last, so that checking it again is no attempt.
        passed_at: When it was first passed, or None.
        revealed_at: When the solution was first revealed, or None.
        pitfalls: The pitfalls that were named, in order.
        rubric_points: What they gave their memo, or None.
    """

    attempts: int = 0
    hint_count: int = 0
    last_answer: str | None = None
    passed_at: str | None = None
    revealed_at: str | None = None
    pitfalls: list[str] | None = None
    rubric_points: int | None = None

    @property
    def status(self) -> str:
        """One word or two."""
        if self.passed_at:
            was_told = self.revealed_at and self.revealed_at < self.passed_at
            return "passed after reveal" if was_told else "passed"
        if self.revealed_at:
            return "revealed"
        return "tried" if self.attempts else "open"


class Progress:
    """The records of all questions."""

    def __init__(self, file: Path) -> None:
        """Read what there is."""
        self.file = file
        known = {field.name for field in fields(Record)}
        try:
            written = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
            # Another version of the project may keep more.
            self.records = {
                name: Record(**{key: value for key, value in record.items() if key in known})
                for name, record in written.items()
            }
        except (ValueError, AttributeError) as error:
            raise PracticeError(f"{file} cannot be read: mend it, or delete it to begin anew.") from error

    def of(self, question_id: str) -> Record:
        """The record of a question."""
        return self.records.setdefault(question_id, Record())

    def note_attempt(self, question_id: str, answer: str, pitfalls: tuple[str, ...], *, has_passed: bool) -> None:
        """Note that an answer was checked."""
        record = self.of(question_id)
        if answer == record.last_answer:
            return
        record.attempts += 1
        record.last_answer = answer
        if has_passed:
            record.passed_at = record.passed_at or now()
        record.pitfalls = [*(record.pitfalls or []), *pitfalls]
        self.save()

    def save(self) -> None:
        """Write all records, whole or not at all."""
        unfinished = self.file.with_suffix(".tmp")
        unfinished.write_text(
            json.dumps({name: asdict(record) for name, record in self.records.items()}, indent=1), encoding="utf-8"
        )
        unfinished.replace(self.file)


def now() -> str:
    """This instant, as it is written."""
    return datetime.now(UTC).isoformat()
