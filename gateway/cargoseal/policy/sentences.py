"""A profile's rules as sentences, for people who check one."""

from cargoseal.policy.channels import unit
from cargoseal.policy.profile import Profile
from cargoseal.policy.rules import Limit


def describe(profile: Profile) -> list[str]:
    """The rules of a profile as sentences, one each."""
    lines = [_limit_sentence(limit) for limit in profile.limit]
    if profile.anomaly:
        a = profile.anomaly
        lines.append(
            f"anomaly: score {a.threshold} or more in {a.windows} of {a.of} windows: {a.severity}"
        )
    if profile.tamper:
        proven = profile.tamper.compromised_minutes
        lines.append(
            f"tamper: off its mount for {profile.tamper.flagged_minutes} min: flagged"
            + (f"; for {proven} min: compromised" if proven is not None else "")
        )
    if profile.door:
        lines.append(f"door: open for {profile.door.minutes} min: {profile.door.severity}")
    if profile.free_fall:
        fall = profile.free_fall
        lines.append(f"free_fall: {fall.min_ms} ms or longer: {fall.severity}")
    for shock in profile.shock:
        lines.append(
            f"{shock.name}: {shock.count} shocks of {shock.level_g} g or more in {shock.hours} h: "
            f"{shock.severity}"
        )
    if profile.corroboration:
        nodes, minutes = profile.corroboration.nodes, profile.corroboration.window_minutes
        lines.append(f"corroboration: {nodes} nodes within {minutes} min: compromised")
    lines.append(f"silence: not heard for {profile.silence.minutes} min: doubt")
    hole = profile.gap.hole_minutes
    lines.append(
        f"gap: a segment missing for {profile.gap.grace_minutes} min"
        + (f", or no reading for {hole} min" if hole is not None else "")
        + f": doubt; a reading speaks for {profile.gap.hold_minutes} min at most"
    )
    lines.append(f"clock: error over {profile.clock.max_error_s} s or unknown: doubt")
    return lines


def _limit_sentence(limit: Limit) -> str:
    word, value = limit.bound
    length = "at a stretch" if limit.kind == "single" else "in total"
    return (
        f"{limit.name}: {limit.channel} {word.replace('_', ' ')} {value:f} {unit(limit.channel)} "
        f"for {limit.minutes} min {length}: {limit.severity}"
    )
