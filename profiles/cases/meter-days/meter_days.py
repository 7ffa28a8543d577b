"""Names the shape of every day of every electricity meter, and says which meters changed their habits.

usage: meter_days.py READINGS.csv SHAPES.csv LABELS.csv

READINGS holds meter, time and kWh of a quarter of an hour; readings may be missing or absurd. Each day is repaired,
brought to one scale and compared with every reference shape by time warping, so that the same habits an hour later are
the same shape. LABELS gets one line a day with its distances to all shapes; the summary goes to standard output.
"""
import csv
import hashlib
import sys
from array import array
from collections import Counter, defaultdict
from datetime import datetime

import warp

SLOTS = 96
BAND = 8  # two hours
MISSING = -1.0
SPIKE = 8.0  # times the median of the day
SLOTS_LOST_MAX = 24


def read_shapes(path):
    shapes = []
    with open(path, encoding="ascii", newline="") as source:
        for row in csv.reader(source):
            if len(row) != SLOTS + 1:
                raise SystemExit(f"{path}: a shape has {len(row) - 1} values, {SLOTS} are expected")
            shapes.append((row[0], to_unit(array("d", map(float, row[1:])))))
    return shapes


def read_days(path):
    """{(meter, date): 96 readings}, MISSING where there is none."""
    days = {}
    with open(path, encoding="ascii", newline="") as source:
        rows = csv.reader(source)
        if next(rows, None) != ["meter", "time", "kwh"]:
            raise SystemExit(f"{path}: the first line is not meter,time,kwh")
        for number, row in enumerate(rows, 2):
            try:
                meter, when, reading = row[0], datetime.fromisoformat(row[1]), float(row[2])
            except (IndexError, ValueError) as what:
                raise SystemExit(f"{path}, line {number}: {what}") from None
            key = meter, when.date()
            day = days.get(key)
            if day is None:
                day = days[key] = array("d", [MISSING]) * SLOTS
            day[when.hour * 4 + when.minute // 15] = reading
    return days


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def drop_spikes(day):
    known = [value for value in day if value != MISSING]
    if not known:
        return
    limit = SPIKE * median(known)
    for slot, value in enumerate(day):
        if value > limit:
            day[slot] = MISSING


def fill_gaps(day):
    """Straight lines over what is missing; the ends take the nearest reading. How many were missing."""
    lost = 0
    slot = 0
    while slot < SLOTS:
        if day[slot] != MISSING:
            slot += 1
            continue
        end = slot
        while end < SLOTS and day[end] == MISSING:
            end += 1
        lost += end - slot
        before = day[slot - 1] if slot > 0 else (day[end] if end < SLOTS else 0.0)
        after = day[end] if end < SLOTS else before
        for k in range(slot, end):
            day[k] = before + (after - before) * (k - slot + 1) / (end - slot + 1)
        slot = end
    return lost


def to_unit(day):
    """The same energy for every day, so that shapes are compared and not sizes."""
    total = sum(day)
    return array("d", (value * SLOTS / total for value in day)) if total > 0 else day


def smooth(day):
    """Mean of each reading and its neighbours: a kettle is no habit."""
    out = array("d", day)
    for slot in range(1, SLOTS - 1):
        out[slot] = (day[slot - 1] + 2 * day[slot] + day[slot + 1]) / 4
    return out


def repaired(days):
    """(key, curve, energy) of every day that has enough readings, in order."""
    for key in sorted(days):
        day = days[key]
        drop_spikes(day)
        if fill_gaps(day) <= SLOTS_LOST_MAX:
            yield key, smooth(to_unit(day)), sum(day)


def distances(curve, shapes):
    return [warp.distance(curve, shape, BAND) for _, shape in shapes]


def label(curve, shapes):
    """Name of the nearest shape, how much nearer it is than the next one, and all distances."""
    found = distances(curve, shapes)
    order = sorted(range(len(found)), key=found.__getitem__)
    best, second = found[order[0]], found[order[1]]
    return shapes[order[0]][0], (second - best) / second if second > 0 else 0.0, found


def write_labels(path, labelled):
    digest = hashlib.sha256()
    with open(path, "w", encoding="ascii") as out:
        for (meter, day), energy, name, margin, found in labelled:
            line = f"{meter},{day},{energy:.3f},{name},{margin:.4f}," + ",".join(f"{d:.6f}" for d in found) + "\n"
            digest.update(line.encode("ascii"))
            out.write(line)
    return digest.hexdigest()


def habits(labelled):
    """For each meter its commonest shape in the first and in the second half of its days."""
    by_meter = defaultdict(list)
    for (meter, _), _, name, margin, _ in labelled:
        if margin >= 0.05:
            by_meter[meter].append(name)
    for meter, names in sorted(by_meter.items()):
        half = len(names) // 2
        if half >= 5:
            yield meter, Counter(names[:half]).most_common(1)[0][0], Counter(names[half:]).most_common(1)[0][0]


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    shapes = read_shapes(sys.argv[2])
    days = read_days(sys.argv[1])
    labelled = []
    for key, curve, energy in repaired(days):
        name, margin, found = label(curve, shapes)
        labelled.append((key, energy, name, margin, found))
    digest = write_labels(sys.argv[3], labelled)
    counts = Counter(name for _, _, name, _, _ in labelled)
    changed = [row for row in habits(labelled) if row[1] != row[2]]
    print(f"{len(days)} days, {len(labelled)} with enough readings, {len(changed)} meters changed, labels {digest[:16]}")
    for name, count in counts.most_common():
        print(f"{count:6d}  {name}")


if __name__ == "__main__":
    main()
