"""The command line of a simulated router over SSH: one shell with two engines, MD-CLI and classic CLI.

Operational commands are run by the router's behaviour, which `md-cli-raw-command` uses as well; this package owns what
only an interactive session has: prompts, echo, paging, contexts, configuration modes.
"""
