"""What a person meets: one module a command group, human and JSON output. Heavy imports happen inside commands."""
