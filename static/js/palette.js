// The palette: Ctrl K from anywhere, an id or a page, Enter. The list comes from the server; the focus stays in the field.
"use strict";

(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input"),
    list = dialog.querySelector("ul"),
    said = document.getElementById("palette-said");
  let asked = null,
    shown = null,
    going = false;

  const options = () => [...list.querySelectorAll("[data-address]")];

  function choose(option) {
    options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function go(option) {
    if (option) window.location.assign(option.dataset.address);
  }

  async function ask() {
    const query = input.value.trim();
    asked = query;
    let answer;
    try {
      answer = await fetch(`${dialog.dataset.options}?q=${encodeURIComponent(query)}`, {
        headers: { "HX-Request": "true" },
      });
    } catch {
      said.textContent = "The desk does not answer.";
      return;
    }
    const text = await answer.text();
    if (asked !== query) return; // a later question is under way
    list.innerHTML = answer.ok ? text : "";
    shown = query;
    said.textContent = answer.ok
      ? `${options().length} place${options().length === 1 ? "" : "s"}`
      : "The desk could not look that up.";
    choose(options()[0]);
    if (going) go(options()[0]);
    going = false;
  }

  function open(key = "") {
    if (dialog.open) return;
    document.querySelectorAll("dialog[open]").forEach((one) => one.close());
    dialog.showModal();
    input.value = key;
    input.focus();
    ask();
  }

  let wait = 0;
  input.addEventListener("input", () => {
    going = false;
    clearTimeout(wait);
    wait = setTimeout(ask, 80);
  });
  input.addEventListener("keydown", (event) => {
    const all = options(),
      now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(all[(now + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(now - 1 + all.length) % all.length]);
    else if (event.key === "Enter" && shown === input.value.trim()) go(all[now]);
    else if (event.key === "Enter") {
      going = true; // pasted and entered before the list is there
      clearTimeout(wait);
      ask();
    } else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => go(event.target.closest("[data-address]")));
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    open();
  });
})();
