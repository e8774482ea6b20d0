"""What `groundling chat` and `groundling ask` need to reach a gateway: address, key, patience.

Covers: the options and the client that they mean. Does not cover: what is asked.
"""

from __future__ import annotations

import argparse
import os

import httpx

from groundling.client import (
    API_KEY_VARIABLE,
    DEFAULT_TIMEOUT_S,
    DEFAULT_URL,
    Client,
    Retries,
    checked_key,
)

URL_VARIABLE = "GROUNDLING_URL"
TIMEOUT_VARIABLE = "GROUNDLING_TIMEOUT_S"


def add_gateway_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        type=address,
        default=os.environ.get(URL_VARIABLE, DEFAULT_URL),
        help=f"the gateway's address (default: ${URL_VARIABLE}, else {DEFAULT_URL})",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=os.environ.get(TIMEOUT_VARIABLE, str(DEFAULT_TIMEOUT_S)),
        metavar="S",
        help="seconds to wait for the gateway to say something; keep it longer than the gateway's "
        "own deadline for a request, 45 s unless you changed it "
        f"(default: ${TIMEOUT_VARIABLE}, else {DEFAULT_TIMEOUT_S:g})",
    )
    parser.add_argument(
        "--api-key",
        type=api_key,
        default=os.environ.get(API_KEY_VARIABLE) or None,
        metavar="KEY",
        help=f"who you are, where the gateway asks for it (default: ${API_KEY_VARIABLE})",
    )


def client_of(options: argparse.Namespace) -> Client:
    """Without retries: somebody waits, and can ask again."""
    return Client(
        options.url, api_key=options.api_key, timeout_s=options.timeout, retries=Retries(0)
    )


def address(text: str) -> str:
    try:
        httpx.URL(text)
    except httpx.InvalidURL as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address: {error}") from error
    return text


def api_key(text: str) -> str:
    try:
        return checked_key(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def seconds(text: str) -> float:
    """Argparse shows this name: "invalid seconds value"."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number
