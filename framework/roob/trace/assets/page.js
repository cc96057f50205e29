// The tracer's page: recordings come in as JSON and go out as pictures.  Nothing of a
// recording is ever markup: whatever it holds is set as text.

// ---- Data: what a recording says, and how it is said.

const BASE = "/__trace__";
const MOST = 50; // recordings that are kept, as many as the server keeps
const VERDICTS = { chosen: "✓", refused: "✗", later: "–" };

const given = read(document.getElementById("recordings").textContent);

/** JSON in which no text can turn the direction of what is written after it. */
function read(text) {
  const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16)}`;
  return JSON.parse(text, (_, value) =>
    typeof value === "string"
      ? value.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, escaped)
      : value,
  );
}

const grouped = (number, digits = 0) =>
  number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Microseconds as `roob trace` prints them: "3.1 µs", "48 µs", "12.3 ms". */
function duration(us) {
  if (us >= 10_000) return `${grouped(us / 1000, 1)} ms`;
  return `${grouped(us, us < 9.95 ? 1 : 0)} µs`;
}

const honest = ({ honest, runs }) => (runs ? "" : "~") + duration(honest);

function timeSentence({ honest, recorded, runs }) {
  const [time, clock] = [duration(honest), duration(recorded)];
  if (!runs) return `about ${time}: ${clock} by the clock less the recorder’s own work`;
  return `${time}: the median of ${count(runs, "untraced run")}; recording took ${clock}`;
}

function count(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** 2 for "200 OK"; what left the app as an exception counts as 5. */
const statusClass = ({ status }) => status[0] ?? "5";

/** A title where there is little room: a SELECT's table tells more than its columns. */
const brief = ({ title, sql }) =>
  sql ? title.replace(/^SELECT .*? FROM /i, "SELECT … FROM ") : title;

/** What a message of a sequence says of a step: its title without the lifeline's name. */
function callText(step) {
  const { title, who, name } = step;
  if (title === who) return name.slice(name.lastIndexOf(".") + 1);
  return title.startsWith(`${who}.`) ? title.slice(who.length + 1) : brief(step);
}

const kindOf = (error) => error.split(":", 1)[0];

/** Microseconds that a step spent outside the steps that it called, for all of them. */
function ownTimes(steps) {
  const own = steps.map((step) => step.elapsed);
  for (const step of steps) {
    if (step.parent !== null) own[step.parent] -= step.elapsed;
  }
  return own.map((us) => Math.max(0, us));
}

/** Own time by layer, the longest first: [["sql", 20.1], ["middleware", 9], ...]. */
function timesByLayer(steps) {
  const sums = new Map();
  ownTimes(steps).forEach((us, at) => {
    const { layer } = steps[at];
    sums.set(layer, (sums.get(layer) ?? 0) + us);
  });
  return [...sums].sort(([, one], [, other]) => other - one);
}

/** Calls and returns in the order in which they happened. */
function messagesOf(steps) {
  const messages = [];
  const open = [];
  const close = () => messages.push({ at: open.pop(), isReturn: true });
  steps.forEach(({ parent }, at) => {
    // A generator that goes on may call after its bar has ended: then its caller counts.
    while (parent !== null && !open.includes(parent)) parent = steps[parent].parent;
    while (open.length && open.at(-1) !== parent) close();
    open.push(at);
    messages.push({ at, isReturn: false });
  });
  while (open.length) close();
  return messages;
}

// Text with colours: the name of the group that fits is the class of what it found.

const anyOf = (text) => `\\b(?:${text.trim().split(/\s+/).join("|").replaceAll("_", " ")})\\b`;

function grammar(kinds, flags) {
  const groups = Object.entries(kinds).map(([kind, pattern]) => `(?<${kind}>${pattern})`);
  return new RegExp(groups.join("|"), flags);
}

// A string may begin and not end: what is shown may be cut.
const TEXT = String.raw`"(?:\\.|[^"\\\n])*"?`;
const LONG_TEXT = String.raw`"""[^]*?(?:"""|$(?![^]))`;
const SQL_TEXT = "'(?:''|[^'])*'?";
const SQL_NAME = SQL_TEXT.replaceAll("'", '"');
const inBoth = (pattern) => `${pattern}|${pattern.replaceAll('"', "'")}`; // kinds of quotes

const PYTHON = grammar(
  {
    comment: String.raw`#[^\n]*`,
    string: String.raw`\b[rbfuRBFU]{1,2}(?=["'])|${inBoth(LONG_TEXT)}|${inBoth(TEXT)}`,
    decorator: String.raw`^[ \t]*@[\w.]+`,
    name: String.raw`(?<=\b(?:def|class)\s+)\w+`,
    keyword: anyOf(`
      False None True and as assert async await break class continue def del elif else
      except finally for from global if import in is lambda nonlocal not or pass raise
      return try while with yield`),
    number: String.raw`\b\d[\w.]*`,
  },
  "gm",
);
const CLAUSES = anyOf(`
  FROM WHERE GROUP_BY HAVING ORDER_BY LIMIT VALUES SET RETURNING UNION
  JOIN LEFT_JOIN INNER_JOIN CROSS_JOIN`);
