// Calls mnist-web as a page would: arguments and answers are in the module's memory.

/** An instance of mnist-web, from its compiled module. */
export class Page {
  constructor(module) {
    this.exports = new WebAssembly.Instance(module).exports;
  }

  /** Makes a request, and returns a copy of the answer's bytes. Throws the error of a request that fails. */
  bytes(name, argument = new Uint8Array(), ...numbers) {
    const { memory, ...calls } = this.exports;
    const address = calls.argument(argument.length);
    // Memory that grows gets a new buffer, so the view is made after the call.
    if (address !== 0) new Uint8Array(memory.buffer).set(argument, address);
    const isFine = address !== 0 && calls[name](...numbers) === 1;
    const answer = new Uint8Array(memory.buffer, calls.answer(), calls.answer_length()).slice();
    if (!isFine) throw new Error(new TextDecoder().decode(answer));
    return answer;
  }

  /** Makes a request whose answer is JSON. An argument that is not bytes is sent as JSON. */
  json(name, argument = new Uint8Array(), ...numbers) {
    const isBytes = argument instanceof Uint8Array;
    const bytes = isBytes ? argument : new TextEncoder().encode(JSON.stringify(argument));
    return JSON.parse(new TextDecoder().decode(this.bytes(name, bytes, ...numbers)));
  }
}
