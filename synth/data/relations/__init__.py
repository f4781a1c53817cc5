"""Exact relations between columns, found in data."""

from synth.data.relations.find import Relation, find_relations

__all__ = ["Relation", "find_relations"]
