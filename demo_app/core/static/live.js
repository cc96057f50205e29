// What moves elsewhere comes into the page by itself: over one stream, while somebody
// looks at the page; where the server has no room for a stream, by asking now and then.
// Words and numbers change where they stand, so focus and whatever is typed stay.

const { events, changes } = document.body.dataset;
const POLL_TIME = 5000; // milliseconds between two questions
const POLLS = 12; // questions, until a stream is tried again
const FAILURES = 3; // of a stream in a row, until questions take its place
const CALM = 2000; // milliseconds: shorter troubles are not worth a word
const RECENT = 1000; // changes that are put again into a page that was read meanwhile
const GATHER = 100; // milliseconds: what comes together is read together
const PACE = 1500; // milliseconds between two times that the page is read by itself
const LISTED = 8; // movements in the list

/** Milliseconds until an answer is no longer waited for. */
export const PATIENCE = 15000;

const WORDS = { out: "Out of stock", low: "Low stock", ok: "In stock" };
const STATES = {
  live: ["Live", "Changes made anywhere appear at once"],
  reconnecting: ["Reconnecting", "The server does not answer just now"],
  polling: ["Every 5 s", "The server has no room for one more live page: this one asks"],
};

const indicator = document.getElementById("live");
const news = document.getElementById("news");
const own = new Set(); // numbers of movements that this page's reader made
let page; // what the page lends: { show, tellTimes }
let recent = [];
let source;
let timer;
let stateTimer;
let newsTimer;
let reader;
let readAt = -PACE;
let failures = 0;
let turn = 0; // what began in an earlier one is of no interest any more
let untold = [];

const main = () => document.querySelector("main");

/** Follow the stock; `show()` reads the page anew, `tellTimes()` puts ages in words. */
export function follow(lent) {
  page = lent;
  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : resume()));
  if (!document.hidden) connect();
}

/** The page is about to be read: whatever has come is in it, or gone again. */
export function expectPage() {
  recent = [];
}

/** The page has come, which took some time: put in what moved meanwhile. */
export function catchUp() {
  for (const { all, position } of recent) take(all, position);
}

/** The reader made this movement, and has been told so. */
export function made(movement) {
  own.add(movement.id);
}

// --- Connected, or asking ------------------------------------------------------------

function connect() {
  disconnect();
  source = new EventSource(`${events}?after=${main().dataset.position}`);
  source.onopen = () => {
    failures = 0;
    tell("live");
  };
  source.onmessage = ({ data, lastEventId }) => receive([JSON.parse(data)], lastEventId);
  source.addEventListener("summary", ({ data }) => sumUp(JSON.parse(data)));
  source.addEventListener("reset", () => readAnew());
  source.onerror = () => {
    failures += 1;
    const isRefused = source.readyState === EventSource.CLOSED;
    if (isRefused || failures >= FAILURES) ask(isRefused ? POLLS : 1);
    else tell("reconnecting");
  };
}

/** End what goes on, also what waits for an answer just now. */
function disconnect() {
  turn += 1;
  source?.close();
  clearTimeout(timer);
}

function pause() {
  disconnect();
  clearTimeout(stateTimer);
  clearTimeout(reader);
  reader = undefined;
}

/** Whoever comes back after long would wait for a long story: read the end of it. */
async function resume() {
  disconnect();
  const mine = turn;
  failures = 0;
  await page.show().catch(() => {}); // the stream tells what it can
  if (mine === turn) connect();
}

/** Ask for what moved; a stream is tried again after so many answers, or after none. */
async function ask(left) {
  disconnect();
  const mine = turn;
  const answer = await questioned();
  if (mine !== turn) return;
  if (answer) {
    if (answer.is_reset) readAnew();
    receive(answer.items, answer.position);
    sumUp(answer.summary);
  }
  tell(answer ? "polling" : "reconnecting");
  failures = 0;
  const then = answer ? left - 1 : 1;
  timer = setTimeout(() => (then > 0 ? ask(then) : connect()), then > 0 ? POLL_TIME : 0);
}

/** What moved since, or nothing where the server does not answer. */
async function questioned() {
  const after = main().dataset.position;
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(`${changes}?after=${after}`, { signal }).catch(() => undefined);
  return response?.ok ? response.json().catch(() => undefined) : undefined;
}

function tell(state) {
  clearTimeout(stateTimer);
  const isCalm = state === "live" || indicator.dataset.state === undefined;
  stateTimer = setTimeout(() => {
    if (indicator.dataset.state === state) return;
    [indicator.textContent, indicator.title] = STATES[state];
    indicator.dataset.state = state;
  }, isCalm ? 0 : CALM);
}

// --- What comes ----------------------------------------------------------------------

