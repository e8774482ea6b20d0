// What the answer rests on: the cited snippets, numbered, as a list below the answer and as a card
// beside a cited place.

import { el } from "../app/dom.js";
import { sourceLink } from "./sources.js";

export class Evidence {
  /** Of a whole turn as the gateway sends it. */
  constructor({ citations, rounds }) {
    this.entries = [];
    this.tools = new Map();
    for (const { tool, results } of rounds.flatMap((round) => round.tools)) {
      for (const text of results) if (!this.tools.has(text)) this.tools.set(text, tool);
    }
    this.cited = citations.map((citation) => ({ ...citation, number: this.number(citation) }));
  }

  number({ snippet, source }) {
    const key = JSON.stringify([snippet, source?.url, source?.title]);
    let at = this.entries.findIndex((entry) => entry.key === key);
    if (at < 0) at = this.entries.push({ key, snippet, source, tool: this.tools.get(snippet) }) - 1;
    return at + 1;
  }

  /** The list below the answer; null where nothing is cited. */
  list() {
    if (!this.entries.length) return null;
    const rows = this.entries.map((entry) =>
      el("li", {}, el("span", { class: "snippet", text: entry.snippet, dir: "auto" }), whence(entry)),
    );
    return el(
      "section",
      { class: "sources" },
      el("h3", { class: "label", text: rows.length > 1 ? "Sources" : "Source" }),
      el("ol", {}, ...rows),
    );
  }

  /** The card beside a cited place. Spans, since it stands inside a paragraph. */
  card(number) {
    const entry = this.entries[number - 1];
    return el(
      "span",
      { class: "card", role: "note", tabindex: "-1", "aria-label": `Source ${number}` },
      el("span", { class: "snippet", text: entry.snippet, dir: "auto" }),
      whence(entry),
    );
  }
}

function whence({ tool, source }) {
  return el(
    "span",
    { class: "whence" },
    tool ? el("span", { class: "from", text: tool }) : null,
    source ? sourceLink(source) : null,
  );
}
