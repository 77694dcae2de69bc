"""The error tree: every message says where, what was found, what was expected, what to do.

    LaidianError            1
    ├── SettingsError       3   laidian.toml cannot be used
    ├── InputError          4   a file given by the user cannot be used as a whole
    ├── ModelError          5   no recogniser, or the wrong one
    ├── WorkspaceError      6   the workspace is missing or broken
    ├── BusyError           7   another run holds the workspace
    ├── AudioError          8   one recording cannot be decoded (a night goes on without it)
    ├── TableError          9   a stage produced a table that breaks its own schema
    └── FlowError          10   the orchestrator failed

Exit code 2 is the command line's own (wrong option). No message holds a customer's words, name or number.
"""


class LaidianError(Exception):
    """An error with an exit code and a four-part message.

    Args:
        where: the file, line, setting or stage.
        found: what was found there; never a customer's words, name or number.
        expected: what would have been right.
        do: the next step for the reader.
    """

    exit_code = 1

    def __init__(self, where: str, found: str, expected: str, do: str) -> None:
        super().__init__(f"{where}: {found}; expected {expected}; {do}")
        self.where, self.found, self.expected, self.do = where, found, expected, do

    def __reduce__(self) -> tuple[type["LaidianError"], tuple[str, str, str, str]]:
        return type(self), (self.where, self.found, self.expected, self.do)


class SettingsError(LaidianError):
    """laidian.toml cannot be used."""

    exit_code = 3


class InputError(LaidianError):
    """A file given by the user cannot be used as a whole."""

    exit_code = 4


class ModelError(LaidianError):
    """No recogniser was found, or its files are not the ones the manifest names."""

    exit_code = 5


class WorkspaceError(LaidianError):
    """The workspace is missing or broken."""

    exit_code = 6


class BusyError(LaidianError):
    """Another run holds the workspace's lock."""

    exit_code = 7


class AudioError(LaidianError):
    """One recording cannot be decoded; the night goes on without it."""

    exit_code = 8


class TableError(LaidianError):
    """A stage produced a table that breaks its own schema."""

    exit_code = 9


class FlowError(LaidianError):
    """The orchestrator failed to start or to finish a run."""

    exit_code = 10
