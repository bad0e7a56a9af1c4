// The desk's keyboard, dialogs and rows. Keys are printed on the controls they press.
"use strict";

const typing = (element) => element.matches("input, textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("table[data-rows] tbody tr")];

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = Math.min(all.length - 1, Math.max(0, now + step));
  all.forEach((row, index) => row.toggleAttribute("aria-selected", false) || (index === next && row.setAttribute("aria-selected", "true")));
  const link = all[next].querySelector("a");
  if (link) link.focus();
  all[next].scrollIntoView({ block: "nearest" });
}

function press(key) {
  const control = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => one.offsetParent !== null);
  if (!control) return false;
  control.click();
  return true;
}

let leader = "";
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    document.getElementById("find")?.focus();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key;
  let done = true;
  if (leader === "g" && key === "q") document.querySelector(".rail a")?.click();
  else if (key === "/") document.getElementById("find")?.focus();
  else if (key === "?") openDialog("keys");
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else done = press(key);
  leader = key;
  if (done) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) openDialog(opener.dataset.dialog);
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close();
  const all = event.target.closest("[data-select-all]");
  if (all) all.closest("table").querySelectorAll("tbody input[type=checkbox]").forEach((box) => { box.checked = all.checked; });
});
