"""Records what a real router answers, scrubbed of secrets; replays it; compares it with the simulated router."""
