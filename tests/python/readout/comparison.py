"""Two tables compared cell by cell: full outer join, null only equal to null."""

from pathlib import Path

import duckdb
import polars as pl

SHOWN = 12
EXACT_TYPES = (pl.String, pl.Boolean, pl.Datetime, pl.Date)


def table(database: Path, sql: str) -> pl.DataFrame:
    """The result of a query against a DuckDB file."""
    with duckdb.connect(str(database), read_only=True) as connection:
        result = connection.execute(sql)
        columns = [column[0] for column in result.description]
        return pl.DataFrame(result.fetchall(), schema=columns, orient="row", infer_schema_length=None)


def differences(
    expected: pl.DataFrame, actual: pl.DataFrame, key: list[str], tolerance: float = 0.0, floor: float = 0.0
) -> list[str]:
    """What differs, one text per cell or row; empty when the tables are the same.

    Args:
        expected: The table as it should be. All its columns are compared.
        actual: The table as it is. Other columns are passed over.
        key: The columns that identify a row.
        tolerance: How far numbers may be apart, as a share of the larger magnitude.
        floor: How far numbers may be apart whatever their magnitude.
    """
    for side, rows in {"expected": expected, "actual": actual}.items():
        assert not rows.is_empty(), f"no rows are {side}"
        assert rows.select(key).is_unique().all(), f"the key does not identify the {side} rows"
    columns = [column for column in expected.columns if column not in key]
    joined = expected.with_columns(is_expected=True).join(
        actual.select(*key, *columns, is_actual=True),
        on=key,
        how="full",
        coalesce=True,
        nulls_equal=True,
        suffix="_actual",
    )
    found = [
        f"{row} is {'missing' if is_expected else 'too many'}"
        for *row, is_expected, is_actual in joined.select(*key, "is_expected", "is_actual").iter_rows()
        if not (is_expected and is_actual)
    ]
    both = joined.filter("is_expected", "is_actual")
    for column in columns:
        wanted, got = pl.col(column), pl.col(f"{column}_actual")
        if isinstance(expected.schema[column], EXACT_TYPES):
            is_same = wanted.eq_missing(got)
        else:
            wanted, got = wanted.cast(pl.Float64), got.cast(pl.Float64)
            allowed = pl.max_horizontal(tolerance * pl.max_horizontal(wanted.abs(), got.abs()), floor)
            is_same = (wanted.is_null() & got.is_null()) | ((wanted - got).abs() <= allowed).fill_null(value=False)
        found += [
            f"{row}.{column}: expected {wanted_value!r}, got {got_value!r}"
            for *row, wanted_value, got_value in both.filter(~is_same).select(*key, wanted, got).iter_rows()
        ]
    # A wrong rule shows in thousands of cells; the first few say which.
    return found[:SHOWN] + ([f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else [])
