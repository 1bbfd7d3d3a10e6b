"""Nokia's YANG models as the judge of what we send and of what our schema says: support for tests."""
