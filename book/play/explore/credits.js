// Whose pictures a part shows, as the notebook wrote it; nothing of a reader's own.

import { add } from "./draw.js";

/**
 * Put the line into `host`.
 *
 * photos: [{title, author, licence, package, link}]; of a licence, what follows its last comma may be its address.
 * paintings: [text].
 */
export function credits(host, { photos, paintings }) {
  photos.forEach(({ title, author, licence, package: origin, link }, i) => {
    host.append(i ? "; " : photos.length > 1 ? "Photographs: " : "Photograph: ");
    named(host, title, link);
    host.append(`, ${author}, `);
    const [, words, address] = licence.match(/^(.*), (https:\/\/\S+)$/) ?? [null, licence];
    named(host, words, address);
    host.append(` (in ${origin})`);
  });
  if (paintings.length) host.append(photos.length ? ". " : "", `Paintings: ${paintings.join("; ")}`);
  if (photos.length || paintings.length) host.append(".");
}

function named(host, text, address) {
  if (address) add(host, "a", { href: address, textContent: text });
  else host.append(text);
}
