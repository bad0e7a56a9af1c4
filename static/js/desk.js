// The desk's keyboard, dialogs and rows. Keys are printed on the controls they press.
"use strict";

// A field of a dialog that was just closed keeps the focus until the next frame, and takes no text.
const typing = (element) =>
  element.checkVisibility() && element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("table[data-rows] tbody tr")];

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("form :is(input:not([type=hidden]), select, textarea)")?.focus(); // past a link in the words above
}

// What a control says, without the key that is printed on it and the count beside it.
function said(control) {
  const copy = control.cloneNode(true);
  copy.querySelectorAll("kbd, b").forEach((one) => one.remove());
  return copy.textContent.replace(/\s+/g, " ").trim();
}

// The sheet lists what this page's own controls are pressed with.
function openSheet() {
  const seen = [...document.querySelectorAll("[data-key], [data-row-key], .rail [data-go]")].filter(
    (one) => one.offsetParent !== null,
  );
  const words = new Map(
    seen.map((one) => [
      one.dataset.go ? `g ${one.dataset.go}` : one.dataset.key || one.dataset.rowKey,
      said(one) || one.ariaLabel || "",
    ]),
  );
  const lines = (chosen) =>
    chosen.flatMap(([key, text]) => {
      const term = document.createElement("dt"),
        about = document.createElement("dd"),
        shown = document.createElement("kbd");
      shown.textContent = key;
      term.append(shown);
      about.textContent = text;
      return [term, about];
    });
  document.getElementById("keys-here")?.replaceChildren(...lines([...words].filter(([key]) => !key.startsWith("g "))));
  document.getElementById("keys-go")?.replaceChildren(...lines([...words].filter(([key]) => key.startsWith("g "))));
  openDialog("keys");
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = Math.min(all.length - 1, Math.max(0, now + step));
  all.forEach(
    (row, index) =>
      row.toggleAttribute("aria-selected", false) || (index === next && row.setAttribute("aria-selected", "true")),
  );
  const link = all[next].querySelector("a.id, a");
  if (link) link.focus();
  all[next].scrollIntoView({ block: "nearest" });
}

function press(key) {
  const row = document.querySelector("tr[aria-selected=true], tr:focus-within");
  const ofRow = row?.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
  if (ofRow) return (ofRow.click(), true);
  const control = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(
    (one) => one.offsetParent !== null,
  );
  if (!control) return false;
  control.click();
  return true;
}

// In a dialog a digit chooses among its choices and goes on to the next field; Ctrl Enter submits from anywhere in a form.
function pressInDialog(event, dialog) {
  const choices = [...dialog.querySelectorAll("input[type=radio]")];
  const choice = choices[Number(event.key) - 1];
  if (!choice || !/^[1-9]$/.test(event.key) || (typing(event.target) && event.target.type !== "radio")) return;
  choice.click();
  const fields = [...dialog.querySelectorAll("input:not([type=radio], [type=hidden]), textarea, select")];
  fields.find((field) => choice.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING)?.focus();
  event.preventDefault();
}

let leader = "";
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector("button.primary"));
    return;
  }
  const open = document.querySelector("dialog[open]");
  if (open && !event.ctrlKey && !event.metaKey && !event.altKey) pressInDialog(event, open);
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]"))
    return;
  const key = event.key;
  let done = true;
  const going = leader === "g" && document.querySelector(`.rail [data-go="${CSS.escape(key)}"]`);
  if (going) going.click();
  else if (key === "g") done = true;
  else if (key === "/") document.getElementById("find")?.focus();
  else if (key === "?") openSheet();
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else done = press(key);
  leader = key;
  document.body.toggleAttribute("data-leading", key === "g");
  if (done) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) openDialog(opener.dataset.dialog);
  if (event.target.closest("[data-back]")) history.back(); // the browser keeps what stood in the fields
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close();
  const all = event.target.closest("[data-select-all]");
  if (all)
    all
      .closest("table")
      .querySelectorAll("tbody input[type=checkbox]")
      .forEach((box) => {
        box.checked = all.checked;
      });
});

// "Submit and next" lands on the next item's heading, whichever page the item has.
if (window.location.hash === "#item" && !document.getElementById("item")) {
  const heading = document.querySelector("main h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}

// An address that leads into a folded part opens it.
function openTarget() {
  const target = document.getElementById(window.location.hash.slice(1));
  const folded = target?.closest("details");
  if (folded && !folded.open) ((folded.open = true), target.scrollIntoView());
}
openTarget();
window.addEventListener("hashchange", openTarget);

// On a narrow screen the rail is a strip: the page one is on stands in sight.
function showPlace() {
  const rail = document.querySelector(".rail"),
    here = rail?.querySelector("[aria-current]");
  if (here) rail.scrollLeft = here.offsetLeft - (rail.clientWidth - here.offsetWidth) / 2;
}
showPlace();

// What scrolls inside its card can be reached and scrolled by keyboard.
function reachScrolled() {
  document.querySelectorAll("main .scroll, main pre").forEach((box) => {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (scrolls && !box.hasAttribute("tabindex")) box.tabIndex = 0;
  });
}
reachScrolled();
window.addEventListener("resize", () => {
  reachScrolled();
  showPlace();
});
document.addEventListener("htmx:afterSettle", reachScrolled);

// htmx forgets which button sent a form when the button stands outside of it, as those in the rows of a table do.
document.addEventListener("htmx:configRequest", (event) => {
  const { triggeringEvent, parameters } = event.detail,
    button = triggeringEvent?.submitter;
  if (button?.name && parameters[button.name] === undefined) parameters[button.name] = button.value;
});

// Nothing answers: said once, and taken back by the next answer. What is being read stays where it is.
const away = document.createElement("p");
away.className = "notice error";
away.textContent =
  "The desk does not answer. What you see may be old, and nothing is sent; it is tried again every half minute.";
document.addEventListener("htmx:sendError", () => document.getElementById("notices")?.append(away));
document.addEventListener("htmx:afterOnLoad", () => away.remove());
