// SPDX-License-Identifier: MIT
// The live pictures: drawn from figures that the server sent, as SVG, without any script of others.
const SPACE = 'http://www.w3.org/2000/svg';

export const make = (name, attributes = {}, ...inner) => {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inner);
  return node;
};

const canvas = (place, height, label) => {
  const width = Math.max(220, place.clientWidth);
  const svg = make('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
  place.replaceChildren(svg);
  return { svg, width };
};

const text = (x, y, words, anchor = 'middle', kind = '') =>
  make('text', { x, y, 'text-anchor': anchor, ...(kind ? { class: kind } : {}) }, words);

const points = (pairs) => pairs.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L');
const line = (pairs, kind) => make('path', { d: `M${points(pairs)}`, class: kind });

export const formats = (language) => {
  const plain = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const signed = new Intl.NumberFormat(language, { maximumSignificantDigits: 3, signDisplay: 'exceptZero' });
  // In a field as many digits as a file gets, and nothing between thousands, so that it is read back as it stands.
  const field = new Intl.NumberFormat(language, { maximumSignificantDigits: 12, useGrouping: false });
  const minus = (words) => words.replace('-', '−');
  return { field: (v) => minus(field.format(v)), plain: (v) => minus(plain.format(v)), signed: (v) => minus(signed.format(v)) };
};

// Round values between two ends, about so many.
const ticks = (low, high, count) => {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step) found.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return found;
};

const powers = (low, high) => {
  const found = [];
  for (let p = Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); p += 1)
    for (const n of high / low > 300 ? [1, 3] : [1, 2, 5]) {
      const v = n * 10 ** p;
      if (v >= low * 0.999 && v <= high * 1.001) found.push(v);
    }
  return found;
};

// Prior, claims and both together, with three handles on the prior.
export const density = (place, data, held, format, labels, onHandle) => {
  const height = 226, floor = height - 24, top = 32; // a handle on the highest point stays below the title
  const { svg, width } = canvas(place, height, data.title || labels.prior);
  svg.removeAttribute('role');
  svg.setAttribute('role', 'group');
  const grid = data.grid, low = grid[0], high = grid[grid.length - 1];
  const at = data.log
    ? (v) => 10 + (width - 20) * Math.log(v / low) / Math.log(high / low)
    : (v) => 10 + (width - 20) * (v - low) / (high - low);
  const back = data.log
    ? (x) => low * (high / low) ** ((x - 10) / (width - 20))
    : (x) => low + (high - low) * (x - 10) / (width - 20);
  const up = (share) => floor - (floor - top) * share;
  const path = (values) => values.map((v, i) => (v === null ? null : [at(grid[i]), up(v)])).filter((p) => p !== null);
  svg.append(make('path', { d: `M10 ${floor}H${width - 10}`, class: 'zero' }));
  if (data.together) {
    const pairs = path(data.together);
    svg.append(make('path', { d: `M${points([[pairs[0][0], floor], ...pairs, [pairs.at(-1)[0], floor]])}Z`, class: 'fill' }));
  }
  if (data.base) svg.append(line(path(data.base), 'base'));
  if (data.claims) { const pairs = path(data.claims); if (pairs.length) svg.append(line(pairs, 'claimsl')); }
  svg.append(line(path(data.prior), 'prior'));
  if (data.together) svg.append(line(path(data.together), 'together'));
  if (data.title) svg.append(text(width / 2, 13, data.title, 'middle', 'ink b'));
  const marks = data.log ? powers(low, high) : ticks(low, high, 6);
  const thin = Math.ceil(marks.length / 7);
  marks.forEach((v, i) => { if (i % thin === 0) svg.append(text(Math.min(Math.max(at(v), 14), width - 14), height - 6, format(v))); });
  const near = (v) => {
    let best = 0;
    grid.forEach((g, i) => { if (Math.abs(at(g) - at(v)) < Math.abs(at(grid[best]) - at(v))) best = i; });
    return up(data.prior[best]);
  };
  for (const part of ['low', 'high', 'middle']) {
    const value = Math.min(Math.max(held[part], low), high);
    const x = at(value), y = near(value);
    svg.append(make('path', { d: `M${x} ${y}V${floor}`, class: 'stem' }));
    const knob = make('circle', {
      cx: x, cy: y, r: part === 'middle' ? 9 : 7, class: 'handle', tabindex: 0, role: 'slider', 'data-part': part,
      'aria-label': labels[part], 'aria-valuenow': held[part], 'aria-valuemin': low, 'aria-valuemax': high,
      'aria-valuetext': format(held[part]),
    });
    knob.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      onHandle.start(part);
      const left = place.getBoundingClientRect().left; // the picture is drawn anew while a hand holds it
      const value_of = (e) => back(Math.min(Math.max(e.clientX - left, 10), width - 10));
      const move = (e) => onHandle.drag(part, value_of(e));
      const stop = (e) => {
        removeEventListener('pointermove', move);
        removeEventListener('pointerup', stop);
        removeEventListener('pointercancel', stop);
        onHandle.drop(part, value_of(e));
      };
      addEventListener('pointermove', move);
      addEventListener('pointerup', stop);
      addEventListener('pointercancel', stop);
    });
    knob.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -8, PageUp: 8 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      onHandle.drop(part, back(Math.min(Math.max(at(held[part]) + step * 4, 10), width - 10)));
    });
    svg.append(knob);
  }
};

