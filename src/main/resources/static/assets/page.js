// What a page gains by a script; without it every page works, too. Texts go in as text, never as markup: the only markup
// that is put in comes from this service's own templates, parsed, not run.
'use strict';

document.documentElement.classList.add('js');

// --- figures, as the server says them --------------------------------------------------------------------------------

const two = (n) => String(n).padStart(2, '0');

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min ${two(whole % 60)} s`;
}

function duration(seconds) {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds);
}

function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) {
    count /= 1000;
    unit++;
  }
  return `${count.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

function measure(progress, rate) {
  const of = progress.total > 0;
  if (progress.unit === 'bytes') {
    return bytes(progress.done) + (of ? ` of ${bytes(progress.total)}` : '') + (rate > 0 ? `, ${bytes(rate)}/s` : '');
  }
  if (progress.unit === 'attempts') return `attempt ${progress.done}${of ? ` of ${progress.total}` : ''}`;
  return `${progress.done}${of ? ` of ${progress.total}` : ''} ${progress.unit}`;
}

// --- parts of a page that the server renders anew -----------------------------------------------------------------------

/** Puts in whatever part has changed, but none that somebody is busy with. */
function put(live, text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  const names = new Set();
  let before = null;
  for (const part of fresh.querySelectorAll('[data-part]')) {
    names.add(part.dataset.part);
    const old = live.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old) {
      const node = document.importNode(part, true);
      if (before) before.after(node);
      else live.prepend(node);
      before = node;
      continue;
    }
    before = old;
    if (isBusy(old) || old.dataset.source === part.outerHTML || old.outerHTML === part.outerHTML) continue;
    const node = document.importNode(part, true);
    keepChoices(old, node);
    const focus = old.contains(document.activeElement) ? path(old, document.activeElement) : null;
    old.replaceWith(node);
    node.dataset.source = part.outerHTML;
    before = node;
    if (focus) follow(node, focus)?.focus();
  }
  for (const old of live.querySelectorAll('[data-part]')) {
    if (!names.has(old.dataset.part) && !isBusy(old)) old.remove();
  }
  ready(live);
}

function isBusy(part) {
  return part.querySelector('dialog[open]') !== null;
}

/** What was chosen, typed or opened stays. */
function keepChoices(old, node) {
  for (const input of old.querySelectorAll('input')) {
    const same = [...node.querySelectorAll('input')].find(
      (other) => other.name === input.name && (input.type !== 'radio' || other.value === input.value));
    if (!same) continue;
    if (input.type === 'radio') same.checked = input.checked;
    else if (input.type !== 'hidden') same.value = input.value;
  }
  const radios = [...node.querySelectorAll('input[type=radio]')];
  if (radios.length > 0 && !radios.some((radio) => radio.checked)) radios[0].checked = true;
  const before = old.querySelectorAll('details');
  node.querySelectorAll('details').forEach((details, i) => {
    if (before[i]) details.open = before[i].open;
  });
}

/** Where an element is within its part, so that the keyboard's focus survives a change around it. */
function path(root, element) {
  const steps = [];
  for (let at = element; at !== root; at = at.parentElement) steps.unshift([...at.parentElement.children].indexOf(at));
  return steps;
}

function follow(root, steps) {
  return steps.reduce((at, step) => at?.children[step], root);
}

async function load(live, address) {
  const answer = await fetch(address, {headers: {'X-Requested-With': 'XMLHttpRequest', Accept: 'text/html'}});
  if (answer.redirected && new URL(answer.url).pathname === '/login') {
    location.reload();
    return false;
  }
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  put(live, await answer.text());
  return true;
}

// --- dialogs -----------------------------------------------------------------------------------------------------------

/** A dialog that the server has opened becomes a modal one. */
function ready(root) {
  for (const dialog of root.querySelectorAll('dialog[data-modal]')) {
    dialog.removeAttribute('data-modal');
    dialog.close();
    dialog.showModal();
  }
}

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-dialog]');
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog).showModal();
    return;
  }
  const closer = event.target.closest('[data-close]');
  if (closer && closer.closest('dialog')) {
    event.preventDefault();
    closer.closest('dialog').close();
    return;
  }
  if (event.target.closest('[data-print]')) window.print();
});

// A link that acts as a button answers to the space bar as one.
document.addEventListener('keydown', (event) => {
  if (event.key === ' ' && event.target.matches('a[role=button]')) {
    event.preventDefault();
    event.target.click();
  }
});

// One click is enough: a second one would ask for the same again.
document.addEventListener('submit', (event) => {
  if (event.target.method !== 'post') return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = 'yes';
});
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// --- a page that shows the last look at the stores, then a fresh one --------------------------------------------------------

function refresh(live) {
  const again = async (address) => {
    try {
      await load(live, address);
    } catch (failure) {
      console.info('not refreshed', String(failure));
    }
  };
  const first = live.dataset.first;
  if (first) {
    const parameter = live.dataset.parameter;
    const choice = parameter && document.getElementById(parameter);
    const address = () => (choice ? `${first}&${parameter}=${encodeURIComponent(choice.value)}` : first);
    again(address());
    choice?.addEventListener('change', () => again(address()));
  }
  if (live.dataset.again && live.dataset.every && !live.dataset.run) {
    // Something that goes on is worth a look more often.
    const wait = () => (live.querySelector('[data-busy]') ? 3000 : live.dataset.every * 1000);
    const next = () => setTimeout(async () => {
      if (!document.hidden) await again(live.dataset.again);
      next();
    }, wait());
    next();
  }
}

