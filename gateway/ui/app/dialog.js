// The dialog on the page: asks, follows the stream, and shows stored dialogs.
// Does not cover: how a turn looks (turn/turn.js), the address (app/app.js).

import { chat, Failure, getJson } from "../net/api.js";
import { Watch } from "../net/watch.js";
import { wordsFor } from "../net/words.js";
import { Turn } from "../turn/turn.js";
import { announce } from "./announce.js";
import { button, byId, el } from "./dom.js";
import { Scroll } from "./scroll.js";

const WAIT_MS = 1_000;
const MAX_WAITS = 30; // as long as a turn may take by default

export class Dialog {
  /** `told`: {busy(running), saved(answer), opened(session)}. */
  constructor({ composer, roles, told }) {
    [this.log, this.start] = ["log", "start"].map(byId);
    this.scroll = new Scroll(byId("main"));
    Object.assign(this, { composer, roles, told, tools: [], sessionId: null, run: null });
    this.loading = null;
    this.ways = { retry: (turn) => this.retry(turn), edit: (turn) => this.edit(turn) };
  }

  /** Whether it took the message. */
  ask(message, requestId = null) {
    if (this.run || this.loading) return false;
    if (!this.log.childElementCount) this.log.append(this.roles.greeting() ?? "");
    const turn = this.add(message);
    turn.again = requestId !== null;
    turn.requestId = requestId ?? newRequestId();
    this.scroll.toEnd();
    this.follow(turn);
    return true;
  }

  async follow(turn) {
    const run = { aborter: new AbortController(), left: false };
    this.run = run;
    this.told.busy(true);
    const watch = new Watch((state, seconds) => turn.tell(state, seconds));
    try {
      const answer = await this.answer(turn, run.aborter.signal, watch);
      turn.finish(answer);
      this.sessionId = answer.session_id;
      this.told.saved(answer);
      announce(`Answer ready. ${answer.response}`);
    } catch (error) {
      if (!run.left) this.ended(turn, error);
    } finally {
      watch.end();
      if (this.run === run) this.idle();
      this.scroll.follow();
    }
  }

  /** A turn asked for under its own id again may still be running unseen: it is waited for. */
  async answer(turn, signal, watch) {
    for (let left = turn.again ? MAX_WAITS : 0; ; left--) {
      try {
        return await this.events(turn, signal, watch);
      } catch (failure) {
        if (failure.code !== "conflict" || !left) throw failure;
        await pause(WAIT_MS, signal);
      }
    }
  }

  async events(turn, signal, watch) {
    const request = {
      message: turn.message,
      request_id: turn.requestId,
      ...(this.sessionId ? { session_id: this.sessionId } : {}),
      ...(!this.sessionId && this.roles.current.name ? { role: this.roles.current.name } : {}),
    };
    const options = { signal, sending: () => watch.begin(), waiting: () => watch.end() };
    for await (const { name, data } of chat(request, options)) {
      if (name === "done") return data;
      if (name === "comment") watch.comment();
      else {
        turn.show(name, data);
        watch.event();
      }
      this.scroll.follow();
    }
    throw new Failure("cut");
  }

  ended(turn, error) {
    if (error.name === "AbortError") {
      turn.requestId = null; // asked again, it is another turn
      return turn.stop();
    }
    if (!(error instanceof Failure)) console.error(error);
    const failure = error instanceof Failure ? error : new Failure("internal", error.message);
    // Only a turn that may have been stored unseen is asked for under its own id again.
    if (!["unreachable", "cut"].includes(failure.code)) turn.requestId = null;
    turn.fail(failure);
  }

  idle() {
    this.run = null;
    this.told.busy(false);
  }

  stop() {
    this.run?.aborter.abort();
  }

  /** Ends the turn under way without a word; its message goes back to the composer. */
  leave({ restore = true } = {}) {
    if (!this.run) return;
    this.run.left = true;
    this.stop();
    this.idle();
    if (restore) this.composer.put(this.latest.message);
  }

  /** The same message as a new turn; one that failed makes way for it. */
  retry(turn) {
    if (this.run && this.latest !== turn) return;
    this.leave({ restore: false });
    if (!turn.result) turn.element.remove();
    this.ask(turn.message, turn.result ? null : turn.requestId);
    this.composer.focus();
  }

  edit(turn) {
    turn.element.remove();
    this.composer.put(turn.message);
    if (!this.log.querySelector(".turn")) this.clear();
    this.composer.field.focus();
  }

  add(message) {
    this.latest = new Turn(message, { tools: this.tools, ways: this.ways });
    this.log.append(this.latest.element);
    this.start.hidden = true;
    return this.latest;
  }

  /** An empty page for a new dialog. */
  fresh() {
    this.leave();
    Object.assign(this, { sessionId: null, loading: null });
    this.roles.choose(null);
    this.clear();
  }

  clear() {
    this.log.replaceChildren();
    this.start.hidden = this.sessionId !== null;
  }

  async open(id) {
    this.leave();
    const loading = (this.loading = {});
    this.sessionId = id;
    this.clear();
    this.log.append(el("p", { class: "note", text: "Opening …" }));
    try {
      const session = await getJson(`v1/sessions/${encodeURIComponent(id)}`);
      if (this.loading === loading) this.showSession(session);
    } catch (failure) {
      if (this.loading === loading) this.cannotOpen(id, failure);
    } finally {
      if (this.loading === loading) this.loading = null;
    }
  }

  showSession(session) {
    this.roles.choose(session.role);
    this.clear();
    this.log.append(this.roles.greeting() ?? "");
    for (const { message, answer } of session.turns) this.add(message).finish(answer);
    this.told.opened(session);
    announce(`Dialog opened: ${session.title}`);
    this.scroll.toEnd();
  }

  cannotOpen(id, failure) {
    if (!(failure instanceof Failure)) console.error(failure);
    const again = button("Try again", { picture: "again", on: { click: () => this.open(id) } });
    const fresh = el("a", { href: "#/", text: "New dialog" });
    this.clear();
    this.log.append(
      el(
        "section",
        { class: "failed", "aria-label": "Problem" },
        el("p", { class: "what", text: wordsFor(failure) }),
        el("p", { class: "ways" }, failure.code === "not_found" ? null : again, fresh),
      ),
    );
    announce(wordsFor(failure));
  }
}

/** A name for a turn (crypto.randomUUID exists only on https and localhost). */
function newRequestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
