// Choosing a target: the list, the filters and the overview.
let shown = []; // targets that the filters let through
let counts = []; // positives by system, by target

function addFilters() {
  byId("filter").add(new Option("all", "all"));
  if (INDEX.systems.length > 1) byId("filter").add(new Option("without positive: any system", "any"));
  INDEX.systems.forEach((system, i) => byId("filter").add(new Option(`without positive: ${system.name}`, String(i))));
  byId("label").add(new Option("all", "all"));
  INDEX.categories.forEach((name, i) => byId("label").add(new Option(name, String(i))));
  byId("label-control").hidden = INDEX.categories.length < 2;
  const heads = INDEX.systems.map((system, i) => {
    const head = document.createElement("span");
    head.textContent = i + 1;
    head.title = system.name;
    return head;
  });
  document.querySelector(".heads").append(...heads);
}

/** Whether a target lacks a positive under the system of the filter, or under any. */
function isLacking(i) {
  if (sample.ignore[i]) return false;
  const one = Number(state.filter);
  return Number.isNaN(one) ? counts.some((count) => !count[i]) : !counts[one][i];
}

function filterTargets() {
  counts = sample.results.map((result) => positivesOf(result, state.sampling));
  shown = sample.boxes.map((_, i) => i).filter(
    (i) => (state.label === "all" || sample.labels[i] === Number(state.label)) && (state.filter === "all" || isLacking(i)),
  );
  byId("targets").replaceChildren(...shown.map(targetItem));
  byId("summary").textContent = summaryText();
  labelThumbnails();
  choose(shown.includes(state.target) ? state.target : shown.length ? shown[0] : -1);
}

function summaryText() {
  const number = sample.boxes.length;
  const part = shown.length < number ? `${shown.length} of ` : "";
  const lacking = counts.map((count, k) => [k, count.filter((n, i) => !n && !sample.ignore[i]).length]).filter(([, n]) => n);
  const words = lacking.map(([k, n]) => `${n} under ${INDEX.systems[k].name}`).join(", ");
  return `${part}${number} ${number === 1 ? "target" : "targets"}. ${words ? `Without a positive: ${words}.` : "Every object has a positive under every system."}`;
}

function targetItem(i) {
  const item = document.createElement("li");
  item.id = `target-${i}`;
  item.setAttribute("role", "option");
  const [x1, y1, x2, y2] = sample.boxes[i];
  const cell = (text, name) => {
    const span = document.createElement("span");
    span.textContent = text;
    if (name) span.className = name;
    item.append(span);
  };
  cell(i, "number");
  cell(INDEX.categories[sample.labels[i]], "label");
  cell(`${Math.round(x2 - x1)}×${Math.round(y2 - y1)}`, "size");
  if (sample.ignore[i]) cell("ignored", "ignored");
  else counts.forEach((count) => cell(count[i], count[i] ? "count" : "count none"));
  item.setAttribute("aria-label", targetText(i));
  item.addEventListener("click", () => choose(i));
  return item;
}

function targetText(i) {
  const [x1, y1, x2, y2] = sample.boxes[i];
  const head = `${i}, ${INDEX.categories[sample.labels[i]]}, ${Math.round(x2 - x1)} × ${Math.round(y2 - y1)} pixels`;
  if (sample.ignore[i]) return `${head}, ignored region`;
  return `${head}; positives: ${counts.map((count, k) => `${INDEX.systems[k].name} ${count[i]}`).join(", ")}`;
}

function choose(target) {
  state.target = target;
  select(byId("targets"), target < 0 ? null : byId(`target-${target}`));
  showPanels(target);
  redrawOverview();
}

function step(by) {
  if (!shown.length) return;
  const at = shown.indexOf(state.target);
  choose(shown[Math.min(Math.max(at + by, 0), shown.length - 1)]);
}

/** The smallest shown target at a point of the image, or -1. */
function targetAt(x, y, slack) {
  const area = (i) => (sample.boxes[i][2] - sample.boxes[i][0]) * (sample.boxes[i][3] - sample.boxes[i][1]);
  let best = -1;
  for (const i of shown) {
    const [x1, y1, x2, y2] = sample.boxes[i];
    const hit = x >= x1 - slack && x <= x2 + slack && y >= y1 - slack && y <= y2 + slack;
    if (hit && (best < 0 || area(i) < area(best))) best = i;
  }
  return best;
}

function redrawOverview() {
  const canvas = byId("overview");
  const size = panelSize();
  const [x1, y1] = toImage(0, 0, size);
  const view = [x1, y1, size.width / viewport.zoom, size.height / viewport.zoom];
  drawOverview(canvas, sample, picture, { target: state.target, shown, lacking: new Set(shown.filter(isLacking)), view });
  canvas.setAttribute("aria-label", `${sample.name}: ${summaryText()}`);
}

function listenToOverview() {
  const canvas = byId("overview");
  const at = (event) => {
    const scale = sample.width / canvas.clientWidth;
    return targetAt(event.offsetX * scale, event.offsetY * scale, 3 * scale);
  };
  canvas.addEventListener("click", (event) => at(event) >= 0 && choose(at(event)));
  canvas.addEventListener("mousemove", (event) => {
    const target = at(event);
    if (target < 0) hideTip();
    else showTip([["", targetText(target)]], event.clientX, event.clientY);
  });
  canvas.addEventListener("mouseleave", hideTip);
}
