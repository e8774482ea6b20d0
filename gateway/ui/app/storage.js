// What the browser keeps for this page. A browser may refuse to (private windows, policies): then
// nothing is kept and nothing breaks.

class Kept {
  constructor(name) {
    this.name = name;
  }

  /** The kept text, or null. */
  get(key) {
    try {
      return globalThis[this.name].getItem(`groundling.${key}`);
    } catch {
      return null;
    }
  }

  /** Keeps a text; null or an empty text forgets it. */
  set(key, text) {
    try {
      if (text) globalThis[this.name].setItem(`groundling.${key}`, text);
      else globalThis[this.name].removeItem(`groundling.${key}`);
    } catch {
      // Not kept.
    }
  }
}

/** Until the tab is closed. */
export const passing = new Kept("sessionStorage");
/** On this device. */
export const lasting = new Kept("localStorage");
