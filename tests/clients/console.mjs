// The operators' console in a browser: every page in every language, light and dark, with and without its script, by keyboard and on a narrow window.
//
// usage: console.mjs CONSOLE MODULES TOKEN_FILE PICTURES
//
// The console is one that populate.py has given something to show.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [CONSOLE, MODULES, TOKEN_FILE, PICTURES] = process.argv.slice(2);
const require = createRequire(join(resolve(MODULES), 'modules.js'));
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const LANGUAGES = ['kk', 'ru', 'en'];
const SCHEMES = ['light', 'dark'];
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 800 };

const faults = new Set();
const count = { pages: 0, axe: 0 };
const fault = (where, what) => faults.add(`${where}: ${what}`);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const twin = async (path) => (await fetch(`${CONSOLE}${path}`, { signal: AbortSignal.timeout(5000) })).json();

/** Waits until something holds; bounded. */
const until = async (what, seconds, holds) => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200)) {
    const found = await holds();
    if (found) return found;
  }
  throw new Error(`not within ${seconds} s: ${what}`);
};

const { methods } = await until('calls are counted', 30, async () => {
  const rpc = await twin('/api/rpc.json');
  return rpc.methods.reduce((sum, row) => sum + row.calls, 0) >= 200 && rpc;
});
const { traces } = await twin('/api/traces.json');
const METHOD = [...methods].sort((one, other) => other.calls - one.calls)[0].method;
// The slowest is kept longest.
const TRACE = traces.filter((one) => one.statements > 2).sort((one, other) => other.took - one.took)[0].trace;
/** What the page is, its address, its twin's. */
const PAGES = [
  ...['arrivals', 'stays', 'regions', 'matching'].map((name) => [name, `/${name}`, `/api/${name}.json`]),
  ['system', '/system', '/api/system.json'],
  ['traces', '/traces', '/api/traces.json'],
  ['trace', `/traces?id=${TRACE}`, `/api/traces.json?id=${TRACE}`],
  ['logs', '/logs', '/api/logs.json'],
  ['method', `/rpc?method=${METHOD}`, `/api/rpc.json?method=${METHOD}`],
  ['today', '/', '/api/today.json'],
  ['rpc', '/rpc', '/api/rpc.json'],
];
// Whose rows have names in words; elsewhere they are called by what the program calls them.
const IN_WORDS = ['arrivals', 'stays', 'regions', 'matching', 'system'];

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic',
    // Whatever it is asked for, it finds nothing but this machine.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  ],
  timeout: 30_000,
});

/** A window of somebody who reads a language. Whatever it complains of or asks of others is a fault. */
const person = async (language, { scheme = 'light', script = true } = {}) => {
  const context = await browser.newContext({ viewport: WIDE, colorScheme: scheme, javaScriptEnabled: script, reducedMotion: 'reduce' });
  context.setDefaultTimeout(10_000);
  await context.addCookies([{ name: 'lang', value: language, url: CONSOLE }]);
  const where = (page) => `${language} ${scheme} ${page.url().replace(CONSOLE, '')}`;
  context.on('request', (request) => {
    if (!request.url().startsWith(`${CONSOLE}/`)) fault(language, `asks for ${request.url()}`);
  });
  context.on('page', (page) => {
    page.on('console', (said) => {
      if (['error', 'warning'].includes(said.type())) fault(where(page), `the browser says: ${said.text()}`);
    });
    page.on('pageerror', (error) => fault(where(page), `the script fails: ${error.message}`));
  });
  return { context, page: await context.newPage() };
};

// What follows is run in the page.

