"""The application of the Django project."""
