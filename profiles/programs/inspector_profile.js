// Profiles part of itself with the inspector and writes the answer of Profiler.stop. usage: inspector_profile.js OUT.cpuprofile
'use strict'
const fs = require('fs')
const zlib = require('zlib')
const inspector = require('inspector')

const session = new inspector.Session()
session.connect()
const post = (method, params) => new Promise((resolve, reject) =>
  session.post(method, params, (err, answer) => err ? reject(err) : resolve(answer)))

function fib (n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
function rows (n) { return Array.from({ length: n }, (_, i) => ({ id: i, name: `row ${i}`, at: i * 17 % 101 })) }

async function work () {
  for (let i = 0; i < 12; i++) {
    fib(26)
    const text = JSON.stringify(rows(8000))
    await new Promise((resolve, reject) => zlib.gzip(text, err => err ? reject(err) : resolve()))
    await new Promise(resolve => setTimeout(resolve, 40))
    JSON.parse(text).sort((a, b) => a.at - b.at)
  }
}

async function main () {
  await post('Profiler.enable')
  await post('Profiler.setSamplingInterval', { interval: 1000 })
  await post('Profiler.start')
  await work()
  const { profile } = await post('Profiler.stop')
  fs.writeFileSync(process.argv[2], JSON.stringify(profile))
}

main()
