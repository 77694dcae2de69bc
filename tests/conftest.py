"""For all tests: no law on random data fails because the machine is busy; CI draws the same data each time, a person new data."""

import os

from hypothesis import settings

settings.register_profile("laidian", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("laidian")
