// The reader's choices, kept in the fragment of the address, so that a link leads to the same view. A fragment without
// `=` is an ordinary link to a part of the page, and does not change the choices.
const View = (() => {
  const listeners = [];
  let values = new URLSearchParams();

  const read = () => {
    const fragment = window.location.hash.slice(1);
    if (!fragment.includes("=")) {
      return false;
    }
    values = new URLSearchParams(fragment);
    return true;
  };

  /** One of the values that are allowed, or the first of them. */
  const choice = (key, allowed) => {
    const value = values.get(key);
    return allowed.includes(value) ? value : allowed[0];
  };

  /** A text, or null if none was chosen. */
  const text = (key) => values.get(key);

  /** A number, or `other` if none was chosen. */
  const number = (key, other) => {
    const value = parseFloat(values.get(key));
    return Number.isNaN(value) ? other : value;
  };

  /** The chosen entries of a list, or `all` if none was chosen. */
  const choices = (key, list, all = list) => {
    const value = values.get(key);
    if (value === null) {
      return all;
    }
    const names = value.split(",");
    return list.filter((name) => names.includes(String(name)));
  };

  /** Keeps a choice; `null` removes it from the address. */
  const keep = (section, key, value) => {
    if (value === null) {
      values.delete(key);
    } else {
      values.set(key, value);
    }
    values.set("at", section);
    // Commas and equals signs are allowed in a value, and are easier to read.
    const fragment = values.toString().replace(/%2C/g, ",").replace(/%3D/g, "=");
    window.history.replaceState(null, "", `#${fragment}`);
  };

  const show = () => {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        console.error(error);
      }
    }
    const section = document.getElementById(values.get("at"));
    if (section !== null) {
      section.scrollIntoView();
    }
  };

  /** Calls `listener` now, and whenever the view in the address changes. */
  const follow = (listener) => {
    listeners.push(listener);
    listener();
  };

  read();
  window.addEventListener("hashchange", () => read() && show());
  window.addEventListener("load", () => values.has("at") && show());
  return { choice, choices, text, number, keep, follow };
})();
