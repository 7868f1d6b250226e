"""The commands of the terminal: `flask …`."""

from flask import Flask

from registration.cli.backup import backup, restored
from registration.cli.demo import demo
from registration.cli.doctor import doctor
from registration.cli.mail import mail
from registration.cli.organisers import create_organiser
from registration.cli.worker import list_jobs, run_job, worker


def register(app: Flask) -> None:
    """Attach all commands."""
    for command in (backup, restored, create_organiser, demo, doctor, mail, worker, list_jobs, run_job):
        app.cli.add_command(command)
