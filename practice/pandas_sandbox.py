"""Runs a person's pandas: a function from DataFrames to a DataFrame, in a process of its own.

A server process (`pandas_child.py`) holds the question's tables and forks a child for every answer. A child that takes
too long is killed; memory is limited where the system does so; Python refuses it to write files, start programs and
reach the network. This guards against accidents, as the answer is the person's own code; it is no prison.
"""

from __future__ import annotations

import ast
import atexit
import io
import os
import pickle
import signal
import subprocess
import sys
import textwrap
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe, reduction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from practice.sandbox import MAX_ROWS, SECONDS, AnswerError, OverLimitError, Result
from practice.tables import schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

MEGABYTES = 1_000
MAX_CHILDREN = 4
MAX_KEPT_ROWS = 1_000_000
# How much longer than its limit an answer may take to send what it returned.
SENDING_SECONDS = 5.0

# What a column of a table is in pandas, by its type in SQL.
DTYPES = {
    "bigint": "int64, float64 if some are null",
    "boolean": "bool, object if some are null",
    "date": "datetime64",
    "decimal": "float64",
    "double": "float64",
    "timestamp": "datetime64",
    "varchar": "str",
}

# A table's name, its columns with their SQL types, and its rows.
TableRows = tuple[str, list[tuple[str, str]], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Call:
    """How the answers to a question in pandas are called.

    Attributes:
        tables: The tables that they get, in order.
        columns: The columns that they return, in order.
        take: How many items are taken of what they yield; None if they return a DataFrame.
        seconds: How long they may take.
        megabytes: How much memory they may take.
    """

    tables: tuple[str, ...]
    columns: tuple[str, ...]
    take: int | None = None
    seconds: float = SECONDS
    megabytes: int = MEGABYTES

    @property
    def signature(self) -> str:
        """The function that an answer defines."""
        return f"answer({', '.join(self.tables)})"


def starter(question_id: str, title: str, call: Call) -> str:
    """What the file of an answer holds at the beginning."""
    returned = "Yield dicts or tuples, one by one," if call.take else "Return a DataFrame"
    paragraphs = [
        f"{returned} with the columns {', '.join(call.columns)}.",
        "The tables are DataFrames:",
        *(f"- {name}: {', '.join(schema()[name].columns)}" for name in call.tables),
        f"Check with: .venv/bin/python -m practice check {question_id}",
    ]
    lines = [textwrap.fill(text, 110, initial_indent="    ", subsequent_indent="    ") for text in paragraphs]
    body = "\n".join([f'    """{question_id}: {title}.\n', *lines, '    """', "    ..."])
    return f"import pandas as pd\n\n\ndef {call.signature}:\n{body}\n"


def dtype(sql_type: str) -> str:
    """What a column is in pandas."""
    return DTYPES[sql_type.partition("(")[0]]


class Server:
    """The process that holds tables and starts a child for every answer; started when it is needed first."""

    def __init__(self) -> None:
        """Start without it."""
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Connection[Any, Any] | None = None
        self._kept: dict[Any, int] = {}
        self._children: OrderedDict[tuple[str, Call], _Child] = OrderedDict()

    def run(
        self, text: str, call: Call, tables: Callable[[], list[TableRows]], key: Any = None, *, is_own: bool = False
    ) -> Result:
        """Run an answer.

        Args:
            text: The answer.
            call: How it is called.
            tables: Gives the tables' rows.
            key: A name under which the tables are kept for the children that are started later, or None.
            is_own: Whether the answer is one of the question's own, which share a child.

        Raises:
            AnswerError: It fails, returns something else than rows, or is over a limit.
        """
        require_answer(text, call)
        if key is not None and not (self._is_alive() and key in self._kept):
            self._keep(key, tables())
        child_key = ("" if is_own else text, call)
        child = self._child(child_key)
        try:
            reply = child.run(text, call, key, None if key in child.kept else tables())
        except AnswerError:
            self._children.pop(child_key).close()
            raise
        match reply:
            case "result", columns, rows, booleans, index, printed:
                return Result(tuple(columns), rows, frozenset(booleans), tuple(index), printed)
            case "error", message, line, column, is_over_memory, printed:
                if is_over_memory:
                    self._children.pop(child_key).close()
                    message = f"The answer needs more than {call.megabytes:,} MB of memory and was stopped."
                    raise OverLimitError(message, line, column, printed)
                raise AnswerError(message, line, column, printed)
        raise AssertionError(reply)

    def close(self) -> None:
        """End all processes."""
        for child in self._children.values():
            child.close()
        self._children.clear()
        self._kept.clear()
        if self._control and self._process:
            self._control.close()
            self._process.wait(timeout=10)
        self._process = self._control = None

    def _child(self, key: tuple[str, Call]) -> _Child:
        if key not in self._children:
            ours, theirs = Pipe()
            with theirs:
                self._send("start", key[1].megabytes)
                assert self._control is not None
                assert self._process is not None
                reduction.send_handle(self._control, theirs.fileno(), self._process.pid)
            self._children[key] = _Child(ours, set(self._kept))
            while len(self._children) > MAX_CHILDREN:
                self._children.popitem(last=False)[1].close()
        self._children.move_to_end(key)
        return self._children[key]

    def _keep(self, key: Any, tables: list[TableRows]) -> None:
        count = sum(len(rows) for _, _, rows in tables)
        if sum(self._kept.values()) + count > MAX_KEPT_ROWS:
            self._send("forget")
            self._kept.clear()
        self._send("keep", key, tables)
        self._kept[key] = count

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _send(self, *request: Any) -> None:
        if not self._is_alive():
            self.close()
            self._start()
        assert self._control is not None
        self._control.send_bytes(pickle.dumps(request))

    def _start(self) -> None:
        if not hasattr(os, "fork"):
            raise AnswerError("Questions in pandas can be answered on Linux and macOS only.")
        self._control, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                # Of this folder nothing is to be imported, by the answer least of all.
                [sys.executable, "-P", Path(__file__).with_name("pandas_child.py"), str(theirs.fileno())],
                env=os.environ | ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C is for the command, which ends the server.
                start_new_session=True,
            )


