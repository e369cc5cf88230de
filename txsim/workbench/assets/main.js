// SPDX-License-Identifier: MIT
// The page of the workbench: what is moved goes to the server, what comes back is shown. Nothing is computed here.
import * as pictures from './pictures.js';

const words = JSON.parse(document.getElementById('words').textContent);
const { field, plain, signed } = pictures.formats(words.language);
const $ = (id) => document.getElementById(id);
const PARTS = ['low', 'middle', 'high'];
const rows = new Map([...document.querySelectorAll('.row')].map((row) => [row.dataset.name, row]));
const view = { values: {}, hand: '', chosen: '', changes: [], held: null, arrived: null, answer: null, digest: '', dragging: null, n: 0 };
window.workbench = view; // read by tests and by the benchmark

// ---- the socket -----------------------------------------------------------------------------------------------------
let socket = null, told = 0;
const say = (message) => { if (socket && socket.readyState === 1) socket.send(JSON.stringify(message)); };
const connect = () => {
  socket = new WebSocket(`ws://${location.host}/socket`);
  socket.onmessage = (event) => { const message = JSON.parse(event.data); (take[message.kind] ?? (() => {}))(message); };
  socket.onclose = () => { tell(words.gone); setTimeout(connect, 3000); };
  socket.onopen = () => { tell(''); view.chosen = ''; };
};
// What leads to another answer has a number, by which the answer is known.
const ask = (message) => {
  if (socket?.readyState !== 1) { tell(words.gone); put_back(); return view.n; } // nothing typed or moved is lost without a word
  tell('');
  view.n += 1;
  if (moving.has(message.do)) old(message.do !== 'drag');
  say({ ...message, n: view.n });
  return view.n;
};
const moving = new Set(['move', 'drag', 'reset', 'undo', 'redo', 'pin', 'go', 'save']);
// Figures of what stood there before are faint at once, and say so as soon as that lasts longer than a blink.
let said_old = 0;
const OLD = ['tiles', 'verdict', 'options', 'histogram', 'fan', 'carried', 'histogram-h', 'fan-h', 'carried-h', 'carried-note', 'phone'];
const old = (asked, parts = OLD) => {
  view.pending = asked || view.pending;
  for (const id of parts) $(id).classList.add('stale');
  clearTimeout(said_old);
  if (view.answer) said_old = setTimeout(() => {
    if ($('tiles').classList.contains('stale') && !['far', 'busy'].some((kind) => $('badge').classList.contains(kind))) show_badge({ kind: 'busy', text: words.old });
  }, 400);
};
const fresh = (...parts) => { for (const id of parts) $(id).classList.remove('stale'); };
// Whether what came belongs to what stands there now; while a hand drags, to its last question.
const is_now = (message) => (message.final ? !view.pending && view.dragging === null && message.mark === view.mark : message.n >= view.n);
const put_back = () => {
  view.dragging = null;
  waiting = null;
  numbers(true);
  for (const [name, row] of rows) if (view.values[name]) write_row(row, view.values[name]);
  draw_hand();
};
const write_row = (row, now) => {
  const slider = row.querySelector('input');
  Object.assign(row.dataset, { low: now.low, high: now.high }); // further apart where more was typed
  slider.value = to_place(row, now.middle);
  slider.setAttribute('aria-valuetext', now.text);
  row.querySelector('output').textContent = now.text;
};
view.ask = ask;
const tell = (text) => {
  clearTimeout(told);
  $('told').textContent = text;
  $('told').hidden = !text;
  if (text && text !== words.gone) told = setTimeout(() => { $('told').hidden = true; }, 12000);
};

// A drag asks no more often than the page can be painted, and never while an answer is under way.
let waiting = null, asked = 0, open_ = 0;
const drag = (name, part, value, alone) => {
  waiting = { do: 'drag', name, part, value, alone };
  if (!asked) asked = requestAnimationFrame(send);
};
const send = () => {
  asked = 0;
  if (!waiting || (open_ && performance.now() - open_ < 1500)) return;
  open_ = performance.now();
  ask(waiting);
  waiting = null;
};
const drop = (name, part, value, alone) => {
  waiting = null;
  open_ = 0;
  view.dragging = null;
  view.chosen = name;
  ask({ do: 'move', name, seen: question_of(name), part, value, alone });
};
const question_of = (name) => rows.get(name).querySelector('input').getAttribute('aria-label');

