// The page: it shows the rows that the filters leave, and keeps what is decided until it
// is saved. All that stands in the list reaches the page as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
data.facts ||= [];
data.rows ||= [];
data.causes ||= [];
const $ = (id) => document.getElementById(id);
const count = (n) => n.toLocaleString("en");
const many = (n, one, more) => `${count(n)} ${n === 1 ? one : more}`;
const causes = new Map(data.causes.map((cause) => [cause.id, cause]));

// make returns an element: make("p.muted", {id: "x"}, child, …). Children are nodes,
// lists of nodes, or text, which is shown as it is.
function make(tag, ...parts) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const part of parts) {
    if (typeof part === "string" || part instanceof Node) node.append(part);
    else if (Array.isArray(part)) node.append(...part);
    else set(node, part || {});
  }
  return node;
}

// set sets attributes, and handlers of events such as onclick.
function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false) node.setAttribute(name, value);
  }
}

// value returns a text of the list: apart from the text around it, whatever its
// direction, and with what nobody sees made visible.
function value(text) {
  const parts = printable(String(text ?? "")).split(/(?=@)/); // an address may be broken before its @
  return make(
    "bdi",
    parts.flatMap((part, i) => (i ? [make("wbr"), part] : [part])),
  );
}

const between = (nodes, text) => nodes.flatMap((node, i) => (i ? [text, node] : [node]));
const muted = (...parts) => make("span.muted", ...parts);

// ---- What is decided ----

const decisions = new Map(); // by account, the one that is shown
const kept = new Map(); // further ones: about accounts that are not here, or about one more user
let undo = []; // decisions of the last step about many rows
const rowsOf = new Map(); // indexes by account
const saved = [];
data.rows.forEach((row, i) => {
  if (!row.account) return;
  if (rowsOf.has(row.account)) return void rowsOf.get(row.account).push(i);
  rowsOf.set(row.account, [i]);
  for (const d of [row.decision, ...(row.also || [])]) {
    if (d) saved.push({ ...d, account: row.account, until: day(d.until), on: day(d.on) });
  }
});
take(saved);

// take takes decisions that were saved before. What was decided here and not saved stays.
function take(list) {
  const settled = new Set([...decisions.values()].filter((d) => d.mine && !d.saved).map((d) => d.account));
  const never = (d) => d.decision === "never";
  for (const d of [...list].sort((a, b) => never(a) - never(b))) {
    if (!rowsOf.has(d.account) || (never(d) && settled.has(d.account)))
      kept.set(JSON.stringify([d.account, never(d) && fold(d.user)]), d);
    else if (!settled.has(d.account)) decisions.set(d.account, { ...d, saved: true });
    settled.add(d.account);
  }
}

function day(time) {
  return (time || "").slice(0, 10);
}

// missing says what a decision still lacks; "" if nothing.
function missing(d) {
  return (d.mine ? acts[d.decision] : []).filter((name) => !(d[name] || "").trim()).join(" and ");
}

const decided = (row) => row.account && decisions.has(row.account) && !missing(decisions.get(row.account));
const outdated = (row, d) => d && d.was && row.was && fold(d.was) !== fold(row.was);

// decide sets a decision made here about a row's account; null takes it back.
function decide(i, change) {
  const row = data.rows[i];
  const before = decisions.get(row.account);
  if (change) decisions.set(row.account, made(row, { ...before, ...change }));
  else decisions.delete(row.account);
  unsaved ||= !change && before !== undefined;
  for (const other of rowsOf.get(row.account)) refresh(other, other !== i);
  tell();
}

// made returns a decision made here and now. Who made it is said when it is saved.
function made(row, d) {
  const on = new Date().toISOString().slice(0, 10);
  return { ...d, account: row.account, was: row.was, by: "", on, mine: true, saved: false };
}

let unsaved = false; // whether a decision was taken back
const unfinished = () => [...decisions.values()].filter(missing).length;
const waiting = () => [...decisions.values()].filter((d) => !d.saved && !missing(d)).length;

// tell says how far the work is.
function tell() {
  const done = data.rows.filter(decided).length;
  const open = waiting();
  const lacking = unfinished();
  $("decided").textContent =
    `${count(done)} of ${many(data.rows.length, "row", "rows")} decided` +
    (open ? `, ${count(open)} not saved` : unsaved ? ", not saved" : "") +
    (lacking ? `, ${count(lacking)} unfinished` : "");
  $("saving").classList.toggle("unsaved", open + lacking > 0 || unsaved);
  $("undo").hidden = !undo.length;
}

const wordsOf = {
  match: (d) => (d.user ? [value(d.user)] : ["a user"]),
  never: (d) => ["never ", value(d.user)],
  create: () => ["create a user"],
  close: () => ["close the account"],
  nobody: (d) => (d.kind ? ["nobody’s, ", value(d.kind)] : ["nobody’s"]),
  later: () => ["later"],
};
const inWords = (d) => make("span", wordsOf[d.decision](d));

