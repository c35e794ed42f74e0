// What the reader has chosen, kept in the address's fragment, so that a view can be sent on. A fragment without `=` is
// an ordinary link to a part of the page, and leaves the choices alone.
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

  /** A number, or `other` if none was chosen. */
  const number = (key, other) => {
    const value = parseFloat(values.get(key));
    return Number.isNaN(value) ? other : value;
  };

  /** Those of a list that were chosen, or `all` of it. */
  const choices = (key, list, all = list) => {
    const value = values.get(key);
    if (value === null) {
      return all;
    }
    const names = value.split(",");
    return list.filter((name) => names.includes(String(name)));
  };

  /** Keeps a choice; `null` is the one that needs no mention. */
  const keep = (section, key, value) => {
    if (value === null) {
      values.delete(key);
    } else {
      values.set(key, value);
    }
    values.set("at", section);
    // Commas may stand in a fragment, and are easier to read.
    const fragment = values.toString().replace(/%2C/g, ",");
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

  /** Calls `listener` now, and whenever the address gets another view. */
  const follow = (listener) => {
    listeners.push(listener);
    listener();
  };

  read();
  window.addEventListener("hashchange", () => read() && show());
  window.addEventListener("load", () => values.has("at") && show());
  return { choice, choices, number, keep, follow };
})();
