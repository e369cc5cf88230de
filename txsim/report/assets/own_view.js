// SPDX-License-Identifier: MIT
// A reader's own view: the report's draws weighed by another belief (Pareto-smoothed, as txsim/inference/pareto.py),
// money at another rate and horizon. Nothing leaves the page; where the weights cannot carry a view it is refused.
(() => {
  'use strict';
  const root = document.getElementById('own-view-panel');
  if (!root) return;
  const facts = JSON.parse(document.getElementById('own-view-facts').textContent);
  const words = facts.words;
  const bytes = Uint8Array.from(atob(document.getElementById('own-view-draws').textContent.trim()), (c) => c.charCodeAt(0));
  const numbers = new Float32Array(bytes.buffer);
  const N = facts.draws, B = facts.batches;
  let place = 0;
  const take = (rows) => Array.from({ length: rows }, () => numbers.subarray(place, (place += N)));
  const sound = take(facts.clusters.length);
  const score = take(facts.priors.length), tied = take(facts.priors.length);
  const present = take(facts.rows.length);

  const odds = sound.map((row) => Float64Array.from(row, Math.exp));
  const before = odds.map((row, c) => {
    const a = facts.clusters[c].credibility;
    return Float64Array.from(row, (e) => Math.log(a * e + 1 - a));
  });

  // ---- weights

  const fit = (excess) => { // a generalised Pareto distribution (Zhang & Stephens 2009); excess rises
    const n = excess.length;
    const quartile = excess[Math.floor(n / 4 + 0.5) - 1];
    if (quartile <= excess[0]) return [excess[n - 1] - excess[0] < 1e-9 ? -Infinity : Infinity, NaN];
    const count = 30 + Math.floor(Math.sqrt(n));
    const b = [], gain = [];
    const shape = (at) => { let sum = 0; for (const e of excess) sum += Math.log1p(-at * e); return sum / n; };
    for (let i = 1; i <= count; i++) {
      const at = (1 - Math.sqrt(count / (i - 0.5))) / (3 * quartile) + 1 / excess[n - 1];
      const k = shape(at);
      b.push(at);
      gain.push(n * (Math.log(-at / k) - k - 1));
    }
    let total = 0, mean = 0;
    const each = gain.map((g) => { let s = 0; for (const h of gain) s += Math.exp(h - g); return 1 / s; });
    each.forEach((w, i) => { if (w >= 2.22e-15) { total += w; mean += w * b[i]; } });
    const at = mean / total, k = shape(at);
    return [(n * k + 5) / (n + 10), -k / at];
  };

  const smoothed = (log) => {
    let most = -Infinity, least = Infinity;
    for (const v of log) { if (v > most) most = v; if (v < least) least = v; }
    const w = new Float64Array(N);
    if (!Number.isFinite(most)) return [w.fill(1 / N), Infinity];
    if (most - least < 1e-12) return [w.fill(1 / N), -Infinity];
    const x = log.map((v) => v - most);
    const tail = N > 225 ? Math.floor(3 * Math.sqrt(N)) : Math.floor(N / 5);
    const order = Uint32Array.from(x.keys()).sort((i, j) => x[i] - x[j]);
    const above = order.subarray(N - tail), cut = Math.exp(x[order[N - tail - 1]]);
    const [k, sigma] = fit(Float64Array.from(above, (i) => Math.exp(x[i]) - cut));
    if (Number.isFinite(k)) {
      above.forEach((i, j) => {
        const p = (j + 0.5) / tail;
        const spread = Math.abs(k) < 1e-30 ? -Math.log1p(-p) : Math.expm1(-k * Math.log1p(-p)) / k;
        x[i] = Math.min(Math.log(sigma * spread + cut), 0);
      });
    }
    let sum = 0;
    for (let i = 0; i < N; i++) sum += (w[i] = Math.exp(x[i]));
    for (let i = 0; i < N; i++) w[i] /= sum;
    return [w, k];
  };

  // ---- the view

  const view = { designs: {}, claims: {}, priors: {}, rate: facts.terms.rate, months: facts.terms.months };
  const middle = (facts.positions.length - 1) / 2;

  const credibility = (c) => {
    if (c in view.claims) return view.claims[c];
    for (const [i, value] of Object.entries(view.designs)) if (facts.designs[i].clusters.includes(c)) return value;
    return facts.clusters[c].credibility;
  };

  const logRatio = () => {
    const log = new Float64Array(N);
    let moved = false;
    const lift = new Float64Array(facts.clusters.length);
    facts.priors.forEach((prior, p) => {
      const at = view.priors[p] ?? middle;
      if (at === middle) return;
      moved = true;
      const s = facts.positions[at];
      const [left, right] = prior.sides;
      const shift = s * (s < 0 ? left : right);
      for (let i = 0; i < N; i++) {
        const z = score[p][i], side = z < 0 ? left : right;
        const away = z * side - shift, other = away < 0 ? left : right, now = away / other;
        log[i] += -0.5 * prior.precision * (now * now - z * z) - (now - z) * tied[p][i] + Math.log(side / other);
      }
      if (prior.unsound.length) {
        const [low, high] = prior.unsound;
        low.forEach((l, c) => { lift[c] += ((high[c] + l) / 2) * s * s + ((high[c] - l) / 2) * s; });
      }
    });
    facts.clusters.forEach((cluster, c) => {
      const a = credibility(c);
      if (a === cluster.credibility && lift[c] === 0) return;
      moved = true;
      const rest = (1 - a) * Math.exp(lift[c]);
      for (let i = 0; i < N; i++) log[i] += Math.log(a * odds[c][i] + rest) - before[c][i];
    });
    return moved ? log : null;
  };

  const byOption = new Map(facts.options.map((option) => [option.name, []]));
  facts.rows.forEach((row, r) => byOption.get(row.option).push(r));

  const factor = (row) => Math.exp(-row.years * (Math.log1p(view.rate) - Math.log1p(facts.terms.rate)));
  const worth = (name) => {
    const sum = new Float64Array(N);
    for (const r of byOption.get(name)) {
      if (facts.rows[r].months > view.months) continue;
      const f = factor(facts.rows[r]), values = present[r];
      for (let i = 0; i < N; i++) sum[i] += f * values[i];
    }
    return sum;
  };
  const orders = {};
  const course = () => {
    const ends = [...new Set(byOption.get('commit').map((r) => facts.rows[r].months))].sort((a, b) => a - b);
    const sum = new Float64Array(N);
    return ends.filter((end) => end <= view.months).map((end) => {
      for (const r of byOption.get('commit')) {
        if (facts.rows[r].months !== end) continue;
        const f = factor(facts.rows[r]), values = present[r];
        for (let i = 0; i < N; i++) sum[i] += f * values[i];
      }
      const values = sum.slice();
      return { end, values, order: (orders[end] = ordered(values, orders[end])) };
    });
  };
  const ordered = (values, before) => { // nearly in the order of before after a small move: insertion, else anew
    if (before) {
      const order = before.slice();
      let left = 24 * N;
      for (let i = 1; i < N && left > 0; i++) {
        const at = order[i], v = values[at];
        let j = i - 1;
        while (j >= 0 && values[order[j]] > v) { order[j + 1] = order[j]; j--; left--; }
        order[j + 1] = at;
      }
      if (left > 0) return order;
    }
    return Uint32Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  };

  const even = new Float64Array(N).fill(1 / N);
  const mean = (w, x) => { let sum = 0; for (let i = 0; i < N; i++) sum += w[i] * x[i]; return sum; };
  const share = (w, x) => { let sum = 0; for (let i = 0; i < N; i++) if (x[i] < 0) sum += w[i]; return sum; };
  const error = (moved) => { // of a mean, from independent batches
    const size = N / B, means = [];
    for (let b = 0; b < B; b++) { let s = 0; for (let i = b * size; i < (b + 1) * size; i++) s += moved[i]; means.push(s / size); }
    const all = means.reduce((a, b) => a + b) / B;
    return Math.sqrt(means.reduce((s, m) => s + (m - all) ** 2, 0) / (B - 1) / B);
  };
  const worst = (w, x, order, level = 0.05) => {
    let mass = 0, sum = 0;
    for (const i of order) {
      const take = Math.min(w[i], level - mass);
      sum += take * x[i];
      mass += take;
      if (mass >= level) break;
    }
    return sum / mass;
  };
  const levels = [0.05, 0.25, 0.5, 0.75, 0.95];
  const quantiles = (w, { values, order }) => {
    const found = [];
    let mass = 0, l = 0;
    for (const i of order) {
      mass += w[i];
      while (l < levels.length && mass >= levels[l] * (1 - 1e-12)) { found.push(values[i]); l++; }
    }
    while (found.length < levels.length) found.push(values[order[N - 1]]);
    return found;
  };

  let terms = '', money = {}, months = [];
  const refresh = () => {
    const now = `${view.rate} ${view.months}`;
    if (now === terms) return;
    terms = now;
    money = Object.fromEntries(facts.options.map((option) => [option.name, worth(option.name)]));
    months = course();
  };
  refresh();
  const own = { money, months: months.map((month) => quantiles(even, month)), order: ordered(money.commit) };

  const kept = (loss) => facts.max_p_loss === null || loss <= facts.max_p_loss;
  // Options of which it is not worked out here whether they keep a limit on losses: that takes their own futures.
  const unjudged = facts.max_p_loss === null ? [] : facts.options.map((o) => o.name).filter((name) => !['commit', 'do_nothing'].includes(name));
  const verdict = (w, means, loss, touched) => {
    if (!touched) return [facts.state, facts.option];
    const allowed = facts.options.filter((o) => !o.refused && (o.name !== 'commit' || kept(loss))).map((o) => o.name);
    const [said, ...others] = [...Array(2 ** unjudged.length).keys()].map((kept_) =>
      chosen(w, means, allowed.filter((name) => !unjudged.includes(name) || (kept_ >> unjudged.indexOf(name)) & 1)));
    const alike = (one) => one[0] === said[0] && (one[0] === 'open' || one[1] === said[1]);
    return others.every(alike) ? said : ['unjudged', said[1]];
  };
  const chosen = (w, means, allowed) => {
    const known = new Map(facts.options.map((option) => [option.name, option]));
    const beats = (one, other) => {
      const gap = Float64Array.from(money[one], (v, i) => v - money[other][i]);
      const m = mean(w, gap);
      const e = error(Float64Array.from(gap, (g, i) => N * w[i] * (g - m)));
      const material = facts.material * Math.max(known.get(one).cost, known.get(other).cost);
      const ahead = means[one] - means[other];
      return ahead > 0 && ahead > Math.max(2 * e, material);
    };
    const first = new Map();
    for (const name of allowed) {
      const step = known.get(name).step;
      if (!first.has(step) || means[name] > means[first.get(step)]) first.set(step, name);
    }
    const rivals = [...first.values()];
    const best = rivals.reduce((a, b) => (means[b] > means[a] ? b : a), rivals[0]);
    const others = rivals.filter((name) => name !== best);
    if (others.some((name) => !beats(best, name))) return ['open', best];
    const alike = allowed.filter((name) => known.get(name).step === known.get(best).step);
    const plain = alike.find((n) => n === best || (!beats(best, n) && others.every((o) => beats(n, o))));
    return ['ahead', plain];
  };

  // ---- words and figures

  const group = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, words.thousands);
  const ofHundred = (p) => (p > 0 && p < 0.005 ? '<1' : p > 0.995 && p < 1 ? '>99' : plain(100 * p, 0).text);
  const plain = (value, digits) => {
    const [whole, part] = Math.abs(value).toFixed(digits).split('.');
    const text = group(whole) + (part ? words.decimal + part : '');
    return { text, zero: Number(Math.abs(value).toFixed(digits)) === 0 };
  };
  // Means to the digits that their error allows, ends of ranges to one less, as the report has them.
  const amount = (value, plus, { digits, grain } = facts.unit) => {
    const known = grain ? Math.round(value / grain) * grain : value;
    const { text, zero } = plain(known / facts.unit.divisor, digits);
    return (zero ? '' : value < 0 ? '−' : plus ? '+' : '') + text;
  };
  const fill = (template, parts) => template.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  const put = (name, text, raw) => {
    const node = root.querySelector(`[data-own="${name}"]`);
    node.textContent = text;
    if (raw !== undefined) node.dataset.raw = String(raw);
  };

  // ---- the fan

  const svg = root.querySelector('.own-fan');
  const W = 420, H = 214, L = 52, R = 116, T = 8;
  const part = (name, attributes, parent = svg) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    parent.append(node);
    return node;
  };
  const nice = (width) => { const p = 10 ** Math.floor(Math.log10(width)); return [1, 2, 5, 10].find((s) => s * p >= width) * p; };
  const draw = (bands) => {
    const letters = innerWidth > 600 ? 12 : 14.5, line_height = letters * 1.12, D = 2 * letters; // as in the style
    svg.replaceChildren(svg.querySelector('title'));
    const ends = [0, ...months.map((m) => m.end)];
    const all = [...bands, ...own.months].flatMap((b) => [b[0], b[4]]);
    const step = nice((Math.max(0, ...all) - Math.min(0, ...all)) / 5 || 1);
    const low = Math.floor(Math.min(0, ...all) / step) * step, high = Math.ceil(Math.max(0, ...all) / step) * step;
    const x = (m) => L + ((W - L - R) * m) / facts.terms.months;
    const y = (v) => T + ((H - T - D) * (high - v)) / (high - low || 1);
    const line = (values, stops) => values.map((v, i) => `${i ? 'L' : 'M'}${x(stops[i]).toFixed(1)} ${y(v).toFixed(1)}`).join('');
    const band = (a, b) => {
      const up = bands.map((q) => q[b]), down = bands.map((q) => q[a]);
      return line([0, ...up], ends) + line([0, ...down], ends).replace('M', 'L').split(/(?=[ML])/).reverse().join('').replace(/M/g, 'L') + 'Z';
    };
    part('path', { class: 'b1', d: band(0, 4) });
    part('path', { class: 'b2', d: band(1, 3) });
    for (let v = low; v <= high + step / 2; v += step) {
      part('path', { class: Math.abs(v) < step / 2 ? 'zero' : 'grid', d: `M${L} ${y(v).toFixed(1)}H${W - R}` });
      part('text', { x: L - 6, y: y(v) + 4, 'text-anchor': 'end' }).textContent = amount(v, true, { digits: step % facts.unit.divisor ? facts.unit.digits : 0, grain: 0 });
    }
    const report = [0, ...byOption.get('commit').map((r) => facts.rows[r].months)];
    const stops = [...new Set(report)].sort((a, b) => a - b);
    part('path', { class: 'base', d: line([0, ...own.months.map((q) => q[2])], stops) });
    part('path', { class: 'mid', d: line([0, ...bands.map((q) => q[2])], ends) });
    const marks = facts.terms.months % 12 === 0 && facts.terms.months <= 60 ? 12 : Math.ceil(facts.terms.months / 4);
    for (let m = 0; m <= facts.terms.months; m += marks) {
      part('text', { x: x(m), y: H - 6, 'text-anchor': 'middle' }).textContent = !m ? words.start : m + marks > facts.terms.months ? fill(words.month, { n: m }) : String(m);
    }
    const last = bands[bands.length - 1];
    // Three labels of two lines each, where their bands end, none on another nor on the axis.
    const labels = [[4, words.above], [2, words.middle], [0, words.below]];
    let free = T + letters;
    labels.forEach(([q, label], i) => {
      const lowest = H - D - line_height - 2 * (labels.length - 1 - i) * line_height;
      const at = Math.min(Math.max(y(last[q]) - 3, free), lowest);
      free = at + 2 * line_height;
      part('text', { x: W - R + 8, y: at }).textContent = label;
      part('text', { x: W - R + 8, y: at + line_height, class: 'strong' }).textContent = amount(last[q], true, q === 2 ? facts.unit.mean : facts.unit.end);
    });
  };

  // ---- the command for the same view

  const quote = (text) => (/^[\w.,:=[\]{} %+-]+$/.test(text) ? `"${text}"` : `'${text.replace(/'/g, "'\\''")}'`);
  const command = () => {
    const settings = [...facts.settings];
    const stated = { ...facts.credibility };
    let trusted = false;
    facts.clusters.forEach((cluster, c) => {
      const a = credibility(c);
      if (a === cluster.credibility) return;
      trusted = true;
      for (const id of cluster.claims) stated[id] = a;
    });
    if (trusted) settings.push(`evidence.credibility={${Object.entries(stated).map(([k, v]) => `${k}: ${v}`).join(', ')}}`);
    facts.priors.forEach((prior, p) => {
      const at = view.priors[p] ?? middle;
      if (at === middle) return;
      settings.push(`${prior.path}={${Object.entries(prior.distributions[at]).map(([k, v]) => `${k}: ${v}`).join(', ')}}`);
    });
    if (view.rate !== facts.terms.rate) settings.push(`discount_rate=${view.rate}`);
    if (view.months !== facts.terms.months) settings.push(`horizon_months=${view.months}`);
    const rest = facts.whole ? '' : ` ${words.rest}`;
    return `txsim run ${facts.file}${rest}${settings.map((s) => ` --set ${quote(s)}`).join('')}`;
  };

  // ---- everything after a move

  const FEWEST = 100; // effective draws
  const compute = () => {
    const began = performance.now();
    refresh();
    const log = logRatio();
    const moved = log !== null || view.rate !== facts.terms.rate || view.months !== facts.terms.months;
    const [w, k] = log === null ? [even, -Infinity] : smoothed(log);
    const effective = 1 / w.reduce((s, v) => s + v * v, 0);
    const refused = k > 0.7 || effective < FEWEST;
    root.classList.toggle('refused', refused);
    root.classList.toggle('moved', moved);
    root.dataset.k = String(k);
    root.dataset.effective = String(effective);
    const text = command();
    for (const node of root.querySelectorAll('[data-own="command"]')) node.textContent = text;
    const shown = Number.isFinite(k) ? plain(k, 2).text : '';
    const badge = !moved ? words.untouched : refused ? fill(k > 0.7 ? words.far : words.few, { k: Number.isFinite(k) ? shown : '∞', n: plain(effective, 0).text })
      : log === null ? words.exact : k < 0 ? words.weighed_well : fill(words.weighed, { k: shown });
    put('badge', badge);
    if (refused) {
      put('pin', words.refused);
      root.dataset.ms = String(performance.now() - began);
      return;
    }
    const x = money.commit, x0 = own.money.commit;
    const now = mean(w, x), base = mean(even, x0);
    const means = Object.fromEntries(facts.options.map((option) => [option.name, option.mean + mean(w, money[option.name]) - mean(even, own.money[option.name])]));
    const total = Float64Array.from(x, (v, i) => N * w[i] * (v - now));
    const change = total.map((v, i) => v - (x0[i] - base));
    const commit = facts.options.find((option) => option.name === 'commit');
    const value = commit.mean + now - base, mcse = error(total), noise = error(change);
    const loss = Math.min(Math.max(commit.p_loss + share(w, x) - share(even, x0), 0), 1);
    const tail = commit.worst + worst(w, x, ordered(x, own.order)) - worst(even, x0, own.order);
    const [state, best] = verdict(w, means, loss, moved);
    const bands = months.map((month) => quantiles(w, month));
    const carried = own.months[own.months.length - 1][2], usual = facts.middle ?? carried;
    const last = usual + bands[bands.length - 1][2] - carried;
    root.dataset.state = state;
    put('state', fill(words.states[state], { option: words.options[best] ?? best }));
    const untold = moved && Math.abs(now - base) <= 2 * noise;
    root.classList.toggle('untold', untold);
    const why = !moved ? words.untouched_why : untold ? words.noise
      : fill(now > base ? words.higher : words.lower, { amount: amount(Math.abs(now - base), false, facts.unit.mean), unit: facts.unit.name });
    const limits = [];
    const broken = facts.max_p_loss !== null && !kept(loss);
    if (facts.max_p_loss !== null) limits.push(fill(!broken ? words.kept : commit.refused ? words.both : words.broken, { limit: plain(100 * facts.max_p_loss, 0).text }));
    if (commit.refused && !broken) limits.push(words.unfunded);
    if (state === 'unjudged') limits.push(fill(words.unjudged, { limit: plain(100 * facts.max_p_loss, 0).text, options: unjudged.map((name) => words.options[name]).join('; ') }));
    put('why', [why, ...limits].join(' '));
    put('mean', amount(value, true, facts.unit.mean), value);
    put('loss', ofHundred(loss), loss);
    put('worst', amount(tail, true, facts.unit.end), tail);
    put('error', fill(words.error, { n: plain(N, 0).text, amount: amount(mcse, false, facts.unit.mean), unit: facts.unit.name }), mcse);
    put('noise', '', noise);
    put('caption', fill(last < 0 ? words.short : words.over, {
      amount: amount(Math.abs(last), false, facts.unit.mean), unit: facts.unit.name, 
      base: fill(usual < 0 ? words.base_short : words.base_over, { amount: amount(Math.abs(usual), false, facts.unit.mean) }) }));
    put('pin', fill(words.pin, { amount: amount(value, true, facts.unit.mean), unit: facts.unit.name, loss: ofHundred(loss) }));
    draw(bands);
    root.dataset.ms = String(performance.now() - began);
  };

  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; compute(); });
  };

  // ---- sliders

  const percent = (value) => `${plain(100 * value, Math.abs(100 * value - Math.round(100 * value)) > 1e-9 ? 1 : 0).text} %`;
  const sliders = [...root.querySelectorAll('input[type=range]')];
  const told = (input) => {
    const value = Number(input.value), i = Number(input.dataset.index);
    if (input.dataset.part === 'prior') return facts.priors[i].shown[value];
    if (input.dataset.part === 'months') return plain(value, 0).text;
    return percent(value);
  };
  const show = (input) => {
    const text = told(input), changed = input.value !== input.defaultValue;
    const output = input.parentElement.querySelector('output');
    output.textContent = text;
    if (changed) {
      const was = document.createElement('small');
      was.textContent = fill(words.was, { value: input.dataset.was });
      output.append(was);
    }
    input.setAttribute('aria-valuetext', text);
    input.parentElement.classList.toggle('changed', changed);
  };
  const claims = sliders.filter((input) => input.dataset.part === 'claim');
  const move = (input) => {
    const value = Number(input.value), i = Number(input.dataset.index);
    if (input.dataset.part === 'design') {
      if (input.value === input.defaultValue) delete view.designs[i]; else view.designs[i] = value;
      for (const claim of claims) { // a design moves its claims too, those that were weighed by themselves
        const c = facts.claims[claim.dataset.index].cluster;
        if (!facts.designs[i].clusters.includes(c)) continue;
        delete view.claims[c];
        claim.value = String(credibility(c));
        show(claim);
      }
    } else if (input.dataset.part === 'claim') view.claims[facts.claims[i].cluster] = value;
    else if (input.dataset.part === 'prior') view.priors[i] = value;
    else view[input.dataset.part] = input.value === input.defaultValue ? facts.terms[input.dataset.part] : value;
    show(input);
    later();
  };
  for (const input of sliders) {
    input.dataset.was = told(input);
    input.addEventListener('input', () => move(input));
  }
  root.querySelector('[data-own="back"]').addEventListener('click', () => {
    Object.assign(view, { designs: {}, claims: {}, priors: {}, rate: facts.terms.rate, months: facts.terms.months });
    for (const input of sliders) { input.value = input.defaultValue; show(input); }
    later();
  });
  root.querySelector('[data-own="copy"]').addEventListener('click', () => {
    const code = root.querySelector('.own-command');
    code.hidden = false;
    getSelection().selectAllChildren(code);
    navigator.clipboard?.writeText(code.textContent).catch(() => undefined); // else it stands selected
  });
  root.hidden = false;
  compute();
})();
