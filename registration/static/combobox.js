// A text field with a list to choose from: the editable combobox of the ARIA Authoring Practices Guide,
// with manual selection. Without this file it stays a text field.

const PAUSE_MS = 150;
const QUIETLY = { credentials: "omit", referrerPolicy: "no-referrer" }; // a page's address may be a secret

for (const input of document.querySelectorAll("[data-combobox]")) {
  enhance(input);
}

function enhance(input) {
  const words = input.dataset;
  const list = part("ul", "combobox__list", { role: "listbox", "aria-label": words.label });
  const status = part("p", "kern-sr-only", { role: "status" });
  let options = []; // of the open list; the last one is "not in the list"
  let active = -1;
  let latest = 0; // number of the latest question: older answers come late
  let waiting;
  const say = (sentence) => { status.textContent = sentence; };

  list.id = `${input.id}-list`;
  list.hidden = true;
  set(input, { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id });
  const frame = part("div", "combobox", {});
  input.replaceWith(frame);
  frame.append(input, list);
  frame.after(status);

  async function ask() {
    const typed = input.value.trim();
    const number = ++latest;
    clearTimeout(waiting);
    if (!typed) {
      return close();
    }
    try {
      const answer = await fetch(`${words.combobox}?q=${encodeURIComponent(typed)}`, QUIETLY);
      const found = answer.ok ? (await answer.json()).organisations : null;
      if (number === latest && found && document.activeElement === input) {
        show(found);
      }
    } catch {
      close(); // without a list it is still a text field
    }
  }

  function show(found) {
    const reached = options[active]?.value; // with the arrows, while this answer was on its way
    options = [...found.map(hit), { element: option(words.unlisted, words.unlistedNote), value: null }];
    list.replaceChildren(...options.map((one) => one.element));
    options.forEach((one, place) => { one.element.id = `${list.id}-${place}`; });
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(options.findIndex((one) => one.value === reached));
    const count = found.length;
    say(count === 0 ? words.hitsNone : count === 1 ? words.hitsOne : words.hits.replace("{n}", count));
  }

  function hit(one) {
    const facts = [one.kind, one.state].filter(Boolean).join(", ");
    return { element: option(one.name, facts), value: one.name };
  }

  function option(name, note) {
    const element = part("li", "combobox__option", { role: "option", "aria-selected": "false" });
    const first = part("span", "combobox__name", { dir: "auto" });
    const second = part("span", "combobox__facts", {});
    first.textContent = name;
    second.textContent = note;
    element.append(first, " ", second);
    element.addEventListener("click", () => choose(options.findIndex((other) => other.element === element)));
    return element;
  }

  function mark(place) {
    active = place;
    options.forEach((one, at) => one.element.setAttribute("aria-selected", String(at === place)));
    if (place < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", options[place].element.id);
      options[place].element.scrollIntoView({ block: "nearest" });
    }
  }

  function choose(place) {
    const { value } = options[place];
    close();
    if (value !== null) {
      input.value = value;
    }
    say(value === null ? words.unlistedNote : words.chosen.replace("{name}", value));
    input.focus();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function close() {
    latest += 1;
    clearTimeout(waiting);
    const wasOpen = !list.hidden;
    if (wasOpen) {
      say("");
    }
    options = [];
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
    return wasOpen;
  }

  function step(by) {
    if (list.hidden) {
      return ask().then(() => options.length && mark(by > 0 ? 0 : options.length - 1));
    }
    const places = options.length + 1; // one of them is the text field itself
    return mark(((active + 1 + by + places) % places) - 1);
  }

  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => active >= 0 && choose(active),
    Escape: close,
  };
  input.addEventListener("keydown", (event) => {
    if (!event.isComposing && event.key in keys && keys[event.key]() !== false) {
      event.preventDefault();
    }
  });
  input.addEventListener("input", () => {
    mark(-1);
    clearTimeout(waiting);
    latest += 1;
    waiting = setTimeout(ask, PAUSE_MS);
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the text field keeps the focus
  input.addEventListener("blur", close);
}

function part(name, className, attributes) {
  const element = document.createElement(name);
  element.className = className;
  return set(element, attributes);
}

function set(element, attributes) {
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  return element;
}
