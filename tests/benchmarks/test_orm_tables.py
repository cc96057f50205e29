"""What `make bench-orm` prints, from made-up figures."""

from benchmarks.orm_measure import OrmReport, Timing
from benchmarks.orm_tables import render_report, verdicts

REPORT = OrmReport(
    database="sqlite",
    rows=10_000,
    timings=(
        Timing("plain", "read all", (0.004, 0.004, 0.004)),
        Timing("fetchall", "read all", (0.003, 0.003, 0.003)),
        Timing("roob", "read all", (0.005, 0.005, 0.050)),
        Timing("peewee", "read all", (0.021, 0.021, 0.021)),
        Timing("sqlalchemy", "read all", (0.016, 0.016, 0.016)),
        Timing("plain", "batch insert", (0.020,)),
        Timing("roob", "batch insert", (0.062,)),
        Timing("peewee", "batch insert", (0.160,)),
        Timing("sqlalchemy", "batch insert", note="wrong answer: none"),
    ),
    notes=("django: left out, not installed",),
)


def _line(drawn: str, party: str) -> str:
    return next(line for line in drawn.splitlines() if line.startswith(f"| {party}"))


def test_a_table_shows_time_and_both_ratios_and_who_is_missing() -> None:
    drawn = render_report(REPORT)
    assert drawn.startswith("sqlite, 10,000 rows: ms per job (ratio to sqlite3 / ")
    assert "5.0 (1.25 / 1.00)" in _line(drawn, "roob")
    assert "21.0 (5.25 / 4.20)" in _line(drawn, "peewee")
    assert "3.0 (0.75 / 0.60)" in _line(drawn, "sqlite3, bare fetchall")
    assert "- (- / -)" in _line(drawn, "sqlite3, bare fetchall")
    assert "- (- / -)" in _line(drawn, "sqlalchemy")
    assert drawn.endswith("* django: left out, not installed")


def test_the_last_lines_hold_roob_against_the_goals() -> None:
    assert list(map(str, verdicts([REPORT]))) == [
        (
            "read all: Roob's time by that of plain sqlite3, making the same objects: "
            "1.250 (goal: at most 2): met"
        ),
        "read all: peewee's time by Roob's: 4.200 (goal: at least 4): met",
        "read all: sqlalchemy's time by Roob's: 3.200 (goal: at least 4): NOT MET",
        "read all: django's time by Roob's: not measured (goal: at least 4): NOT MET",
        (
            "batch insert: Roob's time by that of plain sqlite3, running the same "
            "statements: 3.100 (goal: at most 3): NOT MET"
        ),
        "batch insert: peewee's time by Roob's: 2.581 (goal: at least 2.5): met",
        (
            "batch insert: sqlalchemy's time by Roob's: not measured "
            "(goal: at least 2.5): NOT MET"
        ),
        (
            "batch insert: django's time by Roob's: not measured "
            "(goal: at least 2.5): NOT MET"
        ),
    ]


def test_postgresql_has_its_own_ratios_and_no_goal() -> None:
    report = OrmReport("postgresql", 10_000, REPORT.timings)
    assert "psycopg, bare fetchall" in render_report(report)
    assert verdicts([report]) == []
