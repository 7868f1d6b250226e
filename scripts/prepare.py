"""Bring the local database up to date and fill it with the demo when it is empty."""

from flask.cli import ScriptInfo
from flask_migrate import upgrade

from registration import create_app


def main() -> None:
    app = create_app()
    with app.app_context():
        upgrade()
    # One process for both: starting Python twice is what a second `make run` would wait for.
    app.cli.main(["demo", "load", "--if-empty"], obj=ScriptInfo(create_app=lambda: app))


if __name__ == "__main__":
    main()
