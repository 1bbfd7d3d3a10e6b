"""What a Python script finds on the box: run.py starts it, `pysros` is the lab's own stand-in for Nokia's package.

It is run in a process of its own and knows the router only by the questions that it asks over a pipe
(pysros/_wire.py). It shares no code with Nokia's pySROS; names, arguments and exceptions are those of its
documentation.
"""
