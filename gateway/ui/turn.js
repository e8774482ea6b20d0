// Draws one turn: the draft, each query with what the tools found, the answer and its sources.
// Everything from the network is put on the page as text, never as HTML.

const STATUS = {
  ok: "found",
  unparsed: "not for this tool",
  timeout: "took too long",
  error: "failed",
  unavailable: "not reachable",
};
const STOPPED = {
  max_rounds: "Answered after the last look-up allowed.",
  deadline: "Answered because the time for this turn was up.",
  exhausted: "Answered because the tools had nothing more, or nothing that still fits the model.",
};

export class Turn {
  constructor(parent, message) {
    this.message = element("p", "message", message);
    this.draft = element("p", "draft");
    this.draft.hidden = true;
    this.steps = element("ol", "steps");
    this.answer = element("div", "answer");
    this.answer.setAttribute("aria-live", "polite");
    this.wait = element("p", "wait", "drafting");
    const reply = element("article", "reply");
    reply.append(this.draft, this.steps, this.answer, this.wait);
    parent.append(this.message, reply);
  }

  /** Shows one event of the stream. */
  show(name, data) {
    if (name === "base") this.showDraft(data);
    if (name === "query") this.showQuery(data);
    if (name === "snippets") this.showSnippets(data);
    if (name === "response") this.showAnswer(data.response, [], data.stop_reason);
    if (name === "done") this.showAnswer(data.response, data.citations, data.stop_reason);
  }

  showDraft({ base }) {
    this.draft.hidden = false;
    this.draft.replaceChildren(element("span", "label", "draft"), element("span", "", base));
    this.wait.textContent = "deciding what to look up";
  }

  showQuery({ query }) {
    this.step = element("li", "step");
    const asked = element("p", "query");
    asked.append(element("span", "label", "asks the tools"), element("code", "", query));
    this.step.append(asked);
    this.steps.append(this.step);
    this.wait.textContent = "waiting for the tools";
  }

  showSnippets({ tools }) {
    const list = element("ul", "tools");
    list.append(...tools.map(toolRow));
    this.step?.append(list);
    this.wait.textContent = "rewriting";
  }

  showAnswer(response, citations, stopReason) {
    const draft = this.draft.lastChild?.textContent;
    if (draft !== undefined && draft !== response) {
      const struck = element("del", "", draft);
      this.draft.replaceChildren(element("span", "label", "draft, corrected"), struck);
    } else {
      this.draft.hidden = true; // it stands below as the answer, word for word
    }
    const text = element("p", "response");
    text.append(...withCitations(response, citations));
    this.answer.replaceChildren(text);
    const sources = sourceList(citations);
    if (sources) this.answer.append(sources);
    if (STOPPED[stopReason]) this.answer.append(element("p", "note", STOPPED[stopReason]));
    this.wait.hidden = true;
  }

  fail(message) {
    this.wait.hidden = true;
    this.answer.append(element("p", "failure", message));
  }
}

function toolRow({ tool, status, results, sources, elapsed_ms }) {
  const row = element("li", "tool");
  const state = element("span", `status ${Object.hasOwn(STATUS, status) ? status : "error"}`);
  state.textContent = status === "ok" && !results.length ? "nothing left" : STATUS[status] ?? status;
  row.append(element("span", "name", tool), state);
  row.append(element("span", "time", `${Math.round(elapsed_ms)} ms`));
  if (results.length) {
    const list = element("ul", "results");
    list.append(...results.map((text, index) => resultRow(text, sources[index])));
    row.append(list);
  }
  return row;
}

function resultRow(text, source) {
  const row = element("li", "", text);
  if (source) row.append(" ", sourceLink(source));
  return row;
}

/** A link where the source has a web address, else its title. */
function sourceLink({ title, url }) {
  if (!url || !/^https?:\/\//i.test(url)) return element("span", "source", title);
  const link = element("a", "source", title || url);
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}

/** The response's nodes, cited spans marked. Citations count Unicode code points. */
function withCitations(response, citations) {
  const points = Array.from(response);
  const nodes = [];
  let at = 0;
  for (const { start, end, snippet } of [...citations].sort((a, b) => a.start - b.start)) {
    if (start < at || end <= start || end > points.length) continue;
    nodes.push(points.slice(at, start).join(""));
    const mark = element("mark", "", points.slice(start, end).join(""));
    mark.title = snippet;
    nodes.push(mark);
    at = end;
  }
  nodes.push(points.slice(at).join(""));
  return nodes;
}

function sourceList(citations) {
  const seen = new Map();
  for (const { source } of citations) {
    if (source) seen.set(source.url ?? source.title, source);
  }
  if (!seen.size) return null;
  const line = element("p", "sources");
  line.append(element("span", "label", seen.size > 1 ? "sources" : "source"));
  for (const source of seen.values()) line.append(sourceLink(source), " ");
  return line;
}

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
