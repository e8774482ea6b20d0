// A short word at the foot of the page that goes by itself. Not for anything one must not miss.

import { byId } from "./dom.js";

const SHOWN_MS = 2_500;
let timer;

export function toast(words) {
  const place = byId("toast");
  place.textContent = words;
  place.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    place.hidden = true;
  }, SHOWN_MS);
}
