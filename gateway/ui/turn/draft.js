// The draft: as it is written, then struck where the answer differs.

import { el } from "../app/dom.js";

export class Draft {
  constructor() {
    this.label = el("h3", { class: "label", text: "Draft" });
    this.text = el("p", { dir: "auto" });
    this.element = el("section", { class: "draft", hidden: true }, this.label, this.text);
  }

  add(delta) {
    this.element.hidden = false;
    this.text.append(delta);
  }

  /** The draft is the answer, word for word: it is not shown twice. */
  confirm() {
    this.element.hidden = true;
  }

  /** `pieces` as turn/diff.js gives them. */
  correct(pieces) {
    this.element.hidden = false;
    this.element.classList.add("corrected");
    this.text.replaceChildren(
      ...pieces.map(({ text, changed }) => (changed ? el("del", { text }) : text)),
    );
  }
}
