"""What is doubtful about an intent that is sound, one topic a module. Pure; ``findings`` has the table of them."""
