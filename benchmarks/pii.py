"""How well personal identifiers are found: `python -m benchmarks.pii`.

Columns made by Faker in many languages measure all kinds; headers are removed except those of user names, which any
word may be. But the finder's word lists of names come from Faker too. So names are also drawn from the half of those
lists that it is not told; places are taken from the area codes of phonenumbers, which it is then not told; and the real
tables of SYNTH_BENCH_DATA are searched with and without their headers, where the README and column names there say what
is an identifier. A finding counts from the confidence at which `synth detect` uses it. Column names and counts are
printed, no cell.
"""

from __future__ import annotations

import argparse
import re
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from unittest import mock

import phonenumbers
import pyarrow as pa
import pyarrow.parquet as pq
from phonenumbers.geodata import GEOCODE_DATA

from benchmarks.pii_columns import LOCALES, NEW_LOCALES, Sample, names_of, samples, withheld
from benchmarks.tables import data_folder
from synth.data.columns import Pii
from synth.data.pii import find_pii
from synth.data.pii.kinds import person
from synth.data.pii.spelling import Spelling, spell
from synth.data.pii.words import read_words, tokens

SURE = 0.7
"""Confidence from which a finding counts."""

LEAST_RECALL, LEAST_PRECISION = 0.98, 0.95

_PERSON_TABLES = {"chinook/Customer", "chinook/Employee"}
_PERSON_COLUMNS = {
    "FirstName": Pii.GIVEN_NAME,
    "LastName": Pii.FAMILY_NAME,
    "Address": Pii.ADDRESS,
    "Phone": Pii.PHONE,
    "Fax": Pii.PHONE,
    "Email": Pii.EMAIL,
}
_OTHER_POSITIVES = {
    ("chinook/Invoice", "BillingAddress"): Pii.ADDRESS,
    ("covid_testing/covid_testing", "fake_first_name"): Pii.GIVEN_NAME,
    ("covid_testing/covid_testing", "fake_last_name"): Pii.FAMILY_NAME,
}
_EITHER = {("chinook/Track", "Composer"), ("chinook/Artist", "Name")}
"""Names of people and of bands side by side: no answer is wrong, none is counted."""


@dataclass
class Tally:
    """Counts of columns: `right` kind, another kind, `missed`, `false` alarms, `clean` ones left alone."""

    right: int = 0
    other: int = 0
    missed: int = 0
    false: int = 0
    clean: int = 0

    def add(self, wanted: Pii | None, found: Pii | None) -> None:
        """Counts one column."""
        if wanted is None:
            self.clean, self.false = self.clean + (found is None), self.false + (found is not None)
        elif found is None:
            self.missed += 1
        else:
            self.right, self.other = self.right + (found is wanted), self.other + (found is not wanted)

    @property
    def recall(self) -> float:
        """Identifiers found with the right kind, of all."""
        return self.right / max(1, self.right + self.other + self.missed)

    @property
    def precision(self) -> float:
        """Findings of the right kind, of all findings."""
        return self.right / max(1, self.right + self.other + self.false)


def measure(title: str, columns: Iterable[Sample]) -> Tally:
    """Searches every column; prints the shares, each kind, and every column that went wrong."""
    total, kinds = Tally(), defaultdict[str, Tally](Tally)
    wrong = []
    for column in columns:
        found = find_pii(column.header or "col_0", column.cells)
        kind = found.kind if found is not None and found.guess.confidence >= SURE else None
        total.add(column.kind, kind)
        kinds[column.kind.value if column.kind else "none"].add(column.kind, kind)
        if kind is not column.kind:
            wrong.append(f"  {column.label}: {column.kind or 'none'} taken for {kind or 'none'}")
    n_positive, n_negative = total.right + total.other + total.missed, total.false + total.clean
    print(f"\n## {title}: {n_positive} identifiers, {n_negative} others")
    print(
        f"recall {total.recall:.3f}, precision {total.precision:.3f}" if n_positive else f"{total.false} false alarms"
    )
    for name, tally in sorted(kinds.items()):
        print(f"  {name:15} " + " ".join(f"{key} {value}" for key, value in vars(tally).items() if value))
    print("\n".join(wrong))
    return total


def _real(with_headers: bool) -> Iterator[Sample]:
    for path in sorted(data_folder().glob("*/*.parquet")):
        table = f"{path.parent.name}/{path.stem}"
        rows = pq.read_table(path)
        for name in rows.column_names:
            kind = _PERSON_COLUMNS.get(name) if table in _PERSON_TABLES else _OTHER_POSITIVES.get((table, name))
            if (table, name) not in _EITHER:
                yield Sample(f"{table} {name}", kind, rows.column(name), header=name if with_headers else "")


def _places() -> Iterator[Sample]:
    """One column for each country and language in which phonenumbers knows at least 20 places."""
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for number, names in GEOCODE_DATA.items():
        codes = [number[:n] for n in (1, 2, 3) if int(number[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
        for language, name in names.items() if codes else ():
            held[codes[0], language].add(re.split(r", | - |/", name)[0])
    for (code, language), names_held in sorted(held.items()):
        if len(names_held) >= 20:
            yield Sample(f"places of +{code} in {language}", None, pa.chunked_array([sorted(names_held)]))


def _is_told(name: str) -> bool:
    """Which half of the names the finder is told."""
    return zlib.crc32(name.encode()) % 2 == 0


def measure_withheld() -> tuple[Tally, Tally]:
    """Searches names of which the finder knows one half, and names of which it knows none."""
    told = read_words(_is_told)

    @cache
    def spelling(script: str) -> Spelling:
        return spell(told, script)

    def is_new(name: str) -> bool:
        return not all(token in told.counts["given"] or token in told.counts["family"] for token in tokens(name))

    with mock.patch.object(person, "words", return_value=told), mock.patch.object(person, "spelling", spelling):
        half = measure("Names, one half of them withheld from the lists", _names(lambda _: True))
        none = measure("Names, all of them withheld from the lists", _names(is_new))
    return half, none


def _names(keep: Callable[[str], bool]) -> Iterator[Sample]:
    for locale in LOCALES:
        given, family = ([name for name in names if keep(name)] for names in names_of(locale))
        if min(len(given), len(family)) >= 10:
            yield from withheld(locale, given, family)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints every part; 1 where the aim of the first is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the columns that Faker makes")
    seed: int = parser.parse_args(arguments).seed
    first = measure("Faker, headers removed", samples(LOCALES, seed=seed))
    measure("Faker, further locales", samples(NEW_LOCALES, seed=seed))
    measure_withheld()
    with mock.patch.object(person, "area_code_places", return_value=frozenset()):
        measure("Real places, by the letters and lists alone", _places())
    measure("Real tables with their headers", _real(with_headers=True))
    measure("Real tables, headers removed", _real(with_headers=False))
    is_met = first.recall >= LEAST_RECALL and first.precision >= LEAST_PRECISION
    print(f"\naim (recall >= {LEAST_RECALL}, precision >= {LEAST_PRECISION}): {'met' if is_met else 'missed'}")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
