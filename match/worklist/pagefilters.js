// Search, filters, and which rows are on the page.

const pageSize = 100;
const mostPrinted = 1000;

const hay = []; // what is searched in, by row, made when it is first needed
const plainText = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function hayOf(i) {
  const row = data.rows[i];
  const users = (row.candidates || []).flatMap((c) => [c.name, c.display, c.id]);
  return (hay[i] ??= plainText([row.account, row.key, ...(row.values || []), ...users].join("\n")));
}

const urgencyOf = (row) => (row.privileged ? "privileged" : row.inactive ? "inactive" : "active");
const may = {
  strong: (row) => row.candidates?.some((c) => c.strength === "strong"),
  some: (row) => row.candidates?.length,
  none: (row) => !row.candidates?.length,
  thing: (row) => row.guess,
};

let found = []; // indexes of the rows that the filters leave
let shown = 0; // how many of them are on the page

function filter() {
  const [cause, group, urgency, who] = ["cause", "group", "urgency", "who"].map((id) => $(id).value);
  const words = plainText($("q").value).split(/\s+/).filter(Boolean);
  found = [];
  data.rows.forEach((row, i) => {
    if ((cause && row.cause !== cause) || (group && causes.get(row.cause)?.group !== group)) return;
    if ((urgency && urgencyOf(row) !== urgency) || (who && !may[who](row))) return;
    if (($("fresh").checked && !row.new) || ($("undecided").checked && decided(row))) return;
    if (words.length && !words.every((word) => hayOf(i).includes(word))) return;
    found.push(i);
  });
  for (const button of document.querySelectorAll("button.cause")) {
    button.setAttribute("aria-pressed", String(cause !== "" && button.value === cause));
  }
  shown = 0;
  $("list").replaceChildren();
  showMore();
}

// showMore puts the next rows on the page, and returns the first of them.
function showMore() {
  const next = found.slice(shown, shown + pageSize).map(rowNode);
  $("list").append(...next);
  shown += next.length;
  $("more").hidden = shown === found.length;
  $("more").textContent = `Show ${count(Math.min(pageSize, found.length - shown))} more`;
  $("count").textContent =
    (found.length < data.rows.length ? `${count(found.length)} of ` : "") +
    many(data.rows.length, "row", "rows") +
    (shown < found.length ? `, the first ${count(shown)} shown` : "");
  $("bulk").disabled = !found.length;
  return next[0];
}

let typing;
function soon() {
  clearTimeout(typing);
  typing = setTimeout(filter, 150);
}

// chooseCause shows the rows of a cause, or again all.
function chooseCause(id) {
  $("cause").value = $("cause").value === id ? "" : id;
  filter();
  $("rows").scrollIntoView();
}

function startFilters() {
  $("facts").textContent = data.facts.map(printable).join(", ");
  for (const cause of data.causes) {
    $("cause").append(make("option", { value: cause.id }, `${printable(cause.text)} (${count(cause.count)})`));
  }
  for (const item of document.querySelectorAll(".causes > li")) {
    const cause = data.causes[item.dataset.cause];
    const heading = item.querySelector("h3");
    const attributes = {
      type: "button",
      value: cause.id,
      "aria-pressed": "false",
      onclick: () => chooseCause(cause.id),
    };
    heading.replaceChildren(make("button.cause", attributes, [...heading.childNodes]));
  }
  $("filters").addEventListener("submit", (e) => e.preventDefault());
  $("filters").addEventListener("input", (e) => (e.target === $("q") ? soon() : filter()));
  $("filters").addEventListener("reset", () => setTimeout(filter));
  $("more").addEventListener("click", () => showMore()?.querySelector(".toggle").focus());
  $("openall").addEventListener("click", () => {
    openAll = !openAll;
    opened.clear();
    $("openall").setAttribute("aria-pressed", String(openAll));
    filter();
  });
}

// On paper are the rows that the filters leave.
function startPrinting() {
  let before;
  addEventListener("beforeprint", () => {
    before = shown;
    const rows = found.slice(shown, mostPrinted).map(rowNode);
    $("list").append(...rows);
    shown += rows.length;
    $("printed").textContent =
      `${many(shown, "row", "rows")} of ${count(found.length)}` +
      (shown < found.length ? ": choose a filter to print the others." : ".");
  });
  addEventListener("afterprint", () => {
    while ($("list").children.length > before) $("list").lastChild.remove();
    shown = before;
  });
}
