// A turn that did not end with an answer: what failed, in words, and the ways on from there.

import { button, el } from "../app/dom.js";
import { detailsFor, wordsFor } from "../net/words.js";

/** `retry` and `edit` are functions; `retry` waits out the seconds the server asked for. */
export function failedBox(failure, { retry, edit }) {
  const again = button("Try again", { picture: "again", class: "primary", on: { click: retry } });
  const wait = el("p", { class: "countdown", hidden: true });
  if (failure.retryAfterS) countDown(failure.retryAfterS, wait, again);
  const details = detailsFor(failure);
  return el(
    "section",
    { class: "failed", "aria-label": "Problem" },
    el("p", { class: "what", text: wordsFor(failure) }),
    wait,
    details ? el("p", { class: "fine", text: details }) : null,
    el("p", { class: "ways" }, again, button("Edit", { picture: "edit", on: { click: edit } })),
  );
}

function countDown(seconds, wait, again) {
  const until = Date.now() + seconds * 1000;
  again.disabled = true;
  wait.hidden = false;
  const show = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    wait.textContent = left > 0 ? `You can try again in ${left} s.` : "You can try again now.";
    again.disabled = left > 0;
    if (left <= 0) clearInterval(timer);
  };
  const timer = setInterval(show, 500);
  show();
}
