// Puts a text on the clipboard. Browsers give scripts the clipboard only on https and localhost;
// elsewhere the older way, a selected field, still works.

import { announce } from "../app/announce.js";
import { el } from "../app/dom.js";
import { toast } from "../app/toast.js";

export async function copy(text) {
  const done = (await viaClipboard(text)) || viaSelection(text);
  const words = done ? "Copied." : "The browser did not allow copying.";
  toast(words);
  announce(words);
}

async function viaClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function viaSelection(text) {
  const [focused, field] = [document.activeElement, el("textarea", { class: "unseen" })];
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}
