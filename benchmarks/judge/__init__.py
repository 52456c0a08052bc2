"""Scripts that measure the package on labelled texts."""
