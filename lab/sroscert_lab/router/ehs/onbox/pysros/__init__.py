"""The lab's pySROS: as much of Nokia's documented interface as its routers can answer."""
