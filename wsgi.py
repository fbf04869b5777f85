"""What a WSGI server serves."""

from examsite.app import create_app
from examsite.config import Config

application = create_app(Config.from_environment())
app = application
