"""How a turn is shown as it happens: lines for pipes, a live display for terminals.

Does not cover: where steps come from (groundling.client) or the dialog around them
(groundling.chat).
"""

from collections.abc import Sequence

from rich.console import Console

from groundling.views.live import LiveView
from groundling.views.plain import PlainView, show_turn
from groundling.views.shown import View

__all__ = ["LiveView", "PlainView", "View", "show_turn", "view_for"]


def view_for(console: Console, tools: Sequence[str], *, plain: bool) -> View:
    """A view of one turn. tools: their names in toolset order."""
    return PlainView(tools) if plain else LiveView(console)
