// What the tests of the page ask it.
const test = {
  one: (selector) => document.querySelector(selector),
  all: (selector) => [...document.querySelectorAll(selector)],
  text: (selector) => test.one(selector).textContent,
  count: (selector) => test.all(selector).length,

  // fill sets a control's value, or ticks it, as if somebody had done so.
  fill(control, value) {
    if (value === true) control.checked = true;
    else control.value = value;
    for (const event of ["input", "change"]) control.dispatchEvent(new Event(event, { bubbles: true }));
  },

  // field is a field of a row's panel by its label.
  field: (panel, label) =>
    test
      .all(`${panel} .fields label`)
      .find((l) => l.textContent.startsWith(label))
      .querySelector("input, select"),

  rows: () => test.all(".row").map((row) => Number(row.id.slice(3))),

  // opened is how many milliseconds it took until the page was loaded and painted.
  opened() {
    const paints = performance.getEntriesByType("paint").map((paint) => paint.startTime);
    return Math.max(performance.getEntriesByType("navigation")[0].loadEventEnd, ...paints);
  },

  // took is how many milliseconds something takes until the page is laid out anew.
  took(act) {
    const start = performance.now();
    act();
    document.body.getBoundingClientRect();
    return performance.now() - start;
  },

  // center brings an element into the middle of the screen, once rows that come into
  // sight have their height.
  async center(selector) {
    for (let i = 0; i < 3; i++) {
      test.one(selector).scrollIntoView({ block: "center", behavior: "instant" });
      await new Promise(requestAnimationFrame);
    }
    return true;
  },

  focus: () => document.activeElement.id || document.activeElement.value || document.activeElement.textContent,

  // hidden says why the focus can't be seen; "" if it can.
  hidden() {
    const e = document.activeElement;
    const style = getComputedStyle(e.type === "file" ? e.nextSibling : e);
    if (style.outlineStyle !== "solid" || style.outlineWidth !== "3px") return "it has no outline";
    const box = e.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (!top || !(e.contains(top) || top.contains(e))) return "something covers it";
    return top.closest(".bar") ? "the bar covers it" : "";
  },

  // unnamed is how many controls have no label, or a place of their own in the order.
  unnamed: () =>
    test.all("input, select").filter((e) => !e.labels.length && e.type !== "hidden").length +
    test.count("[tabindex]:not([tabindex='-1'])"),

  // tooWide lists what is wider than the screen and has no bar of its own to scroll.
  tooWide: () =>
    test
      .all("body *")
      .filter((e) => e.checkVisibility() && !e.closest("details table, .skip, .picture"))
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
      .map((e) => `${e.tagName}.${e.className}`)
      .slice(0, 5)
      .join(),

  // unreadable lists texts whose contrast is below WCAG AA's 4.5:1, or whose color is
  // unknown, after the number of texts that were looked at.
  unreadable() {
    const bad = new Set();
    const texts = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const e = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || /^(SCRIPT|OPTION|title|desc|NOSCRIPT)$/.test(e.tagName)) continue;
      const style = getComputedStyle(e);
      texts.push([e, walk.currentNode.data, e.tagName === "text" ? style.fill : style.color]);
    }
    for (const e of test.all("input, select")) {
      texts.push([e, "a value", getComputedStyle(e).color]);
      if (e.placeholder) texts.push([e, "a placeholder", getComputedStyle(e, "::placeholder").color]);
    }
    const visible = texts.filter(([e]) => e.checkVisibility());
    for (const [e, text, color] of visible) {
      const ratio = contrast(color, e);
      if (!(ratio >= 4.5)) bad.add(`${ratio.toFixed(2)} ${e.tagName}.${e.className}: ${text.trim().slice(0, 30)}`);
    }
    return [String(visible.length), ...bad];
  },
};

// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
function contrast(color, e) {
  const ground = behind(e);
  const [dark, light] = [luminance(over(channels(color), ground)), luminance(ground)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function channels(color) {
  const [r, g, b, alpha] = color.match(/[\d.]+/g).map(Number);
  return [r, g, b, alpha ?? 1];
}

const over = (top, below) => below.map((v, i) => top[i] * top[3] + v * (1 - top[3]));

function behind(e) {
  if (!e) return [255, 255, 255];
  const color = channels(getComputedStyle(e).backgroundColor);
  return color[3] === 1 ? color.slice(0, 3) : over(color, behind(e.parentElement));
}

function luminance(color) {
  const [r, g, b] = color.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