/** Texts that are cut off, run out of their box or over one another, and a page that has to be scrolled sideways. */
const layout = () => {
  const found = [];
  const root = document.documentElement;
  const width = root.clientWidth;
  if (root.scrollWidth > width) found.push(`the page is ${root.scrollWidth} wide in a window of ${width}`);
  const pieces = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const item = node.parentElement;
    const text = node.data.trim();
    // Captions and the way past the menu are for those who do not see the page.
    if (!text || item.closest('caption, .skip, option, script') || !item.checkVisibility({ visibilityProperty: true })) continue;
    range.selectNodeContents(node);
    const scroller = item.closest('.scrolls, .log');
    const view = scroller?.getBoundingClientRect();
    const box = item.closest('.region, .tile, td, th, button, nav a, .label, .tracks, .scale, li')?.getBoundingClientRect();
    for (const rect of range.getClientRects()) {
      // What is scrolled away is not seen.
      if (view && (rect.bottom > view.bottom || rect.top < view.top || rect.right > view.right || rect.left < view.left)) continue;
      if (!scroller && (rect.left < 0 || rect.right > width + 0.5)) found.push(`"${text}" leaves the window`);
      if (box && (rect.left < box.left - 1 || rect.right > box.right + 1 || rect.top < box.top - 1 || rect.bottom > box.bottom + 1)) found.push(`"${text}" leaves its box`);
      pieces.push({ rect, text, node });
    }
    for (let above = item; above !== document.body && above !== scroller; above = above.parentElement) {
      const cuts = getComputedStyle(above).overflowX === 'hidden' || getComputedStyle(above).overflowX === 'clip';
      if (cuts && above.scrollWidth > above.clientWidth + 1) found.push(`"${text}" is cut`);
    }
  }
  pieces.sort((one, other) => one.rect.top - other.rect.top);
  pieces.forEach((one, at) => {
    for (let next = at + 1; next < pieces.length && pieces[next].rect.top < one.rect.bottom - 3; next += 1) {
      const other = pieces[next];
      const across = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left);
      if (other.node !== one.node && across > 1) found.push(`"${one.text}" and "${other.text}" overlap`);
    }
  });
  return found.slice(0, 5);
};

/** Shapes of plots that hardly differ from what is behind them. */
const shapes = () => {
  const paper = getComputedStyle(document.body).backgroundColor;
  const channels = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);
  const light = (colour) => {
    const [red, green, blue] = colour.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = channels(paper);
  const found = new Set();
  for (const shape of document.querySelectorAll('svg rect, svg polyline, svg line')) {
    const style = getComputedStyle(shape);
    const drawn = shape.tagName === 'rect' ? style.fill : style.stroke;
    if (drawn === 'none') continue;
    const strength = Number(style.fillOpacity);
    const seen = channels(drawn).map((one, at) => one * strength + behind[at] * (1 - strength));
    const [more, less] = [light(seen), light(behind)].sort((one, other) => other - one);
    const contrast = (more + 0.05) / (less + 0.05);
    if (contrast < 3) found.add(`a shape in ${drawn} of strength ${strength} has a contrast of ${contrast.toFixed(2)}`);
  }
  return [...found];
};

/** What the page says of itself: the words around the numbers. */
const words = (inWords) => {
  const texts = (selector) => [...document.querySelectorAll(selector)].map((item) => item.textContent.trim());
  const own = 'title, .skip, .brand, nav:not(.languages) a, h1, h2, main > p, summary, dt, thead th, form label, button, .keys, .track span, .scale span, .sign';
  const labels = [...document.querySelectorAll('[aria-label]')].map((item) => item.ariaLabel);
  const options = [...document.querySelectorAll('select option[value=""]')].map((item) => item.textContent);
  // A label holds its field as well.
  const plain = [...document.querySelectorAll('form label')].map((item) => item.firstChild.data);
  const rows = inWords ? texts('tbody th, .bars .label, .map .name') : [];
  return [...texts(own.replace('form label, ', '')), ...plain, ...labels, ...options, ...rows].filter((text) => text);
};

