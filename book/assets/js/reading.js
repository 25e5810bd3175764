// What a page does for its reader: ticks for what is done, kept in this browser and nowhere else,
// and a stop for the tab key on formulas that scroll.
"use strict";
(() => {
  const KEY = "aigc-edu-done";

  const store = () => {
    try {
      localStorage.setItem(`${KEY}-trial`, "1");
      localStorage.removeItem(`${KEY}-trial`);
      return localStorage;
    } catch {
      return null; // a browser that keeps nothing: no ticks
    }
  };

  const read = (kept) => {
    try {
      return new Set(JSON.parse(kept.getItem(KEY)) || []);
    } catch {
      return new Set();
    }
  };

  const root = new URL(document.documentElement.dataset.content_root || "./", location.href).pathname;
  const nameOf = (address) => decodeURI(new URL(address, location.href).pathname).replace(decodeURI(root), "").replace(/\.html$/, "");

  const box = (kept, item, words, changed) => {
    const label = document.createElement("label"), tick = document.createElement("input");
    tick.type = "checkbox";
    tick.checked = read(kept).has(item);
    tick.addEventListener("change", () => {
      const done = read(kept); // anew: another page may have written
      if (tick.checked) done.add(item);
      else done.delete(item);
      kept.setItem(KEY, JSON.stringify([...done].sort()));
      changed();
    });
    label.className = "course-done";
    label.append(tick, words);
    return label;
  };

  // In the list of chapters: a sign behind those that are done.
  const mark = (kept) => {
    const done = read(kept);
    for (const link of document.querySelectorAll(".bd-sidebar-primary .bd-links a")) {
      link.querySelector(".course-tick")?.remove();
      if (!done.has(nameOf(link.href))) continue;
      const sign = document.createElement("span");
      sign.className = "course-tick";
      sign.innerHTML = '<span aria-hidden="true"> ✓</span><span class="visually-hidden"> (done)</span>';
      link.append(sign);
    }
  };

  const ticks = (kept) => {
    const page = nameOf(location.href), changed = () => mark(kept);
    mark(kept);
    const article = document.querySelector("article.bd-article");
    if (!article?.querySelector(".at-a-glance")) return;
    for (const exercise of article.querySelectorAll(".exercise[id]")) {
      const title = exercise.querySelector(".admonition-title");
      const number = title?.textContent.match(/\d+(\.\d+)*/)?.[0] || "";
      exercise.append(box(kept, `${page}#${exercise.id}`, `Exercise ${number} is done`.replace("  ", " "), changed));
    }
    article.append(box(kept, page, "I have finished this chapter (kept in this browser only)", changed));
  };

  const stops = () => {
    for (const formula of document.querySelectorAll('mjx-container[display="true"], .cell_output .text_html')) {
      if (formula.scrollWidth > formula.clientWidth + 1) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    }
  };

  const start = () => {
    const kept = store();
    if (kept) ticks(kept);
    stops();
    let waiting = 0;
    window.addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(stops, 100);
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
