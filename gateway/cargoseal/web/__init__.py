"""The read-only pages: what a stakeholder sees of a shipment, rendered on the server.

app.py      routes, headers, errors: no rule in it
views.py    the store's rows → what a page shows
state.py    condition, since when, why          history.py  what happened, what is not known
sources.py  nodes and chain                     panels.py   sealed readings → panels
handling.py sealed bursts → the hardest of them in words
words.py    codes → plain words                 chart.py    a panel → a picture (SVG)
handling.py sealed bursts → a list
"""
