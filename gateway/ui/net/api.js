// Calls of the gateway, with the key if there is one.
//
//   Failure            a call that did not succeed
//     code "unreachable"   no answer at all
//     code "cut"           the answer ended before it was whole
//     any other code       what the gateway said (its error bodies), with Retry-After if given
//
// A call that the page itself ends fails with the browser's AbortError, not with these.

import { askForKey, currentKey } from "../app/key.js";
import { eventsOf } from "./sse.js";

export class Failure extends Error {
  constructor(code, message = "", { requestId = "", retryAfterS = null } = {}) {
    super(message);
    Object.assign(this, { code, requestId, retryAfterS });
  }
}

/** The response, if it is a good one. `sending` is told each time the request goes out, `waiting`
 * when a key has to be asked for first; `insist`: ask although the user has declined before. */
export async function call(path, { sending, waiting, insist = false, ...options } = {}) {
  for (;;) {
    const key = currentKey();
    sending?.();
    const response = await reach(path, options, key);
    if (response.ok) return response;
    const failure = await failureOf(response);
    if (response.status !== 401) throw failure;
    waiting?.();
    // Several calls may be refused at once: those that left before the key was given just go again.
    if (currentKey() === key && !(await askForKey(key !== null, insist))) throw failure;
    options.signal?.throwIfAborted();
  }
}

export const getJson = async (path) => whole(await call(path), (response) => response.json());
export const getBlob = async (path) => whole(await call(path), (response) => response.blob());
export const remove = (path) => call(path, { method: "DELETE", insist: true });

/** Runs a turn: yields {name, data} for each event, {name: "comment"} for a heartbeat. Ends with
 * `done`; everything else is thrown. */
export async function* chat(request, options) {
  const response = await call("v1/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...request, stream: true }),
    insist: true,
    ...options,
  });
  try {
    for await (const event of eventsOf(response)) {
      if (event.name === "error") throw failureIn(event.data);
      yield event;
      if (event.name === "done") return;
    }
  } catch (error) {
    if (error instanceof Failure || error.name === "AbortError") throw error;
    throw new Failure("cut", error.message);
  }
  throw new Failure("cut");
}

async function reach(path, options, key) {
  const headers = { ...options.headers, ...(key ? { authorization: `Bearer ${key}` } : {}) };
  try {
    return await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("unreachable", error.message);
  }
}

async function whole(response, read) {
  try {
    return await read(response);
  } catch (error) {
    throw new Failure("cut", error.message);
  }
}

async function failureOf(response) {
  const retryAfter = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const retryAfterS = Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter : null;
  try {
    return failureIn(await response.json(), retryAfterS);
  } catch {
    // Not the gateway's own words: a proxy's, perhaps.
    const code = response.status >= 502 && response.status <= 504 ? "unavailable" : "internal";
    return new Failure(code, `the server answered ${response.status}`, { retryAfterS });
  }
}

function failureIn({ error: { code, message, request_id: requestId } }, retryAfterS = null) {
  return new Failure(code, message, { requestId, retryAfterS });
}
