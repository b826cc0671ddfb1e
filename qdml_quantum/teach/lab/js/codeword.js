/** Code words: a hash of name and exercise, the same as `qdml_quantum.teach.codewords` computes. */

import { WORDS } from "./words.js";

/**
 * FNV-1a over UTF-8 bytes, then the finaliser of MurmurHash3.
 * @param {string} text
 */
export function hash(text) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  for (const [shift, factor] of [[16, 0x85ebca6b], [13, 0xc2b2ae35]]) {
    value = Math.imul(value ^ (value >>> shift), factor) >>> 0;
  }
  return (value ^ (value >>> 16)) >>> 0;
}

const CODE = WORDS.code.split(" ");

/** @param {string} name */
export const plainName = (name) => name.toLowerCase().split(/\s+/).filter(Boolean).join(" ");

/**
 * Two words and a number for a name and an exercise.
 * @param {string} name
 * @param {string} exercise
 */
export function codeWord(name, exercise) {
  const value = hash(`${plainName(name)}\n${exercise}`);
  const number = String((value >>> 12) % 100).padStart(2, "0");
  return `${CODE[value & 63]}-${CODE[(value >>> 6) & 63]}-${number}`;
}
