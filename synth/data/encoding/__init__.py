"""The token encoder that all of Synth's own models share (design.md 5.4).

Each column becomes one or two *parts*. An ordered part (numbers, days, times of day) turns a value into an atom token
or a continuous position u in [0, 1]; a nominal part (categories, booleans) turns it into a category token. Missing is a
token as well. Nothing is kept that fewer than k subjects share.
"""

from synth.data.encoding.nominal import NominalCodec
from synth.data.encoding.ordered import CONTINUOUS, MISSING_U, OrderedCodec
from synth.data.encoding.table import Codes, TableEncoder, Values

__all__ = ["CONTINUOUS", "MISSING_U", "Codes", "NominalCodec", "OrderedCodec", "TableEncoder", "Values"]
