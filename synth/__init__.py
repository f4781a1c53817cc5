"""Synth: a self-hosted synthetic data service."""

__version__ = "0.1.0"
