"""Recorded runs: files of several makes, each read as the start and the events of one run."""
