"""Rules that hold a delivery against earlier ones, or against other feeds; they only warn."""

from pipelines.landing.history.runner import RULES, judge

__all__ = ["RULES", "judge"]
