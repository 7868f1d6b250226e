"""A worker whose clock ticks once a day: it sends what it is woken for, and nothing by looking.

`python -m tests.servers.sleepy_worker`
"""

from dataclasses import replace
from datetime import timedelta

from registration import create_app, jobs

DAY = timedelta(days=1)

if __name__ == "__main__":
    jobs.JOBS = tuple(replace(job, every=DAY) for job in jobs.JOBS)
    jobs.run_worker(create_app())
