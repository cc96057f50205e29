"""A column changes its type: how its values come along, and which ones cannot.

Each pair of kinds has an expression for each database, and a test of the values that
it takes.  What is not here has no answer that all databases give alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from roob.orm.dialects import SqlDialect
from roob.orm.exceptions import MigrationError
from roob.orm.schema.definition import sql_type

EXACT_FLOATS = 2**53  # beyond it a float skips whole numbers
DATETIME_SHAPE = "####-##-##T##:##:##.######+00:00"


@dataclass(frozen=True)
class Conversion:
    """How a value is turned: SQL of the old value, and a test that it fits.

    A `@` stands for the column.
    """

    expression: str
    test: str = ""

    def of(self, column: str) -> "Conversion":
        """Put a column's quoted name into its place."""
        return Conversion(
            self.expression.replace("@", column), self.test.replace("@", column)
        )


def conversion(before: str, after: str, dialect: SqlDialect) -> Conversion:
    """Find the conversion between two types.

    Raises:
        MigrationError: there is none.
    """
    if {before, after} - dialect.storage.keys():
        return Conversion(CASTS[dialect.name].format(sql_type(after, dialect)))
    known = CONVERSIONS[dialect.name].get((before, after))
    if known is None:
        raise MigrationError(
            f"no rule turns {before} into {after} alike on all databases; "
            "add a column, fill it with RunPython, and drop the old one"
        )
    return known


def _globs(shape: str) -> str:
    """Write a shape for GLOB: `##-h -> [0-9][0-9]-[0-9a-f]`."""
    return "@ GLOB '" + shape.replace("#", "[0-9]").replace("h", "[0-9a-f]") + "'"


UUID_SHAPE = "-".join("h" * length for length in (8, 4, 4, 4, 12))
DIGITS = "ltrim(@, '-')"
SAME = Conversion("@")

SQLITE_CONVERSIONS: Mapping[tuple[str, str], Conversion] = MappingProxyType(
    {
        ("int", "str"): Conversion("CAST(@ AS TEXT)"),
        ("str", "int"): Conversion(
            "CAST(@ AS INTEGER)", "CAST(CAST(@ AS INTEGER) AS TEXT) = @"
        ),
        ("int", "float"): Conversion(
            "CAST(@ AS REAL)", f"@ BETWEEN -{EXACT_FLOATS} AND {EXACT_FLOATS}"
        ),
        ("float", "int"): Conversion(
            "CAST(@ AS INTEGER)",
            f"@ BETWEEN -{EXACT_FLOATS} AND {EXACT_FLOATS} AND @ = CAST(@ AS INTEGER)",
        ),
        ("int", "decimal"): Conversion("CAST(@ AS TEXT)"),
        ("decimal", "int"): Conversion(
            "CAST(@ AS INTEGER)", "CAST(CAST(@ AS INTEGER) AS TEXT) = @ COLLATE BINARY"
        ),
        ("decimal", "str"): SAME,
        ("str", "decimal"): Conversion(
            "@",
            f"@ IN ({DIGITS}, '-' || {DIGITS}) AND {DIGITS} NOT GLOB '*[^0-9.]*' "
            f"AND {DIGITS} NOT GLOB '*.*.*' AND {DIGITS} NOT GLOB '*.' "
            f"AND ({DIGITS} GLOB '[1-9]*' OR {DIGITS} = '0' OR {DIGITS} GLOB '0.*')",
        ),
        ("bool", "int"): SAME,
        ("int", "bool"): Conversion("@", "@ IN (0, 1)"),
        ("uuid", "str"): SAME,
        ("str", "uuid"): Conversion("@", _globs(UUID_SHAPE)),
        ("enum", "str"): SAME,
        ("str", "enum"): SAME,
        ("date", "str"): SAME,
        ("str", "date"): Conversion(
            "@", f"{_globs('####-##-##')} AND date(@, '+0 days') IS @"
        ),
        ("date", "datetime"): Conversion("@ || 'T00:00:00.000000+00:00'"),
        ("datetime", "str"): SAME,
        ("str", "datetime"): Conversion("@", _globs(DATETIME_SHAPE)),
        ("json", "str"): SAME,
        ("str", "json"): Conversion("@", "json_valid(@)"),
    }
)
WHOLE = "'^(0|-?[1-9][0-9]{0,18})$'"
IN_64_BITS = f"BETWEEN {-(2**63)} AND {2**63 - 1}"
UTC_TEXT = """to_char(@ AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""

POSTGRESQL_CONVERSIONS: Mapping[tuple[str, str], Conversion] = MappingProxyType(
    {
        ("int", "str"): Conversion("@::text"),
        ("str", "int"): Conversion(
            "@::bigint", f"CASE WHEN @ ~ {WHOLE} THEN @::numeric {IN_64_BITS} END"
        ),
        ("int", "float"): Conversion(
            "@::double precision", f"@ BETWEEN -{EXACT_FLOATS} AND {EXACT_FLOATS}"
        ),
        ("float", "int"): Conversion(
            "@::bigint",
            f"@ BETWEEN -{EXACT_FLOATS} AND {EXACT_FLOATS} AND @ = trunc(@)",
        ),
        ("int", "decimal"): Conversion("@::numeric"),
        ("decimal", "int"): Conversion("@::bigint", f"scale(@) = 0 AND @ {IN_64_BITS}"),
        ("decimal", "str"): Conversion("@::text"),
        ("str", "decimal"): Conversion(
            "@::numeric", r"@ ~ '^-?(0|[1-9][0-9]*)(\.[0-9]+)?$'"
        ),
        ("bool", "int"): Conversion("@::int::bigint"),
        ("int", "bool"): Conversion("@ = 1", "@ IN (0, 1)"),
        ("uuid", "str"): Conversion("@::text"),
        ("str", "uuid"): Conversion(
            "@::uuid", "@ ~ '^" + UUID_SHAPE.replace("h", "[0-9a-f]") + "$'"
        ),
        ("enum", "str"): SAME,
        ("str", "enum"): SAME,
        ("date", "str"): Conversion("to_char(@, 'YYYY-MM-DD')"),
        ("str", "date"): Conversion("@::date", r"@ ~ '^\d{4}-\d\d-\d\d$'"),
        ("date", "datetime"): Conversion("@::timestamp AT TIME ZONE 'UTC'"),
        ("datetime", "str"): Conversion(UTC_TEXT),
        ("str", "datetime"): Conversion(
            "@::timestamptz", r"@ ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$'"
        ),
        ("json", "str"): Conversion("@::text"),
        ("str", "json"): Conversion("@::json"),
    }
)
CASTS = MappingProxyType({"sqlite": "@", "postgresql": "@::{}"})
CONVERSIONS: Mapping[str, Mapping[tuple[str, str], Conversion]] = MappingProxyType(
    {"sqlite": SQLITE_CONVERSIONS, "postgresql": POSTGRESQL_CONVERSIONS}
)
