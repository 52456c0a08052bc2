"""Judge redaction on labelled texts: what of the secrets goes, and what of the harmless stays.

`python -m benchmarks.judge [folder]`. The folder holds the labelled texts, one JSON object a line; without it they are
looked for beside the repository.
"""
