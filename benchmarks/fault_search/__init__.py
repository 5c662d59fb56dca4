"""Searches for what a client does wrong when something goes wrong: each kind of fault at each exchange of a workflow.

In process and on virtual time, for our client and the official package alike. ``docs/fault-search.md`` has the table.
"""
