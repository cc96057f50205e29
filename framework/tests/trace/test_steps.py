from dataclasses import replace

from roob.trace.steps import Recording, SqlDetail, Step, Times

SERVER = Step("server", "server", "app", "app()")


def sql(statement):
    return Step("sql", "SQLite", "f", "f", 0, 1, sql=SqlDetail(statement, [], None))


def recorded(*steps):
    return Recording("GET", "/", "200 OK", 2, Times(2, 1), [SERVER, *steps])


def test_a_place_is_a_file_and_a_line_or_nothing():
    assert replace(SERVER, file="shop.py", line=3).place == "shop.py:3"
    assert SERVER.place == ""


def test_the_children_of_a_step_are_in_their_order():
    steps = [replace(SERVER, parent=parent) for parent in (0, 1, 0, 3)]
    assert recorded(*steps).children() == {0: [1, 3], 1: [2], 3: [4]}


def test_the_most_frequent_statement_is_counted_where_it_ran_again():
    assert recorded(sql("SELECT 1"), sql("SELECT 1"), sql("COMMIT")).repeated == 2
    assert recorded(sql("SELECT 1"), sql("SELECT 2")).repeated == 0
    assert recorded(sql("COMMIT"), sql("COMMIT")).repeated == 0
    assert recorded().repeated == 0


def test_a_server_names_what_it_keeps():
    named = recorded().named("0a", "12:00:00")
    assert (named.id, named.at) == ("0a", "12:00:00")
    assert named.to_json()["id"] == "0a"


def test_all_of_it_is_plain_in_json():
    found = recorded(sql("SELECT 1")).to_json()
    assert found["sql"] == {"statements": 1, "repeated": 0}
    assert found["steps"][1]["sql"]["statement"] == "SELECT 1"
    assert found["time"] == {"recorded": 2, "honest": 1, "runs": 0}
