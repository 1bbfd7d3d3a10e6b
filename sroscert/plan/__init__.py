"""Decisions: what a router lacks, and the ordered steps that would give it that. Pure; performs no I/O."""
