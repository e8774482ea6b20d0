// The answer: as it is written, then with what changed and what is cited marked.

import { button, el } from "../app/dom.js";
import { Evidence } from "./evidence.js";

export class Answer {
  constructor() {
    this.label = el("h3", { class: "label", text: "Answer" });
    this.text = el("p", { class: "response", dir: "auto" });
    this.element = el("section", { class: "answer", hidden: true }, this.label, this.text);
    this.card = null;
  }

  add(delta) {
    this.element.hidden = false;
    this.text.append(delta);
  }

  /** The whole answer. `changes` are pieces as turn/diff.js gives them, null: nothing to mark. */
  finish(answer, label, changes) {
    this.element.hidden = false;
    this.label.textContent = label;
    const evidence = new Evidence(answer);
    const pieces = changes ?? [{ text: answer.response, changed: false }];
    this.text.replaceChildren(...this.marked(answer.response, pieces, evidence));
    const list = evidence.list();
    if (list) this.element.append(list);
    this.text.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.text.contains(relatedTarget)) this.closeCard();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.card) return;
      event.stopPropagation(); // closes the card, and does not stop a turn
      this.backToText();
    });
  }

  /** The response's nodes. Citations count Unicode code points, strings UTF-16 units. */
  marked(response, pieces, evidence) {
    const unitAt = [0];
    for (const point of response) unitAt.push(unitAt.at(-1) + point.length);
    const nodes = [];
    let at = 0;
    for (const { start, end, number } of evidence.cited.sort((a, b) => a.start - b.start)) {
      const [from, to] = [unitAt[start], unitAt[end]];
      if (!(from >= at && to > from)) continue; // overlaps an earlier one, or lies outside
      nodes.push(...within(pieces, at, from));
      nodes.push(this.cite(within(pieces, from, to), number, evidence));
      at = to;
    }
    nodes.push(...within(pieces, at, response.length));
    return nodes;
  }

  cite(nodes, number, evidence) {
    const cited = el(
      "span",
      { class: "cite", role: "button", tabindex: "0", "aria-expanded": "false" },
      ...nodes,
      el("sup", { text: number, "aria-hidden": "true" }),
      el("span", { class: "unseen", text: ` (source ${number})` }),
    );
    const open = () => this.openCard(cited, evidence.card(number));
    // A press focuses first: what the focus has opened, the click that follows leaves open.
    let pressedOpen = false;
    cited.addEventListener("pointerdown", () => (pressedOpen = this.cited === cited));
    cited.addEventListener("focus", () => this.cited === cited || open());
    cited.addEventListener("click", () => (pressedOpen ? this.closeCard() : open()));
    cited.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      if (this.cited === cited) this.closeCard();
      else open();
    });
    return cited;
  }

  /** Stands right after the cited place, so that Tab goes on into its link. */
  openCard(cited, card) {
    if (this.cited === cited) return;
    this.closeCard();
    [this.cited, this.card] = [cited, card];
    cited.setAttribute("aria-expanded", "true");
    card.prepend(
      button("Close", { picture: "close", bare: true, on: { click: () => this.backToText() } }),
    );
    cited.after(card);
    const [place, room] = [cited.getClientRects()[0], this.text.getBoundingClientRect()];
    const left = Math.min(place.left - room.left, room.width - card.offsetWidth);
    card.style.left = `${Math.max(0, left)}px`;
    card.style.top = `${cited.getBoundingClientRect().bottom - room.top + 6}px`;
  }

  /** Closes the card; who reads on with the keyboard stays in place. */
  backToText() {
    this.cited.focus();
    this.closeCard();
  }

  closeCard() {
    this.card?.remove();
    this.cited?.setAttribute("aria-expanded", "false");
    [this.cited, this.card] = [null, null];
  }
}

/** The pieces' part from one place to another, what changed as <ins>. */
function within(pieces, from, to) {
  const nodes = [];
  let at = 0;
  for (const { text, changed } of pieces) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part) nodes.push(changed ? el("ins", { text: part }) : part);
    at += text.length;
  }
  return nodes;
}
