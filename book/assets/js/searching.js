// What stands under a search result: words of the page itself, without the theme's buttons and the
// TeX behind formulas, and a link to the section that they stand in. Opened from a folder, the site
// can't read its own pages (browsers refuse fetch() over file://): the results come without.
"use strict";
(() => {
  if (typeof DOCUMENTATION_OPTIONS === "undefined") return;
  if (window.location.protocol === "file:") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    return;
  }

  const NO_WORDS = "script, style, .headerlink, .toctree-wrapper, mjx-container, .copybtn, button, audio," +
    " svg, canvas, summary, .aigc-controls, .aigc-sound, .aigc-name small, .cell_input, noscript";
  const LONGEST = 240; // characters

  // A text without formulas and controls, and nothing of a section's own sections.
  const wordsOf = (section) => {
    const copy = section.cloneNode(true);
    copy.querySelectorAll(`${NO_WORDS}, section`).forEach((e) => e.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  };

  const around = (text, at) => {
    let from = Math.max(0, at - LONGEST / 3);
    if (from) from = text.indexOf(" ", from) + 1;
    const to = from + LONGEST;
    return `${from ? "… " : ""}${text.slice(from, to)}${to < text.length ? " …" : ""}`;
  };

  // The sections of a page, the one that a result names first, and where the words stand in each.
  const found = (page, keywords, anchor) => {
    const sections = [...page.querySelectorAll("article section[id]")];
    const named = anchor && sections.find((s) => `#${s.id}` === anchor);
    const all = (named ? [named, ...sections] : sections).map((section) => {
      const text = wordsOf(section), lower = text.toLowerCase();
      const places = keywords.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
      return { section, text, at: Math.min(...places), hits: places.length };
    });
    const most = Math.max(...all.map((one) => one.hits));
    if (named && all[0].text) return { ...all[0], at: all[0].hits ? all[0].at : 0 };
    return most > 0 ? all.find((one) => one.hits === most) : null;
  };

  const summaryOf = (text, terms, anchor) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const place = found(page, [...terms].map((word) => word.toLowerCase()), anchor);
    const summary = document.createElement("p");
    summary.className = "context";
    if (!place) return summary;
    summary.textContent = around(place.text, place.at);
    // The result's own link is made already; it leads on once its list item is there.
    queueMicrotask(() => {
      const link = summary.parentElement?.querySelector("a");
      if (link && !link.getAttribute("href").includes("#")) link.hash = place.section.id;
    });
    return summary;
  };

  // Sphinx's own script comes after this one and begins when the page is there: just before it.
  document.addEventListener("DOMContentLoaded", () => {
    if (typeof Search !== "undefined") Search.makeSearchSummary = summaryOf;
  });
})();
