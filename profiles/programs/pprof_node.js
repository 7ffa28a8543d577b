// Computes and waits in turn for a while and writes its own wall profile with CPU times: wall.pb.gz, wall-only.pb.gz in the
// working directory. usage: node pprof_node.js SECONDS (needs @datadog/pprof)
'use strict'
const fs = require('fs')
const { time, encodeSync } = require('@datadog/pprof')

function collatz (limit) {
  let longest = 0
  for (let i = 1; i < limit; i++) {
    let steps = 0
    for (let n = i; n !== 1; steps++) n = n % 2 === 0 ? n / 2 : 3 * n + 1
    if (steps > longest) longest = steps
  }
  return longest
}

const wait = ms => new Promise(resolve => setTimeout(resolve, ms))

async function work (seconds) {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    collatz(30000)
    await wait(20)
  }
}

async function profile (name, options, seconds) {
  time.start({ intervalMicros: 10000, durationMillis: seconds * 1000, ...options })
  await work(seconds)
  fs.writeFileSync(name, encodeSync(time.stop()))
}

async function main () {
  const seconds = Number(process.argv[2])
  await profile('wall.pb.gz', { withContexts: true, collectCpuTime: true, workaroundV8Bug: true }, seconds)
  await profile('wall-only.pb.gz', {}, seconds)
}

main()
