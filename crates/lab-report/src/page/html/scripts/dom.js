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

  /** Draws pixels from `colour`, which gives red, green and blue of a position. */
  const paint = (canvas, rows, cols, colour) => {
    canvas.width = cols;
    canvas.height = rows;
    const context = canvas.getContext("2d");
    const image = context.createImageData(cols, rows);
    for (let at = 0; at < rows * cols; at += 1) {
      image.data.set([...colour(at), 255], 4 * at);
    }
    context.putImageData(image, 0, 0);
  };

  /** MNIST's colours: white ink on black. */
  const paintInk = (canvas, pixels, rows, cols) =>
    paint(canvas, rows, cols, (at) => [pixels[at], pixels[at], pixels[at]]);

  /** Orange above 0, blue below 0, white for 0. */
  const paintSigned = (canvas, numbers, rows, cols) => {
    const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const [plus, minus] = [
      [196, 78, 0],
      [0, 90, 181],
    ];
    paint(canvas, rows, cols, (at) => {
      const share = largest > 0 ? Math.abs(numbers[at]) / largest : 0;
      const end = numbers[at] < 0 ? minus : plus;
      return end.map((part) => Math.round(255 + share * (part - 255)));
    });
  };

  return { html, svg, byId, guarded, bytes, percent, paintInk, paintSigned };
})();

/** The page's data. */
const DATA = JSON.parse(Dom.byId("data").textContent);
