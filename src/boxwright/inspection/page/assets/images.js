// Choosing an image: thumbnails, select, previous and next.
let picture = new Image();

function addImages() {
  INDEX.images.forEach((entry, i) => byId("image").add(new Option(`${i + 1}/${INDEX.images.length} ${entry.name}`, i)));
  byId("image-controls").hidden = INDEX.images.length < 2;
  byId("thumbnails").hidden = INDEX.images.length < 2;
  if (INDEX.images.length < 2) return;
  byId("thumbnails").append(...INDEX.images.map(thumbnail));
}

function thumbnail(entry, i) {
  const item = document.createElement("li");
  item.id = `thumbnail-${i}`;
  item.setAttribute("role", "option");
  item.title = `${i + 1} ${entry.name}`;
  const image = new Image();
  image.loading = "lazy";
  image.alt = "";
  image.src = entry.thumbnail;
  const count = document.createElement("span");
  item.append(image, count);
  item.addEventListener("click", () => showImage(i));
  return item;
}

/** Writes on every thumbnail how many targets it has, or how many lack a positive under the filter. */
function labelThumbnails() {
  const { filter } = state;
  INDEX.images.forEach((entry, i) => {
    const item = byId(`thumbnail-${i}`);
    if (!item) return;
    const lacking = filter === "all" ? 0 : filter === "any" ? Math.max(...entry.lacking) : entry.lacking[Number(filter)];
    item.lastChild.textContent = filter === "all" ? entry.targets : `${lacking}/${entry.targets}`;
    item.classList.toggle("none", lacking > 0);
    item.setAttribute("aria-label", `${i + 1}, ${entry.name}, ${entry.targets} targets${filter === "all" ? "" : `, at least ${lacking} without a positive`}`);
  });
}

function showImage(number) {
  state.image = (number + INDEX.images.length) % INDEX.images.length;
  state.target = -1;
  sample = readImage(state.image);
  byId("image").value = state.image;
  const list = byId("thumbnails");
  select(list, byId(`thumbnail-${state.image}`));
  const loading = new Image();
  picture = loading;
  loading.onload = () => {
    if (picture !== loading) return; // another image was asked for meanwhile
    byId("overview").style.aspectRatio = `${sample.width} / ${sample.height}`;
    filterTargets();
    if (!document.body.dataset.ready) performance.mark("drawn");
    document.body.dataset.ready = state.image;
  };
  loading.src = sample.picture;
}

/** Marks one entry of a list as chosen, and no other. */
function select(list, item) {
  for (const other of list.querySelectorAll('[aria-selected="true"]')) other.setAttribute("aria-selected", "false");
  if (!item) {
    list.removeAttribute("aria-activedescendant");
    return;
  }
  item.setAttribute("aria-selected", "true");
  list.setAttribute("aria-activedescendant", item.id);
  reveal(item);
}

/** Scrolls the lists around an entry until it is seen; after `scrollIntoView`, Tab would go on from there in some browsers. */
function reveal(item) {
  const entry = item.getBoundingClientRect();
  for (let list = item.parentElement; list !== document.body; list = list.parentElement) {
    const seen = list.getBoundingClientRect();
    list.scrollTop += Math.min(0, entry.top - seen.top) || Math.max(0, entry.bottom - seen.bottom);
    list.scrollLeft += Math.min(0, entry.left - seen.left) || Math.max(0, entry.right - seen.right);
  }
}