/** Tables, tiles and lines as they are read. */
const read = () => ({
  order: [...document.querySelectorAll('main .tile, main table')].map((item) => item.dataset.key),
  tiles: Object.fromEntries([...document.querySelectorAll('main .tile')].map((item) => [item.dataset.key, item.querySelector('dd').firstChild.textContent])),
  tables: Object.fromEntries([...document.querySelectorAll('main table')].map((table) => {
    const keys = [...table.querySelectorAll('thead th')].map((cell) => cell.dataset.key);
    const rows = [...table.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText.trim()));
    return [table.dataset.key, { keys, rows }];
  })),
  lines: [...document.querySelectorAll('#log li')].map((line) => line.textContent),
});

// And what follows is not.

const UNITS = { µs: 1e-6, мкс: 1e-6, ms: 1e-3, мс: 1e-3, s: 1, с: 1, min: 60, мин: 60, h: 3600, сағ: 3600, ч: 3600, MiB: 2 ** 20, МиБ: 2 ** 20, '%': 0.01 };

/** The number that somebody reads, and by how much it was rounded; nothing where it is no number. */
const number = (shown, language) => {
  const plain = language === 'en' ? shown.replaceAll(',', '') : shown.replaceAll('\u00a0', '').replace(',', '.');
  const [, digits, decimals = '', unit] = /^(-?\d+)(?:\.(\d+))?(?: (\S+))?$/.exec(plain) ?? [];
  if (digits === undefined || (unit && !UNITS[unit])) return null;
  const scale = UNITS[unit] ?? 1;
  return { value: Number(`${digits}.${decimals}`) * scale, step: 10 ** -decimals.length * scale };
};

/** Why a shown text does not agree with what the twin said before and after it was shown; nothing where it does. */
const differs = (shown, before, after, language) => {
  if (typeof before === 'number' && typeof after === 'number') {
    const said = number(shown, language);
    if (!said || Object.is(said.value, -0)) return `${shown} is no number`;
    const near = 0.51 * said.step + 1e-9;
    const agrees = said.value >= Math.min(before, after) - near && said.value <= Math.max(before, after) + near;
    return agrees ? null : `${shown} is not ${before}`;
  }
  if (before === null || after === null) return number(shown, language) && before === after ? `${shown} is not withheld` : null;
  if (/^\d{4}-\d\d-\d\dT/.test(before) && shown !== before) {
    const clock = new Date(Date.parse(before) + 5 * 3_600_000).toISOString().slice(11, 19);
    return shown === clock ? null : `${shown} is not ${before}`;
  }
  return null;
};

/** Everything that the page and its twin say differently. */
const disagreements = (page, before, after, language) => {
  const found = [];
  const there = Object.entries(before).filter(([key, value]) => !['page', 'lines'].includes(key) && !(Array.isArray(value) && value.length === 0)).map(([key]) => key);
  if (page.order.join() !== there.join()) found.push(`shows ${page.order} and the twin says ${there}`);
  for (const [key, shown] of Object.entries(page.tiles)) {
    // Seconds of the twin are whole.
    if (key === 'uptime_seconds') after[key] += 1;
    const fault = typeof before[key] === 'string' ? shown.trim() !== before[key] && `${shown} is not ${before[key]}` : differs(shown.trim(), before[key], after[key], language);
    if (fault) found.push(`${key}: ${fault}`);
  }
  for (const [key, { keys, rows }] of Object.entries(page.tables)) {
    const [was, is] = [before[key] ?? [], after[key] ?? []];
    if (rows.length !== was.length) found.push(`${key}: ${rows.length} rows and the twin has ${was.length}`);
    if (was[0] && [...keys].sort().join() !== Object.keys(was[0]).sort().join()) found.push(`${key}: columns are ${keys}`);
    const names = new Map();
    rows.forEach((row, at) => {
      if (row.length !== keys.length) found.push(`${key}: ${row.length} cells below ${keys.length} columns`);
      row.forEach((shown, of) => {
        const [old, now] = [was[at]?.[keys[of]], is[at]?.[keys[of]]];
        const fault = differs(shown, old, now, language);
        if (fault) found.push(`${key} ${at} ${keys[of]}: ${fault}`);
        // A code has one name, and a name one code.
        if (typeof old !== 'string' || /^\d{4}-/.test(old)) return;
        for (const [one, other] of [[`code ${of} ${old}`, shown], [`name ${of} ${shown}`, old]]) {
          if (names.has(one) && names.get(one) !== other) found.push(`${key} ${keys[of]}: ${one} is ${names.get(one)} and ${other}`);
          names.set(one, other);
        }
      });
    });
  }
  const lines = before.lines ?? [];
  if (!page.order.length && !lines.length) found.push('shows nothing');
  if (page.lines.length !== lines.length || lines.some((line, at) => !page.lines[at].includes(line.message))) found.push('the lines of the log are others');
  return found;
};

