// The state of the page, and what changes it.
const byId = (id) => document.getElementById(id);
const state = { image: 0, target: -1, filter: "all", label: "all", sampling: "after", rejected: false, ignored: false };
let sample = null; // the image that is shown

function setPressed(id, pressed) {
  byId(id).setAttribute("aria-pressed", pressed);
}

function toggle(name) {
  state[name] = !state[name];
  setPressed(name, state[name]);
  choose(state.target);
}

function setSampling(name) {
  state.sampling = name;
  setPressed("sampling-before", name === "before");
  setPressed("sampling-after", name === "after");
  filterTargets();
}

function setFilter(id, value) {
  byId(id).value = value;
  state[id] = value;
  filterTargets();
}

function nextFilter() {
  const { options, selectedIndex } = byId("filter");
  setFilter("filter", options[(selectedIndex + 1) % options.length].value);
}

function setView(follows) {
  viewport.follows = follows;
  setPressed("view-target", follows);
  setPressed("view-image", !follows);
  if (!follows) showWhole(sample, panelSize());
  choose(state.target);
}

function zoomBy(factor) {
  zoomAt(viewport.x, viewport.y, factor, sample, panelSize());
  redrawAll();
}

/** Moves the view by screen pixels. */
function moveBy(dx, dy) {
  viewport.x = Math.min(Math.max(viewport.x + dx / viewport.zoom, 0), sample.width);
  viewport.y = Math.min(Math.max(viewport.y + dy / viewport.zoom, 0), sample.height);
  redrawAll();
}

function toggleTheme() {
  chosenTheme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  applyTheme();
}

function showHelp() {
  const keys = byId("keys");
  if (keys.open) keys.close();
  else keys.showModal();
}

function fillLegend() {
  byId("legend").innerHTML =
    '<span class="swatch positive"></span> positive, filled by quality <span class="ramp"></span> (without one by IoU); a cell is as large as the stride ' +
    '<span class="swatch hollow"></span> rejected <span class="swatch dot"></span> ignored <span class="swatch target"></span> target';
}

/** Goes from prior to prior in a table, and from row to row in the list of images. Says whether the key was for it. */
function moveInside(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const line = event.target.closest?.("tr[data-prior]");
  if (line && by) rowBeside(line, by)?.focus();
  else if (line && event.key === "Escape") byId("targets").focus();
  else if (by && event.target.closest?.("#thumbnails")) showImage(Math.min(Math.max(state.image + by, 0), INDEX.images.length - 1));
  else return Boolean(line && by);
  return true;
}

const ACTIONS = {
  ArrowDown: () => step(1), ArrowUp: () => step(-1), Home: () => step(-Infinity), End: () => step(Infinity),
  n: () => showImage(state.image + 1), p: () => showImage(state.image - 1),
  f: nextFilter, s: () => setSampling(state.sampling === "after" ? "before" : "after"),
  r: () => toggle("rejected"), i: () => toggle("ignored"), z: () => setView(!viewport.follows),
  "+": () => zoomBy(ZOOM_STEP), "=": () => zoomBy(ZOOM_STEP), "-": () => zoomBy(1 / ZOOM_STEP),
  h: () => moveBy(-40, 0), l: () => moveBy(40, 0), k: () => moveBy(0, -40), j: () => moveBy(0, 40),
  t: toggleTheme, "?": showHelp, Escape: hideTip,
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT" || byId("keys").open) return;
  const panel = panels[Number(event.key) - 1];
  const action = ACTIONS[event.key];
  if (moveInside(event)) event.preventDefault();
  else if (panel) firstRow(panel)?.focus();
  else if (action) {
    action();
    event.preventDefault();
  }
}

function listen() {
  const onClick = (id, action) => byId(id).addEventListener("click", action);
  onClick("previous-image", () => showImage(state.image - 1));
  onClick("next-image", () => showImage(state.image + 1));
  byId("image").addEventListener("change", (event) => showImage(Number(event.target.value)));
  for (const id of ["filter", "label"]) byId(id).addEventListener("change", (event) => setFilter(id, event.target.value));
  for (const name of ["before", "after"]) onClick(`sampling-${name}`, () => setSampling(name));
  for (const name of ["rejected", "ignored"]) onClick(name, () => toggle(name));
  onClick("view-target", () => setView(true));
  onClick("view-image", () => setView(false));
  onClick("zoom-in", () => zoomBy(ZOOM_STEP));
  onClick("zoom-out", () => zoomBy(1 / ZOOM_STEP));
  onClick("theme", toggleTheme);
  onClick("help", showHelp);
  darkWanted.addEventListener("change", applyTheme);
  document.addEventListener("keydown", onKey);
  new ResizeObserver(() => document.body.dataset.ready && choose(state.target)).observe(byId("systems"));
  listenToOverview();
}

addImages();
addFilters();
INDEX.systems.forEach(addPanel);
fillLegend();
listen();
showImage(0);
