// SPDX-License-Identifier: MIT
// Measures of a page for tests: lines of text that lie on one another, or under the ring of what has the focus.

// Boxes of every line of text that is seen, a little within what a line takes up.
const lines = (root) => {
  const found = [], walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest('script, style, title, option') || !parent.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, top, bottom, width, height } of range.getClientRects()) {
      const inset = 0.18 * height;
      const words = node.data.trim().slice(0, 40);
      if (width >= 1) found.push({ words, left: left + 1, right: right - 1, top: top + inset, bottom: bottom - inset });
    }
  }
  return found;
};
const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const within = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;

const overlapping = (place) => {
  const found = lines(document.querySelector(place)), pairs = [];
  found.forEach((a, i) => found.slice(i + 1).forEach((b) => { if (meet(a, b)) pairs.push([a.words, b.words]); }));
  return pairs;
};

const under_rings = (place) => {
  const root = document.querySelector(place), faults = [], before = document.activeElement;
  const all = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  for (const each of root.querySelectorAll(all)) {
    if (!each.checkVisibility() || each.disabled || each.matches('[type=radio], .skip')) continue;
    each.focus({ preventScroll: true });
    const style = getComputedStyle(each), box = each.getBoundingClientRect();
    if (document.activeElement !== each || style.outlineStyle === 'none') continue;
    const wide = parseFloat(style.outlineWidth), apart = parseFloat(style.outlineOffset);
    const grown = (by) => ({ left: box.left - by, right: box.right + by, top: box.top - by, bottom: box.bottom + by });
    for (const line of lines(root))
      if (meet(line, grown(apart + wide)) && !within(line, grown(apart)))
        faults.push([each.id || each.outerHTML.slice(0, 80), line.words]);
  }
  before?.focus();
  return faults;
};
