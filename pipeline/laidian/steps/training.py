"""Analysts' labels -> a scorer of the centre's own, if it is surely better; and the contacts to be labelled next."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl

from laidian import __version__, notes, reasons, store, workspace
from laidian.errors import InputError
from laidian.lexicons import Taxonomy
from laidian.reasons.fit import save
from laidian.reasons.learned import Learned
from laidian.reasons.queue import RANDOM
from laidian.reasons.training import Comparison, Labelled, Told, compare
from laidian.steps import naming
from laidian.steps.deciding import decisions, meant
from laidian.steps.guard import stage
from laidian.steps.log import now_in, owners, said_in, strongest
from laidian.steps.scoring import FOLDER, PROMOTED, scorer, scorer_name, stale_days
from laidian.steps.tagging import logged
from laidian.tables import Contact, Customer, Spoken

LEAST_CUSTOMERS, LEAST_OF_A_REASON = 30, 3
"""Customers with a label below which no comparison is made; labels from which on a reason counts as labelled. Judgement."""


@dataclass(frozen=True, slots=True)
class Training:
    """What came of a training. `scorer`: fingerprint of the scorer in use from now on; `champion`: of the one before.

    `labels`: labelled contacts of the log; `silent` of them without a customer's word, `odd` with a value that is no reason.
    `stale`: days whose reasons another scorer told.
    """

    labels: int
    silent: int
    odd: int
    champion: str
    challenger: str
    scorer: str
    comparison: Comparison
    stale: tuple[date, ...]


@stage
def train(root: Path) -> Training:
    """Compares a scorer that learned the labels with the one in use, and promotes it if it is surely better.

    Every training is a row of the ledger (`runs`, kind `train`): labels, figures, fingerprints, verdict.

    Raises:
        InputError: too few labelled contacts to tell.
    """
    settings = workspace.load(root).learning
    merged = store.read(root, Contact, columns=("contact_id", "call_ids", "day", "started_at"))
    taxonomy, champion = naming.taxonomy(root), scorer(root)
    told, odd = _labels(root, merged, taxonomy)
    days = merged.join(told, on="contact_id", how="semi")["day"].unique().sort().to_list()
    labelled = _labelled(root, merged, told, days)
    _check_enough(labelled, settings.least, told.height)
    spoken, lines, owner = _talk(root, [x.contact_id for x in labelled], days)

    def tell(learned: Learned | None) -> Told:
        found = reasons.classify(spoken, taxonomy, lines, learned)
        first = strongest(_into(found, owner)).filter("primary").select("contact_id", "reason", "score")
        return {contact: (reason, score) for contact, reason, score in first.iter_rows()}

    taught = _taught(root, scorer_name(root)) if champion else {}
    compared, challenger = compare(labelled, taxonomy, tell, champion, taught)
    before = scorer_name(root)
    if compared.promoted:
        _promote(root, challenger)
    _record(root, (days[0], days[-1]), labelled, compared, before, challenger)
    return Training(
        told.height, told.height - len(labelled), odd, before, challenger.fingerprint, scorer_name(root), compared,
        tuple(stale_days(root)),
    )  # fmt: skip


def _labels(root: Path, merged: pl.DataFrame, taxonomy: Taxonomy) -> tuple[pl.DataFrame, int]:
    """contact_id, reason: the latest label of each contact of the log; and how many labels name no reason."""
    told = decisions(root, "reason").filter(pl.col("about") == "contact").select("value", "at", contact_id="subject")
    known = {value: meant(value, taxonomy) for value in told["value"].unique()}
    rows = told.with_columns(id=pl.col("value").replace_strict(known, return_dtype=pl.String))
    named = now_in(root, rows.filter(pl.col("id").is_not_null()), merged).sort("contact_id", "at", "id", nulls_last=False)
    latest = named.unique("contact_id", keep="last", maintain_order=True)
    reason = pl.col("id").str.split(".").list.head(2).list.join(".")
    return latest.select("contact_id", reason=reason), int(rows["id"].null_count())


def _labelled(root: Path, merged: pl.DataFrame, told: pl.DataFrame, days: Sequence[date]) -> list[Labelled]:
    """The labelled contacts in which a customer says something, with its redacted words."""
    texts = customer_words(root, told.select("contact_id"), days)
    key = store.read(root, Customer, columns=("contact_id", "customer_key"))
    queue = pl.DataFrame(notes.label_queue(root), schema={"contact_id": pl.String, "why": pl.String}, orient="row")
    random = set(now_in(root, queue.filter(pl.col("why") == RANDOM), merged)["contact_id"])
    rows = told.join(key, on="contact_id").sort("contact_id").select("contact_id", "customer_key", "reason").iter_rows()
    return [Labelled(c, k, r, texts[c], c in random) for c, k, r in rows if texts.get(c, "").strip("■，。 ")]


def customer_words(root: Path, ids: pl.DataFrame, days: Sequence[date]) -> dict[str, str]:
    """What the customers of these contacts (their contact_id) said, redacted, joined by commas."""
    said = said_in(root, ids, days).filter(pl.col("speaker").is_in(["customer", "unknown"]))
    ordered = said.sort("contact_id", "recording_no", "turn").group_by("contact_id", maintain_order=True)
    return dict(ordered.agg(pl.col("text").str.join("，")).iter_rows())


def _talk(root: Path, contacts: Sequence[str], days: Sequence[date]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What was said in the labelled contacts' calls, what the log says of these, and whose they are: as a night reads them."""
    owner = owners(root, pl.DataFrame({"contact_id": contacts})).rename({"logged_id": "contact_id"})
    spoken = [store.read(root, Spoken, [day]).join(owner, on="contact_id", how="semi") for day in days]
    lines = pl.concat([logged(root, day) for day in days])
    return pl.concat(spoken), lines.join(owner, on="contact_id", how="semi"), owner