// ---- controls -------------------------------------------------------------------------------------------------------
const to_value = (row, place) => {
  const low = +row.dataset.low, high = +row.dataset.high, share = place / 1000;
  const value = row.dataset.log ? low * (high / low) ** share : low + (high - low) * share;
  return row.dataset.whole ? Math.round(value) : row.dataset.percent && !row.dataset.log ? Math.round(value * 1000) / 1000 : value;
};
const to_place = (row, value) => {
  const low = +row.dataset.low, high = +row.dataset.high;
  return 1000 * (row.dataset.log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
};
const shown = (row, value) => (row.dataset.percent ? `${plain(value * 100)} %` : plain(value));

for (const [name, row] of rows) {
  const slider = row.querySelector('input');
  slider.addEventListener('input', () => {
    view.dragging = name;
    const value = to_value(row, +slider.value);
    row.querySelector('output').textContent = shown(row, value);
    slider.setAttribute('aria-valuetext', shown(row, value));
    choose(name);
    drag(name, 'middle', value, false);
  });
  slider.addEventListener('change', () => drop(name, 'middle', to_value(row, +slider.value), false));
  row.querySelector('.take').addEventListener('click', () => { choose(name); ask({ do: 'hand', name }); });
}
// Heading, unit and fields are those of one item from the moment it is chosen; what takes longer to know comes later.
const pick = (name) => {
  if (view.hand === name || !rows.has(name)) return;
  view.hand = name;
  for (const [other, row] of rows) row.classList.toggle('picked', other === name);
  view.held = view.drawn = null;
  const words = question_of(name);
  $('question').textContent = words.charAt(0).toUpperCase() + words.slice(1);
  units(rows.get(name).dataset.unit ?? '', '');
  for (const place of ['density', 'legend']) $(place).replaceChildren();
  for (const place of ['says', 'gap', 'claims']) $(place).hidden = true;
  numbers(true);
  if (view.arrived?.name === name) take.hand(view.arrived);
};
const units = (unit, about) => {
  $('unit').textContent = about || (unit === '%' ? '' : unit);
  for (const part of PARTS) $(`u-${part}`).textContent = unit.length <= 12 ? unit : '';
};
// Until the server has heard what was chosen here, and while somebody types, another item does not come into the fields.
const choose = (name) => { view.chosen = name; pick(name); };
const typing = () => PARTS.some((part) => document.activeElement === $(`n-${part}`));
const follow = (name) => {
  view.elsewhere = name;
  if (view.chosen && view.chosen !== name) return;
  view.chosen = '';
  if (view.dragging === null && !typing()) pick(name);
};

// ---- what is in hand ------------------------------------------------------------------------------------------------
// Whether what is not touched on the picture stays where it is; so it is at first for a skewed belief.
const alone = () => $('alone').checked;
const may_stand = (part, value) => {
  const { low, middle, high } = ends_of(view.values[view.hand]);
  if (part === 'middle') return !alone() || (value > low && value < high);
  return part === 'low' ? value < middle : value > middle;
};
const factor = () => (rows.get(view.hand)?.dataset.percent ? 100 : 1);
for (const part of PARTS) {
  const input = $(`n-${part}`);
  input.addEventListener('change', () => drop(view.hand, part, input.value, alone()));
  input.addEventListener('blur', () => setTimeout(() => follow(view.elsewhere || view.hand)));
}
let ticked = { name: '', skewed: false };
const numbers = (anew) => {
  const now = view.values[view.hand];
  if (!now) return;
  if (ticked.name !== view.hand || (now.skewed && !ticked.skewed)) $('alone').checked = now.skewed;
  ticked = { name: view.hand, skewed: now.skewed };
  $('alone-line').hidden = !now.ends;
  $('shape-of').textContent = now.shape;
  const ends = now.ends;
  $('nums').classList.toggle('known', !ends);
  $('density').classList.toggle('tall', !!ends);
  const write = (part, value) => { if (anew || document.activeElement !== $(`n-${part}`)) $(`n-${part}`).value = value === null ? '' : field(value * factor()); };
  write('middle', now.middle);
  write('low', ends ? ends[0] : null);
  write('high', ends ? ends[1] : null);
};
const handles = {
  start: (part) => { view.dragging = view.hand; view.part = part; },
  drag: (part, value) => {
    const now = view.values[view.hand];
    if (!may_stand(part, value)) return;
    $(`n-${part}`).value = field(value * factor());
    view.held_at = value;
    if (view.held?.density) draw_density({ ...(view.drawn ?? ends_of(now)), [part]: value });
    drag(view.hand, part, value, alone());
  },
  drop: (part, value) => {
    view.part = '';
    if (!may_stand(part, value)) { view.dragging = null; ask({ do: 'hand', name: view.hand }); return; }
    drop(view.hand, part, value, alone());
  },
};
const ends_of = (now) => ({ low: now.ends?.[0] ?? now.middle, middle: now.middle, high: now.ends?.[1] ?? now.middle });
const draw_density = (held) => {
  const part = document.activeElement?.dataset?.part;
  pictures.density($('density'), view.held.density, held, (v) => plain(v * factor()), { low: words.low, middle: words.middle, high: words.high, ...view.held.legend }, handles);
  if (part && view.dragging === null) $('density').querySelector(`[data-part=${part}]`)?.focus();
};
const draw_hand = () => {
  const held = view.held, now = view.values[held?.name];
  if (!held || !now) return;
  if (held.density) draw_density(view.drawn ?? ends_of(now));
  else $('density').replaceChildren();
};

const table = (body, lines) => {
  body.replaceChildren(...lines.map((cells) => {
    const row = document.createElement('tr');
    row.append(...cells.map((cell) => { const td = document.createElement('td'); td.append(...[cell].flat()); return td; }));
    return row;
  }));
};
const element = (name, text, kind) => { const node = document.createElement(name); node.textContent = text; if (kind) node.className = kind; return node; };

// ---- what comes -----------------------------------------------------------------------------------------------------
const take = {
  state(message) {
    view.values = message.values;
    view.changes = message.changes;
    for (const [name, row] of rows) {
      const now = message.values[name];
      if (!now) continue;
      row.classList.toggle('changed', now.changed);
      if (view.dragging === name) continue;
      write_row(row, now);
    }
    view.mark = message.mark;
    view.pending = false;
    if (view.answer && view.answer.mark !== view.mark) old(false);
    follow(message.hand);
    $('undo').disabled = !message.undo;
    $('redo').disabled = !message.redo;
    const count = message.changes.length;
    $('unsaved').textContent = count ? words.unsaved.replace('{n}', count) : words.saved;
    $('pinned').textContent = message.pinned;
    $('line').textContent = message.command;
    view.command = message.command;
    numbers();
    draw_hand();
    changes();
  },
  answer(message) {
    if (message.n >= view.n) open_ = 0;
    view.answer = message;
    show_badge(message.badge);
    const now = is_now(message);
    if (now) { clearTimeout(said_old); fresh('tiles', 'histogram', 'fan', 'histogram-h', 'fan-h', 'phone'); }
    else old(false);
    $('tiles').replaceChildren(...message.tiles.map((tile) => {
      const box = document.createElement('div');
      const figure = element('dd', tile.figure, 'fig');
      figure.dataset.key = tile.key;
      if (tile.value !== null) figure.dataset.value = tile.value;
      figure.append(' ', element('small', tile.unit));
      box.append(element('dt', tile.label), figure, element('dd', tile.note, 'd'));
      return box;
    }));
    $('histogram-h').textContent = message.histogram?.title ?? '';
    pictures.histogram($('histogram'), message.histogram, message.unit, signed);
    $('fan-h').textContent = message.fan.title;
    pictures.fan($('fan'), message.fan, message.unit, signed);
    foot();
    for (const id of ['verdict', 'options', 'carried', 'carried-h', 'carried-note']) $(id).classList.add('stale'); // until the verdict on these figures comes
    if (waiting && !asked) asked = requestAnimationFrame(send);
    requestAnimationFrame(() => { view.painted = { n: message.n, at: performance.now(), final: message.final, badge: message.badge.kind }; });
  },
  badge(message) {
    open_ = 0;
    show_badge(message.badge);
    $('badge').title = message.why;
    old(false);
  },
  hand(message) {
    view.arrived = message;
    if (!view.hand) pick(message.name);
    if (message.name !== view.hand) return;
    view.held = message;
    $('question').textContent = message.question;
    units(message.unit, message.about);
    const parts = message.density ? ['prior', 'claims', 'together', 'base'].filter((k) => message.density[k]) : [];
    $('legend').replaceChildren(...parts.map((k) => { const span = element('span', message.legend[k]); span.prepend(element('i', '', `k-${k}`)); return span; }));
    view.drawn = message.held ?? null;
    if (view.drawn && view.dragging === message.name && view.part) view.drawn[view.part] = view.held_at;
    draw_hand();
    numbers();
    if (!message.says) return; // the rest follows when the hand rests
    $('says').hidden = !message.says.length;
    $('says').replaceChildren(...message.says.map((line) => element('p', line)), ...(message.note ? [element('p', message.note, 'small')] : []));
    $('gap').hidden = !message.gap;
    if (message.gap) {
      $('gap-h').textContent = message.gap.title;
      pictures.shares($('gap-bar'), message.gap.parts, (s) => `${plain(Math.round(100 * s))} %`);
      const list = element('p', message.gap.parts.map((p) => `${p.label} ${plain(Math.round(100 * p.share))} %`).join(' · '), 'small');
      $('gap-bar').append(list);
    }
    $('claims').hidden = !message.claims.length;
    table($('claims').querySelector('tbody'), message.claims.map((c) => {
      const name = element('span', c.id);
      name.title = c.source;
      return [name, element('small', c.says), [`${c.before} → `, element('b', c.after)]];
    }));
  },
  verdict(message) {
    view.verdict = message;
    if (view.answer && is_now(view.answer)) fresh('verdict', 'options');
    pictures.shape($('shape'), message.state);
    $('heading').textContent = message.heading;
    $('lead').textContent = message.lead;
    $('because').textContent = [message.because, message.note].filter(Boolean).join(' ');
    $('why').hidden = !message.because && !message.note;
    $('was').textContent = message.was;
    $('options').replaceChildren(...message.rows.filter((r) => r.name !== 'commit').map((r) => {
      const span = element('span', `${r.label} `);
      span.append(element('b', r.figure), ` · ${r.loss}`);
      return span;
    }));
    foot();
  },
  carried(message) {
    $('carried-h').textContent = message.title;
    $('carried-note').textContent = message.note;
    view.carried = message;
    if (view.answer && is_now(view.answer)) fresh('carried', 'carried-h', 'carried-note');
    if (message.rows.length) pictures.bars($('carried'), message.rows, message.divisor, plain, message.title);
    else $('carried').replaceChildren();
  },
  noted(message) { tell(message.text); },
  elsewhere(message) { tell(message.text); view.note = message.text; },
  busy(message) { $('busy').hidden = !message.text; $('busy').textContent = message.text; $('busy').title = message.text; },
  refused(message) {
    open_ = 0;
    view.refused = message.text;
    view.pending = false;
    if (!$('save-dialog').open) tell(message.text);
    if (view.dragging === null && view.values[view.hand]) put_back();
    if (view.answer && is_now(view.answer)) { fresh(...OLD); show_badge(view.answer.badge); }
    $('save-fault').textContent = $('save-dialog').open ? message.text : '';
  },
  preview(message) {
    view.digest = message.digest;
    $('diff').replaceChildren(...message.diff.map((line) => {
      const kind = line.startsWith('+') ? 'plus' : line.startsWith('-') ? 'minus' : '';
      return element('span', line || ' ', kind);
    }));
    $('pack').open = false;
    $('diff').hidden = false;
    $('write').hidden = false;
    $('show-diff').classList.remove('main');
    $('save-fault').textContent = view.note ?? ''; // what another hand wrote stands beside the change
    view.note = '';
    $('write').focus();
  },
  saved(message) { $('save-dialog').close(); tell(message.text); },
  command(message) { copy(message.line); },
  compare(message) { compared(message); },
};
const show_badge = (badge) => { $('badge').className = `badge ${badge.kind}`; $('badge').textContent = badge.text; };
const foot = () => { $('phone').textContent = [view.answer?.line, view.verdict?.short].filter(Boolean).join(' · '); };

// ---- buttons --------------------------------------------------------------------------------------------------------
for (const what of ['undo', 'redo', 'pin']) $(what).addEventListener('click', () => ask({ do: what }));
$('copy').addEventListener('click', () => say({ do: 'command' }));
$('reset-one').addEventListener('click', () => ask({ do: 'reset', name: view.hand }));
$('reset-all').addEventListener('click', () => ask({ do: 'reset' }));
addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.matches('input:not([type=range],[type=checkbox])')) return;
  const key = event.key.toLowerCase();
  if (key === 'z' && !event.shiftKey) { event.preventDefault(); ask({ do: 'undo' }); }
  else if (key === 'y' || (key === 'z' && event.shiftKey)) { event.preventDefault(); ask({ do: 'redo' }); }
});
const copy = async (text) => {
  view.copied = text;
  try { await navigator.clipboard.writeText(text); tell(words.copied); } catch { tell(text); }
};

