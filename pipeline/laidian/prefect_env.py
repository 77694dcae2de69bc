"""Prefect's surroundings, set before Prefect is imported: its home in the workspace, no telemetry, a server that dies with us.

Prefect's own temporary server survives a kill of its parent; so laidian starts the server itself as a child that asks the
system to be killed with its parent. An inherited PREFECT_* variable or profile is never used, nor the prefect.toml,
pyproject.toml or .env of the folder somebody happens to stand in (both processes work in Prefect's home, which holds none): a
night must not reach somebody's cloud by accident.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext
from pathlib import Path

from laidian.errors import FlowError

STARTUP_S = 120.0
_PR_SET_PDEATHSIG = 1


@contextmanager
def server(root: Path, api_url: str | None) -> Iterator[None]:
    """Prefect made ready for one command: the named server, or one of laidian's own for as long as the block runs.

    The working folder is Prefect's home until the block ends: paths used inside it must be absolute.

    Args:
        root: the workspace's folder, absolute.
        api_url: an own server's address; None: start one.

    Raises:
        FlowError: the server did not answer within two minutes.
    """
    home = root / ".prefect"
    home.mkdir(mode=0o700, exist_ok=True)
    _clean_environment(home)
    with chdir(home), nullcontext(api_url) if api_url else _own_server(root) as url:
        os.environ["PREFECT_API_URL"] = url
        yield


@contextmanager
def _own_server(root: Path) -> Iterator[str]:
    """The address of a server that lives as long as the block."""
    os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"  # this server ends with the run: nobody would read them
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        command = [sys.executable, "-m", "laidian.prefect_env", str(listening.fileno()), str(os.getpid())]
        with (root / "logs" / "prefect-server.log").open("wb") as log:
            child = subprocess.Popen(command, pass_fds=[listening.fileno()], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/api"
    try:
        _wait(child, url, root)
        yield url
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _clean_environment(home: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ.update(
        DO_NOT_TRACK="1",
        PREFECT_HOME=str(home),
        PREFECT_PROFILES_PATH=str(home / "profiles.toml"),
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        PREFECT_SERVER_EPHEMERAL_ENABLED="false",
        PREFECT_SERVER_UI_ENABLED="false",
        PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED="true",  # finished flow runs of the past, not only their events, are forgotten
        PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY="false",
        PREFECT_LOGGING_LEVEL="CRITICAL",  # an error reaches the operator once, as laidian's own line
    )


def _wait(child: subprocess.Popen[bytes], url: str, root: Path) -> None:
    end = time.monotonic() + STARTUP_S
    while time.monotonic() < end and child.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310 - our own child on the loopback
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    log = root / "logs" / "prefect-server.log"
    raise FlowError("Prefect server", "it did not start", f"an answer within {STARTUP_S:.0f} s", f"read {log}, then try again")


def _serve(fd: int, parent: int) -> None:
    """The child: Prefect's API on an inherited socket, killed when the parent dies."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before the line above took effect
        return
    import uvicorn

    config = uvicorn.Config("prefect.server.api.server:create_app", factory=True, log_level="warning", lifespan="on")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
