"""The storage side of the SDK: plain blocking functions that both flavours call.

From the bottom: the data plane (``plane``, its engines, ``transport``), one file at a time (``upload``, ``download``,
``transfer``), and synchronisation (``local_tree``, ``hashing``, ``index``, ``sync``, ``execution``).
"""
