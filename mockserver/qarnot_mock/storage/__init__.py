"""The S3 side of the mock: a protocol shell over a small object store, without sockets.

``handler.S3Handler`` answers requests, ``store.ObjectStore`` is the port, ``memory.MemoryStore`` the back end,
``accounts.Account`` one tenant. What is supported and what differs from AWS: ``docs/mock-s3.md``.
"""
