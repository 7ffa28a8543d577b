"""Writes the input of meter_days.py: readings of electricity meters and the reference shapes of a day.

usage: make_days.py METERS DAYS READINGS.csv SHAPES.csv

Everything follows from the two counts: a linear congruential generator, no clock and no library of random numbers.
"""
import sys
from datetime import date, timedelta

SLOTS = 96  # quarters of an hour
SHAPES = {
    "night-storage": [(2, 3, 5.0), (23, 2, 4.0)],
    "early-commuter": [(6, 1.5, 3.0), (18, 3, 2.5)],
    "late-commuter": [(8, 1.5, 2.5), (21, 3, 3.0)],
    "home-all-day": [(9, 4, 1.8), (13, 4, 1.6), (19, 3, 2.2)],
    "cook-at-noon": [(7, 1, 1.2), (12, 1.5, 4.0), (19, 2, 1.5)],
    "office": [(11, 4, 3.0), (15, 4, 3.0)],
    "shop": [(10, 2, 2.0), (14, 5, 3.0), (18, 2, 2.5)],
    "bakery": [(3, 3, 4.5), (9, 3, 1.5)],
    "two-shifts": [(9, 5, 3.5), (17, 5, 3.5)],
    "three-shifts": [(4, 6, 2.5), (12, 6, 2.5), (20, 6, 2.5)],
    "heat-pump": [(5, 5, 2.0), (22, 5, 2.2)],
    "charging-car": [(1, 4, 5.5), (19, 2, 1.5)],
}


class Numbers:
    def __init__(self, seed):
        self.state = seed

    def unit(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) / 2**53


def bump(hour, centre, width):
    away = abs(hour - centre)
    away = min(away, 24 - away) / width
    return 1 / (1 + away ** 4)


def shape_curve(parts, shift=0.0):
    return [0.25 + sum(high * bump(slot / 4, centre + shift, width) for centre, width, high in parts) for slot in range(SLOTS)]


def main():
    meters, days = int(sys.argv[1]), int(sys.argv[2])
    names = list(SHAPES)
    with open(sys.argv[4], "w", encoding="ascii") as out:
        for name in names:
            out.write(name + "," + ",".join(f"{value:.5f}" for value in shape_curve(SHAPES[name])) + "\n")
    numbers = Numbers(20250301)
    with open(sys.argv[3], "w", encoding="ascii") as out:
        out.write("meter,time,kwh\n")
        for meter in range(meters):
            home = names[int(numbers.unit() * len(names))]
            moved = numbers.unit() < 0.1  # other habits from the middle of the time on
            for day in range(days):
                if moved and day == days // 2:
                    home = names[int(numbers.unit() * len(names))]
                kind = home if numbers.unit() < 0.8 else names[int(numbers.unit() * len(names))]
                size = 0.05 + 0.3 * numbers.unit()
                when = (date(2025, 3, 1) + timedelta(days=day)).isoformat()
                for slot, value in enumerate(shape_curve(SHAPES[kind], 2 * numbers.unit() - 1)):
                    chance = numbers.unit()
                    if chance < 0.01:  # a reading that never came
                        continue
                    reading = size * value * (0.7 + 0.6 * numbers.unit()) * (40 if chance > 0.999 else 1)
                    out.write(f"M{meter:04d},{when}T{slot // 4:02d}:{slot % 4 * 15:02d},{reading:.4f}\n")


main()
