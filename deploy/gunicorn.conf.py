"""How gunicorn serves the site: `gunicorn -c deploy/gunicorn.conf.py wsgi:application`.

Every value can be overruled on gunicorn's command line; the two that differ most between machines also by variables.
"""

import os

bind = os.environ.get("EXAMSITE_BIND", "127.0.0.1:8000")  # a reverse proxy stands in front and speaks TLS
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))  # one a core
worker_class = "gthread"
threads = 16  # of one worker's saves, more share a commit: with 8, a third fewer saves
preload_app = False  # a SQLite connection must not be carried across a fork

timeout = 60  # seconds without a sign of life before a worker is replaced; slow work is for jobs
graceful_timeout = 30  # seconds that requests under way get when the server is told to stop
keepalive = 15  # seconds; the proxy keeps its connections open

# Only a proxy on this machine may say who the visitor is and whether they came by TLS.
forwarded_allow_ips = "127.0.0.1,::1"
control_socket_disable = True  # otherwise gunicorn opens an administration socket in the home folder

# The workers' sign of life is a file that is touched; on a slow disk touching it may block.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

accesslog = None  # the proxy keeps one
errorlog = "-"
loglevel = "info"
