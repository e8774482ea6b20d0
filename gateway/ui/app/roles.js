// Who answers: Groundling itself or a role. Chosen before the first message, fixed from then on.

import { getJson } from "../net/api.js";
import { byId, el } from "./dom.js";

const ITSELF = {
  name: null,
  title: "Groundling",
  summary: "Anything that can be looked up",
  turns: [],
  examples: [
    "How old is Rafael Nadal?",
    "What is 17% of 240?",
    "How do you say thank you in German?",
    "What is the capital of Australia?",
  ],
};
const INTRODUCTION =
  "Every answer begins as a draft. What it claims is looked up, and the draft is corrected until it " +
  "agrees with what was found. You see each step.";

export class Roles {
  /** `suggest(text)` is called with the example that was picked. */
  constructor(suggest) {
    this.all = [ITSELF];
    this.current = ITSELF;
    this.suggest = suggest;
  }

  /** Without the list there is still Groundling itself. */
  async load() {
    const { roles } = await getJson("v1/roles");
    this.all = [ITSELF, ...roles];
    this.choose(this.current.name);
  }

  /** A role by name; null or one that is gone: its name alone. */
  choose(name) {
    const gone = { ...ITSELF, name, title: name };
    this.current = this.all.find((role) => role.name === name) ?? gone;
    this.show();
  }

  titleOf(name) {
    return this.all.find((role) => role.name === name)?.title ?? name;
  }

  show() {
    const { title, turns, examples } = this.current;
    const greeting = turns.filter((turn) => turn.role === "assistant").at(-1)?.content;
    byId("who").textContent = title;
    byId("start-title").textContent = greeting ? title : "What would you like to know?";
    const words = byId("start-words");
    words.textContent = greeting ?? INTRODUCTION;
    words.classList.toggle("greeting", Boolean(greeting));
    this.showPicker();
    byId("examples").replaceChildren(
      ...examples.map((text) =>
        el(
          "li",
          {},
          el("button", { type: "button", text, dir: "auto", on: { click: () => this.suggest(text) } }),
        ),
      ),
    );
  }

  showPicker() {
    const picker = byId("roles");
    picker.hidden = this.all.length < 2;
    const options = picker.querySelector(".options");
    // Drawn anew only when the list has changed: otherwise the focus on it would be lost.
    if (options.children.length !== this.all.length) {
      options.replaceChildren(...this.all.map((role) => this.option(role)));
    }
    for (const input of options.querySelectorAll("input")) {
      input.checked = input.value === (this.current.name ?? "");
    }
  }

  option({ name, title, summary }) {
    const input = el("input", {
      type: "radio",
      name: "role",
      value: name ?? "",
      on: { change: () => this.choose(name) },
    });
    const words = el("span", { class: "words" });
    words.append(el("b", { text: title, dir: "auto" }), el("small", { text: summary, dir: "auto" }));
    return el("label", {}, input, words);
  }

  /** The role's words before the dialog, as its first entry; null where there are none. */
  greeting() {
    const { title, turns } = this.current;
    if (!turns.length) return null;
    const lines = turns.map(({ role, content }) =>
      el("p", { class: role === "user" ? "message" : "spoken", text: content, dir: "auto" }),
    );
    return el("section", { class: "role-words", "aria-label": title }, ...lines);
  }
}
