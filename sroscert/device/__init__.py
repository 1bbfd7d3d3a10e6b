"""Everything that talks to a router: NETCONF, SFTP, PKI commands, the TLS probe and gNMI.

What is decided from the answers is in ``plan``; what is done with them is in ``workflow``. Importing this package
imports none of the libraries behind the adapters.
"""
