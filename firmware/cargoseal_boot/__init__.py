"""What starts a node and is never updated: it chooses the folder that the application runs from.

Nothing here imports the application, so that a bad one cannot keep its predecessor from running.
"""
