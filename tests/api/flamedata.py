"""Reader of application/vnd.stet.flame for tests: checks every rule of the format while it reads.

    data = flamedata.read(answer.body)
    data.head["unit"], data.text(data.func[data.frame[7]]), data.total[0][7], data.folded()
"""

import array
import json
import struct
import sys

HEAD, STRS, FRMS, NODE, ROWS, ORDR, DONE = range(1, 8)
NO_RULE, NO_CATEGORY = 65535, 255


def padded(n, unit):
    return (n + unit - 1) // unit * unit


class Payload:
    """Arrays one after the other; what is left over at the end must be nothing."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, code, n, unit=1):
        values = array.array(code)
        length = n * values.itemsize
        assert self.at + length <= len(self.data), "the record is shorter than its counts say"
        assert self.at % values.itemsize == 0, "an array is not where a typed array could lie"
        values.frombytes(self.data[self.at:self.at + length])
        if sys.byteorder == "big":
            values.byteswap()
        end = self.at + padded(length, unit)
        assert not any(self.data[self.at + length:end]), "padding is zeros"
        self.at = end
        return values

    def end(self):
        assert self.at == len(self.data), "the record is longer than its counts say"


class Flame:
    def __init__(self):
        self.head = None
        self.strings = []
        self.func = self.file = self.module = self.line = self.kind = None
        self.parent, self.frame = array.array("I"), array.array("I")
        self.total, self.rule, self.category = [], array.array("H"), array.array("B")
        self.row_node, self.row_thread = array.array("I"), array.array("I")
        self.value, self.row_rule, self.row_category = [], array.array("H"), array.array("B")
        self.order = []
        self.blocks = []

    def text(self, i):
        return self.strings[i]

    def name(self, node):
        return self.strings[self.func[self.frame[node]]]

    def sum(self, k=0):
        return sum(self.value[k])

    def folded(self, k=0):
        """{(name, name, ...): weight} from the rows."""
        paths = [()] * len(self.parent)
        for i in range(1, len(self.parent)):
            paths[i] = paths[self.parent[i]] + (self.name(i),)
        out = {}
        for node, value in zip(self.row_node, self.value[k]):
            out[paths[node]] = out.get(paths[node], 0) + value
        return out


def read_block(flame, payload, kind):
    sets = len(flame.head["sets"])
    nodes = kind == NODE
    first, count = payload.take("I", 2)
    here = len(flame.parent) if nodes else len(flame.row_node)
    assert first == here, "blocks come in order"
    assert nodes is False or first > 0 or count <= 65536, "the first block of nodes is small"
    lists = ((flame.parent, flame.frame, flame.total, flame.rule, flame.category) if nodes else
             (flame.row_node, flame.row_thread, flame.value, flame.row_rule, flame.row_category))
    lists[0].extend(payload.take("I", count))
    lists[1].extend(payload.take("I", count))
    for k in range(sets):
        lists[2][k].extend(payload.take("f", count))
    lists[3].extend(payload.take("H", count, 4))
    lists[4].extend(payload.take("B", count, 4))


def read_record(flame, kind, payload):
    if kind == STRS:
        count, = payload.take("I", 1)
        offsets = payload.take("I", count + 1)
        data = bytes(payload.take("B", offsets[count]))
        flame.strings = [data[a:b].decode("utf-8", "replace") for a, b in zip(offsets, offsets[1:])]
    elif kind == FRMS:
        n = flame.head["frames"]
        flame.func, flame.file, flame.module, flame.line = (payload.take("I", n) for _ in range(4))
        flame.kind = payload.take("B", n)
    elif kind in (NODE, ROWS):
        read_block(flame, payload, kind)
    elif kind == ORDR:
        n, = payload.take("I", 1)
        flame.order = list(zip(payload.take("I", n), payload.take("f", n)))
    payload.end()


def check(flame):
    head, n = flame.head, len(flame.parent)
    assert head["schema"] == "stet/flame/1"
    assert (head["nodes"], head["rows"], head["strings"]) == (n, len(flame.row_node), len(flame.strings))
    assert flame.parent[0] == 0 and flame.frame[0] == 0
    assert all(flame.parent[i] < i for i in range(1, n)), "parents stand before children"
    heavy = [max(flame.total[k][i] for k in range(len(head["sets"]))) for i in range(n)]
    assert all(a >= b for a, b in zip(heavy, heavy[1:])), "heaviest first"
    assert all(x < len(flame.func) for x in flame.frame)
    assert all(x < len(flame.strings) for a in (flame.func, flame.file, flame.module) for x in a)
    assert all(x < n for x in flame.row_node) and all(x < len(head["threads"]) for x in flame.row_thread)
    for values, limit, none in ((flame.rule, len(head["rules"]), NO_RULE), (flame.row_rule, len(head["rules"]), NO_RULE),
                                (flame.category, len(head["categories"]), NO_CATEGORY),
                                (flame.row_category, len(head["categories"]), NO_CATEGORY)):
        assert all(x < limit or x == none for x in values)
    keys = list(zip(flame.row_node, flame.row_thread, flame.row_category))
    assert len(set(keys)) == len(keys), "one row a node, thread and category"
    siblings = set(zip(flame.parent, flame.frame))
    assert len(siblings) == n, "one node a parent and frame"
    assert all(row < len(keys) for row, _ in flame.order)
    assert (head["order"] or {"count": 0})["count"] == len(flame.order) <= 1000000
    for k, one in enumerate(head["sets"]):
        total, sums = one["total"], list(flame.value[k])
        near = 1e-5 * total + 1e-12
        assert abs(sum(sums) - total) <= near and abs(flame.total[k][0] - total) <= near, (sum(sums), total)
        below = [0.0] * n
        for node, value in zip(flame.row_node, sums):
            below[node] += value
        for i in range(n - 1, 0, -1):
            below[flame.parent[i]] += below[i]
        assert all(abs(a - b) <= near for a, b in zip(below, flame.total[k])), "totals are what ended below"


def read(data):
    flame, at, last = Flame(), 0, 0
    while at < len(data):
        assert last != DONE, "nothing stands behind the end"
        kind, length = struct.unpack_from("<II", data, at)
        payload = data[at + 8:at + 8 + length]
        assert len(payload) == length, "the record is cut off"
        assert not any(data[at + 8 + length:at + 8 + padded(length, 8)]), "padding is zeros"
        at += 8 + padded(length, 8)
        assert kind >= last and HEAD <= kind <= DONE, "records come in order"
        flame.blocks.append(kind)
        if kind == HEAD:
            flame.head = json.loads(payload)
            flame.total = [array.array("f") for _ in flame.head["sets"]]
            flame.value = [array.array("f") for _ in flame.head["sets"]]
        else:
            read_record(flame, kind, Payload(payload))
        last = kind
    assert last == DONE and at == len(data), "the end is marked"
    check(flame)
    return flame
