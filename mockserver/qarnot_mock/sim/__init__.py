"""The simulated cloud: one tenant's world as data and pure moves. No I/O, no wall clock, no global randomness.

Start at :mod:`~qarnot_mock.sim.world`; ``state``, ``tasks``, ``pools`` and ``jobs`` hold the data, ``operations`` is
the table of commands, ``moves`` is what every instance goes through, ``instances`` and ``pool_instances`` what they do
in each phase, ``derive`` lets tasks and pools follow. A task overrides its own simulation by constants:
``MOCK_DURATION`` (seconds of execution per instance), ``MOCK_EXIT_CODE``, ``MOCK_STDOUT``, ``MOCK_STDERR`` and
``MOCK_RESULTS`` (a JSON object, path to text); ``${NAME}`` in their values is substituted as in any constant.
"""
