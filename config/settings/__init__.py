"""Every setting, by theme, with defaults that run on one machine. `.env.example` explains those that the environment gives."""

from config.settings.base import *
from config.settings.browser import *
from config.settings.desk import *
from config.settings.environment import *
from config.settings.evidence import *
from config.settings.interfaces import *
from config.settings.logs import *
from config.settings.traffic import *
from config.settings.workers import *
