// Brings a page up to date while it is looked at, and follows the log. Without it pages are whole, and as old as their loading.
const EVERY = 10_000;
const log = document.getElementById('log');

if (log) {
  const level = new URLSearchParams(location.search).get('level') || 'DEBUG';
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
} else if (!new URLSearchParams(location.search).has('id')) {
  const renew = async () => {
    const main = document.getElementById('main');
    // Whoever reads a table or fills in a form is not disturbed.
    if (document.hidden || main.querySelector('details[open]') || main.querySelector('form :focus')) return;
    try {
      const answer = await fetch(location.href);
      if (!answer.ok) return;
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('main');
      const focused = main.contains(document.activeElement) && document.activeElement !== main;
      if (!focused) main.replaceChildren(...next.childNodes);
    } catch { /* The server is being restarted; the next time it may answer. */ }
  };
  setInterval(renew, EVERY);
}
