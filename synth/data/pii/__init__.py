"""Personal identifiers in columns: told by the column's name and by what the cells look like."""

from synth.data.pii.find import find_pii
from synth.data.pii.finding import PiiFinding

__all__ = ["PiiFinding", "find_pii"]
