"""profile.proto by hand: enough of the encoding to write profiles that no library writes, and to read ours."""

import gzip

PLAIN, BYTES = 0, 2


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, *parts):
    body = b"".join(parts)
    return varint(field << 3 | BYTES) + varint(len(body)) + body


class Writer:
    """Fields as a list of messages, so that a test may put them in any order."""

    def __init__(self):
        self.strings, self.fields = [""], []

    def text(self, value):
        if value not in self.strings:
            self.strings.append(value)
        return self.strings.index(value)

    def value_type(self, name, unit, field=1):
        self.fields.append(message(field, number(1, self.text(name)), number(2, self.text(unit))))

    def function(self, id_, name, file=""):
        self.fields.append(message(5, number(1, id_), number(2, self.text(name)), number(4, self.text(file))))

    def location(self, id_, *lines, mapping=0):
        parts = [message(4, number(1, function), number(2, line)) for function, line in lines]
        self.fields.append(message(4, number(1, id_), number(2, mapping), *parts))

    def mapping(self, id_, file):
        self.fields.append(message(3, number(1, id_), number(5, self.text(file))))

    def label(self, key, value, unit=""):
        if isinstance(value, str):
            return message(3, number(1, self.text(key)), number(2, self.text(value)))
        return message(3, number(1, self.text(key)), number(3, value), number(4, self.text(unit)))

    def sample(self, stack, values, *labels, packed=True):
        if packed:
            body = message(1, *map(varint, stack)) + message(2, *map(varint, values))
        else:
            body = b"".join(number(1, s) for s in stack) + b"".join(number(2, v) for v in values)
        self.fields.append(message(2, body, *labels))

    def plain(self, field, value):
        self.fields.append(number(field, value))

    def bytes(self, strings_first=False):
        strings = [message(6, s if isinstance(s, bytes) else s.encode()) for s in self.strings]
        return b"".join(strings + self.fields if strings_first else self.fields + strings)


def fields_of(data):
    """[(field, value)], value an int or bytes."""
    at, out = 0, []

    def read():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = read()
        if tag & 7 == PLAIN:
            out.append((tag >> 3, read()))
        else:
            size = read()
            out.append((tag >> 3, data[at:at + size]))
            at += size
    return out


def numbers_of(data):
    out = []
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            out.append(value)
            value = shift = 0
    return out


def read(path):
    """{"types", "samples": [(stack of (func, file, line) root first, values, {label: value})], "duration_ns", "period", ...}"""
    with open(path, "rb") as file:
        raw = file.read()
    top = fields_of(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    strings = [v.decode("utf-8", "surrogateescape") for f, v in top if f == 6]
    one = lambda field: next((v for f, v in top if f == field), 0)
    functions = {}
    for f, v in top:
        if f == 5:
            d = dict(fields_of(v))
            functions[d[1]] = (strings[d.get(2, 0)], strings[d.get(4, 0)])
    mappings = {}
    for f, v in top:
        if f == 3:
            d = dict(fields_of(v))
            mappings[d[1]] = strings[d.get(5, 0)]
    locations = {}
    for f, v in top:
        if f == 4:
            parts = fields_of(v)
            lines = [dict(fields_of(x)) for n, x in parts if n == 4]
            module = mappings.get(dict((n, x) for n, x in parts if n == 2).get(2, 0), "")
            locations[dict(parts)[1]] = [functions[l[1]] + (l.get(2, 0), module) for l in reversed(lines)]
    types = [tuple(strings[dict(fields_of(v)).get(i, 0)] for i in (1, 2)) for f, v in top if f == 1]
    samples = []
    for f, v in top:
        if f != 2:
            continue
        stack, values, labels = [], [], {}
        for n, x in fields_of(v):
            if n == 1:
                stack += numbers_of(x) if isinstance(x, bytes) else [x]
            elif n == 2:
                values += numbers_of(x) if isinstance(x, bytes) else [x]
            else:
                d = dict(fields_of(x))
                labels[strings[d[1]]] = strings[d[2]] if d.get(2) else d.get(3, 0)
        samples.append(([frame for l in reversed(stack) for frame in locations[l]], values, labels))
    period_type = dict(fields_of(one(11))) if one(11) else {}
    return {"types": types, "samples": samples, "duration_ns": one(10), "period": one(12), "strings": strings,
            "period_type": tuple(strings[period_type.get(i, 0)] for i in (1, 2)), "default": strings[one(14)]}
