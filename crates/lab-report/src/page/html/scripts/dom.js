// Elements, numbers as text, and pixels. Text is never read as markup.
const Dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  const filled = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      node.setAttribute(name, value);
    }
    for (const child of children) {
      node.append(child);
    }
    return node;
  };

  const html = (name, attributes = {}, ...children) => filled(document.createElement(name), attributes, children);

  const svg = (name, attributes = {}, ...children) => filled(document.createElementNS(SVG, name), attributes, children);

  const byId = (id) => document.getElementById(id);

  /** `draw`, after whose failure `host` says so; the rest of the page goes on. */
  const guarded =
    (host, draw) =>
    (...given) => {
      try {
        draw(...given);
      } catch (error) {
        host.replaceChildren(html("p", { class: "hint" }, `This part cannot be shown: ${error.message}`));
      }
    };

  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

  const percent = (x, digits = 2) => `${(100 * x).toFixed(digits)} %`;

  const [PLUS, MINUS] = [
    [196, 78, 0],
    [0, 90, 181],
  ];

  /** Writes `pixels` as ink of a colour on black into image data: red, green, blue and opacity of each. */
  const fillInk = (data, pixels, colour = [255, 255, 255]) => {
    pixels.forEach((ink, at) => {
      for (let part = 0; part < 3; part += 1) {
        data[4 * at + part] = (ink * colour[part]) / 255;
      }
      data[4 * at + 3] = 255;
    });
  };

  /** Writes numbers into image data: orange above 0, blue below 0, white for 0. */
  const fillSigned = (data, numbers) => {
    let largest = 0;
    for (const x of numbers) {
      largest = Math.max(largest, Math.abs(x));
    }
    numbers.forEach((x, at) => {
      const share = largest > 0 ? Math.abs(x) / largest : 0;
      const end = x < 0 ? MINUS : PLUS;
      for (let part = 0; part < 3; part += 1) {
        data[4 * at + part] = 255 + share * (end[part] - 255);
      }
      data[4 * at + 3] = 255;
    });
  };

  const paint = (canvas, numbers, rows, cols, fill) => {
    canvas.width = cols;
    canvas.height = rows;
    const context = canvas.getContext("2d");
    const image = context.createImageData(cols, rows);
    fill(image.data, numbers);
    context.putImageData(image, 0, 0);
  };

  /** MNIST's colours: white ink on black. */
  const paintInk = (canvas, pixels, rows, cols) => paint(canvas, pixels, rows, cols, fillInk);

  const paintSigned = (canvas, numbers, rows, cols) => paint(canvas, numbers, rows, cols, fillSigned);

  return { html, svg, byId, guarded, bytes, percent, fillInk, fillSigned, paintInk, paintSigned };
})();

// Forms hold controls, and are never sent: the Enter key would load the page again.
document.addEventListener("submit", (event) => event.preventDefault());

/** The page's data. */
const DATA = JSON.parse(Dom.byId("data").textContent);
