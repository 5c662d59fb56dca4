"""The I/O shells of the SDK in their blocking form, made from ``_async`` by ``scripts/unasync.py``."""
