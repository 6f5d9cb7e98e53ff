// Calls one function of a file in MicroPython again and again: a JSON list of arguments per line on standard input,
// a JSON line with `result` or `failed` for each on standard output.
//
// node calls.mjs <micropython.mjs> <repository> <file> <function> [heap in KiB]
// Each call is one from JavaScript, since this runtime collects garbage only between those.
import readline from 'node:readline';
import { short, start } from './start.mjs';

const [runtime, repository, file, name, heap] = process.argv.slice(2);
const { mp, output } = await start(runtime, repository, file, Number(heap ?? 4096));
mp.runPython('import json');
for await (const line of readline.createInterface({ input: process.stdin })) {
  const said = {};
  try {
    mp.globals.set('arguments', line);
    mp.runPython(`result = json.dumps(tested.${name}(*json.loads(arguments)))`);
    said.result = JSON.parse(mp.globals.get('result'));
  } catch (error) {
    said.failed = short(error);
  }
  process.stdout.write(JSON.stringify({ ...said, output: output.splice(0) }) + '\n');
}