// ---- Rows ----

const things = { service: "a service account", shared: "a shared account", vendor: "a vendor’s account" };
const opened = new Set(); // rows that show their details
let openAll = false;

function title(row) {
  if (row.account) return value(row.account);
  return row.lines > 1 ? `Lines ${row.line} to ${row.line + row.lines - 1}` : `Line ${row.line}`;
}

function tags(row) {
  return [
    row.privileged && make("span.tag.urgent", "privileged"),
    row.new && make("span.tag.new", "new"),
    row.inactive && make("span.tag", "inactive"),
    row.guess && make("span.tag", "perhaps ", value(row.guess)),
  ].filter(Boolean);
}

function facts(row) {
  const texts = (row.values || []).filter(Boolean);
  return texts.flatMap((text, i) => [make("span", value(text), i < texts.length - 1 ? "," : ""), " "]);
}

const none = () => make("span.muted.none", "–");

function firstCandidate(row) {
  const [c, ...others] = row.candidates || [];
  if (!c) return none();
  const known = [
    c.strength,
    c.deleted && "deleted",
    c.disabled && "blocked",
    c.guest && "guest",
    c.line && "has a row",
  ];
  const more = others.length && `${others.length} more`;
  return [make("span.name", value(c.name || c.id)), muted([...known, more].filter(Boolean).join(", "))];
}

function decisionCell(row) {
  const d = decisions.get(row.account);
  if (!d) return make("div.decision", row.account ? none() : muted("not possible here"));
  const lacks = missing(d);
  if (lacks) return make("div.decision", make("span.lacks", inWords(d)), muted(`missing: ${lacks}`));
  const state = outdated(row, d)
    ? make("span.lacks", "the row has changed since")
    : muted(d.saved ? "saved" : "not saved");
  return make("div.decision", make("span.done", inWords(d)), state);
}

function rowNode(i) {
  const row = data.rows[i];
  const open = openAll || opened.has(i);
  const panelOf = { type: "button", "aria-expanded": String(open), "aria-controls": `panel${i}` };
  const button = make("button.toggle", panelOf, { onclick: () => toggle(i) }, title(row));
  const key = row.key && row.key !== row.account ? [value(row.key), ", "] : [];
  const line = make("span.whole", row.account ? `line ${count(row.line)}` : "");
  const cells = make(
    "div.line",
    make("div.who", make("div.tags", make("h3", button), tags(row)), make("p.muted", key, line)),
    make("div.facts.muted", facts(row)),
    make("div.why", value(causes.get(row.cause)?.text || row.cause)),
    make("div.may", firstCandidate(row)),
    decisionCell(row),
  );
  return make("li.row", { id: `row${i}` }, cells, open ? panel(i) : "");
}

function toggle(i) {
  const node = $(`row${i}`);
  const shown = $(`panel${i}`);
  if (shown) shown.remove();
  else node.append(panel(i));
  if (shown) opened.delete(i);
  else opened.add(i);
  node.querySelector(".toggle").setAttribute("aria-expanded", String(!shown));
}

// refresh shows the decision of a row that is on the page, and if need be its choices anew.
function refresh(i, anew) {
  $(`row${i}`)?.querySelector(".decision").replaceWith(decisionCell(data.rows[i]));
  if (anew) $(`panel${i}`)?.replaceWith(panel(i));
}

function panel(i) {
  const row = data.rows[i];
  const node = make("div.panel", { id: `panel${i}`, role: "group", "aria-label": "Details" });
  node.append(make("p", value(row.reason)));
  if (row.guess) {
    node.append(
      make("p", `Perhaps ${things[row.guess] || "no person"}, a guess: `, value(row.why || "by its name"), "."),
    );
  }
  if (row.others?.length) {
    const others = row.others.map((other) => value(other));
    node.append(make("p", "Perhaps the same person’s: ", between(others, ", "), ". A guess."));
  }
  if (row.repeats) node.append(make("p", `It asks the same as line ${count(row.repeats)}.`));
  const also = [...kept.values()].filter((d) => d.account === row.account).map(inWords);
  if (also.length) node.append(make("p", "Also decided: ", between(also, ", "), "."));
  if (row.unread) node.append(make("pre", value(row.unread)));
  if (row.values?.length) {
    const pair = (name, n) => make("div", make("dt", value(name)), make("dd", value(row.values[n] || "–")));
    node.append(make("dl", data.facts.map(pair)));
  }
  if (row.account) node.append(choices(i));
  else node.append(make("p.muted", "Without an account’s name nothing can be decided about it here."));
  return node;
}
