"""A small made-up contact centre for the flow's tests: three days, nine contacts, made-up voices, one known text a voice.

Names, numbers and words are invented and odd enough that a search finds them wherever they should not be.
"""

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from laidian import steps, store, workspace

from tests.fake_engine import install, voice, write_wav

FIRST, LAST = date(2025, 3, 3), date(2025, 3, 5)
SECONDS = 4.5  # long enough to say the longest line at the speed of speech

LINES = (
    "您好，云桥通信客服，工号三零六一，请问有什么可以帮您",
    "我家宽带上不了网了，光猫一直闪红灯，我的电话是幺三九零零零零零二零幺",
    "好的，已经给您登记了报修，工程师会联系您，感谢您的来电",
    "我昨天就打过电话报修了，宽带还是上不了网，光猫还闪红灯",
    "这个月的话费怎么多扣了三十块钱，我的邮箱是 zhurong@example.com",
    "我第一次打这个电话，想改一下套餐",
    "我都打了三次电话了，话费还是没有退给我",
)

# contact, call, leg, start, agent, phone, account, name, sound: agent line + customer line, or what is wrong with the file
CONTACTS = """
F01 K1 1 2025-03-03T09:00:00 3061 13900000201 BB990201 祝融峰 0+1
F02 K2 1 2025-03-03T10:00:00 3062 13900000202 BB990202 巫山云 0+4
F03 K3 1 2025-03-03T11:00:00 3061 13900000203 BB990203 太湖石 0+5
F04 K4 1 2025-03-04T09:30:00 3061 13900000201 BB990201 祝融峰 2+3
F05 K5 1 2025-03-04T10:30:00 3062 13900000204 BB990204 雁荡山 corrupt
F06 K6 1 2025-03-04T11:30:00 3062 13900000205 BB990205 鸣沙月 silent
F07 K7 1 2025-03-05T09:00:00 3062 13900000202 BB990202 巫山云 0+6
F08 K8 1 2025-03-05T10:00:00 3061 13900000206 BB990206 洱海风 mono5
F09 K9 1 2025-03-05T11:00:00 3061 13900000207 BB990207 泸沽湖 missing
"""

SECRETS = (
    "祝融峰", "巫山云", "太湖石", "雁荡山", "鸣沙月", "洱海风", "泸沽湖", "1390000020", "BB99020", "zhurong@example.com",
    "幺三九零零零零零二零幺", "闪红灯", "上不了网", "多扣了三十块", "打过电话报修", "改一下套餐", "没有退给我", "想问问积分",
)  # fmt: skip
"""Pieces of every customer's name, number, account and words that go in."""


@dataclass(frozen=True)
class Files:
    """The files of the centre, as an operator would hand them over."""

    contacts: Path
    transcripts: Path
    recordings: Path

    @classmethod
    def under(cls, folder: Path) -> "Files":
        return cls(folder / "contacts.csv", folder / "chat.jsonl", folder / "recordings")


def draw(folder: Path) -> Files:
    """Writes the centre's contact log, one chat transcript and the recordings."""
    folder.mkdir(parents=True, exist_ok=True)
    recordings = folder / "recordings"
    rows = [line.split() for line in CONTACTS.split("\n") if line]
    with (folder / "contacts.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            ["contact_id", "call_id", "leg_no", "started_at", "duration_s", "phone", "account_id", "customer_name", "agent_id",
             "recording", "agent_channel", "direction", "status", "medium"]
        )  # fmt: skip
        for seed, (contact, call, leg, start, agent, phone, account, name, sound) in enumerate(rows):
            given = [
                contact,
                call,
                leg,
                start,
                "4",
                phone,
                account,
                name,
                agent,
                f"{contact}.wav",
                "0",
                "inbound",
                "answered",
                "voice",
            ]
            out.writerow(given)
            _record(recordings / f"{contact}.wav", sound, seed)
        out.writerow(
            ["F10", "K10", "1", "2025-03-05T12:00:00", "60", "13900000208", "", "", "3061", "", "", "inbound", "answered", "chat"]
        )
    turns = [{"role": "customer", "text": "想问问积分怎么兑换"}, {"role": "agent", "text": "您好，积分可以在手机上兑换"}]
    (folder / "chat.jsonl").write_text(json.dumps({"contact_id": "F10", "turns": turns}, ensure_ascii=False), encoding="utf-8")
    return Files.under(folder)


def _record(path: Path, sound: str, seed: int) -> None:
    if sound == "corrupt":
        path.write_bytes(b"RIFF, and then nothing that a decoder knows")
    elif sound == "silent":
        write_wav(path, voice(None) * 0, voice(None) * 0)
    elif sound.startswith("mono"):
        write_wav(path, voice(int(sound[4:]), SECONDS, seed))
    elif sound != "missing":
        agent, customer = map(int, sound.split("+"))
        write_wav(path, voice(agent, SECONDS, seed), voice(customer, SECONDS, seed + 100))


def found(root: Path, files: Files) -> None:
    """A workspace with the fake engine and the centre's files read, ready for its nights."""
    install(LINES)
    workspace.create(root)
    use_fake(root)
    take(root, files)


def use_fake(root: Path, *more: str, engine: str = "fake") -> None:
    """A laidian.toml that names a fake engine, small batches, and whatever lines are given."""
    (root / "laidian.toml").write_text("\n".join([f'[hearing]\nengine = "{engine}"\nbatch = 2', *more, ""]), encoding="utf-8")


def take(root: Path, files: Files) -> None:
    """What `laidian ingest` does with the centre's files."""
    steps.take(root, "contacts", files.contacts)
    steps.take(root, "transcripts", files.transcripts)
    steps.add_recordings(root, files.recordings)
    store.build_views(root)
