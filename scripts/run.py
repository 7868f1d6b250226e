"""Start web, worker and mailbox for somebody who wants to see the product, and say where they are."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parent.parent
SECONDS_TO_START = 60
SIGNALS_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEMO_PASSWORD = "demo-workshop-2027"  # noqa: S105 - known to everybody, and made only for the demo

WELCOME = """
  Public pages      {url}/
  Organiser's desk  {url}/organiser   (demo@example.org, password {password})
  Mails sent        {url}/mailbox

  The data stays in {folder}. Ctrl-C ends everything.
"""


def main() -> None:
    for variable in ("PORT", "MAILBOX_PORT"):
        refuse_taken_port(variable)
    os.chdir(ROOT)
    os.environ.update(settings())
    if subprocess.run([sys.executable, "-m", "scripts.prepare"], check=False).returncode:
        sys.exit("The database could not be prepared. The lines above say why.")
    # A session of its own: Ctrl-C reaches us only, and honcho gets it once, from us.
    programs = subprocess.Popen([sys.executable, "-m", "honcho", "start"], start_new_session=True)
    stopped = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)
        programs.terminate()

    for number in SIGNALS_TO_STOP:
        signal.signal(number, stop)
    if wait_for_answers(programs):
        folder = os.environ["INSTANCE_DIR"]
        print(WELCOME.format(url=os.environ["PUBLIC_URL"], password=DEMO_PASSWORD, folder=folder), flush=True)
    status = programs.wait()
    sys.exit(0 if stopped else status)


def refuse_taken_port(variable: str) -> None:
    port = os.environ[variable]
    try:
        socket.create_server(("127.0.0.1", int(port))).close()
    except ValueError:
        sys.exit(f"{variable} must be a number, not “{port}”.")
    except OSError as problem:
        reason = os.strerror(problem.errno or 0)
        sys.exit(f"Port {port}: {reason}. Choose another with {variable}=…, or end the other program.")


def settings() -> dict[str, str]:
    """What the local installation needs; the rest are the defaults of config.py."""
    instance = Path(os.environ["INSTANCE_DIR"]).resolve()
    instance.mkdir(parents=True, exist_ok=True)
    local = {
        "APP_ENV": "development",
        "INSTANCE_DIR": str(instance),
        "SECRET_KEY_FILE": str(secret_key(instance)),
        "PUBLIC_URL": f"http://localhost:{os.environ['PORT']}",
        "MAIL_PER_MINUTE": "0",  # the mailbox on this machine takes any number
        "MAIL_QUIET_FROM": "",  # and disturbs nobody, also on a Sunday
        "MAIL_QUIET_UNTIL": "",
        # to see what the form foresees
        "AGREEMENTS_ARE_PUBLIC": os.environ.get("AGREEMENTS_ARE_PUBLIC", "true"),
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": os.environ["MAILBOX_PORT"],
        "MAILBOX_DIR": str(instance / "mailbox"),
        "FLASK_APP": "wsgi",
        "PYTHONUNBUFFERED": "1",
    }
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return local | {"PATH": programs}


def secret_key(instance: Path) -> Path:
    path = instance / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path


def wait_for_answers(programs: subprocess.Popen[bytes]) -> bool:
    """Whether web, worker (through /healthz) and mailbox answered; False when one of them ended before."""
    end = time.monotonic() + SECONDS_TO_START
    while programs.poll() is None and time.monotonic() < end:
        if healthy() and listening(int(os.environ["MAILBOX_PORT"])):
            return True
        time.sleep(0.1)
    print("Not everything has answered. The lines above say why.", file=sys.stderr)
    return False


def healthy() -> bool:
    address = f"http://127.0.0.1:{os.environ['PORT']}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == http.HTTPStatus.OK)
    except (OSError, http.client.HTTPException):
        return False


def listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
