"""Agents, teams, queues and departments side by side, so that chance, mix and the agent's own levers are taken out first."""

from laidian.scorecards.cards import GROUPINGS, scorecards

__all__ = ["GROUPINGS", "scorecards"]
