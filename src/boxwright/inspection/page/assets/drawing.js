// Drawing a panel (one system, near the target) and the overview (the whole image with all targets).
const LEVEL_COLOURS = ["#56b4e9", "#f5a623", "#12c48b", "#f277bd", "#ff6b3d", "#a58bff", "#b8d432", "#8fd3d1"];
const MARK = "#ffec3d";
const LACKING = "#ff5a36";

const levelColour = (level) => LEVEL_COLOURS[level % LEVEL_COLOURS.length];
const shadeOf = (row) => Math.min(Math.max(row.quality ?? row.overlap ?? 1, 0), 1);

/** Makes the canvas as sharp as the screen, and gives a context that draws in its CSS pixels. */
function prepared(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const size = { width: canvas.clientWidth, height: canvas.clientHeight };
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return [context, size];
}

function drawPanel(panel, sample, picture, options) {
  const [context, size] = prepared(panel.canvas);
  const result = panel.result;
  const place = ([x1, y1, x2, y2]) => {
    const [left, top] = toPanel(x1, y1, size);
    return [left, top, Math.max((x2 - x1) * viewport.zoom, 1), Math.max((y2 - y1) * viewport.zoom, 1)];
  };
  context.imageSmoothingEnabled = viewport.zoom < 6;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, ...place([0, 0, sample.width, sample.height]));
  if (options.ignored) drawIgnored(context, panel, options.sampling, size);
  for (let i = 0; i < sample.boxes.length; i++) {
    if (i !== options.target) drawBox(context, place(sample.boxes[i]), "#ffffffd0", 1, { rim: "#00000055", dashed: sample.ignore[i] });
  }
  const listed = panel.listed.slice().sort((a, b) => a.positive - b.positive || b.prior.stride - a.prior.stride);
  drawCells(context, listed.filter((row) => row.positive && row.prior.slots > 1), result, place);
  for (const row of listed) drawSlot(context, slotOnPanel(row.prior, result, size), row);
  if (options.target >= 0) drawBox(context, place(sample.boxes[options.target]), "#fff", 2, { rim: "#000", dashed: sample.ignore[options.target] });
  noteOutside(context, listed.filter((row) => row.positive && !isInView(slotOnPanel(row.prior, result, size), size)).length, size);
  if (panel.marked) {
    drawBox(context, place(boxInImage(panel.marked.prior, result)), MARK, 2, { rim: "#000c" });
    const { x, y, width, height } = slotOnPanel(panel.marked.prior, result, size);
    drawBox(context, [x, y, width, height], MARK, 2, { rim: "#000c" });
  }
}

const isInView = ({ x, y, width, height }, size) => x + width > 0 && y + height > 0 && x < size.width && y < size.height;

/** Says that positives lie beyond the edges of the panel. */
function noteOutside(context, count, size) {
  if (!count) return;
  const text = `${count} positive${count > 1 ? "s" : ""} outside this view`;
  context.font = "12px system-ui, sans-serif";
  const width = context.measureText(text).width + 14;
  context.fillStyle = "#000c";
  context.fillRect(6, size.height - 26, width, 20);
  context.fillStyle = "#fff";
  context.fillText(text, 13, size.height - 12);
}

/** Where a prior's slot is on the screen, never too small to be seen. */
function slotOnPanel(prior, result, size) {
  const slot = slotInImage(prior, result);
  const [x, y] = toPanel(slot.x, slot.y, size);
  const gap = 0.06;
  const width = Math.max(slot.width * viewport.zoom * (1 - 2 * gap), 3);
  const height = Math.max(slot.height * viewport.zoom * (1 - 2 * gap), 3);
  return {
    x: x + (slot.width * viewport.zoom - width) / 2, y: y + (slot.height * viewport.zoom - height) / 2, width, height,
  };
}

function drawBox(context, [x, y, width, height], colour, thickness, { rim, dashed }) {
  context.setLineDash(dashed ? [5, 4] : []);
  for (const [line, stroke] of [[thickness + 2, rim], [thickness, colour]]) {
    context.lineWidth = line;
    context.strokeStyle = stroke;
    context.strokeRect(x, y, width, height);
  }
  context.setLineDash([]);
}

