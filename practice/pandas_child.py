"""What runs answers in pandas: a server that has imported pandas and holds the tables, and forks a child per answer.

It is started as a script by `pandas_sandbox`, and imports nothing of this package. A child inherits the tables, so that
an answer is run within milliseconds, and whatever it does to pandas or to the tables ends with it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import inspect
import io
import os
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice
from multiprocessing import reduction
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

# pandas takes pyarrow where it finds it. Without it, answers behave the same in every environment.
sys.modules["pyarrow"] = None
# DuckDB opens files by itself, where Python's audit hook cannot see it: also the built database, for writing.
sys.modules["duckdb"] = None

import numpy as np  # noqa: E402 after pyarrow is hidden
import pandas as pd  # noqa: E402 likewise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

ANSWER_FILE = "<answer>"
MAX_PRINTED = 4_000
MAX_MESSAGE = 1_000

TOO_MUCH_MEMORY = "memory"

# By audit event, or its beginning: https://docs.python.org/3/library/audit_events.html
REFUSED = {
    "ctypes.": "call C",
    "fcntl.": "change files",
    "ftplib.": "reach the network",
    "http.": "reach the network",
    "os.": "change files or start programs",
    "pty.": "start programs",
    "shutil.": "change files",
    "signal.": "send signals",
    "socket.": "reach the network",
    "sqlite3.": "open databases",
    "subprocess.": "start programs",
    "tempfile.": "write files",
    "urllib.": "reach the network",
    "webbrowser.": "start programs",
}
HARMLESS = {
    "os.putenv",
    "os.unsetenv",
    "os.listdir",
    "os.scandir",
    "os.walk",
    "os.fwalk",
    "os.getxattr",
    "os.listxattr",
    "os.listdrives",
}


class RefusedError(PermissionError):
    """Something that an answer has no business to do."""


class UnusableError(Exception):
    """A result that cannot be graded, in a sentence."""


def serve(control: Connection) -> None:
    """Keep tables, and start a child for every answer, until the other end is closed."""
    # Children are not waited for: the system forgets them as they end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    kept: dict[Any, dict[str, pd.DataFrame]] = {}
    while True:
        try:
            request = pickle.loads(control.recv_bytes())
        except EOFError:
            return
        match request:
            case ("keep", key, tables):
                kept[key] = _frames(tables)
            case ("forget",):
                kept.clear()
            case ("start", megabytes):
                handle = reduction.recv_handle(control)
                if os.fork() == 0:
                    control.close()
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    _answer(Connection(handle), kept, megabytes)
                    os._exit(0)
                os.close(handle)


def _answer(connection: Connection, kept: dict[Any, dict[str, pd.DataFrame]], megabytes: int) -> None:
    """Run one answer on whatever tables are asked for."""
    connection.send_bytes(pickle.dumps(os.getpid()))
    _limit_memory(megabytes)
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse)
    while True:
        try:
            text, key, tables, seconds, call = pickle.loads(connection.recv_bytes())
        except EOFError:
            return
        # The other end stops an answer at its limit; this ends it also if nobody is there any more.
        signal.setitimer(signal.ITIMER_REAL, seconds + 1)
        if tables is not None:
            kept[key] = _frames(tables)
        frames = {name: frame.copy() for name, frame in kept[key].items()}
        reply = _reply(text, frames, **call)
        del frames
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.send_bytes(pickle.dumps(reply))


def _limit_memory(megabytes: int) -> None:
    """Allow so much more than the child has now. macOS does not keep to such a limit."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        size = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        limit = size + megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        _, mode, flags = arguments
        if (isinstance(mode, str) and set(mode) & set("wax+")) or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise RefusedError("An answer only works on its tables: it cannot write files.")
    elif event not in HARMLESS:
        prefix = event[: event.find(".") + 1]
        if prefix in REFUSED:
            raise RefusedError(f"An answer only works on its tables: it cannot {REFUSED[prefix]} ({event}).")


