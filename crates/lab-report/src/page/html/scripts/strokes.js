// A sheet to draw on, white with dark ink: strokes one after the other, the first of which may be an image.
const Strokes = (() => {
  const WIDTH = 22;

  /** Follows the pointer on `canvas`; `changed` is called after every change. */
  const on = (canvas, changed) => {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    let strokes = [];
    let current = null;

    const drawImage = ({ pixels, rows, cols }) => {
      const small = Dom.html("canvas");
      Dom.paintInk(
        small,
        pixels.map((ink) => 255 - ink),
        rows,
        cols,
      );
      context.drawImage(small, 0, 0, canvas.width, canvas.height);
    };

    const drawLine = (points) => {
      context.beginPath();
      context.moveTo(...points[0]);
      // A single point is a dot: a line of length 0 with a round cap.
      context.lineTo(...points[0]);
      for (let at = 1; at < points.length; at += 1) {
        const [[x0, y0], [x1, y1]] = [points[at - 1], points[at]];
        context.quadraticCurveTo(x0, y0, (x0 + x1) / 2, (y0 + y1) / 2);
      }
      context.lineTo(...points[points.length - 1]);
      context.stroke();
    };

    const draw = () => {
      context.fillStyle = "#fff";
      context.fillRect(0, 0, canvas.width, canvas.height);
      Object.assign(context, { strokeStyle: "#000", lineWidth: WIDTH, lineCap: "round", lineJoin: "round" });
      for (const stroke of strokes) {
        if (stroke.image) {
          drawImage(stroke.image);
        } else {
          drawLine(stroke.points);
        }
      }
      changed();
    };

    const place = (event) => {
      const bounds = canvas.getBoundingClientRect();
      const x = ((event.clientX - bounds.left) / bounds.width) * canvas.width;
      const y = ((event.clientY - bounds.top) / bounds.height) * canvas.height;
      return [x, y];
    };

    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || current !== null) {
        return;
      }
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      current = { id: event.pointerId, points: [place(event)] };
      strokes.push(current);
      draw();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (current !== null && event.pointerId === current.id) {
        const between = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
        current.points.push(...(between.length > 0 ? between : [event]).map(place));
        draw();
      }
    });
    const end = (event) => {
      if (current !== null && event.pointerId === current.id) {
        current = null;
      }
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);

    draw();
    return {
      undo: () => {
        strokes.pop();
        draw();
      },
      clear: () => {
        strokes = [];
        draw();
      },
      start: (image) => {
        strokes = [{ image }];
        draw();
      },
      isEmpty: () => strokes.length === 0,
      /** The sheet's grey levels, row by row. */
      grey: () => {
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        return Uint8Array.from({ length: canvas.width * canvas.height }, (_, at) => data[4 * at]);
      },
    };
  };

  return { on };
})();
