"""A score card as a table, and what the catalogue promises of a metric."""

import html
from dataclasses import dataclass

from imglab.catalogue import Metric
from imglab.language import tr


@dataclass(frozen=True)
class ScoreCard:
    """What is to be known of a metric before it is used.

    Attributes
    ----------
    title : str
        Name of the metric.
    rows : tuple of (name, text)
        In the order of the printed table.
    """

    title: str
    rows: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        """Return the card as a plain table."""
        width = max(len(name) for name, _ in self.rows)
        lines = [f"{name:<{width}}  {text}" for name, text in self.rows]
        return "\n".join([tr("Score card: {title}", title=self.title), *lines])

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for name, text in self.rows
        )
        title = html.escape(tr("Score card: {title}", title=self.title))
        caption = f'<caption style="text-align:left">{title}'
        return f"<table>{caption}</caption><tbody>{cells}</tbody></table>"


def value_range(metric: Metric) -> str:
    """Say what a value can be, and what equal pictures give."""
    equal = tr("about all their points") if metric.ideal is None else f"{metric.ideal:g}"
    span = tr("{low} to {high}", low=f"{metric.low:g}", high=f"{metric.high:g}")
    return f"{span}, {tr('equal pictures')} {equal}"


def direction(metric: Metric) -> str:
    """Say with what a value grows."""
    if metric.direction == "distance":
        return tr("distance: grows with difference")
    return tr("similarity: grows with likeness")


def settings(metric: Metric) -> str:
    """Say on what a metric is computed."""
    told = metric.settings.startswith(metric.colour)
    return tr(metric.settings if told else f"{metric.colour}; {metric.settings}")


def sizes(metric: Metric) -> str:
    """Say which sizes a metric takes."""
    both = tr("must be equal") if metric.needs_equal_size else tr("may differ")
    if metric.smallest <= 1:
        return both
    return f"{both}, {tr('at least {least} pixels a side', least=metric.smallest)}"


def value_text(metric: Metric, value: float | None) -> str:
    """Write a value with the decimals of its metric, never as minus nothing."""
    if value is None:
        return tr("undefined")
    text = f"{value:.{metric.decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text