/** Looks at one page in one language and scheme. */
const visit = async ({ context, page }, without, [name, path, its], language, scheme) => {
  const where = `${name} ${language} ${scheme}`;
  count.pages += 1;
  const response = await page.goto(CONSOLE + path);
  if (response.status() !== 200) return fault(where, `status ${response.status()}`);
  const lang = await page.getAttribute('html', 'lang');
  if (lang !== language) fault(where, `html lang is ${lang}`);
  if ((await page.$$eval('nav:not(.languages) [aria-current]', (all) => all.length)) !== 1) fault(where, 'the menu does not say where one is');

  // The same bytes without the script.
  const [headers, body] = [response.headers(), await response.body()];
  const same = (url) => url.href === CONSOLE + path;
  await without.page.route(same, (route) => route.fulfill({ status: 200, headers, body }));
  await without.page.goto(CONSOLE + path);
  await without.page.unroute(same);
  const main = (page) => page.$eval('main', (item) => ({ html: item.innerHTML, seen: item.innerText }));
  const [one, other] = await Promise.all([main(page), main(without.page)]);
  if (one.html !== other.html || one.seen !== other.seen || one.seen.length < 60) fault(where, 'is something else without the script');

  const said = await page.evaluate(words, IN_WORDS.includes(name));
  for (const text of said) {
    const rest = text.replaceAll(/JSON|KZ-\d\d|\d{4}-W\d\d|METHOD/g, '');
    if (/^(page|lead|tile|table|column|region|due|permit|match|metric|kept|unit)-/.test(text)) fault(where, `"${text}" has no word`);
    else if (language === 'en' ? /\p{Script=Cyrillic}/u.test(rest) : /[a-z]{2}/i.test(rest)) fault(where, `"${text}" is not translated`);
    else if (language === 'ru' && /[әғқңөүһ]/i.test(rest)) fault(where, `"${text}" is Kazakh`);
  }
  if (language === 'kk' && !said.some((text) => /[әғқңөұүһі]/i.test(text))) fault(where, 'says nothing in Kazakh');

  if (language !== 'ru') {
    const clip = { x: 0, y: 0, width: WIDE.width, height: Math.min(1600, await page.evaluate(() => document.documentElement.scrollHeight)) };
    await page.screenshot({ path: join(PICTURES, `${where.replaceAll(' ', '-')}.png`), fullPage: true, clip });
  }

  const closed = await page.$$eval('details', (all) => all.filter((one) => one.querySelector('table').checkVisibility()).length);
  if (closed) fault(where, 'a table is open before it is opened');
  await page.$$eval('summary', (all) => all.forEach((one) => one.click()));
  const unread = await page.$$eval('figure', (all) => all.filter((one) => one.querySelector('svg') && !one.querySelector('table')?.checkVisibility()).length);
  if (unread) fault(where, `${unread} plots cannot be read as a table`);

  if (scheme === 'light') {
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      for (const found of await page.evaluate(layout)) fault(`${where} ${viewport.width}`, found);
    }
    await page.setViewportSize(WIDE);
  }
  for (const found of await page.evaluate(shapes)) fault(where, found);

  // Axe passes over what is hidden from those who do not see; the words of plots are seen.
  await page.$$eval('[aria-hidden]', (all) => all.forEach((one) => one.removeAttribute('aria-hidden')));
  await examine(page, where);

  // Measurements are read every ten seconds; what is compared must lie between two.
  if (scheme === 'light') {
    let found = [];
    for (let tries = 0; tries < 5; tries += 1) {
      const before = await twin(its);
      await page.goto(CONSOLE + path);
      await page.$$eval('summary', (all) => all.forEach((one) => one.click()));
      found = disagreements(await page.evaluate(read), before, await twin(its), language);
      if (!found.length) break;
    }
    for (const one of found.slice(0, 5)) fault(where, one);
  }
};

