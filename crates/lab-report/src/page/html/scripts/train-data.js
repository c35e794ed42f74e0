// MNIST's files for training: beside the page, on its server, or chosen by the reader.
const TrainData = (() => {
  const FOLDER = "../../data";
  /** In the trainer's order. */
  const NAMES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ];

  /** The most bytes of a file, which may be uncompressed. */
  const LARGEST = 64e6;

  /** The files of `mnist.js` in base64; null if there is no such file. */
  const beside = () =>
    new Promise((resolve) => {
      const script = Dom.html("script", { src: "mnist.js" });
      const done = () => {
        const { MNIST_FILES: found } = globalThis;
        const isWhole = Array.isArray(found?.files) && found.files.length === NAMES.length;
        resolve(isWhole ? found.files : null);
      };
      script.addEventListener("load", done);
      script.addEventListener("error", done);
      document.head.append(script);
    });

  /** The files of the repository's folder `data`; null if the page does not come from a server that has it. */
  const served = async (says) => {
    if (!window.location.protocol.startsWith("http")) {
      return null;
    }
    const files = [];
    for (const name of NAMES) {
      says(`Loading ${name}, file ${files.length + 1} of ${NAMES.length} …`);
      const answer = await fetch(`${FOLDER}/${name}.gz`).catch(() => null);
      if (answer === null || !answer.ok) {
        return null;
      }
      files.push(await answer.arrayBuffer());
    }
    return files;
  };

  /** The name in MNIST's spelling, with a point in place of a hyphen as some copies have it. */
  const is = (file, name) => file.name.replace(".idx", "-idx").startsWith(name);

  /** Reads the four files out of those that the reader chose. */
  const chosen = (files, says) => {
    const found = NAMES.map((name) => files.find((file) => is(file, name)));
    const missing = NAMES.filter((_, at) => found[at] === undefined);
    if (missing.length > 0) {
      throw new Error(`${missing.join(", ")} not found among the ${files.length} files; expected MNIST's four files`);
    }
    const large = found.find((file) => file.size > LARGEST);
    if (large !== undefined) {
      throw new Error(`${large.name} has ${large.size} bytes; expected at most ${LARGEST}`);
    }
    says(`Reading ${found.map((file) => file.name).join(", ")} …`);
    return Promise.all(found.map((file) => file.arrayBuffer()));
  };

  const filesOf = async (entry) => {
    if (entry.isFile) {
      return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
    }
    const reader = entry.createReader();
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    const files = entries.filter((it) => it.isFile);
    return (await Promise.all(files.map(filesOf))).flat();
  };

  /** The dropped files, also those in a dropped folder; null if they are no data. */
  const dropped = (event) => {
    const entries = Array.from(event.dataTransfer.items, (item) => item.webkitGetAsEntry()).filter((it) => it !== null);
    const isData = entries.some((entry) => entry.isDirectory || /idx[13]/.test(entry.name));
    return isData ? Promise.all(entries.map(filesOf)).then((lists) => lists.flat()) : null;
  };

  return { beside, served, chosen, dropped };
})();
