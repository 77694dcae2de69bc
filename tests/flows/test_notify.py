"""A jump is told to the notification block that laidian.toml names, and to nobody else; a dead block fails no night."""

import json
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from laidian import steps, store, workspace
from laidian.flows import nightly
from laidian.tables import Alert, from_rows
from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock

DAY = date(2025, 3, 5)
ISSUE = "telecom.broadband_fault.area_outage"


class Told:
    """Stands for a webhook: keeps what it is told, or breaks."""

    def __init__(self, broken: bool = False) -> None:
        self.messages: list[tuple[str, str]] = []
        self.broken = broken

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
