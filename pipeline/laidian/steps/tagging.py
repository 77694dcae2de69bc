"""The day's utterances -> cues and call reasons."""

from datetime import date
from pathlib import Path

import polars as pl

from laidian import cues, reasons, store, workspace
from laidian.lexicons import Taxonomy
from laidian.steps import naming
from laidian.steps.cue_words import lexicon
from laidian.steps.guard import stage
from laidian.steps.scoring import scorer
from laidian.tables import CallReason, Cue, ForeignCue, Leg, Spoken, Utterance, from_rows


@stage
def find_cues(root: Path, day: date) -> None:
    """The day's cues, spans redacted, with those that another system found."""
    spoken, shown, words = spoken_surely(root, day), store.read(root, Utterance, [day]), lexicon(root)
    own = cues.find_in_talk(spoken, words).join(
        shown.select("contact_id", "recording_no", "turn", "text"), on=["contact_id", "recording_no", "turn"]
    )
    own = own.with_columns(span=pl.col("text").str.slice(pl.col("begin"), pl.col("finish") - pl.col("begin"))).drop("text")
    own = own.with_columns(when_day=pl.Series([cues.day_of(when, day) for when in own["when"]], dtype=pl.Date))
    ours = store.read(root, Leg, [day])["contact_id"].unique()
    foreign = store.read(root, ForeignCue).filter(pl.col("contact_id").is_in(ours.implode()))
    store.publish(root, pl.concat([own, _foreign(foreign)], how="vertical"), Cue, day, cues.tagger_of(words))


def spoken_surely(root: Path, day: date) -> pl.DataFrame:
    """The day's utterances, the speaker unknown where it is not likely enough who spoke: a cue there is shown, no evidence."""
    named = pl.col("speaker").is_in(["agent", "customer"])
    doubted = (pl.col("speaker_probability") < workspace.load(root).hearing.least_speaker).fill_null(False)
    who = pl.when(named & doubted).then(pl.lit("unknown")).otherwise("speaker")
    return store.read(root, Spoken, [day]).with_columns(speaker=who)


def _foreign(found: pl.DataFrame) -> pl.DataFrame:
    return from_rows(
        [
            Cue(r["contact_id"], -1, r["position"], 0, 0, r["kind"] or "prior_contact", r["role"], None, "", r["prior_contacts"],
                None, 1.0, "found elsewhere")
            for r in found.iter_rows(named=True)
        ],
        Cue,
    )  # fmt: skip


@stage
def tag_reasons(root: Path, day: date) -> None:
    """The day's call reasons: from what was said, and from the wrap-up code only where nothing was heard."""
    taxonomy, learned = naming.taxonomy(root), scorer(root)
    first, told = logged(root, day), tell(root, day, taxonomy)
    silent = first.join(told, on="contact_id", how="anti").select("contact_id", "wrap_code")
    store.publish(root, pl.concat([told, reasons.reasons_from_wrap_code(silent, taxonomy, learned)]), CallReason, day)


def tell(root: Path, day: date, taxonomy: Taxonomy) -> pl.DataFrame:
    """The reasons of a day's calls from what was said, by a taxonomy and the workspace's scorer; nothing is published."""
    return reasons.classify(store.read(root, Spoken, [day]), taxonomy, logged(root, day), scorer(root))


def logged(root: Path, day: date) -> pl.DataFrame:
    """What the log says of a day's calls, by their first leg."""
    legs = store.read(root, Leg, [day]).sort("call_id", "leg_no")
    named = pl.col("contact_id", "hotline", "queue", "direction", "wrap_code").first()
    return legs.group_by("call_id", maintain_order=True).agg(named)
