// Brings a page up to date while it is looked at, and follows the log. Without it pages are whole, and as old as their loading.
const EVERY = 10_000;
const main = document.getElementById('main');
const log = document.getElementById('log');
const asked = new URLSearchParams(location.search);

// What is asked for stays with another language.
for (const link of document.querySelectorAll('.languages a')) {
  const there = new URLSearchParams(asked);
  there.set('lang', link.lang);
  link.search = there;
}

// Whoever looks at a page that is no longer renewed must see it, and since when; by the clock of the pages.
let fresh = new Date();
const told = (renewed) => {
  if (renewed) {
    fresh = new Date();
    delete document.body.dataset.stale;
  } else {
    document.body.dataset.stale = `${document.body.dataset.old} ${fresh.toLocaleTimeString('ru', { timeZone: 'Etc/GMT-5' })}`;
  }
};

// Changes what has changed, so that focus, scrolled places and opened tables stay; but no rows and no fields from under somebody.
const become = (old, next) => {
  const here = old.contains(document.activeElement) || (!getSelection().isCollapsed && getSelection().containsNode(old, true));
  if (here && ['FORM', 'TBODY'].includes(old.nodeName)) return;
  if (old.nodeName !== next.nodeName || old.childNodes.length !== next.childNodes.length) {
    old.replaceWith(next);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE && old.data !== next.data) old.data = next.data;
  for (const { name, value } of next.attributes ?? []) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes ?? []]) if (!next.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  const nodes = [...next.childNodes];
  [...old.childNodes].forEach((node, at) => become(node, nodes[at]));
};

if (log) {
  const level = asked.get('level') || 'DEBUG';
  const levels = ['error', 'warn', 'info', 'debug', 'trace'];
  const shown = levels.slice(0, levels.indexOf(level.toLowerCase()) + 1);
  const bottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const add = (item) => {
    const stays = bottom();
    log.append(item);
    while (log.children.length > 500) log.firstChild.remove();
    if (stays) log.scrollTop = log.scrollHeight;
  };
  log.scrollTop = log.scrollHeight;
  const lines = new EventSource('/logs/stream');
  lines.onmessage = ({ data }) => {
    const item = new DOMParser().parseFromString(data, 'text/html').querySelector('li');
    if (item && shown.includes(item.className)) add(item);
  };
  lines.addEventListener('missed', ({ data }) => {
    const item = document.createElement('li');
    item.textContent = `… ${data}`;
    add(item);
  });
  lines.onerror = () => told(false);
  // Lines that were written meanwhile were missed.
  lines.onopen = () => (document.body.dataset.stale ? location.reload() : told(true));
} else if (!asked.has('id')) {
  const renew = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href);
      if (!answer.ok) throw new Error(answer.statusText);
      become(main, new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('main'));
      told(true);
    } catch {
      // The server is being restarted, or its database does not answer; the next time they may.
      told(false);
    }
  };
  setInterval(renew, EVERY);
  document.addEventListener('visibilitychange', renew);
}