const steps = (bins, at, up) => {
  const pairs = [];
  bins.shares.forEach((share, i) => {
    const left = bins.start + i * bins.width;
    pairs.push([at(left), up(share / bins.width)], [at(left + bins.width), up(share / bins.width)]);
  });
  return pairs;
};

// On a low screen pictures are lower, so that the whole answer stays in sight.
const low_screen = () => innerWidth > 760 && innerHeight <= 860;

export const histogram = (place, data, unit, format) => {
  if (!data) { place.replaceChildren(); return; }
  const height = low_screen() ? 104 : place.clientWidth > 700 ? 240 : 146, floor = height - 20;
  const { svg, width } = canvas(place, height, data.title);
  const ends = (bins) => [bins.start, bins.start + bins.width * bins.shares.length];
  const all = [...ends(data.now), ...(data.base ? ends(data.base) : [])];
  const low = Math.min(...all), high = Math.max(...all);
  const at = (v) => 8 + (width - 16) * (v - low) / (high - low);
  const tall = Math.max(...[data.now, data.base].filter(Boolean).flatMap((bins) => bins.shares.map((s) => s / bins.width)));
  const up = (share) => floor - (floor - 6) * share / tall;
  data.now.shares.forEach((share, i) => {
    if (!share) return;
    const left = data.now.start + i * data.now.width, y = up(share / data.now.width);
    const gap = Math.min(1, (at(left + data.now.width) - at(left)) / 6);
    svg.append(make('rect', {
      x: at(left) + gap / 2, y, width: Math.max(at(left + data.now.width) - at(left) - gap, 0.5), height: floor - y,
      class: left + data.now.width / 2 < 0 ? 'loss' : 'gain',
    }));
  });
  if (data.base) svg.append(line(steps(data.base, at, up), 'baseh'));
  svg.append(make('path', { d: `M8 ${floor}H${width - 8}`, class: 'zero' }));
  if (low < 0 && high > 0) svg.append(make('path', { d: `M${at(0)} 2V${floor}`, class: 'zero' }));
  for (const v of ticks(low, high, Math.max(3, Math.floor(width / 90))))
    svg.append(text(Math.min(Math.max(at(v), 20), width - 20), height - 4, format(v / unit.divisor)));
};

