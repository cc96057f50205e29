// The dashboard's hands: dialogs and buttons that call the JSON API.  What they changed
// is then read anew as the page itself, so that the server alone draws the inventory.

import { PATIENCE, catchUp, expectPage, follow, made } from "./live.js";

const PRODUCTS = document.body.dataset.products;
const SEARCH_DELAY = 160; // milliseconds of rest in typing
const TOAST_TIME = 3200; // milliseconds
const MINUTE = 60000; // milliseconds

/** An answer that says no: its words are for the reader. */
class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Send JSON to a path of the API; its answer, or a Refusal. */
async function call(method, path, body, headers = {}) {
  const response = await fetch(`${PRODUCTS}${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(explainSilence);
  const answer = await response.json().catch((error) => {
    return error instanceof SyntaxError ? {} : explainSilence(error);
  });
  if (!response.ok) {
    throw new Refusal(answer.message ?? `The server answered ${response.status}`, response.status);
  }
  return answer;
}

/** Why there is no answer; what was asked for may have been done all the same. */
function explainSilence({ name }) {
  if (name === "TimeoutError") {
    throw new Refusal("The server does not answer. Look whether it was done.", 0);
  }
  throw new Refusal("The server cannot be reached. Is the connection up?", 0);
}

/** `If-Match` for the version that the reader saw. */
const asSeen = (row) => ({ "If-Match": `"${row.version}"` });

let reading = new AbortController();

/** Put the inventory at an address into the page; focus stays where it was. */
async function show(address = location.href) {
  reading.abort();
  reading = new AbortController();
  expectPage();
  const signal = AbortSignal.any([reading.signal, AbortSignal.timeout(PATIENCE)]);
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const focused = document.activeElement?.id;
  document.title = page.title;
  document.querySelector("main").replaceWith(page.querySelector("main"));
  tellTimes();
  catchUp();
  if (focused && document.activeElement === document.body) focusOn(focused);
}

/** Focus what has that id; where it went, the inventory, so that Tab goes on from there. */
function focusOn(id) {
  (document.getElementById(id) ?? document.querySelector("main")).focus();
}

/** The same; whether it was done, which the reader is told where it was not. */
function refresh(address) {
  return show(address).then(() => true, (error) => {
    if (error.name !== "AbortError") say("The inventory cannot be read right now");
    return false;
  });
}

/** "2 days ago" in place of a date; the date stays in the title. */
function tellTimes() {
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const time of document.querySelectorAll("time")) {
    const age = (Date.now() - new Date(time.dateTime)) / 1000;
    const [unit, seconds] = units.find(([, size]) => age >= size) ?? ["minute", 60];
    time.title ||= time.textContent;
    time.textContent = age < 60 ? "just now" : words.format(-Math.floor(age / seconds), unit);
  }
}

const toast = document.getElementById("toast");
let toastTimer;

/** A word at the bottom of the page, which screen readers read out. */
function say(message) {
  clearTimeout(toastTimer);
  toast.textContent = message;
  toast.classList.add("is-shown");
  toastTimer = setTimeout(() => toast.classList.remove("is-shown"), TOAST_TIME);
}

/** Open a dialog; `save(fields)` runs on submit, and what it refuses is shown in it. */
function open(id, save) {
  const dialog = document.getElementById(id);
  const form = dialog.querySelector("form");
  const error = dialog.querySelector(".error");
  const opener = document.activeElement.id;
  error.textContent = "";
  dialog.onclose = () => focusOn(opener);
  form.onsubmit = async (event) => {
    event.preventDefault();
    error.textContent = complaint(form);
    if (error.textContent) return;
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      await save(Object.fromEntries(new FormData(form)));
      dialog.close();
      await refresh();
    } catch (refusal) {
      error.textContent = refusal.message;
    } finally {
      button.disabled = false;
    }
  };
  dialog.showModal();
  return form;
}

/** The first field that cannot be sent, in words; it gets the focus. */
function complaint(form) {
  const field = [...form.elements].find((element) => !element.checkValidity());
  if (!field) return "";
  field.focus();
  return `${field.labels[0].firstChild.textContent.trim()}: ${field.validationMessage}`;
}

/** Set the form's fields: fill(form, { brand: "Apple" }). */
function fill(form, fields) {
  form.reset();
  for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
}

function openProduct(title, fields, isNew, save) {
  const form = open("product-dialog", save);
  form.querySelector("h2").textContent = title;
  form.querySelector("[data-only=add]").hidden = !isNew;
  fill(form, fields);
  form.elements.product_name.focus();
}

const actions = {
  add({ category = "" }) {
    openProduct("Add product", { category }, true, async ({ category, quantity, ...fields }) => {
      await call("POST", "", {
        ...fields,
        ...(category.trim() && { category }),
        quantity: Number(quantity),
      });
      say(`${fields.product_name} is in the inventory`);
    });
  },

  edit(row) {
    const { name: product_name, brand, category } = row;
    const fields = { product_name, brand, category };
    openProduct("Edit product", fields, false, async ({ quantity, ...changed }) => {
      await call("PATCH", `/${row.id}`, changed, asSeen(row)).catch(explainStale);
      say(`${changed.product_name} is saved`);
    });
  },

  delete(row) {
    const form = open("delete-dialog", async () => {
      await call("DELETE", `/${row.id}`, undefined, asSeen(row)).catch(explainStale);
      say(`${row.name} is deleted`);
    });
    form.querySelector(".subject").textContent = row.name;
  },

  move(row) {
    const form = open("move-dialog", async ({ quantity, reason }) => {
      await move(row, Number(quantity), reason);
    });
    fill(form, {});
    form.querySelector(".subject").textContent = `${row.name}, ${row.quantity} in stock`;
    form.elements.quantity.focus();
  },

  async step(row, { by }) {
    try {
      await move(row, Number(by), "by hand");
      await refresh();
    } catch (refusal) {
      say(refusal.message);
    }
  },

  close(_row, _data, button) {
    button.closest("dialog").close();
  },
};

async function move(row, quantity, reason) {
  const movement = await call("POST", `/${row.id}/movements`, { quantity, reason });
  made(movement);
  say(`${row.name}: ${movement.balance} in stock`);
}

/** Somebody was quicker: show theirs behind the dialog, and say what to do. */
function explainStale(refusal) {
  if (refusal.status !== 409) throw refusal;
  refresh();
  throw new Refusal("Someone else changed this product. Close this and open it again.", 409);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-action]");
  if (!button) return;
  const row = button.closest(".row")?.dataset ?? button.dataset;
  actions[button.dataset.action](row, button.dataset, button);
});

const search = document.getElementById("search");
let searchTimer;

async function find() {
  const query = new URLSearchParams(new FormData(search));
  if (!query.get("q").trim()) query.delete("q");
  const address = query.size ? `${search.action}?${query}` : search.action;
  history.replaceState(null, "", address);
  if (await refresh(address)) say(document.querySelector("main").dataset.shown);
}

search.addEventListener("input", () => {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(find, SEARCH_DELAY);
});

search.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(searchTimer);
  find();
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, textarea") || document.querySelector("dialog[open]");
  if (event.key !== "/" || isTyping) return;
  event.preventDefault();
  document.getElementById("q").focus();
});

tellTimes();
setInterval(tellTimes, MINUTE);
follow({ show, tellTimes });
