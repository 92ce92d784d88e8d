"""One module a source: a seeded generator of invented exports, with the truth beside them."""
