// SPDX-License-Identifier: MIT
// A phone of the room: one expert's judgement, said in words before it is sent. Nothing of the others is here before the reveal.

const words = JSON.parse(document.getElementById('words').textContent);
const $ = (id) => document.getElementById(id);
const CHIPS = 20;
const view = { mine: [], expert: '', asked: null, counts: [], at: 0, n: 0, checked: 0, accepted: 0, joining: false, ready: false };
window.room = view; // read by tests
const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (_all, key) => parts[key]);
const plain = (value) => new Intl.NumberFormat(words.language, { maximumSignificantDigits: 12, useGrouping: false }).format(value).replace('-', '−');

let socket = null;
const say = (message) => {
  view.n += 1;
  if (socket && socket.readyState === 1) socket.send(JSON.stringify({ ...message, n: view.n }));
  else tell(words.gone);
  return view.n;
};
const tell = (text) => { $('told').textContent = text; $('told').hidden = !text; };
const connect = () => {
  if (socket) { socket.onclose = null; socket.close(); }
  socket = new WebSocket(`ws://${location.host}/socket`);
  socket.onopen = () => { tell(view.sending ? words.broken : ''); view.sending = 0; };
  socket.onmessage = (event) => { const message = JSON.parse(event.data); (take[message.kind] ?? (() => {}))(message); };
  socket.onclose = () => { tell(words.gone); setTimeout(connect, 1500); };
};

const show = (...places) => {
  for (const place of ['join', 'wait', 'judge', 'shown']) $(place).hidden = !places.includes(place);
  $('next').hidden = !view.mine.length || places.includes('join');
};

// ---- joining ---------------------------------------------------------------------------------------------------------
const from_address = decodeURIComponent(location.hash.slice(1));
if (from_address) { $('code').value = from_address; history.replaceState(null, '', '/'); }
$('join').addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ code: $('code').value, name: $('name').value, role: $('role').value });
  const answer = await fetch('/join', { method: 'POST', body, credentials: 'same-origin' });
  if (answer.status === 204) {
    view.joining = false;
    view.newest = true;
    $('name').value = $('role').value = '';
    tell('');
    connect();
  } else if (answer.status === 400) tell((await answer.json()).fault);
  else tell(answer.status === 429 ? words.tries : words.code);
});
$('another').addEventListener('click', () => {
  clear();
  view.joining = true;
  $('code-line').hidden = true;
  $('join-note').hidden = true;
  $('back').hidden = false;
  show('join');
  $('name').focus();
});
$('back').addEventListener('click', () => { view.joining = false; paint(); });

// ---- what there is -----------------------------------------------------------------------------------------------------
const take = {
  phone: (message) => {
    const before = view.asked?.number;
    Object.assign(view, { mine: message.mine, asked: message.asked, state: message });
    if (view.newest || !message.mine.some((each) => each.id === view.expert)) view.expert = message.mine.at(-1)?.id ?? '';
    view.newest = false;
    if (view.asked && view.asked.number !== before) {
      clear();
      if (message.own && !message.revealed) restore(message.own);
    }
    paint();
  },
  checked: (message) => {
    if (message.n < view.checked) return;
    view.checked = message.n;
    $('echo-text').textContent = message.fault ? '' : message.text;
    $('echo-means').textContent = message.fault ? '' : message.meaning;
    $('echo-note').textContent = message.fault ?? message.note;
    view.ready = !message.fault;
  },
  accepted: (message) => {
    view.accepted = message.n;
    view.sending = 0;
    tell(words.accepted);
    if (view.mine.length > 1) clear(); // the next one at this screen must not see it
  },
  refused: (message) => { view.sending = 0; tell(message.fault ?? message.text); },
};
const paint = () => {
  const now = view.state;
  if (!now || !now.mine.length || view.joining) { show('join'); return; }
  if (!now.asked) { show('wait'); return; }
  if (now.revealed) { if ($('told').textContent === words.accepted) tell(''); shown(now); return; }
  show('judge');
  const many = now.mine.length > 1;
  $('pick').hidden = !many;
  $('who').textContent = many ? '' : now.mine[0].name;
  $('nth').textContent = fill(words.question, { n: now.asked.number });
  $('question').textContent = now.asked.question;
  $('unit').textContent = now.asked.unit;
  $('count').textContent = fill(words.count, { k: now.sent, n: now.people });
  $('expert').replaceChildren(...now.mine.map((each) => {
    const option = document.createElement('option');
    option.value = each.id;
    option.textContent = each.sent ? `${each.name} ✓` : each.name;
    option.selected = each.id === view.expert;
    return option;
  }));
  if (!$('bins').children.length) bins();
  if (kept()) check();
};
const shown = (now) => {
  show('shown');
  $('shown-nth').textContent = fill(words.question, { n: now.asked.number });
  $('shown-q').textContent = now.asked.question;
  $('rows').replaceChildren(...now.rows.map((row) => {
    const item = document.createElement('li');
    const name = document.createElement('b');
    name.textContent = row.name;
    const mine = now.mine.some((each) => each.id === row.id) ? ` (${words.you})` : '';
    const why = document.createElement('p');
    why.textContent = row.why;
    item.append(name, `${mine}${row.role ? `, ${row.role}` : ''}: ${row.text}`, why);
    return item;
  }));
  $('taken').hidden = !now.taken?.holds;
  if (now.taken) $('taken').textContent = fill(words.taken, now.taken);
};

