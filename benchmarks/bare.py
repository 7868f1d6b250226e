"""The limit of sending: smtplib with a finished mail, and nothing around it."""

import smtplib
import ssl
import threading
from pathlib import Path

ADDRESS = "bench@example.org"
NAME = "bench.example.org"  # or smtplib asks for the name of this machine, which may take long


def send(port: int, mail: bytes, count: int, connections: int) -> None:
    """Send over so many connections at once, each in a thread of this process."""
    shares = [count // connections + (number < count % connections) for number in range(connections)]
    threads = [threading.Thread(target=_send_share, args=[port, mail, share]) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send_each_alone(port: int, mail: bytes, count: int, authority: Path) -> None:
    """Open a connection for each mail, encrypt it, and say good-bye."""
    context = ssl.create_default_context(cafile=authority)
    for _ in range(count):
        with smtplib.SMTP("127.0.0.1", port, NAME) as connection:
            connection.starttls(context=context)
            connection.sendmail(ADDRESS, [ADDRESS], mail)


def _send_share(port: int, mail: bytes, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, NAME) as connection:
        for _ in range(count):
            connection.sendmail(ADDRESS, [ADDRESS], mail)
