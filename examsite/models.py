"""Imports every table, so that the metadata is whole.  Only `app`, migrations and tests may use it."""

from examsite import audit, files, jobs
from examsite.access import models as access
from examsite.analysis import models as analysis
from examsite.authoring import models as authoring
from examsite.authoring.catalogue import models as catalogue
from examsite.authoring.pictures import models as pictures
from examsite.authoring.secrecy import models as secrecy
from examsite.authoring.textbooks import models as textbooks
from examsite.authoring.vetting import models as vetting
from examsite.invigilation.check_in import models as check_in
from examsite.invigilation.conduct import models as conduct
from examsite.invigilation.duties import models as duties
from examsite.invigilation.interventions import models as interventions
from examsite.invigilation.records import models as invigilation_records
from examsite.invigilation.rehearsals import models as rehearsals
from examsite.planning import models as planning
from examsite.planning.sealing import models as sealing
from examsite.registration import models as registration
from examsite.registry import models as registry
from examsite.results import models as results
from examsite.sitting import models as sitting
from examsite.sitting.transcription import models as transcription

ALL_STAGES = (
    access,
    registry,
    authoring,
    pictures,
    secrecy,
    vetting,
    catalogue,
    textbooks,
    planning,
    sealing,
    registration,
    sitting,
    rehearsals,
    transcription,
    duties,
    check_in,
    invigilation_records,
    interventions,
    conduct,
    results,
    analysis,
)
PLUMBING = (audit, files, jobs)
