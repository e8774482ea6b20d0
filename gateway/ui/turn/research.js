// The research: each query, and what each tool answered or how it failed.

import { el } from "../app/dom.js";
import { duration, STATUS } from "../net/words.js";
import { sourceLink } from "./sources.js";

export class Research {
  /** `tools`: the names of the tools that will answer, in toolset order. */
  constructor(tools) {
    this.tools = tools;
    this.rounds = new Map();
    this.list = el("ol", { class: "rounds" });
    this.about = el("span");
    this.element = el(
      "details",
      { class: "research", hidden: true, open: true },
      el("summary", {}, el("h3", { class: "label", text: "Looked up" }), this.about),
      this.list,
    );
  }

  query({ round, query }) {
    this.element.hidden = false;
    const rows = el("ul", { class: "tools" });
    const waiting = new Map();
    for (const tool of this.tools) {
      const row = waitingRow(tool);
      waiting.set(tool, row);
      rows.append(row);
    }
    this.rounds.set(round, { rows, waiting });
    this.list.append(el("li", {}, el("p", { class: "query", dir: "auto", text: query }), rows));
  }

  /** One tool has answered. */
  report({ round, ...report }) {
    const { rows, waiting } = this.rounds.get(round) ?? {};
    if (!rows) return;
    const row = waiting.get(report.tool);
    if (row) row.replaceWith(toolRow(report));
    else rows.append(toolRow(report));
    waiting.delete(report.tool);
  }

  /** The names of tools that have not answered yet. */
  pending() {
    return [...this.rounds.values()].flatMap(({ waiting }) => [...waiting.keys()]);
  }

  /** All rounds as the whole turn tells them, folded to a line: the answer belongs beside the draft. */
  finish(rounds) {
    this.rounds.clear();
    this.list.replaceChildren();
    this.tools = [];
    rounds.forEach(({ query, tools }, at) => {
      this.query({ round: at + 1, query });
      for (const report of tools) this.report({ round: at + 1, ...report });
    });
    this.element.open = false;
    if (rounds.length) this.about.replaceChildren(...inOneLine(rounds));
  }

  /** The turn has ended before they answered. */
  giveUp() {
    for (const { waiting } of this.rounds.values()) {
      for (const row of waiting.values()) row.remove();
      waiting.clear();
    }
  }
}

/** The first query, how many more, and which tools failed. */
function inOneLine(rounds) {
  const more = rounds.length > 1 ? ` and ${rounds.length - 1} more` : "";
  const failed = new Map();
  for (const { tool, status } of rounds.flatMap((round) => round.tools)) {
    if (!["ok", "unparsed"].includes(status)) failed.set(tool, STATUS[status] ?? status);
  }
  return [
    el("bdi", { text: ` “${rounds[0].query}”` }),
    more,
    ...Array.from(failed, ([tool, words]) => el("span", { class: "trouble", text: ` · ${tool} ${words}` })),
  ];
}

function waitingRow(tool) {
  return el(
    "li",
    { class: "tool waiting" },
    el("span", { class: "name", text: tool }),
    el("span", { class: "status", text: "asking …" }),
  );
}

function toolRow({ tool, status, results, sources, elapsed_ms }) {
  const known = Object.hasOwn(STATUS, status);
  const nothing = status === "ok" && !results.length;
  const row = el(
    "li",
    { class: `tool ${nothing ? "unparsed" : known ? status : "error"}` },
    el("span", { class: "name", text: tool }),
    el("span", { class: "status", text: nothing ? "nothing left" : known ? STATUS[status] : status }),
    el("span", { class: "time", text: duration(elapsed_ms) }),
  );
  if (results.length) {
    const rows = results.map((text, at) => resultRow(text, sources[at]));
    row.append(el("ul", { class: "results" }, ...rows));
  }
  return row;
}

function resultRow(text, source) {
  return el(
    "li",
    {},
    el("span", { text, dir: "auto" }),
    source ? " " : null,
    source ? sourceLink(source) : null,
  );
}
