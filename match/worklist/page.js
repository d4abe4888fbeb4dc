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
const pageSize = 100, mostPrinted = 1000;

// make returns an element. Children are nodes or text; text is shown as it is.
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== "" && child !== undefined));
  return node;
}

// value returns a text of the list: apart from the text around it, whatever its
// direction, and with what nobody sees made visible.
function value(text, attributes) {
  const parts = printable(String(text ?? "")).split(/(?=@)/); // an address may be broken before its @
  return make("bdi", attributes, ...parts.flatMap((part, i) => (i ? [make("wbr"), part] : [part])));
}

// ---- What is decided ----

const decisions = new Map(); // by account, the one that is shown
const kept = new Map(); // further ones: about accounts that are not here, or about one more user
let undo = null; // decisions before the last step about many rows
const rowsOf = new Map(); // indexes by account
const before = [];
data.rows.forEach((row, i) => {
  if (!row.account) return;
  if (rowsOf.has(row.account)) return void rowsOf.get(row.account).push(i);
  rowsOf.set(row.account, [i]);
  for (const d of [row.decision, ...(row.also || [])]) {
    if (d) before.push({ ...d, account: row.account, until: day(d.until), on: day(d.on) });
  }
});
take(before);

// take takes decisions that were saved before. What was decided here and not saved stays.
function take(list) {
  const settled = new Set([...decisions.values()].filter((d) => d.mine && !d.saved).map((d) => d.account));
  const never = (d) => d.decision === "never";
  for (const d of [...list].sort((a, b) => never(a) - never(b))) {
    if (!rowsOf.has(d.account) || (never(d) && settled.has(d.account))) kept.set(JSON.stringify([d.account, never(d) && fold(d.user)]), d);
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
  const row = data.rows[i], before = decisions.get(row.account);
  if (!change) decisions.delete(row.account);
  else {
    decisions.set(row.account, {
      ...before, ...change, account: row.account, was: row.was, on: new Date().toISOString().slice(0, 10), mine: true, saved: false,
    });
  }
  unsaved ||= !change && before !== undefined;
  for (const other of rowsOf.get(row.account)) refresh(other);
  tell();
}

let unsaved = false; // whether a decision was taken back
const unfinished = () => [...decisions.values()].filter(missing).length;
const waiting = () => [...decisions.values()].filter((d) => !d.saved && !missing(d)).length;

// tell says how far the work is.
function tell() {
  const done = data.rows.filter(decided).length, open = waiting(), lacking = unfinished();
  $("decided").textContent = `${count(done)} of ${many(data.rows.length, "row", "rows")} decided` +
    (open ? `, ${count(open)} not saved` : unsaved ? ", not saved" : "") +
    (lacking ? `, ${count(lacking)} unfinished` : "");
  $("saving").classList.toggle("unsaved", open + lacking > 0 || unsaved);
  $("undo").hidden = !undo;
}

function inWords(d) {
  switch (d.decision) {
    case "match": return d.user ? [value(d.user)] : ["a user"];
    case "never": return ["never ", value(d.user)];
    case "create": return ["create a user"];
    case "close": return ["close the account"];
    case "nobody": return d.kind ? ["nobody’s, ", value(d.kind)] : ["nobody’s"];
    default: return ["later"];
  }
}

// ---- Rows ----

const grades = { same: "=", similar: "≈", different: "≠" };
const things = { service: "a service account", shared: "a shared account", vendor: "a vendor’s account" };
const opened = new Set(); // rows that show their details
let openAll = false;

function title(row) {
  if (row.account) return value(row.account);
  return row.lines > 1 ? `Lines ${row.line} to ${row.line + row.lines - 1}` : `Line ${row.line}`;
}

function tags(row) {
  const tag = (text, kind = "") => make("span", { class: "tag " + kind }, text);
  return [
    row.privileged ? tag("privileged", "urgent") : "", row.new ? tag("new", "new") : "",
    row.inactive ? tag("inactive") : "", row.guess ? tag("perhaps " + printable(row.guess)) : "",
  ];
}

function facts(row) {
  const texts = (row.values || []).filter(Boolean);
  return texts.flatMap((text, i) => [make("span", {}, value(text), i < texts.length - 1 ? "," : ""), " "]);
}

const none = () => make("span", { class: "muted none" }, "–");

function firstCandidate(row) {
  const list = row.candidates || [];
  if (!list.length) return [none()];
  const more = list.length > 1 ? `, ${list.length - 1} more` : "";
  const words = [list[0].strength, list[0].deleted && "deleted", list[0].disabled && "blocked", list[0].guest && "guest",
    list[0].line && "has a row"].filter(Boolean).join(", ");
  return [value(list[0].name || list[0].id, { class: "name" }), make("span", { class: "muted" }, words + more)];
}

function decisionCell(row) {
  const cell = make("div", { class: "decision" }), d = decisions.get(row.account);
  if (!d) cell.append(row.account ? none() : make("span", { class: "muted" }, "not possible here"));
  else {
    const lacks = missing(d);
    cell.append(make("span", { class: lacks ? "lacks" : "done" }, ...inWords(d)));
    if (lacks) cell.append(make("span", { class: "muted" }, `missing: ${lacks}`));
    else if (outdated(row, d)) cell.append(make("span", { class: "lacks" }, "the row has changed since"));
    else cell.append(make("span", { class: "muted" }, d.saved ? "saved" : "not saved"));
  }
  return cell;
}

function rowNode(i) {
  const row = data.rows[i], open = openAll || opened.has(i);
  const button = make("button", {
    type: "button", class: "toggle", "aria-expanded": String(open), "aria-controls": `panel${i}`, onclick: () => toggle(i),
  }, title(row));
  const key = row.key && row.key !== row.account ? [value(row.key), ", "] : [];
  const node = make("li", { class: "row", id: `row${i}` },
    make("div", { class: "line" },
      make("div", { class: "who" }, make("div", { class: "tags" }, make("h3", {}, button), ...tags(row)),
        make("p", { class: "muted" }, ...key, make("span", { class: "whole" }, row.account ? `line ${count(row.line)}` : ""))),
      make("div", { class: "facts muted" }, ...facts(row)),
      make("div", { class: "why" }, value(causes.get(row.cause)?.text || row.cause)),
      make("div", { class: "may" }, ...firstCandidate(row)),
      decisionCell(row)));
  if (open) node.append(panel(i));
  return node;
}

const between = (nodes, text) => nodes.flatMap((node, i) => (i ? [text, node] : [node]));

function toggle(i) {
  const node = $(`row${i}`), shown = $(`panel${i}`);
  if (shown) shown.remove();
  else node.append(panel(i));
  if (shown) opened.delete(i);
  else opened.add(i);
  node.querySelector(".toggle").setAttribute("aria-expanded", String(!shown));
}

// refresh shows the decision of a row that is on the page.
function refresh(i) {
  const node = $(`row${i}`);
  if (node) node.querySelector(".decision").replaceWith(decisionCell(data.rows[i]));
}

function panel(i) {
  const row = data.rows[i];
  const node = make("div", { class: "panel", id: `panel${i}`, role: "group", "aria-label": "Details" });
  node.append(make("p", {}, value(row.reason)));
  if (row.guess) {
    node.append(make("p", {}, `Perhaps ${things[row.guess] || "no person"}, a guess: `, value(row.why || "by its name"), "."));
  }
  if (row.others?.length) {
    node.append(make("p", {}, "Perhaps the same person’s: ", ...between(row.others.map((other) => value(other)), ", "), ". A guess."));
  }
  if (row.repeats) node.append(make("p", {}, `It asks the same as line ${count(row.repeats)}.`));
  const also = [...kept.values()].filter((d) => d.account === row.account);
  if (also.length) node.append(make("p", {}, "Also decided: ", ...between(also.map((d) => make("span", {}, ...inWords(d))), ", "), "."));
  if (row.unread) node.append(make("pre", {}, value(row.unread)));
  if (data.facts.length && row.values?.length) {
    node.append(make("dl", {}, ...data.facts.map((name, n) => make("div", {}, make("dt", {}, value(name)), make("dd", {}, value(row.values[n] || "–"))))));
  }
  if (row.account) node.append(choices(i));
  else node.append(make("p", { class: "muted" }, "Without an account’s name nothing can be decided about it here."));
  return node;
}

// ---- Choosing ----

// radio returns a choice of a row. Nothing is chosen before somebody chooses it.
function radio(name, checked, label, onchange) {
  return make("label", { class: "choice" }, make("input", { type: "radio", name, checked, onchange }), make("span", {}, ...label));
}

function choices(i) {
  const row = data.rows[i], name = `d${i}`, d = decisions.get(row.account) || {};
  const list = row.candidates || [], rows = rowsOf.get(row.account).length;
  const of = (c) => d.decision === "match" && !d.typed && [c.name, c.id].includes(d.user);
  const change = (update) => decide(i, update);
  const more = make("div", { class: "fields" });
  const choose = (act, user) => {
    change({ decision: act, user: user || "", kind: "", owner: "", typed: !user });
    more.replaceChildren(...fields(user ? [] : acts[act], decisions.get(row.account), list, change));
  };
  const box = make("fieldset", {}, make("legend", {}, "Decision about ", value(row.account), rows > 1 ? ` (${count(rows)} rows)` : ""));
  if (list.length) {
    box.append(make("div", { class: "candidates" }, ...list.map((c) =>
      candidate(c, radio(name, of(c), [value(c.name || c.id)], () => choose("match", c.name || c.id))))));
  }
  box.append(make("div", { class: "choices" },
    ...["match", "never", "create", "close", "nobody", "later"].map((act) => radio(name, d.decision === act && !list.some(of),
      [act === "match" && !list.length ? "A user …" : labels[act]], () => choose(act))),
    make("button", { type: "button", class: "quiet", onclick: () => takeBack(i, box) }, "No decision")), more);
  if (d.decision) more.append(...fields(list.some(of) ? [] : acts[d.decision], d, list, change));
  return box;
}

const labels = {
  match: "Another user …", never: "Never a certain user …", create: "Create a user",
  close: "Close the account", nobody: "Nobody’s …", later: "Later",
};

function takeBack(i, box) {
  if (!decisions.has(data.rows[i].account)) return;
  decide(i, null);
  const fresh = choices(i);
  box.replaceWith(fresh);
  fresh.querySelector("input").focus();
}

const kinds = [["", "choose"], ["service", "service account"], ["shared", "shared account"], ["vendor", "vendor’s account"]];
let lists = 0; // of suggestions

// fields returns what is to be filled in: what is asked for, and until when and why.
function fields(asked, d, candidates, change) {
  const input = (name, label, attributes = {}) => make("label", {}, label + " ", make("input", {
    autocomplete: "off", ...attributes, value: d[name] || "", onchange: (e) => change({ [name]: e.target.value.trim() }),
  }));
  const nodes = [];
  if (asked.includes("user")) {
    const id = `users${lists++}`;
    nodes.push(input("user", "User", { list: id, spellcheck: "false", placeholder: "user principal name or object id" }),
      make("datalist", { id }, ...candidates.map((c) => make("option", { value: c.name || c.id }))));
  }
  if (asked.includes("kind")) {
    nodes.push(make("label", {}, "Kind ", make("select", { onchange: (e) => change({ kind: e.target.value }) },
      ...kinds.map(([kind, label]) => make("option", { value: kind, selected: (d.kind || "") === kind }, label)))),
    input("owner", "Owner"));
  }
  return [...nodes, input("until", "Until", { type: "date" }), input("why", "Why")];
}

function candidate(c, choice) {
  const standing = [c.deleted ? "in the recycle bin" : "", c.disabled ? "blocked from sign-in" : "", c.guest ? "a guest" : "",
    c.line ? `has line ${count(c.line)} already` : ""].filter(Boolean);
  const rivals = c.rivals ? many(c.rivals, "rival", "rivals") : "no rival";
  const node = make("div", { class: "candidate" }, choice,
    make("p", {}, value(c.display || ""), " ", make("span", { class: "muted" }, c.strength ? `a guess: ${c.strength}, ${rivals}` : "a guess")));
  if (standing.length) node.append(make("p", { class: "tags" }, ...standing.map((text) => make("span", { class: "tag urgent" }, text))));
  if (c.fields?.length) {
    node.append(make("table", {}, make("tbody", {}, ...c.fields.map((f) => make("tr", { class: f.grade },
      make("th", { scope: "row" }, value(f.field)),
      make("td", { class: "grade" }, make("span", { "aria-hidden": "true" }, (grades[f.grade] || "") + " "), value(f.grade)),
      make("td", {}, value(f.text)))))));
  } else if (c.why) node.append(make("p", {}, value(c.why)));
  return node;
}

// ---- Search and filters ----

const hay = []; // what is searched in, by row, made when it is first needed
const plainText = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function hayOf(i) {
  const row = data.rows[i];
  return hay[i] ??= plainText([row.account, row.key, ...(row.values || []),
    ...(row.candidates || []).flatMap((c) => [c.name, c.display, c.id])].join("\n"));
}

const urgencyOf = (row) => (row.privileged ? "privileged" : row.inactive ? "inactive" : "active");
const may = {
  strong: (row) => row.candidates?.some((c) => c.strength === "strong"), some: (row) => row.candidates?.length,
  none: (row) => !row.candidates?.length, thing: (row) => row.guess,
};

let found = []; // indexes of the rows that the filters leave
let shown = 0; // how many of them are on the page

function filter() {
  const cause = $("cause").value, group = $("group").value, urgency = $("urgency").value, who = $("who").value;
  const words = plainText($("q").value).split(/\s+/).filter(Boolean);
  found = [];
  data.rows.forEach((row, i) => {
    if (cause && row.cause !== cause || group && causes.get(row.cause)?.group !== group) return;
    if (urgency && urgencyOf(row) !== urgency || who && !may[who](row)) return;
    if ($("fresh").checked && !row.new || $("undecided").checked && decided(row)) return;
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
  $("count").textContent = found.length === data.rows.length ? many(found.length, "row", "rows")
    : `${count(found.length)} of ${many(data.rows.length, "row", "rows")}`;
  if (shown < found.length) $("count").textContent += `, the first ${count(shown)} shown`;
  $("bulk").disabled = !found.length;
  return next[0];
}

let typing;
function soon() {
  clearTimeout(typing);
  typing = setTimeout(filter, 150);
}

function startFilters() {
  $("facts").textContent = data.facts.map(printable).join(", ");
  for (const cause of data.causes) {
    $("cause").append(make("option", { value: cause.id }, `${printable(cause.text)} (${count(cause.count)})`));
  }
  for (const item of document.querySelectorAll(".causes > li")) {
    const cause = data.causes[item.dataset.cause], heading = item.querySelector("h3");
    heading.replaceChildren(make("button", {
      type: "button", class: "cause", value: cause.id, "aria-pressed": "false", onclick: () => {
        $("cause").value = $("cause").value === cause.id ? "" : cause.id;
        filter();
        $("rows").scrollIntoView();
      },
    }, ...heading.childNodes));
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
    $("printed").textContent = `${many(shown, "row", "rows")} of ${count(found.length)}` +
      (shown < found.length ? ": choose a filter to print the others." : ".");
  });
  addEventListener("afterprint", () => {
    while ($("list").children.length > before) $("list").lastChild.remove();
    shown = before;
  });
}

// ---- One decision about many rows ----

function startMany() {
  let draft, accounts;
  const tellMany = () => {
    const lacks = draft.decision ? missing({ ...draft, mine: true }) : "decision";
    $("many-do").disabled = lacks !== "" || !accounts.length;
    $("many-do").textContent = lacks ? `Missing: ${lacks}` : `Decide about ${many(accounts.length, "account", "accounts")}`;
  };
  $("bulk").addEventListener("click", () => {
    draft = {};
    const named = new Map(found.filter((i) => data.rows[i].account).map((i) => [data.rows[i].account, i]));
    accounts = [...named].filter(([account]) => !decisions.has(account)).map(([, i]) => i);
    $("many-title").textContent = `One decision about ${many(accounts.length, "account", "accounts")}`;
    const had = named.size - accounts.length;
    $("many-text").textContent = `The filters leave ${many(found.length, "row", "rows")} of ${many(named.size, "account", "accounts")}. ` +
      (had ? `${count(had)} of them have a decision and keep it; each of the others` : "Each of them") + " gets the one chosen here.";
    const more = make("div", { class: "fields" });
    const choose = (act) => {
      draft = { decision: act };
      more.replaceChildren(...fields(acts[act], draft, [], (update) => { Object.assign(draft, update); tellMany(); }));
      tellMany();
    };
    $("many-choices").replaceChildren(make("fieldset", {}, make("legend", {}, "Decision"), make("div", { class: "choices" },
      ...["create", "close", "nobody", "later"].map((act) => radio("many", false, [labels[act]], () => choose(act)))), more));
    tellMany();
    $("many").showModal();
  });
  $("many-do").addEventListener("click", () => {
    undo = new Map(decisions);
    const on = new Date().toISOString().slice(0, 10);
    for (const i of accounts) {
      const row = data.rows[i];
      decisions.set(row.account, { ...draft, account: row.account, was: row.was, on, mine: true });
    }
    $("many").close();
    filter();
    tell();
    say(`Decided about ${many(accounts.length, "account", "accounts")}.`);
  });
  $("undo").addEventListener("click", () => {
    decisions.clear();
    for (const [account, d] of undo) decisions.set(account, d);
    undo = null;
    filter();
    tell();
    say("Undone.");
  });
}

// ---- The file ----

function say(text) {
  $("said").textContent = text;
}

function save() {
  const by = $("by").value.trim(), ready = [...decisions.values()].filter((d) => !missing(d));
  if (!by && ready.some((d) => d.mine && !d.by)) {
    say("Say who decided: fill in your name.");
    return $("by").focus();
  }
  for (const d of ready) {
    if (d.mine && !d.saved) d.by = by || d.by;
  }
  const is = (d, k) => d?.decision === "match" && fold(d.user) === fold(k.user); // a match takes the contrary back
  const all = [...ready, ...[...kept.values()].filter((k) => k.decision !== "never" || !is(decisions.get(k.account), k))];
  const link = make("a", {
    href: URL.createObjectURL(new Blob([writeDecisions(data.application || "", all)], { type: "text/csv" })),
    download: `decisions ${data.application || ""}`.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/-$/, "") + ".csv",
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  for (const d of ready) d.saved = true;
  unsaved = false;
  undo = null;
  data.rows.forEach((row, i) => refresh(i));
  tell();
  say(`Saved ${many(all.length, "decision", "decisions")}.`);
}

async function open(file) {
  let list;
  try {
    list = readDecisions(data.application || "", new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()));
  } catch (err) {
    const why = err instanceof TypeError ? "it is not UTF-8: save it as “CSV UTF-8”" : err.message;
    return say(printable(`${file.name} was not opened: ${why}.`));
  }
  take(list);
  filter();
  tell();
  const away = list.filter((d) => !rowsOf.has(d.account)).length;
  say(`Opened ${many(list.length, "decision", "decisions")}` + (away ? `; ${count(away)} about accounts that are not here are kept.` : "."));
}

function start() {
  document.documentElement.classList.add("scripted");
  startFilters();
  startPrinting();
  startMany();
  $("save").addEventListener("click", save);
  $("file").addEventListener("change", async (e) => {
    if (e.target.files[0]) await open(e.target.files[0]);
    e.target.value = "";
  });
  addEventListener("beforeunload", (e) => {
    if (waiting() || unfinished() || unsaved) e.preventDefault();
  });
  filter();
  tell();
}

start();
