"""Scoring: fidelity, utility and privacy figures of a synthetic table, and what they mean."""
