"""One function a stage: read tables, call the pure function, check, publish. The order of a night stands in order.py.

Day stages work on one business day, log-wide stages on the whole lake. Every step is safe to repeat and to interrupt: what
it publishes replaces what was there, whole or not at all.

A step is imported when it is first asked for (`__init__.pyi` says where each lives): all of them together take 3 s of CPU, which
a command that needs one, and the recogniser's process, would spend before they begin. So no step is named like a module here.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
