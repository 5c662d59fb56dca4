"""The simulated cloud: one tenant's world as data and pure moves. No I/O, no wall clock, no global randomness.

Start at :mod:`~qarnot_mock.sim.world`; ``state``, ``tasks``, ``pools`` and ``jobs`` hold the data, ``operations`` is
the table of commands, ``moves`` is what every instance goes through, ``instances`` and ``pool_instances`` what they do
in each phase, ``derive`` lets tasks and pools follow. ``script`` says what runs do where a scenario or a constant of
the task (``script.CONSTANTS``) has a say; ``chance`` is where anything random comes from.
"""