const examine = async (page, where) => {
  count.axe += 1;
  // Row after row is the same, and axe is slow.
  await page.$$eval('tbody tr:nth-child(n + 31)', (all) => all.forEach((row) => row.remove()));
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).setLegacyMode(true).analyze();
  for (const { id, nodes } of violations) fault(where, `axe: ${id}: ${nodes.length} × ${nodes[0].html.slice(0, 160)}: ${nodes[0].failureSummary.replaceAll(/\s+/g, ' ').slice(0, 200)}`);
};

/** Some pages in every language and scheme, two at a time. */
const look = async (pages) => {
  const turns = SCHEMES.flatMap((scheme) => LANGUAGES.map((language) => [scheme, language]));
  const worker = async () => {
    for (let turn = turns.shift(); turn; turn = turns.shift()) {
      const [scheme, language] = turn;
      const [reader, without] = [await person(language, { scheme }), await person(language, { scheme, script: false })];
      for (const page of pages) await visit(reader, without, page, language, scheme);
      await Promise.all([reader.context.close(), without.context.close()]);
    }
  };
  await Promise.all([worker(), worker()]);
};

/** Axe where the script never came. */
const unscripted = async (pages) => {
  const { context, page } = await person('en');
  await context.route('**/assets/console.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
  for (const [name, path] of pages) {
    await page.goto(CONSOLE + path);
    await examine(page, `${name} en without the script`);
  }
  await context.close();
};

/** From the first key to the last on the page of calls. */
const keyboard = async () => {
  const { context, page } = await person('en');
  const where = 'keyboard';
  await page.goto(`${CONSOLE}/rpc`);
  const order = await page.evaluate(() => {
    const all = [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]')].filter((item) => item.checkVisibility());
    all.forEach((item, at) => item.setAttribute('data-at', at));
    return all.map((item) => (item.matches('.skip') ? 'skip' : item.closest('.languages') ? 'language' : item.closest('nav') ? 'menu' : 'main'));
  });
  const wanted = ['skip', ...Array(9).fill('menu'), ...Array(3).fill('language')];
  if (order.slice(0, wanted.length).join() !== wanted.join() || order.indexOf('main') !== wanted.length) fault(where, `the order is ${order}`);
  for (let at = 0; at < order.length; at += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const item = document.activeElement;
      const style = getComputedStyle(item);
      const { left, top, width, height } = item.getBoundingClientRect();
      const seen = document.elementFromPoint(left + Math.min(width / 2, 20), Math.max(top, 0) + Math.min(height / 2, 12));
      return { at: Number(item.dataset?.at), html: item.outerHTML.slice(0, 120), outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, seen: item.contains(seen) };
    });
    if (focus.at !== at) return fault(where, `key ${at} leads to ${focus.html}`);
    if (!focus.outline) fault(where, `focus is not seen on ${focus.html}`);
    if (!focus.seen) fault(where, `something lies over ${focus.html}`);
  }
  const follow = async (selector, holds, what) => {
    await page.focus(selector);
    await page.keyboard.press('Enter');
    await until(what, 5, () => page.evaluate(holds).catch(() => false));
  };
  await page.goto(`${CONSOLE}/rpc?method=${METHOD}`);
  await follow('.skip', () => document.activeElement.id === 'main', 'the way past the menu leads to the content');
  await follow('summary', () => document.querySelector('details').open, 'Enter opens a table');
  await follow('.languages [lang=ru]', () => document.documentElement.lang === 'ru' && location.search.includes('method='), 'another language of the same page');
  await follow('tbody a', () => location.search.startsWith('?method=') && !location.search.includes('lang='), 'the link of a method');
  await follow('nav a[href="/stays"]', () => location.pathname === '/stays' && document.documentElement.lang === 'ru', 'the menu leads on, in the language that was chosen');
  await context.close();
};

