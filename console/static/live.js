// The live page: calls as they come, pause and go on, calls between and older ones, the chart that is the time filter.
"use strict";

(() => {
  const MOST_ROWS = 400; // that stand on the page; older ones are asked for again
  const page = document.getElementById("live");
  const list = document.getElementById("calls");
  const empty = document.getElementById("empty");
  const connection = document.getElementById("connection");
  const words = document.getElementById("connection-words");
  const button = document.getElementById("pause");
  let place = page.dataset.place; // everything up to here is shown
  let source = null;
  let isPaused = false;
  let waiting = 0;

  const query = (more) => {
    const asked = new URLSearchParams(page.dataset.query);
    for (const [name, value] of Object.entries(more)) asked.set(name, value);
    return asked;
  };

  const say = (state, told) => {
    connection.dataset.state = state;
    words.textContent = told;
  };

  // Rows come as HTML that the server has escaped; nothing here makes HTML of anything else.
  const insert = (html, put) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    put(made.content);
    empty.hidden = list.querySelector(".call") !== null;
  };

  const count = (tally) => {
    for (const [name, events] of Object.entries(tally)) {
      const shown = document.querySelector(`[data-tally="${name}"]`);
      if (shown) shown.textContent = events.toLocaleString("en-US");
    }
  };

  const trim = () => {
    const rows = list.querySelectorAll(".call");
    if (rows.length <= MOST_ROWS) return;
    const last = rows[MOST_ROWS - 1];
    while (last.nextSibling) last.nextSibling.remove();
    const older = document.createElement("li");
    older.className = "older";
    older.dataset.older = "";
    older.dataset.before = last.dataset.before;
    const more = document.createElement("button");
    more.type = "button";
    more.className = "quiet";
    more.textContent = "Older calls";
    older.append(more);
    list.append(older);
  };

  const take = (event) => {
    const told = JSON.parse(event.data);
    count(told.tally);
    changed();
    if (isPaused) {
      waiting += told.calls;
      say("paused", `paused, ${waiting.toLocaleString("en-US")} new${told.more ? " or more" : ""}`);
      return;
    }
    place = event.lastEventId;
    if (told.calls || told.more) {
      insert(told.rows, (rows) => {
        for (const row of rows.querySelectorAll(".call")) row.classList.add("is-new");
        list.prepend(rows);
      });
      trim();
    }
  };

  const reload = () => {
    fetch(`${location.pathname}${location.search}`, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? location.reload() : setTimeout(reload, 2000)))
      .catch(() => setTimeout(reload, 1000));
  };

  const follow = () => {
    if (source) source.close();
    source = new EventSource(`${page.dataset.stream}?${query({ after: place })}`);
    source.addEventListener("open", () => {
      if (!isPaused) say("live", "live");
    });
    source.addEventListener("calls", take);
    source.addEventListener("over", () => {
      source.close();
      say("lost", "the lab began anew, loading");
      reload();
    });
    source.addEventListener("error", () => {
      say("lost", "the lab does not answer, trying again");
      if (source.readyState === EventSource.CLOSED) setTimeout(follow, 1000);
    });
  };

  const pause = () => {
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    button.textContent = isPaused ? "Go on" : "Pause";
    waiting = 0;
    if (isPaused) say("paused", "paused");
    else follow(); // from the last place that was shown: what came meanwhile comes now
  };
  button.addEventListener("click", pause);
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    const isTyping = at.closest("input, select, textarea, button, a, [contenteditable]");
    if (event.key === " " && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      pause();
    }
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      document.querySelector('#filters [name="text"]').focus();
    }
  });

  const more = async (where) => {
    const asked = { before: where.dataset.before };
    if (where.dataset.after) asked.after = where.dataset.after;
    const answer = await fetch(`${page.dataset.rows}?${query(asked)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer || !answer.ok) {
      window.cohortlab.tell(answer ? "The lab was reset since: load the page again." : "The lab does not answer.", true);
      return;
    }
    const li = where.closest("li");
    insert(await answer.text(), (rows) => li.replaceWith(rows));
  };
  list.addEventListener("click", (event) => {
    const gap = event.target.closest("[data-gap]");
    const older = event.target.closest("[data-older]");
    if (gap) more(gap);
    else if (older && event.target.closest("button")) more(older);
  });

  // An empty field asks for nothing and need not stand in the address.
  const form = document.getElementById("filters");
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  for (const choice of form.querySelectorAll("select")) choice.addEventListener("change", () => form.requestSubmit());

  // The chart.
  const VERDICTS = ["refused", "discarded", "duplicate", "delivered"]; // from the ground up
  const figure = document.getElementById("chart-figure");
  const box = document.getElementById("chart");
  const caption = document.getElementById("chart-caption");
  let plot = null;
  let asking = false;
  let isStale = false;
  let rest = 1000;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const clockOf = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);
  const dayOf = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

  const stacked = (told) => {
    const sums = told.at.map(() => 0);
    const series = VERDICTS.map((name) => told[name].map((events, index) => (sums[index] += events)));
    return [told.at, ...series.reverse()]; // the highest is drawn first, the others over it
  };

  const draw = (told) => {
    figure.hidden = told.at.length === 0;
    if (figure.hidden) return;
    const first = told.at[0];
    const last = told.at[told.at.length - 1] + told.width;
    const span = told.width === 1 ? "a second" : told.width < 60 ? `${told.width} seconds` : told.width < 3600 ? `${told.width / 60} min` : `${told.width / 3600} h`;
    const total = VERDICTS.map((name) => [name, told[name].reduce((sum, events) => sum + events, 0)]);
    const counted = total.reverse().map(([name, events]) => `${events.toLocaleString("en-US")} ${name}`).join(", ");
    caption.textContent = `${dayOf(first)} ${clockOf(first)} to ${clockOf(last)} UTC, one bar ${span}: ${counted}. Drag to see one span only.`;
    const data = stacked(told);
    const bars = uPlot.paths.bars({ size: [0.86, 40], align: 1 });
    const options = {
      width: box.clientWidth,
      height: 120,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true, range: [first, last] }, y: { range: (_u, _min, max) => [0, Math.max(4, max * 1.08)] } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      axes: [
        { stroke: colour("ink-soft"), grid: { show: false }, ticks: { show: false }, font: "11px system-ui", size: 22, values: (_u, at) => at.map((each) => (told.width < 86400 ? clockOf(each) : dayOf(each))), space: 80 },
        { stroke: colour("ink-soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "11px system-ui", size: 44, space: 30, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7], values: (_u, at) => at.map((each) => (each >= 1e6 ? `${each / 1e6}M` : each >= 1e4 ? `${each / 1e3}k` : String(each))) },
      ],
      series: [{}, ...[...VERDICTS].reverse().map((name) => ({ label: name, fill: colour(name), stroke: colour(name), width: 0, paths: bars, points: { show: false } }))],
      hooks: {
        setSelect: [
          (shown) => {
            if (shown.select.width < 4) return;
            const from = Math.floor(shown.posToVal(shown.select.left, "x") / told.width) * told.width;
            const to = Math.ceil(shown.posToVal(shown.select.left + shown.select.width, "x") / told.width) * told.width;
            const asked = query({ since: String(from * 1000), until: String(to * 1000) });
            location.assign(`${location.pathname}?${asked}`);
          },
        ],
      },
    };
    if (plot) plot.destroy();
    plot = new uPlot(options, data, box);
  };

  const redraw = async () => {
    asking = true;
    isStale = false;
    const began = performance.now();
    const answer = await fetch(`${page.dataset.timeline}?${page.dataset.query}`).catch(() => null);
    if (answer && answer.ok) draw(await answer.json());
    rest = Math.max(1000, 10 * (performance.now() - began));
    setTimeout(() => {
      asking = false;
      if (isStale) redraw();
    }, rest);
  };
  const changed = () => {
    isStale = true;
    if (!asking) redraw();
  };
  window.addEventListener("resize", () => changed());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => changed());

  redraw();
  if (page.dataset.stream) follow();
})();
