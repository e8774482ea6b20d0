// One turn on the page: the message, then draft, research and answer as the events come.
// Does not cover: asking for it (app/dialog.js).

import { announce } from "../app/announce.js";
import { button, el } from "../app/dom.js";
import { STOPPED } from "../net/words.js";
import { Answer } from "./answer.js";
import { copy } from "./copy.js";
import { turnDetails } from "./details.js";
import { diff } from "./diff.js";
import { Draft } from "./draft.js";
import { failedBox } from "./failed.js";
import { Research } from "./research.js";

export class Turn {
  /** `tools`: names for the rows that wait. `ways`: {retry(turn), edit(turn)}. */
  constructor(message, { tools, ways }) {
    this.message = message;
    this.ways = ways;
    this.draft = new Draft();
    this.research = new Research(tools);
    this.answer = new Answer();
    this.doing = "Drafting";
    this.pace = el("p", { class: "pace" }, el("span", { class: "dots", "aria-hidden": "true" }));
    this.paceWords = el("span", { text: this.doing });
    this.pace.append(this.paceWords);
    this.reply = el(
      "div",
      { class: "reply" },
      ...[this.draft, this.research, this.answer].map((part) => part.element),
      this.pace,
    );
    this.element = el(
      "article",
      { class: "turn" },
      el("h2", { class: "unseen", text: "You" }),
      el("p", { class: "message", text: message, dir: "auto" }),
      this.reply,
    );
  }

  /** Shows one event of the stream but the last. */
  show(name, data) {
    if (name === "base") this.draft.add(data.delta);
    if (name === "query") this.research.query(data);
    if (name === "snippets") this.research.report(data);
    if (name === "response") this.answer.add(data.delta);
    const pending = this.research.pending();
    if (name === "base") this.doing = "Drafting";
    if (name === "query") this.doing = "Looking it up";
    if (name === "snippets") this.doing = pending.length ? `Asking ${pending.join(", ")}` : "Reading";
    if (name === "response") this.doing = "Writing the answer";
    this.paceWords.textContent = this.doing;
  }

  /** How it goes, from net/watch.js. */
  tell(state, seconds) {
    if (state === "silent" && this.state !== "silent") {
      announce("The server is not answering.");
      this.unanswered = el(
        "p",
        { class: "ways" },
        button("Try again", { picture: "again", on: { click: () => this.ways.retry(this) } }),
      );
      this.reply.append(this.unanswered);
    }
    if (state !== "silent") this.unanswered?.remove();
    this.state = state;
    this.pace.classList.toggle("silent", state === "silent");
    this.paceWords.textContent = {
      working: this.doing,
      still: `Still thinking … ${seconds} s`,
      silent: `The server is not answering. ${seconds} s`,
    }[state];
  }

  /** The whole turn, as the gateway sends it last or has stored it. */
  finish(answer) {
    this.result = answer;
    this.end();
    this.research.finish(answer.rounds);
    const corrected = answer.base !== answer.response;
    const changes = corrected ? diff(answer.base, answer.response) : null;
    if (changes) this.draft.correct(changes.before);
    else this.draft.confirm();
    this.answer.finish(answer, labelOf(answer), changes?.after);
    if (STOPPED[answer.stop_reason]) {
      this.reply.append(el("p", { class: "note", text: STOPPED[answer.stop_reason] }));
    }
    this.reply.append(this.actions(answer), turnDetails(answer));
  }

  actions({ response }) {
    return el(
      "p",
      { class: "actions" },
      button("Copy answer", { picture: "copy", bare: true, on: { click: () => copy(response) } }),
      button("Ask again", {
        picture: "again",
        bare: true,
        on: { click: () => this.ways.retry(this) },
      }),
    );
  }

  /** It failed: net/api.js's Failure says how. */
  fail(failure) {
    this.end();
    const { retry, edit } = this.ways;
    const box = failedBox(failure, { retry: () => retry(this), edit: () => edit(this) });
    this.reply.append(box);
    announce(box.querySelector(".what").textContent);
  }

  /** The user stopped it. */
  stop() {
    this.end();
    const { retry, edit } = this.ways;
    this.reply.append(
      el("p", { class: "note", text: "Stopped. Nothing of this turn was kept." }),
      el(
        "p",
        { class: "ways" },
        button("Try again", { picture: "again", on: { click: () => retry(this) } }),
        button("Edit", { picture: "edit", on: { click: () => edit(this) } }),
      ),
    );
    announce("Stopped.");
  }

  end() {
    this.pace.remove();
    this.unanswered?.remove();
    this.research.giveUp();
  }
}

/** Confirmed is only what something was found for. */
function labelOf({ base, response, rounds }) {
  if (base !== response) return "Corrected answer";
  const found = rounds.some(({ tools }) => tools.some(({ results }) => results.length));
  return found ? "Answer · the draft, confirmed" : "Answer · the draft, unchanged";
}
