"""The fault matrix: each step of a job × each fault × how it strikes, as generated tests."""
