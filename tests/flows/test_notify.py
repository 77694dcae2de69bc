"""A jump is told to the notification block that laidian.toml names, and to nobody else; a dead block fails no night."""

import email
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from laidian import steps, store, workspace
from laidian.flows import nightly
from laidian.tables import Alert, from_rows
from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock, SlackWebhook

DAY = date(2025, 3, 5)
ISSUE = "telecom.broadband_fault.area_outage"


class Told:
    """Stands for a webhook: keeps what it is told, or breaks."""

    def __init__(self, broken: bool = False) -> None:
        self.messages: list[tuple[str, str]] = []
        self.broken = broken

    @contextmanager
    def raise_on_failure(self) -> Iterator[None]:
        yield

    def notify(self, body: str, subject: str) -> None:
        if self.broken:
            raise ConnectionError(body)
        self.messages.append((subject, body))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace.create(tmp_path / "w")
    store.publish(tmp_path / "w", from_rows([Alert(DAY, ISSUE, 31, 4.2, 1e-6, 1e-5)], Alert), Alert)
    return tmp_path / "w"


def name_block(root: Path) -> None:
    (root / "laidian.toml").write_text('[flow]\nnotify = "custom-webhook/laidian"\n', encoding="utf-8")


def test_nobody_is_told_by_default(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Block, "load", lambda name: pytest.fail("no block is named"))
    nightly._notify(root, DAY, DAY)


def test_the_named_block_is_told_of_the_jumps_of_the_days(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name_block(root)
    told: dict[str, Told] = {}
    monkeypatch.setattr(Block, "load", lambda name: told.setdefault(name, Told()))
    nightly._notify(root, DAY, DAY)
    assert told["custom-webhook/laidian"].messages == [
        ("laidian: 突增提醒", "2025-03-05 小区大面积断网：新诉求 31 件，应有 4.2 件")
    ]
    assert steps.jump_message(root, DAY + timedelta(1), DAY + timedelta(1)) == ("custom-webhook/laidian", None)


def test_prefects_own_webhook_block_posts_the_jumps(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on this machine stands for the meeting's chat; the block is Prefect's."""
    name_block(root)
    posted: list[tuple[str, dict[str, str]]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        block = CustomWebhookNotificationBlock(name="laidian", url=url, json_data={"text": "{{subject}}\n{{body}}"})
        monkeypatch.setattr(Block, "load", lambda name: block)
        nightly._notify(root, DAY, DAY)
        server.shutdown()
    assert posted == [("/hook", {"text": "laidian: 突增提醒\n2025-03-05 小区大面积断网：新诉求 31 件，应有 4.2 件"})]


class Mailbox(socketserver.StreamRequestHandler):
    """Stands for the centre's mail server, as much of it as a client asks for."""

    kept: ClassVar[list[tuple[str, str]]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        to = ""
        for line in self.rfile:
            asked = line.decode().strip()
            if asked.upper().startswith("RCPT TO:"):
                to = asked.partition(":")[2].strip("<>")
            if asked.upper() == "DATA":
                self.wfile.write(b"354 go on\r\n")
                text = "".join(iter(lambda: self.rfile.readline().decode(), ".\r\n"))
                payload = email.message_from_string(text).get_payload(decode=True)
                assert isinstance(payload, bytes)
                self.kept.append((to, payload.decode().strip()))
            self.wfile.write(b"250 good\r\n")


def mail_block(port: int) -> SlackWebhook:
    """Prefect's Slack block hands its address to Apprise as it is, so that of a mail server sends e-mail."""
    return SlackWebhook(url=f"mailto://127.0.0.1:{port}?from=laidian@centre.example&to=meeting@centre.example&format=text")


APPRISE_AGES = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its plugins use what Python will drop


@APPRISE_AGES
def test_prefects_own_block_mails_the_jumps(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name_block(root)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(Block, "load", lambda name: mail_block(server.server_address[1]))
        nightly._notify(root, DAY, DAY)
        server.shutdown()
    assert Mailbox.kept == [("meeting@centre.example", "2025-03-05 小区大面积断网：新诉求 31 件，应有 4.2 件")]


@APPRISE_AGES
def test_a_mail_that_was_not_sent_is_warned_of(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise raises nothing where no mail server answers."""
    name_block(root)
    heard: list[Any] = []

    class Log:
        def warning(self, *said: object) -> None:
            heard.append(said)

    with socketserver.TCPServer(("127.0.0.1", 0), Mailbox) as closed:
        port = closed.server_address[1]
    monkeypatch.setattr(Block, "load", lambda name: mail_block(port))
    monkeypatch.setattr(nightly, "get_run_logger", Log)
    nightly._notify(root, DAY, DAY)
    assert heard == [("the notification block could not be used: %s", "NotificationError")]


def test_a_block_that_cannot_be_reached_fails_no_night_and_tells_no_log(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name_block(root)
    heard: list[Any] = []

    class Log:
        def warning(self, *said: object) -> None:
            heard.append(said)

    monkeypatch.setattr(Block, "load", lambda name: Told(broken=True))
    monkeypatch.setattr(nightly, "get_run_logger", Log)
    nightly._notify(root, DAY, DAY)
    assert heard == [("the notification block could not be used: %s", "ConnectionError")]