export const fan = (place, data, unit, format) => {
  const height = low_screen() ? 124 : place.clientWidth > 340 ? 230 : 150, floor = height - 20, left = 46;
  const { svg, width } = canvas(place, height, data.title);
  const right = width - 6, count = data.bands.p50.length;
  const all = [...data.bands.p05, ...data.bands.p95, ...data.base];
  const low = Math.min(...all, 0), high = Math.max(...all, 0);
  const at = (i) => left + (right - left) * (i + 1) / count;
  const up = (v) => 8 + (floor - 14) * (high - v) / (high - low || 1);
  for (const v of ticks(low, high, 5)) {
    svg.append(make('path', { d: `M${left} ${up(v)}H${right}`, class: v === 0 ? 'zero' : 'grid' }));
    svg.append(text(left - 5, up(v) + 4, format(v / unit.divisor), 'end'));
  }
  const band = (lower, upper, kind) => {
    const pairs = [...lower.map((v, i) => [at(i), up(v)]), ...upper.map((v, i) => [at(i), up(v)]).reverse()];
    svg.append(make('path', { d: `M${points(pairs)}Z`, class: kind }));
  };
  band(data.bands.p05, data.bands.p95, 'b1');
  band(data.bands.p25, data.bands.p75, 'b2');
  svg.append(make('path', { d: `M${left} ${up(0)}H${right}`, class: 'zero' }));
  svg.append(line(data.base.map((v, i) => [at(i), up(v)]), 'base'));
  svg.append(line(data.bands.p50.map((v, i) => [at(i), up(v)]), 'med'));
  svg.append(text(left, height - 4, data.axis[0], 'start'));
  svg.append(text(right, height - 4, data.axis[1].replace('{n}', count), 'end'));
};

export const bars = (place, rows, divisor, format, label) => {
  const row = low_screen() ? 20 : 24, height = rows.length * row + 4;
  const { svg, width } = canvas(place, height, label);
  // Names have the room that the longest needs, as long as figures and a bar to tell them by are left; what is longer
  // ends in an ellipsis.
  const figures = rows.map((r) => text(0, 0, r.text ?? format(r.value / divisor), 'start', 'ink b'));
  svg.append(...figures);
  const figure = Math.max(...figures.map((each) => each.getComputedTextLength())) + 8, room = width - figure - 50;
  const names = rows.map((r, i) => {
    const told = text(0, i * row + 16, r.label, 'start', 'ink');
    svg.append(told);
    for (let kept = r.label.length; told.getComputedTextLength() > room && kept > 3; kept -= 1)
      told.textContent = `${r.label.slice(0, kept - 1).trimEnd()}…`;
    const long = told.getComputedTextLength();
    told.append(make('title', {}, r.label));
    return long;
  });
  const name = Math.max(...names) + 10;
  const all = rows.flatMap((r) => [r.value, r.was ?? 0]);
  const low = Math.min(...all, 0), high = Math.max(...all, 0);
  const at = (v) => name + (width - name - figure) * (v - low) / (high - low || 1);
  rows.forEach((r, i) => {
    const y = i * row + 4;
    const from = Math.min(at(0), at(r.value));
    svg.append(make('rect', { x: from, y, width: Math.max(Math.abs(at(r.value) - at(0)), 0.8), height: 15, class: r.value < 0 ? 'barn' : 'bar' }));
    if (r.was !== null && r.was !== undefined) svg.append(make('path', { d: `M${at(r.was)} ${y - 2}V${y + 17}`, class: 'baseh' }));
    figures[i].setAttribute('x', Math.max(at(r.value), at(0)) + 6);
    figures[i].setAttribute('y', y + 12);
  });
};

export const shares = (place, parts, percent) => {
  const height = 20;
  const { svg, width } = canvas(place, height, parts.map((p) => `${p.label} ${percent(p.share)}`).join(', '));
  let x = 0;
  const whole = parts.reduce((sum, p) => sum + Math.max(p.share, 0), 0) || 1;
  parts.forEach((p, i) => {
    const wide = Math.max(p.share, 0) / whole * width;
    svg.append(make('rect', { x, y: 2, width: Math.max(wide - 2, 0), height: 15, class: p.effect ? 'effect' : ['part', 'part2', 'part3'][i % 3] }));
    x += wide;
  });
};

export const shape = (place, state) => {
  const svg = make('svg', { viewBox: '0 0 20 20', 'aria-hidden': 'true' });
  if (state === 'clear') svg.append(make('circle', { cx: 10, cy: 10, r: 9, class: 'shape-fill' }), make('path', { d: 'M5.6 10.4l3 3 5.8-6.4', class: 'shape-tick' }));
  else {
    svg.append(make('circle', { cx: 10, cy: 10, r: 8.3, class: state === 'leaning' ? 'shape-ring' : 'shape-ring shape-dashed' }));
    if (state === 'leaning') svg.append(make('path', { d: 'M10 1.7a8.3 8.3 0 0 0 0 16.6z', class: 'shape-fill' }));
  }
  place.replaceChildren(svg);
};
