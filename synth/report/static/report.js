"use strict";
// Draws every chart of the page from the JSON block; the numbers are in the tables, so a chart that fails says so and no more.
(() => {
  const root = document.documentElement;
  const { config, specs } = JSON.parse(document.getElementById("charts").textContent);
  const options = {
    mode: "vega-lite",
    config,
    ast: true,
    actions: false,
    defaultStyle: false,
    renderer: "svg",
    tooltip: { disableDefaultStyle: true },
  };
  const draw = async ([id, spec]) => {
    const element = document.getElementById(id);
    try {
      await vegaEmbed(element, spec, options);
    } catch (error) {
      element.textContent = "This chart could not be drawn; its numbers are in the table.";
      throw error;
    }
  };
  root.classList.add("js");
  Promise.allSettled(Object.entries(specs).map(draw)).then((results) => {
    const failed = results.filter((result) => result.status === "rejected");
    failed.forEach((result) => console.error(result.reason));
    root.dataset.charts = failed.length ? "failed" : "drawn";
  });
})();
