"""One socket and many messages: do all come back, and in their order."""

import asyncio

from websockets.asyncio.client import ClientConnection, connect


def count_in_order(url: str, messages: int) -> int:
    """How many of the numbers that were sent came back in their order."""
    return asyncio.run(_count(url.replace("http", "ws", 1), messages))


async def _count(url: str, messages: int) -> int:
    async with connect(f"{url}/echo", compression=None, proxy=None) as connection:
        # The sender waits for nothing: thousands are under way at a time.
        sender = asyncio.create_task(_send(connection, messages))
        for number in range(messages):
            if await asyncio.wait_for(connection.recv(), 30) != str(number):
                return number
        await sender
    return messages


async def _send(connection: ClientConnection, messages: int) -> None:
    for number in range(messages):
        await connection.send(str(number))
