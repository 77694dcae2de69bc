"""Auditors' answers about contacts whose truth is known, with their errors and the answers nobody could give."""

import numpy as np
import polars as pl


def judge(
    truth: pl.DataFrame, drawn: list[str], seed: int, *, wrong: float = 0.0, unknown: float = 0.0, auditor: str = "甲"
) -> pl.DataFrame:
    """What one auditor answers about the drawn contacts, as a file of kind «audits», in the order drawn.

    Args:
        truth: contact_id, is_first, resolved, gives_up.
        drawn: contact ids; one that the truth does not hold gets no row.
        seed: the auditor's luck.
        wrong: chance that an answer (first, and settled, each on its own) is the opposite of the truth.
        unknown: chance that nobody could say whether it was settled; three times as high where the customer gave up.
        auditor: whose answers these are.
    """
    rng = np.random.default_rng(seed)
    asked = pl.DataFrame({"contact_id": drawn}, schema={"contact_id": pl.String}).join(
        truth, on="contact_id", maintain_order="left"
    )
    size = asked.height
    first = asked["is_first"].to_numpy() ^ (rng.random(size) < wrong)
    grade = asked["resolved"].to_numpy().astype(object)
    taken_for = np.where(rng.random(size) < 0.6, "at_hangup", "in_promise")
    grade = np.where(rng.random(size) < wrong, np.where(grade == "no", taken_for, "no"), grade)
    missing = rng.random(size) < unknown * np.where(asked["gives_up"].to_numpy(), 3.0, 1.0)
    return pl.DataFrame({
        "contact_id": asked["contact_id"], "is_first": np.where(first, "yes", "no"),
        "resolved": np.where(missing, "unknown", grade), "method": "CRM", "auditor": auditor,
    }, schema_overrides={"resolved": pl.String})  # fmt: skip
