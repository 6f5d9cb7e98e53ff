// A board at its serial console: real MicroPython, its REPL fed with the bytes of standard input.
//
// node board.mjs <micropython.mjs> <repository> [folder of shims]
// What the console prints goes to standard output, byte for byte. "machine.reset()" ends the process.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import url from 'node:url';

const [runtime, repository, shims] = process.argv.slice(2);

function copy(mp, from, to) {
  mp.FS.mkdirTree(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== '__pycache__') copy(mp, source, `${to}/${entry.name}`);
    } else if (entry.name.endsWith('.py')) mp.FS.writeFile(`${to}/${entry.name}`, fs.readFileSync(source));
  }
}

const { loadMicroPython } = await import(url.pathToFileURL(runtime).href);
const mp = await loadMicroPython({
  heapsize: 4 << 20, linebuffer: false,
  stdout: data => process.stdout.write(Buffer.from(data)), stderr: data => process.stdout.write(Buffer.from(data)),
});
copy(mp, shims, '/shims');
copy(mp, path.join(repository, 'firmware'), '/firmware');
mp.runPython(`
import sys
for place in ("/firmware/lib", "/firmware", "/shims"):
    sys.path.insert(0, place)
`);
globalThis.cargosealRandom = size => crypto.randomBytes(size).toString('hex');
globalThis.cargosealReset = () => process.exit(0);
mp.runPython(`
import binascii, js, os
os.urandom = lambda size: binascii.unhexlify(js.cargosealRandom(size))
`);
mp.replInit();
// Raw paste reads ahead from the console, which bytes that are pushed in do not allow: a request for it is
// answered as a MicroPython without it answers.
const PASTE = [0x05, 0x41, 0x01];
let held = 0;
process.stdin.on('data', bytes => {
  for (const byte of bytes) {
    if (byte === PASTE[held]) {
      if (++held === PASTE.length) {
        process.stdout.write(Buffer.from([0x52, 0x00]));
        held = 0;
      }
      continue;
    }
    for (const earlier of PASTE.slice(0, held)) mp.replProcessChar(earlier);
    held = 0;
    mp.replProcessChar(byte);
  }
});