ENVIRONMENT = {
    # Sets are in the same order every time.
    "PYTHONHASHSEED": "0",
    # Threads would not survive the fork; macOS ends a forked process that uses some of its libraries, unless told so.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
}

server = Server()
atexit.register(server.close)


class _Child:
    """One answer's process, and the names of the tables that it has."""

    def __init__(self, connection: Connection[Any, Any], kept: set[Any]) -> None:
        self.kept = kept
        self._connection = connection
        self._pid: int | None = None

    def run(self, text: str, call: Call, key: Any, tables: list[TableRows] | None) -> tuple[Any, ...]:
        """Its reply on the tables of this name, or on those that are given, which it keeps if they have a name."""
        options = {"columns": list(call.columns), "take": call.take, "max_rows": MAX_ROWS}
        try:
            if self._pid is None:
                self._pid = _loads(self._connection.recv_bytes())
            self._connection.send_bytes(pickle.dumps((text, key, tables, call.seconds + SENDING_SECONDS, options)))
            if key is not None:
                self.kept.add(key)
            reply = _loads(self._connection.recv_bytes()) if self._connection.poll(call.seconds) else None
        except (EOFError, ConnectionError) as error:
            raise AnswerError("The answer ended the process that it ran in, or crashed it.") from error
        except KeyboardInterrupt:
            self._kill()
            raise
        if reply is None:
            self._kill()
            raise OverLimitError(f"The answer took longer than {call.seconds:g} seconds and was stopped.")
        return reply

    def _kill(self) -> None:
        # Its end of the connection is open: it runs, and the number is its own.
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """Let it end: it waits for tables, or is killed."""
        self._connection.close()


class _PlainUnpickler(pickle.Unpickler):
    """Reads the values of a result, and nothing that could do something."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" or (module, name) == ("decimal", "Decimal"):
            return super().find_class(module, name)
        raise AnswerError(f"The answer sent something else than rows ({module}.{name}).")


def _loads(sent: bytes) -> Any:
    return _PlainUnpickler(io.BytesIO(sent)).load()


def require_answer(text: str, call: Call) -> None:
    """Refuse a text that is not Python, or in which nothing is written yet.

    Raises:
        AnswerError: So it is.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise AnswerError(f"SyntaxError: {error.msg}", error.lineno, error.offset) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise AnswerError(f"This is no Python that can be read: {error}") from error
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "answer"]
    written = functions[-1].body if functions else [node for node in tree.body if not _is_import(node)]
    if all(map(_does_nothing, written)):
        raise AnswerError(f"Nothing is written yet: {call.signature} has no body.")


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _does_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
