"""The classic CLI engine: its configuration tree over the models of the release, and the session's engine.

`table` says which classic word is which node of the models, `tree` what an item of that table is, `forms` how its words
are read and written; `statement` reads a line, `rules` says what must be shut down first, `text` prints. One
configuration stands behind both engines.
"""
