// What can be chosen for a row. Nothing is chosen before somebody chooses it.

const labels = {
  match: "Another user …",
  never: "Never a certain user …",
  create: "Create a user",
  close: "Close the account",
  nobody: "Nobody’s …",
  later: "Later",
};
const kinds = { "": "choose", service: "service account", shared: "shared account", vendor: "vendor’s account" };
const grades = { same: "=", similar: "≈", different: "≠" };

function radio(name, checked, label, onchange) {
  return make("label.choice", make("input", { type: "radio", name, checked, onchange }), make("span", label));
}

function choices(i) {
  const row = data.rows[i];
  const list = row.candidates || [];
  const rows = rowsOf.get(row.account).length;
  const d = decisions.get(row.account) || {};
  const is = (c) => d.decision === "match" && !d.typed && [c.name, c.id].includes(d.user);
  const other = list.some(is) ? "" : d.decision;
  const change = (update) => decide(i, update);
  const more = make("div.fields", d.decision ? fields(acts[other] || [], d, list, change) : []);
  const choose = (act, user) => {
    change({ decision: act, user: user || "", kind: "", owner: "", typed: !user });
    more.replaceChildren(...fields(user ? [] : acts[act], decisions.get(row.account), list, change));
  };
  const choice = (checked, label, act, user) => radio(`d${i}`, checked, label, () => choose(act, user));
  const cards = list.map((c) => card(c, choice(is(c), value(c.name || c.id), "match", c.name || c.id)));
  const acting = Object.keys(labels).map((act) =>
    choice(act === other, act === "match" && !list.length ? "A user …" : labels[act], act),
  );
  const box = make(
    "fieldset",
    make("legend", "Decision about ", value(row.account), rows > 1 ? ` (${count(rows)} rows)` : ""),
  );
  const back = make("button.quiet", { type: "button", onclick: () => takeBack(i, box) }, "No decision");
  box.append(cards.length ? make("div.candidates", cards) : "", make("div.choices", acting, back), more);
  return box;
}

function takeBack(i, box) {
  if (!decisions.has(data.rows[i].account)) return;
  decide(i, null);
  const fresh = choices(i);
  box.replaceWith(fresh);
  fresh.querySelector("input").focus();
}

let lists = 0; // of suggestions

// fields returns what is to be filled in: what is asked for, and until when and why.
function fields(asked, d, candidates, change) {
  const input = (name, label, attributes) => {
    const onchange = (e) => change({ [name]: e.target.value.trim() });
    return make(
      "label",
      label + " ",
      make("input", { autocomplete: "off", value: d[name] || "", onchange }, attributes),
    );
  };
  const nodes = [];
  if (asked.includes("user")) {
    const id = `users${lists++}`;
    const users = candidates.map((c) => make("option", { value: c.name || c.id }));
    const hint = { list: id, spellcheck: "false", placeholder: "user principal name or object id" };
    nodes.push(input("user", "User", hint), make("datalist", { id }, users));
  }
  if (asked.includes("kind")) {
    const options = Object.entries(kinds).map(([kind, label]) =>
      make("option", { value: kind, selected: (d.kind || "") === kind }, label),
    );
    const select = make("select", { onchange: (e) => change({ kind: e.target.value }) }, options);
    nodes.push(make("label", "Kind ", select), input("owner", "Owner"));
  }
  return [...nodes, input("until", "Until", { type: "date" }), input("why", "Why")];
}

// card shows a candidate: who it is, what is to be known of the user, and the evidence.
function card(c, choice) {
  const standing = [
    c.deleted && "in the recycle bin",
    c.disabled && "blocked from sign-in",
    c.guest && "a guest",
    c.line && `has line ${count(c.line)} already`,
  ].filter(Boolean);
  const rivals = c.rivals ? many(c.rivals, "rival", "rivals") : "no rival";
  const guess = muted(c.strength ? `a guess: ${c.strength}, ${rivals}` : "a guess");
  const node = make("div.candidate", choice, make("p", value(c.display), " ", guess));
  if (standing.length)
    node.append(
      make(
        "p.tags",
        standing.map((text) => make("span.tag.urgent", text)),
      ),
    );
  if (c.fields?.length) node.append(make("table", make("tbody", c.fields.map(evidence))));
  else if (c.why) node.append(make("p", value(c.why)));
  return node;
}

function evidence(f) {
  const sign = make("span", { "aria-hidden": "true" }, (grades[f.grade] || "") + " ");
  const grade = make("td.grade", sign, value(f.grade));
  return make(
    "tr",
    { class: f.grade },
    make("th", { scope: "row" }, value(f.field)),
    grade,
    make("td", value(f.text)),
  );
}
