"""Faults that a training run can really have, each made on purpose, so that what judges runs can be proved."""
