// Draw the Mermaid diagrams, in the colours of the page, and again when the reader changes them.
"use strict";
(() => {
  const diagrams = [...document.querySelectorAll(".mermaid")];
  const sources = diagrams.map((element) => element.textContent.trim());

  const draw = async () => {
    const dark = document.documentElement.dataset.theme === "dark";
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      theme: dark ? "dark" : "neutral",
      fontFamily: getComputedStyle(document.body).fontFamily,
      flowchart: { useMaxWidth: true },
    });
    diagrams.forEach((element, i) => {
      element.removeAttribute("data-processed");
      element.textContent = sources[i];
    });
    await mermaid.run({ nodes: diagrams });
  };

  let last = Promise.resolve();
  const redraw = () => {
    last = last.then(draw);
  };
  redraw();
  new MutationObserver(redraw).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
  });
})();
