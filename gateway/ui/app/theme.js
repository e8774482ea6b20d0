// Dark and light: the system's wish until the button is used; the choice is kept on this device.

import { byId } from "./dom.js";
import { lasting } from "./storage.js";

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

export function setUpTheme() {
  const toggle = byId("theme");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
  const show = () => {
    toggle.setAttribute("aria-pressed", String(dark()));
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
      meta.content = getComputedStyle(document.body).backgroundColor;
    }
  };
  toggle.addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    // What the system wishes anyway is not pinned: the page follows it again.
    const pinned = (next === "dark") === systemDark.matches ? null : next;
    if (pinned) root.dataset.theme = pinned;
    else delete root.dataset.theme;
    lasting.set("theme", pinned);
    show();
  });
  systemDark.addEventListener("change", show);
  show();
}
