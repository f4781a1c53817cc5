"""What people call the measures of attacks and checks, by their stable names."""

from __future__ import annotations

from collections.abc import Mapping

from synth.texts import say

MEASURES: Mapping[str, str] = {
    "auc": say("AUC"),
    "tpr": say("Members found"),
    "isolated_auc_200": say("AUC on the 200 most isolated"),
    "isolated_auc_400": say("AUC on the 400 most isolated"),
    "top": say("Highest scores"),
    "isolated": say("Isolated records"),
    "singling_out": say("Singling out"),
    "linkability": say("Linkability"),
    "inference": say("Inference"),
    "inference_of_a_value": say("Inference of a value"),
    "rep_u": say("Unique records met (repU)"),
    "disco": say("Secrets disclosed (DiSCO)"),
    "identifier": say("Identifiers met"),
    "identifier_by_chance": say("Identifiers met, chance counted"),
    "few_people": say("Facts of few people"),
    "blind_baseline": say("Train against unseen rows, without the file"),
    "entity_overlap": say("Entities on both sides"),
    "closer_share": say("Closer to train than to others"),
    "detected": say("Noticed, by hidden rows"),
    "limit_of_detection": say("Limit of detection"),
    "columns_matched": say("Partial matches"),
    "auc_by_isolation": say("AUC, by isolation"),
    "auc_by_group": say("AUC, by group"),
    "tpr_10": say("Members found at 10 % false alarms"),
    "recognised": say("Entities that stand out (false discovery rate 10 %)"),
}
