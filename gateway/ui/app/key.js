// The API key: asked for when the gateway wants one, kept for this tab or, if wished, on this device.

import { byId } from "./dom.js";
import { lasting, passing } from "./storage.js";

const KEY = "key";
let declined = false; // "Not now": only what the user does asks again
let asking = null; // the promise of the dialog that is open, shared by all calls that wait for it

/** The key to send, or null. */
export const currentKey = () => passing.get(KEY) ?? lasting.get(KEY);

/** Asks for a key; resolves to whether there is one now. `insist`: even if the user has declined. */
export function askForKey(wrong, insist) {
  if (declined && !insist && !asking) return Promise.resolve(false);
  asking ??= ask(wrong).then((given) => {
    asking = null;
    declined = !given;
    return given;
  });
  return asking;
}

export function forgetKey() {
  passing.set(KEY, null);
  lasting.set(KEY, null);
  showForget();
}

/** The button that forgets the key is there while there is one. */
export function setUpKey(forgotten) {
  byId("forget-key").addEventListener("click", () => {
    forgetKey();
    forgotten();
  });
  byId("key-cancel").addEventListener("click", () => byId("key-dialog").close());
  showForget();
}

function showForget() {
  byId("forget-key").hidden = currentKey() === null;
}

function ask(wrong) {
  const [dialog, form, input] = ["key-dialog", "key-form", "key-input"].map(byId);
  const problem = byId("key-problem");
  problem.textContent = wrong ? "The server did not accept that key." : "";
  input.setAttribute("aria-invalid", String(wrong));
  input.value = "";
  return new Promise((resolve) => {
    const settle = (key) => {
      form.removeEventListener("submit", submit);
      dialog.removeEventListener("close", cancel);
      if (dialog.open) dialog.close();
      input.value = "";
      if (key) keep(key);
      resolve(Boolean(key));
    };
    const cancel = () => settle(null);
    const submit = (event) => {
      event.preventDefault();
      const key = input.value.trim();
      // A header holds printable ASCII only; anything else would fail as if the server were away.
      if (/^[\x21-\x7e]+$/.test(key)) return settle(key);
      problem.textContent = key ? "A key has letters, digits and _ only." : "Enter a key.";
      input.focus();
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener("close", cancel);
    dialog.showModal();
    input.focus();
  });
}

function keep(key) {
  const remember = byId("key-remember").checked;
  passing.set(KEY, remember ? null : key);
  lasting.set(KEY, remember ? key : null);
  showForget();
}
