"""Measurements behind every figure in the documents; see PROTOCOL.md."""
