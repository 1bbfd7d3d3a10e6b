"""The embedded lab of sroscert: simulated SR OS routers and a CMPv2 CA on loopback. Shares no code with the product."""