// ---- chips -------------------------------------------------------------------------------------------------------------
const bins = () => {
  const heads = view.asked.columns;
  view.counts = view.counts.length === heads.length ? view.counts : heads.map(() => 0);
  $('bins').replaceChildren(
    ...heads.map((range, i) => {
      const column = document.createElement('div');
      column.className = 'c';
      column.tabIndex = i === view.at ? 0 : -1;
      column.setAttribute('role', 'spinbutton');
      column.setAttribute('aria-label', fill(words.column, { range }));
      column.setAttribute('aria-valuemin', '0');
      column.setAttribute('aria-valuemax', String(CHIPS));
      column.addEventListener('click', () => { view.at = i; lay(i, 1); });
      column.addEventListener('focus', () => { view.at = i; });
      column.addEventListener('keydown', (event) => {
        const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) lay(i, step);
        else if (move) { const to = Math.min(Math.max(i + move, 0), heads.length - 1); view.at = to; $('bins').children[to].focus(); }
        else return;
        event.preventDefault();
      });
      return column;
    }),
    ...heads.map((range) => Object.assign(document.createElement('div'), { className: 'x', textContent: range })),
    ...heads.map((range, i) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: '−' });
      button.setAttribute('aria-label', fill(words.take, { range }));
      button.addEventListener('click', () => lay(i, -1));
      return button;
    }),
  );
  draw();
};
const laid = () => view.counts.reduce((a, b) => a + b, 0);
const lay = (i, step) => {
  if ((step > 0 && laid() >= CHIPS) || view.counts[i] + step < 0) return;
  view.counts[i] += step;
  draw();
  check();
};
const draw = () => {
  view.counts.forEach((count, i) => {
    const column = $('bins').children[i];
    column.setAttribute('aria-valuenow', String(count));
    column.tabIndex = i === view.at ? 0 : -1;
    column.classList.toggle('full', count > 8);
    column.replaceChildren(...Array.from({ length: count }, () => document.createElement('i')));
  });
  $('left').textContent = fill(words.left, { n: CHIPS - laid() });
};

// ---- the judgement -----------------------------------------------------------------------------------------------------
const way = () => document.querySelector('input[name=way]:checked').value;
const fields = { quartiles: ['q1', 'q2', 'q3'], interval: ['low', 'high', 'likely'] };
// Numbers go as they were typed: the server reads them, and asks where it cannot.
const numbers = (ids) => {
  const values = ids.map((id) => $(id).value.trim());
  return values.includes('') ? null : values;
};
const missing = () => (way() === 'chips' ? words.all : words.numbers);
// On a screen that several share nothing comes back of what was sent; that it is kept is said all the same.
const kept = () => view.mine.length > 1 && view.mine.find((each) => each.id === view.expert)?.sent
  && (way() === 'chips' ? !laid() : fields[way()].every((id) => !$(id).value.trim()));
const judged = () => {
  if (way() === 'chips') return laid() === CHIPS ? { way: 'chips', counts: view.counts } : null;
  const values = numbers(fields[way()]);
  if (way() === 'quartiles') return values && { way: 'quartiles', values };
  return values && { way: 'interval', low: values[0], high: values[1], most_likely: values[2], mass: Number($('mass').value) };
};
let waiting = 0;
const check = () => {
  clearTimeout(waiting);
  view.ready = false;
  const what = judged();
  if (!what) {
    view.checked = view.n + 1; // answers to what stood there before come too late
    $('echo-text').textContent = kept() ? words.kept : missing();
    $('echo-means').textContent = $('echo-note').textContent = '';
    return;
  }
  // What was said of numbers that stood there before is gone at once: the first fit of an interval takes some seconds.
  $('echo-text').textContent = words.working;
  $('echo-means').textContent = $('echo-note').textContent = '';
  waiting = setTimeout(() => say({ do: 'check', round: view.asked.number, judged: what }), 250);
};
const ways = () => {
  for (const each of ['chips', 'quartiles', 'interval']) $(each).hidden = each !== way();
  check();
};
document.querySelectorAll('input[name=way]').forEach((input) => input.addEventListener('change', ways));
for (const id of ['q1', 'q2', 'q3', 'low', 'high', 'likely', 'mass']) $(id).addEventListener('input', check);
$('expert').addEventListener('change', () => { view.expert = $('expert').value; clear(); paint(); });
const clear = () => {
  view.counts = [];
  view.at = 0;
  $('bins').replaceChildren();
  for (const id of ['q1', 'q2', 'q3', 'low', 'high', 'likely', 'why']) $(id).value = '';
  if (view.asked) { bins(); ways(); }
};
const restore = ({ entry, why }) => {
  const factor = view.asked.percent ? 100 : 1;
  const put = (ids, values) => ids.forEach((id, i) => { $(id).value = plain(values[i] * factor); });
  if (entry.chips) { view.counts = [...entry.chips.counts]; bins(); }
  if (entry.quartiles) put(['q1', 'q2', 'q3'], entry.quartiles);
  if (entry.interval) put(['low', 'high', 'likely'], [...entry.interval, entry.most_likely]);
  const chosen = entry.chips ? 'chips' : entry.quartiles ? 'quartiles' : 'interval';
  document.querySelector(`input[name=way][value=${chosen}]`).checked = true;
  $('why').value = why;
  ways();
};
$('judge').addEventListener('submit', (event) => {
  event.preventDefault();
  const what = judged();
  if (!what) { tell(missing()); return; }
  if (socket?.readyState !== 1) { tell(words.gone); return; }
  tell(words.sending);
  view.sending = view.n + 1;
  say({ do: 'say', expert: view.expert, round: view.asked.number, judged: what, why: $('why').value });
});
if (words.known) connect();
else show('join');