def _reply(text: str, frames: dict[str, pd.DataFrame], columns: list[str], take: int | None, max_rows: int) -> tuple:
    """What the answer returned, or why it did not, and what it printed."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            returned = _call(text, frames)
            table = _taken(returned, columns, take) if take else _required_frame(returned)
            result = _plain_table(table, max_rows)
    except UnusableError as error:
        return "error", str(error), None, None, None, _clipped(printed)
    except MemoryError as error:
        # What it has made so far would leave no room for the reply.
        traceback.clear_frames(error.__traceback__)
        line, column = _place(error, text)
        return "error", "", line, column, TOO_MUCH_MEMORY, _clipped(printed)
    except SystemExit as error:
        message = "The answer ends the program (SystemExit). Return the result instead."
        return "error", message, *_place(error, text), None, _clipped(printed)
    except BaseException as error:  # noqa: BLE001 whatever an answer raises is its author's to see
        return "error", _message(error), *_place(error, text), None, _clipped(printed)
    return "result", *result, _clipped(printed)


def _clipped(printed: io.StringIO) -> str:
    text = printed.getvalue()
    return text if len(text) <= MAX_PRINTED else f"{text[:MAX_PRINTED]}\n… ({len(text):,} characters)"


def _message(error: BaseException) -> str:
    if isinstance(error, RefusedError):
        return str(error)
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]} …"


def _place(error: BaseException, text: str) -> tuple[int | None, int | None]:
    """The line and column of the answer in which it was when the error was raised."""
    if isinstance(error, SyntaxError) and error.filename == ANSWER_FILE:
        return error.lineno, error.offset
    own = [entry for entry in _tracebacks(error) if entry.tb_frame.f_code.co_filename == ANSWER_FILE]
    if not own:
        return None, None
    last = own[-1]
    offset = next(islice(last.tb_frame.f_code.co_positions(), last.tb_lasti // 2, None))[2] or 0
    line = text.splitlines()[last.tb_lineno - 1]
    # Python counts bytes.
    return last.tb_lineno, len(line.encode()[:offset].decode()) + 1


def _tracebacks(error: BaseException) -> Iterator[TracebackType]:
    entry = error.__traceback__
    while entry is not None:
        yield entry
        entry = entry.tb_next


def _call(text: str, frames: dict[str, pd.DataFrame]) -> Any:
    """Run the file, and call its function with the tables."""
    module = ModuleType("answer")
    sys.modules["answer"] = module
    exec(compile(text, ANSWER_FILE, "exec", dont_inherit=True), vars(module))
    function = vars(module).get("answer")
    signature = f"answer({', '.join(frames)})"
    if not callable(function):
        raise UnusableError(f"The file needs a function {signature}.")
    try:
        inspect.signature(function).bind(*frames.values())
    except TypeError:
        raise UnusableError(f"The function is called with the tables, in this order: {signature}.") from None
    return function(*frames.values())


def _required_frame(returned: Any) -> pd.DataFrame:
    match returned:
        case pd.DataFrame():
            return returned
        case None:
            raise UnusableError("answer returns nothing (None): end it with `return` and a DataFrame.")
        case pd.Series():
            raise UnusableError(
                "answer returns a Series; it should be a DataFrame: `.to_frame()`, or `.reset_index()` if what it is"
                " grouped by is to be a column."
            )
        case _:
            raise UnusableError(f"answer returns {_a(returned)}; it should be a DataFrame.")


def _taken(returned: Any, columns: list[str], take: int) -> pd.DataFrame:
    """The first items of what an answer yields, as rows."""
    if isinstance(returned, pd.DataFrame):
        return returned.head(take)
    if not isinstance(returned, Iterable):
        what = "nothing (None)" if returned is None else _a(returned)
        raise UnusableError(f"answer returns {what}; it should yield rows, one by one.")
    items = list(islice(returned, take))
    if not items:
        return pd.DataFrame(columns=columns)
    if all(isinstance(item, dict) for item in items):
        names = list(items[0])
        if any(item.keys() != items[0].keys() for item in items):
            raise UnusableError(f"The rows have different keys; the first one has {', '.join(map(str, names))}.")
        return _of_rows([tuple(item[name] for name in names) for item in items], names)
    if all(isinstance(item, tuple | list) for item in items):
        if any(len(item) != len(columns) for item in items):
            raise UnusableError(f"A row that is a tuple needs {len(columns)} values: {', '.join(columns)}.")
        return _of_rows(items, columns)
    odd = next(item for item in items if not isinstance(item, dict | tuple | list))
    raise UnusableError(f"A row is {_a(odd)}; it should be a dict or a tuple.")


def _of_rows(rows: list[Any], names: list[Any]) -> pd.DataFrame:
    values = zip(*rows, strict=True)
    return pd.concat(
        [pd.Series(list(column), dtype=object, name=name) for name, column in zip(names, values, strict=True)], axis=1
    )


def _a(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _plain_table(frame: pd.DataFrame, max_rows: int) -> tuple:
    """A DataFrame as columns, rows, the places of columns that are true or false, and the names of its index."""
    if frame.columns.nlevels > 1:
        raise UnusableError(
            "The columns have several levels; name each: `.agg(clicks=('clicked', 'sum'))` makes plain ones."
        )
    if len(frame) > max_rows:
        raise UnusableError(
            f"The answer has more than {max_rows:,} rows: a merge on keys that repeat on both sides multiplies rows."
        )
    columns = [_plain_column(frame.iloc[:, place]) for place in range(frame.shape[1])]
    rows = list(zip(*columns, strict=True)) if columns else []
    booleans = [
        place
        for place, values in enumerate(columns)
        if frame.dtypes.iloc[place] in (bool, "boolean") or any(isinstance(value, bool) for value in values)
    ]
    names = [str(name) for name in frame.index.names if name is not None]
    return [str(name) for name in frame.columns], rows, booleans, names


def _plain_column(series: pd.Series) -> list[Any]:
    is_null = series.isna().tolist()
    values = series.astype(object).tolist()
    return [None if null else _plain(value) for value, null in zip(values, is_null, strict=True)]


def _plain(value: Any) -> Any:
    """A value of the few types that results are made of; all that says that a value is missing is None."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    for kinds, convert in CONVERSIONS:
        if isinstance(value, kinds):
            return convert(value)
    return str(value)


