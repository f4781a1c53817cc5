"""Controls of the privacy review: worlds in which the answer is known, and what the gate says about them.

python -m benchmarks.privacy_tests [--seeds 200] [--jobs 2] [--only T3 T5 ...] | --table | --calibration

Prints a line a control and appends it to results/privacy_tests.jsonl; `--table` prints what the docs show.
Ends with 1 unless every control meets its requirement.
"""
