// The chat page: puts its parts together, keeps the address, minds the keyboard.

import { getJson } from "../net/api.js";
import { Composer } from "./composer.js";
import { Dialog } from "./dialog.js";
import { byId, icon } from "./dom.js";
import { setUpKey } from "./key.js";
import { Panel } from "./panel.js";
import { Roles } from "./roles.js";
import { Sessions } from "./sessions.js";
import { setUpTheme } from "./theme.js";
import { toast } from "./toast.js";
import { setUpViewport } from "./viewport.js";

for (const place of document.querySelectorAll("[data-icon]")) place.prepend(icon(place.dataset.icon));

const panel = new Panel();
const roles = new Roles((text) => dialog.ask(text) && composer.focus());
const composer = new Composer({ send: (text) => dialog.ask(text), stop: () => dialog.stop() });
const sessions = new Sessions({
  roleTitle: (name) => roles.titleOf(name),
  deleted: (id) => id === dialog.sessionId && newDialog(),
});
const dialog = new Dialog({
  composer,
  roles,
  told: {
    busy: (running) => composer.busy(running),
    saved: (answer) => {
      composer.save();
      history.replaceState(null, "", `#/s/${answer.session_id}`);
      sessions.mark(answer.session_id);
      void refresh();
    },
    opened: (session) => nameTab(session.title),
  },
});

/** The dialog that the address names (`#/s/<id>`), or null. */
function addressed() {
  return /^#\/s\/([A-Za-z0-9_-]{1,64})$/.exec(location.hash)?.[1] ?? null;
}

/** Shows what the address says. */
function follow() {
  const id = addressed();
  if (id === null) {
    dialog.fresh();
    nameTab(null);
  } else if (id !== dialog.sessionId) dialog.open(id);
  sessions.mark(id);
  panel.closeDrawer();
  composer.focus();
}

function newDialog() {
  if (addressed()) location.hash = "#/";
  else follow();
}

async function refresh() {
  await sessions.refresh();
  const row = sessions.list.querySelector("[aria-current] .title");
  if (row) nameTab(row.textContent);
}

function nameTab(title) {
  document.title = title ? `${title} – Groundling` : "Groundling";
}

async function loadAll() {
  const quiet = () => {}; // without roles or tools' names the page still works; turns tell what fails
  void getJson("v1/tools").then(({ tools }) => (dialog.tools = tools.map(({ name }) => name)), quiet);
  await roles.load().catch(quiet);
  if (addressed()) follow();
  await refresh();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
    event.preventDefault();
    newDialog();
  } else if (event.key === "Escape" && !event.isComposing) {
    if (panel.isDrawer) panel.closeDrawer();
    else dialog.stop();
  }
});
byId("new").addEventListener("click", newDialog);
byId("new-small").addEventListener("click", newDialog);
byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address is the dialog's
  composer.field.focus();
});
window.addEventListener("hashchange", follow);

setUpTheme();
setUpViewport();
setUpKey(() => toast("The key is forgotten."));
roles.show();
composer.focus();
if (addressed()) dialog.loading = {}; // nothing is asked before the roles are here and it is open
await loadAll();
