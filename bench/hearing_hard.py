"""Hears what is hard to hear, with laidian and stock faster-whisper in one run: what is invented, what is lost, what is told.

    python bench/hearing_hard.py [--calls N] [--each N] [--first N] [--skip-peer] [--only KIND...] [--whole] [--mixed N]
        [--folder DIR] [--sounds DIR]

`--first`: the first sample call and seed; limits were chosen with `--first 4 --calls 4`. `--only`: silence, sounds, or hard sets
by their first words (digits, whispered, "packets lost", street, faint, overlap). The folder keeps the files.

1. Lines on which nobody speaks, and the same sounds between two turns of one speaker, spoken and whispered: characters written
   (should be none). Beside them, not counted: a song with words, a television.
2. Hard calls made from sample calls: deleted characters, and of the seconds whose words are lost (a second or more without any)
   the share in recordings whose faults say so. Digits: the sample turns that hold four digits or more in a
   row.
3. With `--whole`: the same of all sample calls as they are; where a loss is told and no second is lost, the fault is false.
   With `--mixed N`: the same of all calls of two channels mixed to one in N ways (`--only none` leaves the rest out).
4. With `--only sounds`: what is written where nobody speaks, in files drawn anew from `--first` on: each kind of 1. and everyday
   sounds, and those of the folder `--sounds`, as long and as loud as drawn, alone on a line and between two turns.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import hard_sounds as hard
import numpy as np
from asr import library, plain
from faults import read, write
from laidian import demo
from laidian.engines import choice
from laidian.settings import Audio, Hearing
from laidian.transcribe import Transcript, transcribe
from rapidfuzz.distance import Levenshtein

RATE = hard.RATE
SAID = {
    "speech_without_text",
    "partly_without_text",
    "talked_over",
    "silent",
    "no_voice",
    "one_sided",
    "corrupt",
}  # faults that tell of a loss
LOST_S = 1.0
DIGITS = "零一二三四五六七八九幺"
IN_A_ROW = re.compile(f"(?:[{DIGITS}][，、]?){{4,}}")
VOICES: dict[str, Callable[[hard.Sound, np.random.Generator], hard.Sound]] = {
    "spoken": lambda speech, rng: speech,
    "whispered": hard.whispered,
    "faint": hard.faint,
}
Call = dict[str, Any]  # a line of reference.jsonl with the path of its recording


def heard(calls: Iterable[Call]) -> list[Transcript]:
    """laidian's own way."""
    return [h for _, h in transcribe([c["path"] for c in calls], choice.load(Hearing()), Audio(), Hearing().turn_gap_s)]


def non_speech(folder: Path, each: int, first: int) -> list[tuple[str, Path]]:
    """Kind and file: two channels of one kind, differently drawn."""
    made = []
    for kind, make in hard.NON_SPEECH.items():
        for seed in range(first, first + each):
            sound = np.stack([make(np.random.default_rng([seed, channel])) for channel in (0, 1)]).astype(np.float32)
            made.append((kind, write(folder / f"{kind.replace(' ', '_')}_{seed}.wav", sound)))
    return made


def backgrounds(calls: list[Call], folder: Path, each: int) -> list[tuple[str, Path]]:
    """Words that are nobody's of the call: a song, a television alone, a television behind the customer."""
    made = []
    for seed, (call, other) in enumerate(zip(calls[:each], calls[each:], strict=False)):
        rng, samples, tv = np.random.default_rng(seed), read(call["path"]), read(other["path"]).sum(0)
        tv = np.resize(tv, samples.shape[1])
        idle = rng.normal(0, 3e-4, samples.shape[1])
        kinds = {
            "song with words": np.stack([hard.sung(tv, rng), idle[: int(hard.SECONDS * RATE)]]),
            "television alone": np.stack([hard.television(tv, rng), idle]),
            "television behind the customer": samples + np.stack([idle, hard.television(tv, rng, 0.03)]),
        }
        for kind, sound in kinds.items():
            made.append((kind, write(folder / f"{kind.replace(' ', '_')}_{seed}.wav", sound.astype(np.float32))))
    return made


