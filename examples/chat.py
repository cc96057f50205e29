"""A chat: rooms over websockets, and each room's history as server-sent events.

Run it, and open http://127.0.0.1:8000/ in two windows::

    gunicorn -w 1 --threads 50 examples.chat:app     # a thread for each who is there
    gunicorn -w 1 -k asgi examples.chat:on_asgi      # or on an event loop

Whoever only wants to read along needs no websocket::

    curl -N http://127.0.0.1:8000/rooms/lobby/events

One worker: rooms live in its memory. Who reads too slowly is put out of the room, and
nobody waits for them.
"""

from collections import deque
from collections.abc import Iterator
from threading import Lock, Thread
from typing import Any

from roob import Roob
from roob.bridge import WsgiToAsgi
from roob.events import Broadcast, Event, EventStream, Subscription, last_event_id
from roob.exceptions import ResponseError
from roob.models.connections import close_all
from roob.models.requests import Request
from roob.websockets import ConnectionClosed, WebSocket

ROOMS = ("lobby", "kitchen", "garden")
LINES_KEPT = 100
MAX_NAME = 40
TOO_SLOW = 4000

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chat</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto;
         padding: 1rem }
  ol { list-style: none; padding: 0; min-height: 10rem; overflow-wrap: anywhere }
  form { display: flex; flex-wrap: wrap; gap: .5rem }
  input { flex: 1 1 12rem; min-width: 0 }
  input, button { font: inherit; padding: .35rem .6rem }
  output { flex-basis: 100% }
</style>
<h1>The lobby</h1>
<ol id="lines" role="log" aria-live="polite"></ol>
<form id="form">
  <input id="text" aria-label="Say" placeholder="Say something" autocomplete="off"
         maxlength="500" required>
  <button id="send" disabled>Send</button>
  <output id="state">connecting</output>
</form>
<script>
  const name = prompt("Your name") || "somebody";
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const room = `${scheme}://${location.host}/rooms/lobby`;
  const [lines, form, text, send, state] =
    ["lines", "form", "text", "send", "state"].map((id) => document.getElementById(id));
  let socket, last = 0;
  function show(words, isConnected) {
    state.value = words;
    send.disabled = !isConnected;
  }
  function connect() {
    show("connecting", false);
    const asked = new URLSearchParams({ name, since: last });
    socket = new WebSocket(`${room}?${asked}`);
    socket.onopen = () => show(`connected as ${name}`, true);
    socket.onclose = () => { show("away", false); setTimeout(connect, 2000); };
    socket.onmessage = ({ data }) => {
      const { id, who, text } = JSON.parse(data);
      const line = document.createElement("li");
      line.textContent = `${who}: ${text}`;
      lines.append(line);
      last = id;
    };
  }
  form.onsubmit = (event) => {
    event.preventDefault();
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(text.value);
    text.value = "";
  };
  connect();
</script>
</html>
"""


class Room:
    """Who says what, to all who listen: ``room.say("ada", "Hello")``."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: deque[Event] = deque(maxlen=LINES_KEPT)
        self._count = 0
        self.said = Broadcast()

    def say(self, who: str, text: str) -> None:
        """One more line; its number is its event's id."""
        with self._lock:
            self._count += 1
            said = {"id": self._count, "who": who, "text": text}
            line = Event(said, id=self._count)
            self._lines.append(line)
            self.said.publish(line)

    def listen(self, since: int = 0) -> tuple[list[Event], Subscription]:
        """The lines kept from behind that number, and all that follow: none twice.

        A number that is not reached yet is from before the server began anew.
        """
        with self._lock:
            since = since if since <= self._count else 0
            past = [line for line in self._lines if int(line.id or 0) > since]
            return past, self.said.subscribe()


class Chat(Roob):
    """The application, which its server can ask to drain."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms = {name: Room() for name in ROOMS}
        self.add_route("/", page, ["GET"])
        self.add_route("/rooms/{name}/events", self.follow, ["GET"])
        self.websocket("/rooms/{name}", max_message_bytes=4000)(self.talk)

    def room(self, name: str) -> Room:
        """A room by its name.

        Raises:
            ResponseError: 404, there is none.
        """
        if name not in self.rooms:
            raise ResponseError(f"There is no room {name!r}", 404)
        return self.rooms[name]

    def talk(self, socket: WebSocket, name: str) -> None:
        """Bring a client's lines to the room, and the room's to the client."""
        room = self.room(name)
        who = socket.request.GET.get("name", "")[:MAX_NAME] or "somebody"
        socket.accept()
        past, coming = room.listen(number_in(socket.request.GET.get("since")))
        writer = Thread(target=tell, args=(socket, past, coming), daemon=True)
        writer.start()
        try:
            for message in socket:
                room.say(who, str(message))
        finally:
            coming.close()
            writer.join()

    def follow(self, request: Request, name: str) -> EventStream:
        """The room for readers; a client that comes again goes on where it was."""
        past, coming = self.room(name).listen(number_in(last_event_id(request)))
        return EventStream(Lines(past, coming))

    def drain(self) -> None:
        """The server stops: let everybody go."""
        for room in self.rooms.values():
            room.said.close()
        close_all()


class Lines:
    """What was said, then what is said; closing it ends the subscription."""

    def __init__(self, past: list[Event], coming: Subscription) -> None:
        self._past = past
        self._coming = coming

    def __iter__(self) -> Iterator[Any]:
        yield from self._past
        yield from self._coming

    def close(self) -> None:
        """Nobody reads on."""
        self._coming.close()


def tell(socket: WebSocket, past: list[Event], coming: Subscription) -> None:
    """A client's second thread: so a slow client holds up no other."""
    try:
        for line in Lines(past, coming):
            if line is not None:
                socket.send_json(line.data)
        if socket.is_open:
            socket.close(TOO_SLOW, "Too slow")
    except ConnectionClosed:
        coming.close()


def number_in(text: str | None) -> int:
    """A line's number as a client says it: ``"17" -> 17``; of no number, 0."""
    return int(text) if text and text.isdecimal() and len(text) < 20 else 0


def page(_request: Request) -> str:
    """The room, for browsers."""
    return PAGE


app = Chat()
on_asgi = WsgiToAsgi(app)
