// mathjs for bench/calculator.py: one text a line on standard input, one JSON answer a line.
// Argument: the folder that holds node_modules/mathjs. Timed: evaluating and writing the value.
"use strict";
const { createInterface } = require("node:readline");
const { createRequire } = require("node:module");
const { resolve } = require("node:path");

const installed = createRequire(resolve(process.argv[2], "package.json"));
const math = installed("mathjs");

function answer(text) {
  const begun = process.hrtime.bigint();
  let result = null;
  try {
    const value = math.evaluate(text);
    if (value !== undefined && typeof value !== "function") {
      result = math.format(value, { precision: 14 });
    }
  } catch {
    result = null; // mathjs declines by throwing
  }
  return { result, seconds: Number(process.hrtime.bigint() - begun) / 1e9 };
}

process.stdout.write(JSON.stringify({ version: math.version }) + "\n");
createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
});