// --- a run that is followed -------------------------------------------------------------------------------------------

function watch(live) {
  const log = document.getElementById('log');
  const say = document.getElementById('say');
  const lost = document.getElementById('lost');
  const since = performance.now();
  let last = Number(live.dataset.last);
  let stream = null;
  let pending = null;
  let measures = [];
  let said = '';
  let clockFrom = {at: since, seconds: 0};

  const head = () => live.querySelector('[data-part=head]');
  const status = () => head().dataset.status;
  const isActive = () => ['queued', 'running', 'waiting'].includes(status());

  function takeClock() {
    const part = live.querySelector('[data-part=clock]');
    clockFrom = {at: performance.now(), seconds: Number(part.dataset.seconds)};
  }

  function tick() {
    const part = live.querySelector('[data-part=clock]');
    if (part.dataset.active !== 'true') return;
    const seconds = clockFrom.seconds + (performance.now() - clockFrom.at) / 1000;
    part.querySelector('[data-clock]').textContent = clock(seconds);
    const bar = part.querySelector('[data-clock-bar]');
    bar.value = seconds;
    bar.classList.toggle('late', seconds > Number(part.dataset.target));
  }

  function tell() {
    const now = head().dataset.say;
    if (now !== said) say.textContent = said = now;
  }

  async function renew() {
    try {
      if (!(await load(live, live.dataset.again))) return;
      takeClock();
      tick();
      tell();
      showProgress();
    } catch (failure) {
      console.info('not refreshed', String(failure));
    }
  }

  /** Soon, and once for several events that come together. */
  function renewSoon() {
    if (pending) return;
    pending = setTimeout(() => {
      pending = null;
      renew();
    }, 120);
  }

  function line(at, kind, text) {
    const box = log.parentElement;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    const item = document.createElement('li');
    item.className = kind;
    const time = document.createElement('time');
    time.dateTime = at;
    time.textContent = at.slice(11, 19);
    const words = document.createElement('span');
    words.className = 'anywhere';
    words.textContent = text;
    item.append(time, ' ', words);
    log.append(item);
    if (atEnd) box.scrollTop = box.scrollHeight;
  }

  function showProgress() {
    const now = measures.at(-1);
    const step = now && live.querySelector(`[data-step="${now.step}"][data-state="running"]`);
    if (!step) return;
    const from = measures[0];
    const seconds = (now.time - from.time) / 1000;
    const rate = seconds < 0.5 ? 0 : (now.done - from.done) / seconds;
    const box = step.querySelector('[data-progress]');
    box.hidden = false;
    const bar = box.querySelector('progress');
    if (now.total > 0) {
      bar.max = now.total;
      bar.value = now.done;
    } else {
      bar.removeAttribute('value');
    }
    box.querySelector('[data-progress-text]').textContent = measure(now, rate);
  }

  /** Each event once, in order: a stream that was cut off may send some again. */
  function news(event) {
    const id = Number(event.lastEventId);
    if (id <= last && event.type !== 'done') return null;
    last = Math.max(last, id);
    lost.hidden = true;
    return JSON.parse(event.data);
  }

  function connect() {
    stream = new EventSource(`/api/v1/runs/${live.dataset.run}/events?after=${last}`);
    stream.addEventListener('open', () => {
      lost.hidden = true;
    });
    stream.addEventListener('step', (event) => {
      const step = news(event);
      if (!step) return;
      measures = [];
      const done = step.status === 'completed' || step.status === 'failed';
      line(step.at, 'step', `step ${step.step} ${step.name}: ${step.status.replace('_', ' ')}`
        + (done ? ` in ${duration(step.duration_seconds)}` : '') + (step.error ? `: ${step.error}` : ''));
      renewSoon();
    });
    stream.addEventListener('log', (event) => {
      const entry = news(event);
      if (!entry) return;
      line(entry.at, 'log', entry.message);
      renewSoon();
    });
    stream.addEventListener('progress', (event) => {
      const progress = news(event);
      if (!progress) return;
      progress.time = Date.parse(progress.at);
      if (measures.length > 0 && (progress.done < measures.at(-1).done || progress.step !== measures[0].step)) measures = [];
      measures.push(progress);
      while (measures[0].time < progress.time - 10000) measures.shift();
      showProgress();
    });
    stream.addEventListener('done', async (event) => {
      news(event);
      stream.close();
      await renew();
      // A run that waits for a person may go on, and one that has ended may be resumed or rolled back by somebody else.
      setTimeout(connect, isActive() ? 2000 : 30000);
    });
    stream.addEventListener('error', () => {
      lost.hidden = !isActive();
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => renew().then(connect), 3000);
    });
  }

  log.parentElement.scrollTop = log.parentElement.scrollHeight;
  takeClock();
  tell();
  connect();
  setInterval(tick, 1000);
  setInterval(() => isActive() && !document.hidden && renew(), live.dataset.every * 1000);
}

for (const button of document.querySelectorAll('[data-print]')) button.hidden = false;
ready(document);
const live = document.getElementById('live');
if (live) (live.dataset.run ? watch : refresh)(live);
document.querySelector('[aria-invalid=true]')?.focus();
