// Failures in plain words: what happened, and what helps. The server's own words stand below them.

const WORDS = {
  unreachable: "Cannot reach the server. Is it running, and is this device online?",
  cut: "The connection was cut before the answer was complete.",
  unauthorized: "The server needs an API key.",
  forbidden: "This key may not do that.",
  rate_limited: "Too many requests with this key.",
  overloaded: "The server is busy.",
  too_large: "That is too long for the server.",
  invalid_request: "The server cannot take this message.",
  deadline: "There was not enough time to write an answer.",
  upstream: "The language model failed while answering.",
  internal: "Something went wrong in the server.",
  not_found: "This dialog does not exist any more.",
  conflict: "This dialog cannot take the message now.",
};
const MODEL_DOWN =
  "The language model is not available right now. It may be starting, or busy with other dialogs.";
const PART_DOWN = "A part of the server is not available right now.";

export function wordsFor({ code, message }) {
  if (code === "unavailable") return /\bmodel\b/.test(message) ? MODEL_DOWN : PART_DOWN;
  if (code === "not_found" && message.startsWith("role")) return "This role does not exist any more.";
  return WORDS[code] ?? WORDS.internal;
}

/** The small print: the server's words and the request's id, for whoever looks into it. */
export function detailsFor({ message, requestId }) {
  return [message, requestId && `request ${requestId}`].filter(Boolean).join(" · ");
}

export const STATUS = {
  ok: "found",
  unparsed: "not for this tool",
  timeout: "took too long",
  error: "failed",
  unavailable: "not available",
};

export const STOPPED = {
  max_rounds: "Answered after the last look-up that was allowed.",
  deadline: "Time ran out: this is the best answer so far.",
  exhausted: "Answered because the tools had nothing more, or nothing more that fits the model.",
};

export const VERDICT = {
  corrected: "corrected",
  kept: "kept",
  unsupported: "unsupported",
  removed: "removed",
};
export const VERDICT_MEANS = {
  corrected: "the answer has another value in its place",
  kept: "a snippet says so",
  unsupported: "no snippet says so",
  removed: "no longer in the answer",
};

/** "840 ms" or "2.4 s". */
export function duration(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
