"""EST in the lab (RFC 7030): the CA's server, and the simulated router's client.

Importing this package costs no socket and no thread; ``ESTServer.start`` does.
"""
