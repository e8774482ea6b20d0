// The field one writes in: grows with its text, sends with Enter, and loses nothing. What is typed
// is kept for this tab until the turn it became is stored.

import { byId, icon } from "./dom.js";
import { passing } from "./storage.js";

const KEPT = "composer";
const touch = matchMedia("(pointer: coarse)");

export class Composer {
  /** `send(text)` tells whether it took the text; `stop()` ends the turn under way. */
  constructor({ send, stop }) {
    [this.form, this.field, this.action] = ["composer", "message", "send"].map(byId);
    this.send = send;
    this.stop = stop;
    this.busy(false);
    this.field.value = passing.get(KEPT) ?? "";
    this.fit();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.running) this.stop();
      else this.submit();
    });
    this.field.addEventListener("input", () => {
      this.save();
      this.fit();
    });
    this.field.addEventListener("keydown", (event) => {
      // Enter while composing (an input method's) belongs to the composition.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.running) this.submit();
    });
  }

  submit() {
    const text = this.field.value.trim();
    if (!text) return this.field.focus();
    if (!this.send(text)) return;
    this.field.value = ""; // still kept, until save()
    this.fit();
  }

  /** As high as its text; the style sheet sets the most. */
  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  /** Keeps what stands in the field, and no more what was sent. */
  save() {
    passing.set(KEPT, this.field.value);
  }

  /** Puts a text back, below what has been typed since. */
  put(text) {
    const typed = this.field.value.trim();
    this.field.value = typed ? `${typed}\n${text}` : text;
    this.save();
    this.fit();
  }

  /** Not on a phone, where it would bring up the keyboard. */
  focus() {
    if (!touch.matches) this.field.focus({ preventScroll: true });
  }

  busy(running) {
    this.running = running;
    const name = running ? "Stop" : "Send";
    this.action.setAttribute("aria-label", name);
    this.action.title = running ? "Stop (Esc)" : "Send (Enter)";
    this.action.classList.toggle("stop", running);
    this.action.replaceChildren(icon(running ? "stop" : "send"));
  }
}
