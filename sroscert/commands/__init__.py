"""Admin and file operations of SR OS as values, their spellings, and the reading of what a router answers. No I/O.

``operations`` has the values, ``raw`` the command lines, ``action`` the YANG actions, ``replies`` the answers.
"""
