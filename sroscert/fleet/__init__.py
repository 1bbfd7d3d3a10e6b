"""Many routers: workers, limits, outcomes. One router never stops another (law 9)."""
