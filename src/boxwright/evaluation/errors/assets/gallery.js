"use strict";

const BATCH = 120;
const index = JSON.parse(document.getElementById("index").textContent);
const state = { kind: "", label: "", size: "", shown: [], drawn: 0 };
const element = (id) => document.getElementById(id);
const pictures = new Map();

/** The picture of an image with its original size; decoded once. */
function pictureOf(number) {
  if (!pictures.has(number)) {
    const values = JSON.parse(element(`image-${number}`).textContent);
    const image = new Image();
    image.src = values.picture;
    pictures.set(number, image.decode().then(() => ({ image, width: values.width, height: values.height })));
  }
  return pictures.get(number);
}

function nameOf(label) {
  return label === null ? "nothing" : index.categories[label];
}

function inWords(error) {
  const score = error.score === null ? "" : ` ${error.score.toFixed(2)}`;
  const overlap = error.overlap === null ? "" : `, IoU ${error.overlap.toFixed(2)}`;
  if (error.kind === "miss") return `${nameOf(error.true_label)} not found`;
  if (error.kind === "false alarm") return `${nameOf(error.found_label)}${score}, nothing is annotated there`;
  if (error.kind === "wrong class") return `${nameOf(error.true_label)} taken for ${nameOf(error.found_label)}${score}`;
  if (error.kind === "poor box") return `${nameOf(error.found_label)}${score}${overlap}`;
  return `${nameOf(error.found_label)}${score}, found already${overlap}`;
}

function passes(error) {
  return (!state.kind || error.kind === state.kind)
    && (state.label === "" || error.true_label === Number(state.label) || error.found_label === Number(state.label))
    && (!state.size || error.size === state.size);
}

/** The square around the boxes of an error, with as much again around it. */
function squareAround(error) {
  const boxes = [error.true_box, error.found_box].filter(Boolean);
  const low = [0, 1].map((axis) => Math.min(...boxes.map((box) => box[axis])));
  const high = [2, 3].map((axis) => Math.max(...boxes.map((box) => box[axis])));
  const side = Math.max(48, 2 * Math.max(high[0] - low[0], high[1] - low[1]));
  return [(low[0] + high[0] - side) / 2, (low[1] + high[1] - side) / 2, side];
}

function drawBox(pen, box, color, left, top, scale, width) {
  const place = [(box[0] - left) * scale, (box[1] - top) * scale, (box[2] - box[0]) * scale, (box[3] - box[1]) * scale];
  for (const [stroke, wide] of [["#000", width + 2], [color, width]]) {
    pen.strokeStyle = stroke;
    pen.lineWidth = wide;
    pen.strokeRect(...place);
  }
}

function drawErrors(pen, errors, left, top, scale, width) {
  for (const error of errors) if (error.true_box) drawBox(pen, error.true_box, "#fff", left, top, scale, width + 1);
  for (const error of errors) if (error.found_box) drawBox(pen, error.found_box, "#ff5a1f", left, top, scale, width);
}

async function drawCard(canvas, error) {
  const { image, width } = await pictureOf(error.image);
  const [left, top, side] = squareAround(error);
  canvas.width = canvas.height = 360;
  const scale = 360 / side, shrunk = image.naturalWidth / width;
  const pen = canvas.getContext("2d");
  pen.drawImage(image, left * shrunk, top * shrunk, side * shrunk, side * shrunk, 0, 0, 360, 360);
  drawErrors(pen, [error], left, top, scale, 3);
  canvas.dataset.drawn = "true";
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((each) => each.isIntersecting)) {
    watcher.unobserve(entry.target);
    drawCard(entry.target, index.errors[Number(entry.target.dataset.error)]);
  }
}, { rootMargin: "400px" });

function line(text, kind) {
  const span = document.createElement("span");
  span.textContent = text;
  if (kind) span.className = kind;
  return span;
}

function card(number) {
  const error = index.errors[number];
  const item = document.createElement("li"), button = document.createElement("button");
  const canvas = document.createElement("canvas");
  canvas.dataset.error = number;
  button.append(canvas, line(error.kind, "kind"), line(inWords(error)), line(`${error.size}, ${index.images[error.image]}`, "file"));
  button.addEventListener("click", () => showWhole(number));
  item.dataset.error = number;
  item.append(button);
  watcher.observe(canvas);
  return item;
}

async function showWhole(number) {
  const error = index.errors[number];
  const { image, width } = await pictureOf(error.image);
  element("whole-name").textContent = index.images[error.image];
  element("about").textContent = `${error.kind}: ${inWords(error)} (thick). Thin: the other errors in this image.`;
  const canvas = element("picture");
  canvas.width = Math.max(image.naturalWidth, 640);
  canvas.height = Math.round(canvas.width * image.naturalHeight / image.naturalWidth);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const scale = canvas.width / width;
  drawErrors(pen, index.errors.filter((other) => other.image === error.image && other !== error), 0, 0, scale, 1);
  drawErrors(pen, [error], 0, 0, scale, 3);
  element("whole").showModal();
}

function showMore() {
  const next = state.shown.slice(state.drawn, state.drawn + BATCH);
  element("cards").append(...next.map(card));
  state.drawn += next.length;
  element("more").hidden = state.drawn >= state.shown.length;
}

function update() {
  state.kind = element("kind").value;
  state.label = element("class").value;
  state.size = element("size").value;
  state.shown = index.errors.map((_, number) => number).filter((number) => passes(index.errors[number]));
  state.drawn = 0;
  watcher.disconnect();
  element("cards").replaceChildren();
  element("empty").hidden = state.shown.length > 0;
  const more = index.total > index.errors.length ? `; ${index.total} in all are in errors.csv` : "";
  element("summary").textContent =
    `${state.shown.length} of ${index.errors.length} errors, detections with a score over ${index.threshold}${more}`;
  showMore();
}

function fill(id, all, entries) {
  element(id).replaceChildren(new Option(all, ""), ...entries.map(([text, value]) => new Option(text, value)));
  element(id).addEventListener("change", update);
}

function count(test) {
  return index.errors.filter(test).length;
}

fill("kind", "every kind", index.kinds.map((kind) => [`${kind} (${count((error) => error.kind === kind)})`, kind]));
fill("class", "every class", Object.entries(index.categories).map(([label, name]) => [name, label]));
fill("size", "every size", index.sizes.map((size) => [`${size} (${count((error) => error.size === size)})`, size]));
element("more").addEventListener("click", showMore);
element("reset").addEventListener("click", () => {
  for (const id of ["kind", "class", "size"]) element(id).value = "";
  update();
});
update();
document.body.dataset.ready = "true";
