"""Whatever a log holds, every raw row is accepted, a duplicate or refused for the right reason, and can be found again.

The raw tables are made of values that are known to be sound, blank, unreadable or out of range, so that what must
become of every row is known before the project sees it. They come through the door for files, in each of its formats.
"""

import csv
import json
import random
import re
from collections import Counter
from datetime import datetime, timedelta

import polars as pl
import pytest
import yaml
from readout import screening
from readout.comparison import table

ROWS = 1_500
BLANKS = [None, "", " ", "     "]

# What a text can hold; the project must keep it as it is.
TEXTS = [
    "",
    ' "quoted", with commas',
    "/two\nlines",
    "/carriage\r\nreturn",
    "; tab\tand | pipe",
    "\\slash\\n",
    "'s",
    "/Zoë/日本/🙂",
    "e\u0301 combined",
    "/null",
    "/NaN",
    "; drop table x; --",
    "{{ jinja }}",
    "x" * 5_000,
]
LABELS = ["home_feed", "Home_Feed", " RELATED ", "söchen", "ios", "a label, with comma", "null"]
MACHINES = ["bot", " Crawler ", "MONITOR"]

# Sound values as a log may write them, and what they mean.
INTEGERS = {"1": 1, "+7": 7, "40.0": 40, "999.": 999, "1e3": 1000, "0000012": 12, "9223372036854775807": 2**63 - 1}
DOUBLES = {"1": 1.0, ".5": 0.5, "5e-1": 0.5, "+0.25": 0.25, "1e-300": 1e-300, "0.10": 0.1}
BOOLEANS = {"true": True, "FALSE": False, "t": True, "f": False, "1": True, "0": False}
MONEY = {"0": 0.0, "12.34": 12.34, "1e2": 100.0, "99999999999999": 99999999999999.0}
TIMES = {
    text: datetime.fromisoformat(moment)
    for text, moment in {
        "2026-01-05": "2026-01-05",
        "2026-01-05 10:11:12": "2026-01-05 10:11:12",
        "2026-01-05T10:11:12": "2026-01-05 10:11:12",
        "2026-01-05 10:11:12.5": "2026-01-05 10:11:12.500000",
        "2026-01-05T10:11:12.000001Z": "2026-01-05 10:11:12.000001",
        "2026-01-05T10:11:12Z": "2026-01-05 10:11:12",
        "2026-01-05 23:11:12+02:00": "2026-01-05 21:11:12",
        "2026-01-05 23:11:12-0530": "2026-01-06 04:41:12",
        "2026-01-05T00:11:12.999999+14": "2026-01-04 10:11:12.999999",
        "2026-02-28T23:59:59.999999-11:30": "2026-03-01 11:29:59.999999",
        "1970-01-01 00:00:00": "1970-01-01",
        "2024-02-29 12:00:00": "2024-02-29 12:00:00",
    }.items()
}

# What is there and means nothing in a column of the type.
GARBAGE = ["n/a", "NULL", "-", "0x1F", "½", "١٢", "\t", "--5", "12,5", "5 apples", '{"a": 1}', "💥", "x" * 5_000]
NO_NUMBERS = [*GARBAGE, "NaN", "inf", "-Infinity", "2026-01-05"]
UNREADABLE = {
    "integer": [*NO_NUMBERS, "5.5", "1e30", "9223372036854775808"],
    "double": [*NO_NUMBERS, "1e999"],
    "money": [*NO_NUMBERS, "1e30", "$5", "100000000000000"],
    "boolean": [*GARBAGE, "2", "maybe"],
    "timestamp": [
        *GARBAGE,
        *("yesterday", "2026-02-30 00:00:00", "2026-13-01", "2026-01-05 25:00:00", "0000-00-00", "1767571200"),
        *("infinity", "-infinity", "294247-01-10 04:00:54.775806", "99999-01-01", "290000-01-01 (BC)"),
        "99999-01-01T00:00:00+02:00",
    ],
}
SOUND = {"integer": INTEGERS, "double": DOUBLES, "money": MONEY, "boolean": BOOLEANS, "timestamp": TIMES}

