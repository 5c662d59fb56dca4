"""The synchronisation of a bucket against the tools that people would take instead: ``make bench-sync``."""