def on_hold(calls: list[Call], folder: Path, first: int) -> list[tuple[str, Path, float, float]]:
    """Kind, file, and from when to when nobody speaks: each sound between two turns of one speaker, spoken, then whispered.

    What makes a recogniser write in the midst of a call is not what does on a line of its own: somebody surely speaks here.
    """
    made = []
    for number, (kind, make) in enumerate(hard.NON_SPEECH.items(), first):
        call, rng = calls[number % len(calls)], np.random.default_rng([first, number])
        samples, channel = read(call["path"]), call["turns"][number % 2]["channel"]
        turns = [t for t in call["turns"] if t["channel"] == channel][:2]
        spoken = [samples[channel, round(t["start"] * RATE) : round(t["end"] * RATE)].astype(np.float64) for t in turns]
        pause = np.zeros(RATE)
        for voice in ("spoken", "whispered"):
            before, after = (hard.whispered(turn, rng) for turn in spoken) if voice == "whispered" else spoken
            sound = np.concatenate([before, pause, make(rng), pause, after])
            both = np.stack([sound, rng.normal(0, 3e-4, sound.size)]).astype(np.float32)
            begin = (before.size + pause.size / 2) / RATE
            end = begin + hard.SECONDS + pause.size / RATE
            path = write(folder / f"hold_{kind.replace(' ', '_')}_{voice}_{first}.wav", both)
            made.append((f"{kind} after it was {voice}", path, begin, end))
    return made


def fresh(calls: list[Call], folder: Path, each: int, first: int, own: Path | None) -> list[tuple[str, Path, float, float]]:
    """Kind, file, and from when to when nobody speaks: sounds of every kind, and of a folder, as long and loud as drawn.

    Alone on a line; in a call between two turns of a speaker, who speaks, whispers or is faint, while the other may talk on.
    """
    makes = {**hard.NON_SPEECH, **hard.EVERYDAY, **{f"{path.stem} (own)": recorded(path) for path in sound_files(own)}}
    made = []
    for number, (kind, make) in enumerate(makes.items()):
        for seed in range(first, first + each):
            rng = np.random.default_rng([seed, number, 1])
            call = calls[rng.integers(len(calls))]
            samples, agent = read(call["path"]).astype(np.float64), int(rng.integers(2))
            turns = [[t for t in call["turns"] if t["channel"] == c] for c in (agent, 1 - agent)]
            spoken = [[samples[t["channel"], round(t["start"] * RATE) : round(t["end"] * RATE)] for t in of] for of in turns]
            sound = hard.drawn(make, rng)
            name = f"fresh_{kind.replace(' ', '_')}_{seed}"
            idle = rng.normal(0, 3e-4, sound.size)
            path = write(folder / f"{name}_alone.wav", np.stack([sound, idle]).astype(np.float32))
            made.append((f"{kind} alone", path, 0.0, np.inf))
            voice, way = list(VOICES.items())[rng.integers(len(VOICES))]
            pauses = [np.zeros(round(seconds * RATE)) for seconds in rng.uniform(0.3, 2, 2)]
            before, after = (way(turn, rng) for turn in spoken[0][:2])
            here = np.concatenate([before, pauses[0], sound, pauses[1], after])
            other = np.concatenate(spoken[1] if rng.random() < 0.5 else [np.zeros(0)])
            both = np.stack([np.pad(c, (0, max(here.size, other.size) - c.size)) for c in (here, other)])
            path = write(folder / f"{name}_held.wav", (both + rng.normal(0, 3e-4, both.shape)).astype(np.float32))
            begin = (before.size + pauses[0].size / 2) / RATE
            made.append((f"{kind} after it was {voice}", path, begin, begin + (sound.size + pauses[1].size) / RATE))
    return made