const changes = () => {
  table($('changes').querySelector('tbody'), view.changes.length
    ? view.changes.map((c) => [c.label, [element('span', `${c.was} →`, 'whole'), ' ', element('b', c.now, 'whole')]])
    : [[words.nothing, '']]);
  $('show-diff').disabled = !view.changes.length;
  unseen();
};
$('save').addEventListener('click', () => { changes(); $('save-fault').textContent = ''; $('save-dialog').showModal(); });
const whose = () => ({ by: $('by').value, why: $('because-of').value });
$('show-diff').addEventListener('click', () => say({ do: 'preview', ...whose() }));
$('write').addEventListener('click', () => ask({ do: 'save', ...whose(), digest: view.digest }));
$('write-pack').addEventListener('click', () => say({ do: 'pack', name: $('pack-name').value, title: $('pack-title').value, ...whose() }));
const unseen = () => { $('write').hidden = true; $('diff').hidden = true; $('show-diff').classList.add('main'); };
for (const id of ['by', 'because-of']) $(id).addEventListener('input', unseen);
// The change to the file and the pack are not seen together: there is room for one of them.
$('pack').addEventListener('toggle', () => { if ($('pack').open) unseen(); });

$('ab').addEventListener('click', () => { $('ab-table').textContent = words.computing; $('ab-dialog').showModal(); say({ do: 'compare' }); });
for (const button of document.querySelectorAll('#ab-dialog [data-do]'))
  button.addEventListener('click', () => { ask({ do: button.dataset.do, slot: button.dataset.slot }); $('ab-table').textContent = words.computing; say({ do: 'compare' }); });
