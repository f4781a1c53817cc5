"""Scorecard to a readable report: one self-contained HTML file."""
