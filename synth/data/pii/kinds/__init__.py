"""One finder a file for each group of identifiers: `(sample, hint) -> Match | None`."""
