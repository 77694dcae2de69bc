"""Recordings -> transcripts. A name is loaded when it is first asked for: the process that reads transcripts only, and waits for
the recogniser's, does without all that hears them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
