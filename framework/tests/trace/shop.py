"""A shop of one shelf, with a handler of each kind, to be watched from outside."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from roob import Roob
from roob.exceptions import BadRequest
from roob.middlewares import ErrorHandlerMiddleware, Middleware
from roob.models.responses import JSONResponse
from roob.orm.column import Column, PrimaryKey
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.table import Table


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)


class BookRepository:
    def __init__(self, database: Database) -> None:
        self.database = database

    def find(self, book_id):
        found = self.database.get_all(Book, id=book_id)
        return found[0] if found else None

    def add(self, title):
        book = Book(title=title)
        self.database.save(book)
        return book

    def pages(self, count):
        """A generator below a service."""
        for number in range(count):
            yield self._page(number)

    def _page(self, number):
        return f"page {number}"


class NoSuchBook(Exception):
    pass


class BookService:
    def __init__(self, repository):
        self.repository = repository

    def get(self, book_id):
        book = self.repository.find(book_id)
        if book is None:
            raise NoSuchBook(f"no book {book_id}")
        return book

    def forgiving(self, book_id):
        try:
            return self.get(book_id)
        except NoSuchBook:
            return None

    def depth(self, number):
        return 0 if number == 0 else 1 + self.depth(number - 1)


class Stamp(Middleware):
    """Adds a header on the way out."""

    def process_request(self, request):
        request.environ["shop.stamp"] = True

    def process_response(self, request, response):
        response.headers["X-Stamp"] = "yes"
        return response


class Doorman(Middleware):
    """Answers some requests by itself."""

    def process_request(self, request):
        if request.path == "/closed":
            return JSONResponse({"message": "closed"}, status=503)
        return None


class Teapot(Middleware):
    """Makes another status of one."""

    def process_response(self, request, response):
        if request.path == "/teapot":
            response.status = 418
        return response


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def hello(request, name):
    return {"message": f"Hello, {name}"}


@logged
def decorated(request):
    return {"decorated": True}


class Counter:
    """An object that is called."""

    def __call__(self, request):
        return {"count": 1}


class Late(Counter):
    """A handler that nothing registers at first, with code of its own."""

    def __call__(self, request):
        return {"late": True}


class Closing:
    """A body whose closing is a step."""

    __layer__ = "body"

    def __init__(self):
        self.pieces = iter([b"a", b"b"])

    def __iter__(self):
        return self.pieces

    def close(self):
        return "closed"


def shared(request, kind):
    return {"kind": kind}


def streaming(request):
    yield "one "
    yield "two "
    yield "three"


def left(request):
    """A stream of which only the first piece is taken."""
    pieces = streaming(request)
    first = next(pieces)
    pieces.close()
    return first


def unused(request):
    """A stream that is made and thrown away."""
    streaming(request).close()
    return "unused"


def torn(request):
    yield "one "
    raise ValueError("torn")


def crash(request):
    raise ZeroDivisionError("by nothing")


def refuse(request):
    raise BadRequest("not like this")


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("this error has no words")


def unspeakable(request):
    raise Unspeakable


def teapot(request):
    return "short and stout"


def helper(number):
    return number + 1


def with_helper(request):
    return {"number": helper(1)}


def create_shop(database: str = ":memory:", folder: str = "") -> Roob:
    app = Roob(template_dir=f"{folder}/templates", static_dir=f"{folder}/static")
    held = DatabaseFactory().get_connection(database)
    held.create(Book)
    if not held.get_all(Book):
        held.save(Book(title="Emma"))
    service = BookService(BookRepository(held))

    class Books:
        def get(self, request, book_id):
            return service.get(book_id)

    class Shelf:
        def get(self, request):
            return {"books": len(held.get_all(Book))}

        def post(self, request):
            book = service.repository.add(request.json["title"])
            return {"id": book.id, "count": len(held.get_all(Book))}, 201

    def forgiven(request):
        return {"found": service.forgiving(9)}

    def deep(request, number):
        return {"depth": service.depth(number)}

    def pages(request):
        return service.repository.pages(2)

    app.add_route("/hello/{name}", hello, ["GET"])
    app.add_route("/books/{book_id:d}", Books)
    app.add_route("/books", Shelf)
    app.add_route("/forgiven", forgiven, ["GET"])
    app.add_route("/deep/{number:d}", deep, ["GET"])
    app.add_route("/pages", pages, ["GET"])
    app.add_route("/decorated", decorated, ["GET"])
    app.add_route("/counter", Counter(), ["GET"])
    app.add_route("/shared", partial(shared, kind="partial"), ["GET"])
    app.add_route("/stream", streaming, ["GET"])
    app.add_route("/torn", torn, ["GET"])
    app.add_route("/left", left, ["GET"])
    app.add_route("/unused", unused, ["GET"])
    app.add_route("/crash", crash, ["GET"])
    app.add_route("/refuse", refuse, ["GET"])
    app.add_route("/unspeakable", unspeakable, ["GET"])
    app.add_route("/teapot", teapot, ["GET"])
    app.add_route("/helped", with_helper, ["GET"])
    app.add_exception_handler(
        NoSuchBook, lambda request, error: ({"message": str(error)}, 404)
    )
    app.add_middleware(Doorman)
    app.add_middleware(Teapot)
    app.add_middleware(Stamp)
    app.database = held
    return app


def create_guarded_shop(database: str = ":memory:") -> Roob:
    app = create_shop(database)
    app.add_middleware(ErrorHandlerMiddleware)
    return app


def plain_app(environ, start_response):
    """No app of Roob's."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"plain"]
