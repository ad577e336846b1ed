// What a reader has chosen, once the key is known: by method, bout by bout, and as files.

/**
 * The bouts with their methods: [{photo, painting, left, right, chosen}], chosen null where the reader skipped.
 *
 * key: {labels: {method: label}, pictures: {file: method}}.
 */
export function named({ bouts, choices }, key) {
  const label = file => key.labels[key.pictures[file]];
  return choices.map((side, i) => {
    const { photo, painting, left, right } = bouts[i];
    const chosen = side === "left" ? label(left) : side === "right" ? label(right) : null;
    return { photo, painting, left: label(left), right: label(right), chosen };
  });
}

/** [{method, won, of}] of the bouts that were decided, the method with the largest share first. */
export function tally(rows, labels) {
  const decided = rows.filter(row => row.chosen);
  return Object.values(labels)
    .map(method => {
      const own = decided.filter(row => row.left === method || row.right === method);
      return { method, won: own.filter(row => row.chosen === method).length, of: own.length };
    })
    .filter(row => row.of)
    .sort((a, b) => b.won / b.of - a.won / a.of);
}

export function asJson(rows, session, labels) {
  const content = { format: "zmlib-choices-1", pool: session.pool, choices: rows, tally: tally(rows, labels) };
  return `${JSON.stringify(content, null, 1)}\n`;
}

export function asCsv(rows) {
  const cell = value => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const columns = ["photo", "painting", "left", "right", "chosen"];
  const lines = rows.map((row, i) => [String(i + 1), ...columns.map(name => cell(row[name] ?? ""))].join(","));
  return `${["number", ...columns].join(",")}\n${lines.join("\n")}\n`;
}

/** Hand a text to the reader as a file. Nothing leaves his machine. */
export function save(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
