// A hash table from two 32-bit numbers to one, open addressing on typed arrays: a million entries cost 16 MB and no
// object. Invariants: (1) at most two thirds full; (2) a value is never EMPTY.

const EMPTY = 0xffffffff;

function mix(a, b) {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

export class PairTable {
  // expected: how many pairs will be put in; the table grows beyond it by itself.
  constructor(expected = 16) {
    let capacity = 16;
    while (capacity * 2 < expected * 3) capacity *= 2;
    this.count = 0;
    this.allocate(capacity);
  }

  allocate(capacity) {
    this.mask = capacity - 1;
    this.first = new Uint32Array(capacity);
    this.second = new Uint32Array(capacity);
    this.value = new Uint32Array(capacity).fill(EMPTY);
  }

  slot(a, b) {
    let at = mix(a, b) & this.mask;
    while (this.value[at] !== EMPTY && (this.first[at] !== a || this.second[at] !== b)) at = (at + 1) & this.mask;
    return at;
  }

  // The value that stands for (a, b); `fresh` is put in and returned when there is none.
  take(a, b, fresh) {
    let at = this.slot(a, b);
    if (this.value[at] !== EMPTY) return this.value[at];
    if ((this.count + 1) * 3 > (this.mask + 1) * 2) {
      this.grow();
      at = this.slot(a, b);
    }
    this.first[at] = a;
    this.second[at] = b;
    this.value[at] = fresh;
    this.count++;
    return fresh;
  }

  grow() {
    const { first, second, value } = this;
    this.allocate((this.mask + 1) * 2);
    for (let i = 0; i < value.length; i++) {
      if (value[i] === EMPTY) continue;
      const at = this.slot(first[i], second[i]);
      this.first[at] = first[i];
      this.second[at] = second[i];
      this.value[at] = value[i];
    }
  }
}
