// Server-sent events of a POST, which EventSource cannot make.
// Covers: event and data fields, comments. Does not cover: id, retry, reconnecting.

/** Yields {name, data} for each event of a fetch response's body, {name: "comment"} for comments. */
export async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let block = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      // A carriage return at the end may be half of a line's end: it waits for what follows.
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      text = lines.pop();
      for (const line of lines) {
        if (line.startsWith(":")) yield { name: "comment" };
        else if (line) block.push(line);
        else {
          const event = parse(block);
          block = [];
          if (event) yield event;
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block) {
  let name = "message";
  const data = [];
  for (const line of block) {
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === "event") name = value ?? "";
    if (field === "data") data.push(value ?? "");
  }
  return data.length ? { name, data: JSON.parse(data.join("\n")) } : null;
}
