"""Free ports and waiting for somebody to answer on one."""

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(question: Callable[[], object], seconds: float = 60.0, pause: float = 0.05) -> None:
    """Ask until the answer is truthy; AssertionError when it is not within `seconds`."""
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(pause)
