// SPDX-License-Identifier: MIT
// The room's wall: who has sent, and after the reveal what each said, what it is worth, and what the room takes.

const words = JSON.parse(document.getElementById('words').textContent);
const $ = (id) => document.getElementById(id);
const view = { wall: null, priced: null, how: 'pool', n: 0 };
window.room = view; // read by tests
const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (_all, key) => parts[key]);
const SPACE = 'http://www.w3.org/2000/svg';
const make = (name, attributes = {}, ...inner) => {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inner);
  return node;
};
const element = (name, attributes = {}, ...inner) => {
  const node = Object.assign(document.createElement(name), attributes);
  node.append(...inner);
  return node;
};

let socket = null, told = 0;
const say = (message) => {
  view.n += 1;
  tell('');
  if (socket && socket.readyState === 1) socket.send(JSON.stringify({ ...message, n: view.n }));
  else tell(words.gone);
};
const tell = (text) => {
  clearTimeout(told);
  $('told').textContent = text;
  $('told').hidden = !text;
  if (text && text !== words.gone) told = setTimeout(() => { $('told').hidden = true; }, 15000);
};
const connect = () => {
  socket = new WebSocket(`ws://${location.host}/room/socket`);
  socket.onopen = () => tell('');
  socket.onmessage = (event) => { const message = JSON.parse(event.data); (take[message.kind] ?? (() => {}))(message); };
  socket.onclose = () => { tell(words.gone); setTimeout(connect, 3000); };
};

const take = {
  wall: (message) => {
    if (view.wall?.asked?.number !== message.asked?.number) { view.priced = null; how('pool', false); $('reason').value = ''; for (const id of ['a1', 'a2', 'a3']) $(id).value = ''; }
    view.wall = message;
    paint();
  },
  priced: (message) => { view.priced = message; paint(); },
  refused: (message) => { if (view.wall?.revealed) weights(view.wall.rows); tell(message.fault ?? message.text); },
};

const paint = () => {
  const wall = view.wall;
  if (!wall) return;
  const asked = wall.asked, open = asked && !wall.revealed;
  const priced = asked && view.priced?.round === asked.number ? view.priced : null;
  $('code').textContent = wall.code;
  $('code-big').textContent = wall.code;
  $('address').textContent = wall.address;
  $('here').href = `${wall.address}#${encodeURIComponent(wall.code)}`;
  $('where').textContent = wall.revealed ? ` · ${wall.address}` : '';
  $('when').textContent = wall.revealed ? ` · ${fill(words.revealed, { time: wall.revealed })}` : '';
  $('asked').textContent = wall.revealed ? ` · ${asked.question} (${asked.unit})` : '';
  const sent = wall.people.filter((each) => each.sent).length;
  if (open) $('title').textContent = fill(words.asking, { n: asked.number, question: `${asked.question} (${asked.unit})` });
  else if (wall.revealed) $('title').textContent = priced?.title || fill(words.title, { n: wall.rows.length });
  $('lobby').hidden = !!wall.revealed;
  $('people').replaceChildren(...(wall.people.length ? wall.people : [null]).map((each) => {
    if (!each) return element('li', { className: 'u' }, words.nobody);
    const state = open ? (each.sent ? `✓ ${words.sent}` : `… ${words.thinking}`) : '';
    return element('li', { className: each.sent ? 'sent' : '' }, element('b', {}, each.name), each.role ? ` ${each.role}` : '', element('span', {}, state), off(each));
  }));
  $('sent').textContent = open ? `${fill(words.count, { k: sent, n: wall.people.length })}. ${words.hidden}.` : '';
  $('reveal').hidden = !open;
  $('reveal').disabled = !sent;
  if (!asked) $('ask-more').open = true;
  $('again').hidden = !wall.revealed;
  $('line').hidden = !wall.revealed;
  const silent = wall.people.filter((each) => !each.sent).map((each) => each.name).join(', ');
  $('line').textContent = wall.revealed && silent ? `${words.line} ${fill(words.silent, { names: silent })}` : words.line;
  $('consensus').hidden = !wall.revealed;
  if (wall.fault) tell(wall.fault);
  if (!wall.revealed) { for (const id of ['settle', 'verdict']) $(id).hidden = true; $('picture').replaceChildren(); return; }
  if (document.activeElement?.dataset?.weight === undefined) weights(wall.rows);
  $('taken').textContent = wall.taken ? (wall.taken.holds ? fill(words.taken, wall.taken) : words.given_back) : '';
  $('undo').hidden = !wall.taken?.holds || !wall.can_undo;
  $('settle').hidden = !priced?.settle;
  if (priced?.settle) {
    $('worth').textContent = priced.settle.figure;
    $('worth-unit').textContent = priced.settle.unit;
    $('settle-text').textContent = priced.settle.text;
  }
  $('verdict').hidden = !priced || (!priced.verdict && !priced.busy);
  $('verdict-h').textContent = priced?.verdict?.heading ?? '';
  $('verdict-text').textContent = priced?.verdict?.text ?? (priced?.doing || words.computing);
  picture(wall, priced);
};

