"""Judging runs: what the rules and the diagnosis say of the points in the store, as they come and from the past."""