def sound_files(folder: Path | None) -> list[Path]:
    """The sound files of a folder and those below it."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".wav", ".oga", ".ogg", ".mp3")) if folder else []


def recorded(path: Path) -> hard.Make:
    """A recording as a kind of sound: from a moment on that the generator draws, at the loudness of the others."""
    whole = read(path).mean(axis=0).astype(np.float64)
    whole *= 0.1 / max(whole.std(), 1e-9)
    return lambda rng: np.roll(np.resize(whole, max(whole.size, int(hard.SECONDS * RATE))), -int(rng.integers(whole.size)))


def spoiled(calls: list[Call], folder: Path, first: int) -> dict[str, list[Call]]:
    """The hard sets made from calls; what is random in them is drawn from seeds that begin with `first`."""
    ways = {"whispered": hard.whispered, "packets lost": hard.packets_lost, "street": hard.noisy, "faint": hard.faint}
    sets: dict[str, list[Call]] = {}
    for number, call in enumerate(calls, first):
        samples, rng = read(call["path"]), np.random.default_rng(number)
        for kind, way in ways.items():
            changed = np.stack([way(channel.astype(np.float64), rng) for channel in samples]).astype(np.float32)
            path = write(folder / f"{kind.replace(' ', '_')}_{number}.wav", changed)
            sets.setdefault(kind, []).append({**call, "path": path})
        together, turns = overlapped(samples, call["turns"])
        both = write(folder / f"overlap_{number}.wav", together)
        sets.setdefault("overlap, two channels", []).append({**call, "path": both, "turns": turns})
        one = write(folder / f"overlap_one_{number}.wav", together.sum(0)[None])
        sets.setdefault("overlap, one channel", []).append({**call, "path": one, "turns": turns})
    return sets


def mixed(calls: list[Call], folder: Path, each: int) -> list[Call]:
    """Each call mixed to one channel in so many ways: as it is; then one voice fainter, a hiss, louder or softer, every second
    in 8 bits (µ-law).
    """
    made = []
    for number, call in enumerate(calls):
        for way in range(each):
            samples, rng = read(call["path"]).astype(np.float64), np.random.default_rng([number, way])
            if way:
                samples[rng.integers(2)] *= 10 ** (rng.uniform(-12, 0) / 20)
                samples = (samples + rng.normal(0, 10 ** rng.uniform(-4, -2.7), samples.shape)) * 10 ** (rng.uniform(-10, 6) / 20)
            one = samples.sum(0)
            one = hard.companded(np.clip(one, -1, 1)) if way % 2 == 0 and way else one
            path = write(folder / f"mixed_{way}_{number}.wav", one[None].astype(np.float32))
            made.append({**call, "path": path})
    return made


def overlapped(samples: np.ndarray, turns: list[Call]) -> tuple[np.ndarray, list[Call]]:
    """Both people speak on and on, half a second between their own turns: most of the time at once."""
    channels, moved = [], []
    for channel in (0, 1):
        parts, at = [np.zeros(RATE // 2, np.float32)], 0.5
        for turn in (t for t in turns if t["channel"] == channel):
            begin, end = (round(turn[edge] * RATE) for edge in ("start", "end"))
            parts += [samples[channel, begin:end], np.zeros(RATE // 2, np.float32)]
            moved.append({**turn, "start": at, "end": at + (end - begin) / RATE})
            at += (end - begin) / RATE + 0.5
        channels.append(np.concatenate(parts))
    length = max(c.size for c in channels)
    together = np.stack([np.pad(c, (0, length - c.size)) for c in channels])
    return together, sorted(moved, key=lambda turn: turn["start"])


def digits(calls: list[Call], folder: Path) -> list[Call]:
    """The turns that hold numbers read out, one after another, the agent's and the customer's on their channels."""
    parts: list[np.ndarray] = [np.zeros((2, RATE // 2), np.float32)]
    turns, at = [], 0.5
    once = {turn["text"]: (call, turn) for call in calls for turn in call["turns"] if IN_A_ROW.search(turn["text"])}
    for call, turn in once.values():
        samples = read(call["path"])[:, round(turn["start"] * RATE) : round(turn["end"] * RATE)]
        samples[1 - turn["channel"]] = 0
        parts += [samples, np.zeros((2, RATE // 4), np.float32)]
        turns.append({**turn, "start": at, "end": at + samples.shape[1] / RATE})
        at += samples.shape[1] / RATE + 0.25
    path = write(folder / "digits.wav", np.concatenate(parts, axis=1))
    return [{"path": path, "turns": turns, "duration_s": at}]


def losses(call: Call, written: dict[int | None, str]) -> tuple[int, int, float]:
    """Characters deleted and said, and seconds of stretches of a second or more whose words are all lost."""
    deleted = said = 0
    lost_s = 0.0
    for channel, text in written.items():
        turns = [t for t in call["turns"] if channel is None or t["channel"] == channel]
        spoken = [(c, t, len(plain(t["text"]))) for t in turns for c in plain(t["text"])]
        gone = [False] * len(spoken)
        for operation in Levenshtein.editops("".join(c for c, _, _ in spoken), plain(text)):
            if operation.tag == "delete":
                gone[operation.src_pos] = True
        deleted, said = deleted + sum(gone), said + len(spoken)
        run = 0.0
        for missing, (_, turn, length) in zip([*gone, False], [*spoken, ("", {"end": 0, "start": 0}, 1)], strict=True):
            if missing:
                run += (turn["end"] - turn["start"]) / length
                continue
            lost_s, run = lost_s + (run if run >= LOST_S else 0.0), 0.0
    return deleted, said, lost_s


def compare(kind: str, calls: list[Call], peer: bool) -> tuple[int, int, float, float]:
    """A line on one set; (deleted by laidian, by the peer, seconds lost, of them in recordings that say so)."""
    mine = heard(calls)
    counted = []
    for call, one in zip(calls, mine, strict=True):
        channels: list[int | None] = [None] if one.channels == 1 else [0, 1]
        texts = {c: "".join(u.text for u in one.utterances if c is None or u.channel == c) for c in channels}
        counted.append((*losses(call, texts), set(one.faults)))
    deleted, said, lost_s = (sum(one[i] for one in counted) for i in range(3))
    told_s = sum(lost for _, _, lost, faults in counted if faults & SAID)
    false = sum(bool(faults & SAID) and not lost for _, _, lost, faults in counted)
    others = library(calls, False) if peer else []
    stock = [losses(c, {None: "".join(u["text"] for u in h)}) for c, h in zip(calls, others, strict=False)]
    theirs = sum(one[0] for one in stock)
    beside = f"stock {theirs / said:6.1%}" if stock else ""
    faults = sorted(set().union(*(of for *_, of in counted)))
    print(f"{kind:<24} {said:5} characters: deleted {deleted / said:6.1%}, {beside}; lost {lost_s:5.1f} s, told {told_s:5.1f} s, "
          f"told though nothing is in {false} of {len(calls)}; {faults}", flush=True)  # fmt: skip
    return deleted, theirs, lost_s, told_s


def silence(made: list[tuple[str, Path]], peer: bool) -> None:
    """Counts the files in which text was written."""
    texts = ["".join(u.text for u in one.utterances) for one in heard([{"path": path} for _, path in made])]
    theirs = [bool("".join(u["text"] for u in one)) for one in library([{"path": p} for _, p in made], False)] if peer else []
    for (kind, path), text in zip(made, texts, strict=True):
        if text:
            print(f"  {kind}: {path.name}: {len(text)} characters: {text[:40]}")
    print(f"non-speech: text in {sum(map(bool, texts))} of {len(made)} files of {len({k for k, _ in made})} kinds"
          + (f"; stock in {sum(theirs)}" if peer else ""), flush=True)  # fmt: skip


def held(name: str, made: list[tuple[str, Path, float, float]]) -> None:
    """Counts the files in which text was written while a sound stood between two turns."""
    invented, alone = 0, 0
    for (kind, path, begin, end), one in zip(made, heard([{"path": path} for _, path, _, _ in made]), strict=True):
        text = "".join(u.text for u in one.utterances if u.channel == 0 and begin < (u.start + u.end) / 2 < end)
        invented += bool(text)
        alone += bool(text) and end == np.inf
        if text:
            print(f"  {kind}: {path.name}: {len(text)} characters: {text[:40]}")
    lines = sum(end == np.inf for *_, end in made)
    print(f"{name}: text in {invented} of {len(made)} files"
          + (f"; on lines of their own in {alone} of {lines}" if lines else ""), flush=True)  # fmt: skip


def seen(made: list[tuple[str, Path]]) -> None:
    """What is written and reported where a song or a television speaks."""
    for (kind, path), one in zip(made, heard([{"path": path} for _, path in made]), strict=True):
        text = "".join(u.text for u in one.utterances)
        print(f"  {kind:<32} {path.stem[-1]}: speech {one.speech_s} s, {len(text)} characters, faults {one.faults}", flush=True)


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=6)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--skip-peer", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--sounds", type=Path)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--mixed", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    lines = (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    truth: list[Call] = [{**call, "path": demo.sample() / call["recording"]} for call in map(json.loads, lines)]
    two = [call for call in truth if len({t["channel"] for t in call["turns"]}) == 2]
    chosen, peer = two[3 + given.first :: max(1, len(two) // given.calls)][: given.calls], not given.skip_peer
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not given.only or "silence" in given.only:
            silence(non_speech(folder, given.each, given.first), peer)
            held("the same between two turns", on_hold(two[5::7], folder, given.first))
            seen(backgrounds(two, folder, given.each))
        if "sounds" in given.only:
            held(f"sounds drawn from {given.first} on", fresh(two, folder, given.each, given.first, given.sounds))
        sets = {"digits": digits(two, folder), **spoiled(chosen, folder, given.first)}
        found = [compare(kind, calls, peer) for kind, calls in sets.items() if not given.only or kind.split(",")[0] in given.only]
        if found:
            deleted, theirs, lost_s, told_s = (sum(one[i] for one in found) for i in range(4))
            beside = f"{deleted / max(theirs, 1):.2f} of stock's; " if peer else ""
            print(f"hard sets: {deleted} characters deleted, {beside}"
                  f"{told_s / max(lost_s, 1e-9):.0%} of {lost_s:.1f} lost seconds told")  # fmt: skip
        if given.whole:
            compare("all sample calls", truth, peer=False)
        if given.mixed:
            compare("mixed to one channel", mixed(two, folder, given.mixed), peer=False)


if __name__ == "__main__":
    main()
