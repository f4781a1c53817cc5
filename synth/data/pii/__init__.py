"""Personal identifiers in columns: told by the column's name and by what the cells look like."""

from synth.data.pii.find import PiiFinding, find_pii

__all__ = ["PiiFinding", "find_pii"]
