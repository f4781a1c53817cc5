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
    element.dataset.drawn = "";
    try {
      await vegaEmbed(element, spec, options);
    } catch (error) {
      element.textContent = "This chart could not be drawn; its numbers are in the table.";
      throw error;
    }
  };
  // A chart takes the width of its place, so those of the hidden language wait until it is chosen.
  const visible = ([id]) => {
    const element = document.getElementById(id);
    return element.dataset.drawn === undefined && element.offsetParent !== null;
  };
  const drawVisible = async () => {
    delete root.dataset.charts;
    const results = await Promise.allSettled(Object.entries(specs).filter(visible).map(draw));
    const failed = results.filter((result) => result.status === "rejected");
    failed.forEach((result) => console.error(result.reason));
    root.dataset.charts = failed.length ? "failed" : "drawn";
  };
  const show = () => {
    const chosen = document.querySelector("input[name=language]:checked").value;
    root.lang = document.querySelector(`[data-language="${chosen}"]`).lang;
    drawVisible();
  };
  root.classList.add("js");
  document.querySelectorAll("input[name=language]").forEach((input) => input.addEventListener("change", show));
  const asked = location.hash.slice(1).split("-")[0] || (navigator.language || "").slice(0, 2);
  const radio = document.getElementById(`language-${asked}`);
  if (radio) radio.checked = true;
  show();
})();
