// Two texts line by line: [{kind: " " | "+" | "-", line}], what they have in common being longest.
const most = 3000;

export function difference(before, after) {
  const a = before.split("\n");
  const b = after.split("\n");
  if (a.length > most || b.length > most) return [...a.map((line) => ({ kind: "-", line })), ...b.map((line) => ({ kind: "+", line }))];
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let k = b.length - 1; k >= 0; k--)
      common[i * width + k] = a[i] === b[k] ? common[(i + 1) * width + k + 1] + 1 : Math.max(common[(i + 1) * width + k], common[i * width + k + 1]);
  const rows = [];
  let i = 0;
  let k = 0;
  while (i < a.length || k < b.length) {
    if (i < a.length && k < b.length && a[i] === b[k]) {
      rows.push({ kind: " ", line: a[i] });
      i++;
      k++;
    } else if (k < b.length && (i === a.length || common[i * width + k + 1] > common[(i + 1) * width + k])) rows.push({ kind: "+", line: b[k++] });
    else rows.push({ kind: "-", line: a[i++] });
  }
  return rows;
}
