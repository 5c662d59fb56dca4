"""Decisions of the SDK as plain functions and data: no I/O, no clock, no randomness, no httpx, no boto3."""
