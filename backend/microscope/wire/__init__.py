"""Every message between browser and server, a noun a file; the socket's unions and its life: `unions.py`.

Imports nothing: the command line reads the messages of runs without torch, which those of patches need.
"""
