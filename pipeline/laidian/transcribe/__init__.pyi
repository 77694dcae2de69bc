# What `laidian.transcribe` offers, and in which module it lives; read by lazy_loader at run time and by type checkers.
from .recordings import identity as identity
from .recordings import transcribe as transcribe
from .transcript import Heard as Heard
from .transcript import Transcript as Transcript
from .vocabulary import Vocabulary as Vocabulary
