// The side panel: beside the dialog where there is room, a drawer over it where there is not.

import { byId } from "./dom.js";
import { lasting } from "./storage.js";

const narrow = matchMedia("(max-width: 52rem)");

export class Panel {
  constructor() {
    [this.panel, this.toggle, this.column, this.shade] = ["panel", "toggle", "column", "shade"].map(byId);
    this.toggle.addEventListener("click", () => this.set(this.panel.hidden, { keep: true }));
    byId("close-panel").addEventListener("click", () => this.set(false, { keep: true }));
    this.shade.addEventListener("click", () => this.set(false));
    narrow.addEventListener("change", () => this.settle());
    this.settle();
  }

  settle() {
    this.set(!narrow.matches && lasting.get("panel") !== "closed", { focus: false });
  }

  get isDrawer() {
    return narrow.matches && !this.panel.hidden;
  }

  closeDrawer() {
    if (this.isDrawer) this.set(false);
  }

  set(open, { keep = false, focus = true } = {}) {
    this.panel.hidden = !open;
    this.toggle.setAttribute("aria-expanded", String(open));
    // What lies under the drawer can be neither reached nor read.
    this.column.inert = this.isDrawer;
    this.shade.hidden = !this.isDrawer;
    if (keep && !narrow.matches) lasting.set("panel", open ? null : "closed");
    if (focus) (open ? byId("close-panel") : this.toggle).focus();
  }
}