def _plain_float(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _plain_datetime(value: Any) -> dt.datetime | None:
    stamp = pd.Timestamp(value)
    if stamp is pd.NaT:
        return None
    utc = stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp
    return utc.to_pydatetime(warn=False)


def _plain_timedelta(value: Any) -> dt.timedelta | None:
    delta = pd.Timedelta(value)
    return None if delta is pd.NaT else delta.to_pytimedelta()


# The first that fits applies: a boolean is an integer too, and a time of day is a date.
CONVERSIONS: list[tuple[Any, Callable[[Any], Any]]] = [
    ((bool, np.bool_), bool),
    ((int, np.integer), int),
    ((float, np.floating), _plain_float),
    (str, str),
    (pd.Period, lambda value: _plain_datetime(value.start_time)),
    ((dt.datetime, np.datetime64), _plain_datetime),
    (dt.date, lambda value: dt.date(value.year, value.month, value.day)),
    ((dt.timedelta, np.timedelta64), _plain_timedelta),
    (dt.time, lambda value: dt.time(value.hour, value.minute, value.second, value.microsecond)),
    (Decimal, Decimal),
    (dict, lambda value: tuple((_plain(name), _plain(member)) for name, member in value.items())),
    ((list, tuple, np.ndarray, pd.Series), lambda value: tuple(map(_plain, value))),
    ((set, frozenset), lambda value: tuple(sorted(map(_plain, value), key=repr))),
]


def _frames(tables: list[tuple[str, list[tuple[str, str]], list[tuple[Any, ...]]]]) -> dict[str, pd.DataFrame]:
    """Tables as DataFrames: each with its name, its columns with their SQL types, and its rows."""
    frames = {}
    for name, columns, rows in tables:
        values = zip(*rows, strict=True) if rows else [()] * len(columns)
        frames[name] = pd.DataFrame(
            {column: _array(kind, given) for (column, kind), given in zip(columns, values, strict=True)},
            index=pd.RangeIndex(len(rows)),
        )
    return frames


def _array(kind: str, values: tuple[Any, ...]) -> Any:
    """A column as pandas reads it from a file: whole numbers become floats, and booleans objects, if one is missing."""
    match kind:
        case "varchar":
            return pd.array(values, dtype="str")
        case "timestamp" | "date":
            return np.array(values, dtype="datetime64[us]")
        case "boolean":
            return np.array(values, dtype=object if None in values else bool)
        case "bigint" if None not in values:
            return np.array(values, dtype=np.int64)
        case _:
            return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
