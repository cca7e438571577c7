"""The public surface over HTTP: one file per resource, one shape for every error."""
