"""The WSGI entrance: `gunicorn wsgi:app`, `flask --app wsgi`."""

import gc

from registration import create_app

app = create_app()

# Nothing made so far becomes garbage. What the collector leaves alone stays in the memory that gunicorn's
# workers share (--preload).
gc.collect()
gc.freeze()
