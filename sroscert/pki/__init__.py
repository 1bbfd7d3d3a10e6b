"""X.509 values and checks: what a certificate says, and whether that is what was asked for. No I/O."""
