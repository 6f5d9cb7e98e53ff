"""What is true of the recordings of handling: which of them fall, and when.

No set says when a flight begins. FLIGHTS were read off by eye, from the magnitude and all three
axes: the time in which |a| stays low and calm between release and landing. REBOUNDS are the flights
after it in which all axes are calm, where they last as long as a fall from 10 cm (0.143 s), the
least that a drop is here; four shorter ones (0.115 to 0.125 s) belong to neither side, and the
box's throws onto a pillow have none that is beyond doubt. Times are milliseconds from a recording's
first row. Only the recordings named here and those whose set labels them are judged: of any other
nobody has said what is true.
"""

from models.data.recording import Recording

BOX, PHONE = "bosch_xdk_box", "phone_freefall"
ROADS, TRANSIT = "road_anomalies_50hz", "transit_vibration_500hz"
SETS = (BOX, PHONE, ROADS, TRANSIT)
ROUGH = "rough_handling_20190402"
CAR = "car_transport_1103"

FLIGHTS = {
    "throw_2m_x10": (
        (316_560, 317_149), (320_870, 321_480), (325_710, 326_340), (330_360, 330_940),
        (334_620, 335_190), (339_081, 339_642), (343_431, 343_981), (347_801, 348_381),
        (352_161, 352_701), (356_531, 357_151),
    ),
    ROUGH: (
        (24_315, 24_865), (29_766, 30_277), (34_187, 34_687), (38_337, 38_858), (42_887, 43_367),
    ),
    "fall_13": ((2_811, 3_467),),
    "fall_14": ((4_125, 4_756),),
    "fall_15": ((3_048, 3_688),),
    "fall_16": ((4_213, 4_869),),
    "up_and_down_2": ((1_750, 2_608),),
    "up_and_down_3": ((1_810, 2_768),),
    "up_and_down_4": ((1_115, 1_993),),
    "up_and_down_5": ((1_533, 2_390),),
    "up_and_down_6": ((1_245, 2_076),),
}  # fmt: skip
REBOUNDS = {
    ROUGH: ((24_940, 25_165), (30_350, 30_580), (34_750, 34_975)),
    "up_and_down_2": ((2_665, 2_960),),
    "up_and_down_3": ((2_815, 3_110),),
    "up_and_down_4": ((2_050, 2_340),),
    "up_and_down_5": ((2_450, 2_715),),
    "up_and_down_6": ((2_125, 2_490),),
}


def is_fall(recording: Recording) -> bool:
    """Whether something falls in it: known by its flights, or by its set's own label."""
    return recording.name in FLIGHTS or bool(recording.events)


def is_ride(recording: Recording) -> bool:
    """Whether it is known to be a ride in which nothing falls."""
    return recording.set in (ROADS, TRANSIT) or recording.name == CAR
