// An HTTP service with three behaviours, ends by itself after SECONDS and says what it used.
// usage: http_service.js PORT SECONDS [gc|light]
'use strict'
const http = require('http')
const { performance } = require('perf_hooks')

const port = Number(process.argv[2])
const seconds = Number(process.argv[3])
const kind = process.argv[4] || 'light'
const sessions = new Map()
let served = 0

function makeSession (id) {
  const events = []
  for (let i = 0; i < 400; i++) {
    events.push({ id: `${id}-${i}`, at: i * 13, tags: [String(i % 7), `g${i % 11}`], body: { a: i, b: [i, i + 1, i + 2] } })
  }
  return { id, events }
}

function collectSessions (id) {
  sessions.set(id % 600, makeSession(id))
  let sum = 0
  const picked = sessions.get((id * 7) % 600)
  if (picked) for (const e of picked.events.map(e => ({ ...e, body: { ...e.body, seen: id } }))) sum += e.body.a
  return { id, sum }
}

function renderPage (id) {
  const rows = []
  for (let i = 0; i < 200; i++) rows.push(`<tr><td>${i}</td><td>${(i * id) % 97}</td></tr>`)
  return { id, html: `<table>${rows.join('')}</table>` }
}

const work = kind === 'gc' ? collectSessions : renderPage
const server = http.createServer((req, res) => {
  served++
  const body = JSON.stringify(work(served))
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  res.end(body)
})

function sayWhatWasUsed () {
  const u = process.resourceUsage()
  const cpu = (u.userCPUTime + u.systemCPUTime) / 1e6
  const wall = performance.now() / 1000
  console.log(JSON.stringify({
    served,
    self: {
      wall_s: Number(wall.toFixed(4)),
      user_s: u.userCPUTime / 1e6,
      sys_s: u.systemCPUTime / 1e6,
      cpu_s: Number(cpu.toFixed(6)),
      cpu_over_wall: Number((cpu / wall).toFixed(4)),
      source: 'process.resourceUsage() and performance.now() when the service ended'
    }
  }))
}

server.listen(port, '127.0.0.1')
setTimeout(() => {
  server.close(sayWhatWasUsed)
  server.closeAllConnections()
}, seconds * 1000)
