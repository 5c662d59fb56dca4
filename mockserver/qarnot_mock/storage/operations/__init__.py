"""The S3 operations by subject. Each is a function from a verified call to a response; refusals are raised."""
