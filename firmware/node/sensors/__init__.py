"""Where readings come from: `polled` and `queue` are sets of sensors, `motion` and `accelerations`
an accelerometer's stream, `bus` and `samples` what drivers share, `nmea` a receiver's language.
Each other module is the driver of one part.
"""
