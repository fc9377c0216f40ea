"""The metrics as data: what each one is, what it needs, what its number can be.

Everything that compares "all metrics" reads this table: the comparison, the
calibration, the score cards. A metric's function here takes two RGB pictures
of 8-bit code values and does its own stated conversion to grey, so that all
of them can be called alike.

Inside, `records` says what is known of a metric; `histograms`, `pixels`,
`windows` and `points` hold the metrics of lessons 01 to 04, `networks` those
of lessons 05 and 06, which need torch and are never computed unasked.
"""

from imglab.catalogue import histograms, networks, pixels, points, windows
from imglab.catalogue.records import Direction, Metric

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (*histograms.METRICS, *pixels.METRICS, *windows.METRICS, *points.METRICS)
}
"""Every metric that needs no torch, by its key, in the order of the lessons."""

DEEP_METRICS: dict[str, Metric] = {metric.key: metric for metric in networks.METRICS}
"""The metrics that need torch, by key: named one by one, or by ``--deep``."""

__all__ = ["DEEP_METRICS", "METRICS", "Direction", "Metric"]