const compared = ({ a, b }) => {
  view.compared = { a, b };
  if (!a || !b) { $('ab-table').textContent = words.empty; return; }
  const node = document.createElement('table'), head = node.createTHead().insertRow(), body = node.createTBody();
  for (const name of ['', 'A', 'B', words.to_b]) { const th = element('th', name); th.scope = 'col'; head.append(th); }
  const line = ([name, ...cells]) => {
    const row = body.insertRow(), th = element('th', name);
    th.scope = 'row';
    row.append(th);
    for (const cell of cells) row.insertCell().append(cell);
  };
  line([words.what, a.verdict, b.verdict, '']);
  a.tiles.forEach((tile, i) => line([tile.label === b.tiles[i].label ? tile.label : `${tile.label} | ${b.tiles[i].label}`, `${tile.figure} ${tile.unit}`, `${b.tiles[i].figure} ${b.tiles[i].unit}`, b.tiles[i].change]));
  line([words.from, a.badge.text, b.badge.text, '']);
  $('ab-table').replaceChildren(node);
};

let resized = 0;
addEventListener('resize', () => {
  clearTimeout(resized);
  resized = setTimeout(() => {
    for (const kind of ['answer', 'verdict', 'carried']) if (view[kind]) take[kind](view[kind]);
    if (view.held) take.hand(view.held);
  }, 120);
});
connect();
