// One decision about many rows, and the file that is saved and opened.

let draft = {}; // of the one decision
let concerned = []; // the rows that it is about, one for each account

function tellMany() {
  const lacks = draft.decision ? missing({ ...draft, mine: true }) : "decision";
  $("many-do").disabled = lacks !== "" || !concerned.length;
  $("many-do").textContent = lacks
    ? `Missing: ${lacks}`
    : `Decide about ${many(concerned.length, "account", "accounts")}`;
}

// askMany asks for one decision about the rows that the filters leave, and says how many.
function askMany() {
  const named = new Map(found.filter((i) => data.rows[i].account).map((i) => [data.rows[i].account, i]));
  concerned = [...named.values()].filter((i) => !decisions.has(data.rows[i].account));
  draft = {};
  const had = named.size - concerned.length;
  $("many-title").textContent = `One decision about ${many(concerned.length, "account", "accounts")}`;
  $("many-text").textContent =
    `The filters leave ${many(found.length, "row", "rows")} of ${many(named.size, "account", "accounts")}. ` +
    (had ? `${count(had)} of them have a decision and keep it; each of the others` : "Each of them") +
    " gets the one chosen here.";
  const more = make("div.fields");
  const change = (update) => {
    Object.assign(draft, update);
    tellMany();
  };
  const choose = (act) => {
    draft = { decision: act };
    more.replaceChildren(...fields(acts[act], draft, [], change));
    tellMany();
  };
  const acting = ["create", "close", "nobody", "later"].map((act) =>
    radio("many", false, labels[act], () => choose(act)),
  );
  $("many-choices").replaceChildren(make("fieldset", make("legend", "Decision"), make("div.choices", acting), more));
  tellMany();
  $("many").showModal();
}

function decideMany() {
  undo = concerned.map((i) => made(data.rows[i], draft));
  for (const d of undo) decisions.set(d.account, d);
  filter();
  tell();
  say(`Decided about ${many(undo.length, "account", "accounts")}.`);
}

// undoMany takes the last decision about many rows back, where nothing was changed since.
function undoMany() {
  for (const d of undo) {
    if (decisions.get(d.account) === d) decisions.delete(d.account);
  }
  undo = [];
  filter();
  tell();
  say("Undone.");
}

// ---- The file ----

function say(text) {
  $("said").textContent = text;
}

function save() {
  const by = $("by").value.trim();
  const ready = [...decisions.values()].filter((d) => !missing(d));
  if (!by && ready.some((d) => d.mine && !d.by)) {
    say("Say who decided: fill in your name.");
    return $("by").focus();
  }
  for (const d of ready) {
    if (d.mine && !d.by) d.by = by;
  }
  // A match takes back that the account is never that user's.
  const contrary = (d, k) => k.decision === "never" && d?.decision === "match" && fold(d.user) === fold(k.user);
  const further = [...kept.values()].filter((k) => !contrary(decisions.get(k.account), k));
  const all = [...ready, ...further];
  const text = writeDecisions(data.application || "", all);
  const name = `decisions ${data.application || ""}`.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/-$/, "");
  const link = make("a", {
    href: URL.createObjectURL(new Blob([text], { type: "text/csv" })),
    download: `${name}.csv`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  for (const d of ready) d.saved = true;
  unsaved = false;
  undo = [];
  data.rows.forEach((row, i) => refresh(i));
  tell();
  say(`Saved ${many(all.length, "decision", "decisions")}.`);
}

async function open(file) {
  let list;
  try {
    list = readDecisions(data.application || "", textOf(await file.arrayBuffer()));
  } catch (err) {
    return say(printable(`${file.name} was not opened: ${err.message}.`));
  }
  take(list);
  filter();
  tell();
  const away = list.filter((d) => !rowsOf.has(d.account)).length;
  const also = away ? `; ${count(away)} about accounts that are not here are kept.` : ".";
  say(`Opened ${many(list.length, "decision", "decisions")}${also}`);
}

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8: save it as “CSV UTF-8”");
  }
}

function start() {
  document.documentElement.classList.add("scripted");
  startFilters();
  startPrinting();
  $("bulk").addEventListener("click", askMany);
  $("many-cancel").addEventListener("click", () => $("many").close());
  $("many-form").addEventListener("submit", decideMany);
  $("undo").addEventListener("click", undoMany);
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
