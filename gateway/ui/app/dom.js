// Makes elements. Text goes in as text, never as HTML; there is no other way in this page.

/** el("a", {class: "x", text: "y", href: "z", on: {click}}, ...children). null and false leave out. */
export function el(tag, { class: className, text, on, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text != null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  for (const [event, listener] of Object.entries(on ?? {})) made.addEventListener(event, listener);
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  menu: "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  copy: "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
  again: "M15.5 10a5.5 5.5 0 1 1-1.7-4M14.5 2.8v3.4h-3.4",
  edit: "M4 16l.8-3.4L13 4.4l2.6 2.6-8.2 8.2z",
  save: "M10 3.5v9M6.5 9.5l3.5 3.5 3.5-3.5M4 16.5h12",
  trash: "M4.5 6h11M8 6V4h4v2M6 6l.7 10h6.6L14 6",
  sun: "M10 6.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8zM10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M15.7 4.3l-1.2 1.2M5.5 14.5l-1.2 1.2",
  key: "M12.5 3.5a4 4 0 1 1-3.6 5.8L3.5 14.6v2h2.4v-1.8h1.9V13l2.5-2.4M13.4 6.6h.1",
  send: "M10 16V4.5M5 9.2l5-5 5 5",
  stop: "M6 6h8v8H6z",
};

/** A line drawing of 20 by 20, hidden from screen readers: the control beside it has a name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon and a name; the name shows unless `bare`. */
export function button(name, { picture, bare = false, class: className = "", ...rest } = {}) {
  return el(
    "button",
    {
      type: "button",
      class: bare ? `bare ${className}` : className,
      ...(bare ? { "aria-label": name, title: name } : {}),
      ...rest,
    },
    picture ? icon(picture) : null,
    bare ? null : name,
  );
}
