// Set formulas with MathJax, in Node: one page a line of standard input, a JSON list of
// [TeX, whether it stands alone]; one line of output for each, {html: [...], glyphs, errors}.
// The shapes of a page's letters come once, in glyphs, and its formulas refer to them.
"use strict";
const readline = require("readline");

const ready = require("mathjax").init({
  loader: { load: ["input/tex-full", "output/svg", "a11y/assistive-mml"] },
  svg: { fontCache: "global" },
  tex: { formatError: (jax, error) => { throw error; } },
  startup: { typeset: false },
});

const setPage = (MathJax, formulas) => {
  const { adaptor, output } = MathJax.startup;
  const errors = [];
  output.fontCache.clearCache();
  const html = formulas.map(([tex, display]) => {
    try {
      return adaptor.outerHTML(MathJax.tex2svg(tex, { display }));
    } catch (error) {
      errors.push(`${error.message}: ${tex}`);
      return "";
    }
  });
  return { html, glyphs: adaptor.outerHTML(output.fontCache.getCache()), errors };
};

ready.then((MathJax) => {
  readline.createInterface({ input: process.stdin }).on("line", (line) => {
    process.stdout.write(`${JSON.stringify(setPage(MathJax, JSON.parse(line)))}\n`);
  });
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