# The columns with a range, in the order in which they are checked, and values beyond its ends.
OUT_OF_RANGE = {
    "position": {"0": 0, "-1": -1},
    "viewport_fraction": {"-0.1": -0.1, "1.0000001": 1.0000001},
    "visible_ms": {"-1": -1},
    "latency_ms": {"-9223372036854775808": -(2**63)},
    "score": {"-1e3": -1000.0, "1.0000001": 1.0000001},
    "propensity": {"0": 0.0, "1.5": 1.5},
    "dwell_ms": {"-1": -1},
    "value": {"-0.01": -0.01},
}


# The same for columns that are typed already, as in Parquet: numbers as doubles, times as microseconds.
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 the project's times are plain UTC
FAR_TIMES = {
    9_223_372_036_854_775_806: "294247-01-10 04:00:54.775806",
    9_089_443_555_200_000_000: "290003-01-01 00:00:00",
    -9_000_000_000_000_000_000: "283230-05-10 (BC) 08:00:00",
}
UNREADABLE_DOUBLES = {
    "integer": [5.5, 1e30, float("nan"), float("inf"), float("-inf")],
    "double": [float("nan"), float("inf"), float("-inf")],
    "money": [1e30, float("nan"), float("inf"), float("-inf")],
}

UNREAD = object()


@pytest.fixture(scope="module")
def contract(project_root):
    """The raw contract: of every raw table the columns with their types."""
    macro = (project_root / "macros" / "configuration" / "raw_contract.sql").read_text(encoding="utf-8")
    tables = yaml.safe_load(re.search(r"{%- set contract -%}(.*){%- endset -%}", macro, re.DOTALL)[1])
    return {name: definition["columns"] for name, definition in tables.items()}


@pytest.fixture(scope="module")
def arms(project_root):
    """The arms that are defined, each with its experiment."""
    with (project_root / "seeds" / "experiments" / "experiment_arms.csv").open(encoding="utf-8", newline="") as file:
        return [(row["experiment_id"], row["arm"]) for row in csv.DictReader(file)]


