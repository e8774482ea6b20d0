"""The loss curve of a run, as numbers (CSV) and as a picture (SVG)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Point(NamedTuple):
    """Losses in nats a token; the training loss is the mean since the point before."""

    step: int
    tokens: int
    seconds: float
    train_loss: float
    held_out_loss: float


def as_csv(curve: Sequence[Point]) -> str:
    lines = [",".join(Point._fields)]
    lines += [
        f"{p.step},{p.tokens},{p.seconds:.1f},{p.train_loss:.4f},{p.held_out_loss:.4f}"
        for p in curve
    ]
    return "\n".join(lines) + "\n"


_LEFT, _TOP, _WIDTH, _HEIGHT = 50.0, 20.0, 560.0, 300.0


def as_svg(curve: Sequence[Point], yardsticks: Mapping[str, float]) -> str:
    """Loss over tokens; each yardstick (name -> loss) a dashed line."""
    values = [loss for p in curve for loss in (p.train_loss, p.held_out_loss)]
    values += yardsticks.values()
    low, high = min(values, default=0.0) - 0.1, max(values, default=1.0) + 0.1
    last = max((p.tokens for p in curve), default=1) or 1

    def x(tokens: float) -> float:
        return _LEFT + _WIDTH * tokens / last

    def y(loss: float) -> float:
        return _TOP + _HEIGHT * (high - loss) / (high - low)

    def line(name: str, colour: str, losses: list[float]) -> str:
        places = " ".join(
            f"{x(p.tokens):.1f},{y(loss):.1f}" for p, loss in zip(curve, losses, strict=True)
        )
        return (
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{places}">'
            f"<title>{name}</title></polyline>"
        )

    def text(left: float, top: float, words: str) -> str:
        return f'<text x="{left:.0f}" y="{top:.0f}" text-anchor="end">{words}</text>'

    right, bottom = _LEFT + _WIDTH, _TOP + _HEIGHT
    parts = [
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#888"/>',
        line("training", "#9bb", [p.train_loss for p in curve]),
        line("held out", "#036", [p.held_out_loss for p in curve]),
        text(right, bottom + 18, f"{last:,} tokens"),
        text(right, _TOP - 6, "loss, nats a token: training (light), held out (dark)"),
    ]
    for tick in range(int(low) + 1, int(high) + 1):
        parts.append(text(_LEFT - 6, y(tick) + 4, str(tick)))
    for name, loss in yardsticks.items():
        parts.append(
            f'<path d="M{_LEFT} {y(loss):.1f}H{right}" stroke="#a50" stroke-dasharray="4 4"/>'
        )
        parts.append(text(right, y(loss) - 4, f"{name} {loss:.2f}"))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 350" font-family="sans-serif" '
        f'font-size="11"><rect width="640" height="350" fill="#fff"/>{"".join(parts)}</svg>\n'
    )
