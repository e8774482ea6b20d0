"""`python -m deploy`: the stack without the groundling command. Same options as `groundling up`."""

from __future__ import annotations

import argparse
import sys

from deploy.options import add_options, run_stack

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    add_options(parser)
    sys.exit(run_stack(parser.parse_args()))
