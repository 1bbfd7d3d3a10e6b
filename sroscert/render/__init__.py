"""Encodings of a configuration tree (NETCONF XML, MD-CLI, JSON) and the difference between two trees.

Everything here is pure: a tree and a schema go in, an element, text or changes come out. Sending them is the work of
``sroscert.device``; what a tree should hold is decided in ``sroscert.intent``.
"""
