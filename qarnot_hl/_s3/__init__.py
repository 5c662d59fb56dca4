"""The storage side of the SDK on boto3: plain blocking functions that both flavours call."""
