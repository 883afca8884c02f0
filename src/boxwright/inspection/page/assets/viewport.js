// The part of the image that all panels show: its middle in image pixels, and screen pixels per image pixel.
const viewport = { x: 0, y: 0, zoom: 1, follows: true };
const ZOOM_STEP = 1.4;

/** Zoom at which a part of the image fills a panel. */
function zoomFor(width, height, panel) {
  return Math.min(panel.width / Math.max(width, 1), panel.height / Math.max(height, 1));
}

function showWhole(sample, panel) {
  Object.assign(viewport, { x: sample.width / 2, y: sample.height / 2, zoom: zoomFor(sample.width, sample.height, panel) });
}

/** Shows a target with its surroundings, as far out as positives lie, but never so far that the target is a dot. */
function showTarget(sample, target, rowsOfPanels, panel) {
  const [x1, y1, x2, y2] = sample.boxes[target];
  const side = Math.max(x2 - x1, y2 - y1, 4);
  const x = (x1 + x2) / 2;
  const y = (y1 + y2) / 2;
  let reach = 0.9 * side;
  sample.results.forEach((result, k) => {
    for (const row of rowsOfPanels[k]) {
      if (!row.positive) continue;
      const { x: left, y: top, width, height } = cellInImage(row.prior, result);
      reach = Math.max(reach, x - left, left + width - x, y - top, top + height - y);
    }
  });
  reach = Math.min(reach * 1.08, 3 * side);
  const furthest = zoomFor(sample.width, sample.height, panel);
  Object.assign(viewport, { x, y, zoom: Math.max(zoomFor(2 * reach, 2 * reach, panel), furthest) });
}

/** Zooms so that a point of the image stays where it is on the screen. */
function zoomAt(x, y, factor, sample, panel) {
  const least = 0.5 * zoomFor(sample.width, sample.height, panel);
  const zoom = Math.min(Math.max(viewport.zoom * factor, least), 80);
  viewport.x = x + ((viewport.x - x) * viewport.zoom) / zoom;
  viewport.y = y + ((viewport.y - y) * viewport.zoom) / zoom;
  viewport.zoom = zoom;
}

/** Screen pixels of a panel → image pixels. */
function toImage(px, py, panel) {
  return [viewport.x + (px - panel.width / 2) / viewport.zoom, viewport.y + (py - panel.height / 2) / viewport.zoom];
}

/** Image pixels → screen pixels of a panel. */
function toPanel(x, y, panel) {
  return [(x - viewport.x) * viewport.zoom + panel.width / 2, (y - viewport.y) * viewport.zoom + panel.height / 2];
}

/** The cell of a prior in image pixels: as large as the stride, whatever the prior's own size. */
function cellInImage(prior, { scale, pad }) {
  const [dx, dy] = prior.step;
  return {
    x: (prior.x - dx / 2 - pad[0]) / scale[0], y: (prior.y - dy / 2 - pad[1]) / scale[1],
    width: dx / scale[0], height: dy / scale[1],
  };
}

/** The part of its cell that stands for a prior, so that priors of one cell lie beside each other. */
function slotInImage(prior, result) {
  const cell = cellInImage(prior, result);
  const [columns, rows] = slotTable(prior.slots);
  const width = cell.width / columns;
  const height = cell.height / rows;
  return {
    x: cell.x + (prior.slot % columns) * width, y: cell.y + Math.floor(prior.slot / columns) * height, width, height,
  };
}

/** The box of a prior in image pixels. */
function boxInImage(prior, { scale, pad }) {
  return [
    (prior.x - prior.w / 2 - pad[0]) / scale[0], (prior.y - prior.h / 2 - pad[1]) / scale[1],
    (prior.x + prior.w / 2 - pad[0]) / scale[0], (prior.y + prior.h / 2 - pad[1]) / scale[1],
  ];
}
