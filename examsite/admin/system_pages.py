"""The page about the state of the site."""

from __future__ import annotations

from flask import current_app, render_template
from flask_babel import lazy_gettext as lazy

from examsite.access.guard import needs
from examsite.access.permissions import Permission
from examsite.admin.blueprint import bp
from examsite.admin.system import system_state
from examsite.clock import system_clock
from examsite.db import database, reading
from examsite.jobs import JobStatus
from examsite.version import VERSION

JOB_WORDS = {
    JobStatus.WAITING: lazy("Waiting"),
    JobStatus.RUNNING: lazy("Running"),
    JobStatus.DONE: lazy("Done"),
    JobStatus.FAILED: lazy("Failed"),
}


@bp.get("/system")
@needs(Permission.SEE_SYSTEM)
def system() -> str:
    with reading() as rows:
        state = system_state(rows, database().engine)
    config = current_app.extensions["examsite-config"]
    return render_template(
        "admin/system.html",
        state=state,
        job_words=JOB_WORDS,
        version=VERSION,
        config=config,
        server_now=system_clock(),
    )