/** Outlines the cells of positives that are one of several priors in their cell. */
function drawCells(context, rows, result, place) {
  const cells = new Map(rows.map((row) => [`${row.prior.level} ${row.prior.x} ${row.prior.y}`, row.prior]));
  for (const prior of cells.values()) {
    const { x, y, width, height } = cellInImage(prior, result);
    context.globalAlpha = 0.55;
    drawBox(context, place([x, y, x + width, y + height]), levelColour(prior.level), 1, { rim: "#0006" });
    context.globalAlpha = 1;
  }
}

/** A positive is filled, the more the better it fits; a rejected candidate is hollow and crossed out. */
function drawSlot(context, { x, y, width, height }, row) {
  const colour = levelColour(row.prior.level);
  if (row.positive) {
    context.globalAlpha = 0.2 + 0.65 * shadeOf(row);
    context.fillStyle = colour;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
    context.lineWidth = 1;
    context.strokeStyle = "#000b";
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
    context.strokeStyle = colour;
    context.strokeRect(x + 0.5, y + 0.5, Math.max(width - 1, 1), Math.max(height - 1, 1));
    return;
  }
  context.lineWidth = 1;
  context.globalAlpha = 0.4;
  context.strokeStyle = colour;
  context.strokeRect(x, y, width, height);
  context.globalAlpha = 1;
  context.beginPath();
  const arm = Math.min(width, height, 16) / 4;
  const [middle, centre] = [x + width / 2, y + height / 2];
  context.moveTo(middle - arm, centre - arm);
  context.lineTo(middle + arm, centre + arm);
  context.moveTo(middle + arm, centre - arm);
  context.lineTo(middle - arm, centre + arm);
  for (const [line, stroke] of [[3, "#0008"], [1.4, colour]]) {
    context.lineWidth = line;
    context.strokeStyle = stroke;
    context.stroke();
  }
}

/** Grey slots for the priors in view that count neither as positive nor as background. */
function drawIgnored(context, panel, sampling, size) {
  const { system, result, hidden } = panel;
  const bits = result[`ignored_${sampling}`];
  if (!bits.length) return;
  const { scale, pad } = result;
  const [left, top] = toImage(0, 0, size);
  const [right, bottom] = toImage(size.width, size.height, size);
  context.fillStyle = "#aeb4bdb0";
  context.beginPath();
  system.grids.forEach((grid, level) => {
    if (hidden.has(level)) return;
    const range = (low, high, k, count) => [
      Math.max(0, Math.floor((low * scale[k] + pad[k] - grid.origin[k]) / grid.step[k])),
      Math.min(count - 1, Math.ceil((high * scale[k] + pad[k] - grid.origin[k]) / grid.step[k])),
    ];
    const [firstRow, lastRow] = range(top, bottom, 1, grid.height);
    const [firstColumn, lastColumn] = range(left, right, 0, grid.width);
    for (let row = firstRow; row <= lastRow; row++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        const start = grid.start + (row * grid.width + column) * grid.sizes.length;
        for (let index = start; index < start + grid.sizes.length; index++) {
          if (!(bits[index >> 3] & (1 << (index & 7)))) continue;
          const slot = slotOnPanel(priorAt(system, index), result, size);
          const inset = Math.min(slot.width, slot.height) * 0.3;
          context.rect(slot.x + inset, slot.y + inset, slot.width - 2 * inset, slot.height - 2 * inset);
        }
      }
    }
  });
  context.fill();
}

function drawOverview(canvas, sample, picture, { target, shown, lacking, view }) {
  const [context, size] = prepared(canvas);
  const scale = size.width / sample.width;
  context.drawImage(picture, 0, 0, size.width, size.height);
  context.fillStyle = "#0003";
  context.fillRect(0, 0, size.width, size.height);
  const place = ([x1, y1, x2, y2]) => [x1 * scale, y1 * scale, Math.max((x2 - x1) * scale, 2), Math.max((y2 - y1) * scale, 2)];
  for (const i of shown) {
    const colour = lacking.has(i) ? LACKING : "#fff";
    drawBox(context, place(sample.boxes[i]), colour, lacking.has(i) ? 1.6 : 1, { rim: "#0009", dashed: sample.ignore[i] });
  }
  if (target >= 0) drawBox(context, place(sample.boxes[target]), MARK, 2.5, { rim: "#000" });
  drawBox(context, [view[0] * scale, view[1] * scale, view[2] * scale, view[3] * scale], "#7db8ff", 1.5, { rim: "#0009" });
}
