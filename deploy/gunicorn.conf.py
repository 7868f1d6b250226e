"""How gunicorn serves the pages. `gunicorn --config deploy/gunicorn.conf.py wsgi:app`."""

import os

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")  # systemd's socket counts instead where there is one
workers = int(os.environ.get("WEB_CONCURRENCY", os.cpu_count() or 1))
worker_class = "gthread"
threads = 2  # more were never faster: Python runs one at a time
preload_app = True  # workers share memory; no connection is open when they fork
control_socket_disable = True
worker_tmp_dir = os.environ.get("RUNTIME_DIRECTORY")  # in memory: a slow disk must not look like a hang
timeout = 60
graceful_timeout = 30  # requests in flight are answered before a restart
keepalive = 15  # longer than the proxy's pauses between two requests
max_requests = 20_000  # renews a worker now and then, whatever may have piled up in it
max_requests_jitter = 2_000
accesslog = "-"  # one event per request: method, path without keys, status, duration
