// Trains with mnist-web in Node, and compares with the committed results and with a run of the program:
// node check.mjs WORKSPACE FOLDER-OF-MODULES FOLDER-OF-RUNS

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';

// Node 20 has relaxed SIMD, but not switched on.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const [workspace, folder, runs] = process.argv.slice(2);
const suite = JSON.parse(readFileSync(join(workspace, 'results/paper/suite.json')));
const names = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];
const data = names.map((name) => new Uint8Array(readFileSync(join(workspace, `data/${name}-ubyte.gz`))));

// The page's own script.
const Wasm = runInThisContext(`${readFileSync(join(workspace, 'crates/lab-report/src/page/html/worker/wasm.js'))}\nWasm`);

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const text = (bytes) => new TextDecoder().decode(bytes);
let failures = 0;

function expect(what, found, expected) {
  const isSame = JSON.stringify(found) === JSON.stringify(expected);
  if (!isSame) failures += 1;
  console.log(isSame ? `ok: ${what}` : `FAILED: ${what}\n  found    ${found}\n  expected ${expected}`);
}

/** The sentence with which a request fails. */
function refusal(request) {
  try {
    request();
  } catch (error) {
    return error.message;
  }
  return 'no error';
}

/** A page with MNIST. */
async function open(form) {
  const bytes = gunzipSync(readFileSync(join(folder, `${form}.wasm.gz`)));
  const page = new Wasm(await WebAssembly.compile(bytes));
  data.forEach((file, i) => page.bytes('data_file', file, i));
  expect(`${form}: the data set's name`, page.json('load').name, 'MNIST');
  expect(`${form}: multiply-adds are fused`, page.isFused(), true);
  return page;
}

function begin(page, experiment, seed, changes = {}) {
  const { settings } = suite.experiments.find((it) => it.id === experiment);
  return page.json('begin', { experiment, seed: String(seed), settings: { ...settings, ...changes } });
}

/** Trains to the end, `slice` steps at a time; an epoch at a time by default. Returns all losses and epochs. */
function train(page, form, { steps }, slice = steps) {
  const [losses, epochs, seconds] = [[], [], []];
  for (let progress = { end: null }; progress.end === null; ) {
    const start = performance.now();
    progress = page.json('train', undefined, slice);
    if (slice === steps) seconds.push((performance.now() - start) / 1000);
    losses.push(...progress.losses);
    epochs.push(...progress.epochs);
  }
  seconds.sort((a, b) => a - b);
  if (seconds.length > 0) {
    const median = seconds[seconds.length >> 1].toFixed(2);
    console.log(`${form}: ${seconds.length} epochs, median ${median} s, fastest ${seconds[0].toFixed(2)} s`);
  }
  return { losses, epochs };
}

/** Compares all files of the run with those that the program wrote; `model` is false where git has no model. */
function compare(page, what, path, model) {
  const record = page.bytes('finish');
  expect(`${what}: run.json`, sha256(record), sha256(readFileSync(join(path, 'run.json'))));
  for (const [name, sum] of Object.entries(JSON.parse(readFileSync(join(path, 'run.json'))).files)) {
    const bytes = page.bytes('run_file', new TextEncoder().encode(name));
    expect(`${what}: ${name}`, sha256(bytes), sum);
    if (model || name !== 'model.safetensors') {
      expect(`${what}: the program's ${name}`, text(bytes), text(readFileSync(join(path, name))));
    }
  }
}

const relaxed = await open('relaxed');

// Errors are sentences, and end nothing.
const zeros = new Uint8Array(8);
expect('no run yet', refusal(() => relaxed.json('train', undefined, 1)), 'there is no run; begin one first');
const invalid = refusal(() => begin(relaxed, 'relu', 4, { lr: -1, depth: 3 }));
expect('invalid settings', invalid.includes('unknown setting `depth`') && invalid.includes('lr is -1'), true);
const large = refusal(() => begin(relaxed, 'relu', 4, { hidden: [20000, 20000] }));
expect('too large a network', large.startsWith('not enough memory: the run needs about'), true);
expect('not JSON', refusal(() => relaxed.bytes('begin', zeros)).startsWith('begin: '), true);
expect('no such file', refusal(() => relaxed.bytes('data_file', zeros, 7)), 'data file 7; expected 0 to 3');
{
  const damaged = new Wasm(await WebAssembly.compile(gunzipSync(readFileSync(join(folder, 'exact.wasm.gz')))));
  data.forEach((file, i) => damaged.bytes('data_file', i === 2 ? file.slice(0, -100) : file, i));
  const found = refusal(() => damaged.json('load'));
  expect(`damaged data: ${found}`, found.startsWith('t10k-images-idx3-ubyte: '), true);
}

// A run in slices that fit no epoch has the files of the program's run.
train(relaxed, 'relaxed', begin(relaxed, 'softmax', 0, { epochs: 3 }), 100);
compare(relaxed, 'softmax, seed 0, 3 epochs', join(runs, 'paper/softmax/seed-0'), true);

// The forms have the same losses in all digits.
const first = train(relaxed, 'relaxed', begin(relaxed, 'relu', 4, { epochs: 1 }));
const exact = await open('exact');
const second = train(exact, 'exact', begin(exact, 'relu', 4, { epochs: 1 }));
expect('the losses of both forms', second, first);
expect('the models of both forms', sha256(exact.bytes('model', undefined, 0)), sha256(relaxed.bytes('model', undefined, 0)));

// The paper's network has the published bytes.
train(relaxed, 'relaxed', begin(relaxed, 'relu', 4));
compare(relaxed, 'relu, seed 4', join(workspace, 'results/paper/relu/seed-4'), false);
const image = new Uint8Array(784);
const probabilities = new Float32Array(relaxed.bytes('classify', image, 1).buffer);
const sum = probabilities.reduce((total, p) => total + p, 0);
expect('the probabilities of an image', probabilities.length === 10 && Math.abs(sum - 1) < 1e-6, true);

console.log(failures === 0 ? 'all ok' : `${failures} FAILED`);
process.exitCode = failures === 0 ? 0 : 1;
