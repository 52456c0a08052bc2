"""The version of the library, as a constant: reading package metadata would slow a cold start."""

__version__ = "0.1.0"
