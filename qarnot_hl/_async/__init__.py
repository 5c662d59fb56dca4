"""The I/O shells of the SDK in their asynchronous form: the source from which ``_sync`` is made."""
