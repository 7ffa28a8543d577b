// Computes for half a second, waits for half a second, prints what was used in the way named: resourceUsage or cpuUsage.
'use strict'
const end = performance.now() + 500
let n = 1
while (performance.now() < end) n = (n * 1103515245 + 12345) % 2147483648
setTimeout(() => {
  if (process.argv[2] === 'cpuUsage') console.log(JSON.stringify({ ...process.cpuUsage(), uptime: process.uptime() }))
  else console.log(JSON.stringify({ ...process.resourceUsage(), uptime: process.uptime() }))
}, 500)
