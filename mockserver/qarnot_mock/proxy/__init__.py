"""``qarnot-mock proxy``: passes requests on to a real cluster and holds both sides to the contract.

Pure parts say what is altered and what is wrong; ``upstream`` and ``serve`` are the only modules that do I/O.
"""
