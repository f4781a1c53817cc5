"""Values that stand in for those of columns that identify: made up, never learnt."""

from synth.data.standins.fit import Standins, fit_standins, locale_faults

__all__ = ["Standins", "fit_standins", "locale_faults"]
