"""Recordings of other loggers, played through real nodes, the real gateway and a real chain.

reader.py    a CSV file -> rows, with nothing dropped and nothing re-stamped
             (mapping.py columns, units.py, times.py, cells.py one line, order.py, derive.py)
feed.py      rows -> what a node's sensors give: readings, and an accelerometer's stream
site.py      chain, contracts and the gateway's processes in one folder, on a virtual clock
system.py    a site with shipments and simulated nodes
watch.py     seconds from a stored segment to `statusOf`
report.py    what became of a shipment (outcome.py store and log, settled.py at rest, table.py)
run.py       the whole way for one shipment: `cargoseal replay`
"""
