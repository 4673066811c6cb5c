// Designs of a front from within: package, links, layers, shares.
"use strict";

function designs(data) {
  const root = document.getElementById("designs");
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const which = find("which"), quantity = find("quantity");
  const CONFIG = { ...PLOT_CONFIG, displayModeBar: false };
  const UNITS = { energy: "mJ", latency: "ms", area: "mm²" };
  const clear = "rgba(0,0,0,0)";
  const WIDE = 1060, HALF = 520; // pixels on paper: the style sheet shrinks them to the page

  function plot(part, traces, layout, half) {
    Plotly.react(find(part), traces, { ...layout, width: isPrinted ? (half ? HALF : WIDE) : undefined }, CONFIG);
  }

  function amount(bits) {
    for (const [size, unit] of [[8e9, "GB"], [8e6, "MB"], [8e3, "kB"]]) if (bits >= size) return `${(bits / size).toPrecision(3)} ${unit}`;
    return `${(bits / 8).toFixed(0)} B`;
  }

  // The package as a picture: a cell a tile where there are not too many, else a cell a chiplet.
  function drawPackage(design) {
    const p = design.package, cells = p.runs ? Math.ceil(Math.sqrt(p.tiles)) : 1;
    const gap = Math.max(1, Math.round(cells * 0.35)), pitch = cells + gap, size = p.side * pitch - gap;
    const z = Array.from({ length: size }, () => new Array(size).fill(null));
    const words = Array.from({ length: size }, () => new Array(size).fill(""));
    const shapes = [], notes = [];
    const columns = (chiplet) => (p.runs && p.columns && p.columns[chiplet]) || cells;
    for (let chiplet = 0; chiplet < p.chiplets; chiplet++) {
      const place = p.places ? p.places[chiplet] : chiplet;
      const left = (place % p.side) * pitch, top = Math.floor(place / p.side) * pitch;
      shapes.push({ type: "rect", x0: left - 0.5, x1: left + columns(chiplet) - 0.5, y0: top - 0.5, y1: top + columns(chiplet) - 0.5, line: { width: 1, color: ink("#5b6673") }, fillcolor: ink("#eef1f4"), layer: "below" });
    }
    // chiplets with weights stand in a square of their own, where swaps put them or row by row; in a snake every other
    // row starts at its end
    const at = (chiplet) => {
      if (p.places) return [(p.places[chiplet] % p.side) * pitch, Math.floor(p.places[chiplet] / p.side) * pitch];
      const row = Math.floor(chiplet / p.links_side), place = chiplet % p.links_side;
      return [(p.snake && row % 2 ? p.links_side - 1 - place : place) * pitch, row * pitch];
    };
    const put = (x, y, layer, chiplet) => {
      z[y][x] = layer;
      words[y][x] = `${data.layers[layer]}<br>chiplet ${chiplet}, ${design.copies[layer]} ${design.copies[layer] === 1 ? "copy" : "copies"}`;
    };
    if (p.runs) {
      for (const [chiplet, start, count, layer] of p.runs) {
        const [left, top] = at(chiplet);
        for (let t = start; t < start + count; t++) put(left + (t % columns(chiplet)), top + Math.floor(t / columns(chiplet)), layer, chiplet);
      }
    } else p.layer_of.forEach(([first], chiplet) => { const [left, top] = at(chiplet); put(left, top, first, chiplet); });
    const lines = linkLines(p, pitch, cells);
    plot("package", [
      { type: "heatmap", z, text: words, hovertemplate: "%{text}<extra></extra>", hoverongaps: false, colorscale: "Viridis", zmin: 0, zmax: Math.max(data.layers.length - 1, 1), xgap: cells > 1 && size < 90 ? 1 : 0, ygap: cells > 1 && size < 90 ? 1 : 0,
        colorbar: { title: { text: "layer, in order", side: "right" }, thickness: 12, outlinewidth: 0, nticks: 6 } },
      ...lines,
    ], { height: 430, margin: { l: 10, r: 10, t: 10, b: 10 }, shapes, annotations: notes, font: font(), showlegend: false, paper_bgcolor: clear, plot_bgcolor: ink("#ffffff"),
      xaxis: { visible: false, range: [-gap, size - 1 + gap], constrain: "domain" }, yaxis: { visible: false, range: [size - 1 + gap, -gap], scaleanchor: "x", constrain: "domain" } }, true);
    const most = Math.max(0, ...p.links.map((link) => Math.max(link[4], link[5])));
    find("package-note").textContent = `${p.chiplets} chiplets of ${p.kind_b && p.kind_b < p.chiplets ? `two kinds, ${p.kind_b} of kind B, up to ` : ""}${p.tiles} tiles${p.chiplets > 1 ? "" : " (one die)"}, the largest ${p.die_mm2} mm²; a square is a ${p.runs ? "tile" : "chiplet"}, its colour the layer whose weights it holds, grey where none are. `
      + (p.rounds > 1 ? `Weights are written in ${p.rounds} rounds, of which the first is drawn, without the links' loads.` : most > 0 ? `Red lines are the package's links, the darker and wider the more they carry: ${amount(most)} an inference at most.` : "Nothing moves between chiplets.")
      + (p.port > 0 ? ` ${amount(p.port)} pass the host's port.` : "");
  }

  // Lines from one chiplet's edge to its neighbour's; further ones, and those to a hub, from middle to middle.
  function linkLines(p, pitch, cells) {
    const loads = p.links.map((link) => Math.max(link[4], link[5])), most = Math.max(0, ...loads);
    const middle = (cells - 1) / 2;
    return p.links.map(([x0, y0, x1, y1, onward, back], i) => {
      const share = Math.sqrt(loads[i] / most), cut = Math.hypot(x1 - x0, y1 - y0) === 1 ? cells / 2 : 0;
      const x = [x0 * pitch + middle + cut * (x1 - x0), x1 * pitch + middle - cut * (x1 - x0)];
      const y = [y0 * pitch + middle + cut * (y1 - y0), y1 * pitch + middle - cut * (y1 - y0)];
      return { type: "scatter", mode: "lines", x, y, line: { width: 2 + 8 * share, color: `rgba(${255 - Math.round(90 * share)}, ${Math.round(150 * (1 - share))}, 40, ${0.45 + 0.55 * share})` },
        hovertemplate: `one way ${amount(onward)}, back ${amount(back)}<extra>link</extra>` };
    });
  }

  function drawShares(design) {
    const rows = design.shares[quantity.value], unit = UNITS[quantity.value];
    const colour = new Map(data.engines.map((engine) => [engine.name, engine.colour]));
    const total = rows.filter(([, parent]) => !parent).reduce((sum, row) => sum + row[2], 0);
    const ids = rows.map(([name, parent]) => (parent ? `${parent}/${name}` : name));
    plot("sunburst", [{ type: "sunburst", branchvalues: "remainder", ids, labels: rows.map((row) => row[0].replace(/ \(.*/, "")), parents: rows.map((row) => row[1]),
      values: rows.map(([name, parent, value]) => (parent || !rows.some((row) => row[1] === name) ? value : Math.max(0, value - rows.filter((row) => row[1] === name).reduce((sum, row) => sum + row[2], 0)))),
      customdata: rows.map((row) => [row[2], (100 * row[2]) / total, row[0]]), hovertemplate: `%{customdata[2]}: %{customdata[0]:.4g} ${unit} (%{customdata[1]:.1f} %)<extra></extra>`,
      marker: { colors: rows.map(([name, parent]) => colour.get(parent || name)), line: { width: 1, color: ink("#ffffff") } }, leaf: { opacity: 0.72 }, insidetextorientation: "auto" }],
      { height: 430, margin: { l: 10, r: 10, t: 10, b: 44 }, font: font(), paper_bgcolor: clear,
        title: { text: `${Number(total.toPrecision(4))} ${unit} in all`, font: { size: 14 }, x: 0.5, y: 0.02, yanchor: "bottom" } }, true);
  }

  function drawLayers(design) {
    const bars = (values, axis) => data.engines.map((engine, e) => ({ type: "bar", x: data.layers.map((_, l) => l), y: values[e], name: engine.name, legendgroup: engine.name, showlegend: axis === "y" && [design.latency, design.energy].some((of) => of[e].some((value) => value > 0)), yaxis: axis,
      marker: { color: engine.colour }, customdata: data.layers, hovertemplate: `%{customdata}: %{y:.4g} ${axis === "y" ? "ms" : "mJ"}<extra>${engine.name}</extra>` }));
    const step = Math.ceil(data.layers.length / 40), shown = data.layers.map((_, l) => l).filter((l) => l % step === 0);
    plot("layers", [...bars(design.latency, "y"), ...bars(design.energy, "y2")], { barmode: "stack", bargap: 0.15, height: 430, margin: { l: 76, r: 16, t: 30, b: 110 }, font: font(), paper_bgcolor: clear, plot_bgcolor: ink("#ffffff"),
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, xaxis: { tickmode: "array", tickvals: shown, ticktext: shown.map((l) => data.layers[l]), tickangle: -60, tickfont: { size: 11 }, anchor: "y2" },
      yaxis: { title: { text: "latency [ms]" }, domain: [0.54, 1], gridcolor: ink("#e8ecf0") }, yaxis2: { title: { text: "dynamic energy [mJ]" }, domain: [0, 0.46], gridcolor: ink("#e8ecf0") } });
  }

  function drawRoofline(design) {
    const whole = data.layers.map((_, l) => design.latency.reduce((sum, values) => sum + values[l], 0));
    const bound = data.layers.map((_, l) => design.latency.reduce((best, values, e) => (values[l] > design.latency[best][l] ? e : best), 0));
    const ops = data.macs.map((macs) => 2 * macs), reach = data.layers.map((_, l) => l).filter((l) => design.bits[l] > 0 && whole[l] > 0);
    if (!reach.length) { Plotly.purge(find("roofline")); find("roofline").innerHTML = "<p class='note'>No layer of this design takes anything from another chiplet.</p>"; return; }
    const x = reach.map((l) => ops[l] / design.bits[l]), ends = [Math.min(...x) / 2, Math.max(...x) * 2];
    const traces = data.engines.map((engine, e) => {
      const own = reach.filter((l) => bound[l] === e);
      return { type: "scatter", mode: "markers", name: `most time: ${engine.name}`, x: own.map((l) => ops[l] / design.bits[l]), y: own.map((l) => ops[l] / whole[l] / 1e9), marker: { size: 10, color: engine.colour, line: { width: 1, color: ink("#ffffff") } },
        customdata: own.map((l) => data.layers[l]), hovertemplate: "%{customdata}: %{y:.4g} TOPS at %{x:.4g} operations a bit<extra></extra>", showlegend: own.length > 0 };
    });
    traces.push({ type: "scatter", mode: "lines", name: "the package's links", x: ends, y: ends.map((end) => (end * design.bandwidth) / 1e12), line: { color: ink("#1f2933"), dash: "dot", width: 1.5 }, hoverinfo: "skip" });
    plot("roofline", traces, { height: 380, margin: { l: 76, r: 16, t: 30, b: 58 }, font: font(), paper_bgcolor: clear, plot_bgcolor: ink("#ffffff"), legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      xaxis: { type: "log", title: { text: "operations for each bit on the package's busiest link" }, gridcolor: ink("#e8ecf0"), range: ends.map(Math.log10), dtick: 1 }, yaxis: { type: "log", title: { text: "performance [TOPS]" }, gridcolor: ink("#e8ecf0"), dtick: 1, tickformat: "~r" } });
  }

  function show() {
    const design = data.designs[which.selectedIndex];
    find("facts").textContent = design.facts;
    drawPackage(design); drawShares(design); drawLayers(design); drawRoofline(design);
  }

  which.append(...data.designs.map((design) => new Option(design.name)));
  which.addEventListener("change", show);
  quantity.addEventListener("change", () => drawShares(data.designs[which.selectedIndex]));
  document.addEventListener("show-design", (event) => {
    const found = data.designs.findIndex((design) => design.id === event.detail);
    if (found >= 0) { which.selectedIndex = found; show(); root.scrollIntoView({ behavior: "smooth" }); }
  });
  let seen = false;
  const once = (entries) => { if (!seen && entries.some((entry) => entry.isIntersecting)) { seen = true; show(); } };
  new IntersectionObserver(once, { rootMargin: "400px" }).observe(root);
  onTheme(() => { if (seen || isPrinted) { seen = true; show(); } });
}
