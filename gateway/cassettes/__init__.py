"""Cassettes: what the gateway asked the model server and the tools, and what they answered.

A recorded dialog is replayed through the real gateway, without a model or a tool: see
docs/cassettes.md.
"""
