"""network.WLAN, whose radio notes that it is on."""

STA_IF = 0
on = False


class WLAN:
    def __init__(self, interface):
        pass

    def active(self, wanted):
        global on
        on = wanted
