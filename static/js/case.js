// Dialogs that a fragment brings, and the list of people under a note while "@" is typed.
"use strict";

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.querySelector("dialog[data-opens]");
  if (dialog && !dialog.open) dialog.showModal();
});

const typedMention = (area) => /(?:^|[^\w@.+-])@([\w.+-]*)$/.exec(area.value.slice(0, area.selectionStart));

function mentions(form) {
  const area = form.querySelector("textarea");
  if (!area) return;
  const list = document.createElement("ul");
  list.className = "mentions";
  list.id = `${area.id || "note"}-people`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People to mention");
  area.parentElement.classList.add("mention-field");
  area.after(list);
  area.setAttribute("aria-controls", list.id);
  area.setAttribute("aria-autocomplete", "list");
  let people = null;
  let chosen = 0;

  const close = () => {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  };
  const choose = (username) => {
    const start = area.selectionStart - typedMention(area)[1].length;
    area.setRangeText(`${username} `, start, area.selectionStart, "end");
    close();
    area.focus();
  };
  const mark = (index) => {
    const items = [...list.children];
    chosen = (index + items.length) % items.length;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
    area.setAttribute("aria-activedescendant", items[chosen].id);
    items[chosen].scrollIntoView({ block: "nearest" });
  };
  const show = async () => {
    const found = typedMention(area);
    if (!found) return close();
    if (people === null) {
      const answer = await fetch(form.dataset.mentions, { headers: { Accept: "application/json" } });
      people = answer.ok ? (await answer.json()).people : [];
    }
    const start = found[1].toLowerCase();
    const fitting = people
      .filter((one) => one.username.toLowerCase().startsWith(start) || one.name.toLowerCase().includes(start))
      .slice(0, 8);
    if (!fitting.length) return close();
    list.replaceChildren(
      ...fitting.map((one, place) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${place}`;
        item.setAttribute("role", "option");
        item.dataset.username = one.username;
        item.textContent = `${one.username} · ${one.name}`;
        return item;
      }),
    );
    list.hidden = false;
    mark(0);
  };
  area.addEventListener("input", show);
  area.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    const item = event.target.closest("li");
    if (item) {
      event.preventDefault();
      choose(item.dataset.username);
    }
  });
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(chosen + 1);
    else if (event.key === "ArrowUp") mark(chosen - 1);
    else if (event.key === "Enter" || event.key === "Tab") choose(list.children[chosen].dataset.username);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

document.querySelectorAll("form[data-mentions]").forEach(mentions);
