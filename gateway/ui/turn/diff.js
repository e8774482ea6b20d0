// Which words of the draft are gone, and which of the answer are new: a word diff by the longest
// common subsequence. Does not cover: what a change means (the ledger says that).

const MAX_CELLS = 4_000_000; // 2,000 words against 2,000; beyond it all that differs is one change
const words = new Intl.Segmenter(undefined, { granularity: "word" });

/** {before, after}: each text as [{text, changed}], in order, neighbours of one kind joined. */
export function diff(before, after) {
  const [a, b] = [before, after].map((text) => [...words.segment(text)].map((s) => s.segment));
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  const least = Math.min(a.length, b.length) - start;
  while (end < least && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [sameA, sameB] = common(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return { before: pieces(a, start, end, sameA), after: pieces(b, start, end, sameB) };
}

/** For each word of both whether it is in the longest common subsequence. */
function common(a, b) {
  const [inA, inB] = [new Array(a.length).fill(false), new Array(b.length).fill(false)];
  if (a.length * b.length > MAX_CELLS) return [inA, inB];
  const wide = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * wide); // of what follows each pair of places
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * wide + j] =
        a[i] === b[j]
          ? longest[(i + 1) * wide + j + 1] + 1
          : Math.max(longest[(i + 1) * wide + j], longest[i * wide + j + 1]);
    }
  }
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) inA[i++] = inB[j++] = true;
    else if (longest[(i + 1) * wide + j] >= longest[i * wide + j + 1]) i++;
    else j++;
  }
  return [inA, inB];
}

function pieces(tokens, start, end, same) {
  const changed = tokens.map((_, at) => at >= start && at < tokens.length - end && !same[at - start]);
  // A space between two changed words changes with them, so that a phrase is struck in one stroke.
  for (let at = 1; at < tokens.length - 1; at++) {
    if (!tokens[at].trim() && changed[at - 1] && changed[at + 1]) changed[at] = true;
  }
  const made = [];
  tokens.forEach((text, at) => {
    const last = made.at(-1);
    if (last?.changed === changed[at]) last.text += text;
    else made.push({ text, changed: changed[at] });
  });
  return made;
}