const off = (each) => {
  const who = fill(words.off_who, { name: each.name }), button = element('button', { type: 'button', className: 'off', title: who }, words.off);
  button.setAttribute('aria-label', who);
  button.addEventListener('click', () => { if (!each.sent || confirm(who)) say({ do: 'leave', expert: each.id }); });
  return button;
};

const picture = (wall, priced) => {
  const place = $('picture');
  const width = Math.max(340, place.clientWidth), narrow = width < 620;
  // What each said stands left of the picture, in some nine pixels a letter.
  const longest = Math.max(...[...wall.rows, wall.pool].map((row) => row.text.length));
  const left = narrow ? 8 : Math.round(Math.min(Math.max(width * 0.235, 9.4 * longest + 14), width * 0.4)), right = narrow ? width - 74 : width - 150;
  const head = narrow ? 46 : 0, step = (narrow ? 92 : wall.rows.length > 5 ? 80 : 92) + head, top = 30;
  const rows = [...wall.rows, { ...wall.pool, id: 'pool' }];
  const height = top + step * rows.length + (narrow ? 8 : 20) + 40;
  const { low, high } = wall.axis;
  const at = (v) => left + (right - left) * (v - low) / (high - low);
  const svg = make('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${words.picture}: ${rows.map((row) => `${row.name} ${row.text}`).join('; ')}` });
  const floor_of = (i) => top + step * (i + 1) + (i === rows.length - 1 ? (narrow ? 8 : 20) : 0);
  const bottom = floor_of(rows.length - 1);
  const pays = priced?.pays && priced.pays.value > low && priced.pays.value < high ? priced.pays : null;
  if (pays) {
    const x = at(pays.value);
    svg.append(
      make('rect', { x: pays.above ? x : left, y: top, width: pays.above ? right - x : x - left, height: bottom - top, class: 'zone' }),
      make('line', { x1: x, x2: x, y1: top, y2: bottom, class: 'turn' }),
      make('text', { x: x > (left + right) / 2 ? x - 8 : x + 8, y: 20, class: 'turn-words', 'text-anchor': x > (left + right) / 2 ? 'end' : 'start' }, pays.text),
    );
  }
  if (priced?.unit) svg.append(make('text', { x: width, y: 20, 'text-anchor': 'end' }, narrow ? priced.unit : fill(words.value, { unit: priced.unit })));
  rows.forEach((row, i) => {
    const pool = row.id === 'pool', floor = floor_of(i), tall = step - head - (narrow ? 14 : 30);
    const curve = row.curve.map((v, k) => `${(left + (right - left) * k / (row.curve.length - 1)).toFixed(1)} ${(floor - tall * v).toFixed(1)}`).join('L');
    svg.append(make('path', { d: `M${curve}L${right} ${floor}L${left} ${floor}Z`, class: pool ? 'pool-fill' : 'fill' }), make('path', { d: `M${curve}`, class: pool ? 'pool' : 'curve' }));
    svg.append(make('line', { x1: 0, x2: width, y1: floor, y2: floor, class: pool ? 'zero' : 'grid' }));
    if (row.middle > low && row.middle < high) {
      const near = Math.round((row.curve.length - 1) * (row.middle - low) / (high - low));
      svg.append(make('line', { x1: at(row.middle), x2: at(row.middle), y1: floor - tall * row.curve[near], y2: floor, class: pool ? 'pool' : 'curve' }));
    }
    const name = make('text', { x: 0, y: narrow ? floor - step + 26 : floor - 38, class: 'name' }, short(row.name, narrow ? 30 : 22));
    if (row.role && row.name.length + row.role.length < (narrow ? 30 : 20)) name.append(make('tspan', { class: 'role', dx: 6 }, row.role));
    svg.append(name, make('text', { x: 0, y: narrow ? floor - step + 50 : floor - 13, class: 'ink' }, row.text));
    if (row.why && !narrow) svg.append(make('text', { x: right - 6, y: floor - 12, 'text-anchor': 'end', class: 'ink why' }, fill(words.quote, { words: short(row.why, Math.round((right - left) / 10)) })));
    const value = pool ? priced?.pool : priced?.values?.[row.id];
    svg.append(make('text', { x: width, y: floor - 28, 'text-anchor': 'end', class: `worth ${value ? ['loss', 'even', 'gain'][value.sign + 1] : ''}` }, value ? value.text : priced?.busy ? '…' : '–'));
  });
  for (const v of ticks(low, high, narrow ? 4 : 6)) svg.append(make('text', { x: at(v), y: bottom + 26, 'text-anchor': 'middle' }, plain(v * (wall.asked.percent ? 100 : 1)) + (wall.asked.percent ? ' %' : '')));
  place.replaceChildren(svg);
};
const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const plain = (value) => new Intl.NumberFormat(words.language, { maximumSignificantDigits: 3 }).format(value).replace('-', '−');
const ticks = (low, high, count) => {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step) found.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return found;
};

