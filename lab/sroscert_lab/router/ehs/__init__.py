"""The event handling system of a simulated router: event, filter, trigger, handler, script policy, run of a script.

Evidence: Nokia's YANG (conf and state of log and script-control), the published CMPv2 tutorial's transcripts, and the
System Management and MD-CLI guides. `EventHandling` (handling.py) is what the core holds.
"""