/** Changes which lines are logged, which is logged. */
const log = async () => {
  const authorization = `Bearer ${readFileSync(TOKEN_FILE, 'utf8').trim()}`;
  const answer = await fetch(`${CONSOLE}/log-level`, { method: 'PUT', headers: { authorization }, body: 'info', signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`log-level: ${answer.status} ${await answer.text()}`);
};

/** What changes while a page is looked at. */
const live = async () => {
  const marked = (page) => page.evaluate(() => { window.marked = true; });
  const same = async (page, where) => {
    if (!(await page.evaluate(() => window.marked))) fault(where, 'the page was loaded again');
  };

  const { context, page } = await person('en');
  const followed = page.waitForResponse('**/logs/stream');
  await page.goto(`${CONSOLE}/logs`);
  await followed;
  await marked(page);
  const lines = () => page.$$eval('#log li', (all) => all.filter((line) => line.textContent.includes('which lines are written was changed')).length);
  const before = await lines();
  await log();
  await until('a new line of the log is shown', 5, async () => (await lines()) === before + 1);
  await same(page, 'logs');

  // Somebody has opened a table of the first page and rests on it.
  await page.goto(CONSOLE);
  await marked(page);
  const times = () => page.$$eval('[data-key=last_errors] tbody tr', (rows) => rows.map((row) => row.lastElementChild.textContent).join());
  const shown = await times();
  await page.focus('.twin a');
  await log();
  await until('the numbers of the first page are renewed', 15, async () => (await times()) !== shown);
  await same(page, 'today');
  if (!(await page.evaluate(() => document.activeElement.matches('.twin a')))) fault('today', 'renewing takes the focus away');
  await context.close();

  // A page that cannot be renewed says so until it can. The browser complains by itself of what it cannot reach.
  const cut = await person('en');
  cut.page.removeAllListeners('console');
  await cut.page.goto(`${CONSOLE}/matching`);
  await cut.page.click('summary');
  await cut.context.setOffline(true);
  const stale = () => cut.page.evaluate(() => getComputedStyle(document.body, '::before').content.includes('▲'));
  await until('a page that is no longer renewed says so', 15, stale);
  await examine(cut.page, 'matching en, not renewed');
  await cut.context.setOffline(false);
  await until('a page that is renewed again says nothing', 15, async () => !(await stale()));
  if (!(await cut.page.$('details[open]'))) fault('matching', 'renewing closes a table');
  await cut.context.close();
};

const everything = async () => {
  mkdirSync(PICTURES, { recursive: true });
  await Promise.all([look(PAGES.slice(0, 4)), keyboard(), live()]);
  await until('calls of a minute are counted', 90, async () => (await twin('/api/rpc.json')).durations.length > 0);
  await look(PAGES.slice(4));
  await unscripted(PAGES);
};

const limit = setTimeout(() => {
  console.error('not over within five minutes');
  process.exit(1);
}, 300_000);
try {
  await everything();
} catch (error) {
  fault('browser', error.stack);
} finally {
  clearTimeout(limit);
  await browser.close();
}
if (faults.size) {
  for (const one of [...faults].slice(0, 40)) console.error(one);
  console.error(`${faults.size} faults of the console`);
  process.exitCode = 1;
} else {
  console.log(`${count.pages} passed, 0 failed: the console in Chromium ${browser.version()}, ${count.axe} times examined by axe`);
}
