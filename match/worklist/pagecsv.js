"use strict";
// The file of decisions: written as Decisions.WriteCSV writes it, and read as
// ReadDecisions reads it. Nothing here knows of the page.

const columns = ["application", "account", "decision", "user", "kind", "owner", "until", "by", "on", "why", "was"];

// printable shows what nobody sees, as roster.Printable does.
function printable(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => {
    const n = c.codePointAt(0),
      short = "\x07a\bb\ff\nn\rr\tt\vv".indexOf(c);
    if (short >= 0 && short % 2 === 0) return "\\" + "\x07a\bb\ff\nn\rr\tt\vv"[short + 1];
    if (n < 0x20 || n === 0x7f) return "\\x" + n.toString(16).padStart(2, "0");
    if (n > 0xffff) return "\\U" + n.toString(16).padStart(8, "0");
    return "\\u" + n.toString(16).padStart(4, "0");
  });
}

const month = "(jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*";
const changed = new RegExp(
  "^ *(0\\d[\\d.,]*|[\\d.,]{12,}|\\d[\\d.,]*e[+-]?\\d+|" +
    "\\d{1,4}[-/.:]\\d{1,4}([-/.: ]\\d{1,4})*|(\\d{1,4}[-/. ]?)?" +
    month +
    "([-/. ]?\\d{1,4})?) *$",
  "i",
);

// safe returns a value that a spreadsheet shows and neither runs nor changes: ="00417"
// and ="=1+1" are texts to Excel, and read back as 00417 and =1+1.
function safe(value) {
  const shown = printable(value);
  const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫]/u.test(value);
  if (!formula && !(/[0-9]/.test(value) && changed.test(value))) return shown;
  return shown.includes('"') ? "'" + shown : '="' + shown + '"';
}

function unwrapped(value) {
  const inner = /^="([^"]*)"$/.exec(value);
  return inner ? inner[1] : value;
}

// plain matches text that no spreadsheet changes and that shows all of its characters.
const plain = /^[\p{L}\p{N}]([\p{L}\p{N}\p{M} ._@\\/:#$&+|-]*[\p{L}\p{N}\p{M}._@\\/:#$&+|-])?$/u;

// inQuotes returns an account as it stands in a file of decisions: as it is if it is
// plain, and else in double quotes as in Go, so that it comes back exactly.
const inQuotes = (text) => (!text || plain.test(text) ? text : '"' + printable(text.replace(/[\\"]/g, "\\$&")) + '"');

const escapes = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function outOfQuotes(text) {
  if (!text.startsWith('"')) return text;
  if (!/^"([^"\\]|\\.)*"$/su.test(text))
    throw new Error("a text begins with a quotation mark and does not end in one");
  return text
    .slice(1, -1)
    .replace(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)/gsu, (_, escape) =>
      escape.length > 1 ? String.fromCodePoint(parseInt(escape.slice(1), 16)) : (escapes[escape] ?? escape),
    );
}

const field = (value) => (/^(\w([\w.@ -]*\w)?)?$/.test(value) ? value : '"' + value.replaceAll('"', '""') + '"');

function writeDecisions(application, decisions) {
  const lines = [columns.join(",")];
  for (const d of decisions) {
    const record = { ...d, application, account: inQuotes(d.account), was: inQuotes(d.was) };
    lines.push(columns.map((name) => field(safe(record[name] || ""))).join(","));
  }
  return "\ufeff" + lines.join("\r\n") + "\r\n";
}

// records divides a CSV text into records of values, each with its line.
function records(text) {
  text = text.replace(/^\ufeff+/, "");
  let comma = "",
    line = 1;
  const declared = /^"?sep=(.)"?\r?\n/i.exec(text);
  if (declared) {
    comma = declared[1];
    text = text.slice(declared[0].length);
    line = 2;
  }
  const first = text.split("\n", 1)[0];
  comma ||= [",", ";", "\t"].reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a));
  const all = [];
  for (let i = 0; i < text.length;) {
    const record = { line, values: [] };
    for (let open = true; open;) {
      let value = "";
      if (text[i] === '"') {
        for (i++; i < text.length && (text[i] !== '"' || text[i + 1] === '"'); i++) {
          if (text[i] === '"') i++;
          if (text[i] === "\n") line++;
          value += text[i];
        }
        if (i >= text.length) throw new Error(`line ${record.line}: a quote is opened and never closed`);
        i++;
      }
      while (i < text.length && text[i] !== comma && text[i] !== "\n") value += text[i++];
      record.values.push(unwrapped(value.replace(/\r$/, "")));
      open = text[i] === comma;
      i++;
    }
    line++;
    if (record.values.some((value) => value)) all.push(record);
  }
  return all;
}

const fold = (text) => text.trim().toLowerCase();

// readDecisions returns the decisions of a file, or throws an error of one line.
function readDecisions(application, text) {
  const all = records(text);
  const names = (all.shift() || { values: [] }).values.map(fold);
  for (const name of ["account", "decision"]) {
    if (!names.includes(name)) throw new Error(`it has no column “${name}”, so it is no file of decisions`);
  }
  const found = [];
  for (const { line, values } of all) {
    const record = Object.fromEntries(columns.map((name) => [name, values[names.indexOf(name)] || ""]));
    if (fold(record.application) && fold(record.application) !== fold(application)) {
      throw new Error(
        `it is of the application “${record.application}”, and this list is of ` +
          (application ? `“${application}”` : "one without a name"),
      );
    }
    record.decision = fold(record.decision);
    if (!record.decision) continue;
    try {
      found.push(checked(record));
    } catch (err) {
      throw new Error(`line ${line}: ${err.message}`);
    }
  }
  return found;
}

function checked(record) {
  if (!Object.hasOwn(acts, record.decision)) {
    throw new Error(`“${record.decision}” is none of ${Object.keys(acts).join(", ")}`);
  }
  record.account = outOfQuotes(record.account);
  record.was = outOfQuotes(record.was);
  if (!record.account) throw new Error("no account is named");
  if (acts[record.decision].includes("user") && !record.user) throw new Error("no user is named");
  return record;
}

// acts are the decisions, and what each that is made here must name.
const acts = {
  match: ["user"],
  never: ["user"],
  create: [],
  close: [],
  nobody: ["kind", "owner"],
  later: [],
};
