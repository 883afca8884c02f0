"use strict";
// What the page shows, read from the JSON in the document. One row per verdict about a (target, prior) candidate.
const INDEX = JSON.parse(document.getElementById("index").textContent);
const NO_VALUE = 65535;
const readImages = new Map(); // the last few, so that going back is quick
const MOST_READ = 4;

/** The values of an image with its columns unpacked. */
function readImage(number) {
  if (!readImages.has(number)) {
    const values = JSON.parse(document.getElementById(`image-${number}`).textContent);
    values.results.forEach(unpack);
    if (readImages.size >= MOST_READ) readImages.delete(readImages.keys().next().value);
    readImages.set(number, { ...INDEX.images[number], ...values });
  }
  return readImages.get(number);
}

function unpack(result) {
  result.prior = new Uint32Array(bytesOf(result.prior).buffer);
  result.state = bytesOf(result.state);
  for (const name of ["quality", "overlap", "score"]) result[name] = new Uint16Array(bytesOf(result[name]).buffer);
  for (const name of ["ignored_before", "ignored_after"]) result[name] = bytesOf(result[name]);
}

function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/** A prior from its index: its box in canvas pixels, its level, its cell and its place among the priors of the cell. */
function priorAt(system, index) {
  let level = system.grids.length - 1;
  while (index < system.grids[level].start) level--;
  const grid = system.grids[level];
  const inside = index - grid.start;
  const slot = inside % grid.sizes.length;
  const cell = (inside - slot) / grid.sizes.length;
  const column = cell % grid.width;
  const row = (cell - column) / grid.width;
  const [w, h] = grid.sizes[slot];
  const x = grid.origin[0] + column * grid.step[0];
  const y = grid.origin[1] + row * grid.step[1];
  return { index, x, y, w, h, level, stride: grid.stride, slot, slots: grid.sizes.length, step: grid.step };
}

/** Columns and rows in which the priors of one cell lie beside each other: 9 as 3 × 3, 6 as 3 × 2, 3 as 3 × 1. */
function slotTable(slots) {
  let rows = Math.floor(Math.sqrt(slots));
  while (slots % rows) rows--;
  return [slots / rows, rows];
}

/** Rows of one target under one system: positives by level and falling quality, then the rejected by reason. */
function verdictsOf(result, system, target, sampling) {
  const rows = [];
  const value = (column, i) => (column[i] === NO_VALUE ? null : column[i] / INDEX.unit);
  for (let i = result.first[target]; i < result.first[target + 1]; i++) {
    const state = result.state[i];
    rows.push({
      prior: priorAt(system, result.prior[i]),
      reason: state & (INDEX.before - 1),
      positive: Boolean(state & INDEX[sampling]),
      assigned: Boolean(state & INDEX.before),
      quality: value(result.quality, i),
      overlap: value(result.overlap, i),
      score: value(result.score, i),
    });
  }
  const worth = (row) => row.quality ?? row.overlap ?? 0;
  const best = new Map(); // of every reason
  for (const row of rows) best.set(row.reason, Math.max(best.get(row.reason) ?? -1, worth(row)));
  return rows.sort(
    (a, b) =>
      b.positive - a.positive || best.get(b.reason) - best.get(a.reason) || a.reason - b.reason ||
      (a.positive ? a.prior.level - b.prior.level : 0) ||
      worth(b) - worth(a) || (b.overlap ?? 0) - (a.overlap ?? 0) || a.prior.index - b.prior.index,
  );
}

/** Number of positives of every target under one system. */
function positivesOf(result, sampling) {
  const counts = new Array(result.first.length - 1).fill(0);
  for (let target = 0; target < counts.length; target++) {
    for (let i = result.first[target]; i < result.first[target + 1]; i++) {
      if (result.state[i] & INDEX[sampling]) counts[target]++;
    }
  }
  return counts;
}

function countBits(bytes) {
  let count = 0;
  for (let byte of bytes) for (; byte; byte &= byte - 1) count++;
  return count;
}

/** What is said of a row: a positive that only exists before sampling says what became of it. */
function reasonText(row) {
  const reason = INDEX.reasons[row.reason];
  return row.positive && row.reason !== INDEX.positive ? `positive, later ${reason}` : reason;
}

const digits = (value) => (value === null ? "–" : value.toFixed(3));
const short = (value) => String(Math.round(value * 100) / 100);
