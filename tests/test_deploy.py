"""The files in deploy/ work: systemd reads the units, gunicorn its settings, nginx its own."""

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

import config
from registration.extensions import db
from registration.models import Registration
from tests.clients import Visitor
from tests.races.crowd import typed
from tests.servers.missing import program
from tests.servers.ports import free_port, wait_until
from tests.today import make_open_workshop

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir() if path.is_file())
FOLDER = "/srv/registration"
MOST_EXPOSED = 2.0  # of 10; systemd calls it OK


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they would be installed, but with this folder."""
    folder = tmp_path / "units"
    shutil.copytree(DEPLOY / "systemd", folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_text(path.read_text().replace(FOLDER, str(ROOT)))
    return folder


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:"}
    return subprocess.run(
        [program("systemd-analyze"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def complaints(folder: Path, unit: str) -> list[str]:
    """What systemd says about our units; it also speaks of others of this machine."""
    path = folder / unit.replace("@.", "@1.") if "@" in unit else folder / unit
    if "@" in unit:
        shutil.copy(folder / unit, path)
    said = analyze(folder, "verify", "--man=no", "--generators=no", str(path)).stderr
    return [line for line in said.splitlines() if "registration" in line or str(folder) in line]


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_has_no_complaint(unit: str, units: Path) -> None:
    assert complaints(units, unit) == []


def test_a_planted_mistake_is_found(units: Path) -> None:
    path = units / "registration-web.service"
    path.write_text(path.read_text().replace("Restart=always", "Restart=allways"))

    assert complaints(units, path.name)


@pytest.mark.parametrize("unit", [name for name in UNITS if name.endswith(".service")])
def test_units_can_do_little_harm(unit: str, units: Path) -> None:
    name = unit.replace("@.", "@1.")
    if name != unit:
        shutil.copy(units / unit, units / name)
    said = analyze(units, "security", "--offline=true", "--no-pager", str(units / name)).stdout
    found = re.search(r"exposure level for .*?: ([\d.]+)", said)

    assert found is not None, said
    assert float(found[1]) <= MOST_EXPOSED


def test_a_worker_may_finish_the_mail_in_flight() -> None:
    unit = (DEPLOY / "systemd" / "registration-worker@.service").read_text()
    longest = config._mail(config.Env())["MAIL_FINAL_TIMEOUT_SECONDS"]

    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > longest


def test_gunicorn_takes_its_settings() -> None:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(DEPLOY / "gunicorn.conf.py"),
        "--print-config",
    ]
    done = subprocess.run(
        [*command, "wsgi:app"],
        cwd=ROOT,
        env=os.environ | {"APP_ENV": "test"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    read = {name.strip(): value.strip() for name, value in said.items()}

    assert (read["threads"], read["preload_app"], read["control_socket_disable"]) == ("2", "True", "True")
    assert int(read["graceful_timeout"]) < 40


def test_settings_of_the_example_are_settings() -> None:
    from tests.test_documents import SETTING_READ

    known = set(SETTING_READ.findall((ROOT / "config.py").read_text()))
    named = re.findall(r"^([A-Z_]+?)(?:_FILE)?=", (DEPLOY / "registration.env.example").read_text(), re.M)

    assert set(named) - known == set()


class Nginx:
    """The example with a certificate of its own, and everything else in a folder of the test."""

    def __init__(self, program_path: str, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"https://localhost:{self.port}"
        self._command = [program_path, "-c", str(folder / "nginx.conf")]
        self._process: subprocess.Popen[bytes] | None = None
        _make_certificate(folder)
        text = (DEPLOY / "nginx" / "registration.conf").read_text()
        text = text.replace("/etc/ssl/registration", str(folder)).replace("/var/log/nginx", str(folder))
        text = re.sub(r"listen \[::\].*", "", text).replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.port}")
        (folder / "site.conf").write_text(text)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in kinds)
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} "
            f"http {{ {temporary} include {folder}/site.conf; }}"
        )

    def examine(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False)

    def start(self, web: str = "") -> None:
        """Pass requests to `web`, host and port; nobody listens where the example says."""
        site = self.folder / "site.conf"
        site.write_text(site.read_text().replace("127.0.0.1:8000", web or f"127.0.0.1:{free_port()}"))
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        wait_until(lambda: self.get("/") is not None)

    def get(self, path: str) -> int | None:
        """The status of the answer, None when nobody listens yet."""
        trusting = ssl._create_unverified_context()
        asked = urllib.request.Request(
            f"https://127.0.0.1:{self.port}{path}", headers={"Host": "anmeldung.example.org"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=5, context=trusting) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    server = Nginx(program("nginx", "/usr/sbin/nginx", str(ROOT / "build/nginx/usr/sbin/nginx")), tmp_path)
    yield server
    server.stop()


def _make_certificate(folder: Path) -> None:
    subject = ["-nodes", "-subj", "/CN=anmeldung.example.org", "-newkey", "rsa:2048"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([program("openssl"), "req", "-x509", *subject, *files], check=True, capture_output=True)


def test_nginx_has_no_complaint(nginx: Nginx) -> None:
    done = nginx.examine()

    assert done.returncode == 0, done.stderr


def test_nginx_logs_no_key_and_no_address(nginx: Nginx) -> None:
    nginx.start()
    for path in (
        "/confirm/SECRET",
        "/en/my-registration/SECRET/calendar.ics?q=SECRET",
        "/workshops/kooperation",
    ):
        assert nginx.get(path) == 502  # nobody stands behind it here
    assert nginx.get("/metrics") == 404
    nginx.stop()
    logged = (nginx.folder / "registration.log").read_text() + (
        nginx.folder / "registration-error.log"
    ).read_text()

    assert "/confirm/*" in logged
    assert "/en/my-registration/*/calendar.ics" in logged
    assert "/workshops/kooperation" in logged
    assert "SECRET" not in logged
    assert "127.0.0.1" not in logged


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_person_registers_through_nginx(app_context: Flask, live_server, nginx: Nginx) -> None:
    server = live_server(1, PUBLIC_URL=nginx.url, TRUSTED_PROXY_HOPS=1, APP_ENV="production")
    make_open_workshop("kooperation")
    nginx.start(server.url.removeprefix("http://"))
    person = Visitor(nginx.url)
    path = "/workshops/kooperation/register"

    form = person.get(path)
    sent = person.post(path, **form.hidden_fields, **typed(1))

    assert (form.status, sent.status) == (200, 303)
    assert sent.location.startswith("/")
    assert "__Host-session" in person.cookies
    assert db.session.scalars(select(Registration.email)).all() == [typed(1)["email"]]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_nobody_is_refused_while_the_web_restarts(live_server) -> None:
    """The socket belongs to systemd and stays open; here it belongs to the test."""
    server = live_server(1)
    answers: list[int | str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                with urllib.request.urlopen(f"{server.url}/imprint", timeout=30) as answer:
                    answers.append(answer.status)
            except (OSError, urllib.error.URLError) as error:
                answers.append(str(error))
            time.sleep(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.5)
    (web,) = server.processes
    web.send_signal(signal.SIGTERM)
    web.wait(10)
    server.start_web(1)
    over.set()
    asking.join(40)

    assert len(answers) > 10
    assert set(answers) == {200}