const SQL = grammar(
  {
    string: SQL_TEXT,
    quoted: SQL_NAME,
    keyword: `${CLAUSES}|${anyOf(`
      SELECT DISTINCT INSERT INTO UPDATE DELETE WITH AS ON AND OR NOT IN IS NULL LIKE
      BETWEEN EXISTS CASE WHEN THEN ELSE END ALL ASC DESC OFFSET BEGIN COMMIT ROLLBACK`)}`,
    number: String.raw`\b\d+\b`,
  },
  "gi",
);
const SQL_BREAK = new RegExp(
  String.raw`${SQL_TEXT}|${SQL_NAME}|[()]|(?<!\b(?:LEFT|INNER|CROSS))\s+(?=${CLAUSES})`,
  "gi",
);
const JSON_WORDS = grammar(
  { string: TEXT, keyword: anyOf("true false null"), number: String.raw`-?\b\d[\w.+-]*` },
  "g",
);
const JSON_BREAK = new RegExp(String.raw`${TEXT}|\s+|\{\s*\}|\[\s*\]|[{}[\],:]`, "g");

/** The pieces of a text: [["keyword", "def"], ["", " "], ["name", "get"], ...]. */
function* pieces(text, grammar) {
  let end = 0;
  for (const match of text.matchAll(grammar)) {
    yield ["", text.slice(end, match.index)];
    yield [Object.keys(match.groups).find((kind) => match.groups[kind] !== undefined), match[0]];
    end = match.index + match[0].length;
  }
  yield ["", text.slice(end)];
}

/** A statement with its clauses on lines of their own; what is in brackets stays together. */
function sqlLines(statement) {
  let depth = 0;
  return statement.replace(SQL_BREAK, (found) => {
    depth += (found === "(") - (found === ")");
    return found.trim() || depth > 0 ? found : "\n";
  });
}

/** JSON with one member a line.  Only white space changes, and it may be cut anywhere. */
function jsonLines(text) {
  let depth = 0;
  const line = () => `\n${"  ".repeat(Math.max(0, depth))}`;
  return text.replace(JSON_BREAK, (found) => {
    if (!found.trim() || found.length > 1) return found.trim();
    if (found === ":") return ": ";
    depth += { "{": 1, "[": 1, "}": -1, "]": -1 }[found] ?? 0;
    return "}]".includes(found) ? line() + found : found + line();
  });
}

/** Lines without the indentation that all of them have. */
function dedented(lines) {
  const indents = lines.filter((line) => line.trim()).map((line) => line.search(/\S/));
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least));
}

// ---- State: what is shown.

const state = {
  recordings: [], // the newest first
  id: null, // of the recording that is shown
  step: null, // its step that is looked at; null for the whole request
  isByHand: false, // the reader chose it: newer requests leave it alone
  tab: "sequence",
  filter: "",
};

const shown = () => state.recordings.find(({ id }) => id === state.id);

/** The recordings that have every word of the filter. */
function fitting() {
  const words = state.filter.toLowerCase().split(/\s+/);
  return state.recordings.filter(({ method, path, status }) => {
    const text = `${method} ${path} ${status}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function showRecording(id, { step = null, isByHand = true } = {}) {
  Object.assign(state, { id, isByHand });
  state.step = shown()?.steps[step] ? step : null;
  drawList();
  drawRecording();
  keepAddress();
  const option = page.list.querySelector("[aria-selected=true]");
  if (option) reveal(page.list, option);
}

function showStep(step) {
  state.step = step;
  state.isByHand = true;
  markStep();
  drawDetails();
  drawState();
  keepAddress();
  announceStep();
}

function showTab(tab) {
  state.tab = tab;
  drawPicture();
}

function showNewest() {
  showRecording(state.recordings[0]?.id ?? null, { isByHand: false });
}

/** "#7f3a/12" or "/__trace__/7f3a" as { id, step }; an empty id where there is neither. */
function addressed() {
  const [id, step] = location.hash.slice(1).split("/");
  const linked = given.live ? location.pathname.slice(BASE.length + 1) : "";
  return { id: id || linked, step: step > 0 ? step - 1 : null };
}

let addressTimer;

/** Write the selection into the address, late: browsers limit how often that goes. */
function keepAddress() {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    const step = state.step === null ? "" : `/${state.step + 1}`;
    const hash = state.isByHand && state.id ? `#${state.id}${step}` : "";
    const path = given.live ? BASE : location.pathname + location.search;
    history.replaceState(null, "", path + hash);
  }, 80);
}

function showAddressed() {
  const { id, step } = addressed();
  if (state.recordings.some((recording) => recording.id === id)) showRecording(id, { step });
  else showNewest();
}

// ---- Drawing.

const page = Object.fromEntries(
  [...document.querySelectorAll("[id]")].map((element) => [element.id, element]),
);

