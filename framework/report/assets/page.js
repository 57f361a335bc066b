// Draws the charts of the report. Everything that a reader must know stands in the page without it.
(function () {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const graphs = [];
  const palette = () => {
    const style = getComputedStyle(document.documentElement);
    const get = (name) => style.getPropertyValue(name).trim();
    return { line: [1, 2, 3, 4, 5, 6].map((i) => get('--c' + i)), phase: get('--phase'), fault: get('--fault'),
      swap: get('--swap'), bad: get('--fail'), grid: get('--grid'), text: get('--faint'), start: get('--c5') };
  };
  let colours = palette();

  const two = (n) => String(n).padStart(2, '0');
  function offset(seconds) {
    const tenths = Math.round(Math.abs(seconds) * 10);
    const s = Math.floor(tenths / 10);
    const text = Math.floor(s / 3600) + ':' + two(Math.floor(s / 60) % 60) + ':' + two(s % 60);
    return (seconds < 0 ? '−' : '') + text + (tenths % 10 ? '.' + (tenths % 10) : '');
  }
  function number(value) {
    if (value === null || value === undefined || isNaN(value)) return '–';
    const size = Math.abs(value);
    return value.toLocaleString('en', { maximumFractionDigits: size >= 100 ? 0 : size >= 1 ? 2 : 4 });
  }

  // Rows of [x, a, b, …] from series that each have an x of their own; what a series lacks is null.
  function rows(chart) {
    const at = new Map();
    chart.series.forEach((one, column) => {
      one.x.forEach((x, i) => {
        if (!at.has(x)) at.set(x, chart.series.map(() => (chart.kind === 'band' ? [null, null, null] : null)));
        // What a series says to be nothing breaks its line; what only another one has does not.
        const known = (v) => (v === null ? NaN : v);
        at.get(x)[column] = chart.kind === 'band' ? [known(one.low[i]), known(one.y[i]), known(one.high[i])] : known(one.y[i]);
      });
    });
    return [...at.entries()].sort((a, b) => a[0] - b[0]).map(([x, values]) => [new Date(x * 1000), ...values]);
  }

  const from = Math.min(0, ...data.phases.map((p) => p[1]));
  const to = Math.max(1, ...data.phases.map((p) => p[2]),
    ...data.charts.flatMap((c) => c.series.map((s) => s.x[s.x.length - 1])));
  const whole = [from * 1000, to * 1000];

  // Behind the lines: every second phase shaded and named, faults as bands, swaps as ticks, starts of the JVM as lines.
  function underlay(canvas, area, graph) {
    const x = (second) => graph.toDomXCoord(new Date(second * 1000));
    const clip = (v) => Math.max(area.x, Math.min(area.x + area.w, v));
    canvas.save();
    data.phases.forEach(([name, begin, end], i) => {
      const left = clip(x(begin));
      const right = clip(x(end));
      if (right <= left) return;
      if (i % 2 === 1) {
        canvas.fillStyle = colours.phase;
        canvas.fillRect(left, area.y, right - left, area.h);
      }
      canvas.font = '10px system-ui, sans-serif';
      canvas.fillStyle = colours.text;
      if (canvas.measureText(name).width + 8 < right - left) canvas.fillText(name, left + 4, area.y + 10);
    });
    data.faults.forEach(([name, begin, end]) => {
      const left = clip(x(begin));
      const right = clip(x(end));
      if (x(end) < area.x || x(begin) > area.x + area.w) return;
      canvas.fillStyle = colours.fault;
      canvas.fillRect(left, area.y, Math.max(1.5, right - left), area.h);
      canvas.fillStyle = colours.bad;
      if (canvas.measureText(name).width + 12 < right - left) canvas.fillText(name, left + 8, area.y + 22);
    });
    data.swaps.forEach(([t, bad]) => {
      const place = x(t);
      if (place < area.x || place > area.x + area.w) return;
      canvas.fillStyle = bad ? colours.bad : colours.swap;
      canvas.fillRect(place - 0.5, area.y + area.h - (bad ? 14 : 6), 1, bad ? 14 : 6);
    });
    canvas.strokeStyle = colours.start;
    canvas.setLineDash([3, 3]);
    data.starts.forEach((t) => {
      const place = x(t);
      if (place <= area.x || place > area.x + area.w) return;
      canvas.beginPath();
      canvas.moveTo(place, area.y);
      canvas.lineTo(place, area.y + area.h);
      canvas.stroke();
    });
    canvas.restore();
  }

  // What was going on at that second: phase, faults, and the swaps nearby.
  function happenings(second, reach) {
    const inside = (list) => list.filter(([, begin, end]) => begin <= second && second < end).map(([name]) => name);
    const near = data.swaps.filter(([t]) => Math.abs(t - second) <= reach);
    const swaps = near.length > 2 ? [near.length + ' swaps']
      : near.map(([, bad, name, generation]) => 'swap ' + generation + ' of ' + data.classes[name] + (bad ? ' (bad)' : ''));
    return [...inside(data.phases), ...inside(data.faults), ...swaps].join(' · ');
  }

  function legend(chart) {
    const span = (name, text) => {
      const element = document.createElement(name);
      element.textContent = text;
      return element;
    };
    return (state) => {
      const box = document.createElement('div');
      const marked = state.x !== undefined && state.x !== null;
      state.series.forEach((one) => {
        const item = document.createElement('i');
        const mark = span('b', '● ');
        mark.style.color = one.color;
        item.append(mark, one.label + ' ');
        if (marked && one.y !== undefined) item.append(span('em', isNaN(one.y) ? '–' : number(one.y) + (chart.unit && chart.unit.length < 3 ? ' ' + chart.unit : '')));
        box.append(item);
      });
      if (marked) {
        const range = state.dygraph.xAxisRange();
        const when = span('i', offset(state.x / 1000));
        when.className = 'when';
        box.append(document.createElement('br'), when, span('i', happenings(state.x / 1000, (range[1] - range[0]) / 400000)));
      }
      return box.innerHTML;
    };
  }

  let following = false;
  function follow(leader) {
    if (following) return;
    following = true;
    graphs.forEach((g) => { if (g !== leader) g.updateOptions({ dateWindow: leader.xAxisRange() }); });
    following = false;
  }

  // From nothing, so that a ripple looks like one; by powers of ten where the ends lie far apart.
  function range(chart) {
    const values = chart.series.flatMap((s) => (s.high || s.y));
    const tallest = Math.max(...values);
    if (chart.log && tallest > 0) return [Math.min(...values.filter((v) => v > 0)) * 0.7, tallest * 1.6];
    return [0, tallest > 0 ? tallest * 1.14 : 1];
  }

  // Powers of ten, with 2 and 5 between them where there is room.
  function logarithmicTicks(low, high) {
    const ticks = [];
    const steps = Math.log10(high / low) < 2.5 ? [1, 2, 5] : [1];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
      steps.forEach((step) => {
        const v = step * 10 ** power;
        if (v >= low && v <= high) ticks.push({ v, label: number(v) });
      });
    }
    return ticks;
  }

  function options(chart) {
    const few = Math.max(...chart.series.map((s) => s.x.length)) < 60;
    return {
      labels: ['time', ...chart.series.map((s) => s.name)],
      labelsDiv: document.getElementById('legend-' + chart.id), legend: 'always', legendFormatter: legend(chart),
      colors: chart.series.map((s) => colours.line[s.colour % colours.line.length]),
      labelsUTC: true, connectSeparatedPoints: true, customBars: chart.kind === 'band', fillAlpha: 0.16,
      strokeWidth: chart.kind === 'points' ? 0 : 1.4, drawPoints: few || chart.kind === 'points', pointSize: 2,
      highlightCircleSize: 3, gridLineColor: colours.grid, axisLineColor: colours.grid, axisLabelWidth: 52,
      dateWindow: whole, valueRange: range(chart), logscale: chart.log && Math.max(...chart.series.flatMap((s) => s.y)) > 0, underlayCallback: underlay,
      drawCallback: (graph, initial) => { if (!initial) follow(graph); },
      axes: {
        x: { axisLabelFormatter: (date) => offset(date.getTime() / 1000).replace(/^0:/, ''), pixelsPerLabel: 64 },
        y: { axisLabelFormatter: number, axisLabelWidth: 50, ...(chart.log ? { ticker: logarithmicTicks } : {}) },
      },
    };
  }

  function draw() {
    data.charts.forEach((chart) => {
      const element = document.getElementById('plot-' + chart.id);
      const graph = new Dygraph(element, rows(chart), options(chart));
      // The reset of one is the reset of all.
      element.addEventListener('dblclick', () => graphs.forEach((g) => g.updateOptions({ dateWindow: whole })));
      graphs.push(graph);
    });
    document.body.dataset.charts = String(graphs.length);
  }

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    colours = palette();
    graphs.forEach((graph, i) => {
      const o = options(data.charts[i]);
      graph.updateOptions({ colors: o.colors, gridLineColor: o.gridLineColor, axisLineColor: o.axisLineColor });
    });
  });
  // A link to a check opens it; on paper, what failed is open.
  function openTarget() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target || target.tagName !== 'DETAILS') return;
    document.getElementById('show-all').checked = true;
    target.open = true;
    target.scrollIntoView();
  }
  addEventListener('hashchange', openTarget);
  openTarget();
  addEventListener('beforeprint', () => document.querySelectorAll('details.fail, details.inconclusive').forEach((d) => { d.open = true; }));
}());
