// How the answer was checked and how long it took, folded away until asked for.

import { el } from "../app/dom.js";
import { duration, VERDICT, VERDICT_MEANS } from "../net/words.js";

const STAGES = [
  ["base_ms", "Draft"],
  ["query_ms", "First query"],
  ["tools_ms", "Tools"],
  ["rewrite_ms", "Rewriting"],
  ["gateway_ms", "Gateway"],
  ["total_ms", "Together"],
];

export function turnDetails({ ledger, timings, usage }) {
  const counts = Object.keys(VERDICT)
    .map((verdict) => [verdict, ledger.filter((entry) => entry.verdict === verdict).length])
    .filter(([, count]) => count)
    .map(([verdict, count]) => `${count} ${VERDICT[verdict]}`);
  const summary = ledger.length
    ? `${ledger.length === 1 ? "1 claim" : `${ledger.length} claims`}: ${counts.join(", ")}`
    : "No checkable claims";
  return el(
    "details",
    { class: "details" },
    el("summary", { text: `${summary} · ${duration(timings.total_ms)}` }),
    ledger.length ? ledgerList(ledger) : null,
    timesList(timings, usage),
  );
}

function ledgerList(ledger) {
  const rows = ledger.map(({ claim, verdict, snippet }) =>
    el(
      "li",
      { class: `claim ${Object.hasOwn(VERDICT, verdict) ? verdict : ""}` },
      el("span", { class: "value", text: claim, dir: "auto" }),
      el("span", {
        class: "verdict",
        text: VERDICT[verdict] ?? verdict,
        title: VERDICT_MEANS[verdict] ?? null,
      }),
      snippet ? el("span", { class: "snippet", text: snippet, dir: "auto" }) : null,
    ),
  );
  return el("ul", { class: "ledger", "aria-label": "Claims" }, ...rows);
}

function timesList(timings, usage) {
  const rows = STAGES.map(([key, name]) =>
    el("div", {}, el("dt", { text: name }), el("dd", { text: duration(timings[key]) })),
  );
  if (usage) {
    const tokens = usage.prompt_tokens + usage.completion_tokens;
    rows.push(el("div", {}, el("dt", { text: "Tokens" }), el("dd", { text: tokens.toLocaleString() })));
  }
  return el("dl", { class: "times", "aria-label": "Times" }, ...rows);
}