def _into(found: pl.DataFrame, owner: pl.DataFrame) -> pl.DataFrame:
    return found.join(owner, on="contact_id").with_columns(contact_id="into").drop("into")


def _check_enough(labelled: Sequence[Labelled], least: int, held: int) -> None:
    customers = len({x.customer_key for x in labelled})
    of_reason: dict[str, set[str]] = {}
    for x in labelled:
        of_reason.setdefault(x.reason, set()).add(x.customer_key)
    often = sum(len(c) >= LEAST_OF_A_REASON for c in of_reason.values())
    if len(labelled) < least or customers < LEAST_CUSTOMERS or often < 2:
        raise InputError(
            "laidian train",
            f"{held} labelled contacts, {len(labelled)} of them with a customer's words, of {customers} customers, "
            f"{often} reasons labelled for {LEAST_OF_A_REASON} customers or more",
            f"at least {least} contacts with words, {LEAST_CUSTOMERS} customers, 2 such reasons",
            f"label more: laidian labels draw --n {max(least - len(labelled), LEAST_CUSTOMERS)} --seed 1",
        )


def _taught(root: Path, fingerprint: str) -> Mapping[str, str]:
    """Contact -> reason that a promoted scorer learned from, by the ledger; one brought from elsewhere learned none of ours."""
    for run in reversed(notes.runs(root, "train")):
        if run.scorer == fingerprint and run.told:
            taught: dict[str, str] = json.loads(run.told)["labels"]
            return taught
    return {}


def _promote(root: Path, challenger: Learned) -> None:
    """The scorer in use, and the same under its own name, so that an earlier one can be copied back."""
    for name in (f"reasons-{challenger.fingerprint}.npz", PROMOTED):
        with store.replacing(root / FOLDER / name) as aside, aside.open("wb") as file:
            save(challenger, file)


def _record(
    root: Path, days: tuple[date, date], labelled: Sequence[Labelled], compared: Comparison, champion: str, challenger: Learned
) -> None:
    learned = {x.contact_id: x.reason for x in labelled}
    told = {
        "champion": champion, "challenger": challenger.fingerprint, "comparison": asdict(compared),
        "labels_sha256": sha256(json.dumps(learned, sort_keys=True).encode()).hexdigest(),
        "labels": learned if compared.promoted else {},
    }  # fmt: skip
    now = datetime.now(UTC).isoformat(timespec="seconds")
    notes.add_training(
        root, days, now=now, version=__version__, scorer=challenger.fingerprint, told=json.dumps(told, ensure_ascii=False)
    )  # fmt: skip
