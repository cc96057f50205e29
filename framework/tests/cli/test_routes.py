def test_the_table_is_listed_in_its_order_with_the_handlers_places(roob, shop):
    result = roob("routes")
    assert result.exit_code == 0
    rows = [line.split("  ") for line in result.output.splitlines()]
    found = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert found[0][:2] == ["GET", "/static/{path:path}"]
    assert found[1][:3] == ["GET", "/books/{book_id:d}", "get_book"]
    assert found[1][3].startswith(f"{shop}.py:")
    assert [row[1] for row in found[2:]] == ["/books", "/echo", "/seen", "/crash"]


def test_the_columns_are_below_one_another(roob, shop):
    lines = roob("routes").output.splitlines()
    assert len({line.index("/") for line in lines}) == 1


def test_an_app_that_is_no_roob_app_has_none(roob, shop):
    result = roob("routes", "--app", f"{shop}:plain")
    assert result.exit_code == 1
    assert "function is no Roob application" in result.output


def test_a_table_in_colours_says_the_same(roob, shop, monkeypatch):
    plain = roob("routes").output
    monkeypatch.setattr("roob.cli.terminal.has_colours", lambda: True)
    coloured = roob("routes", color=True).output
    assert "\x1b[" in coloured
    assert plain.split()[1] in coloured
