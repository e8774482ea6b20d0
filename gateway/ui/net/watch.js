// Tells a slow turn from a dead connection: "still thinking" is not "not answering".
//
//   working   events come
//   still     no event for STILL_AFTER_MS, but signs of life: bytes, at least heartbeats
//   silent    nothing at all for SILENT_AFTER_MS; the gateway sends a heartbeat every 10 s

export const STILL_AFTER_MS = 8_000;
export const SILENT_AFTER_MS = 25_000;
const LOOK_EVERY_MS = 500;

export class Watch {
  /** `tell(state, seconds since the request went out)` is called twice a second. */
  constructor(tell) {
    this.tell = tell;
  }

  /** The request has gone out (again). */
  begin() {
    this.end();
    this.begun = this.lastEvent = this.lastSign = performance.now();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  event() {
    this.lastEvent = this.lastSign = performance.now();
    this.look();
  }

  comment() {
    this.lastSign = performance.now();
    this.look();
  }

  end() {
    clearInterval(this.timer);
  }

  look() {
    const now = performance.now();
    let state = "working";
    if (now - this.lastSign >= SILENT_AFTER_MS) state = "silent";
    else if (now - this.lastEvent >= STILL_AFTER_MS) state = "still";
    this.tell(state, Math.floor((now - this.begun) / 1000));
  }
}
