"""The version, read by the build and by the client."""

__version__ = "0.1.0"
