"""Groundling's tools (one folder each) and what they share: `contract` and `chassis`."""
