// Many simulated nodes in one process, driven by tools/simulator.py over JSON lines.
//
// Rules
// 1. Sensors run on virtual time, which only `run` moves; the network runs on real time, always.
// 2. Virtual time waits for the slowest node that can reach the gateway: no such node has more than
//    `under_way` segments without a receipt when time moves on. A node that gets no receipt for
//    `patience_ms` is no longer waited for, until one comes.
// 3. One answer per command; a command that fails answers with an error and changes nothing else.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Device } from './fleet_device.mjs';

const options = JSON.parse(process.argv[2]);
const { loadMicroPython } = await import(pathToFileURL(options.micropython).href);
const clockFile = options.clock ? fs.openSync(options.clock, 'r+') : null;
const nodes = new Map();
let waiter = null;
const world = {
  now: options.start_ms,
  files: options.sources.flatMap(([from, to]) => collect(from, to)),
  load: loadMicroPython,
  changed() { if (waiter) { waiter(); waiter = null; } },
};

const real = () => Math.floor(performance.now());
const say = message => process.stdout.write(JSON.stringify(message) + '\n');
const sleep = ms => new Promise(resolve => { setTimeout(resolve, ms); });
const present = () => [...nodes.values()].filter(node => !node.removed);

function collect(from, to) {
  if (!fs.statSync(from).isDirectory()) return from.endsWith('.py') ? [[to, fs.readFileSync(from)]] : [];
  return fs.readdirSync(from).flatMap(name => collect(path.join(from, name), `${to}/${name}`));
}

// Moves the shared clock: one write of eight bytes.
function setClock(ms) {
  world.now = ms;
  if (clockFile === null) return;
  const cell = Buffer.alloc(8);
  cell.writeBigInt64LE(BigInt(ms));
  fs.writeSync(clockFile, cell, 0, 8, 0);
}

// Rule 2: waits until no reachable node has more than `most` segments without a receipt.
async function settle(most) {
  for (;;) {
    const slow = present().filter(node => node.on() && node.link.up && !node.deaf && node.pending > most);
    if (!slow.length) return;
    for (const node of slow) {
      if (real() - node.progressAt > options.patience_ms) { node.deaf = true; node.stalled += 1; }
    }
    await new Promise(resolve => { waiter = resolve; setTimeout(resolve, 200); });
  }
}

// Goes from event to event until `until` (or until there is none), then waits for all receipts.
async function run(until, speed, progressMs) {
  const began = { real: real(), virtual: world.now };
  let told = real();
  for (let round = 0; ; round += 1) {
    const due = Math.min(...present().map(node => node.dueAt()));
    if (due === Infinity || due > until) break;
    await settle(options.under_way);
    if (speed) await sleep(Math.max(0, (due - began.virtual) / speed - (real() - began.real)));
    if (due > world.now) setClock(due);
    for (const node of present()) if (node.dueAt() <= world.now) await node.advance();
    if (round % 16 === 0) await new Promise(setImmediate); // sockets get their turn
    if (progressMs && real() - told >= progressMs) {
      told = real();
      say({ event: 'progress', now_ms: world.now, nodes: progress() });
    }
  }
  if (until !== Infinity && until > world.now) setClock(until);
  await settle(0);
}

// Name -> rows read, rows given, segments without a receipt.
function progress() {
  return Object.fromEntries(present().map(node => [node.name, [node.next, node.rows.length, node.pending]]));
}

function named(name) {
  const node = nodes.get(name);
  if (!node) throw new Error(`expected the name of a node, got ${name}`);
  return node;
}

const commands = {
  async add({ name, config }) {
    if (nodes.has(name)) throw new Error(`expected a new name, got ${name} again`);
    const node = new Device(name, config, world);
    await node.boot([]);
    nodes.set(name, node);
    return { public_key: node.publicKey };
  },
  async run({ until_ms, speed, progress_ms }) {
    await run(until_ms ?? Infinity, speed, progress_ms);
    return { now_ms: world.now };
  },
  rows({ name, rows }) { named(name).feed(rows); },
  link({ name, up }) { named(name).setUp(up); },
  cut({ name, after_bytes }) { named(name).link.cutAfter = after_bytes; },
  tx_rate({ name, bytes_per_s }) { named(name).link.rate = bytes_per_s; },
  async power_cut({ name, off_ms }) { await named(name).powerCut(off_ms); },
  remove({ name }) { named(name).remove(); },
  stats({ name }) { return { stats: named(name).stats() }; },
  captured({ name }) { return { payloads: named(name).link.captured }; },
  flash({ name }) { return { files: named(name).flash().map(([file, data]) => [file, data.toString('hex')]) }; },
};

for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const message = JSON.parse(line);
  try {
    say({ id: message.id, ...(await commands[message.op](message)) });
  } catch (error) {
    say({ id: message.id, error: error.type ? `${error.type}: ${error.message}` : error.message });
  }
}
process.exit(0);
