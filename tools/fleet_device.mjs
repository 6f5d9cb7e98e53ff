// One simulated node: its MicroPython, its flash image, its rows and its link.
//
// Rules
// 1. The runtime keeps its state in seven globals: they are swapped around every call. Its
//    finalizers would free objects of whichever instance happens to be current: they are off, and
//    only a handful of functions ever cross.
// 2. Numbers that cross are cut to 32 bits: times cross as text, bytes as hexadecimal text.
// 3. `world` is what all nodes share: now (virtual ms), files (what a node is made of), changed().
import crypto from 'node:crypto';
import { Link } from './fleet_socket.mjs';

const GLOBALS = ['Module', 'proxy_js_ref', 'proxy_js_ref_next', 'proxy_js_ref_map',
  'proxy_js_map', 'proxy_js_existing', 'pyProxyFinalizationRegistry'];
const CALLS = ['boot', 'sense', 'link', 'hurry', 'collect', 'stats'];
const INERT = { register() {}, unregister() {} };
const HEAP_BYTES = 1 << 20;
const MAX_OUTPUT = 50; // lines
const MAX_ROUNDS = 256; // of the network half in one go
const ROWS_AT_ONCE = 16;
const LONGEST_WAIT_MS = 60000;
const RATE_TICK_MS = 20;

const real = () => Math.floor(performance.now());

export class Device {
  constructor(name, config, world) {
    Object.assign(this, { name, config, world, rows: [], next: 0, missed: 0, stalled: 0 });
    this.link = new Link(config.broker, () => this.pump());
    this.removed = false;
    this.backAt = null; // when its power comes back
  }

  // Starts MicroPython with the sources and a flash image ([path, bytes] pairs).
  async boot(image) {
    this.output = [];
    const print = text => { this.output.push(text); if (this.output.length > MAX_OUTPUT) this.output.shift(); };
    const mp = await this.world.load({ heapsize: HEAP_BYTES, stdout: print, stderr: print });
    globalThis.pyProxyFinalizationRegistry = INERT;
    this.fs = mp.FS;
    this.link.drop();
    mp.registerJsModule('host', this.host());
    for (const [file, data] of [...this.world.files, ...image]) {
      mp.FS.mkdirTree(file.slice(0, file.lastIndexOf('/')));
      mp.FS.writeFile(file, data);
    }
    mp.runPython('import sys; sys.path.insert(0, "/lib")\nimport sim_node');
    const module = mp.pyimport('sim_node');
    this.calls = Object.fromEntries(CALLS.map(name => [name, module[name]]));
    this.kept = [mp, module];
    this.store();
    this.publicKey = this.call('boot', JSON.stringify(this.config), String(this.world.now));
    Object.assign(this, { wake: Infinity, linkWake: 0, pending: 0, idle: true, deaf: false });
    this.progressAt = real();
    this.sense([]);
    this.pump();
  }

  // What the node calls (sim_parts.py).
  host() {
    return {
      open: () => this.link.open(),
      state: () => this.link.state,
      room: () => this.link.room(),
      send: hex => this.link.send(Buffer.from(hex, 'hex')),
      receive: () => this.link.receive(),
      close: () => this.link.drop(),
      random: size => crypto.randomBytes(size).toString('hex'),
    };
  }

  store() { this.globals = GLOBALS.map(name => globalThis[name]); }

  call(name, ...args) {
    GLOBALS.forEach((global, i) => { globalThis[global] = this.globals[i]; });
    try { return this.calls[name](...args); } finally { this.store(); }
  }

  on() { return !this.removed && this.backAt === null; }

  // The sensor half of a step, at virtual time. Whether it made a segment.
  sense(rows) {
    const text = rows.length ? JSON.stringify(rows) : '';
    const [wake, pending, idle] = this.call('sense', String(this.world.now), text).split(' ').map(Number);
    const sealed = pending > this.pending;
    Object.assign(this, { wake, pending, idle: idle === 1 });
    if (sealed) this.progressAt = real();
    return sealed;
  }

  // The network half, at real time, until it has nothing more to do now.
  pump() {
    if (!this.calls || !this.on() || this.pumping) return;
    this.pumping = true;
    clearTimeout(this.timer);
    for (let i = 0; i < MAX_ROUNDS; i += 1) {
      const [wake, pending] = this.call('link', String(real())).split(' ').map(Number);
      if (pending < this.pending) { this.progressAt = real(); this.deaf = false; }
      this.linkWake = wake;
      this.pending = pending;
      if (wake > real() && !this.link.incoming.length) break;
    }
    this.pumping = false;
    const most = this.link.rate === null ? LONGEST_WAIT_MS : RATE_TICK_MS;
    const wait = Math.max(0, Math.min(this.linkWake - real(), most));
    this.timer = setTimeout(() => this.pump(), wait);
    this.world.changed();
  }

  // When virtual time has something for this node; an empty window asks for nothing.
  dueAt() {
    if (this.backAt !== null) return this.backAt;
    const row = this.next < this.rows.length ? this.rows[this.next][0] : Infinity;
    return Math.min(row, this.idle ? Infinity : this.wake);
  }

  // Does what is due now.
  async advance() {
    if (this.backAt !== null) {
      this.backAt = null;
      await this.boot(this.image);
      return;
    }
    const rows = [];
    while (this.next < this.rows.length && this.rows[this.next][0] <= this.world.now
      && rows.length < ROWS_AT_ONCE) rows.push(this.rows[this.next++]);
    if (this.sense(rows)) this.pump();
  }

  feed(rows) {
    let last = this.rows.length ? this.rows[this.rows.length - 1][0] : this.world.now;
    for (const row of rows) {
      if (row[0] < last) throw new Error(`row of ${this.name}: expected at_ms from ${last} on, got ${row[0]}`);
      last = row[0];
      this.rows.push(row);
    }
  }

  // Gives the network, or takes it away.
  setUp(up) {
    this.link.up = up;
    this.deaf = false;
    this.progressAt = real();
    if (!up) this.link.drop();
    if (!this.on()) return;
    if (up) this.call('hurry', String(real()));
    this.pump();
  }

  // Everything in RAM is gone; rows that come while the power is off are never read.
  async powerCut(offMs) {
    this.image = this.flash();
    this.link.drop();
    clearTimeout(this.timer);
    this.backAt = this.world.now + offMs;
    while (this.next < this.rows.length && this.rows[this.next][0] < this.backAt) {
      this.next += 1;
      this.missed += 1;
    }
    if (!offMs) await this.advance();
  }

  remove() {
    this.removed = true;
    this.link.drop();
    clearTimeout(this.timer);
  }

  flash() {
    return ['/spool', '/nvs'].flatMap(folder => this.fs.readdir(folder)
      .filter(name => !name.startsWith('.'))
      .map(name => [`${folder}/${name}`, Buffer.from(this.fs.readFile(`${folder}/${name}`))]));
  }

  stats() {
    if (this.on()) this.call('collect');
    const counts = this.on() ? JSON.parse(this.call('stats')) : {};
    return { ...counts, rows_left: this.rows.length - this.next, rows_missed: this.missed,
      stalled: this.stalled, link_up: this.link.up, removed: this.removed, powered: this.on(),
      output: this.output };
  }
}
