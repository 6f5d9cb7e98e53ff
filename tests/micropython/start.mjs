// Starts MicroPython with a module of the repository imported in it, as `tested`.
//
// The file system inside mirrors the repository: firmware, the module's folder and tests/vectors.
import fs from 'node:fs';
import path from 'node:path';
import url from 'node:url';

function copy(mp, from, to, wanted) {
  mp.FS.mkdirTree(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== '__pycache__') copy(mp, source, `${to}/${entry.name}`, wanted);
    } else if (wanted.test(entry.name)) mp.FS.writeFile(`${to}/${entry.name}`, fs.readFileSync(source));
  }
}

export const short = error => String(error.message ?? error).slice(0, 4000);

// Returns { mp, output }; `output` collects what is printed. Throws what the import raised.
export async function start(runtime, repository, file, heapKib) {
  const { loadMicroPython } = await import(url.pathToFileURL(runtime).href);
  const output = [];
  const mp = await loadMicroPython({
    heapsize: heapKib * 1024, stdout: line => output.push(line), stderr: line => output.push(line),
  });
  copy(mp, path.join(repository, 'firmware'), '/repository/firmware', /\.py$/);
  copy(mp, path.join(repository, path.dirname(file)), `/repository/${path.dirname(file)}`, /\.(py|json)$/);
  copy(mp, path.join(repository, 'tests/vectors'), '/repository/tests/vectors', /\.json$/);
  const module = file.replace(/\.py$/, '').split('/').join('.');
  mp.runPython(`
import sys
for place in ("/repository", "/repository/firmware", "/repository/firmware/lib"):
    sys.path.insert(0, place)
import ${module}
tested = sys.modules["${module}"]
`);
  return { mp, output };
}
