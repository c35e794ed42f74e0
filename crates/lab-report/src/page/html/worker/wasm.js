// Calls mnist-web: arguments and answers are in the module's memory. The tests in Node use this file too.

/** An instance of mnist-web, from its compiled module. */
class Wasm {
  constructor(module) {
    this.exports = new WebAssembly.Instance(module).exports;
  }

  /** Whether the form rounds multiply-adds once, so that its bits are those of the program. */
  isFused() {
    return this.exports.is_fused() === 1;
  }

  /** Makes a request, and returns a copy of the answer's bytes. Throws the error of a request that fails; the error's
   * `isFatal` tells whether the instance cannot be used again. */
  bytes(name, argument = new Uint8Array(), ...numbers) {
    const { memory, ...calls } = this.exports;
    const answer = () => new Uint8Array(memory.buffer, calls.answer(), calls.answer_length()).slice();
    const failed = (isFatal, words) => Object.assign(new Error(words), { isFatal });
    let isFine;
    try {
      const address = calls.argument(argument.length);
      // Memory that grows gets a new buffer, so the view is made after the call.
      if (address !== 0) {
        new Uint8Array(memory.buffer).set(argument, address);
      }
      isFine = address !== 0 && calls[name](...numbers) === 1;
    } catch (error) {
      const words = new TextDecoder().decode(answer());
      throw failed(true, words.startsWith("defect") ? words : `no memory, or a defect: ${error.message}`);
    }
    if (!isFine) {
      throw failed(false, new TextDecoder().decode(answer()));
    }
    return answer();
  }

  /** Makes a request whose answer is JSON. An argument that is not bytes is sent as JSON. */
  json(name, argument = new Uint8Array(), ...numbers) {
    const isBytes = argument instanceof Uint8Array;
    const bytes = isBytes ? argument : new TextEncoder().encode(JSON.stringify(argument));
    return JSON.parse(new TextDecoder().decode(this.bytes(name, bytes, ...numbers)));
  }
}
