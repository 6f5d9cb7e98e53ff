// The TCP socket of one simulated node, with the faults that a test can order.
//
// Rule: states are numbers that sim_parts.py knows: 0 connecting, 1 open, 2 failed, 3 closed.
import net from 'node:net';

const CONNECTING = 0, OPEN = 1, FAILED = 2, CLOSED = 3;
const MAX_CAPTURED = 100000; // publishes kept for `captured`
const MAX_CHUNK = 65536;

export class Link {
  // `changed` is called whenever the node has a reason to look.
  constructor(broker, changed) {
    this.broker = broker;
    this.changed = changed;
    this.up = true; // is there a network at all
    this.rate = null; // bytes per second that can be sent
    this.cutAfter = null; // break after so many more bytes
    this.captured = [];
    this.drop();
  }

  open() {
    this.drop();
    if (!this.up) return false;
    const socket = net.connect({ ...this.broker, noDelay: true });
    this.socket = socket;
    this.state = CONNECTING;
    this.tokens = 0;
    this.tokensAt = performance.now();
    const on = (event, act) => socket.on(event, data => {
      if (this.socket === socket) { act(data); this.changed(); }
    });
    on('connect', () => { this.state = OPEN; });
    on('data', data => { this.incoming.push(data); });
    on('drain', () => {});
    on('close', () => { this.state = this.state === OPEN ? CLOSED : FAILED; });
    socket.on('error', () => {}); // 'close' follows
    return true;
  }

  drop() {
    if (this.socket) this.socket.destroy();
    this.socket = null;
    this.state = CLOSED;
    this.incoming = [];
    this.unparsed = Buffer.alloc(0);
  }

  // How many bytes can be sent now.
  room() {
    if (!this.socket || this.socket.writableLength > MAX_CHUNK) return 0;
    if (this.rate === null) return MAX_CHUNK;
    const time = performance.now();
    this.tokens = Math.min(this.rate, this.tokens + (time - this.tokensAt) * this.rate / 1000);
    this.tokensAt = time;
    return Math.floor(this.tokens);
  }

  send(data) {
    if (this.rate !== null) this.tokens -= data.length;
    if (this.cutAfter !== null) {
      if (data.length >= this.cutAfter) {
        this.socket.end(data.subarray(0, this.cutAfter));
        this.cutAfter = null;
        this.state = CLOSED;
        return;
      }
      this.cutAfter -= data.length;
    }
    this.capture(data);
    this.socket.write(data);
  }

  // Bytes as hexadecimal text, '' when none came, null when the connection is gone.
  receive() {
    if (this.incoming.length) return this.incoming.shift().toString('hex');
    return this.state === OPEN ? '' : null;
  }

  // Keeps the payload of every PUBLISH that went out whole (MQTT 3.1.1 sections 2.2 and 3.3).
  capture(data) {
    this.unparsed = Buffer.concat([this.unparsed, data]);
    for (;;) {
      let at = 1, length = 0, shift = 0, byte;
      do {
        if (at >= this.unparsed.length) return;
        byte = this.unparsed[at++];
        length += (byte & 127) << shift;
        shift += 7;
      } while (byte & 128);
      if (this.unparsed.length < at + length) return;
      const body = this.unparsed.subarray(at, at + length);
      if (this.unparsed[0] >> 4 === 3 && this.captured.length < MAX_CAPTURED) {
        this.captured.push(body.subarray(body.readUInt16BE(0) + 4).toString('hex'));
      }
      this.unparsed = this.unparsed.subarray(at + length);
    }
  }
}
