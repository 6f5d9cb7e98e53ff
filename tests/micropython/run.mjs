// Runs one file of plain test functions in MicroPython and prints one JSON line per test.
//
// node run.mjs <micropython.mjs> <repository> <test file> [heap in KiB]
// Each test is a call of its own, since this runtime collects garbage only when control returns to JavaScript.
import { short, start } from './start.mjs';

const [runtime, repository, file, heap] = process.argv.slice(2);
let output = [];
const say = line => process.stdout.write(JSON.stringify({ ...line, output: output.splice(0) }) + '\n');

let mp;
try {
  ({ mp, output } = await start(runtime, repository, file, Number(heap ?? 4096)));
  mp.runPython('names = " ".join(sorted(name for name in dir(tested) if name.startswith("test_")))');
} catch (error) {
  say({ test: '(import)', failed: short(error) });
  process.exit(1);
}
for (const name of mp.globals.get('names').split(' ').filter(Boolean)) {
  const started = performance.now();
  let failed = null;
  try {
    mp.runPython(`tested.${name}()`);
  } catch (error) {
    failed = short(error);
  }
  say({ test: name, failed, ms: Math.round(performance.now() - started) });
}
