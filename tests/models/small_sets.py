"""Small folders laid out like the shared sets, made up here: for tests that need no recording."""

import gzip
import hashlib
from pathlib import Path

MINUTE_MS = 60_000


def pack(path: Path, lines: list[str]) -> Path:
    """Writes lines as a packed file, the same bytes every time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode(), mtime=0))
    return path


def motes(data: Path, vapour: tuple[int, int] = (400, 440), rows: int = 600) -> Path:
    """Two motes, one with hot vapour; the readings wander a little, in a pattern of their own."""
    lines = ["reading,mote_id,indoor,humidity,temperature,label"]
    for mote in (1, 2):
        for i in range(rows):
            loud = mote == 1 and vapour[0] <= i < vapour[1]
            humidity = 45 + (i * 7 % 11) / 20 + (30 if loud else 0)
            celsius = 27 + (i * 5 % 13) / 50 + (15 if loud else 0)
            lines.append(f"{i + 1},{mote},1,{humidity:.2f},{celsius:.2f},{int(loud)}")
    return pack(data / "labelled_wsn_suthaharan" / "motes.csv.gz", lines)


def freezer(data: Path, rows: int = 100) -> Path:
    """A freezer read every ten minutes, with one warm-up."""
    lines = ["t_utc,temp_c,rh_pct"]
    for i in range(rows):
        celsius = -13.4 if 50 <= i < 54 else -18 + (i % 3) / 10
        hours, minutes = divmod(i * 10, 60)
        days, hours = divmod(hours, 24)
        lines.append(f"2022-07-{14 + days}T{hours:02d}:{minutes:02d}:00.000Z,{celsius:.1f},40")
    return pack(data / "freezer_celsi" / "freezer.csv.gz", lines)


def rooms(data: Path, rows: int = 80) -> Path:
    """Two sessions of two nodes, readings of the nodes one after the other, a door each."""
    names = "entry,t_ms,rel_s,node,temp_c,rh_pct,light1,light2,occupants,activity"
    lines = [f"{names},door_open,window_open,measurement"]
    for session in (1, 2):
        for i in range(rows):
            for node in (1, 2):
                at_ms = 1_485_353_109_917 + session * 86_400_000 + i * 4000 + node * 100
                opened = int(30 <= i < 33)
                lines.append(
                    f"{i},{at_ms},{i * 4},{node},22.{i % 10}3,41.603,158.5{i % 10},552.0,0,0,"
                    f"{opened},0,{session}"
                )
    return pack(data / "room_climate_doors" / "location_C.csv.gz", lines)


def nab(data: Path, rows: int = 200) -> Path:
    """One series with one window of two hours."""
    lines = ["timestamp,value"]
    lines += [f"2013-07-04 {i // 12:02d}:{i % 12 * 5:02d}:00,{70 + i % 5}.5" for i in range(rows)]
    folder = data / "nab_temperature"
    path = pack(folder / "series.csv.gz", lines)
    windows = '{"realKnownCause/series.csv": [["2013-07-04 10:00:00.0", "2013-07-04 12:00:00.0"]]}'
    (folder / "labels.json").write_text('{"combined_windows": ' + windows + "}")
    return path


def freezer_node(data: Path) -> Path:
    """Two stretches; during the first the probe is not connected."""
    names = "timestamp,sGekoeldeRuimte,sOmgeving,sDeurcontact,sRSSI,sBattery"
    lines = [f"{names},_flag_secondary_error_code"]
    lines += [f"2022-10-20 16:{i:02d}:00,0.00,22.40,{i % 2}.00,-90.00,5.00,True" for i in range(20)]
    lines += [f"2023-07-11 09:{i:02d}:00,-35.30,28.10,0.00,-80.00,,False" for i in range(20)]
    path = data / "freezer_door_battery_sample" / "sample.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]))
    return path


def container(data: Path) -> Path:
    """A dry container for a day: closed and on its mount, an opening of two minutes at noon."""
    lines = ["device,t_utc,accuracy_m,door_open,not_mounted,motion,gforce_g,tilt_deg,temp_c,rh_pct"]
    lines += [f"X,2016-02-01 {h:02d}:00:00+00:00,,,,0,,,{4 + h / 4},{60 - h}" for h in range(12)]
    lines.insert(1, "X,2016-01-31 23:59:00+00:00,,0,0,0,,,,")
    lines.append("X,2016-02-01 11:31:00+00:00,,1,0,0,,,,")
    lines.append("X,2016-02-01 11:33:00+00:00,,0,0,0,6.5,,,")
    lines += [
        f"X,2016-02-01 {h:02d}:00:00+00:00,,,,0,,,{4 + h / 4},{60 - h}" for h in range(12, 24)
    ]
    return pack(data / "schenker_containers" / "device_X.csv.gz", lines)


def tracks(data: Path) -> Path:
    """Two tracks in metres."""
    lines = ["trajectory,t_s,x_m,y_m,groundtruth"]
    lines += [f"{t},{5.0 * i},{0.1 * i},{i % 2}.25,OnFoot" for t in (500, 501) for i in range(30)]
    return pack(data / "gps_delivery_amazon" / "trajectories.csv.gz", lines)


def points(data: Path) -> Path:
    """One track in degrees, two of its points in the wrong order."""
    lines = ["id,latitude,longitude,track_id,time"]
    order = [0, 2, 1, 3, 4]
    lines += [f"{i},-10.9{i},-37.0{i},3,2014-09-17 05:09:{10 + i}" for i in order]
    return pack(data / "gps_gotrack" / "trackpoints.csv.gz", lines)


MAKERS = {
    "labelled_wsn_suthaharan": motes,
    "freezer_celsi": freezer,
    "room_climate_doors": rooms,
    "nab_temperature": nab,
    "freezer_door_battery_sample": freezer_node,
    "schenker_containers": container,
    "gps_delivery_amazon": tracks,
    "gps_gotrack": points,
}


def write_manifest(data: Path) -> None:
    """Writes MANIFEST.sha256 over everything that lies there."""
    files = sorted(path for path in data.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(data)}"
        for path in files
        if path.name != "MANIFEST.sha256"
    ]
    (data / "MANIFEST.sha256").write_text("\n".join([*lines, ""]))
