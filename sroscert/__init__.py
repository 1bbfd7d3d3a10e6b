"""Certificates for a fleet of Nokia SR OS routers, kept right by declaration."""

from __future__ import annotations

__version__ = "0.1.0"
