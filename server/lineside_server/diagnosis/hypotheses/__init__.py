"""Hypotheses, a file per topic: each predicts a figure and is scored by how near the prediction comes."""
