"""A seeded contact log whose truth is known: for `laidian demo --log`, the benches and the tests."""

from laidian.simulate.files import Simulated, simulate
from laidian.simulate.judged import judge
from laidian.simulate.scenarios import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Scenario", "Simulated", "judge", "simulate"]
