// Links to sources: http and https only, in a new tab that learns nothing of this page.

import { el } from "../app/dom.js";

/** A link where the source has a web address, else its title. */
export function sourceLink({ title, url }) {
  const address = webAddress(url);
  if (!address) return el("span", { class: "source", text: title });
  return el(
    "a",
    { class: "source", href: address.href, target: "_blank", rel: "noopener noreferrer nofollow" },
    el("bdi", { text: title || address.hostname }),
    el("span", { class: "host", text: ` ${address.hostname.replace(/^www\./, "")}` }),
    el("span", { class: "unseen", text: " (opens in a new tab)" }),
  );
}

function webAddress(url) {
  try {
    const address = new URL(url);
    return ["http:", "https:"].includes(address.protocol) ? address : null;
  } catch {
    return null;
  }
}
