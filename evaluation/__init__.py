"""How good the answers are: question sets, measures and the commands that report them.

Covers: quality, against references. Does not cover: speed and memory (bench/).
"""
