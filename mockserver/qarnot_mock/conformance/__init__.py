"""Judges of what was observed, of the mock or of a real cluster. They share no code with the simulation."""
