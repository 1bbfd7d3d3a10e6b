"""The SR OS constructs of a certificate's life as frozen pydantic models, named after their YANG nodes.

A model knows its leaves and turns itself into configuration tree items. It does not know files, routers or releases:
what a release can do is asked of the schema by those who put trees together.
"""