/** An element: make("p.note", { title: "..." }, "text", child); what is falsy is left out. */
function make(tag, ...parts) {
  const [name, kind] = tag.split(".");
  const element = document.createElement(name);
  if (kind) element.className = kind;
  return furnish(element, parts);
}

/** The same in a picture, without the class. */
function draw(name, ...parts) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", name), parts);
}

function furnish(element, [first, ...others]) {
  const hasAttributes = first?.constructor === Object;
  const children = hasAttributes ? others : [first, ...others];
  if (hasAttributes) {
    for (const [name, value] of Object.entries(first)) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter(Boolean));
  return element;
}

const chip = (kind, name, text = name) => make("span.chip", { [`data-${kind}`]: name }, text);
const layerChip = (layer) => chip("layer", layer);
const code = (text, grammar) => make("code", painted(text, grammar));

function painted(text, grammar) {
  return [...pieces(text, grammar)].map(([kind, piece]) =>
    kind ? make("span", { class: `is-${kind}` }, piece) : piece,
  );
}

const wordsOf = (name) => name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[._])/);

/** A name that may break between its words: Error·Handler·Middleware. */
function breakable(name) {
  return wordsOf(name).flatMap((word) => [make("wbr"), word]);
}

function drawState(isConnected = page.state.dataset.is !== "lost") {
  const is = given.live ? (isConnected ? "live" : "lost") : "saved";
  const words = { live: "live", lost: "not connected, trying again", saved: "saved file" };
  page.follow.hidden = !(given.live && state.isByHand && state.recordings.length);
  if (page.state.dataset.is === is) return; // a status that is set again is read out again
  page.state.dataset.is = is;
  page.state.textContent = words[is];
}

// The list.

function drawList() {
  const found = fitting();
  page.list.replaceChildren(...found.map(requestOption));
  page.unfit.hidden = found.length > 0 || !state.recordings.length;
  page.unfit.textContent = `No request has “${state.filter}”.`;
  const chosen = page.list.querySelector("[aria-selected=true]");
  page.list.setAttribute("aria-activedescendant", chosen?.id ?? "");
  drawState();
}

function requestOption(recording) {
  const { id, method, path, sql } = recording;
  return make(
    "li",
    { id: `request-${id}`, role: "option", "data-request": id, "aria-selected": id === state.id },
    chip("method", method),
    make("span.path", { title: path }, path),
    chip("status", statusClass(recording), recording.status.slice(0, 3) || "error"),
    make(
      "span.facts",
      make("span", `${sql.statements} SQL`),
      sql.repeated >= 2 && repeatedChip(sql),
      make("span.time", honest(recording.time)),
    ),
  );
}

const repeatedChip = ({ repeated }) => chip("warning", "repeated", `×${repeated} same SQL`);

// The request in the middle: its summary, and the picture of the chosen tab.

function drawRecording() {
  const recording = shown();
  for (const part of [page.summary, page.tabs, page.panel, page.details]) part.hidden = !recording;
  page.empty.hidden = Boolean(recording);
  document.title = recording ? `${recording.method} ${recording.path} · Roob trace` : "Roob trace";
  if (!recording) return drawEmpty();
  drawSummary(recording);
  drawPicture();
  drawDetails();
}

function drawEmpty() {
  page.empty.replaceChildren(
    make("h2", "No request yet"),
    location.host &&
      make("p", "Try: ", make("code", `curl ${location.protocol}//${location.host}/`)),
  );
}

function drawSummary(recording) {
  const { method, path, status, bytes, sql, at, time, error } = recording;
  const { remark, seldom, left_out: leftOut } = recording;
  page.summary.replaceChildren(
    make("h2", { title: path }, chip("method", method), " ", make("span.path", path)),
    make(
      "p.facts",
      chip("status", statusClass(recording), recording.status || "no answer"),
      make("span", status.startsWith("101 ") ? "a websocket" : count(bytes, "byte")),
      make("span", { title: timeSentence(time) }, honest(time)),
      make("span", count(sql.statements, "SQL statement")),
      sql.repeated >= 2 && repeatedChip(sql),
      at && make("span", `at ${at}`),
      leftOut && make("span", `${count(leftOut, "more step")} left out`),
    ),
    remark ? make("p.notes", remark) : "",
    seldom ? make("p.notes", `This request was made ${seldom}.`) : "",
    error ? make("p.error", `It left the app as ${error}`) : "",
  );
}

const pictures = { sequence: drawSequence, flame: drawFlame, steps: drawSteps };

