"""A deterministic sample region: forty distributors' files, good and bad, and the truth beside."""

from pipelines.sample.generator import SampleSummary, generate

__all__ = ["SampleSummary", "generate"]
