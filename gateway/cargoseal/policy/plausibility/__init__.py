"""Whether readings can be as they are, beside one another: doubts about sensors, not about goods.

rules.py    the tables of a profile             windows.py  what the checks see of a window
alone.py    heated or cooled by itself          vapour.py   moved as the air cannot have
shaded.py   dark where others see light         stuck.py    unmoved where others move
repeats.py  readings that were sealed before    checks.py   all of them

Rules
1. Off where a profile does not ask for it: each rule has its price in false alarms, and some of
   them suppose that the nodes of a shipment stand beside each other.
2. A contradiction between readings is a doubt, like a sensor that says it is broken: which of them
   is wrong is for a person to find. It holds as long as the readings contradict each other; a
   window that comes late may explain it. Readings that repeat earlier ones are a finding: no
   window that comes late can explain that.
3. What is doubted follows from the set of windows, whatever order they came in.
"""
