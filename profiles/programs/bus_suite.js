// A small benchmark suite that really measures: a message bus in Node and in C under the same closed load over loopback,
// processes started for each task against one kept alive, handling of simulated tokens, conversations over the bus.
// node bus_suite.js ./bus OUT   writes *-ws-metrics.json, spawn-comparison.json, ai-streaming.json, agent-messaging.json
// and final-report.json into OUT
'use strict';
const fs = require('fs');
const net = require('net');
const path = require('path');
const { spawn, spawnSync, fork } = require('child_process');

const AGENTS = 40;
const SECONDS = 3;

function nodeBus(port) {
  const sockets = new Map();
  net.createServer((s) => {
    let rest = '';
    s.setNoDelay(true);
    s.on('error', () => s.destroy());
    s.on('data', (data) => {
      rest += data;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end + 1);
        rest = rest.slice(end + 1);
        if (line.startsWith('hello ')) sockets.set(parseInt(line.slice(6), 10), s);
        else sockets.get(parseInt(line, 10))?.write(line);
      }
    });
  }).listen(port, '127.0.0.1', () => process.send?.('ready'));
  process.on('message', () => process.send(process.memoryUsage()));
}

const wait = (ms) => new Promise((r) => setTimeout(r, ms));
const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1)];

async function connect(port, id, onLine) {
  for (let tries = 0; tries < 50; tries++) {
    const s = net.connect(port, '127.0.0.1');
    const ok = await new Promise((r) => { s.on('connect', () => r(true)); s.on('error', () => r(false)); });
    if (ok) {
      let rest = '';
      s.setNoDelay(true);
      s.write(`hello ${id}\n`);
      s.on('data', (data) => {
        rest += data;
        for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
          onLine(rest.slice(0, end), s);
          rest = rest.slice(end + 1);
        }
      });
      return s;
    }
    await wait(50);
  }
  throw new Error(`nobody listens on ${port}`);
}

