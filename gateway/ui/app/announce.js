// Says something to screen readers, politely and rarely: that an answer is ready, or what failed.

import { byId } from "./dom.js";

export function announce(words) {
  const region = byId("announcer");
  region.textContent = "";
  // A new frame, so that the same words said twice are a change.
  requestAnimationFrame(() => {
    region.textContent = words;
  });
}
