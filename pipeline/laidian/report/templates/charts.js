(function () {
  "use strict";
  var options = JSON.parse(document.getElementById("chart-data").textContent);

  // A drawing with a viewBox scales to the paper's width when it is printed.
  function fit(chart) {
    var svg = chart.getDom().querySelector("svg");
    svg.setAttribute("viewBox", "0 0 " + chart.getWidth() + " " + chart.getHeight());
  }

  var drawn = Object.keys(options).map(function (name) {
    var box = document.getElementById("chart-" + name);
    box.hidden = false;
    var chart = echarts.init(box, null, { renderer: "svg" });
    chart.setOption(options[name]);
    fit(chart);
    return chart;
  });
  window.addEventListener("resize", function () {
    if (window.matchMedia("print").matches) return;
    drawn.forEach(function (chart) { chart.resize(); fit(chart); });
  });
  document.documentElement.setAttribute("data-charts", String(drawn.length));
})();
