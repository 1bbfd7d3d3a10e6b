"""One simulated SR OS router. The parts are imported from their own modules; nothing is re-exported here."""
