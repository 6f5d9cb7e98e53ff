// Runs one file of plain test functions in MicroPython and prints one JSON line per test.
//
// node run.mjs <micropython.mjs> <repository> <test file> [heap in KiB]
// The file system inside mirrors the repository: firmware, tests/**/*.py and tests/vectors. Each test is a call
// of its own, since this runtime collects garbage only when control returns to JavaScript.
import fs from 'node:fs';
import path from 'node:path';
import url from 'node:url';

const [runtime, repository, file, heap] = process.argv.slice(2);
const { loadMicroPython } = await import(url.pathToFileURL(runtime).href);
const output = [];
const mp = await loadMicroPython({
  heapsize: Number(heap ?? 4096) * 1024, stdout: line => output.push(line), stderr: line => output.push(line),
});

function copy(from, to, wanted) {
  mp.FS.mkdirTree(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== '__pycache__') copy(source, `${to}/${entry.name}`, wanted);
    } else if (wanted.test(entry.name)) mp.FS.writeFile(`${to}/${entry.name}`, fs.readFileSync(source));
  }
}

const short = error => String(error.message ?? error).slice(0, 4000);
const say = line => process.stdout.write(JSON.stringify({ ...line, output: output.splice(0) }) + '\n');

copy(path.join(repository, 'firmware'), '/repository/firmware', /\.py$/);
copy(path.join(repository, path.dirname(file)), `/repository/${path.dirname(file)}`, /\.(py|json)$/);
copy(path.join(repository, 'tests/vectors'), '/repository/tests/vectors', /\.json$/);

const module = file.replace(/\.py$/, '').split('/').join('.');
try {
  mp.runPython(`
import sys
for place in ("/repository", "/repository/firmware", "/repository/firmware/lib"):
    sys.path.insert(0, place)
import ${module}
tested = sys.modules["${module}"]
names = " ".join(sorted(name for name in dir(tested) if name.startswith("test_")))
`);
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