function drawPicture() {
  for (const tab of page.tabs.children) {
    const isChosen = tab.dataset.tab === state.tab;
    tab.setAttribute("aria-selected", isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
  }
  page.panel.setAttribute("aria-labelledby", `tab-${state.tab}`);
  page.panel.dataset.picture = state.tab;
  const recording = shown();
  const hasSteps = recording.steps.length > 0;
  const nothing = make("p.sentence", "No step was recorded.");
  page.panel.replaceChildren(...(hasSteps ? pictures[state.tab](recording) : [nothing]));
  page.panel.scrollTo(0, 0);
  markStep();
}

/** Show everywhere in the picture which step is looked at, and bring it into sight. */
function markStep() {
  for (const old of page.panel.querySelectorAll(".is-chosen")) {
    old.classList.remove("is-chosen");
    old.removeAttribute("aria-current");
  }
  if (state.step === null) return;
  const parts = page.panel.querySelectorAll(`[data-step="${state.step}"]`);
  for (const part of parts) part.classList.add("is-chosen");
  const row = page.panel.querySelector(`a[data-step="${state.step}"]`);
  row?.setAttribute("aria-current", "step");
  const place = page.panel.querySelector(`[data-step="${state.step}"].place`);
  if (place) reveal(page.panel, place);
}

/** Scroll a box so that an element in it is seen.  The page and the focus stay. */
function reveal(box, element, margin = 24) {
  const outer = box.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  const head = box.querySelector(".sticks")?.offsetHeight ?? 0;
  const by = (low, high, from, to) => {
    if (high - low > to - from) return low - from;
    return low < from || high > to ? (low + high - from - to) / 2 : 0;
  };
  box.scrollBy(
    by(inner.left - margin, inner.right + margin, outer.left, outer.right),
    by(inner.top - margin, inner.bottom + margin, outer.top + head, outer.bottom),
  );
}

const SAME = "the tab Steps says the same as a list";

const titleOf = ({ title, elapsed, error }) =>
  `${title}\n${duration(elapsed)}${error ? `\n${error}` : ""}`;

// The sequence: lifelines beside each other, messages from top to bottom.

const GLYPH = 6.7; // pixels: a letter of the labels is at most so wide
const CALL_ROW = 30;
const RETURN_ROW = 28;
const BAR = 8;
const NEST = 5; // how far a bar on a bar is moved
const LOOP = 26;
const WIDEST_GAP = 160; // what a label may push two lifelines apart
const WIDEST_LABEL = 280;
const WIDEST_REMARK = 420;
const NOTE_LINE = 17;

function drawSequence({ steps }) {
  const { lanes, messages, bars, width, height } = layOut(steps);
  const label = `${count(steps.length, "step")} on ${count(lanes.length, "lifeline")}; ${SAME}`;
  return [
    drawHeads(lanes, width),
    draw(
      "svg",
      { width, height, class: "sequence", role: "img", "aria-label": label },
      messages.map(drawRow),
      lanes.map(({ x }) => draw("path", { class: "lifeline", d: `M${x} 0V${height}` })),
      bars.map(drawBar),
      messages.map(drawMessage),
      messages.filter(({ note }) => note).map(drawNote),
    ),
  ];
}

/** Where everything stands. */
function layOut(steps) {
  const lanes = lanesOf(steps);
  const laneOf = (at) => lanes.findIndex(({ who }) => who === steps[at]?.who);
  const messages = messagesOf(steps).map((message) => withText(message, steps, laneOf));
  const right = spread(lanes, messages);
  const height = descend(messages);
  const bars = barsOf(messages, lanes);
  for (const message of messages) span(message, bars, lanes);
  return { lanes, messages, bars, height, width: Math.max(right, ...messages.map(rightEnd)) };
}

function lanesOf(steps) {
  const first = new Map();
  for (const { who, layer } of steps) if (!first.has(who)) first.set(who, layer);
  return [...first].map(([who, layer]) => ({ who, layer, width: headWidth(who) }));
}

/** Room for a name on two lines. */
function headWidth(who) {
  const words = wordsOf(who).map(({ length }) => length);
  return Math.min(Math.max(...words, who.length / 2 + 3, 9) * 7 + 6, 140);
}

/** A message with its ends' lanes (-1 is outside) and what is written at it. */
function withText({ at, isReturn }, steps, laneOf) {
  const step = steps[at];
  const lane = laneOf(at);
  const outer = step.parent === null ? -1 : laneOf(step.parent);
  const texts = isReturn ? returnTexts(at, steps) : [callText(step), ""];
  if (outer >= lane) texts.splice(0, 2, texts.filter(Boolean).join(" · "), "");
  const [text, remark] = texts;
  const note = isReturn || !step.candidates.length ? null : noteLines(step.candidates);
  return { at, step, isReturn, lane, outer, text, remark, note };
}

/** On the arrow the result, or the error's kind; beside it what else is to be told. */
function returnTexts(at, steps) {
  const { result, error, notes } = steps[at];
  const isPassedOn = error && steps.some((step) => step.parent === at && step.error === error);
  return [
    error ? kindOf(error) : result,
    [error && !isPassedOn && error, ...notes].filter(Boolean).join(" · "),
  ];
}

function noteLines(candidates) {
  return candidates.map(({ path, verdict, reason }) => ({
    verdict,
    text: `${VERDICTS[verdict]} ${path}  ${reason}`,
  }));
}

/** Set the lanes' places, far enough from each other for their names and labels. */
function spread(lanes, messages) {
  const gaps = lanes.map((lane, at) => (lane.width + (lanes[at - 1]?.width ?? 0)) / 2 + 10);
  for (const { lane, outer, text } of messages) {
    if (Math.abs(lane - outer) !== 1) continue;
    const at = Math.max(lane, outer);
    gaps[at] = Math.max(gaps[at], Math.min((text?.length ?? 0) * GLYPH, WIDEST_GAP) + 28);
  }
  let x = 0;
  lanes.forEach((lane, at) => (lane.x = Math.round((x += gaps[at]))));
  return x + lanes.at(-1).width / 2 + 24;
}

/** Set each message's place from the top; the height of the whole. */
function descend(messages) {
  let y = 8;
  for (const message of messages) {
    y += message.isReturn ? RETURN_ROW : CALL_ROW;
    message.y = y;
    if (message.note) y += message.note.length * NOTE_LINE + 24;
  }
  return y + 24;
}

/** A bar for each step, from its call to its return. */
function barsOf(messages, lanes) {
  const bars = [];
  const nested = lanes.map(() => 0);
  for (const { at, step, lane, y, isReturn } of messages) {
    if (isReturn) {
      bars[at].bottom = y;
      nested[lane] -= 1;
    } else {
      bars[at] = { at, step, top: y, x: lanes[lane].x + NEST * nested[lane] };
      nested[lane] += 1;
    }
  }
  return bars;
}

/** Set where a message begins and ends, from left to right or from right to left. */
function span(message, bars, lanes) {
  const { at, step, lane, outer, isReturn } = message;
  const half = BAR / 2;
  const inside = bars[at].x;
  const outside = outer < 0 ? 4 : bars[step.parent].x;
  message.isLoop = outer === lane;
  const side = message.isLoop || outer > lane ? 1 : -1; // of the inner bar that is met
  const ends = [outside + (message.isLoop ? half : -side * half), inside + side * half];
  [message.from, message.to] = isReturn ? ends.toReversed() : ends;
}

function rightEnd({ isLoop, from, to, text, remark, note }) {
  const longest = Math.max(0, ...(note ?? []).map((line) => line.text.length));
  const loop = isLoop ? LOOP + 24 + Math.min((text?.length ?? 0) * GLYPH, WIDEST_REMARK) : 0;
  const beside = Math.min(Math.max(longest, remark.length) * GLYPH, WIDEST_REMARK);
  return Math.max(from, to) + Math.max(loop, beside + 60);
}

function drawHeads(lanes, width) {
  const heads = lanes.map(({ who, layer, x, width }) => {
    const head = make(
      "li",
      { title: who, "data-layer": layer },
      make("span", layer),
      make("b", breakable(who)),
    );
    head.style.left = `${x - width / 2}px`;
    head.style.width = `${width}px`;
    return head;
  });
  const list = make("ol", { class: "heads sticks", "aria-label": "Lifelines" }, heads);
  list.style.width = `${width}px`;
  return list;
}

/** All that a message's parts have in common. */
function partOf({ at, step }, name) {
  const kind = step.error ? `${name} is-error` : name;
  return { class: kind, "data-step": at, "data-layer": step.layer };
}

/** What is pointed at and marked: the whole width of a message, and a bar. */
function drawArea(part, name, area) {
  return draw("rect", { ...partOf(part, name), ...area }, draw("title", titleOf(part.step)));
}

const drawRow = (row) => drawArea(row, "row", { y: row.y - 21, width: "100%", height: 28 });

function drawBar(bar) {
  const { x, top, bottom } = bar;
  const area = { x: x - BAR / 2, y: top, width: BAR, height: bottom - top, rx: 2 };
  return drawArea(bar, "bar", area);
}

function drawMessage(message) {
  const { isReturn, isLoop, from, to, y, remark } = message;
  const turn = Math.max(from, to) + LOOP;
  const d = isLoop ? `M${from} ${y - 10}H${turn}V${y}H${to}` : `M${from} ${y}H${to}`;
  const kind = isReturn ? "message is-return" : "message place";
  return draw(
    "g",
    partOf(message, kind),
    draw("path", { class: "line", d }),
    draw("path", { class: "head", d: arrowHead(to, y, isLoop || to < from ? 1 : -1, isReturn) }),
    drawLabel(message, turn),
    remark &&
      draw("text", { class: "remark", x: from + BAR + 8, y: y + 4 }, cut(remark, WIDEST_REMARK)),
  );
}

const arrowHead = (x, y, back, isOpen) =>
  `M${x + 7 * back} ${y - 4}L${x} ${y}L${x + 7 * back} ${y + 4}${isOpen ? "" : "Z"}`;

/** The text of a message, next to where it comes from. */
function drawLabel({ isLoop, from, to, y, text }, turn) {
  if (!text) return "";
  if (isLoop) return draw("text", { x: turn + 8, y: y - 1 }, cut(text, WIDEST_REMARK));
  const [x, anchor] = to > from ? [from + 8, "start"] : [from - 8, "end"];
  return draw(
    "text",
    { x, y: y - 6, "text-anchor": anchor },
    cut(text, Math.min(Math.abs(to - from) - 14, WIDEST_LABEL)),
  );
}

function cut(text, width) {
  const most = Math.max(8, Math.floor(width / GLYPH));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** What the router looked at, as a slip of paper beside its bar. */
function drawNote(message) {
  const { note, to, y } = message;
  const lines = note.map(({ verdict, text }, at) =>
    draw(
      "text",
      { class: `is-${verdict}`, x: to + 28, y: y + 28 + at * NOTE_LINE },
      cut(text, WIDEST_REMARK),
    ),
  );
  const longest = Math.max(...note.map(({ text }) => text.length)) * GLYPH;
  const width = Math.min(longest, WIDEST_REMARK) + 28;
  const d = `M${to + 16} ${y + 10}h${width - 10}l10 10v${note.length * NOTE_LINE}h${-width}z`;
  return draw("g", partOf(message, "slip"), draw("path", { d }), lines);
}

// The flame: what ran when, and inside what.

const FLAME_ROW = 26;

function drawFlame({ steps, time }) {
  const whole = Math.max(...steps.map(({ start, elapsed }) => start + elapsed), 0.001);
  const label = `${count(steps.length, "step")} in ${duration(whole)}; ${SAME}`;
  const bars = make(
    "div.bars",
    { role: "img", "aria-label": label },
    steps.map((step, at) => flameBar(step, at, whole)),
  );
  bars.style.height = `${(Math.max(...steps.map(({ depth }) => depth)) + 1) * FLAME_ROW}px`;
  return [make("p.sentence", timeSentence(time)), make("div.flame", flameAxis(whole), bars)];
}

function flameBar(step, at, whole) {
  const bar = make(
    "div",
    { ...partOf({ at, step }, "place"), title: titleOf(step) },
    make("span", brief(step)),
  );
  bar.style.left = `${(step.start / whole) * 100}%`;
  bar.style.width = `${(step.elapsed / whole) * 100}%`;
  bar.style.top = `${step.depth * FLAME_ROW}px`;
  return bar;
}

function flameAxis(whole) {
  const label = "Microseconds since the request began";
  const axis = make("ol", { class: "axis sticks", "aria-label": label });
  const tick = niceTick(whole / 5);
  for (let at = 0; at * tick <= whole; at += 1) {
    const mark = make("li", `${Number((at * tick).toPrecision(6)).toLocaleString("en")} µs`);
    mark.style.left = `${((at * tick) / whole) * 100}%`;
    axis.append(mark);
  }
  return axis;
}

/** The next of 1, 2, 5, 10, 20, 50, ... */
function niceTick(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((tick) => tick >= least * 0.999);
}

// The steps as a list in lists: the same for those who read or hear it.

function drawSteps({ id, steps }) {
  const roots = make("ol.steps", { "aria-label": "Steps" });
  const lists = [];
  steps.forEach((step, at) => {
    const item = make("li", { "data-layer": step.layer }, stepRow(step, at, id));
    (lists[step.parent] ?? roots).append(item);
    if (steps.some(({ parent }) => parent === at)) item.append((lists[at] = make("ol")));
  });
  return [roots];
}

function stepRow(step, at, id) {
  return make(
    "a",
    {
      ...partOf({ at, step }, "place"),
      href: `#${id}/${at + 1}`,
      tabindex: at === (state.step ?? 0) ? 0 : -1,
    },
    layerChip(step.layer),
    make("span.what", breakable(step.title)),
    make("span.time", duration(step.elapsed)),
    step.sql?.parameters.length && make("span.more", `with ${step.sql.parameters.join(", ")}`),
    outcome(step),
    step.notes.map((note) => make("span.more", note)),
    step.candidates.map(({ path, verdict, reason }) =>
      make("span", { class: `more is-${verdict}` }, `${VERDICTS[verdict]} ${path}: ${reason}`),
    ),
  );
}

function outcome({ result, error }) {
  if (error) return make("span", { class: "more is-error" }, `raises ${error}`);
  return result && make("span.more", `→ ${result}`);
}

// The details: of the step that is looked at, or of the whole request.

function drawDetails() {
  const recording = shown();
  const step = recording.steps[state.step];
  page.details.replaceChildren(
    ...(step ? stepDetails(step, recording) : requestDetails(recording)).flat().filter(Boolean),
  );
  page.details.scrollTo(0, 0);
}

function section(title, ...children) {
  return make("section", make("h3", title), ...children);
}

function pairList(pairs) {
  const rows = pairs.map(([name, value]) =>
    make("div", make("dt", name), make("dd", String(value))),
  );
  return make("dl.pairs", rows);
}

function requestDetails(recording) {
  return [
    make("h2", "The whole request"),
    make("p.quietly", timeSentence(recording.time), "."),
    messageSection("Request", recording.request),
    messageSection("Response", recording.response),
    section("Where the time went", layerTimes(recording)),
  ];
}

function messageSection(title, { headers, body }) {
  const text = /^\s*[{[]/.test(body) ? jsonLines(body) : body;
  return section(
    title,
    headers.length ? pairList(headers) : make("p.quietly", "No headers."),
    body && make("pre", text === body ? body : code(text, JSON_WORDS)),
  );
}

function layerTimes({ steps }) {
  const times = timesByLayer(steps);
  const whole = times.reduce((sum, [, us]) => sum + us, 0) || 1;
  const rows = times.map(([layer, us]) => {
    const bar = make("i");
    bar.style.width = `${(us / whole) * 100}%`;
    return make(
      "li",
      { "data-layer": layer },
      layerChip(layer),
      make("span.share", bar),
      make("span", duration(us)),
    );
  });
  return make("ul.shares", rows);
}

function stepDetails(step, recording) {
  const { file, line, error, raised, notes, sql, candidates } = step;
  return [
    stepHead(step, recording),
    file && make("p.file", `${file}:${line}`),
    error && make("p.error", raised ? `${error} (raised at ${raised})` : error),
    notes.map((note) => make("p.notes", note)),
    sql && section("Statement", sqlDetails(sql, recording)),
    candidates.length && section("Routes looked at", candidateTable(candidates)),
    section("Call", pairList(callPairs(step))),
    sourceDetails(step, recording.sources[step.source]),
  ];
}

function stepHead(step, { steps }) {
  const own = ownTimes(steps)[state.step];
  const children = own < step.elapsed ? `, ${duration(own)} of it its own` : "";
  return make(
    "header",
    make(
      "p.facts",
      layerChip(step.layer),
      make("span", `step ${state.step + 1} of ${steps.length}`),
      make("button", { type: "button", class: "quiet", "data-whole": "" }, "Whole request"),
    ),
    make("h2", breakable(step.sql ? step.who : step.title)),
    make("p.quietly", `${duration(step.elapsed)}${children}; began at ${duration(step.start)}`),
  );
}

function callPairs({ name, title, arguments: values, result, error, pieces: given }) {
  return [
    ...(title.startsWith(name) ? [] : [["function", name]]),
    ...values,
    ...(given ? [["gave", count(given, "piece")]] : []),
    error ? ["raises", error] : ["result", result ?? "nothing to show"],
  ];
}

function sqlDetails({ statement, parameters, rows }, { steps }) {
  const times = steps.filter((step) => step.sql?.statement === statement).length;
  return [
    make("pre", code(sqlLines(statement), SQL)),
    times > 1 &&
      make(
        "p.notes",
        chip("warning", "repeated", `×${times}`),
        ` This statement ran ${times} times in this request.`,
      ),
    pairList([
      ...parameters.map((value, at) => [`parameter ${at + 1}`, value]),
      ...(rows === null ? [] : [["rows", rows]]),
    ]),
  ];
}

function candidateTable(candidates) {
  const head = make(
    "tr",
    ["Verdict", "Path", "Reason"].map((text) => make("th", { scope: "col" }, text)),
  );
  const rows = candidates.map(({ path, verdict, reason }) =>
    make(
      "tr",
      { class: `is-${verdict}` },
      make("td", `${VERDICTS[verdict]} ${verdict}`),
      make("td", path),
      make("td", reason),
    ),
  );
  return make("table", make("thead", head), make("tbody", rows));
}

/** The function's lines, and over them the values that they began with. */
function sourceDetails(step, source) {
  if (!source) return null;
  const text = dedented(source.lines).join("\n");
  const scrollable = { tabindex: 0, role: "region", "aria-label": `Source of ${step.name}` };
  return section(
    "Source",
    step.arguments.length &&
      make("div.moment", make("p", "At this moment"), momentList(step.arguments)),
    make("pre", scrollable, make("code.numbered", numbered(text, source.first))),
  );
}

function momentList(values) {
  const rows = values.map(([name, value]) => make("li", make("b", name), " = ", value));
  return make("ul", rows);
}

/** Painted lines, each with its number: what is copied goes without the numbers. */
function numbered(text, first) {
  const lines = [[]];
  for (const [kind, piece] of pieces(text, PYTHON)) {
    piece.split("\n").forEach((part, at) => {
      if (at) lines.push([]);
      lines.at(-1).push(kind ? make("span", { class: `is-${kind}` }, part) : part);
    });
  }
  return lines.map((line, at) => make("span", { "data-number": first + at }, line, "\n"));
}

function announceStep() {
  const step = shown().steps[state.step];
  const texts = step
    ? [`Step ${state.step + 1}: ${step.layer}`, step.title, duration(step.elapsed)]
    : ["The whole request"];
  if (step?.error) texts.push(`raises ${step.error}`);
  page.announce.textContent = texts.join(", ");
}

// ---- Keys and clicks.

function goToStep(step) {
  const last = (shown()?.steps.length ?? 0) - 1;
  if (last >= 0) showStep(Math.min(Math.max(step, 0), last));
}

const goBy = (by) => goToStep((state.step ?? -1) + by);

const goToCaller = () => goToStep(shown()?.steps[state.step]?.parent ?? 0);

/** Where the shown one stands in the list; -1 where the filter hides it. */
const placeInList = () => fitting().findIndex(({ id }) => id === state.id);

function goToRequest(at) {
  const recording = fitting()[at];
  if (recording) showRecording(recording.id);
}

const KEYS = {
  ArrowDown: () => goBy(1),
  j: () => goBy(1),
  ArrowUp: () => goBy(-1),
  k: () => goBy(-1),
  Home: () => goToStep(0),
  End: () => goToStep(Infinity),
  ArrowRight: () => goBy(1), // steps are in the order of their calls: the first one inside is next
  ArrowLeft: goToCaller,
  Escape: () => shown() && showStep(null),
  "[": () => goToRequest(placeInList() - 1),
  "]": () => goToRequest(placeInList() + 1),
  1: () => showTab("sequence"),
  2: () => showTab("flame"),
  3: () => showTab("steps"),
  "/": () => page.filter.focus(),
  "?": () => page.keys.showModal(),
};

// Widgets that have the focus keep the keys that readers of such widgets expect.
const LIST_KEYS = {
  ArrowDown: KEYS["]"],
  ArrowUp: KEYS["["],
  Home: () => goToRequest(0),
  End: () => goToRequest(fitting().length - 1),
};
const TAB_KEYS = { ArrowRight: () => turnTab(1), ArrowLeft: () => turnTab(-1) };

function turnTab(by) {
  const tabs = [...page.tabs.children];
  const at = tabs.findIndex(({ dataset }) => dataset.tab === state.tab);
  const next = tabs.at((at + by) % tabs.length);
  showTab(next.dataset.tab);
  next.focus();
}

function actionFor({ key, target }) {
  if (target === page.list && key in LIST_KEYS) return LIST_KEYS[key];
  if (target.matches("[role=tab]") && key in TAB_KEYS) return TAB_KEYS[key];
  const scrollsCode = target.matches("pre") && (key === "ArrowLeft" || key === "ArrowRight");
  return scrollsCode ? undefined : KEYS[key];
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || page.keys.open) return;
  if (event.target === page.filter) {
    if (event.key === "Escape" || event.key === "Enter") page.filter.blur();
    return;
  }
  const action = actionFor(event);
  if (!action || !(shown() || "/?".includes(event.key))) return;
  event.preventDefault();
  action();
});

/** The button that does this goes with the step; the focus must not be lost with it. */
function leaveStep() {
  showStep(null);
  page.details.focus();
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-step], [data-request], [data-tab], [data-whole]");
  if (!target || event.ctrlKey || event.metaKey) return;
  const { step, request, tab, whole } = target.dataset;
  event.preventDefault();
  if (step !== undefined) showStep(Number(step));
  else if (request !== undefined) showRecording(request);
  else if (tab !== undefined) showTab(tab);
  else if (whole !== undefined) leaveStep();
});