// ---- what the facilitator does -----------------------------------------------------------------------------------------
// Numbers go as they were typed: the server reads them, and asks where it cannot.
const texts = (ids) => {
  const values = ids.map((id) => $(id).value.trim());
  return values.includes('') ? null : values;
};
const weights = (rows) => $('weights').replaceChildren(...rows.map((row) => {
  const input = element('input', { inputMode: 'decimal', value: plain(row.weight) });
  input.dataset.weight = row.id;
  input.setAttribute('aria-label', fill(words.weight, { name: row.name }));
  input.addEventListener('change', () => say({ do: 'weigh', weights: stated() }));
  return element('label', { className: 'w' }, element('span', {}, row.name), input);
}));
const stated = () => Object.fromEntries([...document.querySelectorAll('[data-weight]')].map((input) => [input.dataset.weight, input.value]));
const how = (which, ask = true) => {
  const before = view.how;
  view.how = which;
  for (const button of document.querySelectorAll('[data-how]')) button.setAttribute('aria-pressed', String(button.dataset.how === which));
  $('weights').hidden = which !== 'weights';
  $('agreed').hidden = which !== 'agreed';
  if (ask && which !== before && (which === 'weights' || before === 'weights')) say({ do: 'weigh', weights: which === 'weights' ? stated() : {} });
};
for (const button of document.querySelectorAll('[data-how]')) button.addEventListener('click', () => how(button.dataset.how));
$('ask').addEventListener('click', () => {
  const ends = texts(['from', 'to']), own = $('from').value.trim() || $('to').value.trim();
  if (own && !ends) { tell(words.numbers); return; }
  say({ do: 'ask', name: $('what').value, ...(own ? { low: ends[0], high: ends[1] } : {}) });
  $('ask-more').open = false;
  $('from').value = $('to').value = '';
});
$('again').addEventListener('click', () => { const { name, edges } = view.wall.asked; say({ do: 'ask', name, low: edges[0], high: edges.at(-1) }); $('ask-more').open = false; });
$('reveal').addEventListener('click', () => say({ do: 'reveal' }));
$('undo').addEventListener('click', () => say({ do: 'undo' }));
$('take').addEventListener('click', () => {
  const message = { do: 'take', how: view.how, why: $('reason').value };
  if (view.how === 'weights') message.weights = stated();
  if (view.how === 'agreed') {
    const values = texts(['a1', 'a2', 'a3']);
    if (!values) { tell(words.numbers); return; }
    message.agreed = { way: 'quartiles', values };
  }
  say(message);
});
addEventListener('resize', paint);
connect();