function rssMb(pid) {
  const pages = Number(fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return Math.round(pages * 4096 / 1048576 * 100) / 100;
}

// Every agent keeps one message to its neighbour on the way; who gets one sends the next.
async function load(port) {
  const latencies = [];
  let routed = 0, running = true;
  const now = () => process.hrtime.bigint();
  const sockets = [];
  for (let i = 0; i < AGENTS; i++) {
    const to = (i + 1) % AGENTS;
    sockets.push(await connect(port, i, (line, s) => {
      latencies.push(Number(now() - BigInt(line.split(' ')[1])) / 1e6);
      routed++;
      if (running) s.write(`${to} ${now()} ${'x'.repeat(64)}\n`);
    }));
  }
  await wait(200);
  const from = now();
  sockets.forEach((s, i) => s.write(`${(i + 1) % AGENTS} ${now()} ${'x'.repeat(64)}\n`));
  await wait(SECONDS * 1000);
  running = false;
  const seconds = Number(now() - from) / 1e9;
  await wait(100);
  latencies.sort((a, b) => a - b);
  const round = (x) => Math.round(x * 1000) / 1000;
  return { sockets, metrics: {
    uptime_seconds: round(seconds), total_connections: AGENTS, active_connections: AGENTS, messages_routed: routed,
    messages_failed: 0, throughput_msg_per_sec: Math.round(routed / seconds), latency_p50: round(percentile(latencies, 0.5)),
    latency_p95: round(percentile(latencies, 0.95)), latency_p99: round(percentile(latencies, 0.99)) } };
}

async function busOfNode(port) {
  const child = fork(__filename, ['bus', String(port)]);
  await new Promise((r) => child.once('message', r));
  const { sockets, metrics } = await load(port);
  const told = new Promise((r) => child.once('message', r));
  child.send('memory');
  const heap = Math.round((await told).heapUsed / 1048576 * 100) / 100;
  metrics.memory_mb = { rss: rssMb(child.pid), heapUsed: heap };
  sockets.forEach((s) => s.destroy());
  return { child, metrics: { implementation: 'node', ...metrics } };
}

async function busOfC(program, port) {
  const child = spawn(program, [String(port)], { stdio: 'ignore' });
  const { sockets, metrics } = await load(port);
  metrics.memory_mb = { rss: rssMb(child.pid) };
  sockets.forEach((s) => s.destroy());
  child.kill();
  return { implementation: 'c', ...metrics };
}

async function spawning() {
  const starts = 20, kept = 2000;
  let from = Date.now();
  for (let i = 0; i < starts; i++) spawnSync(process.execPath, ['-e', 'process.exit(0)']);
  const started = Date.now() - from;
  const child = fork(__filename, ['echo']);
  await new Promise((r) => child.once('message', r));
  const before = rssMb(child.pid) * 1024;
  from = Date.now();
  for (let i = 0; i < kept; i++) {
    child.send(i);
    await new Promise((r) => child.once('message', r));
  }
  const took = Date.now() - from, after = rssMb(child.pid) * 1024;
  child.kill();
  return { test_config: { iterations: starts, agents: 1, timestamp: '' }, results: {
    spawn_kill_cli: { pattern: 'spawn-kill-cli', iterations: starts, duration_ms: started,
      avg_per_operation_ms: Math.floor(started / starts) },
    persistent_nodejs: { pattern: 'persistent-nodejs', iterations: kept, agents: 1, duration_ms: took,
      baseline_memory_kb: Math.round(before), memory_delta_kb: Math.round(after - before),
      avg_per_operation_ms: took / kept } } };
}

async function tokens() {
  const streams = 5, each = 300, individual = [];
  const from = Date.now();
  let handled = 0, sum = 0, busy = 0;
  await Promise.all(Array.from({ length: streams }, async (_, id) => {
    const began = Date.now();
    let text = '', own = 0;
    for (let i = 0; i < each; i++) {
      await wait(2);
      const at = process.hrtime.bigint();
      text += `word${i} `;
      JSON.stringify({ text, id, i });
      own += Number(process.hrtime.bigint() - at) / 1e6;
      handled++;
    }
    busy += own;
    sum += Date.now() - began;
    individual.push({ streamId: id, tokens: each, duration: Date.now() - began, avgTokenProcessingTime: own / each });
  }));
  return { config: { concurrent_streams: streams, iterations: 1, mode: 'mock', timestamp: '' }, summary: {
    total_requests: streams, total_tokens: handled, total_errors: 0, total_duration_ms: Date.now() - from,
    avg_token_processing_ms: busy / handled, overall_throughput_tps: handled / (sum / 1000) },
  individual_results: individual };
}

async function talking(port) {
  const turns = 40, talks = 10, latencies = [];
  let sent = 0, fine = 0;
  const arrived = new Map();
  const socketOf = [];
  for (let i = 0; i < 2 * talks; i++) {
    socketOf.push(await connect(port, i, (line) => arrived.get(i)?.(line)));
  }
  await wait(100);
  await Promise.all(Array.from({ length: talks }, async (_, t) => {
    for (let k = 0; k < turns; k++) {
      const to = 2 * t + (k % 2), by = 2 * t + 1 - (k % 2);
      const at = process.hrtime.bigint();
      sent++;
      const got = new Promise((r) => arrived.set(to, r));
      socketOf[by].write(`${to} turn ${k}\n`);
      if (await Promise.race([got, wait(1000)])) fine++;
      latencies.push(Number(process.hrtime.bigint() - at) / 1e6);
    }
  }));
  socketOf.forEach((s) => s.destroy());
  latencies.sort((a, b) => a - b);
  return { config: { num_agents: 2 * talks, num_conversations: talks, timestamp: '' }, summary: {
    total_messages: sent, successful_messages: fine, failed_messages: sent - fine, success_rate: fine / sent * 100,
    total_errors: 0, total_conversation_turns: sent, latency_p50_ms: percentile(latencies, 0.5),
    latency_p95_ms: percentile(latencies, 0.95), latency_p99_ms: percentile(latencies, 0.99) }, errors: [] };
}

async function main(program, out) {
  const write = (name, doc) => fs.writeFileSync(path.join(out, name), JSON.stringify(doc, null, 2) + '\n');
  const { child, metrics: present } = await busOfNode(9121);
  const messages = await talking(9121);
  child.kill();
  const other = await busOfC(program, 9122);
  const spawned = await spawning();
  const streamed = await tokens();
  write('node-ws-metrics.json', present);
  write('c-ws-metrics.json', other);
  write('spawn-comparison.json', spawned);
  write('ai-streaming.json', streamed);
  write('agent-messaging.json', messages);
  write('final-report.json', { timestamp: '', mode: 'full',
    tests_run: { websocket_comparison: true, spawn_patterns: true, ai_streaming: true, agent_messaging: true },
    results: { node_ws: present, c_ws: other, spawn_comparison: spawned, ai_streaming: streamed, agent_messaging: messages } });
}

if (process.argv[2] === 'bus') {
  nodeBus(Number(process.argv[3]));
} else if (process.argv[2] === 'echo') {
  process.send('ready');
  process.on('message', (m) => process.send(m));
} else {
  main(process.argv[2], process.argv[3]);
}
