// One panel per system: the picture near the target, levels, reasons, and a table of priors.
const panels = [];
const MOST_ROWS = 250;
const COLUMNS = ["stride", "prior", "x, y", "quality", "IoU", "score"];

function addPanel(system, i) {
  const article = document.createElement("article");
  article.dataset.system = system.name;
  article.innerHTML =
    '<header><h2></h2><span class="verdict"></span></header><canvas role="img"></canvas><div class="levels" role="group"><span>stride</span></div>' +
    '<p class="reasons"></p><div class="scroll"><table><thead><tr></tr></thead><tbody></tbody></table></div>';
  const find = (selector) => article.querySelector(selector);
  find("h2").textContent = `${i + 1} ${system.name}`;
  find("table").setAttribute("aria-label", `Priors under ${system.name}`);
  find(".levels").setAttribute("aria-label", `Levels of ${system.name}`);
  for (const name of COLUMNS) {
    const head = document.createElement("th");
    head.scope = "col";
    head.textContent = name;
    find("thead tr").append(head);
  }
  const panel = {
    system, article, canvas: find("canvas"), body: find("tbody"), verdict: find(".verdict"), levels: find(".levels"),
    reasons: find(".reasons"), result: null, rows: [], listed: [], marked: null, hidden: new Set(),
  };
  const last = system.grids[system.grids.length - 1];
  panel.priors = last.start + last.height * last.width * last.sizes.length;
  system.grids.forEach((grid, level) => panel.levels.append(levelButton(panel, grid, level)));
  listenToPanel(panel);
  byId("systems").append(article);
  panels.push(panel);
}

function levelButton(panel, grid, level) {
  const button = document.createElement("button");
  button.className = "level";
  button.style.setProperty("--level", levelColour(level));
  button.setAttribute("aria-pressed", "true");
  button.addEventListener("click", () => {
    if (!panel.hidden.delete(level)) panel.hidden.add(level);
    button.setAttribute("aria-pressed", !panel.hidden.has(level));
    fillPanel(panel);
    redrawPanel(panel);
  });
  return button;
}

const panelSize = () => ({ width: panels[0].canvas.clientWidth, height: panels[0].canvas.clientHeight });

/** Shows a target in every panel; -1 shows the image alone. */
function showPanels(target) {
  hideTip();
  panels.forEach((panel, k) => {
    panel.result = sample.results[k];
    panel.rows = target < 0 ? [] : verdictsOf(panel.result, panel.system, target, state.sampling);
    panel.marked = null;
    fillPanel(panel);
  });
  if (target >= 0 && viewport.follows) showTarget(sample, target, panels.map((panel) => panel.rows), panelSize());
  else if (!viewport.follows || document.body.dataset.ready !== String(state.image)) showWhole(sample, panelSize());
  panels.forEach(redrawPanel);
}

function fillPanel(panel) {
  const positives = panel.rows.filter((row) => row.positive);
  const showsRejected = state.rejected || !positives.length; // without a positive, the question is why
  panel.listed = panel.rows.filter((row) => (row.positive || showsRejected) && !panel.hidden.has(row.prior.level));
  const lines = [];
  const totals = new Map();
  for (const row of panel.listed) totals.set(reasonText(row), (totals.get(reasonText(row)) || 0) + 1);
  let group = null;
  for (const row of panel.listed.slice(0, MOST_ROWS)) {
    if (reasonText(row) !== group) lines.push(wideRow(`${(group = reasonText(row))} (${totals.get(group)})`));
    lines.push(tableRow(panel, row));
  }
  if (panel.listed.length > MOST_ROWS) lines.push(wideRow(`… and ${panel.listed.length - MOST_ROWS} more, which the picture shows`));
  panel.body.replaceChildren(...lines);
  const first = firstRow(panel);
  if (first) first.tabIndex = 0;
  fillLevels(panel, positives);
  fillWords(panel, positives);
}

function fillLevels(panel, positives) {
  const perLevel = panel.system.grids.map((_, level) => positives.filter((row) => row.prior.level === level).length);
  panel.levels.querySelectorAll("button").forEach((button, level) => {
    const { stride } = panel.system.grids[level];
    const count = document.createElement("b");
    count.textContent = perLevel[level];
    button.replaceChildren(document.createTextNode(`${stride} `), count);
    button.classList.toggle("empty", !perLevel[level]);
    button.title = `Level ${level}, stride ${stride}: ${perLevel[level]} positives. Show or hide.`;
    button.setAttribute("aria-label", `stride ${stride}: ${perLevel[level]} positives`);
  });
}

function fillWords(panel, positives) {
  const isTarget = state.target >= 0;
  const isIgnored = isTarget && Boolean(sample.ignore[state.target]);
  const number = positives.length === 1 ? "1 positive" : `${positives.length || "no"} positive${positives.length ? "s" : ""}`;
  const assigned = panel.rows.filter((row) => row.assigned).length;
  const before = assigned === positives.length ? "" : ` (${assigned} before sampling)`;
  panel.verdict.textContent = !isTarget ? "" : isIgnored ? "ignored region" : number + before;
  panel.verdict.classList.toggle("none", isTarget && !positives.length && !isIgnored);
  const reasons = new Map();
  for (const row of panel.rows) if (!row.positive) reasons.set(row.reason, (reasons.get(row.reason) || 0) + 1);
  const words = [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, n]) => `${n} ${INDEX.reasons[reason]}`);
  panel.reasons.textContent = words.length ? `Rejected: ${words.join(" · ")}.` : isTarget ? "No other candidates." : "";
  if (state.ignored) panel.reasons.textContent += ` Ignored: ${countBits(panel.result[`ignored_${state.sampling}`])} of ${panel.priors} priors.`;
  panel.canvas.setAttribute("aria-label", `${panel.system.name}: ${panel.verdict.textContent}. ${panel.reasons.textContent}`);
}