class Log:
    """Random raw tables.

    Attributes:
        columns: The columns of every table with their types.
        raw: The rows of every table as logged.
        parsed: The same rows as they must be read: None for what is blank, `UNREAD` for what is unreadable.
    """

    def __init__(self, contract, arms, seed, extension):
        """Draw the rows of every table."""
        self.generator = random.Random(seed)
        self.columns = contract
        self.extension = extension
        self.is_typed = extension == "parquet"
        self.pools = {
            "experiment_id": [*{experiment for experiment, _ in arms}, "Aa_test", "no such experiment"],
            "arm": [*{arm for _, arm in arms}, "Control", "no such arm"],
            "user_id": [f"user {number}{suffix}" for number in range(20) for suffix in TEXTS],
            # Few enough for a third of the rows to be copies.
            None: [f"{number}{suffix}" for number in range(ROWS // 20) for suffix in TEXTS],
        }
        self.raw, self.parsed = {}, {}
        for name, columns in contract.items():
            rows = [self.row(columns) for _ in range(ROWS)]
            self.raw[name] = [{column: raw for column, (raw, _) in row.items()} for row in rows]
            self.parsed[name] = [{column: parsed for column, (_, parsed) in row.items()} for row in rows]

    def row(self, columns):
        """A raw row, of which every second one has a broken value."""
        chance = 0.5 / len(columns)
        return {column: self.cell(column, columns[column], chance) for column in columns}

    def cell(self, column, contract_type, chance):
        """A raw value and what it must be read as."""
        choose = self.generator.choice
        is_broken = self.generator.random() < chance
        if is_broken and (choose([True, False]) or contract_type in {"text", "label"}):
            return (None if self.is_typed else choose(BLANKS)), None
        if contract_type in {"text", "label"}:
            pool = MACHINES if column == "platform" and self.generator.random() < 0.01 else LABELS
            text = choose(pool if contract_type == "label" else self.pools.get(column, self.pools[None]))
            text = choose([text, text, text, f" {text}", f"{text}   "])
            parsed = text.strip(" ")
            return text, parsed.lower() if contract_type == "label" else parsed
        if is_broken and not (column in OUT_OF_RANGE and choose([True, False])):
            return self.unread(contract_type)
        sound = SOUND[contract_type]
        if column == "received_at" and self.generator.random() < 0.9:
            sound = {"2027-01-01T00:00:00Z": datetime(2027, 1, 1)}  # noqa: DTZ001 the project's times are plain UTC
        text, parsed = choose([*(OUT_OF_RANGE[column] if is_broken else sound).items()])
        if self.extension == "json" and contract_type != "timestamp" and choose([True, False]):
            return parsed, parsed
        if not self.is_typed:
            return choose([text, text, text, f" {text}", f"{text}   "]), parsed
        if contract_type == "timestamp":
            return (parsed - EPOCH) // timedelta(microseconds=1), parsed
        if contract_type == "boolean":
            return parsed, parsed
        # A double holds no integer near 2^63.
        raw = float(parsed) if abs(parsed) < 2**53 else 0.0
        return raw, raw

    def unread(self, contract_type):
        """A raw value that cannot be read."""
        if not self.is_typed:
            return self.generator.choice(UNREADABLE[contract_type]), UNREAD
        if contract_type == "boolean":
            return None, None
        pool = [*FAR_TIMES] if contract_type == "timestamp" else UNREADABLE_DOUBLES[contract_type]
        return self.generator.choice(pool), UNREAD

    def write(self, folder):
        """Write every table as a file."""
        extension = self.extension
        for name, rows in self.raw.items():
            path = folder / f"raw_{name}.{extension}"
            if extension == "csv":
                with path.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, fieldnames=self.columns[name])
                    writer.writeheader()
                    writer.writerows(rows)
            elif extension == "json":
                path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
            else:
                types = {"text": pl.String, "label": pl.String, "boolean": pl.Boolean, "timestamp": pl.Int64}
                schema = {column: types.get(kind, pl.Float64) for column, kind in self.columns[name].items()}
                zone = {"received_at": None}
                pl.DataFrame(rows, schema=schema).with_columns(
                    pl.col(column).cast(pl.Datetime("us", zone.get(column, "UTC")))
                    for column, kind in self.columns[name].items()
                    if kind == "timestamp"
                ).write_parquet(path)

    def reasons(self, arms):
        """Of every table's rows, what must become of each: None when accepted."""
        machines = {
            row["user_id"] for row in self.parsed["impressions"] if row["platform"] in {"bot", "crawler", "monitor"}
        }
        experiments = {experiment for experiment, _ in arms}

        def reason(name, row):
            for column in screening.REQUIRED[name]:
                if row[column] is None:
                    return f"missing_{column}"
            for column in row:
                if row[column] is UNREAD:
                    return f"unparseable_{column}"
            if "received_at" in row and row["event_at"] > row["received_at"] + timedelta(seconds=300):
                return "event_from_the_future"
            for column, beyond in OUT_OF_RANGE.items():
                if row.get(column) is not None and row[column] in beyond.values():
                    return f"invalid_{column}"
            if name == "assignments" and row["experiment_id"] not in experiments:
                return "unknown_experiment"
            if name == "assignments" and (row["experiment_id"], row["arm"]) not in arms:
                return "unknown_arm"
            is_judged = name in {"impressions", "engagements", "assignments", "exposures", "eligibility"}
            return "bot" if is_judged and row["user_id"] in machines else None

        found = {}
        for name, rows in self.parsed.items():
            keys, found[name] = set(), []
            for row in rows:
                judgement = reason(name, row)
                key = tuple(row[column] for column in screening.KEYS[name][0])
                found[name].append(judgement or ("duplicate" if key in keys else None))
                if judgement is None:
                    keys.add(key)
        return found


@pytest.fixture(scope="module", params=["csv", "json", "parquet"])
def log_and_database(request, contract, arms, project_root, new_project_elsewhere, run_dbt):
    """A random log in one of the formats, and the database in which it was screened."""
    folder = new_project_elsewhere()
    (folder / "seeds").symlink_to(project_root / "seeds")
    (folder / "raw").mkdir()
    log = Log(contract, arms, seed=20, extension=request.param)
    log.write(folder / "raw")
    run_dbt(
        *(
            "build",
            "--select",
            "+path:models/staging",
            "+row_accounting",
            "--exclude-resource-type",
            "test",
            "--exclude-resource-type",
            "unit_test",
        ),
        project_dir=folder,
        database=folder / "feedlift.duckdb",
        vars={"raw_door": "files"},
    )
    return log, folder / "feedlift.duckdb"


def test_every_row_has_the_reason_it_must_have(log_and_database, arms):
    log, database = log_and_database
    expected = {
        (f"raw_{name}", reason or "accepted"): count
        for name, reasons in log.reasons(arms).items()
        for reason, count in Counter(reasons).items()
    }
    assert {reason for _, reason in expected} >= {"accepted", "duplicate", "bot", "event_from_the_future"}
    actual = table(database, "select raw_table, reason, row_count from marts.row_accounting")
    assert {(name, reason): count for name, reason, count in actual.iter_rows()} == expected


def as_logged(value, contract_type, extension):
    """A raw value as a JSON record of the row has it."""
    if value is None or (value == "" and extension == "csv"):
        return None
    if extension == "parquet" and contract_type == "timestamp":
        text = FAR_TIMES.get(value) or str(EPOCH + timedelta(microseconds=value))
        return text.rstrip("0") if "." in text else text
    # Text, because not-a-number does not equal itself.
    return str(value).lower() if isinstance(value, bool) and extension == "json" else str(value)


def test_every_refused_row_can_be_found_again(log_and_database, arms):
    log, database = log_and_database
    for name, reasons in log.reasons(arms).items():
        columns = log.columns[name]
        expected = Counter(
            (reason, *(as_logged(row[column], columns[column], log.extension) for column in columns))
            for row, reason in zip(log.raw[name], reasons, strict=True)
            if reason not in {None, "duplicate"}
        )
        rejected = table(database, f"select refusal_reason, raw_record from staging.stg_feed__{name}_rejected")
        records = [(reason, json.loads(record)) for reason, record in rejected.iter_rows()]
        actual = Counter(
            (reason, *(None if record[column] is None else str(record[column]) for column in columns))
            for reason, record in records
            if reason != "duplicate"
        )
        assert list((expected - actual).elements())[:3] == []
        assert list((actual - expected).elements())[:3] == []


def test_every_duplicate_names_the_row_it_repeats(log_and_database, arms):
    log, database = log_and_database
    for name, reasons in log.reasons(arms).items():
        key = screening.KEYS[name][0]
        expected = Counter(
            tuple(str(row[column]) for column in key)
            for row, reason in zip(log.parsed[name], reasons, strict=True)
            if reason == "duplicate"
        )
        rejected = table(
            database,
            f"select {', '.join(key)} from staging.stg_feed__{name}_rejected where refusal_reason = 'duplicate'",
        )
        assert Counter(tuple(map(str, row)) for row in rejected.iter_rows()) == expected


def test_what_is_accepted_is_read_as_it_was_meant(log_and_database, arms):
    log, database = log_and_database
    for name, reasons in log.reasons(arms).items():
        columns = log.columns[name]
        copies = Counter(tuple(row[column] for column in screening.KEYS[name][0]) for row in log.parsed[name])
        # Of several copies a hash may choose.
        expected = Counter(
            tuple(row[column] for column in columns)
            for row, reason in zip(log.parsed[name], reasons, strict=True)
            if reason is None and copies[tuple(row[column] for column in screening.KEYS[name][0])] == 1
        )
        assert expected
        values = ", ".join(
            f"cast({column} as double) as {column}" if kind == "money" else column for column, kind in columns.items()
        )
        accepted = Counter(table(database, f"select {values} from staging.stg_feed__{name}").iter_rows())
        assert list((expected - accepted).elements())[:3] == []
