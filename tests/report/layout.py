# SPDX-License-Identifier: MIT
"""What is wrong with how a report is laid out, measured: letters too small, cut, over each other, beyond the page."""

from __future__ import annotations

from typing import Any

#: Least size of letters, px.
LEAST = 11

_FAULTS = """
(least) => {
  const faults = [];
  const shown = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
  const words = (e) => e.textContent.replace(/\\s+/g, ' ').trim();
  const where = (e) => (e.closest('figure') || {}).id || (e.closest('section, [id]') || {}).id || 'page';
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide + 1)
    faults.push(`page: ${document.documentElement.scrollWidth} px of ${wide}`);
  const scrolls = (e) => {
    for (let p = e.parentElement; p; p = p.parentElement)
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return true;
    return false;
  };
  for (const e of document.body.querySelectorAll('*')) {
    if (!shown(e) || e.closest('svg') && e.tagName !== 'svg' || getComputedStyle(e).clipPath !== 'none') continue;
    const box = e.getBoundingClientRect();
    if (box.right > wide + 1 && !scrolls(e)) faults.push(`${where(e)}: ${e.tagName} ends at ${box.right} of ${wide}`);
  }
  for (const e of document.querySelectorAll('.table, .canvas'))
    if (shown(e) && e.scrollWidth > e.clientWidth + 1)
      faults.push(`${where(e)}: ${e.scrollWidth} px cut to ${e.clientWidth}: ${words(e).slice(0, 40)}`);
  for (const e of document.querySelectorAll('td, th, dd, dt, p, li, code, h1, h2, h3, caption, summary, figcaption')) {
    if (!shown(e) || !words(e) || getComputedStyle(e).clipPath !== 'none') continue;
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (size < least) faults.push(`${where(e)}: letters of ${size} px: ${words(e).slice(0, 40)}`);
  }
  // Words of a cell that reach into the next one.
  for (const cell of document.querySelectorAll('td, th')) {
    if (!shown(cell) || getComputedStyle(cell).clipPath !== 'none') continue;
    const range = document.createRange();
    range.selectNodeContents(cell);
    const box = cell.getBoundingClientRect(), text = range.getBoundingClientRect();
    if (text.width && (text.right > box.right + 1.5 || text.left < box.left - 1.5))
      faults.push(`${where(cell)}: words leave their cell: ${words(cell).slice(0, 40)}`);
  }
  for (const svg of document.querySelectorAll('svg')) {
    if (!shown(svg)) continue;
    const frame = svg.getBoundingClientRect();
    const texts = [];
    for (const e of svg.querySelectorAll('text')) {
      if (!words(e) || getComputedStyle(e).opacity === '0' || e.getAttribute('opacity') === '0') continue;
      const size = parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a;
      const turned = Math.abs(e.getScreenCTM().b) > 0.01;
      const told = words(e);
      if (!turned && size < least - 0.05) faults.push(`${where(e)}: letters of ${size.toFixed(1)} px: ${told}`);
      const box = e.getBoundingClientRect();
      const aside = Math.max(frame.left - box.left, box.right - frame.right);
      const out = Math.max(aside, frame.top - box.top - 2, box.bottom - frame.bottom - 2);
      if (out > 1) faults.push(`${where(e)}: ${out.toFixed(0)} px beyond the picture: ${told}`);
      // A line of letters is higher than its letters: what hangs below and stands above is mostly air.
      const lines = e.querySelectorAll('tspan').length || 1, air = (box.height / lines) * 0.2;
      texts.push({ told, e, l: box.left, r: box.right, t: box.top + air, b: box.bottom - air });
    }
    // A line of the grid through letters, unless they have a halo: the same text behind them, with a stroke.
    for (const line of svg.querySelectorAll('.role-axis-grid line')) {
      const g = line.getBoundingClientRect(), upright = g.width < 2;
      for (const { told, e, l, r, t, b } of texts) {
        if (!e.closest('.role-mark')) continue;
        const through = upright
          ? g.left > l + 1 && g.left < r - 1 && g.top < b && g.bottom > t
          : g.top > t + 1 && g.top < b - 1 && g.left < r && g.right > l;
        const halo = texts.some((o) => o.told === told && Math.abs(o.l - l) < 2 && Math.abs(o.t - t) < 2
          && getComputedStyle(o.e).stroke !== 'none');
        if (through && !halo) faults.push(`${where(e)}: a line of the grid runs through “${told}”`);
      }
    }
    for (let i = 0; i < texts.length; i++) for (let j = 0; j < i; j++) {
      const a = texts[i], b = texts[j];
      if (a.told === b.told && Math.abs(a.l - b.l) < 1 && Math.abs(a.t - b.t) < 1) continue;  // the halo of a name
      const x = Math.min(a.r, b.r) - Math.max(a.l, b.l), y = Math.min(a.b, b.b) - Math.max(a.t, b.t);
      const over = `${x.toFixed(0)} × ${y.toFixed(0)} px`;
      if (x > -1.5 && y > 0.5) faults.push(`${where(a.e)}: “${b.told}” meets “${a.told}”, ${over}`);
    }
  }
  return [...new Set(faults)];
}
"""


def made_live(page: Any) -> None:
    """Bring every picture of a report into sight, so that it is drawn at the width of the page."""
    for frame in page.query_selector_all("figure"):
        if frame.is_visible():
            frame.scroll_into_view_if_needed()
    live = "() => [...document.querySelectorAll('figure')].every(f => f.dataset.live || !f.offsetParent)"
    while not page.evaluate(live):  # the policy of the page forbids what Playwright waits by
        page.wait_for_timeout(50)


def faults(page: Any, least: float = LEAST) -> list[str]:
    """Return what is wrong with the page as it stands, in words; nothing if all is well.

    Letters below ``least`` px, words that leave their picture, cell or page or meet others, what is cut at its edge.
    """
    return list(page.evaluate(_FAULTS, least))
