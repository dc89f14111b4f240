"""Public services, one folder each: thin compositions of the foundations, that never import one another."""
