"""The service: stores, judges and shows live training runs."""
