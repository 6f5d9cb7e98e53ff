"""Numbers that every side uses: kinds, clock sources, flags, channels, limits.

Rules
1. A number is never given another meaning; what is taken out stays reserved.
2. A name with a unit holds that unit; channel values are counts of CHANNELS[id]'s unit.
"""

VERSION = 1  # of segment, statement and receipt

# What a window is
CLIMATE = 0  # minutes of slow channels
HANDLING = 1  # a burst around an event

# Where the node's time came from
CLOCK_NONE = 0
RTC = 1
NTP = 2
GNSS = 3
GATEWAY = 4
CLOCK_SOURCES = ("none", "rtc", "ntp", "gnss", "gateway")
CLOCK_ERROR_UNKNOWN = 2**32 - 1  # milliseconds field: no bound is known

# What a position came from
FIX_GNSS = 1
FIX_CELL = 2

# Flags of a statement
FLAG_TAMPER = 1 << 0  # taken off its mount
FLAG_DOOR = 1 << 1
FLAG_FREE_FALL = 1 << 2
FLAG_SHOCK = 1 << 3
FLAG_LIGHT = 1 << 4
FLAG_LOW_BATTERY = 1 << 5
FLAG_SENSOR_FAULT = 1 << 6
FLAG_REBOOTED = 1 << 7
FLAG_READINGS_DROPPED = 1 << 8
FLAG_SEGMENTS_DROPPED = 1 << 9
FLAG_EARLY = 1 << 10  # closed before the window was full
FLAG_ANOMALY = 1 << 11
FLAG_COUNTER_SKIPPED = 1 << 12  # numbers after a power cut that were never sealed
FLAG_CLOCK_JUMPED = 1 << 13  # wall clock and uptime disagreed
FLAGS = (
    "tamper",
    "door",
    "free_fall",
    "shock",
    "light",
    "low_battery",
    "sensor_fault",
    "rebooted",
    "readings_dropped",
    "segments_dropped",
    "early",
    "anomaly",
    "counter_skipped",
    "clock_jumped",
)

# Channels
TEMPERATURE = 0
HUMIDITY = 1
PRESSURE = 2
LIGHT = 3
SHOCK = 4
TILT = 5
FREE_FALL = 6
DOOR = 7
MOUNT = 8
MOTION = 9
BATTERY = 10
VIBRATION = 11
ACCEL_X = 12
ACCEL_Y = 13
ACCEL_Z = 14
PROBE = 15
RSSI = 16
GYRO_X = 17
GYRO_Y = 18
GYRO_Z = 19
CHANNELS = (  # id -> (name, how many units one count is, as text; the unit)
    ("temperature", "0.01", "°C"),
    ("humidity", "0.01", "%RH"),
    ("pressure", "10", "Pa"),
    ("light", "0.1", "lx"),
    ("shock", "1", "mg"),  # peak |a| since the last reading
    ("tilt", "0.01", "°"),
    ("free_fall", "1", "ms"),  # longest since the last reading
    ("door", "1", ""),  # 1 = open
    ("mount", "1", ""),  # 1 = taken off
    ("motion", "1", ""),
    ("battery", "1", "mV"),
    ("vibration", "1", "mg"),  # root mean square
    ("accel_x", "1", "mg"),
    ("accel_y", "1", "mg"),
    ("accel_z", "1", "mg"),
    ("probe", "0.01", "°C"),
    ("rssi", "1", "dBm"),
    ("gyro_x", "1", "mdps"),
    ("gyro_y", "1", "mdps"),
    ("gyro_z", "1", "mdps"),
)
MAX_RELEASE = 2**32 - 1  # of application and configuration
MAX_CHANNELS = 32  # 20 … 31 are spare

# Sizes
SALT_BYTES = 16
NODE_BYTES = 8
DIGEST_BYTES = 32
SIGNATURE_BYTES = 64
SENSORS_BYTES = 8

# Limits. The parts add up to less than a segment.
MAX_SEGMENT_BYTES = 12288
MAX_STATEMENT_BYTES = 320
MAX_CLAIM_BYTES = 2048
MAX_READINGS_BYTES = 8192
MAX_LOCATION_BYTES = 512
MAX_MODEL_INPUT_BYTES = 1024
MAX_READINGS = 1024  # in one segment
MAX_FIXES = 16
MAX_DURATION_MS = 2**40
MAX_TIME_MS = 2**48
MAX_COUNTER = 2**48
NO_SEGMENT = bytes(DIGEST_BYTES)  # `previous` of a node's first segment
