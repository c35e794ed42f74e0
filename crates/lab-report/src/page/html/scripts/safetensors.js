// The container of models: eight bytes with the length of a JSON header, the header, the tensors' bytes. Files may
// come from anywhere, so every size is checked against the file.
const Safetensors = (() => {
  const TYPES = new Map([
    ["F32", Float32Array],
    ["F64", Float64Array],
  ]);

  const header = (bytes) => {
    const foreign = (why) => new Error(`not a safetensors file: ${why}`);
    if (bytes.length < 8) {
      throw foreign(`it has ${bytes.length} bytes`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = Number(view.getBigUint64(0, true));
    if (length > bytes.length - 8) {
      throw foreign("its header would be longer than the file");
    }
    const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    let parsed;
    try {
      parsed = JSON.parse(text);
    } catch (_) {
      throw foreign("its header is not JSON");
    }
    if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) {
      throw foreign("its header is not a table");
    }
    return { table: parsed, start: 8 + length };
  };

  const tensor = (bytes, start, name, entry) => {
    const kind = TYPES.get(entry.dtype);
    if (kind === undefined) {
      throw new Error(`tensor ${name} has type ${entry.dtype}; expected F32 or F64`);
    }
    const { shape, data_offsets: offsets } = entry;
    const isSize = (x) => Number.isSafeInteger(x) && x >= 0;
    if (![shape, offsets].every((list) => Array.isArray(list) && list.every(isSize))) {
      throw new Error(`tensor ${name} has no shape or no place`);
    }
    const size = shape.reduce((product, side) => product * side, kind.BYTES_PER_ELEMENT);
    const [from, to] = offsets;
    if (to - from !== size || start + to > bytes.length) {
      throw new Error(`tensor ${name} does not fit into the file`);
    }
    // A copy, since a typed array begins at a multiple of its elements' size.
    const numbers = new kind(bytes.slice(start + from, start + to).buffer);
    if (!numbers.every(Number.isFinite)) {
      throw new Error(`tensor ${name} holds a number that is not finite`);
    }
    return { dtype: entry.dtype, shape, numbers };
  };

  /** A file's metadata and a map from names to tensors. */
  const parse = (bytes) => {
    const { table, start } = header(bytes);
    const { __metadata__: metadata = {}, ...entries } = table;
    const tensors = new Map();
    for (const [name, entry] of Object.entries(entries)) {
      tensors.set(name, tensor(bytes, start, name, entry || {}));
    }
    return { metadata, tensors };
  };

  return { parse };
})();
