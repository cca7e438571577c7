"""Alerts on their way out: who is told of what, in which words, and the courier that brings it. Knows no SQL."""
