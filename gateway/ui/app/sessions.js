// Past dialogs in the panel: open, save as a file, delete.

import { getBlob, getJson, remove } from "../net/api.js";
import { wordsFor } from "../net/words.js";
import { announce } from "./announce.js";
import { button, byId, el } from "./dom.js";
import { toast } from "./toast.js";

const PAGE = 30;
const DAY_MS = 86_400_000;

export class Sessions {
  /** `roleTitle(name)`; `deleted(id)` is told. */
  constructor({ roleTitle, deleted }) {
    [this.list, this.more, this.problem] = ["sessions", "more-sessions", "sessions-problem"].map(byId);
    this.roleTitle = roleTitle;
    this.deleted = deleted;
    this.current = null;
    this.next = null;
    this.more.addEventListener("click", () => this.load(this.next));
  }

  refresh() {
    return this.load(null);
  }

  async load(after) {
    const asked = (this.asked = {});
    const query = new URLSearchParams({ limit: PAGE, ...(after ? { after } : {}) });
    let found;
    try {
      found = await getJson(`v1/sessions?${query}`);
    } catch (failure) {
      if (this.asked === asked) this.fail(failure, () => this.load(after));
      return;
    }
    if (this.asked !== asked) return; // a later request has been made
    if (!after) this.list.replaceChildren();
    this.list.append(...found.sessions.map((session) => this.row(session)));
    this.next = found.next;
    this.more.hidden = !found.next;
    this.problem.replaceChildren(this.list.children.length ? "" : "Dialogs you have appear here.");
    this.mark(this.current);
  }

  fail(failure, again) {
    const words = `Past dialogs: ${wordsFor(failure)}`;
    this.problem.replaceChildren(
      el("span", { text: words }),
      button("Try again", { picture: "again", on: { click: again } }),
    );
  }

  /** Which one is open. */
  mark(id) {
    this.current = id;
    for (const row of this.list.children) {
      const link = row.querySelector("a");
      if (row.dataset.id === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  row({ session_id: id, title, role, updated_at: updatedAt }) {
    const about = [dateWords(updatedAt), role && this.roleTitle(role)].filter(Boolean).join(" · ");
    const link = el(
      "a",
      { href: `#/s/${id}` },
      el("span", { class: "title", text: title, dir: "auto" }),
      el("span", { class: "about", text: about }),
    );
    const bare = (name, picture, click) =>
      button(`${name}: ${title}`, { picture, bare: true, on: { click } });
    const tools = el(
      "span",
      { class: "row-tools" },
      bare("Save as a file", "save", () => this.save(id)),
      bare("Delete", "trash", () => this.confirm(row, id, title)),
    );
    const row = el("li", {}, link, tools);
    row.dataset.id = id;
    return row;
  }

  async save(id) {
    try {
      const address = URL.createObjectURL(await getBlob(`v1/sessions/${id}/export`));
      el("a", { href: address, download: `groundling-${id}.json` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (failure) {
      toast(wordsFor(failure));
      announce(wordsFor(failure));
    }
  }

  /** Asks in place, since a deleted dialog does not come back. */
  confirm(row, id, title) {
    const keep = (event) => {
      event?.stopPropagation();
      box.remove();
      row.classList.remove("asking");
      row.querySelector(".row-tools button:last-child").focus();
    };
    const yes = button("Delete", { class: "danger", on: { click: () => this.delete(row, id, keep) } });
    const box = el(
      "div",
      { class: "confirm", role: "group", "aria-label": `Delete ${title}?` },
      el("span", { text: "Delete this dialog?" }),
      yes,
      button("Keep", { on: { click: keep } }),
    );
    box.addEventListener("keydown", (event) => event.key === "Escape" && keep(event));
    row.classList.add("asking");
    row.append(box);
    yes.focus();
  }

  async delete(row, id, keep) {
    try {
      await remove(`v1/sessions/${id}`);
    } catch (failure) {
      if (failure.code !== "not_found") {
        keep();
        toast(wordsFor(failure));
        return announce(wordsFor(failure));
      }
    }
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (neighbour?.querySelector("a") ?? byId("new")).focus();
    toast("Deleted.");
    announce("Dialog deleted.");
    this.deleted(id);
    if (!this.list.children.length) await this.refresh();
  }
}

function dateWords(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return "";
  const midnight = (of) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
  const days = Math.round((midnight(new Date()) - midnight(date)) / DAY_MS);
  if (days <= 0) return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (days === 1) return "Yesterday";
  const year = date.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return date.toLocaleDateString([], { day: "numeric", month: "short", ...year });
}
