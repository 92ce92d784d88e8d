"""One module a source: all knowledge of that source."""
