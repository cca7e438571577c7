"""Frozen nouns and pure functions; imports no other room."""
