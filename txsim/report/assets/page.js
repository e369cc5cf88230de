// SPDX-License-Identifier: MIT
// Makes the static pictures live when they come into sight: values under the pointer, options to switch, thresholds.
(() => {
  'use strict';
  const words = JSON.parse(document.getElementById('words').textContent);
  const tip = document.getElementById('tip');
  const views = new Map();

  const figure = (text) => text.replace('.', words.decimal).replace('-', '−');

  const showTip = (_handler, event, _item, value) => {
    if (value === null || value === undefined || value === '') { tip.hidden = true; return; }
    tip.replaceChildren();
    const pairs = typeof value === 'object' ? Object.entries(value) : [['', value]];
    for (const [key, told] of pairs) {
      const line = document.createElement('div');
      if (key) { const name = document.createElement('b'); name.textContent = key; line.append(name); }
      line.append(String(told));
      tip.append(line);
    }
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const y = event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 12 : event.clientY + 18;
    tip.style.left = Math.max(4, x) + 'px';
    tip.style.top = Math.max(4, y) + 'px';
  };

  const inputs = (name) => [...document.querySelectorAll(`input[data-picture="${name}"]`)];

  const told = (name) => {
    const found = {};
    for (const input of inputs(name)) {
      const signal = input.dataset.signal;
      if (input.type === 'radio') { if (input.checked) found[signal] = input.value; }
      else found[signal] = Number(input.value);
    }
    return found;
  };

  const width = (canvas) => Math.min(820, Math.max(240, canvas.clientWidth));

  // A picture is as wide as its frame; some are laid out otherwise, and higher, where that is narrow.
  const fit = (view, frame) => {
    const wide = width(frame.querySelector('.canvas')), fixed = frame.classList.contains('fixed');
    if (!fixed) view.width(wide);
    if (!frame.dataset.narrow) return;
    const narrow = wide < Number(frame.dataset.narrow);
    view.signal('narrow', narrow);
    if (!fixed) view.height(Number(frame.dataset.heights.split(' ')[narrow ? 1 : 0]));
  };

  const make = (name) => {
    if (views.has(name)) return views.get(name);
    const spec = JSON.parse(document.querySelector(`script[data-view="${name}"]`).textContent);
    const frame = document.getElementById(name);
    const canvas = frame.querySelector('.canvas');
    const view = new vega.View(vega.parse(spec, null, { ast: true }), {
      expr: vegaInterpreter.expressionInterpreter,
      renderer: 'svg',
      logLevel: vega.Warn,
      container: canvas.querySelector('.live'),
      hover: true,
    });
    view.tooltip(showTip);
    fit(view, frame);
    for (const [signal, value] of Object.entries(told(name))) view.signal(signal, value);
    views.set(name, view);
    view.runAsync().then(() => { canvas.classList.add('on'); frame.dataset.live = 'yes'; });
    return view;
  };

  for (const input of document.querySelectorAll('input[data-picture]')) {
    input.addEventListener('input', () => {
      const name = input.dataset.picture;
      const view = make(name);
      for (const [signal, value] of Object.entries(told(name))) view.signal(signal, value);
      view.runAsync();
      const output = input.parentElement.querySelector('output');
      if (output) output.textContent = figure(String(+Number(input.value).toPrecision(6)));
    });
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      // After the first paint, one at a time, so that reading never waits for drawing.
      (window.requestIdleCallback || setTimeout)(() => make(entry.target.id));
    }
  }, { rootMargin: '300px' });
  for (const frame of document.querySelectorAll('figure')) seen.observe(frame);

  let waiting = 0;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      for (const [name, view] of views) {
        fit(view, document.getElementById(name));
        view.runAsync();
      }
    }, 120);
  });
  addEventListener('scroll', () => { tip.hidden = true; }, { passive: true });
  addEventListener('beforeprint', () => { for (const d of document.querySelectorAll('details.more')) d.open = true; });

  const links = new Map([...document.querySelectorAll('nav a')].map((a) => [a.hash.slice(1), a]));
  const here = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const a of links.values()) { a.classList.remove('here'); a.removeAttribute('aria-current'); }
      const a = links.get(entry.target.id);
      if (a) { a.classList.add('here'); a.setAttribute('aria-current', 'true'); }
    }
  }, { rootMargin: '-10% 0px -80% 0px' });
  for (const section of document.querySelectorAll('section')) here.observe(section);
})();
