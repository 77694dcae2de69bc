"""For all tests: no law on random data fails because the machine is busy."""

from hypothesis import settings

settings.register_profile("laidian", deadline=None)
settings.load_profile("laidian")