function tableRow(panel, row) {
  const line = document.createElement("tr");
  line.tabIndex = -1;
  line.dataset.prior = row.prior.index;
  line.dataset.positive = row.positive;
  line.dataset.reason = reasonText(row);
  line.style.setProperty("--level", levelColour(row.prior.level));
  line.style.setProperty("--shade", row.positive ? 0.2 + 0.8 * shadeOf(row) : 0);
  line.setAttribute("aria-label", priorWords(row).map(([name, value]) => `${name} ${value}`).join(", "));
  const { stride, index, x, y } = row.prior;
  const texts = [stride, index, `${Math.round(x)}, ${Math.round(y)}`, digits(row.quality), digits(row.overlap), digits(row.score)];
  for (const text of texts) line.insertCell().textContent = text;
  line.addEventListener("mouseenter", () => markRow(panel, row));
  line.addEventListener("mouseleave", () => unmark(panel));
  line.addEventListener("focus", () => {
    for (const other of panel.body.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    line.tabIndex = 0;
    markRow(panel, row);
  });
  line.addEventListener("blur", () => unmark(panel));
  return line;
}

function wideRow(text) {
  const line = document.createElement("tr");
  line.className = "wide";
  const cell = line.insertCell();
  cell.colSpan = COLUMNS.length;
  cell.textContent = text;
  return line;
}

const firstRow = (panel) => panel.body.querySelector("tr[data-prior]");

/** The next or previous row of a prior, past the rows between them. */
function rowBeside(line, by) {
  let other = line;
  do other = by > 0 ? other.nextElementSibling : other.previousElementSibling;
  while (other && !other.dataset.prior);
  return other;
}

function redrawPanel(panel) {
  if (picture.complete && panel.result) drawPanel(panel, sample, picture, state);
}

function redrawAll() {
  panels.forEach(redrawPanel);
  redrawOverview();
}

/** Marks the prior of a table row in the picture, with the words beside it. */
function markRow(panel, row) {
  mark(panel, row);
  const frame = panel.canvas.getBoundingClientRect();
  const slot = slotOnPanel(row.prior, panel.result, panelSize());
  const inside = (at, low, high) => Math.min(Math.max(at, low), high);
  const x = inside(frame.left + slot.x + slot.width, frame.left, frame.right - 40);
  showTip(priorWords(row), x, inside(frame.top + slot.y, frame.top, frame.bottom));
}

function mark(panel, row) {
  panel.body.querySelector("tr.marked")?.classList.remove("marked");
  if (row) panel.body.querySelector(`tr[data-prior="${row.prior.index}"]`)?.classList.add("marked");
  if (panel.marked === row) return;
  panel.marked = row;
  redrawPanel(panel);
}

function unmark(panel) {
  mark(panel, null);
  hideTip();
}

function priorWords(row) {
  const { index, level, stride, x, y, w, h } = row.prior;
  return [
    ["prior", `${index}, level ${level}, stride ${stride}`],
    ["centre", `${short(x)}, ${short(y)} on the canvas`],
    ["size", `${short(w)} × ${short(h)}`],
    ["quality", digits(row.quality)], ["IoU", digits(row.overlap)], ["score", digits(row.score)],
    ["reason", reasonText(row)],
  ];
}

function showTip(words, x, y) {
  const tip = byId("tip");
  tip.replaceChildren(...words.flatMap(([name, value]) => {
    const [term, text] = [document.createElement("span"), document.createElement("b")];
    term.textContent = name;
    text.textContent = value;
    return name ? [term, text] : [text];
  }));
  tip.classList.toggle("plain", words.length === 1);
  tip.hidden = false;
  tip.style.left = `${Math.max(4, Math.min(x + 14, window.innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 14, window.innerHeight - tip.offsetHeight - 8))}px`;
}

function hideTip() {
  byId("tip").hidden = true;
}

/** The listed prior at a point of a panel: the smallest slot there, positives before others. */
function rowAt(panel, px, py) {
  const size = panelSize();
  let best = null;
  let least = Infinity;
  for (const row of panel.listed) {
    const { x, y, width, height } = slotOnPanel(row.prior, panel.result, size);
    if (px < x - 1 || px > x + width + 1 || py < y - 1 || py > y + height + 1) continue;
    const rank = width * height + (row.positive ? 0 : 1e9);
    if (rank < least) [best, least] = [row, rank];
  }
  return best;
}

function listenToPanel(panel) {
  const { canvas } = panel;
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    drag = { x: event.clientX, y: event.clientY, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) return pan(event);
    const row = rowAt(panel, event.offsetX, event.offsetY);
    mark(panel, row);
    if (row) showTip(priorWords(row), event.clientX, event.clientY);
    else hideTip();
  });
  const pan = (event) => {
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    drag = { x: event.clientX, y: event.clientY, moved: true };
    moveBy(-dx, -dy);
  };
  canvas.addEventListener("pointerup", (event) => {
    const isClick = drag && !drag.moved;
    drag = null;
    if (!isClick) return;
    const target = targetAt(...toImage(event.offsetX, event.offsetY, panelSize()), 2 / viewport.zoom);
    if (target >= 0 && target !== state.target) choose(target);
  });
  canvas.addEventListener("pointercancel", () => { drag = null; });
  canvas.addEventListener("pointerleave", () => unmark(panel));
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the wheel alone scrolls the page
    event.preventDefault();
    zoomAt(...toImage(event.offsetX, event.offsetY, panelSize()), Math.exp(-event.deltaY / 300), sample, panelSize());
    redrawAll();
  }, { passive: false });
}
