"""How often each fault is tried: a short form with every `make test`, the long one with `make faults`."""

import os

IS_LONG = os.environ.get("FAULTS") == "long"


def times(short: int, long: int) -> int:
    """Return the number for the form that is asked for."""
    return long if IS_LONG else short


MIXED_OPERATIONS = times(1_000, 20_000)  # register, withdraw, move up, resize: per database
RUSHES = times(3, 50)  # of 60 people for 16 seats over HTTP
RUSHES_TO_CONFIRM = times(2, 10)  # the same, with seats given when the address is confirmed
ATTEMPTS = times(1_000, 10_000)  # at 16 seats, without the web in between
RUSHES_OF_SERVICES = times(1, 5)
PAIRS = times(5, 200)  # of things that happen to one seat in the same moment, each on each database
RUSHES_FOR_OPTIONS = times(1, 20)  # of 60 people for 12 seats on site and 20 online
DOUBLE_SUBMITS = times(25, 1_000)  # of one shown form, and again of two forms by one person
WEB_KILLS = times(20, 200)  # per database
DATABASE_RESTARTS = times(2, 20)
FULL_DISKS = times(5, 50)
KILLS = times(120, 1_000)  # of workers, per database: the points below, the rest at random
KILLS_PER_POINT = times(2, 60)
KILLS_HOLD = times(30, 300)  # under MAIL_UNCERTAIN=hold
SERVER_FAULTS = times(1, 9)  # rounds in which a mail server shows each of 23 faults three times
SLEEPERS = times(3, 100)  # workers stopped past their lease, and woken
MACHINE_MAILS = times(400, 5_000)  # due at once for two machines with two workers each
STORIES = times(15, 500)  # that Hypothesis makes up, on SQLite
VOLUMES = times(1, 4)  # among which the stories are divided, for processes beside each other
STEPS_PER_STORY = times(20, 50)
