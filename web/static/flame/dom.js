// Elements without a framework. Text from a profile only ever becomes textContent or a property, never markup.

// el("button", {class: "x", onclick: f, "aria-label": "..."}, "text", child, [children])
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value" || name === "checked" || name === "selected" || name === "disabled" || name === "hidden") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const button = (text, title, onclick, props = {}) => el("button", { type: "button", title, onclick, ...props }, text);

// A select whose options are [value, words] pairs.
export function choice(label, options, value, onchange, props = {}) {
  const select = el("select", { "aria-label": label, ...props, onchange: () => onchange(select.value) }, options.map(([key, words]) => el("option", { value: key }, words)));
  select.value = value;
  return select;
}

// A row of buttons of which one is pressed.
export function segments(label, options, value, onchange) {
  const buttons = options.map(([key, words, title]) =>
    el("button", { type: "button", title, "data-value": key, "aria-pressed": String(key === value), onclick: () => onchange(key) }, words),
  );
  const group = el("div", { class: "fl-segments", role: "group", "aria-label": label }, buttons);
  group.show = (chosen) => {
    for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset.value === chosen));
  };
  return group;
}

// A button with a panel below it: closes by Escape, by a click elsewhere and when the keyboard leaves it.
export function menu(label, fill, props = {}) {
  const panel = el("div", { class: "fl-panel", hidden: true });
  const toggle = el("button", { type: "button", "aria-expanded": "false", "aria-haspopup": "true", ...props }, label);
  const box = el("div", { class: "fl-menu" }, toggle, panel);
  const close = (focus) => {
    if (panel.hidden) return;
    panel.hidden = true;
    toggle.setAttribute("aria-expanded", "false");
    if (focus) toggle.focus();
  };
  toggle.addEventListener("click", () => {
    if (!panel.hidden) return close(false);
    panel.replaceChildren(...[fill(() => close(true))].flat(Infinity).filter(Boolean));
    panel.hidden = false;
    toggle.setAttribute("aria-expanded", "true");
    // A panel that would leave the page on the right hangs from the other edge of its button.
    panel.classList.remove("fl-end");
    if (panel.getBoundingClientRect().right > document.documentElement.clientWidth - 4) panel.classList.add("fl-end");
    panel.querySelector("input, button, a, select")?.focus();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) {
      event.stopPropagation();
      event.preventDefault();
      close(true);
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !panel.hidden && event.target.matches("button, a, input[type=checkbox]")) {
      const stops = [...panel.querySelectorAll("button:not(:disabled), a, input")];
      const at = stops.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
      stops[(at + stops.length) % stops.length]?.focus();
      event.preventDefault();
    }
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) close(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!box.contains(event.target)) close(false);
  });
  box.label = (text) => {
    toggle.textContent = text;
  };
  box.toggle = toggle;
  return box;
}

export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
