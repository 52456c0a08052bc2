"""The version of the library, as a constant: reading package metadata costs a cold start 10 ms."""

__version__ = "0.1.0"
