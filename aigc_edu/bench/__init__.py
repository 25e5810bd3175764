"""The listening bench: every model makes the same sounds, and all are scored alike (floor 7).

Nothing is imported here: the process in which a model makes its sounds shall hold that model and
little else, because its memory is measured.
"""
