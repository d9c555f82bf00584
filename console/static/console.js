// What every page does: the lab's clock goes on, notices go away, another workspace is gone to.
"use strict";

(() => {
  const clock = document.getElementById("lab-clock");
  if (clock && clock.dataset.frozen === "no") {
    const ahead = Number(clock.dataset.now) - Date.now();
    const time = clock.querySelector("time");
    setInterval(() => {
      time.textContent = new Date(Date.now() + ahead).toISOString().slice(0, 19).replace("T", " ");
    }, 1000);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".notice").remove();
  });

  const workspace = document.getElementById("workspace");
  if (workspace) {
    workspace.addEventListener("change", () => {
      const name = workspace.value === "default" ? "" : `/w/${encodeURIComponent(workspace.value)}`;
      location.assign(`${workspace.dataset.root}${name}/`);
    });
  }

  const moment = document.getElementById("moment");
  if (moment) {
    const words = document.getElementById("moment-words");
    moment.addEventListener("input", () => {
      words.textContent = `after entry ${moment.value} of ${moment.max}`;
    });
    moment.addEventListener("change", () => {
      location.assign(`${moment.dataset.root}/at/${moment.value}${moment.dataset.rest}`);
    });
  }

  document.addEventListener("htmx:sendError", () => {
    window.cohortlab.tell("The lab does not answer. Is it still running?", true);
  });

  window.cohortlab = {
    // Says something at the edge of the page, as text whatever it holds.
    tell(message, isBad) {
      const notice = document.createElement("p");
      notice.className = isBad ? "notice is-bad" : "notice";
      const words = document.createElement("span");
      words.textContent = message;
      const close = document.createElement("button");
      close.type = "button";
      close.className = "quiet";
      close.dataset.dismiss = "";
      close.setAttribute("aria-label", "Dismiss this notice");
      close.textContent = "×";
      notice.append(words, close);
      document.getElementById("notices").append(notice);
    },
  };
})();
