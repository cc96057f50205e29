import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import ConfigurationError, UnavailableError

from demo_app.core.repositories import SqlStore
from demo_app.core.storage import Storage, make_folder
from demo_app.tests.fakes import at_noon


def names(storage):
    return [product.name for product in SqlStore(storage).products.all()]


def test_a_new_database_is_created_in_its_folder_and_seeded(url):
    assert names(Storage(url, at_noon)) == [
        "S25 Ultra",
        "iPhone",
        "Macbook Pro M4",
        "Dell XPS",
    ]


def test_a_relative_path_is_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    Storage("sqlite:///var/inventory.sqlite", at_noon)()

    assert (tmp_path / "var" / "inventory.sqlite").is_file()


def test_nothing_is_made_before_the_database_is_needed(url, tmp_path):
    Storage(url, at_noon)

    assert list(tmp_path.iterdir()) == []


def test_deleted_products_do_not_come_back_with_the_next_start(any_url):
    with Storage(any_url, at_noon)() as database:
        for product_id in (1, 2, 3, 4):
            SqlStore(lambda: database).products.remove(product_id)

    with Storage(any_url, at_noon)() as database:
        assert SqlStore(lambda: database).products.all() == []


def test_threads_that_begin_together_seed_once(any_url):
    storage = Storage(any_url, at_noon)
    barrier = threading.Barrier(8)
    seen = []

    def start():
        barrier.wait()
        seen.append(names(storage))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    storage().close()

    assert [len(each) for each in seen] == [4] * 8


def test_a_seed_that_fails_half_way_leaves_nothing_and_is_done_next_time(
    url, monkeypatch
):
    storage = Storage(url, at_noon)
    with monkeypatch.context() as patch:
        patch.setattr("demo_app.core.repositories.StockRepository.record", None)
        with pytest.raises(TypeError):
            storage()

    assert len(names(storage)) == 4


def test_a_folder_that_cannot_be_made_is_a_missing_database(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(UnavailableError, match="no folder"):
        Storage(f"sqlite:///{tmp_path}/file/var/x.sqlite", at_noon)()


def test_a_url_of_no_database_is_refused_at_once():
    with pytest.raises(ConfigurationError):
        Storage("postgres-typo://nowhere/db", at_noon)


def test_tables_of_an_earlier_version_are_refused(url):
    make_folder(url)
    with DatabaseFactory.from_url(url) as database:
        database.execute("CREATE TABLE brand (id INTEGER PRIMARY KEY, name TEXT)")

    with pytest.raises(UnavailableError, match=r"^not this version's tables: .*folded"):
        Storage(url, at_noon)()


def test_stores_that_begin_together_on_one_server_seed_once(postgres_url):
    barrier = threading.Barrier(6)

    def start(_):
        storage = Storage(postgres_url, at_noon)
        barrier.wait()
        with storage() as database:
            return len(SqlStore(lambda: database).products.all())

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(start, range(6))) == [4] * 6
