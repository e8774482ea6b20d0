// The chat page: sends messages to /v1/chat, keeps the session, draws turns as they happen.
// Drawing is in turn.js, the stream's format in sse.js.

import { eventsOf } from "./sse.js";
import { element, Turn } from "./turn.js";

const EXAMPLES = [
  "How old is Rafael Nadal?",
  "What is 135+7721?",
  "How do you say hello in French?",
  "What is the capital of Australia?",
];
const MAX_COMPOSER_PX = 200;

const [turns, empty, composer, message, send] = ["turns", "empty", "composer", "message", "send"].map(
  (id) => document.getElementById(id),
);
let sessionId = null;
let running = null; // the AbortController of the turn under way

async function ask(text) {
  const aborter = new AbortController();
  running = aborter;
  setBusy(true);
  empty.hidden = true;
  const turn = new Turn(turns, text);
  scrollDown(true);
  try {
    await follow(turn, text, aborter.signal);
  } catch (error) {
    if (!aborter.signal.aborted) turn.fail(`The connection broke: ${error.message}`);
    else turn.fail("Stopped.");
  } finally {
    if (running === aborter) {
      running = null;
      setBusy(false);
    }
    scrollDown();
  }
}

async function follow(turn, text, signal) {
  const response = await fetch("v1/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      message: text,
      stream: true,
      ...(sessionId ? { session_id: sessionId } : {}),
    }),
    signal,
  });
  if (!response.ok) return turn.fail(await failureOf(response));
  let ended = false;
  for await (const { name, data } of eventsOf(response)) {
    const stick = isAtEnd();
    if (name === "error") turn.fail(describe(data.error));
    else turn.show(name, data);
    if (name === "done") sessionId = data.session_id;
    ended ||= name === "done" || name === "error";
    if (stick) scrollDown(true);
  }
  if (!ended) turn.fail("The turn broke off before its end.");
}

async function failureOf(response) {
  try {
    return describe((await response.json()).error);
  } catch {
    return `The server answered ${response.status}.`;
  }
}

function describe({ code, message: what, request_id: request }) {
  return `${what} (${code}, request ${request})`;
}

function setBusy(busy) {
  send.textContent = busy ? "Stop" : "Send";
  send.classList.toggle("stop", busy);
  if (!busy) message.focus({ preventScroll: true });
}

function isAtEnd() {
  const { scrollHeight, scrollTop, clientHeight } = document.scrollingElement;
  return scrollHeight - scrollTop - clientHeight < 80;
}

function scrollDown(force = false) {
  if (force || isAtEnd()) window.scrollTo({ top: document.scrollingElement.scrollHeight });
}

function fitComposer() {
  message.style.height = "auto";
  message.style.height = `${Math.min(message.scrollHeight, MAX_COMPOSER_PX)}px`;
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running) return running.abort();
  const text = message.value.trim();
  if (!text) return message.focus();
  message.value = "";
  fitComposer();
  ask(text);
});

message.addEventListener("input", fitComposer);
message.addEventListener("keydown", (event) => {
  // Enter sends, Shift+Enter breaks the line; Enter while composing (IME) belongs to the composition.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (!running) composer.requestSubmit();
  }
});

document.getElementById("new").addEventListener("click", () => {
  running?.abort();
  sessionId = null;
  turns.replaceChildren();
  empty.hidden = false;
  message.focus();
});

for (const example of EXAMPLES) {
  const button = element("button", "quiet", example);
  button.type = "button";
  button.addEventListener("click", () => running || ask(example));
  const item = element("li");
  item.append(button);
  document.getElementById("examples").append(item);
}
