"""One router end to end: observe, plan, apply, verify, drift. Joins the pure decisions with the adapters."""
