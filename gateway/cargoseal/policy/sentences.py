"""A profile's rules as sentences, for people who check one."""

from cargoseal.policy.channels import unit
from cargoseal.policy.plausibility.rules import Plausibility
from cargoseal.policy.profile import Profile
from cargoseal.policy.rules import Anomaly, FreeFall, Handling, Limit
from cargoseal_score.fall import height_mm


def describe(profile: Profile) -> list[str]:
    """The rules of a profile as sentences, one each."""
    lines = [_limit_sentence(limit) for limit in profile.limit]
    if profile.anomaly:
        a = profile.anomaly
        lines.append(
            f"anomaly: climate score {a.threshold} or more in {a.windows} of {a.of} windows: "
            f"{a.severity}{_once(a)}"
        )
    if profile.handling:
        h = profile.handling
        lines.append(
            f"handling: score {h.threshold} or more in {h.count} bursts in {h.hours} h: "
            f"{h.severity}{_once(h)}"
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
        metres = height_mm(fall.min_ms) / 1000
        lines.append(
            f"free_fall: {fall.min_ms} ms (about {metres:.1f} m) or longer: "
            f"{fall.severity}{_once(fall)}"
        )
    for shock in profile.shock:
        lines.append(
            f"{shock.name}: {shock.count} shocks of {shock.level_g} g or more in {shock.hours} h: "
            f"{shock.severity}"
        )
    if profile.corroboration:
        nodes, minutes = profile.corroboration.nodes, profile.corroboration.window_minutes
        lines.append(f"corroboration: {nodes} nodes within {minutes} min: compromised")
    if profile.plausibility:
        lines += _plausibility(profile.plausibility)
    lines.append(f"silence: not heard for {profile.silence.minutes} min: doubt")
    hole = profile.gap.hole_minutes
    lines.append(
        f"gap: a segment missing for {profile.gap.grace_minutes} min"
        + (f", or no reading for {hole} min" if hole is not None else "")
        + f": doubt; a reading speaks for {profile.gap.hold_minutes} min at most"
    )
    lines.append(f"clock: error over {profile.clock.max_error_s} s or unknown: doubt")
    return lines


def _once(rule: Anomaly | FreeFall | Handling) -> str:
    minutes = rule.cool_down_minutes
    return "" if minutes is None else f", again after {minutes} min at the soonest"


def _plausibility(rules: Plausibility) -> list[str]:
    """The checks between sensors, one sentence each."""
    lines = []
    if rules.alone:
        kelvin, minutes = rules.alone.kelvin, rules.alone.minutes
        lines.append(f"alone: {kelvin:f} K within {minutes} min at one node only: doubt")
    if rules.vapour:
        kelvin, percent = rules.vapour.kelvin, rules.vapour.percent
        lines.append(f"vapour: {kelvin:f} K with {percent} % of the vapour before: doubt")
    if rules.shaded:
        dark, light, minutes = rules.shaded.dark_lux, rules.shaded.light_lux, rules.shaded.minutes
        lines.append(
            f"shaded: {dark} lx or less for {minutes} min where another node sees {light} lx: doubt"
        )
    if rules.stuck:
        stuck = rules.stuck
        lines.append(
            f"stuck: {stuck.channel} the same for {stuck.hours} h while another node's moves by "
            f"{stuck.moved:f} {unit(stuck.channel)}: doubt"
        )
    if rules.replay:
        lines.append(
            f"replay: {rules.replay.readings} changes that were sealed before: "
            f"{rules.replay.severity}"
        )
    return lines


def _limit_sentence(limit: Limit) -> str:
    word, value = limit.bound
    length = "at a stretch" if limit.kind == "single" else "in total"
    return (
        f"{limit.name}: {limit.channel} {word.replace('_', ' ')} {value:f} {unit(limit.channel)} "
        f"for {limit.minutes} min {length}: {limit.severity}"
    )