/** Changes, and where the page is after all of them. */
function receive(all, position) {
  recent = [...recent, { all, position }].slice(-RECENT);
  const taken = take(all, position);
  if (showsAll() && taken.some((change) => !rowOf(change))) readAnew();
  for (const change of taken) mention(change);
}

/** Put the changes into the page, but for those that it was read after. */
function take(all, position) {
  const unseen = all.filter((change) => !isShown(change.movement_id));
  for (const change of unseen) {
    const row = rowOf(change);
    if (row) redraw(row, change);
    list(change);
  }
  if (unseen.length) main().dataset.position = position;
  return unseen;
}

const rowOf = ({ product_id }) => document.getElementById(`product-${product_id}`);

/** Have the page read soon, once for all that ask for it; where that fails, again. */
function readAnew(delay = GATHER) {
  if (document.hidden) return;
  const pace = readAt + PACE - performance.now();
  reader ??= setTimeout(() => {
    reader = undefined;
    readAt = performance.now();
    page.show().catch(() => readAnew(POLL_TIME));
  }, Math.max(delay, pace));
}

/** A position is the last movement that the page has, and those before that it lacks. */
function isShown(movement) {
  const [last, missing = ""] = main().dataset.position.split("-");
  return movement <= Number(last) && !missing.split(".").includes(String(movement));
}

/** Whether a product without a row is new; else it is on another page, or filtered out. */
const showsAll = () => !location.search && !document.querySelector(".pages");

function redraw(row, { quantity, target, reorder_point: reorder, status, product_name: name }) {
  const units = row.closest(".shelf").querySelector(".units");
  units.textContent = Number(units.textContent) + quantity - Number(row.dataset.quantity);
  row.dataset.quantity = quantity;
  row.classList.remove("is-out", "is-low", "is-ok");
  row.classList.add(`is-${status}`);
  row.querySelector(".status").textContent = WORDS[status];
  row.querySelector(".count strong").textContent = quantity;
  row.querySelector(".count strong").nextSibling.textContent = ` of ${target}`;
  redrawMeter(row.querySelector(".meter"), quantity, target, reorder);
  redrawStepper(row.querySelector(".stepper"), quantity, name);
  flash(row);
}

function redrawMeter(meter, quantity, target, reorder) {
  const share = (units) => `${Math.min((100 * units) / target, 100).toFixed(1)}%`;
  meter.querySelector(".fill").setAttribute("width", share(quantity));
  meter.querySelector(".mark").setAttribute("x", share(reorder));
  const words = `${quantity} of ${target} units, to reorder at ${reorder}`;
  meter.setAttribute("aria-label", words);
}

function redrawStepper(stepper, quantity, name) {
  const amount = stepper.querySelector(".amount");
  amount.textContent = quantity;
  amount.setAttribute("aria-label", `${quantity} in stock; move several ${name}`);
  const taker = stepper.querySelector("[data-by='-1']");
  if (quantity === 0) taker.setAttribute("aria-disabled", "true");
  else taker.removeAttribute("aria-disabled");
}

/** A row that changed is tinted for a moment; reading its width begins that anew. */
function flash(row) {
  row.classList.remove("is-changed");
  void row.offsetWidth;
  row.classList.add("is-changed");
}

/** Put the movement on top of the list. */
function list({ moved, product_name, reason, at }) {
  const movements = document.getElementById("movements");
  const item = document.getElementById("movement").content.firstElementChild.cloneNode(true);
  const quantity = item.querySelector(".quantity");
  quantity.textContent = moved > 0 ? `+${moved}` : `−${-moved}`;
  quantity.classList.add(moved > 0 ? "came" : "went");
  item.querySelector("strong").textContent = product_name;
  item.querySelector(".moved span").textContent = reason;
  const time = item.querySelector("time");
  time.dateTime = at;
  time.textContent = new Date(at).toUTCString();
  movements.querySelector(".none")?.remove();
  movements.prepend(item);
  while (movements.children.length > LISTED) movements.lastElementChild.remove();
  page.tellTimes();
}

function sumUp(summary) {
  for (const [name, number] of Object.entries(summary)) {
    const tile = document.querySelector(`[data-tile=${name}] strong`);
    if (tile.textContent !== String(number)) tile.textContent = number;
  }
}

/** Tell those who cannot see it, in one sentence where much moves at once. */
function mention(change) {
  untold.push(change);
  newsTimer ??= setTimeout(() => {
    const others = untold.filter(({ movement_id }) => !own.has(movement_id));
    const products = new Map(others.map((each) => [each.product_id, each]));
    const [{ product_name, quantity } = {}] = products.values();
    if (products.size === 1) news.textContent = `${product_name}: ${quantity} in stock`;
    if (products.size > 1) news.textContent = `${products.size} stock levels have changed`;
    untold = [];
    newsTimer = undefined;
  }, CALM);
}
