"""What `make bench` prints, from made-up figures."""

from benchmarks.footprint import Footprint
from benchmarks.footprint import render as render_footprints
from benchmarks.in_process_tables import Results, render_report, verdicts
from benchmarks.measure import Cell, Report

REPORT = Report(
    routes=50,
    setup_seconds={"raw": 0.001, "roob": 0.02, "falcon_orjson": 0.03, "rolo": None},
    cells=(
        Cell("raw", "json", (2e-6, 2e-6, 2e-6), 960),
        Cell("roob", "json", (2.2e-6, 2.2e-6, 9e-6), 960),
        Cell("falcon_orjson", "json", (4e-6, 4e-6, 4e-6), 960),
    ),
    notes=("rolo: not installed",),
)
GROWTH = (Cell("roob at 50", "x", (3e-6,)), Cell("roob at 10000", "x", (3.9e-6,)))


def test_a_report_shows_time_both_ratios_and_who_is_missing() -> None:
    lines = render_report(REPORT).splitlines()
    roob = next(line for line in lines if line.startswith("| roob"))
    rolo = next(line for line in lines if line.startswith("| rolo"))
    assert "2.20 (1.1 / 0.55)" in roob
    assert "- (- / -)" in rolo
    assert lines[-1] == "* rolo: not installed"


def test_the_last_lines_hold_roob_against_the_goals() -> None:
    share, growth = map(str, verdicts(Results((REPORT,), GROWTH, ())))
    assert share == (
        "json, 50 routes: Roob's share of Falcon-with-orjson's time: "
        "0.550 (goal: at most 0.6): met"
    )
    assert growth == (
        "typed parameter: Roob's time at 10,000 routes by its time at 50: "
        "1.300 (goal: at most 1.2): NOT MET"
    )


def test_typed_cases_have_a_table_and_goals_of_their_own() -> None:
    cells = (
        Cell("roob_typed", "typed post", (2e-6, 2e-6, 2e-6), 960),
        Cell("fastapi_typed", "typed post", (4e-6, 4e-6, 4e-6), 960),
        Cell("falcon_orjson_typed", "typed post", (1e-6, 1e-6, 1e-6), 960),
    )
    setup = {"roob_typed": 0.1, "fastapi_typed": 0.1, "falcon_orjson_typed": 0.1}
    report = Report(50, setup, cells)
    title, *_, roob, _, _ = render_report(report).splitlines()
    assert title.endswith("(ratio to FastAPI / ratio to Falcon with orjson)")
    assert "2.00 (0.5 / 2.00)" in roob
    fastapi, falcon, orjson, _ = map(str, verdicts(Results((report,), (), ())))
    assert fastapi.endswith("of fastapi_typed's time: 0.500 (goal: at most 1): met")
    assert not falcon.endswith(": met")
    assert orjson.endswith("time: 2.000 (goal: at most 1): NOT MET")


def test_without_falcon_no_share_is_claimed() -> None:
    report = Report(50, {"roob": 0.1}, (Cell("roob", "json", (1e-6,)),))
    share, growth = verdicts(Results((report,), (), ()))
    assert not share.is_met
    assert not growth.is_met
    assert "not measured" in str(share)


def test_footprints_are_medians_in_milliseconds_and_mebibytes() -> None:
    drawn = render_footprints(
        [Footprint("roob", (0.07, 0.05, 0.06), (2048.0, 1024.0)), Footprint("flask")]
    )
    assert "| roob  |       60.0 |           1.5 |" in drawn
    assert "| flask |          - |             - |" in drawn