// A click gives the focus to nobody, so that the arrow keys go on from step to step.
for (const widget of [page.list, page.tabs]) {
  widget.addEventListener("mousedown", (event) => {
    event.preventDefault();
    document.activeElement.blur();
  });
}

page.filter.addEventListener("input", () => {
  state.filter = page.filter.value.trim();
  drawList();
});

page.help.addEventListener("click", () => page.keys.showModal());
page.follow.addEventListener("click", showNewest);
addEventListener("hashchange", showAddressed);

// ---- Live: ask for what is new.

const PAUSE = 1000; // milliseconds
const PATIENCE = 10_000;

let isAsking = false;

/** Ask once, and again after a pause; a page that nobody sees does not ask. */
async function ask() {
  if (isAsking || document.hidden) return;
  isAsking = true;
  const answer = await fetchNew();
  drawState(answer !== null);
  if (answer) take(answer);
  setTimeout(() => {
    isAsking = false;
    ask();
  }, PAUSE);
}

/** The server's answer, or null where there is none. */
async function fetchNew() {
  const after = encodeURIComponent(state.recordings[0]?.id ?? "");
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const address = `${BASE}/recordings?after=${after}`;
    const response = await fetch(address, { cache: "no-store", signal });
    return response.ok ? read(await response.text()) : null;
  } catch {
    return null;
  }
}

/** Put new recordings on top; those that the server has forgotten go, but for the chosen one. */
function take({ recordings, known }) {
  const old = new Set(state.recordings.map(({ id }) => id));
  const fresh = recordings.filter(({ id }) => !old.has(id));
  const kept = new Set([...known, ...fresh.map(({ id }) => id)]);
  const isChosen = ({ id }) => state.isByHand && id === state.id;
  const all = [...fresh.toReversed(), ...state.recordings];
  const stay = all.filter((recording) => kept.has(recording.id) || isChosen(recording));
  if (!fresh.length && stay.length === old.size) return;
  const chosen = stay.slice(MOST).filter(isChosen);
  state.recordings = [...stay.slice(0, MOST - chosen.length), ...chosen];
  if (state.isByHand && shown()) drawList();
  else showNewest();
}

// A recording made at the command line may have no name; here each one needs one.
given.recordings.forEach((recording, at) => (recording.id ||= String(at + 1)));
state.recordings = given.recordings.toReversed().slice(0, MOST);
showAddressed();
if (given.live) {
  document.addEventListener("visibilitychange", ask);
  ask();
}
