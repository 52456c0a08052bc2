"""Inputs made by a fuzzer that sees which branches they take, for what reads texts and configuration."""
