"""A long way to the mail server: `python -m benchmarks.distance PORT SERVER_PORT MILLISECONDS`.

Whatever is said arrives half a round trip later, in either direction, as much at once as was said at once:
the way is long, not narrow. Opening a connection takes one round trip and a half more than the loopback, so
that the server's greeting comes two round trips after the first packet, as it does over a real line.
"""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Coroutine

BLOCK = 256 * 1024


def road(
    server_port: int, seconds: float
) -> Callable[[StreamReader, StreamWriter], Coroutine[None, None, None]]:
    async def travel(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(1.5 * seconds)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server_port)
        there, back = _lane(reader, far_writer, seconds / 2), _lane(far_reader, writer, seconds / 2)
        await asyncio.gather(there, back)

    return travel


async def _lane(reader: StreamReader, writer: StreamWriter, seconds: float) -> None:
    """One direction: what comes in is noted with its arrival, and goes on in the same order."""
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    arriving = asyncio.create_task(_arrive(under_way, writer))
    loop = asyncio.get_running_loop()
    try:
        while block := await reader.read(BLOCK):
            under_way.put_nowait((loop.time() + seconds, block))
    except ConnectionError:
        pass
    under_way.put_nowait((loop.time() + seconds, b""))
    await arriving


async def _arrive(under_way: "asyncio.Queue[tuple[float, bytes]]", writer: StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        at, block = await under_way.get()
        await asyncio.sleep(max(0, at - loop.time()))
        if not block:
            break
        writer.write(block)
    writer.close()


async def main(port: int, server_port: int, milliseconds: float) -> None:
    server = await asyncio.start_server(road(server_port, milliseconds / 1000), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
