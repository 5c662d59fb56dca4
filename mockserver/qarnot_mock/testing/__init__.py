"""A cloud for the duration of a test: in this process, or on a socket. Serves ``qarnot_mock.pytest_plugin``."""
